import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from app.session.messages import InputKind, LiveState, Remedy, StateReport, TurnReport
from app.ui.panes.lanes import LanesPane
from app.ui.plots.turns_plot import TurnsPlot
from app.ui.theme import DARK, LIGHT, Theme, apply
from app.ui.vm.lanes import LanesViewModel, Span
from app.ui.vm.preferences import Preferences, ThemeChoice
from app.ui.vm.statistics import LATENCY, THROUGHPUT, Series, StatisticsViewModel
from app.ui.widgets.frames import Frames
from app.ui.widgets.labels import Elided, tip
from app.ui.widgets.stack_bar import StackBar
from tests.gui.conftest import Opener
from tests.support.reports import conversation, envelope, health, marks, session, turn

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[Theme]:
    apply(qapp, LIGHT)
    yield Theme()
    qapp.setStyleSheet("")


def hover(widget: QWidget, at: QPoint) -> str:
    event = QHelpEvent(QHelpEvent.Type.ToolTip, at, widget.mapToGlobal(at))
    QApplication.sendEvent(widget, event)
    return QToolTip.text()


def colours(widget: QWidget) -> set[str]:
    image = widget.grab().toImage()
    return {
        image.pixelColor(x, y).name()
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
    }


# --- lanes


@pytest.fixture
def lanes(qtbot: QtBot, dressed: Theme) -> tuple[LanesPane, LanesViewModel]:
    vm = LanesViewModel()
    for turn_id in range(7):
        vm.take_envelope(envelope(turn_id * 9_000.0, turn_id))
        for mark in marks(turn_id):
            vm.take_mark(mark)  # type: ignore[arg-type]
    pane = LanesPane(vm, dressed, Frames())
    qtbot.addWidget(pane)
    pane.resize(900, 140)
    pane.show()
    return pane, vm


def test_both_lanes_are_painted_in_their_colours(
    lanes: tuple[LanesPane, LanesViewModel],
) -> None:
    found = colours(lanes[0])

    assert {LIGHT.you, LIGHT.model} <= found


@pytest.mark.parametrize(
    ("key", "view"),
    [
        (Qt.Key.Key_Left, Span(41_000, 61_000)),
        (Qt.Key.Key_Right, Span(43_000, 63_000)),
        (Qt.Key.Key_Plus, Span(47_000, 63_000)),
        (Qt.Key.Key_Minus, Span(38_000, 63_000)),
        (Qt.Key.Key_End, Span(43_000, 63_000)),
        (Qt.Key.Key_A, Span(43_000, 63_000)),
    ],
)
def test_the_keyboard_moves_the_lanes(
    lanes: tuple[LanesPane, LanesViewModel], qtbot: QtBot, key: Qt.Key, view: Span
) -> None:
    qtbot.keyClick(lanes[0], key)

    assert lanes[1].view == view


def test_dragging_pans_and_a_double_click_follows_again(
    lanes: tuple[LanesPane, LanesViewModel], qtbot: QtBot
) -> None:
    pane, vm = lanes

    qtbot.mousePress(pane, Qt.MouseButton.LeftButton, pos=QPoint(300, 50))
    qtbot.mouseMove(pane, QPoint(500, 50))
    qtbot.mouseRelease(pane, Qt.MouseButton.LeftButton, pos=QPoint(500, 50))
    dragged = vm.following
    qtbot.mouseDClick(pane, Qt.MouseButton.LeftButton)

    assert not dragged
    assert vm.following


@pytest.mark.parametrize(("turned", "narrower"), [(120, True), (-120, False)])
def test_the_wheel_zooms(
    lanes: tuple[LanesPane, LanesViewModel], turned: int, *, narrower: bool
) -> None:
    pane, vm = lanes
    at = QPointF(400, 50)
    event = QWheelEvent(
        at,
        pane.mapToGlobal(at),
        QPoint(0, 0),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )

    QApplication.sendEvent(pane, event)

    assert (vm.width_ms < 20_000) is narrower


def test_a_mark_says_what_it_is_on_hover(lanes: tuple[LanesPane, LanesViewModel]) -> None:
    pane, vm = lanes
    vm.show_span(Span(54_000, 57_000))
    x = pane._x(54_060, pane._room)

    assert hover(pane, QPoint(round(x), 40)) == "speech detected at 54.060 s"
    assert pane._mark_near(round(x) - 30) is None


def test_a_span_is_painted(lanes: tuple[LanesPane, LanesViewModel]) -> None:
    pane, vm = lanes
    before = colours(pane)

    vm.show_span(Span(54_000, 57_000))

    assert colours(pane) - before


# --- plots


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
    plots = [group.plot for group in bench.window.session._groups]

    qtbot.waitUntil(lambda: all(plot.chart is not None for plot in plots))


def test_loading_the_window_does_not_load_its_plots() -> None:
    code = "import sys, app.ui.app; sys.exit('pyqtgraph' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_turn_is_drawn_group_by_group_and_the_transcript_rests(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window()
    frames, groups = bench.window.frames, bench.window.session._groups
    for report in conversation(3):
        bench.vm.take(report)
    qtbot.waitUntil(lambda: frames.resting)
    laid_out: list[object] = []
    layout = bench.window.conversation.view.document().documentLayout()
    layout.update.connect(laid_out.append)

    def counted() -> list[str]:
        return [group._cells[group.series[0].metric][0].text() for group in groups]

    bench.vm.take(TurnReport(record=turn(4)))
    frames.flush()
    first = counted()
    frames.flush()

    assert (first, counted()) == (["4", "3"], ["4", "4"])
    assert laid_out == []


