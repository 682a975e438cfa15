"""The shape of every wire codec: messages in, events out; commands in, messages out."""

from typing import Protocol

from app.core.clock import Nanoseconds
from app.core.commands import Command
from app.core.events import SessionEvent
from app.core.wire import WireMessage


class Codec(Protocol):
    """One connection's protocol state, with no I/O and no clock of its own.

    A driver reads the socket, stamps the instant, calls ``receive_message``, then drains
    ``events_received`` and ``messages_to_send``. The order of calls is the whole contract.
    """

    @property
    def held_input_ns(self) -> Nanoseconds:
        """How much of the audio that was appended is held back, to come with the next append.

        0 where audio is sent as it is. A sample's wire message is thus that of the audio which
        lies so much after it.
        """
        ...

    def send_command(self, command: Command) -> None:
        """Queue what ``command`` needs on the wire.

        Raises:
            LocalProtocolError: If the connection's state does not allow it.
        """
        ...

    def receive_message(self, message: WireMessage, received_ns: Nanoseconds) -> None:
        """Take one message; ``received_ns`` is when the socket gave it.

        Raises:
            RemoteProtocolError: If the peer broke the protocol.
        """
        ...

    def events_received(self) -> list[SessionEvent]:
        """Return and forget the events since the last call."""
        ...

    def messages_to_send(self) -> list[WireMessage]:
        """Return and forget the messages since the last call."""
        ...
