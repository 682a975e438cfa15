"""The session so far: quantiles that double as legends, and a plot over the turns for each."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLabel, QVBoxLayout, QWidget

from app.ui.plots.turns_plot import TurnsPlot
from app.ui.theme import XS, L, S, Theme
from app.ui.vm.statistics import LATENCY, QUANTILES, THROUGHPUT, Series, StatisticsViewModel
from app.ui.widgets.frames import Frames
from app.ui.widgets.labels import Steady, label
from app.ui.widgets.shapes import Mark

WIDE = 1.5
PLOT_HEIGHT = 48
NARROWEST = 150
FULL_WIDTH = 290
NARROW_CELL = 24
WIDE_CELL = 44
LEFT_OUT_FIRST = ("P90", "P95")
# Both groups are as tall as the longer legend, so that the plots stand in line.
ROWS = max(len(LATENCY), len(THROUGHPUT))
ROW_HEIGHT = 17


class _Group(QWidget):
    """A legend with figures, and the plot under it."""

    def __init__(
        self, title: str, series: Sequence[Series], vm: StatisticsViewModel, theme: Theme
    ) -> None:
        super().__init__()
        self.series = tuple(series)
        self._vm = vm
        self._cells: dict[str, list[Steady]] = {}
        self._columns: dict[str, list[QLabel]] = {}
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(S)
        grid.setVerticalSpacing(0)
        grid.addWidget(label(title, "small"), 0, 0, 1, 3)
        for column, name in enumerate(("n", *QUANTILES)):
            heading = label(name, "small")
            heading.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(heading, 0, 3 + column)
            self._columns.setdefault(name, []).append(heading)
        for row, each in enumerate(self.series, 1):
            self._add_row(grid, row, each, theme)
        for row in range(ROWS + 1):
            grid.setRowMinimumHeight(row, ROW_HEIGHT)
        grid.setColumnStretch(2, 1)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._box.addLayout(grid)
        second = len({each.unit for each in self.series}) > 1
        self.plot = TurnsPlot(vm, self.series, theme, second=second)
        self._box.addWidget(self.plot, 1)
        self._box.addStretch(0)
        self.setMinimumSize(NARROWEST, ROW_HEIGHT * (ROWS + 1))

    def _add_row(self, grid: QGridLayout, row: int, series: Series, theme: Theme) -> None:
        grid.addWidget(Mark(series, theme), row, 0)
        grid.addWidget(label(series.name), row, 1)
        self._cells[series.metric] = [Steady() for _ in range(1 + len(QUANTILES))]
        for column, name in enumerate(self._columns):
            cell = self._cells[series.metric][column]
            cell.setAlignment(Qt.AlignmentFlag.AlignRight)
            cell.setMinimumWidth(NARROW_CELL if name == "n" else WIDE_CELL)
            grid.addWidget(cell, row, 3 + column)
            self._columns[name].append(cell)

    def refresh(self) -> None:
        """Show the figures."""
        for series in self.series:
            summary = self._vm.summary(series)
            words = (str(summary.n), *summary.cells.values())
            for cell, text in zip(self._cells[series.metric], words, strict=True):
                cell.say(text)
                cell.setToolTip(summary.hover)
        self.plot.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the rarer quantiles, then the plot, where there is no room for them."""
        for name in LEFT_OUT_FIRST:
            for cell in self._columns[name]:
                cell.setVisible(event.size().width() >= FULL_WIDTH)
        room = event.size().height() - ROW_HEIGHT * (ROWS + 1)
        self.plot.setVisible(room >= PLOT_HEIGHT)
        super().resizeEvent(event)


class SessionPane(QWidget):
    """Two groups, side by side where the pane is wide, else one above the other."""

    def __init__(self, vm: StatisticsViewModel, theme: Theme, frames: Frames) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self._frames = frames
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._groups = (
            _Group("Latency per turn, ms", LATENCY, vm, theme),
            _Group("Throughput per turn", THROUGHPUT, vm, theme),
        )
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(L, 0, L, XS)
        self._box.setSpacing(L)
        for group in self._groups:
            self._box.addWidget(group, 1)
        self._stale: list[_Group] = []
        vm.changed.connect(self._changed)
        self._changed()
        self.refresh()

    def build_plots(self) -> None:
        """Make the plots, which loads their library: to be called after the first paint."""
        for group in self._groups:
            group.plot.build()

    def _changed(self) -> None:
        self._stale = list(self._groups)
        if self.isVisible():
            self._frames.mark(self._draw_next)

    def _draw_next(self) -> None:
        """Draw one group, and the other in the next frame, so that neither frame is long."""
        if self._stale:
            self._stale.pop(0).refresh()
        if self._stale:
            self._frames.mark(self._draw_next)

    def refresh(self) -> None:
        """Show the figures and draw the plots that a turn came to since they were drawn."""
        stale, self._stale = self._stale, []
        for group in stale:
            group.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        self.refresh()
        super().showEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        wide = event.size().width() > WIDE * event.size().height()
        way = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._box.direction() is not way:
            self._box.setDirection(way)
        super().resizeEvent(event)
