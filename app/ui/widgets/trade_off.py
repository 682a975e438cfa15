"""False cut-offs against voice-to-voice: one mark for each setting of turn detection."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme import SMALL, XS, L, S, Theme, font
from app.ui.vm.plot import ticks
from app.ui.vm.sweep import Point
from app.ui.vm.text import THIN_SPACE, number

LEFT = 48
BOTTOM = 36
TOP = 28
HEIGHT = 240
RADIUS = 5.0
LINES = 6
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
GOAL = 0.05
HEADROOM = 1.15


class TradeOff(QWidget):
    """Right is slower, up is worse; the dashed line is one sentence in twenty."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._points: Sequence[Point] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("False cut-offs against voice-to-voice")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(480, HEIGHT)

    def show_points(self, points: Sequence[Point]) -> None:
        """Show one mark for each setting, joined in the order of their delay."""
        self._points = sorted(points, key=lambda point: point.v2v_ms)
        self.setAccessibleDescription("; ".join(_spoken(point) for point in self._points))
        self.setVisible(bool(points))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._points:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(SMALL))
        room = QRectF(LEFT, TOP, self.width() - LEFT - L, self.height() - TOP - BOTTOM)
        most = max(point.v2v_ms for point in self._points) * HEADROOM
        self._grid(painter, room, most)
        marks = [_place(room, point, most) for point in self._points]
        painter.setPen(QPen(self._theme.colour("muted"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(marks))
        for point, mark in zip(self._points, marks, strict=True):
            self._mark(painter, room, point, mark)
        painter.end()

    def _grid(self, painter: QPainter, room: QRectF, most: float) -> None:
        line, words = self._theme.colour("line"), self._theme.colour("muted")
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for share in SHARES:
            y = room.bottom() - share * room.height()
            painter.setPen(QPen(line, 1))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            painter.setPen(words)
            painter.drawText(QRectF(0, y - SMALL, LEFT - XS, 2 * SMALL), right, f"{share:.0%}")
        goal = room.bottom() - GOAL * room.height()
        painter.setPen(QPen(words, 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(room.left(), goal), QPointF(room.right(), goal))
        centre = int(Qt.AlignmentFlag.AlignHCenter)
        for tick in ticks(most, LINES):
            if tick > most:
                break
            x = room.left() + tick / most * room.width()
            painter.setPen(QPen(line, 1))
            painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
            painter.setPen(words)
            box = QRectF(x - 3 * L, room.bottom() + XS, 6 * L, 2 * SMALL)
            painter.drawText(box, centre, f"{number(tick)}{THIN_SPACE}ms")
        painter.drawText(
            QRectF(room.left(), self.height() - SMALL - XS, room.width(), SMALL + XS),
            int(Qt.AlignmentFlag.AlignRight),
            "voice to voice, median",
        )
        painter.drawText(QPointF(XS, SMALL), "cut off in their pause")

    def _mark(self, painter: QPainter, room: QRectF, point: Point, mark: QPointF) -> None:
        painter.setPen(QPen(self._theme.colour("surface"), 1))
        painter.setBrush(self._theme.colour("accent"))
        painter.drawEllipse(mark, RADIUS, RADIUS)
        painter.setPen(self._theme.colour("text"))
        width = painter.fontMetrics().horizontalAdvance(point.name)
        x = min(mark.x() + S, room.right() - width)
        painter.drawText(QPointF(x, mark.y() - S), point.name)


def _place(room: QRectF, point: Point, most: float) -> QPointF:
    x = room.left() + point.v2v_ms / most * room.width()
    return QPointF(x, room.bottom() - point.share * room.height())


def _spoken(point: Point) -> str:
    return f"{point.name}: {point.share:.0%} of {point.n} cut off at {point.v2v_ms:.0f} ms"
