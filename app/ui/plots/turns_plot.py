"""A plot over the turns: one mark a turn and series, a line at the median.

Imports pyqtgraph, which takes 0.3 s: load it once the window is on the screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QResizeEvent
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from app.metrics.statistics import quantile
from app.ui.plots.grid import Grid, nice_step, ticks
from app.ui.theme import SMALL, S, Theme, font
from app.ui.vm.statistics import Point, Series, Shape, StatisticsViewModel
from app.ui.vm.text import quantity
from app.ui.widgets.labels import label

SYMBOLS = {Shape.DISC: "o", Shape.TRIANGLE: "t1", Shape.SQUARE: "s", Shape.DIAMOND: "d"}
SHORTEST = 20
LONGEST = 200
LINES = 4
FEW_LINES = 2
SHORT = 110
MARK = 7
SMALL_MARK = 5
MANY = 60
EDGE = 0.015
NEAR = 12
HEADROOM = 1.08


@dataclass(frozen=True, slots=True)
class Drawn:
    """One series on the screen. The right axis has its own scale: ``per_left`` of it."""

    series: Series
    points: Sequence[Point]
    scale: float


def _highest(found: Sequence[tuple[Series, Sequence[Point]]]) -> float:
    return max((point.value for _series, points in found for point in points), default=1.0)


class TurnsPlot(QWidget):
    """Draws series over the newest 200 turns; the second axis, if any, is the last series'."""

    def __init__(
        self, vm: StatisticsViewModel, series: Sequence[Series], theme: Theme, *, second: bool
    ) -> None:
        super().__init__()
        self._vm = vm
        self._series = tuple(series)
        self._theme = theme
        self._second = second
        self._drawn: list[Drawn] = []
        self._grid = Grid()
        self._plot: Any = pg.PlotWidget(background=None)
        self._empty = label("Each turn becomes a mark here.", "muted", self)
        self._items: dict[str, Any] = {}
        self._median: Any = pg.InfiniteLine(angle=0, movable=False)
        self.setAccessibleName("Plot of " + ", ".join(each.name for each in series) + " per turn")
        self._arrange()
        theme.changed.connect(self.refresh)

    def _arrange(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._plot)
        self._plot.setStyleSheet("background: transparent")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        item = self._plot.getPlotItem()
        item.hideButtons()
        item.layout.setContentsMargins(0, S, 0, 0)
        item.setMenuEnabled(False)
        item.setMouseEnabled(x=False, y=False)
        item.getViewBox().disableAutoRange()
        item.addItem(self._grid, ignoreBounds=True)
        item.addItem(self._median, ignoreBounds=True)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for each in self._series:
            scatter = pg.ScatterPlotItem(size=MARK, pxMode=True)
            item.addItem(scatter, ignoreBounds=True)
            self._items[each.metric] = scatter
        for side in ("left", "right", "bottom"):
            item.showAxis(side, side != "right" or self._second)
            axis = item.getAxis(side)
            axis.setStyle(tickFont=font(SMALL), tickLength=0, autoExpandTextSpace=False)
        item.getAxis("left").setWidth(44)
        item.getAxis("right").setWidth(44)
        item.getAxis("bottom").setHeight(20)

    def refresh(self) -> None:
        """Draw anew: a turn came, or another theme is in use."""
        heights = self._plan()
        first, last = self._turns()
        item = self._plot.getPlotItem()
        margin = max(0.5, (last - first) * EDGE)
        left, right = first - margin, last + margin
        item.getViewBox().setRange(xRange=(left, right), yRange=(0, heights[-1]), padding=0)
        area = QRectF(left, 0, right - left, heights[-1])
        self._grid.place(area, heights, self._theme.colour("line"))
        self._dress(heights, first, last)
        for drawn in self._drawn:
            self._draw(drawn)
        self._draw_median()
        self._tell()

    def _turns(self) -> tuple[int, int]:
        last = max((turn.turn_id for turn in self._vm.turns), default=1)
        last = max(last, SHORTEST)
        return max(last - LONGEST + 1, 1), last

    def _plan(self) -> list[float]:
        """Choose scales; return the heights of the grid's lines on the left scale."""
        found = [(each, self._vm.points(each)[-LONGEST:]) for each in self._series]
        on_left = found[:-1] if self._second else found
        heights = ticks(_highest(on_left) * HEADROOM, LINES if self.height() > SHORT else FEW_LINES)
        scale = 1.0
        if self._second:
            lines = len(heights) - 1
            scale = heights[-1] / (nice_step(_highest(found[-1:]) * HEADROOM, lines) * lines)
        lead = len(on_left)
        self._drawn = [
            Drawn(series, points, 1.0 if index < lead else scale)
            for index, (series, points) in enumerate(found)
        ]
        return heights

    def _dress(self, heights: Sequence[float], first: int, last: int) -> None:
        muted, line = self._theme.colour("muted"), self._theme.colour("line")
        item = self._plot.getPlotItem()
        step = max((last - first + 1) // 5, 1)
        turns = [turn for turn in range(first, last + 1) if turn % step == 0]
        empty = not any(drawn.points for drawn in self._drawn)
        self._empty.setVisible(empty)
        labels: dict[str, list[tuple[float, str]]] = {"left": [], "bottom": [], "right": []}
        if not empty:
            labels["left"] = [(height, f"{height:g}") for height in heights]
            labels["bottom"] = [(turn, str(turn)) for turn in turns]
        if self._second and not empty:
            scale = self._drawn[-1].scale
            labels["right"] = [(height, f"{height / scale:g}") for height in heights]
        for side, named in labels.items():
            axis = item.getAxis(side)
            axis.setTicks([named])
            axis.setPen(pg.mkPen(line, width=1))
            axis.setTextPen(pg.mkPen(muted))

    def _draw(self, drawn: Drawn) -> None:
        colour = self._theme.colour(drawn.series.role)
        faint = self._theme.colour("line")
        hollow = drawn.series.reported
        spots = [
            {
                "pos": (point.turn_id, point.value * drawn.scale),
                "pen": pg.mkPen(faint if point.excluded else colour, width=1),
                "brush": None if hollow or point.excluded else pg.mkBrush(colour),
                "symbol": SYMBOLS[drawn.series.shape],
            }
            for point in drawn.points
        ]
        size = MARK if len(spots) <= MANY else SMALL_MARK
        self._items[drawn.series.metric].setData(spots, size=size)

    def _draw_median(self) -> None:
        lead = self._drawn[0]
        middle = quantile([p.value for p in lead.points if not p.excluded], 0.5)
        self._median.setVisible(middle is not None)
        if middle is not None:
            self._median.setPos(middle)
            colour = self._theme.colour(lead.series.role)
            self._median.setPen(pg.mkPen(colour, width=1, style=Qt.PenStyle.DashLine))

    def _tell(self) -> None:
        rows = (self._vm.summary(each) for each in self._series)
        told = [f"{row.series.name}: n {row.n}, median {row.cells['P50']}" for row in rows]
        self.setAccessibleDescription("; ".join(told))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._empty.setGeometry(self.rect())
        self.refresh()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._words_near(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _words_near(self, at: QPointF) -> str:
        box = self._plot.getPlotItem().getViewBox()
        spot = self._plot.mapFromParent(at.toPoint())
        lines = []
        for drawn in self._drawn:
            for point in drawn.points:
                shown = self._plot.mapFromScene(
                    box.mapViewToScene(QPointF(point.turn_id, point.value * drawn.scale))
                )
                if (shown - spot).manhattanLength() <= NEAR:
                    words = quantity(point.value, drawn.series.unit)
                    left_out = " (left out)" if point.excluded else ""
                    lines.append(f"turn {point.turn_id}: {drawn.series.name} {words}{left_out}")
        return "\n".join(lines[:6])
