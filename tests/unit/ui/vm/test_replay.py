"""A replay without its widgets: where it is, and what steers it."""

from dataclasses import replace
from datetime import UTC

import pytest

from app.session.messages import (
    CloseReplay,
    EngineRequest,
    LiveState,
    OpenReplay,
    OutputChoice,
    OutputKind,
    ReplayReport,
    Solo,
    StateReport,
    SteerReplay,
)
from app.ui.vm.replay import PATIENCE, ReplayViewModel
from tests.support.reports import session

NULL = OutputChoice(kind=OutputKind.NULL)
FOLDER = session().folder
TURNS = ((1, 1_000.0), (2, 20_000.0), (3, 60_000.0))
FIRST = ReplayReport(
    folder=FOLDER, duration_ms=90_000.0, restarted=True, turns=TURNS, odd=("One\x00 odd.",)
)
ON = ReplayReport(folder=FOLDER, at_ms=30_000.0, duration_ms=90_000.0, playing=True)


class Bench:
    def __init__(self) -> None:
        self.sent: list[EngineRequest] = []
        self.opened: list[bool] = []
        self.vm = ReplayViewModel(self.sent.append, lambda: NULL)
        self.vm.opened.connect(self.opened.append)

    @property
    def steered(self) -> list[SteerReplay]:
        return [each for each in self.sent if isinstance(each, SteerReplay)]


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.vm.begin(FOLDER, "A model, today")
    made.vm.take(FIRST)
    made.vm.take(ON)
    made.sent.clear()
    return made


def test_a_session_is_opened_and_then_plays() -> None:
    bench = Bench()
    bench.vm.begin(FOLDER, "A model, today")
    opening = bench.vm.there, bench.vm.open

    bench.vm.take(FIRST)

    assert opening == (True, False)
    assert bench.sent == [OpenReplay(folder=FOLDER, output=NULL), SteerReplay(playing=True)]
    assert bench.opened == [True]
    assert bench.vm.title() == "Replay of A model, today"


def test_its_account_names_it(bench: Bench) -> None:
    bench.vm.take_record(session().record)

    assert bench.vm.title(UTC) == "Replay of Embedded speech engine, 2026-11-21 12:00"


def test_without_either_its_folder_does() -> None:
    bench = Bench()

    bench.vm.take(FIRST)

    assert bench.vm.title() == "Replay of 20261121-120000-abc"


def test_what_is_odd_stays(bench: Bench) -> None:
    assert bench.vm.odd == ("One\N{SYMBOL FOR NULL} odd.",)
    assert bench.vm.times == "00:30 / 01:30"


def test_closing_it_ends_it(bench: Bench) -> None:
    bench.vm.close()
    bench.vm.take(ReplayReport(folder=""))
    bench.vm.close()

    assert bench.sent == [CloseReplay()]
    assert bench.opened == [True, False]
    assert (bench.vm.open, bench.vm.ticks, bench.vm.odd) == (False, (), ())
    assert (bench.vm.at_ms, bench.vm.duration_ms, bench.vm.speed) == (0.0, 0.0, 1.0)


def test_one_that_cannot_be_opened_is_not_waited_for() -> None:
    bench = Bench()
    bench.vm.begin(FOLDER)
    bench.vm.take_problem()
    bench.vm.take_problem()

    assert not bench.vm.there
    assert bench.opened == []


def test_an_engine_that_is_gone_takes_it_along(bench: Bench) -> None:
    bench.vm.lost()

    assert bench.opened == [True, False]


def test_another_session_starts_over(bench: Bench) -> None:
    bench.vm.take_record(session().record)

    bench.vm.take(ReplayReport(folder="/other"))

    assert (bench.vm.record, bench.vm.ticks, bench.vm.odd) == (None, (), ())


@pytest.mark.parametrize(
    ("report", "sent"),
    [
        (ON, [SteerReplay(playing=False)]),
        (replace(ON, playing=False), [SteerReplay(playing=True)]),
        (
            replace(ON, playing=False, at_ms=90_000.0),
            [SteerReplay(seek_ms=0.0), SteerReplay(playing=True)],
        ),
    ],
)
def test_space_plays_and_pauses_and_begins_anew_at_the_end(
    bench: Bench, report: ReplayReport, sent: list[SteerReplay]
) -> None:
    bench.vm.take(report)

    bench.vm.toggle()

    assert bench.steered == sent


