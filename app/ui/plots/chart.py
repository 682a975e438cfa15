"""The pyqtgraph part of a plot. Importing it takes a quarter of a second: see ``turns_plot``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsItem,
    QGraphicsScene,
    QStyleOptionGraphicsItem,
    QWidget,
)

from app.ui.theme import SMALL, XS, S, Theme, font
from app.ui.vm.plot import LONGEST, PlotPlan, Spot
from app.ui.vm.series import Series
from app.ui.widgets.shapes import REACH, mark_brush, mark_path

Ticks = tuple[tuple[float, str], ...]

AXES: Final = ("left", "right", "bottom")
AXIS: Final = 40
FOOT: Final = 18
# Room under the zero line for marks that stand on it, and above the highest line, which would
# else be cut off; as shares of the height.
UNDER_ZERO: Final = 0.02
OVER_TOP: Final = 0.01
UNDER_MARKS: Final = -10
# Outlines of the marks in a square of side 1, as pyqtgraph wants them.
UNIT_RADIUS: Final = 0.5 / REACH


class Lines(QGraphicsItem):
    """Grid lines and the dashed median; pyqtgraph's own grid costs ten times as much."""

    def __init__(self) -> None:
        super().__init__()
        self._area = QRectF(0, 0, 1, 1)
        self._grid: list[QLineF] = []
        self._median: list[QLineF] = []
        self.grid_pen = QPen()
        self.median_pen = QPen()
        self.setZValue(UNDER_MARKS)

    def draw(self, area: QRectF, heights: Sequence[float], median: float | None) -> None:
        """Draw lines at these heights across ``area``."""
        if area != self._area:
            self.prepareGeometryChange()
            self._area = area
        self._grid = [self._across(height) for height in heights]
        self._median = [] if median is None else [self._across(median)]
        self.update()

    def _across(self, height: float) -> QLineF:
        return QLineF(self._area.left(), height, self._area.right(), height)

    def boundingRect(self) -> QRectF:
        return self._area

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        painter.setPen(self.grid_pen)
        painter.drawLines(self._grid)
        painter.setPen(self.median_pen)
        painter.drawLines(self._median)


@dataclass(frozen=True, slots=True)
class _Style:
    """What a mark wears. pyqtgraph tells pens and brushes apart by identity: keep them."""

    symbol: QPainterPath
    pen: QPen
    brush: QBrush


class Marks(pg.ScatterPlotItem):  # type: ignore[misc]  # pyqtgraph has no types
    """The marks of all series. Its bounds are those of the plot, which need no measuring."""

    def __init__(self) -> None:
        self._area = QRectF(0, 0, 1, 1)
        super().__init__()

    def set_area(self, area: QRectF) -> None:
        """Say which part of the plot is in view."""
        self.prepareGeometryChange()
        self._area = area

    def boundingRect(self) -> QRectF:
        return self._area


