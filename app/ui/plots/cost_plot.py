"""Cost over the turns: a bar a turn, the sum as a line, and under them the cached share."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.ui.theme import SMALL, XS, L, M, S, Theme, font
from app.ui.vm.cost import CostPoint, CostViewModel
from app.ui.vm.cost_plot import CostPlan, cost_plan, point_words
from app.ui.vm.cost_text import axis_usd
from app.ui.widgets.labels import tip

AXIS: Final = 56
FOOT: Final = 18
HEAD: Final = 20
SHARES: Final = 34
GAP: Final = 16
SHORT: Final = 120
FEW_LINES: Final = 2
BAR: Final = 0.7
WIDEST: Final = 22.0
DASH: Final = 5.0
NEAR: Final = 6
EMPTY: Final = "No turn has a cost yet"
LEGEND: Final = (
    ("bar", "accent", "a turn"),
    ("waste", "poor", "of it wasted"),
    ("line", "model", "in all (right)"),
    ("dots", "you", "cached share (below)"),
)


class CostPlot(QWidget):
    """Paints ``cost_plan``; a turn without a price is a short dash on the axis."""

    def __init__(self, vm: CostViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self.plan: CostPlan = cost_plan(vm.points)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(HEAD + FOOT + L)
        self.setAccessibleName(self.plan.spoken)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(320, 180)

    def refresh(self) -> None:
        """Draw anew: a turn came."""
        lines = FEW_LINES if self.height() < SHORT else 4
        self.plan = cost_plan(self._vm.points, lines=lines)
        self.setAccessibleName(self.plan.spoken)
        self.update()

    # --- places

    @property
    def room(self) -> QRectF:
        """Where the bars are drawn."""
        below = FOOT + (SHARES + GAP if self.height() >= SHORT else 0)
        height = self.height() - HEAD - below
        return QRectF(AXIS, HEAD, max(self.width() - 2 * AXIS, 1), max(height, 1))

    @property
    def share_room(self) -> QRectF:
        """Where the cached share is drawn; without height where there is no room."""
        if self.height() < SHORT:
            return QRectF()
        room = self.room
        return QRectF(room.left(), room.bottom() + GAP, room.width(), SHARES)

    def x_of(self, turn_id: float) -> float:
        """Return the middle of a turn's bar."""
        plan, room = self.plan, self.room
        count = plan.last - plan.first + 1
        return room.left() + (turn_id - plan.first + 0.5) / count * room.width()

    def y_of(self, value: float) -> float:
        """Return where an amount of the left axis stands."""
        return self.room.bottom() - value / self.plan.heights[-1] * self.room.height()

    def near(self, at: QPointF) -> CostPoint | None:
        """Return the turn under a point of this widget."""
        found = min(
            self.plan.points, key=lambda each: abs(self.x_of(each.turn_id) - at.x()), default=None
        )
        half = self._bar_width / 2 + NEAR
        if found is None or abs(self.x_of(found.turn_id) - at.x()) > half:
            return None
        return found

    @property
    def _bar_width(self) -> float:
        count = self.plan.last - self.plan.first + 1
        return min(max(self.room.width() / count * BAR, 1.0), WIDEST)

    # --- painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(font(SMALL))
        if self.plan.empty:
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), EMPTY)
        else:
            self._paint_grid(painter)
            self._paint_bars(painter)
            self._paint_sum(painter)
            self._paint_shares(painter)
            self._paint_legend(painter)
        painter.end()

    def _paint_grid(self, painter: QPainter) -> None:
        plan, room = self.plan, self.room
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for height, total in zip(plan.heights, plan.sums, strict=True):
            y = self.y_of(height)
            painter.setPen(QPen(self._theme.colour("line"), 1))
            painter.drawLine(QLineF(room.left(), y, room.right(), y))
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(QRectF(0, y - M, AXIS - XS, 2 * M), right, axis_usd(height))
            painter.setPen(self._theme.colour("model"))
            place = QRectF(room.right() + XS, y - M, AXIS - XS, 2 * M)
            painter.drawText(place, left, axis_usd(total))
        middle = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        painter.setPen(self._theme.colour("muted"))
        for turn in plan.turns:
            place = QRectF(self.x_of(turn) - AXIS / 2, self.height() - FOOT, AXIS, FOOT)
            painter.drawText(place, middle, str(turn))

    def _paint_bars(self, painter: QPainter) -> None:
        width, floor = self._bar_width, self.room.bottom()
        bar = QBrush(self._theme.colour("accent"))
        waste = QBrush(self._theme.colour("poor"), Qt.BrushStyle.BDiagPattern)
        for point in self.plan.points:
            x = self.x_of(point.turn_id)
            if point.usd is None:
                painter.setPen(QPen(self._theme.colour("unknown"), 2))
                painter.drawLine(QLineF(x - width / 2, floor - 1, x + width / 2, floor - 1))
                continue
            top = self.y_of(float(point.usd))
            area = QRectF(x - width / 2, top, width, floor - top)
            painter.fillRect(area, bar)
            if point.wasted_usd and point.wasted_usd > 0:
                low = min(self.y_of(float(point.wasted_usd)), floor)
                lost = QRectF(area.left(), max(low, top), width, floor - max(low, top))
                painter.fillRect(lost, self._theme.colour("raised"))
                painter.fillRect(lost, waste)
                painter.setPen(QPen(self._theme.colour("poor"), 1))
                painter.drawRect(lost)

    def _paint_sum(self, painter: QPainter) -> None:
        top = self.plan.sums[-1]
        points = [
            QPointF(
                self.x_of(point.turn_id),
                self.room.bottom() - float(point.total_usd) / top * self.room.height(),
            )
            for point in self.plan.points
            if point.total_usd is not None
        ]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("model"), 2))
        painter.drawPolyline(QPolygonF(points))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _paint_shares(self, painter: QPainter) -> None:
        room = self.share_room
        if room.isEmpty():
            return
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for share, words in ((0.0, "0"), (1.0, "100 %")):
            y = room.bottom() - share * room.height()
            painter.setPen(QPen(self._theme.colour("line"), 1))
            painter.drawLine(QLineF(room.left(), y, room.right(), y))
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(QRectF(0, y - M, AXIS - XS, 2 * M), right, words)
        known = [
            QPointF(self.x_of(each.turn_id), room.bottom() - each.cached_share * room.height())
            for each in self.plan.points
            if each.cached_share is not None
        ]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("you"), 1, Qt.PenStyle.DotLine))
        painter.drawPolyline(QPolygonF(known))
        self._dots(painter, known, 2.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _dots(self, painter: QPainter, places: Sequence[QPointF], radius: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("you"))
        for place in places:
            painter.drawEllipse(place, radius, radius)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_legend(self, painter: QPainter) -> None:
        x, y = float(self.room.left()), HEAD / 2 - 2
        wasted = any(point.wasted_usd for point in self.plan.points)
        for kind, role, words in LEGEND:
            if kind == "waste" and not wasted:
                continue
            width = painter.fontMetrics().horizontalAdvance(words)
            if x + M + XS + width > self.width():
                return
            self._key(painter, kind, role, x, y)
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(QPointF(x + M + XS, y + XS), words)
            x += M + XS + width + L

    def _key(self, painter: QPainter, kind: str, role: str, x: float, y: float) -> None:
        colour = self._theme.colour(role)
        if kind == "bar":
            painter.fillRect(QRectF(x + 2, y - XS, S, S), colour)
        elif kind == "waste":
            painter.fillRect(
                QRectF(x + 2, y - XS, S, S), QBrush(colour, Qt.BrushStyle.BDiagPattern)
            )
            painter.setPen(QPen(colour, 1))
            painter.drawRect(QRectF(x + 2, y - XS, S, S))
        elif kind == "line":
            painter.setPen(QPen(colour, 2))
            painter.drawLine(QLineF(x, y, x + M, y))
        else:
            self._dots(painter, [QPointF(x + M / 2, y)], 2.5)

    # --- hover

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            found = self.near(QPointF(event.pos()))
            QToolTip.showText(
                event.globalPos(), "" if found is None else tip(point_words(found)), self
            )
            return True
        return super().event(event)
