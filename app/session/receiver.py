"""The way in: messages off the line, through the codec, to whoever acts on the events."""

from collections.abc import Awaitable, Callable

from app.core.errors import RemoteProtocolError
from app.core.events import SessionEvent
from app.core.ports import Recording
from app.session.line import Line
from app.session.uplink import Uplink


class Receiver:
    """Receives on one line. All calls on the engine's loop.

    Args:
        line: What to receive on.
        uplink: The way out of the same line: codecs answer some messages by themselves.
        recording: Gets every message.
        take: Acts on each event, in order.
        broken: Gets every message's breach of the protocol; the session goes on.
    """

    def __init__(
        self,
        line: Line,
        uplink: Uplink,
        recording: Recording,
        *,
        take: Callable[[SessionEvent], Awaitable[None]],
        broken: Callable[[RemoteProtocolError], None],
    ) -> None:
        self._line = line
        self._uplink = uplink
        self._recording = recording
        self._take = take
        self._broken = broken

    async def run(self) -> None:
        """Receive until cancelled.

        Raises:
            ConnectionEndedError: If the connection ended.
        """
        while True:
            await self.receive_one()

    async def receive_one(self) -> None:
        """Receive one message and act on what it means.

        Raises:
            ConnectionEndedError: If the connection ended.
        """
        message, received_ns = await self._line.receive()
        codec = self._line.codec
        self._recording.wire("<", received_ns, message)
        try:
            codec.receive_message(message, received_ns)
        except RemoteProtocolError as error:
            self._broken(error)
        await self._uplink.flush()
        for event in codec.events_received():
            await self._take(event)
