"""The whole calibration in virtual time, where nothing is late: every error is our own."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.calibration import CalibrationRow
from app.core.errors import StoreError
from app.core.records import TurnRecord
from app.session.messages import JobReport, ProblemReport, StartSession
from app.trials.calibrating import EngineTrials, calibrate_engine
from app.trials.calibrating_plan import QUICK, Extent
from app.trials.calibrating_sessions import HeldSession, OnTurn
from app.trials.calibrating_table import ALL
from tests.support.calibrating import Trials
from tests.support.clocks import run_virtual

Turns = tuple[TurnRecord, ...]
ONE_EACH = Extent(latency=0, stalls=1, interruptions=1, no_events=0, premature=1)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> tuple[EngineTrials, Trials]:
    trials = Trials(tmp_path_factory.mktemp("calibration"))
    work = calibrate_engine(trials.ports(), trials.told.append, extent=ONE_EACH)
    return run_virtual(work), trials


def whole(held: EngineTrials, check: str, metric: str) -> CalibrationRow:
    (row,) = [
        row for row in held.rows if (row.check, row.metric, row.condition) == (check, metric, ALL)
    ]
    return row


def test_where_nothing_is_late_every_bound_holds(held: tuple[EngineTrials, Trials]) -> None:
    outcome, trials = held

    assert [row for row in outcome.rows if not row.passed] == []
    assert outcome.problems == ()
    assert outcome.engine.passed
    assert (outcome.turns_held, outcome.turns_planned) == (22, 22)
    assert outcome.client_limited == {}
    assert [report for report in trials.told if isinstance(report, ProblemReport)] == []


@pytest.mark.parametrize(
    ("check", "metric", "n", "at_most"),
    [
        ("latency", "v2v_ms", 6, 5.0),
        ("latency", "endpoint_delay_ms", 6, 5.0),
        ("latency", "ttft_stop_ms", 6, 0.1),
        ("latency", "ttfa_stop_ms", 6, 0.1),
        ("latency", "ttft_eos_ms", 6, 5.0),
        ("latency", "ttfa_eos_ms", 6, 5.0),
        ("latency", "leading_silence_ms", 6, 0.0),
        ("latency", "breakdown_residual_ms", 6, 0.001),
        ("stalls", "required_prebuffer_ms", 4, 0.001),
        ("stalls", "stalls_n", 4, 0.0),
        ("interruptions", "vad_on_latency_ms", 3, 5.0),
        ("interruptions", "yield_ms", 4, 20.0),
        ("interruptions", "missed_interrupt", 4, 0.0),
        ("interruptions", "truncate_err_ms", 3, 20.0),
        ("no events", "v2v_ms", 3, 10.0),
        ("premature", "v2v_ms", 1, 5.0),
        ("premature", "premature", 1, 0.0),
    ],
)
def test_each_check_compares_each_turn(
    held: tuple[EngineTrials, Trials], check: str, metric: str, n: int, at_most: float
) -> None:
    row = whole(held[0], check, metric)

    assert row.n == n
    assert row.error_p95 is not None
    assert row.error_p95 <= at_most


def test_the_premature_answer_is_200_ms_early(held: tuple[EngineTrials, Trials]) -> None:
    assert whole(held[0], "premature", "v2v_ms").expected == pytest.approx(-200, abs=12)


def test_a_missed_interruption_is_told_from_the_others(held: tuple[EngineTrials, Trials]) -> None:
    missed = {
        row.condition: row.measured
        for row in held[0].rows
        if row.metric == "missed_interrupt" and row.condition != ALL
    }

    assert missed == {
        "never noticed": 1.0,
        "noticed after 0 ms": 0.0,
        "noticed after 150 ms": 0.0,
        "noticed after 400 ms": 0.0,
    }


def test_the_result_has_its_circumstances(held: tuple[EngineTrials, Trials]) -> None:
    engine = held[0].engine

    assert engine.calibration_id == "cal_1"
    assert engine.measured_utc == "2026-11-21T12:00:00+00:00"
    assert (engine.turns, engine.load_average) == (6, 0.25)
    assert engine.simulator_lateness_p95_ms == pytest.approx(0, abs=0.01)


def test_progress_is_told_turn_by_turn(held: tuple[EngineTrials, Trials]) -> None:
    told = [report for report in held[1].told if isinstance(report, JobReport)]

    assert [report.done for report in told] == sorted(report.done for report in told)
    assert {report.total for report in told} == {22}
    assert (told[0].done, told[-1].done) == (0, 22)
    assert told[0].words.startswith("latency: turn 0 of 6: delay ")
    assert told[-1].words == "premature: turn 1 of 1: 200 ms before the end"


def test_each_session_has_a_simulator_of_its_own_and_none_is_left(
    held: tuple[EngineTrials, Trials],
) -> None:
    servers = held[1].servers

    assert [len(each.simulators) for each in servers] == [1, 1, 1, 1, 1]
    assert [each.closed for each in servers] == [1, 1, 1, 1, 1]


# --- what goes wrong -----------------------------------------------------------------------------


async def hold_nothing(start: StartSession, on_turn: OnTurn) -> HeldSession:
    del start, on_turn
    return HeldSession(turns=(), problems=("The speech server did not start.",))


def with_latency(tmp_path: Path, change: Callable[[Turns], Turns]) -> EngineTrials:
    """Hold the first session only, and change what it says."""
    trials = Trials(tmp_path)
    really = trials.hold()

    async def hold(start: StartSession, on_turn: OnTurn) -> HeldSession:
        if not str(start.sessions_dir).endswith("latency"):
            return HeldSession(turns=())
        session = await really(start, on_turn)
        return replace(session, turns=change(session.turns))

    work = calibrate_engine(trials.ports(hold), trials.told.append, extent=ONE_EACH)
    return run_virtual(work)


def test_a_session_that_fails_fails_its_rows_and_is_told(tmp_path: Path) -> None:
    trials = Trials(tmp_path)
    work = calibrate_engine(trials.ports(hold_nothing), trials.told.append, extent=QUICK)

    outcome = run_virtual(work)

    assert not outcome.engine.passed
    assert outcome.engine.v2v_error_p95_ms is None
    assert {(row.n, row.passed) for row in outcome.rows} == {(0, False)}
    assert "latency: The speech server did not start." in outcome.problems
    assert "latency: The simulator's log cannot be read." in outcome.problems
    assert any("6 of 6 utterances became no turn (0001.wav" in each for each in outcome.problems)
    sentences = {one.sentence for one in trials.told if isinstance(one, ProblemReport)}
    assert sentences == set(outcome.problems)


def test_a_turn_that_is_missing_is_not_silently_dropped(tmp_path: Path) -> None:
    outcome = with_latency(tmp_path, lambda turns: turns[1:])

    row = whole(outcome, "latency", "v2v_ms")
    assert (row.n, row.passed) == (5, False)
    assert any("1 of 6 utterances became no turn" in problem for problem in outcome.problems)


def test_client_limited_turns_are_counted_by_reason_and_compared(tmp_path: Path) -> None:
    outcome = with_latency(
        tmp_path, lambda turns: (replace(turns[0], client_limited="xrun"), *turns[1:])
    )

    assert outcome.client_limited == {"xrun": 1}
    assert whole(outcome, "latency", "v2v_ms").n == 6


def test_cancelled_it_ends_its_session_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    trials = Trials(tmp_path)

    async def main() -> None:
        work = calibrate_engine(trials.ports(), trials.told.append, extent=ONE_EACH)
        task = asyncio.create_task(work)
        await asyncio.sleep(4.0)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()

    run_virtual(main())

    (recording,) = trials.recordings
    assert recording.closed
    assert recording.sessions[-1].end_reason == "The calibration was stopped."
    assert [each.closed for each in trials.servers] == [1]
    assert list((tmp_path / "temporary").iterdir()) == []


def test_recordings_can_be_kept(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    trials = Trials(tmp_path)
    work = calibrate_engine(trials.ports(hold_nothing), trials.told.append, extent=QUICK, keep=kept)

    run_virtual(work)

    assert {path.name for path in kept.iterdir()} == {
        *("stimuli", "latency", "stalls", "interruptions", "no-events", "premature"),
    }


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    trials = Trials(tmp_path)
    work = calibrate_engine(
        trials.ports(hold_nothing), trials.told.append, extent=QUICK, keep=file / "inside"
    )

    with pytest.raises(StoreError, match="cannot write in"):
        run_virtual(work)