@pytest.mark.parametrize(
    ("at_ms", "by", "sought"),
    [
        (30_000.0, -1, 20_000.0),
        (20_900.0, -1, 1_000.0),
        (500.0, -1, 0.0),
        (30_000.0, 1, 60_000.0),
        (20_000.0, 1, 60_000.0),
        (70_000.0, 1, None),
    ],
)
def test_steps_from_turn_to_turn(bench: Bench, at_ms: float, by: int, sought: float | None) -> None:
    bench.vm.take(replace(ON, at_ms=at_ms))

    bench.vm.step(by)

    assert [each.seek_ms for each in bench.steered] == ([] if sought is None else [sought])


def test_without_turns_there_is_nothing_to_step_to_or_to_loop() -> None:
    bench = Bench()
    bench.vm.take(replace(FIRST, turns=()))
    bench.sent.clear()

    bench.vm.step(-1)
    bench.vm.step(1)
    bench.vm.toggle_loop()

    assert (bench.sent, bench.vm.turn) == ([], None)


def test_seeking_stays_inside_and_is_shown_at_once(bench: Bench) -> None:
    bench.vm.skip(-500_000.0)
    low = bench.vm.at_ms
    bench.vm.skip(500_000.0)

    assert (low, bench.vm.at_ms) == (0.0, 90_000.0)


def test_a_report_from_before_the_seek_does_not_move_it_back(bench: Bench) -> None:
    bench.vm.seek(70_000.0)

    bench.vm.take(ON)
    before = bench.vm.at_ms
    bench.vm.take(replace(ON, at_ms=70_100.0))

    assert (before, bench.vm.at_ms) == (70_000.0, 70_100.0)


def test_a_seek_that_the_engine_does_not_heed_is_given_up(bench: Bench) -> None:
    bench.vm.seek(70_000.0)

    for _ in range(PATIENCE + 1):
        bench.vm.take(ON)

    assert bench.vm.at_ms == 30_000.0


def test_starting_over_is_believed_at_once(bench: Bench) -> None:
    bench.vm.seek(70_000.0)

    bench.vm.take(replace(ON, restarted=True))

    assert bench.vm.at_ms == 30_000.0


def test_the_turn_that_is_heard_is_repeated_until_asked_again(bench: Bench) -> None:
    bench.vm.toggle_loop()
    bench.vm.take(replace(ON, loop_turn=2))
    looping = bench.vm.loops
    bench.vm.toggle_loop()

    assert looping
    assert [each.loop_turn for each in bench.steered] == [2, -1]


def test_speed_and_solo(bench: Bench) -> None:
    bench.vm.choose_speed(4.0)
    bench.vm.choose_solo(Solo.AGENT)
    bench.vm.take(replace(ON, speed=4.0, solo=Solo.AGENT))

    assert bench.sent == [SteerReplay(speed=4.0), SteerReplay(solo=Solo.AGENT)]
    assert (bench.vm.silent, bench.vm.solo) == (True, Solo.AGENT)


def test_nothing_is_steered_while_none_is_open() -> None:
    bench = Bench()

    bench.vm.toggle()
    bench.vm.seek(1.0)
    bench.vm.choose_speed(2.0)
    bench.vm.take_record(session().record)

    assert bench.sent == []
    assert (bench.vm.solo, bench.vm.loops, bench.vm.record) == (Solo.BOTH, False, None)


def test_what_the_session_did_then_is_shown(bench: Bench) -> None:
    bench.vm.take_state(StateReport(state=LiveState.THINKING))
    playing = bench.vm.invitation
    bench.vm.take(replace(ON, playing=False))

    assert bench.vm.state.state is LiveState.THINKING
    assert (playing, bench.vm.invitation) == ("Nothing was said yet.", "Press Play (Space).")
