"""Longer work of the engine, one piece at a time, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.core.config import TurnDetection
from app.core.errors import StoreError
from app.session.jobs import JobRequest, Tell
from app.session.messages import (
    CalibrationKind,
    CompareSessions,
    EngineReport,
    JobReport,
    ListSessions,
    ProblemReport,
    SessionsReport,
    StartBattery,
    StartCalibration,
    StartSweep,
    VerifySession,
)
from app.session.worker import (
    BUSY,
    CALIBRATING,
    STOPPED,
    TALKING,
    UNABLE,
    WAITING_LIMIT,
    YIELDED,
    Worker,
)
from tests.support.clocks import run_virtual
from tests.support.session import start

VERIFY = VerifySession("/s/1")
COMPARE = CompareSessions(first=("/s/1",), second=("/s/2",))
CALIBRATE = StartCalibration(kind=CalibrationKind.ENGINE)
LIST = ListSessions()
BATTERY = StartBattery(start=start())
SWEEP = StartSweep(start=start(), settings=(TurnDetection(),))
ALONE = (CALIBRATE, BATTERY, SWEEP)


class Jobs:
    """Work of ten steps of 100 ms, then a result; remembers what it was asked and how it ended."""

    def __init__(self, error: Exception | None = None) -> None:
        self.log: list[str] = []
        self._error = error

    async def __call__(self, request: JobRequest, tell: Tell) -> None:
        name = type(request).__name__
        self.log.append(f"begin {name}")
        try:
            for step in range(10):
                tell(JobReport(done=step, total=10, words=f"step {step}"))
                await asyncio.sleep(0.1)
            if self._error is not None:
                raise self._error
        except asyncio.CancelledError:
            self.log.append(f"broken off {name}")
            raise
        tell(SessionsReport(()))
        self.log.append(f"end {name}")


Scenario = Callable[[Worker], Awaitable[None]]


def work(jobs: Jobs | None, scenario: Scenario) -> list[EngineReport]:
    """Let a worker work while ``scenario`` happens; return what was told."""
    told: list[EngineReport] = []

    async def run() -> None:
        worker = Worker(jobs, told.append)
        task = asyncio.create_task(worker.run())
        await scenario(worker)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run_virtual(run())
    return told


def over(told: list[EngineReport]) -> list[JobReport]:
    return [report for report in told if isinstance(report, JobReport) and report.over]


def test_a_job_tells_its_steps_its_result_and_its_end() -> None:
    async def scenario(worker: Worker) -> None:
        worker.ask(VERIFY, talking=False)
        await asyncio.sleep(2)

    told = work(Jobs(), scenario)

    assert told[0] == JobReport(done=0, total=10, words="step 0")
    assert told[-2:] == [
        SessionsReport(()),
        JobReport(done=9, total=10, words="step 9", over=True),
    ]


def test_jobs_run_one_after_the_other() -> None:
    jobs = Jobs()

    async def scenario(worker: Worker) -> None:
        for request in (VERIFY, COMPARE, LIST):
            worker.ask(request, talking=False)
        await asyncio.sleep(5)

    told = work(jobs, scenario)

    assert jobs.log == [
        "begin VerifySession",
        "end VerifySession",
        "begin CompareSessions",
        "end CompareSessions",
        "begin ListSessions",
        "end ListSessions",
    ]
    assert [report.problem for report in over(told)] == ["", "", ""]


@pytest.mark.expects_log
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (StoreError("the disk is full", hint="Make room."), "The disk is full. Make room."),
        (ZeroDivisionError(), "The measuring engine failed (ZeroDivisionError)."),
    ],
    ids=["ours", "a fault of ours"],
)
def test_a_job_that_fails_says_why_and_the_next_one_runs(
    error: Exception, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(worker: Worker) -> None:
        worker.ask(VERIFY, talking=False)
        worker.ask(LIST, talking=False)
        await asyncio.sleep(5)

    told = work(Jobs(error), scenario)

    assert [report.problem for report in over(told)] == [words, words]
    assert ("job failed" in caplog.text) == (not isinstance(error, StoreError))


def test_stopping_breaks_off_the_job_and_forgets_those_that_wait() -> None:
    jobs = Jobs()

    async def scenario(worker: Worker) -> None:
        worker.ask(VERIFY, talking=False)
        worker.ask(COMPARE, talking=False)
        await asyncio.sleep(0.25)
        worker.stop()
        await asyncio.sleep(5)

    told = work(jobs, scenario)

    assert jobs.log == ["begin VerifySession", "broken off VerifySession"]
    assert over(told) == [
        JobReport(done=0, total=0, over=True, problem=STOPPED),
        JobReport(done=2, total=10, words="step 2", over=True, problem=STOPPED),
    ]


def test_a_job_that_ends_its_session_properly_is_broken_off_only_once() -> None:
    class Careful(Jobs):
        async def __call__(self, request: JobRequest, tell: Tell) -> None:
            try:
                await super().__call__(request, tell)
            finally:
                await asyncio.sleep(2)
                self.log.append("closed")

    jobs = Careful()

    async def scenario(worker: Worker) -> None:
        worker.ask(BATTERY, talking=False)
        await asyncio.sleep(0.25)
        worker.stop()
        await asyncio.sleep(0.1)
        worker.stop()
        worker.make_way()
        await asyncio.sleep(0.1)

    told = work(jobs, scenario)

    assert jobs.log == ["begin StartBattery", "broken off StartBattery", "closed"]
    assert [report.problem for report in over(told)] == [STOPPED]


def test_leaving_breaks_off_the_job() -> None:
    jobs = Jobs()

    async def scenario(worker: Worker) -> None:
        worker.ask(CALIBRATE, talking=False)
        await asyncio.sleep(0.25)

    work(jobs, scenario)

    assert jobs.log == ["begin StartCalibration", "broken off StartCalibration"]


@pytest.mark.parametrize("request_", [VERIFY, COMPARE, CALIBRATE])
def test_work_that_would_disturb_a_session_is_refused(request_: JobRequest) -> None:
    jobs = Jobs()

    async def scenario(worker: Worker) -> None:
        worker.ask(request_, talking=True)
        await asyncio.sleep(5)

    assert work(jobs, scenario) == [JobReport(done=0, total=0, over=True, problem=TALKING)]
    assert jobs.log == []


def test_sessions_are_listed_while_one_runs() -> None:
    jobs = Jobs()

    async def scenario(worker: Worker) -> None:
        worker.ask(LIST, talking=True)
        await asyncio.sleep(5)

    work(jobs, scenario)

    assert jobs.log == ["begin ListSessions", "end ListSessions"]


def test_an_engine_without_jobs_says_so() -> None:
    async def scenario(worker: Worker) -> None:
        worker.ask(LIST, talking=False)
        worker.verify_quietly("/s/1")
        await asyncio.sleep(1)

    assert work(None, scenario) == [JobReport(done=0, total=0, over=True, problem=UNABLE)]


@pytest.mark.parametrize("alone", ALONE)
@pytest.mark.parametrize("request_", [VERIFY, LIST, *ALONE])
def test_nothing_else_is_done_during_work_that_has_the_machine(
    request_: JobRequest, alone: JobRequest
) -> None:
    jobs = Jobs()

    async def scenario(worker: Worker) -> None:
        worker.ask(alone, talking=False)
        assert worker.calibrating
        await asyncio.sleep(0.5)
        worker.ask(request_, talking=False)
        await asyncio.sleep(5)
        assert not worker.calibrating

    told = work(jobs, scenario)

    name = type(alone).__name__
    assert jobs.log == [f"begin {name}", f"end {name}"]
    assert CALIBRATING in told
    assert [report.problem for report in over(told)] == [""]


@pytest.mark.parametrize("alone", ALONE)
def test_it_is_refused_while_other_work_is_under_way(alone: JobRequest) -> None:
    jobs = Jobs()

    async def scenario(worker: Worker) -> None:
        worker.ask(VERIFY, talking=False)
        await asyncio.sleep(0.5)
        worker.ask(alone, talking=False)
        await asyncio.sleep(5)

    told = work(jobs, scenario)

    assert jobs.log == ["begin VerifySession", "end VerifySession"]
    assert BUSY in told


def test_no_more_than_so_many_jobs_wait() -> None:
    async def scenario(worker: Worker) -> None:
        for _ in range(WAITING_LIMIT + 2):
            worker.ask(LIST, talking=False)
        await asyncio.sleep(30)

    told = work(Jobs(), scenario)

    assert told.count(BUSY) == 2
    assert len(over(told)) == WAITING_LIMIT


def test_what_nobody_asked_for_tells_its_result_only() -> None:
    async def scenario(worker: Worker) -> None:
        worker.verify_quietly("/s/1")
        await asyncio.sleep(5)

    assert work(Jobs(), scenario) == [SessionsReport(())]


def test_what_nobody_asked_for_and_fails_is_told_as_a_problem() -> None:
    async def scenario(worker: Worker) -> None:
        worker.verify_quietly("/s/1")
        await asyncio.sleep(5)

    assert work(Jobs(StoreError("no audio")), scenario) == [
        ProblemReport(sentence="The session could not be verified.", hint="No audio.")
    ]


@pytest.mark.parametrize("request_", [LIST, CALIBRATE])
def test_what_nobody_asked_for_gives_way_to_what_is_asked_for(request_: JobRequest) -> None:
    jobs = Jobs()

    async def scenario(worker: Worker) -> None:
        worker.verify_quietly("/s/1")
        await asyncio.sleep(0.25)
        worker.ask(request_, talking=False)
        await asyncio.sleep(5)

    told = work(jobs, scenario)

    name = type(request_).__name__
    assert jobs.log[1:] == ["broken off VerifySession", f"begin {name}", f"end {name}"]
    assert not [report for report in told if isinstance(report, ProblemReport)]


def test_a_session_that_begins_breaks_the_work_off() -> None:
    jobs = Jobs()

    async def scenario(worker: Worker) -> None:
        worker.ask(COMPARE, talking=False)
        await asyncio.sleep(0.25)
        worker.make_way()
        await asyncio.sleep(5)

    told = work(jobs, scenario)

    assert jobs.log[-1] == "broken off CompareSessions"
    assert over(told)[-1].problem == YIELDED
