"""The notice bar: what the session tells, one line each, with what can be done about it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import HIT, L, M, S, Theme
from app.ui.vm.notices import MOST, Notice, NoticesViewModel
from app.ui.widgets.labels import Elided, tip

BUTTONS = 3
ICON = 18


class NoticeRow(QFrame):
    """One notice. ``pressed`` carries the number of a button; -1 dismisses."""

    pressed = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("notice")
        self.mark = QLabel()
        self.sentence = Elided("noticewords")
        self.buttons = [QPushButton() for _ in range(BUTTONS)]
        self.shut = QToolButton()
        self.shut.setObjectName("plain")
        self.shut.setFixedSize(HIT, HIT)
        self.shut.setAccessibleName("Dismiss the notice")
        self.shut.setToolTip("Dismiss")
        self.shut.clicked.connect(lambda: self.pressed.emit(-1))
        box = QHBoxLayout(self)
        box.setContentsMargins(M, S // 2, L, S // 2)
        box.setSpacing(S)
        box.addWidget(self.mark)
        box.addWidget(self.sentence, 1)
        for number, button in enumerate(self.buttons):
            button.clicked.connect(lambda _checked=False, n=number: self.pressed.emit(n))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            box.addWidget(button)
        self.shut.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        box.addWidget(self.shut)

    def show_notice(self, notice: Notice) -> None:
        """Show ``notice``."""
        words = f"{notice.sentence}  {notice.hint}".strip()
        self.sentence.say(words)
        self.setAccessibleName(f"Notice: {words}")
        for number, button in enumerate(self.buttons):
            there = number < len(notice.buttons)
            button.setVisible(there)
            if there:
                button.setText(notice.buttons[number].words)
                button.setToolTip(tip(notice.buttons[number].hint))
                button.setAccessibleDescription(notice.buttons[number].hint)
        self.shut.setVisible(not notice.lasting)
        self._wear(grave=notice.grave)
        self.show()

    def _wear(self, *, grave: bool) -> None:
        if self.property("grave") is not grave:
            self.setProperty("grave", grave)
            self.style().unpolish(self)
            self.style().polish(self)
        self.dress()

    def dress(self) -> None:
        """Wear the colours of the theme."""
        grave = bool(self.property("grave"))
        name, role = ("alert", "poor") if grave else ("help", "muted")
        self.mark.setPixmap(self._theme.icon(name, role).pixmap(ICON, ICON))
        self.shut.setIcon(self._theme.icon("close", "muted"))


class NoticesPane(QWidget):
    """Takes no room while nothing is told."""

    def __init__(self, vm: NoticesViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self._shown: tuple[Notice, ...] = ()
        self.rows = [NoticeRow(theme) for _ in range(MOST)]
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        for number, row in enumerate(self.rows):
            box.addWidget(row)
            row.pressed.connect(lambda which, n=number: self._press(n, which))
        vm.changed.connect(self.refresh)
        theme.changed.connect(self._dress)
        self.refresh()

    def refresh(self) -> None:
        """Show what stands."""
        self._shown = self._vm.shown
        for number, row in enumerate(self.rows):
            if number < len(self._shown):
                row.show_notice(self._shown[number])
            else:
                row.hide()
        self.setVisible(bool(self._shown))

    def _press(self, number: int, which: int) -> None:
        if number >= len(self._shown):
            return
        notice = self._shown[number]
        if which < 0:
            self._vm.dismiss(notice.key)
        else:
            self._vm.press(notice.key, notice.buttons[which])

    def _dress(self) -> None:
        for row in self.rows:
            row.dress()