# --- widgets


def test_the_parts_of_a_turn_explain_themselves(open_window: Opener) -> None:
    bench = open_window()
    for report in conversation(2):
        bench.vm.take(report)
    bar = bench.window.turn.bar

    assert "endpointing" in bar.accessibleDescription()
    assert hover(bar, QPoint(bar.width() // 3, 4)).startswith("Endpointing delay")


def test_an_empty_breakdown_has_nothing_to_explain(qtbot: QtBot, dressed: Theme) -> None:
    bar = StackBar(dressed)
    qtbot.addWidget(bar)
    bar.resize(300, 40)

    assert LIGHT.line in colours(bar)
    assert bar._part_at(10, 4) is None


def test_a_hover_text_is_never_markup(qtbot: QtBot) -> None:
    assert tip("plain words") == "plain words"
    assert tip("<img src='file:///x'>") == (
        '<p style="white-space: pre-wrap">&lt;img src=&#x27;file:///x&#x27;&gt;</p>'
    )


def test_words_that_do_not_fit_are_whole_on_hover(qtbot: QtBot) -> None:
    holder = Elided()
    qtbot.addWidget(holder)

    holder.say("Connecting: name, network, encryption")

    assert holder.toolTip() == "Connecting: name, network, encryption"
    assert holder.minimumSizeHint().width() == 24


# --- panes in a window


def test_a_narrow_session_pane_leaves_out_the_rarer_quantiles_then_the_plots(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window()
    group = bench.window.session._groups[0]

    group.resize(200, 300)
    narrow = group._columns["P95"][0].isHidden(), group.plot.isHidden()
    group.resize(400, 80)
    short = group._columns["P95"][0].isHidden(), group.plot.isHidden()

    assert (narrow, short) == ((True, False), (False, True))


def test_a_click_on_the_large_figure_marks_its_span(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    for report in conversation(2):
        bench.vm.take(report)
    turn_pane = bench.window.turn

    centre = turn_pane.headline.geometry().center()
    qtbot.mouseClick(turn_pane, Qt.MouseButton.LeftButton, pos=centre)

    assert bench.vm.lanes.highlight is not None
    assert not bench.vm.lanes.following


def test_the_other_theme_is_worn_at_once(open_window: Opener) -> None:
    bench = open_window(replace(Preferences(), theme=ThemeChoice.LIGHT))
    for report in conversation(2):
        bench.vm.take(report)

    bench.program.shell.switch_theme()

    assert bench.program.theme.roles is DARK
    assert DARK.raised in colours(bench.window.conversation)


def test_the_status_line_says_what_is_bad_and_where_it_records(open_window: Opener) -> None:
    bench = open_window()

    bench.vm.take(session())
    bench.vm.take(health(3.0, loop_lag_p99_ms=30.0))
    bench.program.shell.show_settings()

    status = bench.window.status
    assert "client-limited" in status._labels[0].text()
    assert status.recording.text().endswith("recording")
    assert bench.window.settings.folder.text() == session().folder


def test_sound_files_are_asked_for(open_window: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = open_window()
    answers = iter([(["/a.wav", "/b.wav"], ""), ([], "")])
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_args: next(answers))
    header = bench.window.header

    header.microphone.activated.emit(header.microphone.count() - 1)
    bench.program.shell.remedy(Remedy.CHOOSE_FILE)

    kept = bench.vm.setup.preferences
    assert (kept.input_kind, kept.input_paths) == (InputKind.FILES, ("/a.wav", "/b.wav"))
    assert header.microphone.currentText() == "a.wav and 1 more"


def test_silence_and_no_loudspeaker_can_be_chosen(open_window: Opener) -> None:
    bench = open_window()
    header = bench.window.header

    header.microphone.activated.emit(header.microphone.count() - 2)
    header.speaker.activated.emit(header.speaker.count() - 1)

    assert header.microphone.currentText() == "Silence"
    assert header.speaker.currentText() == "None (keeps time)"


def test_the_chosen_model_is_looked_up_and_your_own_is_asked_for(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window(environment={"OPENAI_API_KEY": "k"})
    header = bench.window.header

    header.model.setCurrentIndex(2)
    header.model.activated.emit(2)
    qtbot.waitUntil(lambda: bench.vm.keys.view("openai").origin.value == "from environment")
    header.model.activated.emit(header.model.count() - 1)

    assert bench.program.shell._dialog is not None
    bench.program.shell._dialog.close()


def test_settings_that_cannot_be_saved_are_told(open_window: Opener, tmp_path: Path) -> None:
    bench = open_window()
    bench.settings.with_name("settings.json.new").mkdir()

    bench.vm.choose_model("simulator")
    bench.window.settings.silence.setValue(250)

    problem = bench.vm.problems.current
    assert problem is not None
    assert problem.sentence.startswith("The settings could not be saved to")


def test_full_screen_is_left_by_escape(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    shell = bench.program.shell

    shell.toggle_full_screen()
    full = bench.window.isFullScreen()
    shell.escape()

    assert full
    assert not bench.window.isFullScreen()


def test_a_state_with_its_stage_is_shown(open_window: Opener) -> None:
    bench = open_window()

    bench.vm.take(StateReport(state=LiveState.CONNECTING, detail="TLS"))

    assert bench.window.talk.state.text() == "Connecting: TLS"
    assert bench.window.conversation.empty.text() == "Connecting: TLS"
    assert not bench.window.talk.talk.isEnabled()
