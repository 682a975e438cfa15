"""What the engine hands to the writer thread."""

from dataclasses import dataclass
from typing import TypeAlias

from app.core.audio_format import Samples
from app.core.clock import Nanoseconds
from app.core.records import SessionRecord, TurnRecord
from app.core.wire import WireMessage

_SMALL_BYTES = 512


@dataclass(frozen=True, slots=True, eq=False)
class AudioItem:
    """A block of one side: 0 is the user, 1 the agent."""

    side: int
    at_ns: Nanoseconds
    samples: Samples


@dataclass(frozen=True, slots=True)
class WireItem:
    """A raw message and its direction, "<" or ">"."""

    direction: str
    at_ns: Nanoseconds
    raw: WireMessage


@dataclass(frozen=True, slots=True)
class EventItem:
    """One of our own events."""

    at_ns: Nanoseconds
    name: str
    fields: object


@dataclass(frozen=True, slots=True)
class TurnItem:
    """A finished turn."""

    record: TurnRecord


@dataclass(frozen=True, slots=True)
class SessionItem:
    """The account of the session as it now stands."""

    record: SessionRecord


Item: TypeAlias = AudioItem | WireItem | EventItem | TurnItem | SessionItem


def item_size(item: Item) -> int:
    """Return about how many bytes of memory ``item`` holds."""
    if isinstance(item, AudioItem):
        return item.samples.nbytes + _SMALL_BYTES
    if isinstance(item, WireItem):
        return len(item.raw) + _SMALL_BYTES
    return _SMALL_BYTES
