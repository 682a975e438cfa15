"""Who agrees to being recorded: a name, before a session or during one."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import L, M, S
from app.ui.vm.privacy import LONGEST_NAME, PrivacyViewModel, names_in
from app.ui.widgets.labels import label, wrapped

WIDTH = 460
LONGEST_TYPED = 20 * LONGEST_NAME
ASKS = (
    "Everybody who can be heard should know that the session is recorded, and agree to it. "
    "Names and time are kept with the session."
)
FIRST = "Talk begins once somebody is named. "


class ConsentDialog(QDialog):
    """``agreed``: somebody was named. With ``starts`` a session begins after that.

    ``unrecorded``: the session is to begin with figures only instead.
    """

    agreed = Signal()
    unrecorded = Signal()

    def __init__(
        self, vm: PrivacyViewModel, *, starts: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._vm = vm
        self.setWindowTitle("Consent to being recorded")
        self.setMinimumWidth(WIDTH)
        self.who = QLineEdit()
        self.who.setPlaceholderText("Name, or names with commas between: Anna Berg, Ben Ode")
        self.who.setAccessibleName("Who agrees to being recorded")
        self.who.setMaxLength(LONGEST_TYPED)
        self.agree = QPushButton("Agreed, start" if starts else "Agreed")
        self.agree.setObjectName("primary")
        self.agree.setDefault(True)
        self.figures = QPushButton("Start with figures only")
        self.figures.setToolTip("Neither sound nor words are kept of this and later sessions")
        self.figures.setVisible(starts)
        self.cancel = QPushButton("Cancel")
        self.known = wrapped("", "muted")
        self._arrange(starts=starts)
        self.agree.clicked.connect(self._agree)
        self.figures.clicked.connect(self._without)
        self.cancel.clicked.connect(self.reject)
        self.who.textChanged.connect(self._check)
        self._unsubscribe = vm.changed.connect(self.refresh)
        self.finished.connect(self._leave)
        self.refresh()
        self._check()

    def _arrange(self, *, starts: bool) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(S)
        buttons.addWidget(self.figures)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.agree)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, L, L, L)
        box.setSpacing(M)
        box.addWidget(label("Who agrees to being recorded?", "section"))
        box.addWidget(wrapped((FIRST if starts else "") + ASKS, "muted"))
        box.addWidget(self.who)
        box.addWidget(self.known)
        box.addLayout(buttons)

    def refresh(self) -> None:
        """Show who agreed so far."""
        rows = [f"{who}, at {when}" for who, when in self._vm.consents]
        rows += [f"{who}, for the next session" for who in self._vm.pending]
        self.known.setText("\n".join(["Agreed so far:", *rows]) if rows else "")
        self.known.setVisible(bool(rows))

    def _check(self) -> None:
        self.agree.setEnabled(bool(names_in(self.who.text())))

    def _agree(self) -> None:
        if self._vm.agree(self.who.text()):
            self.accept()
            self.agreed.emit()

    def _without(self) -> None:
        self.accept()
        self.unrecorded.emit()

    def _leave(self) -> None:
        self._unsubscribe()
