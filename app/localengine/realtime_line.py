"""The way out of a session: what the protocol half queued goes to the client's socket."""

import secrets
from typing import Final, Protocol

from app.core.wire import WireMessage
from app.protocols.openai_realtime.server import OpenAIRealtimeServer

INTERIM_BACKLOG_BYTES: Final = 256 * 1024
"""A client that is so far behind gets no interim texts; the final one holds all."""


class ClientSocket(Protocol):
    """What a session needs of a WebSocket. All calls on the server's loop."""

    @property
    def backlog_bytes(self) -> int:
        """Bytes written that the client has not taken yet."""
        ...

    async def receive(self) -> WireMessage:
        """Return the client's next message.

        Raises:
            ConnectionEndedError: If the socket has closed.
        """
        ...

    def send_soon(self, text: str) -> None:
        """Queue ``text``; follow it with ``drained``."""
        ...

    async def drained(self) -> None:
        """Wait until the client has taken most of what was sent.

        Raises:
            ConnectionEndedError: If the socket has closed.
        """
        ...

    async def close(self, code: int, reason: str = "") -> None:
        """Close politely."""
        ...

    def abort(self) -> None:
        """Cut the connection without a word."""
        ...


class Line:
    """Carries events to one client, in the order in which they were queued."""

    def __init__(self, server: OpenAIRealtimeServer, socket: ClientSocket) -> None:
        self._server = server
        self._socket = socket

    @property
    def is_behind(self) -> bool:
        """Whether the client is too slow for what it can do without."""
        return self._socket.backlog_bytes > INTERIM_BACKLOG_BYTES

    def flush(self) -> None:
        """Send what is queued; waits for nothing."""
        for message in self._server.messages_to_send():
            self._socket.send_soon(message)

    async def drained(self) -> None:
        """Wait for a slow client, so that a reply is not made faster than it is taken.

        Raises:
            ConnectionEndedError: If the socket has closed.
        """
        await self._socket.drained()

    def raw(self, message: str) -> None:
        """Send ``message`` as it stands."""
        self.flush()
        self._socket.send_soon(message)

    def cut(self) -> None:
        """End the connection without a word."""
        self._socket.abort()


class RandomIds:
    """Names like the real service's: a prefix and 96 bits of chance."""

    def new(self, prefix: str) -> str:
        """Return a new name."""
        return f"{prefix}_{secrets.token_hex(12)}"
