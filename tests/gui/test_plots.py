import subprocess
import sys

import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from app.session.messages import TurnReport
from app.ui.plots.turns_plot import TurnsPlot
from app.ui.theme import DARK, LIGHT, Theme
from app.ui.vm.series import LATENCY, THROUGHPUT, Series
from app.ui.vm.statistics import StatisticsViewModel
from tests.gui.conftest import Opener, colours, hover
from tests.support.reports import conversation, turn

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def statistics() -> StatisticsViewModel:
    vm = StatisticsViewModel()
    for turn_id in range(1, 30):
        vm.take(turn(turn_id, excluded_reason="xrun" if turn_id == 7 else None))
    return vm


@pytest.mark.parametrize(
    ("series", "second"), [(LATENCY, False), (THROUGHPUT, True)], ids=["latency", "throughput"]
)
def test_every_series_is_painted_in_its_colour(
    qtbot: QtBot,
    dressed: Theme,
    statistics: StatisticsViewModel,
    series: tuple[Series, ...],
    *,
    second: bool,
) -> None:
    plot = TurnsPlot(statistics, series, dressed, second=second)
    qtbot.addWidget(plot)
    plot.resize(400, 240)
    plot.build()
    plot.refresh()

    image = plot.grab().toImage()
    found = {image.pixelColor(x, y).name() for x in range(400) for y in range(240)}

    assert {getattr(LIGHT, each.role) for each in series} <= found
    assert "n 28" in plot.accessibleDescription()


def test_a_plot_says_its_turns_on_hover(
    qtbot: QtBot, dressed: Theme, statistics: StatisticsViewModel
) -> None:
    plot = TurnsPlot(statistics, LATENCY, dressed, second=False)
    qtbot.addWidget(plot)
    plot.resize(400, 240)
    before = plot.words_near(QPointF(200, 120))
    plot.build()
    plot.grab()
    assert plot.chart is not None
    at = plot.chart.place(7, statistics.points(LATENCY[0])[6].value)

    assert before == ""
    assert plot.words_near(at).startswith("turn 7: V2V ")
    assert "(left out)" in plot.words_near(at)
    assert hover(plot, at.toPoint()).startswith("turn 7: V2V ")
    assert plot.words_near(QPointF(2, 2)) == ""


def test_a_plot_without_turns_says_what_will_come(qtbot: QtBot, dressed: Theme) -> None:
    plot = TurnsPlot(StatisticsViewModel(), LATENCY, dressed, second=False)
    qtbot.addWidget(plot)
    plot.resize(400, 240)
    before = plot.grab().toImage()
    plot.build()

    assert plot.chart is not None
    assert not plot.chart.view.isVisibleTo(plot)
    assert plot.grab().toImage() == before
    assert len(colours(plot)) > 2


def test_a_new_turn_adds_its_marks_and_leaves_the_others(
    qtbot: QtBot, dressed: Theme, statistics: StatisticsViewModel
) -> None:
    plot = TurnsPlot(statistics, LATENCY, dressed, second=False)
    qtbot.addWidget(plot)
    plot.resize(400, 240)
    plot.build()
    assert plot.chart is not None
    marks = plot.chart.marks
    first = marks.data[0]["x"], len(marks.data)

    statistics.take(turn(30))
    plot.refresh()
    plot.refresh()

    assert (first, len(marks.data)) == ((1, 3 * 29), 3 * 30)
    assert marks.data[-1]["x"] == 30


def test_a_plot_takes_the_colours_of_the_other_theme(
    qtbot: QtBot, dressed: Theme, statistics: StatisticsViewModel
) -> None:
    plot = TurnsPlot(statistics, LATENCY, dressed, second=False)
    qtbot.addWidget(plot)
    plot.resize(400, 240)
    plot.build()

    dressed.use(DARK)

    image = plot.grab().toImage()
    found = {image.pixelColor(x, y).name() for x in range(400) for y in range(240)}
    assert {DARK.raised, DARK.accent, DARK.model, DARK.you} <= found
    assert not {LIGHT.raised, LIGHT.accent, LIGHT.model} & found


def test_marks_keep_out_of_the_mouse_and_the_keyboard(
    qtbot: QtBot, dressed: Theme, statistics: StatisticsViewModel
) -> None:
    plot = TurnsPlot(statistics, THROUGHPUT, dressed, second=True)
    qtbot.addWidget(plot)
    plot.resize(400, 240)
    plot.build()
    plot.show()

    assert plot.chart is not None
    assert plot.childAt(200, 120) is None
    assert plot.chart.view.focusPolicy() is Qt.FocusPolicy.NoFocus


def test_the_plots_are_made_after_the_first_paint(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    plots = [group.plot for group in bench.window.session.turns.groups]

    qtbot.waitUntil(lambda: all(plot.chart is not None for plot in plots))


def test_loading_the_window_does_not_load_its_plots() -> None:
    code = "import sys, app.ui.app; sys.exit('pyqtgraph' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_turn_is_drawn_group_by_group_and_the_transcript_rests(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window()
    frames, groups = bench.window.frames, bench.window.session.turns.groups
    for report in conversation(3):
        bench.vm.take(report)
    qtbot.waitUntil(lambda: frames.resting)
    laid_out: list[object] = []
    layout = bench.window.conversation.view.document().documentLayout()
    layout.update.connect(laid_out.append)

    def counted() -> list[str]:
        return [group.cells[group.series[0].metric][0].text() for group in groups]

    bench.vm.take(TurnReport(record=turn(4)))
    seen = [counted()]
    while not frames.resting:
        frames.flush()
        seen.append(counted())

    assert ["3", "2"] in seen
    assert seen[-1] == ["3", "3"]
    assert len(seen) > 4
    assert laid_out == []
