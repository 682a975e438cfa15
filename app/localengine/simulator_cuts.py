"""When the simulator cuts connections and refuses new ones: counted for the whole process."""

import asyncio
from dataclasses import dataclass

from app.core.clock import Clock
from app.localengine.ports import SpeechEngine
from app.localengine.realtime_line import ClientSocket
from app.localengine.site import HoldSession
from app.protocols.openai_realtime.server import OpenAIRealtimeServer


class Cuts:
    """Counts cuts and what follows from them. All calls on the server's loop.

    Args:
        most: Cuts in all, or None for no limit.
        refused_after: Connections that are refused after each cut.
    """

    def __init__(self, most: int | None, refused_after: int) -> None:
        self._left = most
        self._refused_after = refused_after
        self._to_refuse = 0

    @property
    def spent(self) -> bool:
        """Whether nothing is cut any more."""
        return self._left == 0

    def note(self) -> None:
        """A connection is cut now."""
        if self._left is not None:
            self._left -= 1
        self._to_refuse = self._refused_after

    def refuses(self) -> bool:
        """Return whether the connection that is asked for now is refused; it counts."""
        if self._to_refuse == 0:
            return False
        self._to_refuse -= 1
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class CuttingSession:
    """Holds a session, but cuts its connection ``after_s`` its start unless cuts are spent."""

    hold: HoldSession
    cuts: Cuts
    after_s: float

    async def __call__(
        self,
        *,
        engine: SpeechEngine,
        server: OpenAIRealtimeServer,
        socket: ClientSocket,
        clock: Clock,
    ) -> None:
        """Hold one; ``server`` is new."""
        async with asyncio.TaskGroup() as tasks:
            cut = tasks.create_task(self._cut(socket), name="cut")
            try:
                await self.hold(engine=engine, server=server, socket=socket, clock=clock)
            finally:
                cut.cancel()

    async def _cut(self, socket: ClientSocket) -> None:
        await asyncio.sleep(self.after_s)
        if not self.cuts.spent:
            self.cuts.note()
            socket.abort()
