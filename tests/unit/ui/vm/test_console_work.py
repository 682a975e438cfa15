"""Figures that are marked and played, and the longer work that the window asks for."""

from dataclasses import replace

import pytest

from app.core.records import TurnStatus
from app.session.messages import (
    CalibrationKind,
    CalibrationReport,
    CompareSessions,
    EngineReport,
    EngineRequest,
    InputChoice,
    InputKind,
    JobReport,
    ListSessions,
    LiveState,
    OutputChoice,
    OutputKind,
    PlayingReport,
    PlaySpan,
    SessionsReport,
    StartCalibration,
    StateReport,
    StopJob,
    StopPlaying,
    TurnReport,
    VerifySession,
)
from app.ui.vm.catalogue import model_options
from app.ui.vm.console import ConsoleViewModel
from app.ui.vm.keys import KeysViewModel
from app.ui.vm.lanes_view import Span
from app.ui.vm.preferences import Preferences
from app.ui.vm.setup import SetupViewModel
from tests.support.reports import conversation, session, turn
from tests.support.ui import FakeSecrets, catalogue
from tests.support.verified import verification

SPOKEN = turn(1, u_off_ns=3_000_000_000, audible_ns=3_600_000_000)


class Desk:
    """A console with a session of one turn; what it sends is kept."""

    def __init__(self, *reports: EngineReport, preferences: Preferences | None = None) -> None:
        self.sent: list[EngineRequest] = []
        setup = SetupViewModel(
            model_options(catalogue()), preferences or Preferences(), sessions_dir="/s"
        )
        keys = KeysViewModel(FakeSecrets(), {})
        self.vm = ConsoleViewModel(setup, keys, self.sent.append)
        for report in reports or (session(t0_ns=1_000_000_000), TurnReport(record=SPOKEN)):
            self.vm.take(report)


# --- marking and playing


def test_a_click_on_a_figure_marks_and_plays_its_span() -> None:
    desk = Desk(preferences=replace(Preferences(), output_device="Jabra"))

    assert desk.vm.show_figure("v2v_ms")

    assert desk.vm.lanes.highlight == Span(2_000.0, 2_600.0)
    assert desk.sent == [
        PlaySpan(
            folder=session().folder,
            start_ms=1_700.0,
            end_ms=2_900.0,
            output=OutputChoice(kind=OutputKind.DEVICE, device="Jabra"),
        )
    ]


def test_the_same_figure_again_stops_and_another_plays() -> None:
    desk = Desk()

    for metric in ("v2v_ms", "v2v_ms", "v2v_ms", "ttfa_stop_ms"):
        assert desk.vm.show_figure(metric)

    assert [type(each) for each in desk.sent] == [PlaySpan, StopPlaying, PlaySpan, PlaySpan]


def test_what_has_played_to_its_end_plays_again() -> None:
    desk = Desk()
    desk.vm.show_figure("v2v_ms")

    desk.vm.take(PlayingReport(at_ms=2_100.0, start_ms=2_000.0, end_ms=2_600.0))
    going = desk.vm.playing.sounding
    desk.vm.take(PlayingReport(at_ms=None))
    desk.vm.show_figure("v2v_ms")

    assert going
    assert [type(each) for each in desk.sent] == [PlaySpan, PlaySpan]


def test_a_stretch_before_the_session_begins_at_its_beginning() -> None:
    desk = Desk(session(t0_ns=2_900_000_000), TurnReport(record=SPOKEN))

    desk.vm.show_figure("v2v_ms")

    assert isinstance(desk.sent[0], PlaySpan)
    assert desk.sent[0].start_ms == 0


@pytest.mark.parametrize(
    "reports",
    [
        [StateReport(state=LiveState.IDLE)],
        [TurnReport(record=turn(1))],
        [session(), TurnReport(record=turn(1, status=TurnStatus.ERROR, audible_ns=None))],
        [session(), TurnReport(record=turn(1, v2v_ms=None))],
    ],
    ids=["no turn", "no session", "no end", "unknown"],
)
def test_a_span_that_is_unknown_is_not_marked(reports: list[EngineReport]) -> None:
    desk = Desk(*reports)

    assert not desk.vm.show_figure("v2v_ms")
    assert (desk.vm.lanes.highlight, desk.sent) == (None, [])


def test_a_figure_that_is_no_stretch_is_not_played() -> None:
    desk = Desk()

    assert not desk.vm.show_figure("chunks_n")
    assert desk.sent == []


