"""How long it takes to reach a model, stage by stage, and how far away it then is."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.core.clock import Clock, Nanoseconds, ms
from app.core.config import Target
from app.core.events import SessionCreated, SessionEvent, SessionReady
from app.core.ports import Connection
from app.core.records import ConnectTiming
from app.protocols.base import Codec
from app.session.messages import StartSession
from app.session.opening import Opening, unopened
from app.session.parts import SessionParts
from app.session.reporter import Reporter

OPEN_LIMIT_S = 15.0
"""How long the provider may take from the upgrade to an accepted configuration."""

BETWEEN_PINGS_S = 0.1
PING_LIMIT_S = 5.0
"""A ping that takes longer counts as never answered; no more are sent on its connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """One connection that was opened, configured, pinged and closed.

    Attributes:
        timing: All stages; ``ready_ms`` is None where the provider never confirms settings.
        rtts_ms: Round trips of WebSocket pings on the idle connection: a lower bound of the
            network's share, often ended by the provider's edge. Fewer than were asked for where
            one was not answered.
    """

    timing: ConnectTiming
    rtts_ms: tuple[float, ...]


class Pinger:
    """Opens connections to one model, one after the other. All calls on one loop.

    Args:
        parts: The outside world of a session.
        start: Whom to reach, and with which settings; its devices are not touched.
    """

    def __init__(self, parts: SessionParts, start: StartSession) -> None:
        self._parts = parts
        self._start = start

    async def run(self, connections: int, pings: int) -> AsyncIterator[Reached]:
        """Give each connection as it has been closed.

        Args:
            connections: How many; the first of a process is a cold one.
            pings: Pings on each.

        Raises:
            AppError: What a session's start raises, e.g. that the key was refused.
        """
        opening = Opening(self._parts, self._start, Reporter(_nobody))
        target = await opening.resolve()
        for _ in range(connections):
            connection = await opening.connect()
            try:
                yield await self._reach(connection, target, pings)
            finally:
                await connection.close()

    async def _reach(self, connection: Connection, target: Target, pings: int) -> Reached:
        codec = self._parts.make_codec(self._start.settings, target.dialect)
        timing = await _configured(connection, codec, self._parts.clock)
        return Reached(timing=timing, rtts_ms=tuple(await _round_trips(connection, pings)))


async def _round_trips(connection: Connection, pings: int) -> list[float]:
    """Return the round trips of as many pings as were answered in a row.

    Raises:
        ConnectionEndedError: If it closed.
    """
    rtts_ms: list[float] = []
    try:
        for _ in range(pings):
            async with asyncio.timeout(PING_LIMIT_S):
                rtts_ms.append(await connection.ping_ms())
            await asyncio.sleep(BETWEEN_PINGS_S)
    except TimeoutError:
        pass
    return rtts_ms


async def _configured(connection: Connection, codec: Codec, clock: Clock) -> ConnectTiming:
    """Receive until our settings are accepted; return the stages up to there.

    Raises:
        RemoteProtocolError: If the provider opens no session, or says what nobody understands.
        ConnectionEndedError: If it closed.
    """
    timing = connection.timing
    last_ns = clock.now_ns()
    try:
        async with asyncio.timeout(OPEN_LIMIT_S):
            while timing.ready_ms is None:
                for event in await _next_events(connection, codec):
                    for name in _stage_of(event):
                        spent: dict[str, Any] = {name: ms(Nanoseconds(event.at_ns - last_ns))}
                        timing, last_ns = replace(timing, **spent), event.at_ns
    except TimeoutError:
        if timing.created_ms is None:
            raise unopened(OPEN_LIMIT_S) from None
    return timing


def _stage_of(event: SessionEvent) -> Iterator[str]:
    if isinstance(event, SessionCreated):
        yield "created_ms"
    elif isinstance(event, SessionReady):
        yield "ready_ms"


async def _next_events(connection: Connection, codec: Codec) -> list[SessionEvent]:
    message, received_ns = await connection.receive()
    codec.receive_message(message, received_ns)
    for answer in codec.messages_to_send():
        await connection.send(answer)
    return codec.events_received()


def _nobody(report: object) -> None:
    """Take a report that nobody waits for."""
    del report
