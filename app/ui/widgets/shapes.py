"""Marks of the series: told apart by shape, hollow where reported rather than measured."""

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.ui.theme import Theme
from app.ui.vm.series import Series, Shape

SIZE = 10
# The corner farthest from the centre, in radii: every mark fits into a square of this half side.
REACH = 1.1

_POLYGONS = {
    Shape.TRIANGLE: ((0.0, -1.0), (1.0, 0.8), (-1.0, 0.8)),
    Shape.SQUARE: ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
    Shape.DIAMOND: ((0.0, -REACH), (REACH, 0.0), (0.0, REACH), (-REACH, 0.0)),
}


def mark_path(shape: Shape, radius: float, centre: QPointF) -> QPainterPath:
    """Return the outline of a mark around ``centre``."""
    path = QPainterPath()
    corners = _POLYGONS.get(shape)
    if corners is None:
        path.addEllipse(centre, radius, radius)
        return path
    points = [QPointF(centre.x() + x * radius, centre.y() + y * radius) for x, y in corners]
    path.addPolygon(QPolygonF(points))
    path.closeSubpath()
    return path


def mark_brush(series: Series, colour: QColor) -> QBrush:
    """Return what fills the marks of ``series``: nothing where it is reported."""
    return QBrush() if series.reported else QBrush(colour)


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
        colour = self._theme.colour(self._series.role)
        painter.setPen(QPen(colour, 1.4))
        painter.setBrush(mark_brush(self._series, colour))
        centre = QRectF(self.rect()).center()
        painter.drawPath(mark_path(self._series.shape, SIZE / 2 - 0.5, centre))
        painter.end()
