from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.session.messages import InputKind, LiveState, Remedy, StateReport
from app.ui.theme import DARK, LIGHT, Theme
from app.ui.vm.preferences import Preferences, ThemeChoice
from app.ui.widgets.labels import Elided, tip
from app.ui.widgets.stack_bar import StackBar
from tests.gui.conftest import Opener, colours, flush, hover
from tests.support.reports import conversation, health, session

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


# --- widgets


def test_the_parts_of_a_turn_explain_themselves(open_window: Opener) -> None:
    bench = open_window()
    for report in conversation(2):
        bench.vm.take(report)
    flush(bench)
    bar = bench.window.turn.bar

    assert "endpointing" in bar.accessibleDescription()
    assert "Endpointing delay" in hover(bar, QPoint(bar.width() // 3, 4))


def test_an_empty_breakdown_has_nothing_to_explain(qtbot: QtBot, dressed: Theme) -> None:
    bar = StackBar(dressed, str)
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
    group = bench.window.session.turns.groups[0]

    group.resize(200, 300)
    narrow = group.columns["P95"][0].isHidden(), group.plot.isHidden()
    group.resize(400, 80)
    short = group.columns["P95"][0].isHidden(), group.plot.isHidden()

    assert (narrow, short) == ((True, False), (False, True))


def test_the_other_theme_is_worn_at_once(open_window: Opener) -> None:
    bench = open_window(replace(Preferences(), theme=ThemeChoice.LIGHT))
    for report in conversation(2):
        bench.vm.take(report)

    bench.program.shell.switch_theme()

    assert bench.program.theme.roles is DARK
    assert DARK.raised in colours(bench.window.conversation)


def test_the_status_line_says_what_is_bad_and_where_it_records(open_window: Opener) -> None:
    bench = open_window()

    bench.vm.take(StateReport(state=LiveState.LISTENING))
    bench.vm.take(session())
    bench.vm.take(health(3.0, loop_lag_p99_ms=30.0))
    bench.program.shell.show_settings()

    status = bench.window.status
    assert any("client-limited" in each.text() for each in status._labels)
    assert status.recording.text().endswith("Recording")
    assert bench.window.settings.page.program.folder.text() == session().folder


def test_a_status_line_without_room_leaves_out_the_least_and_lists_it(
    open_window: Opener,
) -> None:
    bench = open_window()
    bench.vm.take(session())
    bench.vm.take(health(3.0, client_limited_n=3, drops=1, unknown_messages=2, expires_in_s=61.0))
    status = bench.window.status

    status.resize(500, status.height())
    shown = [each.text() for each in status._labels if not each.isHidden()]

    assert any("client adds" in each for each in shown)
    assert not any("calibrated" in each for each in shown)
    assert status.more.text().startswith("+")
    assert "calibrated" in status.more.toolTip()
    status.resize(2_500, status.height())
    assert status.more.isHidden()


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
    bench.window.settings.page.turns.silence.setValue(250)

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
