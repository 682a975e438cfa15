"""Projections drawn: what a month costs, cheapest to dearest, and each turn against its number."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme import SMALL, XS, L, M, S, Theme, font
from app.ui.vm.cost_plot import money_ticks
from app.ui.vm.cost_text import axis_usd, usd
from app.ui.vm.projection import ModelProjection

ROLES: Final = ("accent", "you", "model", "good", "poor")
DASHES: Final = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotDotLine,
)
NAMES: Final = 150
ROW: Final = 34
BAR: Final = 12
AXIS: Final = 56
FOOT: Final = 20
HEAD: Final = 20
FAINT: Final = 46
EMPTY: Final = "Add a model"


class MonthBars(QWidget):
    """A bar from the cheapest to the dearest month for each model; what lies below is faint."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._models: tuple[ModelProjection, ...] = ()
        self.setAccessibleName("What a month costs: no model is chosen")
        theme.changed.connect(self.update)

    def show_models(self, models: Sequence[ModelProjection]) -> None:
        """Show these."""
        self._models = tuple(models)
        self.setFixedHeight(ROW * max(len(models), 1) + FOOT)
        told = [
            f"{model.title} {_money(model.low_month)} to {_money(model.high_month)}"
            for model in models
        ]
        self.setAccessibleName(f"What a month costs: {'; '.join(told) or 'no model is chosen'}")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(font(SMALL))
        if not self._models:
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), EMPTY)
        else:
            ticks = money_ticks([model.high_month for model in self._models], 4)
            room = QRectF(NAMES, 0, max(self.width() - NAMES - 2 * L, 1), self.height() - FOOT)
            self._grid(painter, room, ticks)
            for place, model in enumerate(self._models):
                self._row(painter, room, ticks[-1], place, model)
        painter.end()

    def _grid(self, painter: QPainter, room: QRectF, ticks: Sequence[float]) -> None:
        middle = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        for tick in ticks:
            x = room.left() + tick / ticks[-1] * room.width()
            painter.setPen(QPen(self._theme.colour("line"), 1))
            painter.drawLine(QLineF(x, room.top(), x, room.bottom()))
            painter.setPen(self._theme.colour("muted"))
            left = min(x - AXIS, self.width() - 2.0 * AXIS)
            painter.drawText(QRectF(left, room.bottom(), 2 * AXIS, FOOT), middle, axis_usd(tick))

    def _row(
        self, painter: QPainter, room: QRectF, top: float, place: int, model: ModelProjection
    ) -> None:
        y = place * ROW
        colour = self._theme.colour(ROLES[place % len(ROLES)])
        painter.setPen(self._theme.colour("text"))
        side = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        words = painter.fontMetrics().elidedText(
            model.title, Qt.TextElideMode.ElideMiddle, NAMES - S
        )
        painter.drawText(QRectF(0, y, NAMES - S, ROW), side, words)
        if model.low_month is None or model.high_month is None:
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(QRectF(room.left() + S, y, room.width(), ROW), side, "unpriced")
            return
        low, high = (
            float(each) / top * room.width() for each in (model.low_month, model.high_month)
        )
        faint = QColor(colour)
        faint.setAlpha(FAINT)
        bar = y + (ROW - BAR) / 2
        painter.fillRect(QRectF(room.left(), bar, low, BAR), faint)
        painter.fillRect(QRectF(room.left() + low, bar, max(high - low, 2.0), BAR), colour)
        told = _money(model.high_month)
        if model.low_month != model.high_month:
            told = f"{_money(model.low_month)} to {told}"
        painter.setPen(self._theme.colour("text"))
        width = painter.fontMetrics().horizontalAdvance(told)
        x = min(room.left() + high + S, self.width() - width - 1)
        box = QRectF(x - 2, bar - 1, width + 4, BAR + 2)
        if x < room.left() + high:
            painter.fillRect(box, self._theme.colour("surface"))
        painter.drawText(QRectF(x, y, width + 1, ROW), side, told)


