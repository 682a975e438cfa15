"""Two distributions over each other: what share of the turns was at or below a value."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.metrics.distribution import Ecdf
from app.ui.theme import SMALL, XS, L, S, Theme, font
from app.ui.vm.plot import ticks
from app.ui.vm.text import THIN_SPACE, number

LEFT = 44
BOTTOM = 22
LINES = 6
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
HEADROOM = 1.04


class Curves(QWidget):
    """Steps of A (solid) and B (dashed), from zero or from the least value if that is below."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._curves: tuple[Ecdf, Ecdf] | None = None
        self._unit = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(140)
        self.setAccessibleName("Distribution of both sides")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(480, 200)

    def show_curves(self, curves: tuple[Ecdf, Ecdf] | None, unit: str) -> None:
        """Show both, or nothing."""
        self._curves, self._unit = curves, unit
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(SMALL))
        room = QRectF(LEFT, S, self.width() - LEFT - L, self.height() - S - BOTTOM)
        if self._curves is not None:
            low, high = _range(self._curves)
            self._grid(painter, room, low, high)
            for curve, role, dashed in zip(
                self._curves, ("you", "model"), (False, True), strict=True
            ):
                self._curve(painter, room, curve, (low, high), role, dashed=dashed)
            self._legend(painter, room)
        painter.end()

    def _grid(self, painter: QPainter, room: QRectF, low: float, high: float) -> None:
        line, words = self._theme.colour("line"), self._theme.colour("muted")
        for share in SHARES:
            y = room.bottom() - share * room.height()
            painter.setPen(QPen(line, 1))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            painter.setPen(words)
            box = QRectF(0, y - SMALL, LEFT - XS, 2 * SMALL)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, int(right), f"{share:.0%}")
        for tick in ticks(high - low, LINES):
            if low + tick > high:
                break
            x = room.left() + tick / (high - low) * room.width()
            painter.setPen(QPen(line, 1))
            painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
            text = f"{number(low + tick)}{THIN_SPACE}{self._unit}".strip()
            if x + painter.fontMetrics().horizontalAdvance(text) + XS <= self.width():
                painter.setPen(words)
                painter.drawText(QPointF(x + XS, self.height() - XS), text)

    def _curve(
        self,
        painter: QPainter,
        room: QRectF,
        curve: Ecdf,
        bounds: tuple[float, float],
        role: str,
        *,
        dashed: bool,
    ) -> None:
        low, high = bounds
        points, y = [QPointF(room.left(), room.bottom())], room.bottom()
        for value, share in zip(curve.x.tolist(), curve.share.tolist(), strict=True):
            x = room.left() + (value - low) / (high - low) * room.width()
            points.append(QPointF(x, y))
            y = room.bottom() - share * room.height()
            points.append(QPointF(x, y))
        points.append(QPointF(room.right(), y))
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(self._theme.colour(role), 2, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))

    def _legend(self, painter: QPainter, room: QRectF) -> None:
        x = room.left() + S
        for words, role, style in (
            ("A", "you", Qt.PenStyle.SolidLine),
            ("B", "model", Qt.PenStyle.DashLine),
        ):
            painter.setPen(QPen(self._theme.colour(role), 2, style))
            painter.drawLine(QPointF(x, room.top() + S), QPointF(x + 3 * S, room.top() + S))
            painter.setPen(self._theme.colour("text"))
            painter.drawText(QPointF(x + 3 * S + XS, room.top() + S + XS), words)
            x += 6 * S


def _range(curves: tuple[Ecdf, Ecdf]) -> tuple[float, float]:
    low = min(0.0, *(float(curve.x[0]) for curve in curves))
    high = max(float(curve.x[-1]) for curve in curves) * HEADROOM
    return low, high if high > low else low + 1.0
