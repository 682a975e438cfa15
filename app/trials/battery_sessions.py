"""Holding the sessions of a battery or a sweep, and what each says of its trials."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from app.core.clock import Nanoseconds
from app.core.turn_record import TurnRecord
from app.metrics.battery import HeardSession, Stretch
from app.session.messages import (
    EngineReport,
    SessionReport,
    SpanKind,
    SpanReport,
    StartSession,
    TurnReport,
)
from app.session.parts import SessionOutcome, SessionParts
from app.trials.holding import hold_session

STOPPED = "The battery was stopped."

OnReport: TypeAlias = Callable[[EngineReport], None]

Hold: TypeAlias = Callable[[StartSession, OnReport], Awaitable[SessionOutcome]]
"""Holds a session to its end and tells all it reports. Cancelled, it ends the session properly
first: what was said is told and its recording is closed."""


def holder(parts: SessionParts) -> Hold:
    """Return what holds sessions of this process, all with the servers of ``parts``."""

    async def hold(start: StartSession, on_report: OnReport) -> SessionOutcome:
        return await hold_session(parts, start, on_report, stopped=STOPPED)

    return hold


@dataclass(slots=True)
class Trace:
    """What one session has told so far. All calls on the engine's loop.

    Attributes:
        agent: When the agent was heard; ``user`` when the user was.
        folder: Its recording, once there is one.
    """

    turns: list[TurnRecord] = field(default_factory=list)
    agent: list[Stretch] = field(default_factory=list)
    user: list[Stretch] = field(default_factory=list)
    folder: Path | None = None
    _t0_ns: int = 0

    def take(self, report: EngineReport) -> None:
        """Take in a report of the session's."""
        match report:
            case SessionReport(record=record, folder=folder):
                self._t0_ns, self.folder = record.t0_ns, Path(folder)
            case TurnReport(record=record):
                self.turns.append(record)
            case SpanReport(kind=SpanKind.AGENT_HEARD):
                self.agent.append(self._stretch(report))
            case SpanReport(kind=SpanKind.USER_SPEECH):
                self._hear_user(self._stretch(report))
            case _:
                pass

    def heard(self) -> HeardSession:
        """Return what it says of its trials."""
        return HeardSession(
            turns=tuple(self.turns),
            agent=tuple(sorted(self.agent, key=_start)),
            user=tuple(sorted(self.user, key=_start)),
        )

    def _hear_user(self, stretch: Stretch) -> None:
        """Note speech; what goes on from a pause in it is told apart and is the same speech."""
        if self.user and self.user[-1].end_ns == stretch.start_ns:
            stretch = Stretch(self.user.pop().start_ns, stretch.end_ns)
        self.user.append(stretch)

    def _stretch(self, span: SpanReport) -> Stretch:
        start_ns, end_ns = (
            Nanoseconds(self._t0_ns + round(at_ms * 1e6)) for at_ms in (span.start_ms, span.end_ms)
        )
        return Stretch(start_ns, end_ns)


def _start(stretch: Stretch) -> int:
    return stretch.start_ns
