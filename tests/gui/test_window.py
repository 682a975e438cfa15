import json
import os
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.session.messages import LiveState, StateReport
from app.ui.dialogs.palette import PaletteDialog, ShortcutsDialog
from app.ui.panes.rail import SETTINGS
from app.ui.vm.preferences import Preferences, ThemeChoice
from app.ui.widgets.docks import HEADING
from tests.gui.conftest import Opener, dialog
from tests.support.reports import JABRA, devices


def test_choices_are_remembered(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    bench.link.feed(devices(JABRA))
    qtbot.waitUntil(lambda: bench.vm.setup.devices is not None)

    bench.window.header.microphone.activated.emit(1)
    bench.window.settings.page.conversation.instructions.setPlainText("Be brief.")
    bench.window.settings.page.turns.silence.setValue(350)
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
    settings = bench.window.settings.page
    bench.program.shell.show_settings()
    settings.show_section(settings.turns)

    assert settings.turns.silence.isVisible()
    assert not settings.turns.eagerness.isVisible()
    assert settings.key.enter_key.isHidden()
    bench.vm.choose_model("openai:gpt-realtime-2.1")
    settings.turns.mode.setCurrentIndex(1)
    settings.turns.mode.activated.emit(1)
    assert settings.turns.eagerness.isVisible()
    assert not settings.turns.silence.isVisible()
    assert not settings.key.enter_key.isHidden()


def test_a_damaged_layout_is_ignored(open_window: Opener) -> None:
    bench = open_window(replace(Preferences(), geometry="%%%", layout="QUJD"))

    assert bench.window.isVisible()


def test_docks_come_back(open_window: Opener) -> None:
    bench = open_window()
    bench.window.docks["lanes"].close()

    bench.program.shell.actions["layout"].trigger()

    assert bench.window.docks["lanes"].isVisible()


def test_this_turn_is_no_taller_than_its_figures_while_the_session_stands_below(
    open_window: Opener, qtbot: QtBot
) -> None:
    window = open_window().window
    window.resize(1280, 1000)
    turn, session = window.docks["turn"], window.docks["session"]
    wanted = window.turn.sizeHint().height()
    qtbot.waitUntil(lambda: window.turn_area.height() == wanted)

    session.close()
    qtbot.waitUntil(lambda: window.turn_area.height() > wanted)
    session.show()
    qtbot.waitUntil(lambda: window.turn_area.height() == wanted)

    assert session.height() > turn.height()


def test_the_headings_of_all_panes_stand_in_line(open_window: Opener) -> None:
    window = open_window().window
    heading = window.conversation.findChild(QLabel, "caption")
    title = window.docks["turn"].titleBarWidget()

    assert heading is not None
    assert heading.height() == title.height() == HEADING


def test_the_talk_button_does_not_move_when_a_session_begins(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window()
    resting = bench.window.talk.talk.size()
    bench.vm.take(StateReport(state=LiveState.LISTENING))
    qtbot.waitUntil(lambda: bench.window.talk.talk.property("quiet") is True)

    assert bench.window.talk.talk.sizeHint() == resting
    assert resting.height() >= 56


def test_the_palette_finds_and_does(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    bench.program.shell.show_palette()
    palette = dialog(bench, qtbot, PaletteDialog)
    assert isinstance(palette, PaletteDialog)

    qtbot.keyClicks(palette.words, "settings")
    qtbot.keyClick(palette.words, Qt.Key.Key_Return)

    assert bench.window.pages.currentIndex() == SETTINGS


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