class Chart:
    """Shows plans in ``view``, which takes neither the mouse nor the keyboard."""

    def __init__(
        self, series: Sequence[Series], theme: Theme, parent: QWidget, *, second: bool
    ) -> None:
        self._theme = theme
        self._second = second
        self._series = tuple(series)
        self._rect = QRectF()
        self._ticks: dict[str, Ticks] = {}
        self._styles: dict[tuple[str, bool, bool], _Style] = {}
        self._shown: PlotPlan | None = None
        self._size = 0.0
        self._oldest = 1
        self.view: Any = pg.PlotWidget(parent, enableMenu=False)
        self._plot: Any = self.view.getPlotItem()
        self._box: Any = self._plot.getViewBox()
        self._lines = Lines()
        self.marks = Marks()
        for item in (self._lines, self.marks):
            self._box.addItem(item, ignoreBounds=True)
        self._arrange()
        self.dress()

    def _arrange(self) -> None:
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.view.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self._plot.setMenuEnabled(False)
        menu = self._plot.ctrlMenu  # made without a parent, it would outlive the window
        menu.setParent(self.view, menu.windowFlags())
        self._plot.hideButtons()
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.disableAutoRange()
        self._plot.layout.setContentsMargins(0, S, 0 if self._second else S, 0)
        self._plot.showAxis("right", self._second)
        for name in AXES:
            self._arrange_axis(name)

    def _arrange_axis(self, name: str) -> None:
        axis = self._plot.getAxis(name)
        axis.enableAutoSIPrefix(False)
        axis.setStyle(
            tickFont=font(SMALL),
            tickLength=0,
            tickAlpha=0,
            tickTextOffset=1 if name == "bottom" else XS,
            autoExpandTextSpace=False,
            hideOverlappingLabels=False,
        )
        if name == "bottom":
            axis.setHeight(FOOT)
        elif axis.isVisible():
            axis.setWidth(AXIS)

    def place(self, turn: float, height: float) -> QPointF:
        """Return the pixel of ``view`` where ``height`` of a turn is drawn."""
        return QPointF(self._box.mapViewToScene(QPointF(turn, height)))

    def dress(self) -> None:
        """Wear the colours of the theme; the marks do with the next plan."""
        theme = self._theme
        self.view.setBackground(theme.colour("raised"))
        for name in AXES:
            axis = self._plot.getAxis(name)
            axis.setPen(QPen(Qt.PenStyle.NoPen))
            axis.setTextPen(QPen(theme.colour("muted")))
        self._lines.grid_pen = _pen(theme.colour("line"))
        self._lines.median_pen = _pen(
            theme.colour(self._series[0].role), style=Qt.PenStyle.DashLine
        )
        self._styles = {
            (each.metric, excluded, limited): _style(
                each,
                theme.colour("unknown" if excluded else each.role),
                hollow=excluded or limited,
            )
            for each in self._series
            for excluded in (False, True)
            for limited in (False, True)
        }
        self._shown = None
        self._lines.update()

    def show(self, plan: PlotPlan, radius: float) -> None:
        """Draw ``plan`` with marks of ``radius`` pixels."""
        self._show_range(plan)
        self._set_ticks("left", tuple(zip(plan.heights, plan.left, strict=True)))
        if self._second:
            # The right axis leaves out its zero, where the last turn's number stands.
            self._set_ticks("right", tuple(zip(plan.heights, plan.right, strict=True))[1:])
        self._set_ticks("bottom", tuple((turn, str(turn)) for turn in plan.turns))
        self._lines.draw(self._rect, plan.heights, plan.median)
        self._show_marks(plan, 2 * radius * REACH)

    def _show_range(self, plan: PlotPlan) -> None:
        width, floor = plan.last - plan.first + 2 * plan.margin, UNDER_ZERO * plan.top
        rect = QRectF(plan.first - plan.margin, -floor, width, (1 + OVER_TOP) * plan.top + floor)
        if rect != self._rect:
            self._rect = rect
            self._box.setRange(rect, padding=0, disableAutoRange=True)
            self.marks.set_area(rect)

    def _set_ticks(self, name: str, ticks: Ticks) -> None:
        if self._ticks.get(name) != ticks:
            self._ticks[name] = ticks
            self._plot.getAxis(name).setTicks([ticks])

    def _show_marks(self, plan: PlotPlan, size: float) -> None:
        """Draw the marks: those of the new turns alone, where the others stand as they are."""
        same = size == self._size and plan.first - self._oldest < LONGEST
        new = plan.came_since(self._shown) if same and self._shown is not None else None
        if new is None:
            self.marks.setData(**self._spots(plan.spots), size=size)
            self._oldest = plan.first
        elif new:
            self.marks.addPoints(**self._spots(new), size=size)
        self._shown, self._size = plan, size

    def _spots(self, spots: Sequence[Spot]) -> dict[str, Any]:
        styles = [
            self._styles[drawn.series.metric, point.excluded, point.limited]
            for drawn, point in spots
        ]
        return {
            "x": [point.turn_id for _drawn, point in spots],
            "y": [drawn.height(point) for drawn, point in spots],
            "symbol": [each.symbol for each in styles],
            "pen": [each.pen for each in styles],
            "brush": [each.brush for each in styles],
        }


def _pen(colour: QColor, *, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    pen = QPen(colour, 1, style)
    pen.setCosmetic(True)
    return pen


def _style(series: Series, colour: QColor, *, hollow: bool) -> _Style:
    outline = mark_path(series.shape, UNIT_RADIUS, QPointF(0, 0))
    brush = QBrush() if hollow else mark_brush(series, colour)
    return _Style(outline, _pen(colour), brush)
