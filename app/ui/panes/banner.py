"""The banner: what went wrong in one sentence, what to do, and a button that does it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
)

from app.session.messages import Remedy
from app.ui.theme import HIT, XS, L, M, S, Theme
from app.ui.vm.problems import ProblemsViewModel
from app.ui.widgets.labels import label

DETAIL_HEIGHT = 96


class BannerPane(QFrame):
    """Hidden while all is well. ``remedy_wanted`` carries the ``Remedy`` that was pressed."""

    remedy_wanted = Signal(object)

    def __init__(self, vm: ProblemsViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self.setObjectName("banner")
        self._mark = QLabel()
        self.sentence = label("", "sentence")
        self.hint = label("", "muted")
        self.remedy = QPushButton()
        self.remedy.setObjectName("primary")
        self.unfold = QPushButton("Details")
        self.unfold.setCheckable(True)
        self.copy = QPushButton("Copy")
        self.dismiss = QToolButton()
        self.detail = QPlainTextEdit(self)
        self._arrange()
        self.remedy.clicked.connect(self._press)
        self.unfold.toggled.connect(self._show_detail)
        self.copy.clicked.connect(self._copy)
        self.dismiss.clicked.connect(vm.dismiss)
        vm.changed.connect(self.refresh)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self.refresh()

    def _arrange(self) -> None:
        for words in (self.sentence, self.hint):
            words.setWordWrap(True)
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.dismiss.setObjectName("plain")
        self.dismiss.setAccessibleName("Dismiss")
        self.dismiss.setToolTip("Dismiss")
        self.dismiss.setFixedSize(HIT, HIT)
        self.detail.setReadOnly(True)
        self.detail.setObjectName("detail")
        self.detail.hide()
        self.detail.setAccessibleName("Details of the problem")
        buttons = QHBoxLayout()
        buttons.setSpacing(S)
        for button in (self.remedy, self.unfold, self.copy, self.dismiss):
            buttons.addWidget(button)
        grid = QGridLayout(self)
        grid.setContentsMargins(M, S, L, S)
        grid.setHorizontalSpacing(M)
        grid.setVerticalSpacing(XS)
        grid.addWidget(self._mark, 0, 0, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.sentence, 0, 1)
        grid.addWidget(self.hint, 1, 1)
        grid.addLayout(buttons, 0, 2, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.setColumnStretch(1, 1)

    def refresh(self) -> None:
        """Show the problem, or nothing."""
        problem = self._vm.current
        if problem is None:
            self.hide()
            self.detail.hide()
            return
        self.sentence.setText(problem.sentence)
        self.hint.setText(problem.hint)
        self.hint.setVisible(bool(problem.hint))
        self.remedy.setText(problem.button)
        self.remedy.setVisible(bool(problem.button))
        self.detail.setPlainText(problem.detail)
        self.unfold.setChecked(False)
        self.unfold.setVisible(bool(problem.detail))
        self._show_detail(unfolded=False)
        self.setAccessibleName(f"Problem: {problem.sentence} {problem.hint}")
        self._wear(passing=not problem.fatal)
        self.show()

    def _wear(self, *, passing: bool) -> None:
        """Look graver where the session ended by it."""
        if self.property("passing") is not passing:
            self.setProperty("passing", passing)
            self.style().unpolish(self)
            self.style().polish(self)
        self._paint_icons()

    def _press(self) -> None:
        problem = self._vm.current
        if problem is not None and problem.remedy is not None:
            self.remedy_wanted.emit(Remedy(problem.remedy))

    def _show_detail(self, unfolded: bool) -> None:  # noqa: FBT001 - Qt's signal says it so
        self.copy.setVisible(unfolded)
        self.detail.setVisible(unfolded)
        self._place_detail()

    def _place_detail(self) -> None:
        """Lay the details over what is below, so that nothing moves."""
        holder = self.parentWidget()
        if holder is None:
            return
        if self.detail.parentWidget() is not holder:
            shown = not self.detail.isHidden()
            self.detail.setParent(holder)
            self.detail.setVisible(shown)
        self.detail.setGeometry(
            self.x() + L, self.y() + self.height(), self.width() - 2 * L, DETAIL_HEIGHT
        )
        self.detail.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_detail()

    def _copy(self) -> None:
        problem = self._vm.current
        if problem is not None:
            words = "\n".join(filter(None, (problem.sentence, problem.hint, problem.detail)))
            QGuiApplication.clipboard().setText(words)

    def _paint_icons(self) -> None:
        role = "fair" if self.property("passing") else "poor"
        self._mark.setPixmap(self._theme.icon("alert", role).pixmap(22, 22))
        self.dismiss.setIcon(self._theme.icon("close", "muted"))
