"""The battery in virtual time: its table against what the simulator was told to do."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.core.clock import Nanoseconds
from app.core.conduct import BargeIn, Conduct, Processing
from app.core.config import SessionSettings, TurnDetection, VadMode
from app.core.errors import ConfigError, StoreError
from app.core.events import BargeInCause
from app.core.turn_record import TurnRecord, TurnStatus
from app.metrics.battery_outcomes import BatteryResult, BatteryTrial, StimulusKind
from app.metrics.statistics import quantile
from app.session.link import Decoder, encode
from app.session.messages import (
    BatteryReport,
    EngineReport,
    JobReport,
    ProblemReport,
    SpanKind,
    SpanReport,
    StartBattery,
    StartSession,
    TurnReport,
)
from app.session.parts import SessionOutcome
from app.trials.battery import Pace, run_battery
from app.trials.battery_plan import plan
from app.trials.battery_sessions import OnReport
from app.trials.battery_stimuli import load_stimuli, sounds_folder
from app.trials.calibrating_log import SimulatorLog
from tests.support.battery import Batteries, simulator
from tests.support.clocks import run_virtual

LONG = {"reply_ms": 9000, "pace": 3.0, "block_ms": 200, "first_audio_ms": 150}
FOUR = ("stop", "mm-hm", "cough", "television")
NOBODY = SessionOutcome(record=None, folder=None, problem=None)
GOOD = TurnRecord(
    turn_id=1,
    status=TurnStatus.INTERRUPTED,
    input_name="00-prompt.wav",
    audible_ns=Nanoseconds(1),
    interrupted_ns=Nanoseconds(1_600_000_000),
    yield_ms=100.0,
    interrupt_cause=BargeInCause.SERVER,
)


def held(world: Batteries, request: StartBattery) -> BatteryResult:
    async def main() -> BatteryResult:
        try:
            return await run_battery(world.battery_ports(), request, world.told.append)
        finally:
            await world.end()

    return run_virtual(main())


def by_name(result: BatteryResult) -> dict[str, BatteryTrial]:
    return {trial.stimulus: trial for trial in result.trials}


def told(world: Batteries, kind: type[EngineReport]) -> Sequence[EngineReport]:
    return [report for report in world.told if isinstance(report, kind)]


# --- known answers -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def noticed(tmp_path_factory: pytest.TempPathFactory) -> tuple[BatteryResult, Batteries]:
    """A simulator that notices every sound after 150 ms and stops 30 ms later."""
    world = Batteries(tmp_path_factory.mktemp("battery"))
    log = world.folder / "simulator.jsonl"
    settings = simulator(**LONG, detect_ms=150, stop_ms=30, log=str(log))
    return held(world, world.battery(settings, *FOUR)), world


def test_who_notices_everything_yields_to_everything(
    noticed: tuple[BatteryResult, Batteries],
) -> None:
    result, _ = noticed

    assert [trial.problem for trial in result.trials] == [""] * 4
    assert {trial.yielded for trial in result.trials} == {True}
    assert {row.kind: (row.n, row.stopped_n) for row in result.rows if not row.stimulus} == {
        StimulusKind.INTERRUPTION: (1, 1),
        StimulusKind.BACKCHANNEL: (1, 1),
        StimulusKind.NOISE: (1, 1),
        StimulusKind.BACKGROUND: (1, 1),
    }
    assert {t.stimulus for t in result.trials if t.false_stop} == set(FOUR[1:])


def test_its_detection_is_measured_to_within_the_bounds(
    noticed: tuple[BatteryResult, Batteries],
) -> None:
    result, world = noticed
    log = SimulatorLog.read(world.folder / "simulator.jsonl")
    turns = {turn.turn_id: turn for turn in world.recordings[0].turns}

    errors = []
    for place, trial in enumerate(result.trials):
        onset, detected = (log.first(2 * place + 1, name) for name in ("onset", "detected"))
        interrupted_ns = turns[trial.turn_id or 0].interrupted_ns
        assert onset is not None
        assert detected is not None
        assert interrupted_ns is not None
        assert trial.detection_ms is not None
        assert detected.nominal_ns - onset.nominal_ns == 150_000_000
        errors.append(abs(trial.detection_ms - (detected.nominal_ns - interrupted_ns) / 1e6))

    assert len(errors) == 4
    assert (quantile(errors, 0.5) or 0.0) <= 5
    assert (quantile(errors, 0.95) or 0.0) <= 15


def test_it_falls_silent_one_block_after_it_was_noticed(
    noticed: tuple[BatteryResult, Batteries],
) -> None:
    for trial in noticed[0].trials:
        assert trial.detection_ms is not None
        assert trial.yield_ms == pytest.approx(trial.detection_ms, abs=21)
        assert trial.local_stop_ms == pytest.approx(10, abs=11)
        assert trial.overspeech_ms == pytest.approx(trial.yield_ms, abs=1)
        assert trial.truncate_err_ms == pytest.approx(0, abs=20)
        assert trial.wasted_audio_ms is not None
        assert trial.answered


def test_stimuli_come_where_they_were_planned(noticed: tuple[BatteryResult, Batteries]) -> None:
    for trial in noticed[0].trials:
        assert trial.position_ms is not None
        assert trial.started_ms is not None
        assert 1500 <= trial.position_ms <= 1900
        assert 0 <= trial.started_ms - trial.position_ms <= 21


def test_progress_and_results_are_told_as_they_come(
    noticed: tuple[BatteryResult, Batteries],
) -> None:
    jobs = [report for report in told(noticed[1], JobReport) if isinstance(report, JobReport)]
    reports = [each for each in told(noticed[1], BatteryReport) if isinstance(each, BatteryReport)]

    assert [job.done for job in jobs] == [0, 1, 2, 3]
    assert {job.total for job in jobs} == {4}
    assert jobs[0].words.startswith("trial 1 of 4: ")
    assert jobs[0].words.endswith(" s into the reply; less than a minute left")
    assert jobs[-1].words.endswith("; less than a minute left")
    assert [len(each.result.trials) for each in reports] == [1, 2, 3, 4, 4]
    assert [each.complete for each in reports] == [False] * 4 + [True]
    assert reports[-1].result == noticed[0]


def test_its_sessions_are_recorded_as_one_run(noticed: tuple[BatteryResult, Batteries]) -> None:
    result, world = noticed
    (recording,) = world.recordings
    record = recording.sessions[-1]

    assert result.folders == (str(recording.folder),)
    assert (record.run_id, record.order_idx) == ("run_1", 0)
    assert "count aloud and slowly" in (record.settings.instructions or "")


def test_a_result_crosses_the_pipe(noticed: tuple[BatteryResult, Batteries]) -> None:
    report = BatteryReport(result=noticed[0], complete=True)

    assert Decoder().feed(encode([report])) == [report]


def test_who_notices_nothing_yields_to_nothing(tmp_path: Path) -> None:
    world = Batteries(tmp_path)

    result = held(world, world.battery(simulator(**LONG, detect_ms="never"), "stop", "cough"))

    assert [trial.problem for trial in result.trials] == ["", ""]
    assert {trial.yielded for trial in result.trials} == {False}
    assert {trial.detected for trial in result.trials} == {False}
    assert by_name(result)["cough"].false_stop is False
    assert by_name(result)["stop"].answered is False
    assert [row.stopped_n for row in result.rows] == [0, 0, 0, 0]
    assert result.wasted_audio_ms is None


def test_who_ignores_short_sounds_stops_for_long_ones_only(tmp_path: Path) -> None:
    world = Batteries(tmp_path)
    settings = simulator(**LONG, ignores_below_ms=700)

    result = held(world, world.battery(settings, "stop", "cough", "television"))

    assert {trial.stimulus: trial.yielded for trial in result.trials} == {
        "stop": True,
        "cough": False,
        "television": True,
    }
    detection_ms = by_name(result)["stop"].detection_ms
    assert detection_ms == pytest.approx(710, abs=11)


def test_what_is_set_for_each_turn_is_what_the_table_says(tmp_path: Path) -> None:
    world = Batteries(tmp_path)
    stops_for = {"stop", "door"}
    order = plan(load_stimuli().named(("stop", "question", "door")), repeats=1, seed=1)
    turns = [{"detect_ms": 100 if trial.stimulus.name in stops_for else "never"} for trial in order]
    lines = [
        f"[[turns]]\ndetect_ms = {turn['detect_ms']!r}\n[[turns]]\ndetect_ms = 0\nreply_ms = 300\n"
        for turn in turns
    ]
    settings = simulator(**LONG) + "".join(lines)

    result = held(world, world.battery(settings, "stop", "question", "door"))

    assert {t.stimulus for t in result.trials if t.yielded} == stops_for
    assert {t.stimulus for t in result.trials if t.yielded is False} == {"question"}


# --- what is no trial ----------------------------------------------------------------------------


def test_a_short_reply_is_no_trial_and_is_tried_once_more(tmp_path: Path) -> None:
    world = Batteries(tmp_path)

    result = held(world, world.battery(simulator(reply_ms=3000, first_audio_ms=100), "stop"))

    problems = [trial.problem for trial in result.trials]
    assert problems == ["The reply was only 3.0 s long."] * 2
    assert (result.rows[0].n, result.rows[0].failed_n) == (0, 2)
    assert len(world.recordings) == 2
    assert "2 of 2 trials were none; see each for why." in result.warnings
    assert not [each for each in told(world, BatteryReport) if getattr(each, "complete", True)]


def test_failures_that_are_no_bad_luck_are_not_tried_again(tmp_path: Path) -> None:
    world = Batteries(tmp_path)
    ends: list[int] = []

    async def hold(start: StartSession, on_report: OnReport) -> SessionOutcome:
        """Hold a session of which only the first prompt is answered, by a good reply."""
        ends.append(len(start.input.paths) // 2)
        on_report(TurnReport(record=GOOD))
        on_report(SpanReport(kind=SpanKind.AGENT_HEARD, start_ms=0.0, end_ms=9_000.0))
        return NOBODY

    request = world.battery("", "stop", "cough", repeats=8)
    work = run_battery(world.battery_ports(hold), request, world.told.append)
    result = run_virtual(work)

    assert ends == [8, 8]
    assert sum(not trial.problem for trial in result.trials) == 2


def test_a_reply_that_never_comes_is_no_trial(tmp_path: Path) -> None:
    world = Batteries(tmp_path)
    request = world.battery("[faults]\n1 = 'silent'\n", "stop")

    result = held(world, request)

    assert result.trials[0].problem == "The model said nothing for 8 s."


def test_sessions_that_fail_end_the_battery_and_say_why(tmp_path: Path) -> None:
    world = Batteries(tmp_path)
    starts: list[StartSession] = []

    async def refused(start: StartSession, on_report: OnReport) -> SessionOutcome:
        del on_report
        starts.append(start)
        return replace(NOBODY, problem=ProblemReport(sentence="The key is wrong.", hint="Again."))

    work = run_battery(
        world.battery_ports(refused), world.battery("", repeats=5), world.told.append
    )
    result = run_virtual(work)

    assert len(starts) == 2
    assert "The key is wrong. Again." in result.warnings
    assert (
        told(world, ProblemReport)
        == [ProblemReport(sentence="The key is wrong. Again.", hint="")] * 2
    )
    last = world.told[-1]
    assert isinstance(last, BatteryReport)
    assert not last.complete
    assert {trial.problem for trial in result.trials} == {"The prompt did not become a turn."}


def test_a_battery_that_is_stopped_keeps_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    world = Batteries(tmp_path)
    request = world.battery(simulator(**LONG), "stop", "cough", "door")

    async def main() -> None:
        work = run_battery(world.battery_ports(), request, world.told.append)
        task = asyncio.create_task(work)
        while not told(world, BatteryReport):  # noqa: ASYNC110 - the clock is virtual
            await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()

    run_virtual(main())

    (recording,) = world.recordings
    assert recording.closed
    assert recording.sessions[-1].end_reason == "The battery was stopped."
    last = world.told[-1]
    assert isinstance(last, BatteryReport)
    assert ([trial.problem for trial in last.result.trials], last.complete) == ([""], False)
    assert last.result.folders == (str(recording.folder),)
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"settings": SessionSettings(turn_detection=TurnDetection(mode=VadMode.MANUAL))},
            "With push-to-talk",
        ),
        ({"settings": SessionSettings(audio_replies=False)}, "Replies without audio"),
        ({"conduct": Conduct(barge_in=BargeIn(enabled=False))}, "is switched off"),
        ({"conduct": Conduct(processing=Processing(half_duplex=True))}, "half-duplex"),
    ],
)
def test_what_cannot_be_interrupted_is_refused(
    tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    world = Batteries(tmp_path)
    request = world.battery("")
    request = replace(request, start=replace(request.start, **change))

    with pytest.raises(ConfigError, match=sentence):
        held(world, request)
    assert world.told == []


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr("shutil.copyfile", full)
    world = Batteries(tmp_path)

    with pytest.raises(StoreError, match="No space left on device"):
        held(world, world.battery(""))


def test_without_a_temporary_folder_it_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    world = Batteries(tmp_path)

    with pytest.raises(StoreError, match="No such file or directory"):
        held(world, world.battery(""))


def test_a_folder_that_cannot_be_made_is_one_sentence() -> None:
    with sounds_folder() as make_folder:
        make_folder(0)
        with pytest.raises(StoreError, match="File exists"):
            make_folder(0)


# --- how long it takes ---------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 0

    def now_ns(self) -> Nanoseconds:
        return Nanoseconds(self.now)


@pytest.mark.parametrize(
    ("spent_s", "done", "words"),
    [
        (0, 0, "about 10 min left"),
        (0, 42, "less than a minute left"),
        (200, 10, "about 12 min left"),
        (860, 43, "less than a minute left"),
        (880, 44, "less than a minute left"),
    ],
)
def test_the_rest_is_told_by_what_was_needed_so_far(spent_s: int, done: int, words: str) -> None:
    clock = Clock()
    pace = Pace(clock, 45, 14.0)
    clock.now = spent_s * 1_000_000_000

    assert pace.left(done) == words
