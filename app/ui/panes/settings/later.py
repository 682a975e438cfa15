"""Storing when the user pauses, while a session runs: each step of a number is not a request."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

PAUSE_MS: Final = 250


class Later:
    """Calls ``keep`` at once while no session runs, else ``PAUSE_MS`` after the last change."""

    def __init__(
        self, owner: QObject, keep: Callable[[], None], running: Callable[[], bool]
    ) -> None:
        self._keep = keep
        self._running = running
        self._timer = QTimer(owner)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(keep)

    def store(self) -> None:
        """Something changed."""
        if self._running():
            self._timer.start()
        else:
            self._keep()
