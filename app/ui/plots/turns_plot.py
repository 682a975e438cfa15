"""A plot over the turns: one mark a turn and series, a dashed line at the median."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.ui.theme import SMALL, XS, M, S, Theme, font
from app.ui.vm.plot import PlotPlan, plan
from app.ui.vm.statistics import Series, StatisticsViewModel
from app.ui.vm.text import quantity
from app.ui.widgets.shapes import draw_mark

LINES = 4
FEW_LINES = 2
SHORT = 110
MARK = 3.5
SMALL_MARK = 2.5
MANY = 60
AXIS = 40
FOOT = 18
EDGE = 0.5
NEAR = 10
MOST_WORDS = 6
EMPTY = "No turns yet"


class TurnsPlot(QWidget):
    """Draws series over the newest turns; with ``second`` the last has the axis on the right.

    Painted by hand: it is drawn once a turn, in a few milliseconds, and needs no library.
    """

    def __init__(
        self, vm: StatisticsViewModel, series: Sequence[Series], theme: Theme, *, second: bool
    ) -> None:
        super().__init__()
        self._vm = vm
        self._series = tuple(series)
        self._theme = theme
        self._second = second
        self._plan = self._new_plan()
        self.setAccessibleName("Plot of " + ", ".join(each.name for each in series) + " per turn")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(240, 120)

    def _new_plan(self) -> PlotPlan:
        lines = LINES if self.height() > SHORT else FEW_LINES
        return plan(self._vm, self._series, second=self._second, lines=lines)

    def refresh(self) -> None:
        """Draw anew: a turn came."""
        rows = (self._vm.summary(each) for each in self._series)
        told = [f"{row.series.name}: n {row.n}, median {row.cells['P50']}" for row in rows]
        self.setAccessibleDescription("; ".join(told))
        self.update()

    # --- places

    @property
    def _area(self) -> QRectF:
        right = AXIS if self._second else S
        return QRectF(AXIS, S, self.width() - AXIS - right, self.height() - S - FOOT)

    def _x(self, turn: float, area: QRectF) -> float:
        span = self._plan.last - self._plan.first + 2 * EDGE
        return area.left() + (turn - self._plan.first + EDGE) / span * area.width()

    def _y(self, height: float, area: QRectF) -> float:
        return area.bottom() - height / self._plan.top * area.height()

    # --- painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        self._plan = self._new_plan()
        painter = QPainter(self)
        painter.setFont(font(SMALL))
        area = self._area
        if self._plan.empty:
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), EMPTY)
        else:
            self._paint_grid(painter, area)
            self._paint_words(painter, area)
            self._paint_median(painter, area)
            self._paint_marks(painter, area)
        painter.end()

    def _paint_grid(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QPen(self._theme.colour("line"), 1))
        for height in self._plan.heights:
            y = round(self._y(height, area)) + 0.5
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))

    def _paint_words(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(self._theme.colour("muted"))
        middle = Qt.AlignmentFlag.AlignVCenter
        for height, words in zip(self._plan.heights, self._plan.left, strict=True):
            box = QRectF(0, self._y(height, area) - M, AXIS - XS, 2 * M)
            painter.drawText(box, int(middle | Qt.AlignmentFlag.AlignRight), words)
        # The right axis leaves out its zero, where the last turn's number stands.
        for height, words in list(zip(self._plan.heights, self._plan.right, strict=False))[1:]:
            box = QRectF(area.right() + XS, self._y(height, area) - M, AXIS - XS, 2 * M)
            painter.drawText(box, int(middle | Qt.AlignmentFlag.AlignLeft), words)
        for turn in self._plan.turns:
            box = QRectF(self._x(turn, area) - AXIS / 2, area.bottom(), AXIS, FOOT)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(turn))

    def _paint_median(self, painter: QPainter, area: QRectF) -> None:
        if self._plan.median is None:
            return
        colour = self._theme.colour(self._series[0].role)
        painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
        y = round(self._y(self._plan.median, area)) + 0.5
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))

    def _paint_marks(self, painter: QPainter, area: QRectF) -> None:
        for drawn in self._plan.drawn:
            roomy = len(drawn.points) <= MANY and self.height() > SHORT
            radius = MARK if roomy else SMALL_MARK
            marks = {
                excluded: self._mark(drawn.series, radius, excluded=excluded)
                for excluded in (False, True)
            }
            half = radius + 1.5
            left, top = self._x(0, area) - half, area.bottom() - half
            across = self._x(1, area) - self._x(0, area)
            up = area.height() / self._plan.top
            for point in drawn.points:
                at = QPointF(left + point.turn_id * across, top - drawn.height(point) * up)
                painter.drawPixmap(at, marks[point.excluded])

    def _mark(self, series: Series, radius: float, *, excluded: bool) -> QPixmap:
        ratio = self.devicePixelRatioF()
        side = round((2 * radius + 3) * ratio)
        pixmap = QPixmap(side, side)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self._theme.colour("line" if excluded else series.role)
        draw_mark(painter, series, QPointF(radius + 1.5, radius + 1.5), radius, colour)
        painter.end()
        return pixmap

    # --- hover

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.words_near(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def words_near(self, at: QPointF) -> str:
        """Return the turns under a point of this widget, one a line, or ""."""
        area, lines = self._area, []
        for drawn in self._plan.drawn:
            for point in drawn.points:
                x = self._x(point.turn_id, area)
                y = self._y(drawn.height(point), area)
                if abs(x - at.x()) + abs(y - at.y()) <= NEAR:
                    words = quantity(point.value, drawn.series.unit, cap=drawn.series.cap)
                    note = " (left out)" if point.excluded else ""
                    lines.append(f"turn {point.turn_id}: {drawn.series.name} {words}{note}")
        return "\n".join(lines[:MOST_WORDS])
