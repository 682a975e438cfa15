"""A replay as people steer it: with keys and the mouse, on a fake engine."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.session.messages import (
    CloseReplay,
    InputKind,
    LiveState,
    ReplayReport,
    RerunTiming,
    SessionReport,
    StartSession,
    StateReport,
    SteerReplay,
)
from app.ui.dialogs.rerun import RerunDialog
from app.ui.panes.rail import COMPARE, LIBRARY, LIVE
from tests.gui.conftest import SPACE, Bench, Opener, dialog, flush, sent
from tests.support.reports import conversation, session

FOLDER = session().folder
FIRST = ReplayReport(
    folder=FOLDER,
    duration_ms=90_000.0,
    restarted=True,
    turns=((1, 1_000.0), (2, 20_000.0), (3, 60_000.0)),
)
ON = ReplayReport(folder=FOLDER, at_ms=30_000.0, duration_ms=90_000.0, playing=True)
LEFT, RIGHT = Qt.Key.Key_Left, Qt.Key.Key_Right


@pytest.fixture
def bench(open_window: Opener) -> Bench:
    made = open_window()
    made.window.show_page(LIBRARY)
    made.vm.take(FIRST)
    made.vm.take(session("complete"))
    for report in conversation(3):
        made.vm.take(report)
    made.vm.take(ON)
    flush(made)
    made.link.sent.clear()
    return made


def steered(bench: Bench) -> list[object]:
    return sent(bench)


def press(qtbot: QtBot, bench: Bench, key: Qt.Key, *, ctrl: bool = False) -> None:
    held = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
    qtbot.keyClick(bench.window.conversation.view, key, held)


def test_it_looks_like_nothing_live(bench: Bench) -> None:
    window = bench.window

    assert window.pages.currentIndex() == LIVE
    assert window.replay_strip.isVisible()
    assert window.transport.isVisible()
    assert not window.header.isVisible()
    assert not window.talk.isVisible()
    assert window.replay_strip.title.text().startswith("Replay of Embedded speech engine, 2026-")
    assert "replay" in window.windowTitle()
    assert len(bench.vm.transcript.lines) == 6
    assert bench.vm.live.view.rests


def test_starting_over_clears_what_was_shown(bench: Bench) -> None:
    bench.vm.take(replace(FIRST, at_ms=5_000.0))

    assert bench.vm.transcript.lines == []
    assert len(bench.vm.statistics.turns) == 0
    assert bench.vm.lanes.empty
    assert bench.window.transport.isVisible()


def test_keys_steer_it(bench: Bench, qtbot: QtBot) -> None:
    press(qtbot, bench, SPACE)
    press(qtbot, bench, LEFT)
    bench.vm.take(replace(ON, restarted=True))
    press(qtbot, bench, RIGHT)
    bench.vm.take(replace(ON, restarted=True))
    press(qtbot, bench, LEFT, ctrl=True)
    bench.vm.take(replace(ON, restarted=True))
    press(qtbot, bench, RIGHT, ctrl=True)
    bench.vm.take(replace(ON, restarted=True))
    press(qtbot, bench, Qt.Key.Key_L)
    press(qtbot, bench, Qt.Key.Key_Escape)

    assert steered(bench) == [
        SteerReplay(playing=False),
        SteerReplay(seek_ms=25_000.0),
        SteerReplay(seek_ms=35_000.0),
        SteerReplay(seek_ms=20_000.0),
        SteerReplay(seek_ms=60_000.0),
        SteerReplay(loop_turn=2),
        CloseReplay(),
    ]


def test_its_keys_are_its_own_only_while_it_is_shown(bench: Bench) -> None:
    actions = bench.program.shell.actions
    shown = actions["replay_loop"].isEnabled()
    bench.window.show_page(LIBRARY)
    elsewhere = actions["replay_loop"].isEnabled()
    bench.window.show_page(LIVE)

    bench.vm.take(ReplayReport(folder=""))

    assert (shown, elsewhere, actions["replay_loop"].isEnabled()) == (True, False, False)


def test_keys_are_the_turn_lanes_own_while_they_have_the_keyboard(
    bench: Bench, qtbot: QtBot
) -> None:
    lanes = bench.window.lanes
    before = bench.vm.lanes.view

    qtbot.keyClick(lanes, LEFT)
    panned = bench.vm.lanes.view != before
    mine = list(steered(bench))
    qtbot.keyClick(lanes, Qt.Key.Key_L)

    assert panned
    assert mine == []
    assert [type(each) for each in steered(bench)] == [SteerReplay]


def test_closing_brings_the_live_view_back(bench: Bench, qtbot: QtBot) -> None:
    qtbot.mouseClick(bench.window.replay_strip.shut, Qt.MouseButton.LeftButton)
    bench.vm.take(ReplayReport(folder=""))

    assert steered(bench) == [CloseReplay()]
    assert bench.window.talk.isVisible()
    assert bench.window.header.isVisible()
    assert not bench.window.transport.isVisible()
    assert bench.vm.transcript.lines == []
    assert bench.vm.session is None


def test_nothing_of_it_reaches_the_live_session(bench: Bench, qtbot: QtBot) -> None:
    bench.vm.take(StateReport(state=LiveState.MODEL_SPEAKS))

    bench.program.shell.actions["talk"].trigger()
    bench.program.shell.actions["mute"].trigger()
    bench.program.shell.actions["stop"].trigger()
    qtbot.waitUntil(lambda: bench.vm.problems.current is not None)

    assert bench.vm.live.view.rests
    assert "model speaks" in bench.window.replay_strip.state.text()
    assert steered(bench) == []


def test_a_figure_that_is_played_pauses_it(bench: Bench) -> None:
    bench.vm.show_figure("v2v_ms", bench.vm.statistics.turns[0])

    assert steered(bench)[0] == SteerReplay(playing=False)


def test_a_re_run_asks_closes_the_replay_and_then_starts(bench: Bench, qtbot: QtBot) -> None:
    qtbot.mouseClick(bench.window.replay_strip.rerun, Qt.MouseButton.LeftButton)
    asked = dialog(bench, qtbot, RerunDialog)
    assert isinstance(asked, RerunDialog)
    asked.timing.button(1).setChecked(True)
    qtbot.mouseClick(asked.start, Qt.MouseButton.LeftButton)
    closed = list(steered(bench))
    bench.vm.take(ReplayReport(folder=""))
    qtbot.waitUntil(lambda: isinstance(bench.link.sent[-1], StartSession))

    request = bench.link.sent[-1]
    assert isinstance(request, StartSession)
    assert closed == [CloseReplay()]
    assert (request.input.kind, request.input.session) == (InputKind.SESSION, FOLDER)
    assert request.input.timing is RerunTiming.RECORDED
    assert request.rerun_of == "20261121-120000-abc"
    assert bench.window.offer.isVisible()
    assert not bench.window.offer.compare.isVisible()


def test_after_a_re_run_the_comparison_is_offered(bench: Bench, qtbot: QtBot) -> None:
    qtbot.mouseClick(bench.window.replay_strip.rerun, Qt.MouseButton.LeftButton)
    asked = dialog(bench, qtbot, RerunDialog)
    qtbot.mouseClick(asked.findChildren(QPushButton)[-1], Qt.MouseButton.LeftButton)
    bench.vm.take(ReplayReport(folder=""))
    record = replace(
        session().record,
        rerun_of="20261121-120000-abc",
        ended_utc="2026-11-21T13:00:00Z",
        turns_n=3,
    )
    qtbot.waitUntil(lambda: isinstance(bench.link.sent[-1], StartSession))

    bench.vm.take(SessionReport(record=record, folder="/s/again"))
    bench.vm.take(StateReport(state=LiveState.STOPPED))
    qtbot.mouseClick(bench.window.offer.compare, Qt.MouseButton.LeftButton)

    assert bench.window.pages.currentIndex() == COMPARE
    asked_for = bench.link.sent[-1]
    assert getattr(asked_for, "first", None) == (FOLDER,)
    assert getattr(asked_for, "second", None) == ("/s/again",)
    assert not bench.window.offer.isVisible()
