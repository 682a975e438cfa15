"""A plot over the turns: one mark a turn and series, a dashed line at the median."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.ui.theme import SMALL, Theme, font
from app.ui.vm.plot import PlotPlan, Spot, plan
from app.ui.vm.series import Series
from app.ui.vm.statistics import StatisticsViewModel
from app.ui.vm.text import quantity

if TYPE_CHECKING:
    from app.ui.plots.chart import Chart

LINES = 4
FEW_LINES = 2
SHORT = 110
MARK = 3.5
SMALL_MARK = 2.5
MANY = 60
NEAR = 10
MOST_WORDS = 6
EMPTY = "No turns yet"


class TurnsPlot(QWidget):
    """Draws series over the newest turns; with ``second`` the last has the axis on the right.

    Before ``build`` it only says that there are no turns. ``pressed`` tells the metric and the
    turn of the mark that was clicked.
    """

    pressed = Signal(str, int)

    def __init__(
        self, vm: StatisticsViewModel, series: Sequence[Series], theme: Theme, *, second: bool
    ) -> None:
        super().__init__()
        self._vm = vm
        self._series = tuple(series)
        self._theme = theme
        self._second = second
        self._roomy = True
        self._plan = self._new_plan()
        self.chart: Chart | None = None
        self.setMouseTracking(True)
        self.setAccessibleName("Plot of " + ", ".join(each.name for each in series) + " per turn")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self._dress)

    def sizeHint(self) -> QSize:
        return QSize(240, 120)

    def build(self) -> None:
        """Make the chart; this loads pyqtgraph. Done once, after the first paint."""
        from app.ui.plots.chart import Chart  # noqa: PLC0415 - its import would delay the window

        self.chart = Chart(self._series, self._theme, self, second=self._second)
        self.chart.view.setGeometry(self.rect())
        self._show()

    def refresh(self) -> None:
        """Draw anew: a turn came."""
        rows = (self._vm.summary(each) for each in self._series)
        told = [f"{row.series.name}: n {row.n}, median {row.cells['P50']}" for row in rows]
        self.setAccessibleDescription("; ".join(told))
        self._show()

    def _new_plan(self) -> PlotPlan:
        lines = LINES if self._roomy else FEW_LINES
        return plan(self._vm, self._series, second=self._second, lines=lines)

    def _show(self) -> None:
        was_empty, self._plan = self._plan.empty, self._new_plan()
        if self.chart is not None:
            self.chart.view.setVisible(not self._plan.empty)
            if not self._plan.empty:
                self.chart.show(self._plan, self._radius)
        if was_empty != self._plan.empty:
            self.update()

    @property
    def _radius(self) -> float:
        most = max(len(each.points) for each in self._plan.drawn)
        return MARK if most <= MANY and self._roomy else SMALL_MARK

    def _dress(self) -> None:
        if self.chart is not None:
            self.chart.dress()
            self._show()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        roomy = event.size().height() > SHORT
        if self.chart is not None:
            self.chart.view.setGeometry(self.rect())
        if roomy is not self._roomy:
            self._roomy = roomy
            self._show()
        super().resizeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._plan.empty:
            return
        painter = QPainter(self)
        painter.setFont(font(SMALL))
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), EMPTY)
        painter.end()

    # --- hover

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.words_near(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def near(self, at: QPointF) -> list[Spot]:
        """Return the marks at a point of this widget, the nearest first."""
        if self.chart is None or self._plan.empty:
            return []
        zero, unit = self.chart.place(0, 0), self.chart.place(1, 1)
        wide, high = unit.x() - zero.x(), unit.y() - zero.y()
        found = []
        for drawn, point in self._plan.spots:
            across = abs(zero.x() + wide * point.turn_id - at.x())
            if across <= NEAR:
                away = across + abs(zero.y() + high * drawn.height(point) - at.y())
                found.append((away, (drawn, point)))
        near = [each for each in found if each[0] <= NEAR]
        return [spot for _away, spot in sorted(near, key=lambda each: each[0])]

    def words_near(self, at: QPointF) -> str:
        """Return the turns under a point of this widget, one a line, or ""."""
        lines = []
        for drawn, point in self.near(at)[:MOST_WORDS]:
            words = quantity(point.value, drawn.series.unit, cap=drawn.series.cap)
            note = f" ({point.apart})" if point.apart else ""
            note += " (left out)" if point.excluded else ""
            note += " (client-limited)" if point.limited else ""
            lines.append(f"turn {point.turn_id}: {drawn.series.name} {words}{note}")
        return "\n".join(lines)

    # --- pressing a mark

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = bool(self.near(event.position()))
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.near(event.position())
        if found and event.button() is Qt.MouseButton.LeftButton:
            drawn, point = found[0]
            self.pressed.emit(drawn.series.metric, point.turn_id)
        else:
            super().mousePressEvent(event)
