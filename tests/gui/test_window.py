import json
import os
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from app.core.config import VadMode
from app.session.messages import (
    EndSession,
    HoldToTalk,
    Interrupt,
    ListDevices,
    LiveState,
    ProblemReport,
    Remedy,
    SendTyped,
    SetMuted,
    Speaker,
    StartSession,
    StateReport,
)
from app.ui.dialogs.endpoint import EndpointDialog
from app.ui.dialogs.key import KeyDialog
from app.ui.dialogs.palette import PaletteDialog, ShortcutsDialog
from app.ui.vm.preferences import Preferences, ThemeChoice
from tests.gui.conftest import Bench, Opener
from tests.support.reports import JABRA, conversation, devices, said
from tests.support.ui import FakeSecrets

OPENAI = Preferences(model_id="openai:gpt-realtime-2.1-mini")
SPACE = Qt.Key.Key_Space


def is_in(bench: Bench, state: LiveState) -> bool:
    return bench.vm.live.state is state


def say(qtbot: QtBot, bench: Bench, *states: LiveState) -> None:
    for state in states:
        bench.link.feed(StateReport(state=state))
        qtbot.waitUntil(partial(is_in, bench, state))


def sent(bench: Bench) -> list[object]:
    return [each for each in bench.link.sent if not isinstance(each, ListDevices)]


def dialog(bench: Bench, qtbot: QtBot, kind: type[QDialog]) -> QDialog:
    qtbot.waitUntil(lambda: bool(bench.window.findChildren(kind)))
    return bench.window.findChildren(kind)[-1]


def repeat(bench: Bench) -> None:
    for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress):
        event = QKeyEvent(kind, SPACE, Qt.KeyboardModifier.NoModifier, " ", True, 1)
        QApplication.sendEvent(bench.window.conversation.view, event)


# --- starting, talking, stopping


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


def test_pickers_rest_while_a_session_runs(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()

    say(qtbot, bench, LiveState.CONNECTING)

    assert not bench.window.header.model.isEnabled()
    assert bench.window.talk.stop.isEnabled()
    assert not bench.window.talk.message.isEnabled()


# --- the conversation


def text_of(bench: Bench) -> list[str]:
    bench.window.frames.flush()
    return bench.window.conversation.view.toPlainText().split("\n")


def test_both_sides_are_shown_in_the_order_of_speaking(open_window: Opener) -> None:
    bench = open_window()

    bench.vm.take(said("m", Speaker.MODEL, 2_000, "Hello."))
    bench.vm.take(said("u", Speaker.USER, 1_000, "Hi", final=False))
    bench.vm.take(said("u", Speaker.USER, 1_000, "Hi there"))
    bench.vm.take(said("x", Speaker.MODEL, 3_000, "Bye", interrupted=True))

    assert text_of(bench) == [
        "00:01\tYou\t\u2068Hi there\u2069",
        "00:02\tModel\t\u2068Hello.\u2069",
        "00:03\tModel\t\u2068Bye\u2069",
        "interrupted",
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        "<img src=x onerror=alert(1)><b>bold</b>",
        "\x00\x1b[2J\u202eevil\u2067",
        "\n\n\n".join("abc"),
        "שלום עולם. 👩‍👩‍👧 مرحبا!",
        "x" * 60_000,
        "\t" * 50,
    ],
    ids=["markup", "controls", "lines", "right to left", "long", "tabs"],
)
def test_hostile_words_stay_one_plain_entry(open_window: Opener, hostile: str) -> None:
    bench = open_window()

    bench.vm.take(said("m", Speaker.MODEL, 1_000, hostile))
    bench.vm.take(said("u", Speaker.USER, 2_000, "next"))

    bench.window.frames.flush()
    document = bench.window.conversation.view.document()
    assert document.blockCount() == 2
    assert document.findBlockByNumber(1).text() == "00:02\tYou\t\u2068next\u2069"


def test_markup_is_shown_as_it_was_said(open_window: Opener) -> None:
    bench = open_window()

    bench.vm.take(said("m", Speaker.MODEL, 1_000, "<b>bold</b> &amp; <img src=x>"))

    assert text_of(bench) == ["00:01\tModel\t\u2068<b>bold</b> &amp; <img src=x>\u2069"]


def test_a_copy_is_plain_and_has_no_marks(open_window: Opener) -> None:
    bench = open_window()
    bench.vm.take(said("m", Speaker.MODEL, 1_000, "one\ntwo"))
    view = bench.window.conversation.view

    view.selectAll()
    data = view.createMimeDataFromSelection()

    assert data.formats() == ["text/plain"]
    assert data.text() == "00:01\tModel\tone\ntwo"


