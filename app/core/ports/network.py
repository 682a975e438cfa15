"""Connections to providers, and the servers of our own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.core.clock import Nanoseconds
from app.core.config import Target
from app.core.records import ConnectTiming
from app.core.wire import WireMessage


class Connection(Protocol):
    """One open socket to a provider. All calls on the engine's loop."""

    @property
    def timing(self) -> ConnectTiming:
        """How long opening took, as far as the socket knows."""
        ...

    async def send(self, message: WireMessage) -> Nanoseconds:
        """Hand ``message`` to the socket; return the instant it was handed over.

        Raises:
            ConnectionEndedError: If the socket has closed.
        """
        ...

    async def receive(self) -> tuple[WireMessage, Nanoseconds]:
        """Return the next message with the instant it was read, taken before parsing.

        Raises:
            ConnectionEndedError: If the socket has closed.
        """
        ...

    async def ping_ms(self) -> float:
        """Return one WebSocket ping's round trip.

        Raises:
            ConnectionEndedError: If the socket has closed.
        """
        ...

    async def close(self) -> None:
        """Close politely within a bounded time. Safe to call twice."""
        ...


class Connector(Protocol):
    """Opens connections."""

    async def connect(self, target: Target, key: str | None) -> Connection:
        """Open a connection. ``key`` is sent as ``target.auth`` says and kept nowhere.

        Raises:
            ProviderError: If the server refused (key, model, quota).
            NetworkError: If it could not be reached in time.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """A speech server of ours that listens. ``token`` is a secret of this run only."""

    url: str
    token: str = field(repr=False)
    pid: int


class SpeechServers(Protocol):
    """Starts the embedded engine or the simulator as a child process."""

    async def start(self, *, simulated: bool, arguments: Sequence[str] = ()) -> RunningServer:
        """Start one and wait until it is ready. A second call starts another.

        Args:
            simulated: The simulator rather than the embedded engine.
            arguments: More options of ``vivavoce serve``.

        Raises:
            EngineError: If it did not start; the message holds its last words.
            WeightsError: If its weights are missing or damaged.
        """
        ...

    def alive(self, server: RunningServer) -> bool:
        """Whether the server's process still runs."""
        ...

    async def close(self) -> None:
        """End every child by its process id. Safe to call twice."""
        ...
