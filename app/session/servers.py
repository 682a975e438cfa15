"""One speech server of each kind for all sessions of a process: models are loaded once."""

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

from app.core.errors import EngineError
from app.core.ports import RunningServer, SpeechServers

_Kind: TypeAlias = tuple[bool, tuple[str, ...]]
_Start: TypeAlias = "asyncio.Task[RunningServer]"


class SharedServers:
    """Keeps the servers it started, and their starts. Implements ``SpeechServers``.

    A start under way belongs to no caller: one that gives up leaves it to the next.

    Args:
        starter: Starts a server process; also tells whether one still runs.
    """

    def __init__(self, starter: SpeechServers) -> None:
        self._starter = starter
        self._starts: dict[_Kind, _Start] = {}

    async def start(self, *, simulated: bool, arguments: Sequence[str] = ()) -> RunningServer:
        """Return the server of this kind and these options; start it unless that is under way.

        Raises:
            EngineError: If it did not start, or all servers were closed meanwhile.
            WeightsError: If its weights are missing or damaged.
        """
        kind = (simulated, tuple(arguments))
        start = self._starts.get(kind)
        if start is None or not self._holds(start):
            start = asyncio.create_task(
                self._starter.start(simulated=simulated, arguments=arguments),
                name="speech server",
            )
            start.add_done_callback(_look)
            self._starts[kind] = start
        await asyncio.wait((start,))  # whoever gives up waiting does not end the start
        if start.cancelled():
            raise EngineError("the speech server was closed before it was ready")
        return start.result()

    def alive(self, server: RunningServer) -> bool:
        """Whether the server's process still runs."""
        return self._starter.alive(server)

    async def close(self) -> None:
        """End them all, also those whose start is under way. Safe to call twice."""
        starts = list(self._starts.values())
        self._starts.clear()
        for start in starts:
            start.cancel()
        await asyncio.gather(*starts, return_exceptions=True)
        await self._starter.close()

    def _holds(self, start: _Start) -> bool:
        """Whether a start is under way, or has led to a server that still runs."""
        if not start.done():
            return True
        return not _failed(start) and self.alive(start.result())


def _failed(start: _Start) -> bool:
    return start.cancelled() or start.exception() is not None


def _look(start: _Start) -> None:
    """Retrieve the error of a start that nobody waits for any more."""
    _failed(start)
