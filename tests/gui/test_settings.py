"""The settings page, used as a person uses it."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.core.conduct import Guard
from app.core.config import VadMode, WireFormat
from app.session.messages import (
    ConfigureTurns,
    LiveState,
    SetProcessing,
    StartSession,
)
from app.ui.panes.settings.pane import SettingsPage
from app.ui.vm.changes import AT_ONCE, NEXT, WAITS
from app.ui.vm.preferences import Preferences
from tests.gui.conftest import Bench, Opener, say, sent

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
KEY = {"OPENAI_API_KEY": "k"}
OPENAI = Preferences(model_id="openai:gpt-realtime-2.1")


def opened(bench: Bench, name: str) -> SettingsPage:
    bench.program.shell.show_settings()
    page = bench.window.settings.page
    page.show_section(getattr(page, name))
    return page


def talking(bench: Bench, qtbot: QtBot) -> None:
    bench.program.shell.start()
    qtbot.waitUntil(lambda: any(isinstance(each, StartSession) for each in bench.link.sent))
    say(qtbot, bench, LiveState.LISTENING)
    bench.link.sent.clear()


def test_every_field_has_a_name_a_hint_and_is_reached_by_tab(open_window: Opener) -> None:
    page = opened(open_window(OPENAI, environment=KEY), "sound")

    fields: list[QWidget] = [
        *page.sound.switches.values(),
        *(page.turns.barge_in, page.turns.heard_by, page.turns.threshold, page.turns.silence),
        *(page.keeping.stall, page.keeping.attempts, page.keeping.rotate, page.sound.input),
    ]
    for field in fields:
        assert field.accessibleName()
        assert field.accessibleDescription()
        assert field.toolTip()
        assert field.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_keyboard_goes_through_the_sections(open_window: Opener, qtbot: QtBot) -> None:
    page = opened(open_window(), "conversation")
    page.list.setFocus()

    qtbot.keyClick(page.list, Qt.Key.Key_Down)

    assert page.turns.isVisible()
    assert not page.conversation.isVisible()


def test_the_wheel_scrolls_past_numbers_that_have_no_keyboard(open_window: Opener) -> None:
    page = opened(open_window(), "turns")
    page.list.setFocus()

    for field in (page.turns.silence, page.turns.threshold, page.turns.mode):
        at = QPointF(field.rect().center())
        event = QWheelEvent(
            at,
            field.mapToGlobal(at),
            QPoint(0, 0),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(field, event)

    assert (page.turns.silence.value(), page.turns.threshold.value()) == (500, 0.5)


def test_what_is_chosen_is_in_the_next_session(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window(OPENAI, environment=KEY)
    page = opened(bench, "turns")

    page.turns.threshold.setValue(0.7)
    page.turns.prefix.setValue(200)
    page.turns.idle.setValue(6_000)
    page.turns.heard_by.setCurrentIndex(1)
    page.turns.heard_by.activated.emit(1)
    page.sound.input.setCurrentIndex(page.sound.input.findText("Telephone: G.711 mu-law, 8 kHz"))
    page.sound.input.activated.emit(1)
    page.sound.switches["echo_cancellation"].click()
    page.keeping.stall.setValue(4.0)
    page.keeping.rotate.click()
    bench.program.shell.start()
    qtbot.waitUntil(lambda: bool(sent(bench)))

    request = sent(bench)[0]
    assert isinstance(request, StartSession)
    turns = request.settings.turn_detection
    assert (turns.threshold, turns.prefix_padding_ms, turns.idle_timeout_ms) == (0.7, 200, 6_000)
    assert request.settings.input_format is WireFormat.PCMU
    assert request.conduct.barge_in.local
    assert request.conduct.processing.echo_cancellation
    assert request.conduct.guard == Guard(stall_s=4.0, rotate=False)


def test_a_session_that_runs_follows_at_once_and_the_page_says_so(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window(OPENAI, environment=KEY)
    page = opened(bench, "turns")
    before = page.turns.applies.text()
    talking(bench, qtbot)

    page.turns.barge_in.click()
    page.sound.switches["half_duplex"].click()

    configured, processed = sent(bench)
    assert isinstance(configured, ConfigureTurns)
    assert not configured.barge_in.enabled
    assert isinstance(processed, SetProcessing)
    assert processed.processing.half_duplex
    assert (before, page.turns.applies.text()) == (NEXT, AT_ONCE)
    assert (page.sound.later.text(), page.keeping.applies.text()) == (WAITS, WAITS)


def test_steps_of_a_number_are_one_request(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    page = opened(bench, "turns")
    talking(bench, qtbot)

    for value in range(510, 600, 10):
        page.turns.silence.setValue(value)
    qtbot.waitUntil(lambda: bool(sent(bench)))

    assert len(sent(bench)) == 1
    assert bench.vm.setup.preferences.silence_ms == 590


def test_push_to_talk_shows_what_applies_to_it(open_window: Opener) -> None:
    bench = open_window(Preferences(vad_mode=VadMode.MANUAL))
    page = opened(bench, "turns")

    shown = [
        each.isVisible()
        for each in (page.turns.silence, page.turns.answers, page.turns.barge_in, page.turns.mode)
    ]

    assert shown == [False, False, False, True]
