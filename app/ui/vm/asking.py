"""How a page of trials asks the engine for its work, and follows it."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from app.core.observe import Signal
from app.session.messages import EngineRequest, StartSession
from app.ui.vm.jobs import JobsViewModel

Make: TypeAlias = Callable[[StartSession], EngineRequest]
"""Makes the request from the session that the window would start now."""

BUSY = "Other work is under way; wait for it, or stop it."


class Ask(Protocol):
    """Sends a request that needs the chosen model, its settings and its key.

    Returns "" once it is sent, else why it is not, in one sentence.
    """

    async def __call__(self, make: Make, name: str) -> str: ...


class TrialRun:
    """One piece of longer work, from the request to its end. All calls on the GUI thread.

    Signals:
        changed: It began, went on, ended or was refused.

    Args:
        jobs: Tells how far the work is.
        ask: Asks for it.
        stop: Breaks it off.
    """

    def __init__(self, jobs: JobsViewModel, ask: Ask, stop: Callable[[], None]) -> None:
        self.changed = Signal[()]()
        self._jobs = jobs
        self._ask = ask
        self._stop = stop
        self._mine = False
        self._refusal = ""
        jobs.changed.connect(self._job_changed)

    async def begin(self, make: Make, name: str, *, fault: str = "") -> bool:
        """Ask for the work; return whether it was asked for.

        Args:
            make: Makes the request.
            name: What people call it.
            fault: Why it cannot be asked for, or "".
        """
        self._refusal = BUSY if self._jobs.running else fault
        if not self._refusal:
            self._mine = True
            self._refusal = await self._ask(make, name)
        if self._refusal:
            self._mine = False
            self.changed.emit()
        return not self._refusal

    def stop(self) -> None:
        """Break it off; what is done stays."""
        if self.running:
            self._stop()

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return self._mine and self._jobs.running

    @property
    def share(self) -> float | None:
        """How much is done, 0 to 1, or None."""
        return self._jobs.share if self.running else None

    @property
    def words(self) -> str:
        """What it does now, as the engine tells it, or what became of it."""
        if self.running:
            return self._jobs.detail or "Starting"
        return self._refusal or (self._jobs.problem if self._mine else "")

    def _job_changed(self) -> None:
        if self._mine:
            self.changed.emit()
