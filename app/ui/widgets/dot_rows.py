"""How soon a reply stopped, one row a stimulus and one mark a trial."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme import SMALL, XS, L, S, Theme, font
from app.ui.vm.battery import Dots
from app.ui.vm.plot import ticks
from app.ui.vm.text import THIN_SPACE, number

LEFT = 110
RIGHT = 96
ROW = 20
BOTTOM = 22
RADIUS = 4.0
LINES = 6
LEAST_MS = 2000.0


class DotRows(QWidget):
    """A filled mark where the agent fell silent; at the right, how often it went on."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: Sequence[Dots] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("How soon the agent fell silent, by stimulus")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(480, len(self._rows) * ROW + BOTTOM + S)

    def show_rows(self, rows: Sequence[Dots]) -> None:
        """Show one row for each stimulus."""
        self._rows = rows
        self.setAccessibleDescription("; ".join(_spoken(row) for row in rows))
        self.setVisible(bool(rows))
        self.updateGeometry()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(SMALL))
        room = QRectF(LEFT, S, self.width() - LEFT - RIGHT, len(self._rows) * ROW)
        most = max([LEAST_MS, *(value for row in self._rows for value in row.stops_ms)])
        self._grid(painter, room, most)
        for place, row in enumerate(self._rows):
            self._row(painter, room, row, room.top() + (place + 0.5) * ROW, most)
        painter.end()

    def _grid(self, painter: QPainter, room: QRectF, most: float) -> None:
        for tick in ticks(most, LINES):
            if tick > most:
                break
            x = room.left() + tick / most * room.width()
            painter.setPen(QPen(self._theme.colour("line"), 1))
            painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
            painter.setPen(self._theme.colour("muted"))
            box = QRectF(x - L * 3, room.bottom() + XS, L * 6, BOTTOM)
            text = f"{number(tick)}{THIN_SPACE}ms"
            painter.drawText(box, int(Qt.AlignmentFlag.AlignHCenter), text)

    def _row(self, painter: QPainter, room: QRectF, row: Dots, y: float, most: float) -> None:
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(self._theme.colour("text"))
        name = painter.fontMetrics().elidedText(
            row.name, Qt.TextElideMode.ElideRight, LEFT - int(S)
        )
        painter.drawText(QRectF(0, y - ROW / 2, LEFT, ROW), int(left), name)
        painter.setPen(QPen(self._theme.colour("line"), 1))
        painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
        colour = self._theme.colour("good" if row.should_stop else "poor")
        painter.setPen(QPen(self._theme.colour("surface"), 1))
        painter.setBrush(colour)
        for value in row.stops_ms:
            painter.drawEllipse(
                QPointF(room.left() + value / most * room.width(), y), RADIUS, RADIUS
            )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if row.others_n:
            right = self._theme.colour("poor" if row.should_stop else "good")
            painter.setPen(QPen(right, 1.5))
            painter.drawEllipse(QPointF(room.right() + L, y), RADIUS, RADIUS)
            painter.setPen(self._theme.colour("muted"))
            box = QRectF(room.right() + L + S, y - ROW / 2, RIGHT - L - S, ROW)
            painter.drawText(box, int(left), f"{row.others_n} went on")


def _spoken(row: Dots) -> str:
    stops = ", ".join(f"{value:.0f}" for value in row.stops_ms) or "none"
    return f"{row.name}: silent after {stops} ms, {row.others_n} went on"
