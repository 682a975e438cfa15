"""The distribution of the chosen metric: a curve of steps, its band, its median and P95."""

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme import SMALL, XS, L, M, S, Theme, font
from app.ui.vm.distribution import SHARES, DistributionPlan, distribution
from app.ui.vm.statistics import StatisticsViewModel

AXIS = 44
FOOT = 18
HEAD = 18
BAND = 28
INTERVAL = 44
RUG = 5
EMPTY = "No turns yet"


class EcdfPlot(QWidget):
    """Paints ``distribution``; the raw values stand as ticks on the axis."""

    def __init__(self, vm: StatisticsViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self.plan: DistributionPlan = distribution(vm)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(HEAD + FOOT + L)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(320, 160)

    def refresh(self) -> None:
        """Draw anew: a turn came, or another metric was chosen."""
        self.plan = distribution(self._vm)
        self.setAccessibleName(self.plan.spoken)
        self.setToolTip(
            f"{self.plan.name}\ncurve\tshare of the turns that took at most so much\n"
            "faint band\tholds the whole true curve in 95 of 100 samples\n"
            "dashed lines\tP50 and P95, with their 95 % intervals\n"
            "source\tmetrics specification, 3.3 and 9.1"
            if not self.plan.empty
            else ""
        )
        self.update()

    # --- places

    @property
    def room(self) -> QRectF:
        """Where the curve is drawn."""
        width, height = self.width() - AXIS - M, self.height() - HEAD - FOOT
        return QRectF(AXIS, HEAD, max(width, 1), max(height, 1))

    def x_of(self, value: float) -> float:
        """Return where a value stands, kept within the plot."""
        first, last = self.plan.ticks[0], self.plan.ticks[-1]
        share = (value - first) / (last - first)
        return self.room.left() + min(max(share, 0.0), 1.0) * self.room.width()

    def y_of(self, share: float) -> float:
        """Return where a share stands."""
        return self.room.bottom() - share * self.room.height()

    # --- painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(font(SMALL))
        if self.plan.empty:
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), EMPTY)
        else:
            self._paint_grid(painter)
            self._paint_band(painter)
            self._paint_marks(painter)
            self._paint_curve(painter)
        painter.end()

    def _paint_grid(self, painter: QPainter) -> None:
        room = self.room
        side = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        middle = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        roomy = room.height() >= (len(SHARES) - 1) * FOOT
        for share in SHARES if roomy else (0.0, 0.5, 1.0):
            y = self.y_of(share)
            painter.setPen(QPen(self._theme.colour("line"), 1))
            painter.drawLine(QLineF(room.left(), y, room.right(), y))
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(QRectF(0, y - M, AXIS - XS, 2 * M), side, f"{share * 100:g} %")
        for tick in self.plan.ticks:
            place = QRectF(self.x_of(tick) - AXIS / 2, room.bottom() + RUG, AXIS, FOOT)
            painter.drawText(place, middle, f"{tick:g}")

    def _paint_band(self, painter: QPainter) -> None:
        plan = self.plan
        upper = self._steps(plan.high.tolist())
        lower = self._steps(plan.low.tolist())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._faint("accent", BAND))
        painter.drawPolygon(QPolygonF([*upper, *reversed(lower)]))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_curve(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("accent"), 1.6))
        painter.drawPolyline(QPolygonF(self._steps(self.plan.shares.tolist())))
        painter.setPen(QPen(self._theme.colour("accent"), 1))
        bottom = self.room.bottom()
        xs = [self.x_of(value) for value in self.plan.values.tolist()]
        painter.drawLines([QLineF(x, bottom, x, bottom + RUG) for x in xs])

    def _steps(self, shares: list[float]) -> list[QPointF]:
        room = self.room
        made = [QPointF(room.left(), self.y_of(0.0))]
        for value, share in zip(self.plan.values.tolist(), shares, strict=True):
            x = self.x_of(value)
            made += [QPointF(x, made[-1].y()), QPointF(x, self.y_of(share))]
        return [*made, QPointF(room.right(), made[-1].y())]

    def _paint_marks(self, painter: QPainter) -> None:
        room = self.room
        past = room.left()
        for mark in self.plan.marks:
            x = self.x_of(mark.at)
            low = room.left() if mark.low is None else self.x_of(mark.low)
            high = room.right() if mark.high is None else self.x_of(mark.high)
            if mark.low is not None or mark.high is not None:
                area = QRectF(low, room.top(), high - low, room.height())
                painter.fillRect(area, self._faint("model", INTERVAL))
            painter.setPen(QPen(self._theme.colour("text"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(x, room.top(), x, room.bottom()))
            words = f"{mark.name} {mark.words}"
            width = painter.fontMetrics().horizontalAdvance(words)
            left = min(max(x - width / 2, past), room.right() - width)
            painter.drawText(QPointF(left, room.top() - XS), words)
            past = left + width + S

    def _faint(self, role: str, alpha: int) -> QColor:
        colour = self._theme.colour(role)
        colour.setAlpha(alpha)
        return colour
