"""Asks which model hears a recorded session's user again, and when the user speaks."""

from typing import Final

from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.session.messages import RerunTiming
from app.ui.theme import L, M, S
from app.ui.vm.rerun import TIMINGS, Recorded, RerunViewModel, words
from app.ui.vm.setup import SetupViewModel
from app.ui.widgets.labels import Elided, label, wrapped
from app.ui.widgets.picker import Picker

WIDTH: Final = 520
INDENT: Final = 28
KEPT: Final = (
    "Everything else is as set up on the live page and in the settings. The new session is "
    "recorded like any other, and can be compared with the original afterwards."
)


class RerunDialog(QDialog):
    """``accepted`` says: start. What was chosen stands in the view-models."""

    def __init__(
        self,
        vm: RerunViewModel,
        setup: SetupViewModel,
        recorded: Recorded,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._vm = vm
        self._setup = setup
        self.recorded = recorded
        self.setWindowTitle("Re-run")
        self.setMinimumWidth(WIDTH)
        self.model = Picker("Model", "What hears the recorded user")
        self.summary = Elided("muted")
        self.timing = QButtonGroup(self)
        self.start = QPushButton("Start the re-run")
        self.cancel = QPushButton("Cancel")
        self._arrange()
        for option in setup.options:
            self.model.addItem(option.label)
        ids = [each.model_id for each in setup.options]
        self.model.setCurrentIndex(ids.index(setup.option.model_id))
        self.model.currentIndexChanged.connect(self._show_summary)
        self.start.clicked.connect(self.accept)
        self.cancel.clicked.connect(self.reject)
        self._show_summary()

    def _arrange(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(L, L, L, L)
        box.setSpacing(S)
        box.addWidget(wrapped(words(self.recorded), "section"))
        box.addSpacing(S)
        named = label("Model", "muted")
        named.setBuddy(self.model)
        box.addWidget(named)
        box.addWidget(self.model)
        box.addWidget(self.summary)
        box.addSpacing(S)
        for place, (timing, name, about) in enumerate(TIMINGS):
            button = QRadioButton(name)
            button.setChecked(timing is self._vm.timing)
            button.setAccessibleDescription(about)
            self.timing.addButton(button, place)
            words_below = wrapped(about, "muted")
            words_below.setContentsMargins(INDENT, 0, 0, 0)
            box.addWidget(button)
            box.addWidget(words_below)
        box.addSpacing(S)
        box.addWidget(wrapped(KEPT, "muted"))
        box.addStretch(1)
        self.start.setObjectName("primary")
        self.start.setDefault(True)
        foot = QHBoxLayout()
        foot.setSpacing(M)
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.start)
        box.addLayout(foot)

    @property
    def model_id(self) -> str:
        """The model that is chosen here."""
        return self._setup.options[self.model.currentIndex()].model_id

    @property
    def chosen_timing(self) -> RerunTiming:
        """When the user speaks."""
        return TIMINGS[self.timing.checkedId()][0]

    def _show_summary(self) -> None:
        option = self._setup.options[self.model.currentIndex()]
        same = option.model_id == self._setup.option.model_id
        self.summary.say(self._setup.summary if same else "with its own voice and turn detection")

    def accept(self) -> None:
        """Remember when the user speaks."""
        self._vm.timing = self.chosen_timing
        super().accept()
