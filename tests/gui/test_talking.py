from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from app.core.config import VadMode
from app.session.messages import (
    EndSession,
    HoldToTalk,
    Interrupt,
    ListDevices,
    LiveState,
    SendTyped,
    SetMuted,
    StartSession,
)
from app.ui.vm.preferences import Preferences
from tests.gui.conftest import SPACE, Bench, Opener, repeat, say, sent


def type_into_focus(qtbot: QtBot, bench: Bench, words: str) -> None:
    for letter in words:
        holder = QApplication.focusWidget()
        qtbot.keyClicks(bench.window if holder is None else holder, letter)


def test_the_window_lists_devices_and_waits(open_window: Opener) -> None:
    bench = open_window()

    assert bench.link.sent == [ListDevices()]
    assert bench.window.talk.talk.text() == "Talk"
    assert bench.window.header.model.currentText() == "Embedded speech engine"


def test_talk_starts_the_embedded_engine(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()

    qtbot.mouseClick(bench.window.talk.talk, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(sent(bench)))

    request = sent(bench)[0]
    assert isinstance(request, StartSession)
    assert request.target.provider == "local"


def test_space_held_is_sent_once_down_and_once_up(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)

    qtbot.keyPress(bench.window.conversation.view, SPACE)
    repeat(bench)
    repeat(bench)
    qtbot.keyRelease(bench.window.conversation.view, SPACE)

    assert sent(bench) == [HoldToTalk(down=True), HoldToTalk(down=False)]


def test_space_in_the_message_field_is_a_space(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)
    bench.window.talk.message.setFocus()

    qtbot.keyClicks(bench.window.talk.message, "mute me ?")

    assert bench.window.talk.message.text() == "mute me ?"
    assert sent(bench) == []


def test_space_starts_push_to_talk_at_once(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window(replace(Preferences(), vad_mode=VadMode.MANUAL))

    qtbot.keyPress(bench.window.conversation.view, SPACE)
    qtbot.waitUntil(lambda: len(sent(bench)) == 2)
    qtbot.keyRelease(bench.window.conversation.view, SPACE)

    assert [type(each) for each in sent(bench)] == [StartSession, HoldToTalk, HoldToTalk]


def test_the_talk_key_is_let_go_when_the_window_loses_the_keyboard(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)

    qtbot.keyPress(bench.window.conversation.view, SPACE)
    bench.window.talk_key.let_go()

    assert sent(bench) == [HoldToTalk(down=True), HoldToTalk(down=False)]


def test_the_talk_key_is_let_go_when_the_keyboard_goes_elsewhere(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)

    qtbot.keyPress(bench.window.conversation.view, SPACE)
    bench.window.talk.message.setFocus()
    repeat(bench)

    assert sent(bench) == [HoldToTalk(down=True), HoldToTalk(down=False)]
    assert bench.window.talk.message.text() == ""


def test_f2_talks_from_the_message_field(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)
    bench.program.shell.focus_message()

    qtbot.keyPress(bench.window.talk.message, Qt.Key.Key_F2)
    held = bench.window.talk.talk.text()
    qtbot.keyPress(bench.window.talk.message, SPACE)
    qtbot.keyRelease(bench.window.talk.message, SPACE)
    qtbot.keyRelease(bench.window.talk.message, Qt.Key.Key_F2)

    assert sent(bench) == [HoldToTalk(down=True), HoldToTalk(down=False)]
    assert (held, bench.window.talk.talk.text()) == ("Release to send", "Sent")


def test_a_key_that_comes_up_with_another_held_is_let_go(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)
    view = bench.window.conversation.view

    qtbot.keyPress(view, SPACE)
    qtbot.keyRelease(view, SPACE, Qt.KeyboardModifier.ShiftModifier)

    assert sent(bench) == [HoldToTalk(down=True), HoldToTalk(down=False)]


def test_a_held_button_is_let_go_when_the_window_is_left(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)

    qtbot.mousePress(bench.window.talk.talk, Qt.MouseButton.LeftButton)
    bench.window.talk.let_go()
    qtbot.mouseRelease(bench.window.talk.talk, Qt.MouseButton.LeftButton)

    assert sent(bench) == [HoldToTalk(down=True), HoldToTalk(down=False)]


def test_the_large_button_can_be_held(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)

    qtbot.mousePress(bench.window.talk.talk, Qt.MouseButton.LeftButton)
    held = bench.window.talk.talk.text()
    qtbot.mouseRelease(bench.window.talk.talk, Qt.MouseButton.LeftButton)

    assert held == "Release to send"
    assert sent(bench) == [HoldToTalk(down=True), HoldToTalk(down=False)]


def test_m_mutes_and_the_button_says_so(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)

    bench.program.shell.actions["mute"].trigger()

    assert sent(bench) == [SetMuted(muted=True)]
    assert bench.window.talk.mute.text() == "Muted"
    assert "muted" in bench.window.talk.state.text()


def test_escape_interrupts_then_stops(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING, LiveState.MODEL_SPEAKS)

    bench.program.shell.escape()
    say(qtbot, bench, LiveState.LISTENING)
    bench.program.shell.escape()

    assert sent(bench) == [Interrupt(), EndSession()]


def test_escape_in_the_message_field_leaves_it_first(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)
    bench.program.shell.focus_message()
    qtbot.waitUntil(bench.window.talk.message.hasFocus)

    bench.program.shell.escape()

    assert not bench.window.talk.message.hasFocus()
    assert sent(bench) == []


def test_enter_sends_what_was_typed(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)

    qtbot.keyClicks(bench.window.talk.message, "hello there")
    qtbot.keyClick(bench.window.talk.message, Qt.Key.Key_Return)

    assert sent(bench) == [SendTyped("hello there")]
    assert bench.window.talk.message.text() == ""


def test_the_model_rests_while_a_session_runs(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()

    say(qtbot, bench, LiveState.CONNECTING)

    assert not bench.window.header.model.isEnabled()
    assert bench.window.talk.stop.isEnabled()
    assert not bench.window.talk.send.isEnabled()


def test_a_sentence_that_outlives_its_session_stays_in_its_field(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)
    field = bench.window.talk.message
    bench.program.shell.focus_message()
    qtbot.waitUntil(field.hasFocus)
    type_into_focus(qtbot, bench, "make ")
    say(qtbot, bench, LiveState.STOPPED)

    type_into_focus(qtbot, bench, "me a ? m ")
    say(qtbot, bench, LiveState.CONNECTING)
    type_into_focus(qtbot, bench, "M m")
    say(qtbot, bench, LiveState.LISTENING)

    assert field.hasFocus()
    assert field.text() == "make me a ? m M m"
    assert sent(bench) == []
    assert not bench.vm.live.muted


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_a_message_that_cannot_be_sent_is_kept_and_the_reason_told(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window()
    field = bench.window.talk.message
    bench.program.shell.focus_message()

    qtbot.keyClicks(field, "hello")
    qtbot.keyClick(field, Qt.Key.Key_Return)

    assert (field.text(), sent(bench)) == ("hello", [])
    assert QToolTip.text() == field.placeholderText() == field.accessibleDescription()
    assert QToolTip.text().startswith("Not connected")
    say(qtbot, bench, LiveState.LISTENING)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert sent(bench) == [SendTyped("hello")]
    assert field.placeholderText() == "Type a message"
