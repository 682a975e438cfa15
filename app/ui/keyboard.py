"""Space or F2 as a talk key: held, not repeated, never while something else wants it."""

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent

KEYS = frozenset({Qt.Key.Key_Space, Qt.Key.Key_F2})
REPEAT_MS = 20
REPEATING = frozenset({"xcb"})
"""Platforms where a held key comes as releases and presses that do not say they are repeats."""


class TalkKey(QObject):
    """Fed with the keys that no widget of the window had a use for.

    A field keeps its spaces and a control reached by Tab is pressed by them, since such keys
    never get here; F2 talks from anywhere. ``pressed`` and ``released`` come in turn, once each.

    Args:
        patience_ms: A release is told so much later, unless the key is down again by then: the
            two were one repeat. None: as the platform needs it; 0 tells at once.
    """

    pressed = Signal()
    released = Signal()

    def __init__(self, parent: QObject | None = None, *, patience_ms: int | None = None) -> None:
        super().__init__(parent)
        self._key: int | None = None
        if patience_ms is None:
            patience_ms = REPEAT_MS if QGuiApplication.platformName() in REPEATING else 0
        self._patience_ms = patience_ms
        self._coming_up = QTimer(self)
        self._coming_up.setSingleShot(True)
        self._coming_up.setTimerType(Qt.TimerType.PreciseTimer)
        self._coming_up.timeout.connect(self.let_go)

    @property
    def down(self) -> bool:
        """Whether it is held."""
        return self._key is not None

    def take(self, event: QKeyEvent, *, down: bool) -> bool:
        """Return whether ``event`` was the talk key's, and tell what it did."""
        mine = event.key() in KEYS
        held = mine and event.key() == self._key
        if not mine or (event.modifiers() and not held):
            return False
        if event.isAutoRepeat():
            return True
        if down:
            self._go_down(event.key())
        elif held:
            self._come_up()
        return True

    def _go_down(self, key: int) -> None:
        if key == self._key:
            self._coming_up.stop()
        elif self._key is None:
            self._key = key
            self.pressed.emit()

    def _come_up(self) -> None:
        if self._patience_ms:
            self._coming_up.start(self._patience_ms)
        else:
            self.let_go()

    def let_go(self) -> None:
        """It came up, or the keyboard went elsewhere, so that its release would be missed."""
        self._coming_up.stop()
        if self._key is not None:
            self._key = None
            self.released.emit()
