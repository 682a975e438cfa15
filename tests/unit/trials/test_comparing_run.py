"""Sessions of several models in turns."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import ConfigError
from app.core.records import ConnectTiming
from app.session.live import LiveSession
from app.session.messages import EngineReport, JobReport, ProblemReport, StartSession
from app.session.parts import SessionOutcome
from app.trials.comparing_run import Contestant, InterleavedRun, order_of
from tests.support.audio import write_wav
from tests.support.clocks import run_virtual
from tests.support.memory import MemoryRecording, MemoryStore
from tests.support.program import utterance
from tests.support.recording import session_record
from tests.support.session import EnergyVad, Peer, World, start


class Holder:
    """Holds sessions in no time, or refuses to: "x" in ``fates`` is one that fails."""

    def __init__(self, fates: str = "", *, recorded: bool = True) -> None:
        self._fates = fates
        self._recorded = recorded
        self.held: list[StartSession] = []
        self.cancelled = 0

    async def hold(self, start: StartSession) -> SessionOutcome:
        number = len(self.held)
        self.held.append(start)
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        fails = self._fates[number : number + 1] == "x"
        problem = ProblemReport(sentence="It broke.", hint="") if fails else None
        if not self._recorded:
            return SessionOutcome(record=None, folder=None, problem=problem)
        connect = None if fails else ConnectTiming(cold=number == 0)
        record = replace(session_record(), connect=connect, failed_n=1 if number == 1 else 0)
        return SessionOutcome(record=record, folder=Path(f"/s{number}"), problem=problem)


def run_of(
    holder: Holder, names: Sequence[str] = "AB", rounds: int = 2
) -> tuple[InterleavedRun, list[JobReport]]:
    told: list[JobReport] = []
    contestants = [Contestant(name=name, start=start(Path("q.wav"))) for name in names]
    run = InterleavedRun(contestants, rounds, hold=holder.hold, run_id="r1", tell=told.append)
    return run, told


# --- the order -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sides", "rounds", "order"),
    [(2, 4, "AB BA BA AB"), (3, 6, "ABC BCA CAB CBA ACB BAC"), (4, 2, "ABCD BCDA")],
)
def test_the_order_is_balanced(sides: int, rounds: int, order: str) -> None:
    found = ["".join("ABCD"[k] for k in order_of(sides, index)) for index in range(rounds)]

    assert " ".join(found) == order


@pytest.mark.parametrize("sides", range(2, 7))
def test_every_model_is_as_often_in_each_place(sides: int) -> None:
    rounds = [order_of(sides, index) for index in range(2 * sides)]

    places = Counter((place, model) for order in rounds for place, model in enumerate(order))
    assert set(places.values()) == {2}
    assert len(places) == sides**2


def test_one_model_cannot_take_turns() -> None:
    with pytest.raises(ValueError, match="take turns"):
        order_of(1, 0)


# --- the run -------------------------------------------------------------------------------------


def test_sessions_are_held_in_turns_and_know_their_place() -> None:
    holder = Holder()
    run, told = run_of(holder, rounds=2)

    blocks = run_virtual(run.run())

    assert [(b.contestant, b.round_idx, b.order_idx) for b in blocks] == [
        (0, 0, 0), (1, 0, 1), (1, 1, 2), (0, 1, 3),
    ]  # fmt: skip
    assert [(s.run_id, s.order_idx) for s in holder.held] == [("r1", k) for k in range(4)]
    assert [b.cold for b in blocks] == [True, False, False, False]
    assert [b.failed_turns for b in blocks] == [0, 1, 0, 0]
    assert run.folders(0) == (Path("/s0"), Path("/s3"))
    assert run.folders(1) == (Path("/s1"), Path("/s2"))
    assert [(each.done, each.total, each.words) for each in told] == [
        (0, 4, "round 1 of 2: A"),
        (1, 4, "round 1 of 2: B"),
        (2, 4, "round 2 of 2: B"),
        (3, 4, "round 2 of 2: A"),
        (4, 4, "all sessions are held"),
    ]
    assert run.ended_early == ""


def test_a_failed_session_is_noted_and_the_run_goes_on() -> None:
    run, _ = run_of(Holder("-x--x"), rounds=3)

    blocks = run_virtual(run.run())

    assert [b.problem for b in blocks] == ["", "It broke.", "", "", "It broke.", ""]
    assert blocks[1].cold is None
    assert blocks[1].folder == Path("/s1")
    assert run.ended_early == ""


def test_a_session_that_never_was_has_no_recording() -> None:
    run, _ = run_of(Holder("x", recorded=False), rounds=1)

    blocks = run_virtual(run.run())

    assert [(b.folder, b.cold, b.failed_turns) for b in blocks] == [(None, None, 0)] * 2
    assert run.folders(0) == ()


def test_three_failures_of_one_model_in_a_row_end_the_run() -> None:
    holder = Holder("-xx-x")
    run, told = run_of(holder, rounds=9)

    run_virtual(run.run())

    assert run.ended_early == "B failed 3 times in a row."
    assert len(run.blocks) == 5
    assert told[-1].words == "round 3 of 9: B"


def test_failures_with_a_success_between_do_not_end_it() -> None:
    run, _ = run_of(Holder("-xx----x"), rounds=5)

    run_virtual(run.run())

    assert len(run.blocks) == 10


def test_a_stopped_run_begins_no_further_session() -> None:
    holder = Holder()
    run, _ = run_of(holder, rounds=5)

    async def main() -> None:
        task = asyncio.create_task(run.run())
        await asyncio.sleep(15)
        run.stop("Enough.")
        run.stop("Again.")
        await task

    run_virtual(main())

    assert (len(run.blocks), run.ended_early) == (2, "Enough.")
    assert len(holder.held) == 2


def test_a_cancelled_run_cancels_its_session_and_keeps_those_before() -> None:
    holder = Holder()
    run, _ = run_of(holder, rounds=5)

    async def main() -> None:
        task = asyncio.create_task(run.run())
        await asyncio.sleep(25)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run_virtual(main())

    assert (len(run.blocks), len(holder.held), holder.cancelled) == (2, 3, 1)


@pytest.mark.parametrize(
    ("names", "rounds", "sentence"),
    [("A", 1, "at least two"), ("AB", 0, "number of rounds"), ("AB", 1001, "number of rounds")],
)
def test_what_cannot_be_compared_is_refused(names: str, rounds: int, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        run_of(Holder(), names, rounds)


def test_all_models_must_hear_the_same() -> None:
    heard = (start(Path("q.wav")), start(Path("r.wav")))
    contestants = [Contestant(name="A", start=each) for each in heard]

    with pytest.raises(ConfigError, match="hear the same"):
        InterleavedRun(contestants, 1, hold=Holder().hold, run_id="r", tell=lambda _: None)


def test_live_sessions_are_held_with_their_place_in_the_run(tmp_path: Path) -> None:
    said = write_wav(tmp_path / "q.wav", utterance(300.0))
    reports: list[EngineReport] = []
    recordings: list[MemoryRecording] = []

    async def hold(asked: StartSession) -> SessionOutcome:
        world = World(Peer(EnergyVad(200)), MemoryStore(MemoryRecording()))
        recordings.append(world.store.recording)
        return await LiveSession(world.parts(), asked, reports.append).run()

    contestants = [Contestant(name=name, start=start(said)) for name in "AB"]

    async def main() -> None:
        run = InterleavedRun(contestants, 2, hold=hold, run_id="r1", tell=lambda _: None)
        blocks = await run.run()
        assert [block.problem for block in blocks] == [""] * 4

    run_virtual(main())

    last = [each.sessions[-1] for each in recordings]
    assert [(each.run_id, each.order_idx, each.turns_n) for each in last] == [
        ("r1", k, 1) for k in range(4)
    ]
