"""A replay and the library in the console: what reaches whom."""

import asyncio
from dataclasses import replace

from app.session.messages import (
    ImportBundle,
    LibraryChanged,
    LibraryDeed,
    LiveState,
    MeterReport,
    PlayingReport,
    PlaySpan,
    ProblemReport,
    ReplayReport,
    StateReport,
    SteerReplay,
    VerifySession,
)
from app.ui.vm.lanes import Span
from tests.support.reports import conversation, session
from tests.unit.ui.vm.test_console import Desk

FOLDER = session().folder
OPEN = ReplayReport(folder=FOLDER, duration_ms=90_000.0, restarted=True)


def replaying() -> Desk:
    desk = Desk()
    for report in conversation(1):
        desk.vm.take(report)
    desk.be(LiveState.STOPPED)
    desk.vm.take(OPEN)
    desk.vm.take(session("complete"))
    return desk


def test_opening_clears_the_live_session_and_states_are_told_as_those_of_then() -> None:
    desk = replaying()

    desk.be(LiveState.MODEL_SPEAKS)

    assert desk.vm.transcript.lines == []
    assert desk.vm.live.state is LiveState.STOPPED
    assert desk.vm.replay.state.state is LiveState.MODEL_SPEAKS


def test_its_levels_are_shown() -> None:
    desk = replaying()

    desk.vm.take(
        MeterReport(
            input_rms_dbfs=-20.0,
            input_peak_dbfs=-10.0,
            output_rms_dbfs=None,
            output_peak_dbfs=None,
        )
    )

    assert desk.vm.meters.input.fill > 0


def test_a_session_is_not_started_over_it() -> None:
    desk = replaying()

    started = asyncio.run(desk.vm.start())

    assert not started
    assert desk.vm.problems.current is not None
    assert "replay" in desk.vm.problems.current.hint


def test_an_engine_that_is_gone_ends_it_and_says_so() -> None:
    desk = replaying()

    desk.vm.engine_lost("It ended.")
    desk.vm.engine_back()

    assert not desk.vm.replay.there
    assert desk.vm.session == session()
    assert desk.vm.live.state is LiveState.IDLE


def shown(desk: Desk) -> list[object]:
    """What the window shows of a session."""
    vm = desk.vm
    events = vm.lanes.events
    return [
        vm.session,
        vm.live.state,
        list(vm.transcript.lines),
        list(vm.statistics.turns),
        vm.turn.turn,
        [side.tolist() for each in vm.lanes.columns(40) for side in each],
        {kind: len(track) for kind, track in events.marks.items()},
        len(events),
        vm.health.segments,
        vm.health.elapsed,
        vm.accounts.cost.report,
        vm.connection.facts,
    ]


def test_closing_it_brings_the_live_session_back_as_it_was() -> None:
    desk = Desk()
    for report in conversation(3):
        desk.vm.take(report)
    desk.be(LiveState.STOPPED)
    before = shown(desk)

    desk.vm.take(replace(OPEN, folder="/s/other"))
    for report in conversation(7):
        desk.vm.take(report)
    during = shown(desk)
    desk.vm.take(replace(OPEN, folder="/s/other", restarted=True))
    desk.vm.take(ReplayReport(folder=""))

    assert during != before
    assert shown(desk) == before


def test_closing_it_does_not_revive_a_session_that_an_engine_took_along() -> None:
    desk = Desk()
    desk.be(LiveState.LISTENING)
    desk.vm.engine_lost("It ended.")
    desk.vm.engine_back()

    desk.vm.take(OPEN)
    desk.vm.take(ReplayReport(folder=""))

    assert desk.vm.live.state is LiveState.IDLE


def test_closing_it_where_nothing_was_live_shows_nothing() -> None:
    desk = Desk()
    before = shown(desk)

    desk.vm.take(OPEN)
    for report in conversation(2):
        desk.vm.take(report)
    desk.vm.take(ReplayReport(folder=""))

    assert shown(desk) == before
    assert desk.vm.lanes.empty


def test_one_that_is_refused_is_not_waited_for() -> None:
    desk = Desk()
    desk.vm.replay.begin("/s/gone")

    desk.vm.take(ProblemReport(sentence="There is no such session.", hint=""))
    desk.be(LiveState.LISTENING)

    assert desk.vm.live.state is LiveState.LISTENING


def test_a_stretch_that_is_played_pauses_it() -> None:
    desk = replaying()
    desk.vm.take(replace(OPEN, restarted=False, playing=True))

    desk.vm.play_span(Span(0.0, 1_000.0))

    assert desk.sent[-2] == SteerReplay(playing=False)
    assert isinstance(desk.sent[-1], PlaySpan)


def test_what_is_heard_from_the_library_moves_no_line_in_the_lanes() -> None:
    desk = Desk()
    for report in conversation(1):
        desk.vm.take(report)

    desk.vm.playing.listen("/s/other", 4_000.0, desk.vm.setup.output)
    desk.vm.take(PlayingReport(at_ms=1_000.0))
    moved = desk.vm.lanes.marked.playing
    desk.vm.take(PlayingReport(at_ms=None))

    assert (moved, desk.vm.playing.preview) == (None, "")


def test_bundles_and_checks_wait_for_other_work() -> None:
    desk = Desk()

    first = desk.vm.import_bundle("/b.vivavoce"), desk.vm.import_bundle("/c.vivavoce")
    busy = desk.vm.verify_folder("/s/1")
    desk.vm.jobs.lost()
    checked = desk.vm.verify_folder("/s/1")

    assert (first, busy, checked) == ((True, False), False, True)
    assert desk.sent == [ImportBundle(path="/b.vivavoce"), VerifySession("/s/1")]


def test_the_librarys_choices_are_kept_and_its_deeds_told() -> None:
    desk = Desk()

    desk.vm.library.widen([50] * 11)
    desk.vm.take(LibraryChanged(deed=LibraryDeed.TRASH, keys=("a",)))
    desk.vm.take(StateReport(state=LiveState.IDLE))

    assert desk.vm.setup.preferences.library.widths == (50,) * 11
    assert desk.vm.library.told is not None
