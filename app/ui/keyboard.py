"""Space as a talk key: held, not repeated, and never while something else wants it."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent


class TalkKey(QObject):
    """Fed with the keys that no widget of the window had a use for.

    A field keeps its spaces and a control reached by Tab is pressed by them, since such keys
    never get here. ``pressed`` and ``released`` come in turn, once each.
    """

    pressed = Signal()
    released = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._down = False

    def take(self, event: QKeyEvent, *, down: bool) -> bool:
        """Return whether ``event`` was the talk key's, and tell what it did."""
        if event.key() != Qt.Key.Key_Space or event.modifiers():
            return False
        if event.isAutoRepeat() or down == self._down:
            return True
        self._down = down
        (self.pressed if down else self.released).emit()
        return True

    def let_go(self) -> None:
        """The window lost the keyboard, so that the key's release would be missed."""
        if self._down:
            self._down = False
            self.released.emit()
