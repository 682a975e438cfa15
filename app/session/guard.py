"""What keeps a long session alive: see ``guard_renewal``, ``guard_rotation``, ``guard_stalls``."""

import asyncio
from collections.abc import Awaitable, Callable

from app.core.errors import RemoteProtocolError
from app.core.events import SessionEvent
from app.session.guard_news import GuardNews
from app.session.guard_renewal import Renewal
from app.session.guard_rotation import Rotation
from app.session.guard_stalls import StallWatch
from app.session.history import History
from app.session.receiver import Receiver
from app.session.stage import Stage
from app.session.turns import TurnTracker
from app.session.uplink import Uplink

TICK_S = 0.25


class SessionGuard:
    """Receives, reconnects, rotates and counts stalls. All calls on the engine's loop.

    Args:
        stage: The session; its ``conduct.guard`` says what is wished.
        uplink: The way out.
        tracker: Knows the turns.
        history: The conversation so far.
        take: Acts on an event of the connection and tells everybody of it.
        tell: Tells everybody of an event of ours.
        broken: Gets every message's breach of the protocol.
        active: Tells whether the user speaks or a reply sounds.
    """

    def __init__(
        self,
        stage: Stage,
        uplink: Uplink,
        tracker: TurnTracker,
        history: History,
        *,
        take: Callable[[SessionEvent], Awaitable[None]],
        tell: Callable[[SessionEvent], None],
        broken: Callable[[RemoteProtocolError], None],
        active: Callable[[], bool],
    ) -> None:
        news = GuardNews(stage.report)
        self._clock = stage.clock
        self._tracker = tracker
        self._active = active
        self._receiver = Receiver(stage.line, uplink, stage.recording, take=take, broken=broken)
        self._renewal = Renewal(
            stage,
            uplink,
            self._receiver,
            tracker,
            history=history,
            news=news,
            take=take,
            broken=broken,
        )
        self._rotation = Rotation(stage, self._renewal, history, news, lambda: not self._busy)
        self._stalls = StallWatch(stage, news, tell)

    def take(self, event: SessionEvent) -> None:
        """Take in one event, after the account has."""
        self._renewal.rule.take(event)
        self._rotation.take(event)
        self._stalls.take(event)

    async def receive_one(self) -> None:
        """Receive one message of the first connection, before ``run``.

        Raises:
            ConnectionEndedError: If the connection ended.
        """
        await self._receiver.receive_one()

    async def run(self) -> None:
        """Receive until cancelled; see ``Renewal.run``."""
        await self._renewal.run()

    async def watch(self) -> None:
        """Look for stalls and for the provider's limit until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_limit(), name="session limit")
            while True:
                await asyncio.sleep(TICK_S)
                excused = self._active() or not self._tracker.busy
                self._stalls.poll(self._clock.now_ns(), excused=excused)

    async def _watch_limit(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            await self._rotation.poll()

    @property
    def _busy(self) -> bool:
        return self._tracker.busy or self._active()
