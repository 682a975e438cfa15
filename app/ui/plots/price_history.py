"""The price of a model over the years: steps of what is believed, a mark for each row."""

from datetime import date
from typing import Final

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.core.money import PriceOrigin
from app.ui.theme import SMALL, XS, L, M, S, Theme, font
from app.ui.vm.cost_text import axis_usd
from app.ui.vm.price_history import HistoryPlan, Rung
from app.ui.vm.prices import ORIGINS
from app.ui.widgets.labels import tip

AXIS: Final = 52
FOOT: Final = 18
HEAD: Final = 20
NEAR: Final = 9
MARK: Final = 4.0
LATE: Final = 500
ROLES: Final = {
    PriceOrigin.YOURS: "you",
    PriceOrigin.SHIPPED: "accent",
    PriceOrigin.GENAI_PRICES: "model",
}


class PriceHistoryPlot(QWidget):
    """Paints a ``HistoryPlan``; hovering a mark tells its source and date."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.plan: HistoryPlan | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(110)
        self.setAccessibleName("No model is chosen")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(420, 150)

    def show_plan(self, plan: HistoryPlan | None) -> None:
        """Show the history of a meter, or none."""
        self.plan = plan
        self.setAccessibleName("No model is chosen" if plan is None else plan.spoken)
        self.update()

    # --- places

    @property
    def room(self) -> QRectF:
        """Where the steps are drawn."""
        width, height = self.width() - AXIS - L, self.height() - HEAD - FOOT
        return QRectF(AXIS, HEAD, max(width, 1), max(height, 1))

    def place(self, plan: HistoryPlan, day: date | None, value: float) -> QPointF:
        """Return where a rate of a day stands; None is the left edge."""
        room = self.room
        span = max((plan.last - plan.first).days, 1)
        x = (
            room.left()
            if day is None
            else room.left() + (day - plan.first).days / span * room.width()
        )
        y = room.bottom() - value / plan.heights[-1] * room.height()
        return QPointF(min(max(x, room.left()), room.right()), y)

    def near(self, at: QPointF) -> Rung | None:
        """Return the row whose mark is under a point of this widget."""
        if self.plan is None:
            return None
        for rung in reversed(self.plan.rungs):
            away = self.place(self.plan, rung.day, float(rung.usd)) - at
            if away.manhattanLength() <= NEAR:
                return rung
        return None

    # --- painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(font(SMALL))
        plan = self.plan
        if plan is None or plan.empty:
            painter.setPen(self._theme.colour("muted"))
            words = "Choose a model" if plan is None else plan.spoken
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), words)
        else:
            self._paint_grid(painter, plan)
            self._paint_steps(painter, plan)
            self._paint_marks(painter, plan)
            self._paint_legend(painter, plan)
        painter.end()

    def _paint_grid(self, painter: QPainter, plan: HistoryPlan) -> None:
        room = self.room
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        middle = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        for height in plan.heights:
            y = self.place(plan, None, height).y()
            painter.setPen(QPen(self._theme.colour("line"), 1))
            painter.drawLine(QLineF(room.left(), y, room.right(), y))
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(QRectF(0, y - M, AXIS - XS, 2 * M), right, axis_usd(height))
        years = (plan.last - plan.first).days > LATE
        for day in plan.dates:
            x = self.place(plan, day, 0.0).x()
            words = f"{day:%Y}" if years else f"{day:%d %b %Y}"
            width = painter.fontMetrics().horizontalAdvance(words)
            left = min(max(x - width / 2, room.left()), self.width() - width - 1)
            place = QRectF(left, self.height() - FOOT, width + 1, FOOT)
            painter.drawText(place, middle, words)

    def _paint_steps(self, painter: QPainter, plan: HistoryPlan) -> None:
        painter.setPen(QPen(self._theme.colour("text"), 2))
        ends = [day for day, _usd in plan.steps[1:]] + [plan.last]
        before: QPointF | None = None
        for (day, value), end in zip(plan.steps, ends, strict=True):
            if value is None:
                before = None
                continue
            start, stop = self.place(plan, day, float(value)), self.place(plan, end, float(value))
            if before is not None:
                painter.drawLine(QLineF(before.x(), before.y(), start.x(), start.y()))
            painter.drawLine(QLineF(start, stop))
            before = stop

    def _paint_marks(self, painter: QPainter, plan: HistoryPlan) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for rung in plan.rungs:
            place = self.place(plan, rung.day, float(rung.usd))
            self._mark(painter, place, rung.row.origin, filled=rung.believed)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _mark(
        self, painter: QPainter, place: QPointF, origin: PriceOrigin, *, filled: bool
    ) -> None:
        colour = self._theme.colour(ROLES[origin])
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(colour if filled else self._theme.colour("raised"))
        area = QRectF(place.x() - MARK, place.y() - MARK, 2 * MARK, 2 * MARK)
        if origin is PriceOrigin.YOURS:
            painter.drawPolygon([
                QPointF(place.x(), area.top() - 1),
                QPointF(area.right() + 1, place.y()),
                QPointF(place.x(), area.bottom() + 1),
                QPointF(area.left() - 1, place.y()),
            ])  # fmt: skip
        elif origin is PriceOrigin.SHIPPED:
            painter.drawRect(area)
        else:
            painter.drawEllipse(area)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_legend(self, painter: QPainter, plan: HistoryPlan) -> None:
        x = float(self.room.left()) + XS
        origins = [each for each in PriceOrigin if any(r.row.origin is each for r in plan.rungs)]
        for origin in origins:
            self._mark(painter, QPointF(x + XS, HEAD / 2 - 2), origin, filled=True)
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(QPointF(x + M + XS, HEAD / 2 + 2), ORIGINS[origin])
            x += M + XS + painter.fontMetrics().horizontalAdvance(ORIGINS[origin]) + L
        words = "line: believed; hollow: not believed then"
        if x + painter.fontMetrics().horizontalAdvance(words) < self.width():
            painter.drawText(QPointF(x + S, HEAD / 2 + 2), words)

    # --- hover

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            found = self.near(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if found is None else tip(found.words), self)
            return True
        return super().event(event)
