from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from app.session.messages import InputKind, LiveState, Remedy, StateReport
from app.ui.panes.lanes import LanesPane
from app.ui.theme import DARK, LIGHT, Theme
from app.ui.vm.lanes import LanesViewModel, Span
from app.ui.vm.preferences import Preferences, ThemeChoice
from app.ui.widgets.frames import Frames
from app.ui.widgets.labels import Elided, tip
from app.ui.widgets.stack_bar import StackBar
from tests.gui.conftest import Opener, colours, hover
from tests.support.reports import conversation, envelope, health, marks, session

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


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
