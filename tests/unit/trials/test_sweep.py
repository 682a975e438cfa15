"""The sweep in virtual time: a pause that is longer than the silence is taken for an end."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.core.config import TurnDetection, VadMode
from app.core.errors import ConfigError
from app.metrics.battery_outcomes import SweepResult
from app.session.link import Decoder, encode
from app.session.messages import (
    InputKind,
    JobReport,
    ProblemReport,
    StartSession,
    StartSweep,
    SweepReport,
)
from app.session.parts import SessionOutcome
from app.trials.battery_sessions import OnReport
from app.trials.battery_stimuli import load_stimuli
from app.trials.sweep import run_sweep
from app.trials.sweep_plan import (
    INSTRUCTIONS,
    PER_SESSION,
    pause_session,
    plan_pauses,
    setting_words,
)
from tests.support.battery import Batteries, simulator
from tests.support.clocks import run_virtual

QUICK = simulator(reply_ms=250, first_audio_ms=100)
STIMULI = load_stimuli()


def swept(world: Batteries, request: StartSweep) -> SweepResult:
    async def main() -> SweepResult:
        try:
            return await run_sweep(world.short_ports(), request, world.told.append)
        finally:
            await world.end()

    return run_virtual(main())


# --- known answers -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> tuple[SweepResult, Batteries]:
    """Silences of 400 and 700 ms over pauses of 300 and 600 ms."""
    world = Batteries(tmp_path_factory.mktemp("sweep"))
    request = world.sweep(400, 700, pauses_ms=(300.0, 600.0), repeats=5, simulator=QUICK)
    return swept(world, request), world


def test_a_pause_that_is_longer_than_the_silence_is_cut_off(
    held: tuple[SweepResult, Batteries],
) -> None:
    assert [(p.setting, p.by_pause, p.rate) for p in held[0].points] == [
        ("server VAD 400 ms", ((300.0, 5, 0), (600.0, 5, 5)), 0.5),
        ("server VAD 700 ms", ((300.0, 5, 0), (600.0, 5, 0)), 0.0),
    ]


def test_the_delay_is_the_silence_and_what_the_model_needs(
    held: tuple[SweepResult, Batteries],
) -> None:
    delays = [point.v2v_p50_ms for point in held[0].points]

    assert delays[0] == pytest.approx(400 + 100 + 25, abs=25)
    assert delays[1] == pytest.approx(700 + 100 + 25, abs=25)


def test_between_two_points_it_is_interpolated(held: tuple[SweepResult, Batteries]) -> None:
    middle, last = held[0].points

    assert middle.v2v_p50_ms is not None
    assert last.v2v_p50_ms is not None
    expected = last.v2v_p50_ms - 0.1 * (last.v2v_p50_ms - middle.v2v_p50_ms)
    assert held[0].delay_at_5_percent_ms == pytest.approx(expected)
    assert held[0].cut_off_at_300_ms is None


def test_every_delay_agrees_with_the_turns_own(held: tuple[SweepResult, Batteries]) -> None:
    result, world = held
    turns = world.recordings[-1].turns

    values = sorted(turn.v2v_ms for turn in turns if turn.v2v_ms is not None)
    assert len(values) == 10
    assert result.points[-1].v2v_p50_ms == pytest.approx((values[4] + values[5]) / 2, abs=0.1)


def test_progress_and_points_are_told_as_they_come(held: tuple[SweepResult, Batteries]) -> None:
    jobs = [each for each in held[1].told if isinstance(each, JobReport)]
    reports = [each for each in held[1].told if isinstance(each, SweepReport)]

    assert [job.done for job in jobs] == sorted(job.done for job in jobs)
    assert {job.total for job in jobs} == {20}
    assert jobs[0].words == "server VAD 400 ms: stimulus 1 of 20; about 3 min left"
    assert [each.complete for each in reports][-2:] == [False, True]
    assert reports[-1].result == held[0]
    assert [point.n for point in reports[0].result.points] == [1]


def test_a_sweep_crosses_the_pipe(held: tuple[SweepResult, Batteries]) -> None:
    report = SweepReport(result=held[0], complete=True)

    assert Decoder().feed(encode([report])) == [report]


def test_sessions_are_one_run_and_each_point_has_its_folder(
    held: tuple[SweepResult, Batteries],
) -> None:
    result, world = held

    records = [recording.sessions[-1] for recording in world.recordings]
    assert [(each.run_id, each.order_idx) for each in records] == [
        ("run_1", 0),
        ("run_1", 1),
    ]
    folders = [str(recording.folder) for recording in world.recordings]
    assert [point.folder for point in result.points] == folders


# --- what goes wrong -----------------------------------------------------------------------------


def test_a_session_that_fails_is_told_and_its_stimuli_count_as_failed(tmp_path: Path) -> None:
    world = Batteries(tmp_path)
    problem = ProblemReport(sentence="The line is dead.", hint="Again.")

    async def refused(start: StartSession, on_report: OnReport) -> SessionOutcome:
        del start, on_report
        return SessionOutcome(record=None, folder=None, problem=problem)

    request = world.sweep(200, pauses_ms=(500.0,), repeats=2)
    work = run_sweep(world.battery_ports(refused), request, world.told.append)
    result = run_virtual(work)

    assert [(point.n, point.failed_n) for point in result.points] == [(0, 2)]
    assert result.warnings == ("server VAD 200 ms: The line is dead. Again.",)
    assert any(isinstance(each, ProblemReport) for each in world.told)
    last = world.told[-1]
    assert isinstance(last, SweepReport)
    assert not last.complete


def test_a_sweep_that_is_stopped_keeps_what_it_has(tmp_path: Path) -> None:
    world = Batteries(tmp_path)
    request = world.sweep(300, 500, pauses_ms=(400.0,), repeats=3, simulator=QUICK)

    async def main() -> None:
        work = run_sweep(world.short_ports(), request, world.told.append)
        task = asyncio.create_task(work)
        while not any(isinstance(each, SweepReport) for each in world.told):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        await world.end()

    run_virtual(main())

    last = world.told[-1]
    assert isinstance(last, SweepReport)
    assert [(point.n, point.failed_n) for point in last.result.points] == [(1, 0)]
    assert not last.complete
    assert world.recordings[0].closed


# --- the plan ------------------------------------------------------------------------------------


@pytest.fixture
def start(tmp_path: Path) -> StartSession:
    return Batteries(tmp_path).start()


def asked(start: StartSession, **more: Any) -> StartSweep:
    usual: dict[str, Any] = {"settings": (TurnDetection(),), "pauses_ms": (500.0,)}
    return StartSweep(start=start, **{**usual, **more})


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"settings": ()}, "needs from 1 to 20 settings"),
        ({"settings": (TurnDetection(),) * 21}, "needs from 1 to 20 settings"),
        ({"settings": (TurnDetection(mode=VadMode.MANUAL),)}, "push-to-talk"),
        ({"pauses_ms": ()}, "Pauses must be between"),
        ({"pauses_ms": (49.0,)}, "Pauses must be between"),
        ({"pauses_ms": (10_001.0,)}, "Pauses must be between"),
        ({"pauses_ms": (float("nan"),)}, "Pauses must be between"),
        ({"repeats": 0}, "from 1 to 500 stimuli"),
        ({"repeats": 501}, "from 1 to 500 stimuli"),
        ({"seed": -1}, "seed must not be negative"),
    ],
)
def test_what_cannot_be_swept_is_refused(
    start: StartSession, more: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        plan_pauses(asked(start, **more), STIMULI)


def test_the_same_seed_gives_the_same_stimuli_and_each_sentence_has_each_pause(
    start: StartSession,
) -> None:
    request = asked(start, pauses_ms=(500.0, 1000.0, 1500.0), repeats=3, seed=4)

    one = plan_pauses(request, STIMULI)

    assert one == plan_pauses(request, STIMULI)
    assert one != plan_pauses(replace(request, seed=5), STIMULI)
    assert len({(trial.halves[0].name, trial.pause_ms) for trial in one}) == 9


def test_a_session_speaks_one_file_for_each_stimulus(start: StartSession, tmp_path: Path) -> None:
    trials = plan_pauses(asked(start, pauses_ms=(500.0, 1000.0)), STIMULI)[:2]
    detection = TurnDetection(silence_ms=700)

    session = pause_session(start, detection, trials, tmp_path)

    assert session.input.kind is InputKind.FILES
    assert [Path(path).name for path in session.input.paths] == [
        trial.stimulus(place).input_name for place, trial in enumerate(trials)
    ]
    assert all(Path(path).is_file() for path in session.input.paths)
    assert session.settings.turn_detection == detection
    assert session.settings.instructions == INSTRUCTIONS
    assert session.end_with_input


def test_the_users_own_instructions_are_kept(start: StartSession, tmp_path: Path) -> None:
    bob = replace(start, settings=replace(start.settings, instructions="Be Bob."))

    assert pause_session(bob, TurnDetection(), (), tmp_path).settings.instructions == "Be Bob."


@pytest.mark.parametrize(
    ("detection", "words"),
    [
        (TurnDetection(silence_ms=300), "server VAD 300 ms"),
        (TurnDetection(threshold=0.7), "server VAD 500 ms, threshold 0.7"),
        (TurnDetection(prefix_padding_ms=100), "server VAD 500 ms, padding 100 ms"),
        (TurnDetection(mode=VadMode.SEMANTIC, eagerness="high"), "semantic VAD high"),
    ],
)
def test_a_setting_is_named_by_what_is_unusual_in_it(detection: TurnDetection, words: str) -> None:
    assert setting_words(detection) == words


def test_many_stimuli_are_several_sessions(start: StartSession, tmp_path: Path) -> None:
    world = Batteries(tmp_path)
    starts: list[StartSession] = []

    async def hold(session: StartSession, on_report: OnReport) -> SessionOutcome:
        del on_report
        starts.append(session)
        return SessionOutcome(record=None, folder=None, problem=None)

    request = asked(start, repeats=PER_SESSION + 1)
    result = run_virtual(run_sweep(world.battery_ports(hold), request, world.told.append))

    assert [len(each.input.paths) for each in starts] == [PER_SESSION, 1]
    assert [point.failed_n for point in result.points] == [PER_SESSION + 1]
