"""One speech server of each kind for all sessions of a process: models are loaded once."""

from collections.abc import Sequence

from app.core.ports import RunningServer, SpeechServers


class SharedServers:
    """Keeps the servers it started. Implements ``SpeechServers``.

    Args:
        starter: Starts a server process; also tells whether one still runs.
    """

    def __init__(self, starter: SpeechServers) -> None:
        self._starter = starter
        self._known: dict[tuple[bool, tuple[str, ...]], RunningServer] = {}

    async def start(self, *, simulated: bool, arguments: Sequence[str] = ()) -> RunningServer:
        """Return the running server of this kind and these options, or start one."""
        kind = (simulated, tuple(arguments))
        server = self._known.get(kind)
        if server is None or not self.alive(server):
            server = await self._starter.start(simulated=simulated, arguments=arguments)
            self._known[kind] = server
        return server

    def alive(self, server: RunningServer) -> bool:
        """Whether the server's process still runs."""
        return self._starter.alive(server)

    async def close(self) -> None:
        """End them all."""
        self._known.clear()
        await self._starter.close()
