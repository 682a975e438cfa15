"""The way out: commands through the codec to the socket, in order, stamped and journaled."""

import asyncio

from app.core.clock import Nanoseconds
from app.core.commands import Command
from app.core.errors import ConnectionEndedError
from app.core.ports import Connection, Recording
from app.protocols.base import Codec

SEND_LIMIT_S = 5.0
"""A socket that takes nothing for this long is gone; live audio older than that is useless."""


class Uplink:
    """Sends commands one after the other. All calls on the engine's loop."""

    def __init__(self, connection: Connection, codec: Codec, recording: Recording) -> None:
        self._connection = connection
        self._codec = codec
        self._recording = recording
        self._turn = asyncio.Lock()

    async def send(self, command: Command) -> Nanoseconds | None:
        """Send ``command``; return the instant its last message was handed to the socket.

        None if the codec had nothing to send for it.

        Raises:
            LocalProtocolError: If the connection's state does not allow it.
            ConnectionEndedError: If the socket closed, or took nothing for SEND_LIMIT_S.
        """
        async with self._turn:
            self._codec.send_command(command)
            return await self._drain()

    async def flush(self) -> None:
        """Send what the codec queued by itself, e.g. the answer to a greeting."""
        async with self._turn:
            await self._drain()

    async def _drain(self) -> Nanoseconds | None:
        sent_ns = None
        for message in self._codec.messages_to_send():
            try:
                async with asyncio.timeout(SEND_LIMIT_S):
                    sent_ns = await self._connection.send(message)
            except TimeoutError:
                raise ConnectionEndedError(
                    f"The server took no data for {SEND_LIMIT_S:.0f} s.",
                    code=None,
                    reason="",
                    clean=False,
                    hint="Check the network and start again.",
                ) from None
            self._recording.wire(">", sent_ns, message)
        return sent_ns