def test_a_new_session_begins_with_an_empty_conversation(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    for report in conversation(2):
        bench.vm.take(report)

    bench.vm.transcript.clear()

    assert text_of(bench) == [""]
    assert bench.window.conversation.empty.isVisible()


def test_the_reader_is_not_moved_while_reading_above(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    for report in conversation(60):
        bench.vm.take(report)
    bar = bench.window.conversation.view.verticalScrollBar()
    bar.setValue(10)

    bench.vm.take(said("new", Speaker.USER, 1e9, "A new entry"))

    assert bar.value() == 10
    assert bench.window.conversation.chip.isVisible()
    qtbot.mouseClick(bench.window.conversation.chip, Qt.MouseButton.LeftButton)
    assert bar.value() == bar.maximum()
    assert not bench.window.conversation.chip.isVisible()


def test_200_turns_are_shown_and_followed(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()

    bench.link.feed(*conversation(200))
    qtbot.waitUntil(lambda: len(bench.vm.statistics.turns) == 200)
    bench.window.frames.flush()

    assert bench.window.conversation.view.document().blockCount() == 400
    bar = bench.window.conversation.view.verticalScrollBar()
    assert bar.value() == bar.maximum()
    assert bench.window.docks["session"].windowTitle() == "Session: 200 turns"
    assert bench.window.turn.headline.text() == bench.vm.turn.headline


# --- problems


def test_an_engine_that_dies_is_told_and_started_again(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)

    bench.link.die()
    qtbot.waitUntil(bench.window.banner.isVisible)
    words = bench.window.banner.sentence.text()
    qtbot.mouseClick(bench.window.banner.remedy, Qt.MouseButton.LeftButton)

    assert words == "The measuring engine ended unexpectedly."
    assert bench.link.starts == 2
    assert not bench.window.banner.isVisible()
    assert bench.vm.live.state is LiveState.IDLE


def test_an_engine_that_dies_while_it_is_asked_is_told(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)
    bench.link.gone = True

    bench.vm.stop()

    assert bench.window.banner.isVisible()
    bench.vm.list_devices()
    assert bench.window.banner.sentence.text() == "The measuring engine does not run."


def test_details_unfold_and_can_be_copied(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    banner = bench.window.banner
    bench.link.feed(ProblemReport(sentence="It broke.", hint="Mend it.", detail="code 7"))
    qtbot.waitUntil(banner.isVisible)

    qtbot.mouseClick(banner.unfold, Qt.MouseButton.LeftButton)
    unfolded = banner.detail.isVisible()
    qtbot.mouseClick(banner.copy, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(banner.dismiss, Qt.MouseButton.LeftButton)

    assert unfolded
    assert QGuiApplication.clipboard().text() == "It broke.\nMend it.\ncode 7"
    assert not banner.isVisible()
    assert not banner.detail.isVisible()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
@pytest.mark.parametrize("remedy", [each for each in Remedy if each is not Remedy.CHOOSE_FILE])
def test_every_remedy_can_be_pressed(open_window: Opener, qtbot: QtBot, remedy: Remedy) -> None:
    bench = open_window(OPENAI)

    bench.program.shell.remedy(remedy)
    QApplication.sendPostedEvents()

    bench.window.header.microphone.hidePopup()
    for each in bench.window.findChildren(QDialog):
        each.close()


def test_what_a_task_raises_is_shown(
    open_window: Opener, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    bench = open_window()

    async def fail() -> None:
        raise RuntimeError("boom")

    bench.program.jobs.start(fail(), "a test")
    qtbot.waitUntil(bench.window.banner.isVisible)

    assert "RuntimeError: boom" in bench.window.banner.detail.toPlainText()
    caplog.clear()


# --- keys and endpoint


def test_a_missing_key_is_entered_and_stored(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window(OPENAI)
    bench.program.shell.start()
    qtbot.waitUntil(bench.window.banner.isVisible)
    qtbot.mouseClick(bench.window.banner.remedy, Qt.MouseButton.LeftButton)
    entry = dialog(bench, qtbot, KeyDialog)
    assert isinstance(entry, KeyDialog)

    qtbot.keyClicks(entry.key, "sk-test")
    shown = entry.key.displayText()
    qtbot.mouseClick(entry.store, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "openai" in bench.secrets.kept)
    qtbot.waitUntil(lambda: not bench.window.banner.isVisible())

    assert "sk-test" not in shown
    assert bench.secrets.kept == {"openai": "sk-test"}
    bench.program.shell.start()
    qtbot.waitUntil(lambda: bool(sent(bench)))
    request = sent(bench)[0]
    assert isinstance(request, StartSession)
    assert request.key == "sk-test"


def test_without_a_keyring_a_key_is_used_once(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window(OPENAI, secrets=FakeSecrets(broken=True))
    qtbot.waitUntil(lambda: bool(bench.vm.keys.view("openai").problem))
    bench.program.shell.ask_key()
    entry = dialog(bench, qtbot, KeyDialog)
    assert isinstance(entry, KeyDialog)

    assert not entry.store.isVisible()
    assert "no secure keyring" in entry.state.text()
    qtbot.keyClicks(entry.key, "sk-once")
    qtbot.mouseClick(entry.once, Qt.MouseButton.LeftButton)
    bench.program.shell.start()
    qtbot.waitUntil(lambda: bool(sent(bench)))

    request = sent(bench)[0]
    assert isinstance(request, StartSession)
    assert request.key == "sk-once"
    bench.window.close()
    assert "sk-once" not in bench.settings.read_text()


def test_a_key_that_cannot_be_stored_leaves_the_dialog_open(
    open_window: Opener, qtbot: QtBot
) -> None:
    secrets = FakeSecrets()
    bench = open_window(OPENAI, secrets=secrets)
    bench.program.shell.ask_key()
    entry = dialog(bench, qtbot, KeyDialog)
    assert isinstance(entry, KeyDialog)
    secrets.broken = True

    qtbot.keyClicks(entry.key, "sk-test")
    qtbot.mouseClick(entry.store, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "no secure keyring" in entry.state.text())

    assert entry.isVisible()
    assert entry.once.isEnabled()
    entry.reject()


def test_a_key_from_the_environment_is_named_and_not_shown(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window(OPENAI, environment={"OPENAI_API_KEY": "sk-env"})

    qtbot.waitUntil(lambda: "from environment" in bench.window.settings.key_state.text())

    assert "sk-env" not in bench.window.settings.key_state.text()
    assert not bench.window.settings.remove_key.isVisibleTo(bench.window.settings)


def test_your_own_endpoint_is_checked_while_it_is_typed(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    bench.program.shell.edit_endpoint()
    entry = dialog(bench, qtbot, EndpointDialog)
    assert isinstance(entry, EndpointDialog)

    entry.url.setText("ws://host.example")
    refused = (entry.verdict.text(), entry.use.isEnabled())
    entry.url.setText("wss://host.example")
    entry.model.setText("voice-1")
    qtbot.mouseClick(entry.use, Qt.MouseButton.LeftButton)

    assert "unencrypted" in refused[0]
    assert not refused[1]
    assert bench.window.header.model.currentText() == "voice-1 at host.example:443"
    assert bench.vm.setup.option.key_name == "custom:host.example:443"


# --- what is remembered, and the rest


def test_choices_are_remembered(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    bench.link.feed(devices(JABRA))
    qtbot.waitUntil(lambda: bench.vm.setup.devices is not None)

    bench.window.header.microphone.activated.emit(1)
    bench.window.settings.instructions.setPlainText("Be brief.")
    bench.window.settings.silence.setValue(350)
    bench.program.shell.switch_theme()
    bench.window.close()

    kept = json.loads(bench.settings.read_text())
    assert kept["input_device"] == "Jabra Evolve2 40"
    assert (kept["instructions"], kept["silence_ms"]) == ("Be brief.", 350)
    assert kept["theme"] in {ThemeChoice.DARK, ThemeChoice.LIGHT}
    assert kept["geometry"]
    assert kept["layout"]


def test_settings_hide_what_the_model_has_no_use_for(open_window: Opener) -> None:
    bench = open_window()
    settings = bench.window.settings
    bench.program.shell.show_settings()

    assert settings.silence.isVisible()
    assert not settings.eagerness.isVisible()
    assert not settings.enter_key.isVisible()
    bench.vm.choose_model("openai:gpt-realtime-2.1")
    settings.mode.setCurrentIndex(1)
    settings.mode.activated.emit(1)
    assert settings.eagerness.isVisible()
    assert not settings.silence.isVisible()
    assert settings.enter_key.isVisible()


def test_a_damaged_layout_is_ignored(open_window: Opener) -> None:
    bench = open_window(replace(Preferences(), geometry="%%%", layout="QUJD"))

    assert bench.window.isVisible()


def test_docks_come_back(open_window: Opener) -> None:
    bench = open_window()
    bench.window.docks["lanes"].close()

    bench.program.shell.actions["layout"].trigger()

    assert bench.window.docks["lanes"].isVisible()


def test_the_palette_finds_and_does(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    bench.program.shell.show_palette()
    palette = dialog(bench, qtbot, PaletteDialog)
    assert isinstance(palette, PaletteDialog)

    qtbot.keyClicks(palette.words, "settings")
    qtbot.keyClick(palette.words, Qt.Key.Key_Return)

    assert bench.window.pages.currentIndex() == 1


def test_every_key_is_in_the_help(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()

    bench.program.shell.show_shortcuts()

    assert dialog(bench, qtbot, ShortcutsDialog).isVisible()
    dialog(bench, qtbot, ShortcutsDialog).close()


def test_controls_have_names_for_screen_readers(open_window: Opener) -> None:
    bench = open_window()
    window = bench.window

    assert window.conversation.view.accessibleName() == "Conversation"
    assert window.header.microphone.accessibleDescription().startswith("Microphone.")
    assert window.talk.message.accessibleName() == "Message"
    assert window.talk.send.accessibleName() == "Send"
    assert window.header.input_meter.accessibleName() == "Microphone level"
    assert window.talk.state.accessibleName() == ""


def test_closing_ends_the_engine_once(open_window: Opener) -> None:
    bench = open_window()

    bench.window.close()
    bench.program.close()

    assert bench.link.closed


def test_the_window_rests_when_nothing_happens(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    qtbot.waitUntil(lambda: bench.window.frames.resting)
    frames = bench.window.frames.count

    for _ in range(5):
        os.sched_yield()
        QApplication.sendPostedEvents()

    assert bench.window.frames.count == frames
