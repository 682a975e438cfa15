"""The present connection to the provider, which may be exchanged while the session goes on."""

import asyncio

from app.core.clock import Nanoseconds
from app.core.config import SessionSettings
from app.core.errors import ConnectionEndedError
from app.core.ports import Connection
from app.core.wire import WireMessage
from app.protocols.base import Codec


class Line:
    """One connection and its codec, both exchanged at once. All calls on the engine's loop.

    Whoever sends, receives or pings asks here each time and keeps neither.

    Args:
        connection: Open.
        codec: Its protocol state, fresh.
        settings: What the codec configures the session with.

    Attributes:
        connection: The present one; while the line is down, the last one.
        codec: Its protocol state.
        settings: What the provider was asked for last, or is asked for next.
        up: Whether anything may be sent.
    """

    def __init__(self, connection: Connection, codec: Codec, settings: SessionSettings) -> None:
        self.connection = connection
        self.codec = codec
        self.settings = settings
        self.up = True
        self._former: list[Connection] = []
        self._failure: ConnectionEndedError | None = None
        self._waiting: asyncio.Timeout | None = None

    async def receive(self) -> tuple[WireMessage, Nanoseconds]:
        """Return the next message of the present connection, whichever that is by then.

        Raises:
            ConnectionEndedError: If it has ended, or ``fail`` said so.
        """
        while True:
            self.check()
            connection = self.connection
            try:
                async with asyncio.timeout(None) as self._waiting:
                    received = await connection.receive()
            except TimeoutError:  # woken: there is another connection, or none any more
                continue
            except ConnectionEndedError:
                if connection is self.connection:
                    raise
                continue
            finally:
                self._waiting = None
            if connection is self.connection:
                return received

    def fail(self, failure: ConnectionEndedError) -> None:
        """Let ``receive`` raise ``failure``: the connection takes nothing any more."""
        self._failure = failure
        self.up = False
        self._wake()

    def check(self) -> None:
        """Raise what ``fail`` was told.

        Raises:
            ConnectionEndedError: If the connection takes nothing any more.
        """
        if self._failure is not None:
            raise self._failure

    def drop(self) -> None:
        """Send nothing any more: the connection has ended."""
        self.up = False

    def use(self, other: "Line") -> None:
        """Go on with the connection of ``other``; ``retire`` closes the one before."""
        self._former.append(self.connection)
        self.connection, self.codec = other.connection, other.codec
        self._failure, self.up = None, True
        self._wake()

    async def retire(self) -> None:
        """Close the connections that were used before, politely."""
        while self._former:
            await self._former.pop().close()

    async def close(self) -> None:
        """Close every connection politely. Safe to call twice."""
        self.up = False
        await self.connection.close()
        await self.retire()

    def _wake(self) -> None:
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time())
