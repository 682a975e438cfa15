"""Holding one session of a calibration, with a simulator of its own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from app.core.ports import SpeechServers
from app.core.records import TurnRecord
from app.session.messages import EngineReport, ProblemReport, StartSession, TurnReport
from app.session.parts import SessionParts
from app.trials.holding import hold_session

STOPPED = "The calibration was stopped."


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSession:
    """What a session came to.

    Attributes:
        folder: Its recording, or None where there is none.
        problems: Sentences about what kept it from going well.
    """

    turns: tuple[TurnRecord, ...]
    folder: Path | None = None
    problems: tuple[str, ...] = ()


OnTurn: TypeAlias = Callable[[TurnRecord], None]

Hold: TypeAlias = Callable[[StartSession, OnTurn], Awaitable[HeldSession]]
"""Holds a session to its end and tells each turn as it ends. Cancelled, it ends the session
properly first: its recording is closed and its simulator gone."""


def holder(parts: SessionParts, make_servers: Callable[[], SpeechServers]) -> Hold:
    """Return what holds sessions of this process, each with servers of its own."""

    async def hold(start: StartSession, on_turn: OnTurn) -> HeldSession:
        servers = make_servers()
        try:
            return await _hold(replace(parts, servers=servers), start, on_turn)
        finally:
            await servers.close()

    return hold


async def _hold(parts: SessionParts, start: StartSession, on_turn: OnTurn) -> HeldSession:
    turns: list[TurnRecord] = []
    problems: list[str] = []

    def take(report: EngineReport) -> None:
        match report:
            case TurnReport(record=record):
                turns.append(record)
                on_turn(record)
            case ProblemReport():
                problems.append(f"{report.sentence} {report.hint}".strip())
            case _:
                pass

    outcome = await hold_session(parts, start, take, stopped=STOPPED)
    return HeldSession(
        turns=tuple(turns),
        folder=outcome.folder,
        problems=tuple(dict.fromkeys(problems)),
    )
