"""Holding one session to its end, for the trials."""

import asyncio
from collections.abc import Callable

from app.session.live import LiveSession
from app.session.messages import EngineReport, StartSession
from app.session.parts import SessionOutcome, SessionParts
from app.session.tasks import to_its_end


async def hold_session(
    parts: SessionParts,
    start: StartSession,
    report: Callable[[EngineReport], None],
    *,
    stopped: str,
) -> SessionOutcome:
    """Hold a session to its end and tell all that it reports.

    Cancelled, it ends the session properly first: what was said is told and its recording closed.

    Args:
        parts: The outside world of the session.
        start: The session.
        report: Gets what it tells.
        stopped: Why it ended, where it was cancelled.
    """
    session = LiveSession(parts, start, report)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(session.run(), name="session of a trial")
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            session.end(stopped)
            await to_its_end(running)
            raise
    return running.result()
