"""The frame clock: paints what is dirty, at most 30 times a second, and rests otherwise."""

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

from app.ui.theme import FRAME_MS


class Frames(QObject):
    """Runs each marked call once per frame. Its timer runs only while something is marked."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._dirty: dict[Callable[[], None], None] = {}
        self._since = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.flush)
        self.count = 0

    @property
    def resting(self) -> bool:
        """Whether nothing waits to be painted."""
        return not self._timer.isActive()

    def mark(self, draw: Callable[[], None]) -> None:
        """Have ``draw`` called in the next frame; marking twice calls it once."""
        self._dirty[draw] = None
        if not self._timer.isActive():
            passed = self._since.elapsed() if self._since.isValid() else FRAME_MS
            self._timer.start(max(FRAME_MS - passed, 0))

    def flush(self) -> None:
        """Paint now what is dirty."""
        self._timer.stop()
        self._since.start()
        dirty, self._dirty = self._dirty, {}
        self.count += bool(dirty)
        for draw in dirty:
            draw()
