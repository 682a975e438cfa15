"""A level meter: a slim bar with a peak mark."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme import XS, Theme
from app.ui.vm.meters import Level

HEIGHT = 6
SEGMENTS = 30


class Meter(QWidget):
    """Shows one level; the fill is segmented, so that it reads without its colour."""

    def __init__(self, name: str, role: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = role
        self._theme = theme
        self._level = Level()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(120, HEIGHT + XS)

    def show_level(self, level: Level) -> None:
        """Show ``level``; repaints only if it differs."""
        if level == self._level:
            return
        self._level = level
        self.setAccessibleDescription(level.spoken)
        self.setToolTip(f"{self.accessibleName()}: {level.spoken}")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        top = (self.height() - HEIGHT) / 2
        pitch = self.width() / SEGMENTS
        lit = self._theme.colour("poor" if self._level.clipped else self._role)
        unlit = self._theme.colour("line")
        full = round(self._level.fill * SEGMENTS)
        peak = min(round(self._level.peak * SEGMENTS), SEGMENTS) - 1
        for index in range(SEGMENTS):
            bar = QRectF(index * pitch, top, pitch - 1, HEIGHT)
            painter.fillRect(bar, lit if index < full or index == peak else unlit)
        painter.end()
