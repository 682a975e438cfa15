"""Quantiles that double as legends, and a plot over the turns for each group of them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QHelpEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLabel, QToolTip, QVBoxLayout, QWidget

from app.ui.plots.turns_plot import TurnsPlot
from app.ui.theme import L, S, Theme
from app.ui.vm.series import THROUGHPUT, Series
from app.ui.vm.statistics import QUANTILES, StatisticsViewModel
from app.ui.widgets.labels import Elided, Steady, label, tip
from app.ui.widgets.shapes import Mark

WIDE = 1.5
PLOT_HEIGHT = 40
NARROWEST = 150
FULL_WIDTH = 290
NARROW_CELL = 24
WIDE_CELL = 44
LEFT_OUT_FIRST = ("P90", "P95")
# Both groups are as tall as the longer legend, so that the plots stand in line.
ROWS = 3
ROW_HEIGHT = 17
LATENCY_TITLE = "Latency per turn, ms"
THROUGHPUT_TITLE = "Throughput per turn"


class Group(QWidget):
    """A legend with figures, and the plot under it."""

    def __init__(
        self, title: str, series: Sequence[Series], vm: StatisticsViewModel, theme: Theme
    ) -> None:
        super().__init__()
        self.series = tuple(series)
        self._vm = vm
        self._lines: list[tuple[Series, list[QWidget]]] = []
        self.cells: dict[str, list[Steady]] = {}
        self.columns: dict[str, list[QLabel]] = {}
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(S)
        grid.setVerticalSpacing(0)
        grid.addWidget(label(title, "small"), 0, 0, 1, 3)
        for column, name in enumerate(("n", *QUANTILES)):
            heading = label(name, "small")
            heading.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(heading, 0, 3 + column)
            self.columns.setdefault(name, []).append(heading)
        for row, each in enumerate(self.series, 1):
            self._add_row(grid, row, each, theme)
        for row in range(ROWS + 1):
            grid.setRowMinimumHeight(row, ROW_HEIGHT)
        grid.setColumnStretch(2, 1)
        self.legend = Elided("small")
        if len(self.series) < ROWS:
            grid.addWidget(self.legend, ROWS, 0, 1, 3 + len(self.columns))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(grid)
        second = len({each.unit for each in self.series}) > 1
        self.plot = TurnsPlot(vm, self.series, theme, second=second)
        box.addWidget(self.plot, 1)
        box.addStretch(0)
        self.setMinimumSize(NARROWEST, ROW_HEIGHT * (ROWS + 1))

    def _add_row(self, grid: QGridLayout, row: int, series: Series, theme: Theme) -> None:
        mark, name = Mark(series, theme), label(series.name)
        grid.addWidget(mark, row, 0)
        grid.addWidget(name, row, 1)
        self.cells[series.metric] = [Steady() for _ in range(1 + len(QUANTILES))]
        for column, heading in enumerate(self.columns):
            cell = self.cells[series.metric][column]
            cell.setAlignment(Qt.AlignmentFlag.AlignRight)
            cell.setMinimumWidth(NARROW_CELL if heading == "n" else WIDE_CELL)
            grid.addWidget(cell, row, 3 + column)
            self.columns[heading].append(cell)
        self._lines.append((series, [mark, name, *self.cells[series.metric]]))

    def show_figures(self) -> None:
        """Show the quantiles."""
        for series in self.series:
            summary = self._vm.summary(series)
            words = (str(summary.n), *summary.cells.values())
            for cell, text in zip(self.cells[series.metric], words, strict=True):
                cell.say(text)
        self.legend.say(self._legend())

    def _legend(self) -> str:
        tally = self._vm.tally
        marks = (
            (tally.limited_turns, "hollow: client-limited"),
            (tally.excluded.total() + tally.failed, "grey: left out"),
        )
        words = ", ".join(words for found, words in marks if found)
        return "; ".join(each for each in (words, self._vm.population.apart()) if each)

    def show_plot(self) -> None:
        """Draw the plot, unless there is no room for it."""
        if not self.plot.isHidden():
            self.plot.refresh()

    def explain(self, at: QPoint) -> str:
        """Return what the series under a point of this widget means, or ""."""
        child = self.childAt(at)
        found = next((series for series, widgets in self._lines if child in widgets), None)
        return "" if found is None else self._vm.hover(found)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), tip(self.explain(event.pos())), self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the rarer quantiles, then the plot, where there is no room for them."""
        for name in LEFT_OUT_FIRST:
            for cell in self.columns[name]:
                cell.setVisible(event.size().width() >= FULL_WIDTH)
        room = event.size().height() - ROW_HEIGHT * (ROWS + 1)
        roomy = room >= PLOT_HEIGHT
        if roomy is self.plot.isHidden():
            self.plot.setVisible(roomy)
            self.show_plot()
        super().resizeEvent(event)


class TurnsView(QWidget):
    """Two groups, side by side where the view is wide, else one above the other.

    ``point_wanted``: a mark was pressed; it tells the metric and the turn.
    """

    point_wanted = Signal(str, int)

    def __init__(self, vm: StatisticsViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self._built = False
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(L)
        self.groups = [
            self._group(LATENCY_TITLE, vm.drawn),
            self._group(THROUGHPUT_TITLE, THROUGHPUT),
        ]
        for group in self.groups:
            self._box.addWidget(group, 1)

    def _group(self, title: str, series: Sequence[Series]) -> Group:
        made = Group(title, series, self._vm, self._theme)
        made.plot.pressed.connect(self.point_wanted)
        return made

    @property
    def steps(self) -> tuple[Callable[[], None], ...]:
        """What is drawn, each part in a frame of its own."""
        self._show_chosen()
        return tuple(
            step for group in self.groups for step in (group.show_figures, group.show_plot)
        )

    def _show_chosen(self) -> None:
        """Put the chosen metric where the latencies stand, if it is none of the usual ones."""
        wanted = self._vm.drawn
        old = self.groups[0]
        if old.series == wanted:
            return
        usual = len(wanted) > 1
        title = LATENCY_TITLE if usual else f"Per turn, {wanted[0].unit}".rstrip(", ")
        made = self._group(title, wanted)
        self._box.replaceWidget(old, made)
        old.deleteLater()
        self.groups[0] = made
        if self._built:
            made.plot.build()

    def build_plots(self) -> None:
        """Make the plots, which loads their library: to be called after the first paint."""
        self._built = True
        for group in self.groups:
            group.plot.build()

    def resizeEvent(self, event: QResizeEvent) -> None:
        wide = event.size().width() > WIDE * event.size().height()
        way = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._box.direction() is not way:
            self._box.setDirection(way)
        super().resizeEvent(event)
