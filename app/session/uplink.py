"""The way out: commands through the codec to the socket, in order, stamped and journaled."""

import asyncio
from collections.abc import Callable

from app.core.clock import Nanoseconds
from app.core.commands import Command, ConfigureSession
from app.core.config import SessionSettings
from app.core.errors import ConnectionEndedError
from app.core.ports import Recording
from app.session.line import Line

SEND_LIMIT_S = 5.0
"""A socket that takes nothing for this long is gone; live audio older than that is useless."""


class Uplink:
    """Sends commands one after the other. All calls on the engine's loop.

    Args:
        line: The present connection.
        recording: Gets every message.
        sent: Gets every command that was sent.
    """

    def __init__(
        self,
        line: Line,
        recording: Recording,
        sent: Callable[[Command], None] = lambda _: None,
    ) -> None:
        self._line = line
        self._recording = recording
        self._sent = sent
        self._turn = asyncio.Lock()

    @property
    def up(self) -> bool:
        """Whether there is a connection to send on."""
        return self._line.up

    @property
    def held_ns(self) -> Nanoseconds:
        """How much of the audio that was sent so far is held back, to come with the next."""
        return self._line.codec.held_input_ns

    async def send(self, command: Command) -> Nanoseconds | None:
        """Send ``command``; return the instant its last message was handed to the socket.

        None if the codec had nothing to send for it, or the connection is lost: what is said
        meanwhile is not sent later. New settings are what the next connection begins with.

        Raises:
            LocalProtocolError: If the connection's state does not allow it.
        """
        if isinstance(command, ConfigureSession):
            self._line.settings = command.settings
        async with self._turn:
            if not self._line.up:
                return None
            self._line.codec.send_command(command)
            sent_ns = await self._drain()
        if sent_ns is not None:
            self._sent(command)
        return sent_ns

    def note_settings(self, settings: SessionSettings) -> None:
        """Begin the next connection with ``settings``: the provider refused what was sent."""
        self._line.settings = settings

    async def flush(self) -> None:
        """Send what the codec queued by itself, e.g. the answer to a greeting."""
        async with self._turn:
            if self._line.up:
                await self._drain()

    async def go_on_with(self, line: Line) -> None:
        """Use the connection of ``line`` from the next command on."""
        async with self._turn:
            self._line.use(line)

    async def _drain(self) -> Nanoseconds | None:
        """Send what the codec has; None if not all of it could be sent."""
        sent_ns = None
        connection = self._line.connection
        for message in self._line.codec.messages_to_send():
            try:
                async with asyncio.timeout(SEND_LIMIT_S):
                    sent_ns = await connection.send(message)
            except TimeoutError:
                self._line.fail(_stuck())
                return None
            except ConnectionEndedError as error:
                self._line.fail(error)
                return None
            self._recording.wire(">", sent_ns, message)
        return sent_ns


def _stuck() -> ConnectionEndedError:
    return ConnectionEndedError(
        f"The server took no data for {SEND_LIMIT_S:.0f} s.",
        code=None,
        reason="",
        clean=False,
        hint="Check the network and start again.",
    )
