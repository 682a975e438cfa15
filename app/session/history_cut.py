"""What the provider is told to remember of a reply that was stopped.

Of each item with audio that was not heard whole:

- heard in part: it is truncated to the whole milliseconds that the loudspeaker was given, never
  more than had arrived; the provider then drops the item's words too;
- heard not at all: it is deleted. Services refuse to truncate at zero, and an item that stays
  would be remembered as said. Every service that takes ``conversation.item.truncate`` has
  ``conversation.item.delete`` too (protocol facts, 1.4);
- heard to the end of a reply that is complete: nothing is to be told.

An item is told of once: what was said first stands. Written items have no audio and are left as
they are, since they were read.
"""

from collections.abc import Callable
from typing import Final, Protocol

from app.core.clock import Clock, Nanoseconds
from app.core.commands import Command, DeleteItem, TruncateItem
from app.core.events import (
    DeleteSent,
    ItemHeard,
    PlaybackFlushed,
    SessionEvent,
    TruncateSent,
)
from app.core.ids import ItemId
from app.session.recent import Recent

KEPT: Final = 1024
"""Items that are remembered as told."""


class Sender(Protocol):
    """The way out."""

    async def send(self, command: Command) -> Nanoseconds | None:
        """Send ``command``; return when it was handed over, or None if it was not sent."""
        ...


class HistoryCut:
    """Corrects the provider's memory. All calls on the engine's loop."""

    def __init__(
        self, uplink: Sender, clock: Clock, publish: Callable[[SessionEvent], None]
    ) -> None:
        self._uplink = uplink
        self._clock = clock
        self._publish = publish
        self._told: Recent[ItemId] = Recent(KEPT)

    async def cut(self, flushed: PlaybackFlushed, *, complete: bool) -> None:
        """Tell what was heard of a reply.

        Args:
            flushed: What became of it.
            complete: The provider has sent all of it.
        """
        last = len(flushed.items) - 1
        for index, item in enumerate(flushed.items):
            whole = item.played_ms >= item.arrived_ms > 0
            if item.item_id in self._told or (whole and (complete or index < last)):
                continue
            self._told.add(item.item_id)
            if item.played_ms >= 1:
                await self._truncate(item)
            else:
                await self._delete(item)

    async def _truncate(self, item: ItemHeard) -> None:
        end_ms = int(min(item.played_ms, item.arrived_ms))
        sent_ns = await self._uplink.send(TruncateItem(item.item_id, end_ms))
        at_ns = sent_ns or self._clock.now_ns()
        self._publish(TruncateSent(at_ns=at_ns, item_id=item.item_id, audio_end_ms=end_ms))

    async def _delete(self, item: ItemHeard) -> None:
        sent_ns = await self._uplink.send(DeleteItem(item.item_id))
        self._publish(DeleteSent(at_ns=sent_ns or self._clock.now_ns(), item_id=item.item_id))
