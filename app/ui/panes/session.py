"""The session so far: over the turns, as a distribution, in figures, one turn in full, its cost."""

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.metrics.definitions import DEFINITIONS
from app.ui.plots.cost_plot import CostPlot
from app.ui.plots.ecdf_plot import EcdfPlot
from app.ui.plots.turns_view import TurnsView
from app.ui.theme import XS, L, S, Theme
from app.ui.vm.console import ConsoleViewModel
from app.ui.vm.details import details
from app.ui.vm.series import COMMON
from app.ui.vm.session_figures import session_figures
from app.ui.vm.spark import spark
from app.ui.widgets.cost_line import HEIGHT, CostLine
from app.ui.widgets.figure_tree import FigureTree, TreeRow
from app.ui.widgets.frames import Frames
from app.ui.widgets.labels import Elided, tip
from app.ui.widgets.picker import Picker
from app.ui.widgets.spark import Spark
from app.ui.widgets.spread_band import SpreadBand

VIEWS = ("Turns", "Distribution", "Figures", "This turn", "Cost")
TURNS, DISTRIBUTION, FIGURES, DETAILS, COST = range(len(VIEWS))
VIEW_HINTS = (
    "One mark a turn",
    "How many turns took at most so long",
    "The session in figures: outcome, interruptions, stream, what we add",
    "Every figure of the turn that is shown, by topic",
    "What each turn cost, with the sum and the cached share",
)
BOTH = {TURNS: 270, DISTRIBUTION: 190}
PLOT = 110
SHORTEST = 72
SHORTEST_LIST = 130
COST_LINE = HEIGHT + XS


