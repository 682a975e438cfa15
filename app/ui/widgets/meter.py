"""A level meter: a slim bar with a peak mark."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.ui.theme import XS, Theme
from app.ui.vm.meters import Level

HEIGHT = 6
SEGMENTS = 30
KEPT = 8


class Meter(QWidget):
    """Shows one level; the fill is segmented, so that it reads without its colour."""

    def __init__(self, name: str, role: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = role
        self._theme = theme
        self._level = Level()
        self._kept: dict[tuple[int, int, float], QPixmap] = {}
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(120, HEIGHT + XS)

    def show_level(self, level: Level) -> None:
        """Show ``level``; repaints only if what is lit differs."""
        before, self._level = self._level, level
        if level.spoken != before.spoken:
            self.setAccessibleDescription(level.spoken)
        if _lit(level) != _lit(before):
            self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            words = f"{self.accessibleName()}: {self._level.spoken}"
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        full, peak, clipped = _lit(self._level)
        pitch = self.width() / SEGMENTS
        top = (self.height() - HEIGHT) / 2
        lit = self._bars("poor" if clipped else self._role, ratio)
        unlit = self._bars("line", ratio)
        for bars, first, last in ((lit, 0, full), (unlit, full, SEGMENTS), (lit, peak, peak + 1)):
            if 0 <= first < last:
                left = first * pitch * ratio
                source = QRectF(left, 0, (last - first) * pitch * ratio, HEIGHT * ratio)
                target = QRectF(first * pitch, top, (last - first) * pitch, HEIGHT)
                painter.drawPixmap(target, bars, source)
        painter.end()

    def _bars(self, role: str, ratio: float) -> QPixmap:
        """Return all segments in the colour of a role, kept between paintings."""
        colour = self._theme.colour(role)
        key = (colour.rgb(), self.width(), ratio)
        if key not in self._kept:
            if len(self._kept) > KEPT:
                self._kept.clear()
            made = QPixmap(round(self.width() * ratio), round(HEIGHT * ratio))
            made.setDevicePixelRatio(ratio)
            made.fill(Qt.GlobalColor.transparent)
            pen = QPainter(made)
            pitch = self.width() / SEGMENTS
            for index in range(SEGMENTS):
                pen.fillRect(QRectF(index * pitch, 0, pitch - 1, HEIGHT), colour)
            pen.end()
            self._kept[key] = made
        return self._kept[key]


def _lit(level: Level) -> tuple[int, int, bool]:
    """Return how many segments are lit, which one is the peak, and whether it clips."""
    full = round(level.fill * SEGMENTS)
    return full, min(round(level.peak * SEGMENTS), SEGMENTS) - 1, level.clipped