class TurnCurves(QWidget):
    """A line for each model: dearest (not cached) solid and thick, cheapest (cached) thin."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._models: tuple[ModelProjection, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(150)
        self.setAccessibleName("Cost per turn: no model is chosen")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(480, 200)

    def show_models(self, models: Sequence[ModelProjection]) -> None:
        """Show these."""
        self._models = tuple(models)
        told = [
            f"{model.title} from {_money(model.curve[0].high)} to {_money(model.curve[-1].high)} "
            f"uncached, {_money(model.curve[-1].low)} cached"
            for model in models
            if model.curve
        ]
        self.setAccessibleName(f"Cost per turn: {'; '.join(told) or 'no model is chosen'}")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(font(SMALL))
        points = [point for model in self._models for point in model.curve]
        if points:
            last = max(point.turn for point in points)
            ticks = money_ticks([point.high for point in points], 4)
            room = QRectF(AXIS, HEAD, max(self.width() - AXIS - L, 1), self.height() - HEAD - FOOT)
            self._grid(painter, room, ticks, last)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for place, model in enumerate(self._models):
                self._curve(painter, room, (ticks[-1], last), place, model)
            self._legend(painter, room)
        painter.end()

    def _grid(self, painter: QPainter, room: QRectF, ticks: Sequence[float], last: int) -> None:
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        middle = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
        for tick in ticks:
            y = room.bottom() - tick / ticks[-1] * room.height()
            painter.setPen(QPen(self._theme.colour("line"), 1))
            painter.drawLine(QLineF(room.left(), y, room.right(), y))
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(QRectF(0, y - M, AXIS - XS, 2 * M), right, axis_usd(tick))
        step = max(-(-last // 6), 1)
        for turn in range(step, last + 1, step):
            x = _x(room, turn, last)
            painter.drawText(QRectF(x - L, self.height() - FOOT, 2 * L, FOOT), middle, str(turn))
        painter.drawText(QPointF(room.left() - AXIS + XS, self.height() - XS), "turn")

    def _curve(
        self,
        painter: QPainter,
        room: QRectF,
        scale: tuple[float, int],
        place: int,
        model: ModelProjection,
    ) -> None:
        top, last = scale
        colour = self._theme.colour(ROLES[place % len(ROLES)])
        high = _line(room, top, last, [(each.turn, each.high) for each in model.curve])
        low = _line(room, top, last, [(each.turn, each.low) for each in model.curve])
        faint = QColor(colour)
        faint.setAlpha(FAINT // 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(faint))
        painter.drawPolygon(QPolygonF([*high, *reversed(low)]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        style = DASHES[place % len(DASHES)]
        painter.setPen(QPen(colour, 2, style))
        painter.drawPolyline(QPolygonF(high))
        painter.setPen(QPen(colour, 1, style))
        painter.drawPolyline(QPolygonF(low))

    def _legend(self, painter: QPainter, room: QRectF) -> None:
        x = room.left()
        for place, model in enumerate(self._models):
            words = painter.fontMetrics().elidedText(
                model.title, Qt.TextElideMode.ElideMiddle, NAMES
            )
            width = painter.fontMetrics().horizontalAdvance(words)
            if x + 2 * L + width > self.width():
                return
            style = DASHES[place % len(DASHES)]
            painter.setPen(QPen(self._theme.colour(ROLES[place % len(ROLES)]), 2, style))
            painter.drawLine(QLineF(x, HEAD / 2 - 2, x + L + S, HEAD / 2 - 2))
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(QPointF(x + 2 * L - XS, HEAD / 2 + 2), words)
            x += 3 * L + width


def _x(room: QRectF, turn: int, last: int) -> float:
    return room.left() + (turn - 1) / max(last - 1, 1) * room.width()


def _line(
    room: QRectF, top: float, last: int, points: Sequence[tuple[int, Decimal | None]]
) -> list[QPointF]:
    return [
        QPointF(_x(room, turn, last), room.bottom() - float(value) / top * room.height())
        for turn, value in points
        if value is not None
    ]


def _money(value: Decimal | None) -> str:
    return "unpriced" if value is None else usd(value)
