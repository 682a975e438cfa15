"""Ids that are the only ones of their name in a session, though it has several connections.

Services that count their replies from one begin anew on each connection. An id that an earlier
connection has used is told with a suffix, and is sent to the provider without it.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from app.core.clock import Nanoseconds
from app.core.commands import Command
from app.core.config import Dialect, SessionSettings
from app.core.events import SessionEvent
from app.core.wire import WireMessage
from app.protocols.base import Codec

KEPT: Final = 10_000
"""Ids whose connection is remembered."""

_FIELDS: Final = ("response_id", "item_id", "previous_item_id", "call_id")


class DistinctCodecs:
    """Makes the codecs of one session. All calls on the engine's loop.

    Args:
        make: Makes a codec for settings and a dialect.
    """

    def __init__(self, make: Callable[[SessionSettings, Dialect], Codec]) -> None:
        self._make = make
        self._made = 0
        self._owners: OrderedDict[str, int] = OrderedDict()

    def make(self, settings: SessionSettings, dialect: Dialect) -> Codec:
        """Return the codec of another connection."""
        self._made += 1
        return _Distinct(self._make(settings, dialect), self._made, self._owners)


class _Distinct:
    """Renames what another connection has named before; see ``Codec``."""

    def __init__(self, codec: Codec, number: int, owners: OrderedDict[str, int]) -> None:
        self._codec = codec
        self._number = number
        self._suffix = f"~{number}"
        self._owners = owners

    @property
    def held_input_ns(self) -> Nanoseconds:
        """See ``Codec.held_input_ns``."""
        return self._codec.held_input_ns

    def send_command(self, command: Command) -> None:
        """See ``Codec.send_command``."""
        self._codec.send_command(_renamed(command, self._wire_name))

    def receive_message(self, message: WireMessage, received_ns: Nanoseconds) -> None:
        """See ``Codec.receive_message``."""
        self._codec.receive_message(message, received_ns)

    def events_received(self) -> list[SessionEvent]:
        """See ``Codec.events_received``."""
        return [_renamed(event, self._own_name) for event in self._codec.events_received()]

    def messages_to_send(self) -> list[WireMessage]:
        """See ``Codec.messages_to_send``."""
        return self._codec.messages_to_send()

    def _own_name(self, name: str) -> str:
        if self._owners.setdefault(name, self._number) == self._number:
            if len(self._owners) > KEPT:
                self._owners.popitem(last=False)
            return name
        return name + self._suffix

    def _wire_name(self, name: str) -> str:
        return name.removesuffix(self._suffix)


def _renamed(thing: Any, rename: Callable[[str], str]) -> Any:
    changes = {}
    for field in _FIELDS:
        name = getattr(thing, field, None)
        if isinstance(name, str) and (other := rename(name)) != name:
            changes[field] = other
    return replace(thing, **changes) if changes else thing
