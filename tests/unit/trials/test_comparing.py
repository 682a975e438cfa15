"""Listing and comparing recorded sessions."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from app.core.errors import ConfigError, StoreError
from app.metrics.comparison import compare_sessions
from app.session.link import Decoder, encode
from app.session.messages import (
    CompareSessions,
    ComparisonReport,
    EngineReport,
    JobReport,
    ListSessions,
    SessionsReport,
)
from app.store.reader import FolderReader
from app.trials.comparing import NEWEST, SessionJobs, slim
from tests.support.clocks import run_virtual
from tests.support.comparing import MemoryReader, interleaved, latencies, session, turn


async def at_once(work: Callable[[], None]) -> None:
    work()


def jobs(reader: MemoryReader) -> SessionJobs:
    return SessionJobs(reader, at_once)


def compared(reader: MemoryReader, first: list[Path], second: list[Path]) -> list[EngineReport]:
    told: list[EngineReport] = []
    request = CompareSessions(first=tuple(map(str, first)), second=tuple(map(str, second)))
    run_virtual(jobs(reader).compare(request, told.append))
    return told


def test_sessions_are_compared_and_told() -> None:
    first, second = interleaved([[500.0] * 4] * 2, [[600.0] * 4] * 2)

    told = compared(
        MemoryReader(*first, *second), [s.folder for s in first], [s.folder for s in second]
    )

    assert [each.words for each in told if isinstance(each, JobReport)] == [
        "reading a-0", "reading a-3", "reading b-1", "reading b-2", "comparing",
    ]  # fmt: skip
    report = told[-1]
    assert isinstance(report, ComparisonReport)
    assert report.comparison == compare_sessions(first, second)
    assert report.comparison.metrics[0].difference == 100.0


def test_a_folder_of_sessions_stands_for_them() -> None:
    first, second = session("a", *latencies([1.0])), session("b", *latencies([3.0]))
    below = {"/runs": [first.folder, Path("/runs/odd")]}

    report = compared(
        MemoryReader(first, second, roots=below), [Path("/runs")], [second.folder]
    )[-1]  # fmt: skip

    assert isinstance(report, ComparisonReport)
    assert report.comparison.metrics[0].difference == 2.0
    assert report.comparison.warnings[-1] == "Left out: /runs/odd holds no session."


def test_a_session_that_cannot_be_read_is_left_out_and_told() -> None:
    first, second = session("a", *latencies([1.0])), session("b", *latencies([3.0]))

    report = compared(
        MemoryReader(first, second), [first.folder, Path("/gone")], [second.folder]
    )[-1]  # fmt: skip

    assert isinstance(report, ComparisonReport)
    assert report.comparison.warnings[-1] == "Left out: /gone holds no session."


def test_a_side_that_cannot_be_read_at_all_is_an_error() -> None:
    first = session("a", *latencies([1.0]))

    with pytest.raises(StoreError, match=r"None of 1 sessions.*/gone holds no session"):
        compared(MemoryReader(first), [first.folder], [Path("/gone")])


def test_a_side_without_sessions_is_refused() -> None:
    with pytest.raises(ConfigError, match="no session"):
        compared(MemoryReader(), [], [])


def test_many_points_are_thinned_for_the_pipe_and_keep_their_ends() -> None:
    values = [float(k) for k in range(5000)]
    whole = compare_sessions([session("a", *latencies(values))], [session("b", turn(2, 1.0))])

    thin = slim(whole)

    first = thin.metrics[0].first
    assert (len(first.values), first.values[0], first.values[-1]) == (2000, 0.0, 4999.0)
    assert first.n == 5000
    assert thin.metrics[0].second == whole.metrics[0].second
    frame = encode([ComparisonReport(comparison=thin)])
    assert Decoder().feed(frame) == [ComparisonReport(comparison=thin)]
    assert json.loads(msgspec.json.encode(thin))["design"] == "one after the other"


# --- lists ---------------------------------------------------------------------------------------


def listed(reader: MemoryReader, root: str | None = None) -> list[EngineReport]:
    told: list[EngineReport] = []
    run_virtual(jobs(reader).list_sessions(ListSessions(root), told.append))
    return told


def test_sessions_are_listed_with_what_they_are() -> None:
    made = session("a", *latencies([400.0, 450.0, 500.0, 550.0, 600.0]))
    odd = Path("/sessions/odd")

    (report,) = listed(MemoryReader(made, roots={"/sessions": [made.folder, odd]}), "/sessions")

    assert isinstance(report, SessionsReport)
    line, unreadable = report.sessions
    assert (line.folder, line.title, line.state) == (str(made.folder), "Simulator", "complete")
    assert (line.turns_n, line.v2v_p50_ms, line.began_utc) == (5, 500.0, made.record.t0_utc)
    assert (unreadable.folder, unreadable.state, unreadable.turns_n) == (
        str(odd),
        "unreadable",
        None,
    )


def test_only_the_newest_are_read_and_progress_is_told() -> None:
    reader = MemoryReader(*(session("a", turn(), minute=k) for k in range(NEWEST + 5)))

    told = listed(reader)

    assert len(reader.read_folders) == NEWEST
    assert isinstance(told[-1], SessionsReport)
    assert len(told[-1].sessions) == NEWEST
    assert told[0] == JobReport(done=20, total=NEWEST, words="reading the sessions")
    assert len(told) == NEWEST // 20


def test_a_list_that_nobody_wants_any_more_ends() -> None:
    reader = MemoryReader(*(session("a", turn(), minute=k) for k in range(60)))
    told: list[EngineReport] = []

    async def aside(work: Callable[[], None]) -> None:
        await asyncio.sleep(1)
        work()

    async def main() -> None:
        task = asyncio.create_task(
            SessionJobs(reader, aside).list_sessions(ListSessions(), told.append)
        )
        await asyncio.sleep(2.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run_virtual(main())

    assert len(reader.read_folders) == 20
    assert not any(isinstance(each, SessionsReport) for each in told)


def test_a_folder_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        listed(MemoryReader(), "/secret")


def test_names_that_no_pipe_can_carry_do_not_end_the_engine(tmp_path: Path) -> None:
    for name in ("whole", "bad\udcff"):
        folder = tmp_path / name
        folder.mkdir()
        account = {"t0_ns": 5, "state": "\udfff", "t0_utc": "\ud800"}
        (folder / "session.json").write_text(json.dumps(account))
    told: list[EngineReport] = []

    store_jobs = SessionJobs(FolderReader({}), at_once)
    run_virtual(store_jobs.list_sessions(ListSessions(str(tmp_path)), told.append))

    assert encode(told)
    (report,) = told
    assert isinstance(report, SessionsReport)
    assert [(line.folder, line.state) for line in report.sessions] == [
        (str(tmp_path / "whole"), "?")
    ]
