"""Longer work beside the session, one piece at a time: verifying, comparing, calibrating."""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field, replace

from app.core.errors import AppError
from app.session.jobs import JobRequest, RunJob, Tell
from app.session.messages import (
    EngineReport,
    JobReport,
    ListSessions,
    ProblemReport,
    StartBattery,
    StartCalibration,
    StartMicTest,
    StartSweep,
    VerifySession,
)

WAITING_LIMIT = 8

ALONE = (StartCalibration, StartMicTest, StartBattery, StartSweep)
"""Work that has the machine, or a device, for itself."""

CALIBRATING = ProblemReport(
    sentence="A calibration, a battery or a microphone test is under way.",
    hint="Wait for its end, or stop it first.",
)
BUSY = ProblemReport(
    sentence="The engine has other work to do first.", hint="Wait for its end, or stop it."
)
TALKING = "Not while a session runs: it would disturb the measurement. End the session first."
UNABLE = "This engine was started without the means to do that."
STOPPED = "Stopped."
YIELDED = "Broken off, because a session was started."

_log = logging.getLogger("app.session")


@dataclass(slots=True, eq=False)
class _Job:
    """One piece of work. ``quiet``: nobody asked for it, so only its result is told."""

    request: JobRequest
    quiet: bool = False
    last: JobReport = field(default_factory=lambda: JobReport(done=0, total=0))
    end_words: str = STOPPED
    task: "asyncio.Task[None] | None" = None
    cancelled: bool = False

    def cancel(self) -> None:
        """Break it off, once: a second time would break off the proper end of its session."""
        if self.task is not None and not self.cancelled:
            self.cancelled = True
            self.task.cancel()


class Worker:
    """Does the jobs of a front end, one after the other. All calls on the engine's loop.

    What is ``ALONE`` has the machine for itself: it is refused while a session runs or other work
    is under way, and everything else is refused while it runs. While a session runs, only a
    list of sessions is given. What nobody asked for gives way to all that was asked for.

    Args:
        run_job: Does one job, or None where nobody can.
        tell: Gets everything that a front end shows.
    """

    def __init__(self, run_job: RunJob | None, tell: Tell) -> None:
        self._run_job = run_job
        self._tell = tell
        self._waiting: deque[_Job] = deque()
        self._present: _Job | None = None
        self._wanted = asyncio.Event()

    @property
    def calibrating(self) -> bool:
        """Whether work that has the machine for itself is under way or about to be."""
        return any(isinstance(job.request, ALONE) for job in self._jobs)

    def ask(self, request: JobRequest, *, talking: bool) -> None:
        """Do ``request``, now or after what is under way; or say why not.

        Args:
            request: What to do.
            talking: Whether a session runs.
        """
        asked_for = [job for job in self._jobs if not job.quiet]
        if self.calibrating:
            self._tell(CALIBRATING)
        elif talking and not isinstance(request, ListSessions):
            self._refuse(TALKING)
        elif self._run_job is None:
            self._refuse(UNABLE)
        elif len(asked_for) >= (1 if isinstance(request, ALONE) else WAITING_LIMIT):
            self._tell(BUSY)
        else:
            self._drop(quiet_only=True, words="")
            self._add(_Job(request))

    def verify_quietly(self, folder: str) -> None:
        """Verify a session that has just ended, unless there is other work to do."""
        if self._run_job is not None and not self._jobs:
            self._add(_Job(VerifySession(folder), quiet=True))

    def stop(self) -> None:
        """Break off what is under way and forget what waits."""
        self._drop(quiet_only=False, words=STOPPED)

    def make_way(self) -> None:
        """Break everything off for a session that begins."""
        self._drop(quiet_only=False, words=YIELDED)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._wanted.wait()
            while self._waiting:
                self._present = self._waiting.popleft()
                try:
                    await self._do(self._present)
                finally:
                    self._present = None
            self._wanted.clear()

    @property
    def _jobs(self) -> list[_Job]:
        return [*self._waiting, *(() if self._present is None else (self._present,))]

    def _add(self, job: _Job) -> None:
        self._waiting.append(job)
        self._wanted.set()

    def _drop(self, *, quiet_only: bool, words: str) -> None:
        dropped = [job for job in self._waiting if job.quiet or not quiet_only]
        self._waiting = deque(job for job in self._waiting if job not in dropped)
        for job in dropped:
            self._end(job, words)
        present = self._present
        if present is not None and present.task is not None and (present.quiet or not quiet_only):
            if not present.cancelled:
                present.end_words = words
            present.cancel()

    async def _do(self, job: _Job) -> None:
        assert self._run_job is not None
        work = _awaited(self._run_job, job.request, lambda report: self._pass_on(job, report))
        job.task = asyncio.create_task(work, name="job")
        try:
            await asyncio.wait({job.task})
        finally:
            job.cancel()
            await asyncio.gather(job.task, return_exceptions=True)
            self._end(job, _words_of(job))

    def _pass_on(self, job: _Job, report: EngineReport) -> None:
        if isinstance(report, JobReport):
            job.last = report
            if job.quiet:
                return
        self._tell(report)

    def _end(self, job: _Job, words: str) -> None:
        if not job.quiet:
            self._tell(replace(job.last, over=True, problem=words))
        elif words and job.task is not None and not job.task.cancelled():
            self._tell(ProblemReport(sentence="The session could not be verified.", hint=words))

    def _refuse(self, sentence: str) -> None:
        self._tell(JobReport(done=0, total=0, over=True, problem=sentence))


async def _awaited(run_job: RunJob, request: JobRequest, tell: Tell) -> None:
    await run_job(request, tell)


def _words_of(job: _Job) -> str:
    """Return why a job that is over did not succeed, or ""."""
    assert job.task is not None
    if job.task.cancelled():
        return job.end_words
    error = job.task.exception()
    if error is None:
        return ""
    if isinstance(error, AppError):
        return " ".join(text for text in (error.sentence, error.hint) if text)
    _log.error("job failed", exc_info=error)
    return f"The measuring engine failed ({type(error).__name__})."
