"""The frame clock: paints what is dirty, at most 30 times a second, and rests otherwise."""

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

from app.ui.theme import FRAME_MS

Draw = Callable[[], None]


class Frames(QObject):
    """Runs each marked call once per frame. Its timer runs only while something is marked."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._dirty: dict[Draw, int] = {}
        self._painted_ms: dict[Draw, int] = {}
        self._frame_ms = -FRAME_MS
        self._clock = QElapsedTimer()
        self._clock.start()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)
        self.count = 0

    @property
    def resting(self) -> bool:
        """Whether nothing waits to be painted."""
        return not self._timer.isActive()

    def mark(self, draw: Draw, *, every_ms: int = FRAME_MS) -> None:
        """Have ``draw`` called in the next frame; marking twice calls it once.

        With ``every_ms`` it is called no more often than that; the shorter of two marks counts.
        """
        self._dirty[draw] = min(self._dirty.get(draw, every_ms), every_ms)
        self._arm()

    def flush(self) -> None:
        """Paint now what is dirty."""
        self._timer.stop()
        dirty, self._dirty = self._dirty, {}
        self._paint(dirty)

    def _tick(self) -> None:
        now_ms = self._clock.elapsed()
        due = {each: every for each, every in self._dirty.items() if self._due_ms(each) <= now_ms}
        for draw in due:
            del self._dirty[draw]
        self._paint(due)
        if self._dirty:
            self._arm()

    def _paint(self, due: dict[Draw, int]) -> None:
        self._frame_ms = self._clock.elapsed()
        self.count += bool(due)
        for draw, every_ms in due.items():
            if every_ms > FRAME_MS or draw in self._painted_ms:
                self._painted_ms[draw] = self._frame_ms
            draw()

    def _due_ms(self, draw: Draw) -> int:
        """Return when ``draw`` may be called."""
        every_ms = self._dirty[draw]
        painted_ms = self._painted_ms.get(draw)
        if painted_ms is None or every_ms <= FRAME_MS:
            return 0
        return painted_ms + every_ms

    def _arm(self) -> None:
        """Wake up for the first call that is due, a frame after the last one at the earliest."""
        first_ms = min(self._due_ms(draw) for draw in self._dirty)
        wait_ms = max(first_ms, self._frame_ms + FRAME_MS) - self._clock.elapsed()
        if not self._timer.isActive() or self._timer.remainingTime() > wait_ms:
            self._timer.start(max(wait_ms, 0))
