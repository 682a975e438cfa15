"""Marks of the series: told apart by shape, hollow where reported rather than measured."""

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.ui.theme import Theme
from app.ui.vm.statistics import Series, Shape

SIZE = 10

_POLYGONS = {
    Shape.TRIANGLE: ((0.0, -1.0), (1.0, 0.8), (-1.0, 0.8)),
    Shape.SQUARE: ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
    Shape.DIAMOND: ((0.0, -1.1), (1.1, 0.0), (0.0, 1.1), (-1.1, 0.0)),
}


def draw_mark(
    painter: QPainter, series: Series, centre: QPointF, radius: float, colour: QColor
) -> None:
    """Draw the mark of ``series`` around ``centre``."""
    painter.setPen(QPen(colour, 1.4))
    hollow = QBrush()
    painter.setBrush(hollow if series.reported else QBrush(colour))
    corners = _POLYGONS.get(series.shape)
    if corners is None:
        painter.drawEllipse(centre, radius, radius)
        return
    points = [QPointF(centre.x() + x * radius, centre.y() + y * radius) for x, y in corners]
    painter.drawPolygon(QPolygonF(points))


class Mark(QWidget):
    """The mark of a series, for the legend."""

    def __init__(self, series: Series, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series = series
        self._theme = theme
        self.setFixedSize(QSize(SIZE + 4, SIZE + 4))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centre = QRectF(self.rect()).center()
        colour = self._theme.colour(self._series.role)
        draw_mark(painter, self._series, centre, SIZE / 2 - 0.5, colour)
        painter.end()