def test_what_is_selected_in_the_lanes_is_played_as_it_is() -> None:
    desk = Desk()
    desk.vm.lanes.show_span(Span(2_600.0, 2_000.0))

    desk.vm.lanes.marked.play()
    desk.vm.lanes.marked.stop()
    desk.vm.play_span(Span(2_600.0, 2_000.0))

    first, stop, again = desk.sent
    assert isinstance(first, PlaySpan)
    assert (first.start_ms, first.end_ms) == (2_000.0, 2_600.0)
    assert (stop, again) == (StopPlaying(), first)


def test_without_a_session_nothing_is_played_or_stopped() -> None:
    desk = Desk(StateReport(state=LiveState.IDLE))

    desk.vm.play_span(Span(0.0, 1.0))

    assert not desk.vm.stop_playing()
    assert desk.sent == []


# --- checking the recording


def test_a_session_that_ends_is_checked_against_its_recording() -> None:
    desk = Desk(*conversation(2))

    desk.vm.take(StateReport(state=LiveState.STOPPED))
    desk.vm.take(verification())

    assert desk.sent == []  # the engine does it of itself
    assert desk.vm.verification.line.startswith("The recording agrees: 22 turns")


def test_the_user_may_have_a_session_checked_again() -> None:
    desk = Desk(*conversation(2))
    desk.vm.take(StateReport(state=LiveState.STOPPED))
    desk.vm.take(verification())

    assert desk.vm.verify()
    waiting = desk.vm.verification.line
    desk.vm.take(verification())

    assert desk.sent == [VerifySession(session().folder)]
    assert waiting.startswith("Checking")
    assert desk.vm.verification.line.startswith("The recording agrees: 22 turns")


def test_a_check_that_fails_says_why_and_can_be_repeated() -> None:
    desk = Desk(*conversation(2))
    assert not desk.vm.verify()
    desk.vm.take(StateReport(state=LiveState.STOPPED))
    desk.vm.verify()

    desk.vm.take(JobReport(done=0, total=1, over=True, problem="The recording is damaged."))

    assert desk.vm.verification.line.endswith("The recording is damaged.")
    assert desk.vm.verify()


def test_an_engine_that_is_lost_ends_what_it_did() -> None:
    desk = Desk(*conversation(2))
    desk.vm.take(StateReport(state=LiveState.STOPPED))
    desk.vm.verify()
    desk.vm.show_figure("v2v_ms")

    desk.vm.engine_lost("Gone.")

    assert not desk.vm.jobs.running
    assert not desk.vm.playing.sounding
    assert desk.vm.verification.bad


# --- other work


def test_calibrating_is_asked_for_with_its_devices() -> None:
    desk = Desk()
    microphone = InputChoice(kind=InputKind.DEVICE, device="a")
    loudspeaker = OutputChoice(kind=OutputKind.DEVICE, device="b")

    assert desk.vm.start_calibration(
        CalibrationKind.DEVICES, microphone=microphone, loudspeaker=loudspeaker, turns=20
    )

    assert desk.sent == [
        StartCalibration(
            kind=CalibrationKind.DEVICES, input=microphone, output=loudspeaker, turns=20
        )
    ]
    assert desk.vm.jobs.words == "Calibrating"


def test_nothing_is_calibrated_while_a_session_runs() -> None:
    desk = Desk(*conversation(1))

    assert not desk.vm.start_calibration(CalibrationKind.ENGINE)
    assert desk.sent == []


def test_sessions_are_listed_and_compared() -> None:
    desk = Desk()

    desk.vm.list_sessions()
    desk.vm.compare(("/s/a",), ("/s/b",))
    desk.vm.stop_job()
    desk.vm.take(JobReport(done=0, total=0, over=True))
    desk.vm.stop_job()

    assert desk.sent == [ListSessions("/s"), CompareSessions(("/s/a",), ("/s/b",)), StopJob()]


def test_results_reach_whoever_listens() -> None:
    desk = Desk()
    heard: list[object] = []
    desk.vm.sessions_listed.connect(heard.append)
    desk.vm.calibration_ready.connect(heard.append)
    reports = (SessionsReport(()), CalibrationReport(rows=()))

    for report in reports:
        desk.vm.take(report)

    assert tuple(heard) == reports


def test_the_chosen_metric_is_remembered() -> None:
    desk = Desk()

    desk.vm.choose_metric("ttfa_eos_ms")
    desk.vm.choose_metric("nonsense")

    assert desk.vm.statistics.metric == "ttfa_eos_ms"
    assert desk.vm.setup.preferences.metric == "ttfa_eos_ms"
    assert Desk(preferences=replace(Preferences(), metric="x")).vm.statistics.metric == "v2v_ms"