class SessionPane(QWidget):
    """Five views of the same turns, and whether the recording bears them out.

    ``figure_wanted``: a figure of the shown turn was pressed, by its metric.
    ``point_wanted``: a mark of a plot was pressed, by its metric and turn.
    ``room_wanted``: another view is shown, which may need to be taller.
    """

    room_wanted = Signal()
    figure_wanted = Signal(str)
    point_wanted = Signal(str, int)

    def __init__(self, vm: ConsoleViewModel, theme: Theme, frames: Frames) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self._frames = frames
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.views = QButtonGroup(self)
        self.picker = Picker("Metric", "Whose figures are shown")
        self.band = SpreadBand()
        self.spark = Spark(theme)
        self.turns = TurnsView(vm.statistics, theme)
        self.ecdf = EcdfPlot(vm.statistics, theme)
        self.figures = FigureTree("Figures of the session", theme, self._explain_session)
        self.wanted = QLineEdit()
        self.details = FigureTree("Figures of this turn", theme, vm.turn.hover)
        self.cost_plot = CostPlot(vm.accounts.cost, theme)
        self.cost = CostLine(vm.accounts.cost, theme)
        self.verified = Elided("small")
        self.verify = QPushButton("Check recording")
        self._pages = QStackedWidget()
        self._stale: list[Callable[[], None]] = []
        self._below = 0
        self._hovers: dict[str, str] = {}
        self._arrange()
        self._connect()
        self._offer_metrics()
        self.refresh()

    # --- building

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(XS)
        for index, words in enumerate(VIEWS):
            button = QPushButton(words)
            button.setObjectName("segment")
            button.setCheckable(True)
            button.setToolTip(f"{VIEW_HINTS[index]} (Alt+{index + 1})")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.views.addButton(button, index)
            top.addWidget(button)
        top.addStretch(1)
        self.picker.setObjectName("metric")
        self.picker.setMinimumContentsLength(10)
        self.picker.setMaximumWidth(260)
        top.addWidget(self.picker, 2)
        self.views.button(TURNS).setChecked(True)
        for page in (self.turns, self.ecdf, self.figures, self._details_page(), self.cost_plot):
            self._pages.addWidget(page)
        self._pages.setObjectName("pages")
        foot = QHBoxLayout()
        foot.setSpacing(S)
        self.verify.setObjectName("link")
        self.verify.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.verify.setToolTip("Compute voice to voice anew from the recording alone")
        foot.addWidget(self.verified, 1)
        foot.addWidget(self.verify, 0, Qt.AlignmentFlag.AlignRight)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, 0, L, XS)
        box.setSpacing(XS)
        box.addLayout(top)
        beside = QHBoxLayout()
        beside.setSpacing(L)
        beside.addWidget(self.band, 1)
        beside.addWidget(self.spark, 1)
        box.addLayout(beside)
        box.addWidget(self._pages, 1)
        box.addWidget(self.cost)
        box.addLayout(foot)
        self.setMinimumHeight(SHORTEST)

    def _details_page(self) -> QWidget:
        page = QWidget()
        self.wanted.setPlaceholderText("Find a figure")
        self.wanted.setAccessibleName("Find a figure of this turn")
        self.wanted.setClearButtonEnabled(True)
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(XS)
        box.addWidget(self.wanted)
        box.addWidget(self.details, 1)
        return page

    def _connect(self) -> None:
        vm = self._vm
        self.views.idClicked.connect(self.show_view)
        self.picker.activated.connect(self._metric_chosen)
        self.wanted.textChanged.connect(self._show_details)
        self.details.pressed.connect(self.figure_wanted)
        self.turns.point_wanted.connect(self.point_wanted)
        self.verify.clicked.connect(vm.verify)
        vm.statistics.changed.connect(self._changed)
        vm.turn.changed.connect(self._turn_changed)
        vm.accounts.cost.changed.connect(self._cost_changed)
        for signal in (vm.verification.changed, vm.jobs.changed, vm.live.changed):
            signal.connect(self._show_verification)

    def _offer_metrics(self) -> None:
        metrics = self._vm.statistics.metrics
        for metric in metrics:
            self.picker.addItem(DEFINITIONS[metric].name, metric)
        self.picker.insertSeparator(sum(each in metrics for each in COMMON))

    def build_plots(self) -> None:
        """Make the plots, which loads their library: to be called after the first paint."""
        self.turns.build_plots()

    # --- views

    @property
    def view(self) -> int:
        """Which view is shown: its place in ``VIEWS``."""
        return self._pages.currentIndex()

    def show_view(self, index: int) -> None:
        """Show one of ``VIEWS`` by its place."""
        self.views.button(index).setChecked(True)
        self._pages.setCurrentIndex(index)
        self.picker.setVisible(index not in {DETAILS, COST})
        self._want_room()
        self.refresh()

    def _want_room(self) -> None:
        """Be no shorter than what is shown needs; the cost line takes its own."""
        self._below = COST_LINE if self._vm.accounts.cost.known else 0
        shortest = SHORTEST if self.view in BOTH else SHORTEST_LIST
        self.setMinimumHeight(shortest + self._below)
        self.room_wanted.emit()
        self._make_room()

    def find_figure(self) -> None:
        """Show the turn's figures, with the keyboard in the field that filters them."""
        self.show_view(DETAILS)
        self.wanted.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.wanted.selectAll()

    def _metric_chosen(self, row: int) -> None:
        metric = self.picker.itemData(row)
        if metric:
            self._vm.choose_metric(metric)

    # --- showing

    def _changed(self) -> None:
        self._stale = list(self._steps())
        if self.isVisible():
            self._frames.mark(self._draw_next)

    def _turn_changed(self) -> None:
        if self.view == DETAILS and self.isVisible():
            self._frames.mark(self._show_details)

    def _cost_changed(self) -> None:
        if self._vm.accounts.cost.known is not bool(self._below):
            self._want_room()
        if self.view == COST and self.isVisible():
            self._frames.mark(self.cost_plot.refresh)

    def _steps(self) -> tuple[Callable[[], None], ...]:
        """Return what the present view is made of, each drawn in a frame of its own."""
        shown: dict[int, tuple[Callable[[], None], ...]] = {
            TURNS: (self._show_band, *self.turns.steps),
            DISTRIBUTION: (self._show_band, self.ecdf.refresh),
            FIGURES: (self._show_figures,),
            DETAILS: (self._show_details,),
            COST: (self.cost_plot.refresh,),
        }
        return shown[self.view]

    def _draw_next(self) -> None:
        """Draw one part, and the others in the next frames, so that no frame is long."""
        if self._stale:
            self._stale.pop(0)()
        if self._stale:
            self._frames.mark(self._draw_next)

    def refresh(self) -> None:
        """Draw the whole view now."""
        self._stale = []
        for step in self._steps():
            step()
        self._show_verification()

    def _show_band(self) -> None:
        row = self.picker.findData(self._vm.statistics.metric)
        if row != self.picker.currentIndex():
            blocked = QSignalBlocker(self.picker)
            self.picker.setCurrentIndex(row)
            del blocked
        self.band.show_cells(self._vm.statistics.spread())
        if self.spark.isVisibleTo(self):
            self.spark.show_plan(spark(self._vm.statistics))

    def _show_figures(self) -> None:
        groups = session_figures(self._vm.statistics, self._vm.verification)
        self._hovers = {
            f"{group.topic}/{row.name}": row.metric or row.hover
            for group in groups
            for row in group.rows
        }
        self.figures.show_groups(
            [
                (
                    group.topic,
                    [
                        TreeRow(key=f"{group.topic}/{row.name}", name=row.name, text=row.text)
                        for row in group.rows
                    ],
                )
                for group in groups
            ]
        )

    def _explain_session(self, key: str) -> str:
        words = self._hovers.get(key, "")
        return self._vm.statistics.explain(words) if words in DEFINITIONS else words

    def _show_details(self) -> None:
        groups = details(self._vm.turn.turn, self.wanted.text())
        self.details.show_groups(
            [
                (
                    group.topic,
                    [
                        TreeRow(
                            key=row.metric,
                            name=row.name,
                            text=row.text,
                            known=row.known,
                            clickable=row.clickable,
                        )
                        for row in group.rows
                    ],
                )
                for group in groups
            ]
        )

    def _show_verification(self) -> None:
        vm = self._vm
        words = vm.verification.line
        self.verified.say(words)
        self.verified.setToolTip(tip(vm.verification.hover or words))
        role = self._theme.roles.poor if vm.verification.bad else self._theme.roles.muted
        self.verified.setStyleSheet(f"color: {role}")
        roomy = self.height() >= PLOT
        self.verified.setVisible(bool(words) and roomy)
        self.verify.setVisible(vm.can_verify and bool(vm.statistics.turns) and roomy)
        if self.view == FIGURES and not vm.verification.waiting:
            self._show_figures()

    def _make_room(self) -> None:
        """Show the row of figures over the plots; where there is room for one, the plots.

        Where there is not even that, the row of figures stands with a small drawing of the
        newest turns.
        """
        both, height = BOTH.get(self.view), self.height() - self._below
        self.band.setVisible(both is not None and (height >= both or height < PLOT))
        self._pages.setVisible(both is None or height >= PLOT)
        small = both is not None and height < PLOT
        if small is not self.spark.isVisibleTo(self):
            self.spark.setVisible(small)
            self._show_band()
        self._show_verification()

    def showEvent(self, event: QShowEvent) -> None:
        self.refresh()
        super().showEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._make_room()
        super().resizeEvent(event)
