"""Who has the floor: a reply that is stopped, and what the provider is told of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from app.core.clock import Nanoseconds
from app.core.commands import CancelResponse
from app.core.events import (
    BargeInCause,
    CancelSent,
    ConnectionLost,
    ConnectionRenewed,
    ItemHeard,
    PlaybackFlushed,
    ResponseAudio,
    ResponseAudioDone,
    ResponseFinished,
    ResponseStarted,
    ResponseText,
    SessionEvent,
    TextKind,
)
from app.core.ids import ItemId, ResponseId
from app.dsp.pcm import from_bytes
from app.session.history_cut import HistoryCut
from app.session.recent import Recent
from app.session.stage import Stage
from app.session.uplink import Uplink

KEPT: Final = 256
"""Replies that are remembered: what is late of an older one is played by nobody."""


class Floor:
    """Plays replies and stops them. All calls on the engine's loop.

    A reply that was stopped is dropped by its id, whatever still comes of it.

    Args:
        stage: The session.
        publish: Tells everybody of an event of ours.
    """

    def __init__(
        self, stage: Stage, uplink: Uplink, publish: Callable[[SessionEvent], None]
    ) -> None:
        self._player = stage.player
        self._uplink = uplink
        self._publish = publish
        self._clock = stage.clock
        self._capabilities = stage.parts.capabilities(stage.account.record.target)
        self._history = HistoryCut(uplink, stage.clock, publish)
        self._running: set[ResponseId] = set()
        self._silenced: Recent[ResponseId] = Recent(KEPT)
        self._gone: Recent[ResponseId] = Recent(KEPT)
        self._cancelled: Recent[ResponseId] = Recent(KEPT)
        self._spoken: dict[ResponseId, dict[ItemId, None]] = {}

    @property
    def replying(self) -> bool:
        """Whether a reply that was not stopped sounds, or is still to come."""
        return self.sounding or any(each not in self._silenced for each in self._running)

    @property
    def sounding(self) -> bool:
        """Whether a reply has begun to sound and is not over."""
        return self._player.playing is not None

    def take(self, event: SessionEvent) -> None:
        """Take in an event: play what is to be heard."""
        match event:
            case ResponseStarted(response_id=response_id):
                self._running.add(response_id)
            case ResponseAudio() if event.response_id not in self._silenced:
                self._note_item(event.response_id, event.item_id)
                self._player.play(event.response_id, event.item_id, from_bytes(event.pcm))
            case ResponseAudioDone(response_id=response_id):
                self._player.end(response_id)
            case ResponseFinished(response_id=str() as response_id):
                self._running.discard(response_id)
                self._player.end(response_id)
            case ResponseText(kind=TextKind.TRANSCRIPT):
                self._note_item(event.response_id, event.item_id)
            case ConnectionLost() | ConnectionRenewed():
                self._lose()
            case _:
                pass

    def _lose(self) -> None:
        """Expect no more of replies that ended with their connection; what came is played."""
        for response_id in sorted(self._running):
            self._player.end(response_id)
        self._running.clear()
        for response_id in self._spoken:
            self._gone.add(response_id)

    async def stop(self, at_ns: Nanoseconds, cause: BargeInCause, *, cancel: bool) -> None:
        """Stop what sounds and what is to sound; tell the provider how much was heard.

        Args:
            at_ns: When it was decided.
            cause: Who decided.
            cancel: Ask the provider to stop; without, it has stopped by itself.
        """
        await self.tell(self.silence(at_ns, cause), cancel=cancel)

    def silence(self, at_ns: Nanoseconds, cause: BargeInCause) -> Sequence[PlaybackFlushed]:
        """Stop what sounds and what is to sound, at once; return what was hit."""
        events = [*self._player.flush(at_ns)]
        hit = {event.response_id for event in events if isinstance(event, PlaybackFlushed)}
        unheard = {each for each in self._running if each not in self._silenced} - hit
        events += [_unheard(response_id, at_ns) for response_id in sorted(unheard)]
        flushed = []
        for event in events:
            told: SessionEvent = event
            if isinstance(event, PlaybackFlushed):
                told = replace(event, cause=cause, items=self._items(event))
                flushed.append(told)
                self._silenced.add(event.response_id)
            self._publish(told)
        return flushed

    async def tell(self, flushed: Iterable[PlaybackFlushed], *, cancel: bool) -> None:
        """Tell the provider of replies that were silenced.

        Args:
            flushed: What ``silence`` returned.
            cancel: Ask it to stop; without, it has stopped by itself.
        """
        complete = {each.response_id for each in flushed} - self._running
        if cancel and self._capabilities.cancels_responses:
            await self._cancel()
        if self._capabilities.truncates_items:
            known = (event for event in flushed if event.response_id not in self._gone)
            for event in known:
                await self._history.cut(event, complete=event.response_id in complete)

    async def _cancel(self) -> None:
        """Ask the provider to stop, once for each reply."""
        running = [each for each in sorted(self._running) if each not in self._cancelled]
        if not running:
            return
        for response_id in running:
            self._cancelled.add(response_id)
        sent_ns = await self._uplink.send(CancelResponse())
        self._publish(CancelSent(at_ns=sent_ns or self._clock.now_ns()))

    def _note_item(self, response_id: ResponseId, item_id: ItemId) -> None:
        self._spoken.setdefault(response_id, {})[item_id] = None
        while len(self._spoken) > KEPT:
            del self._spoken[next(iter(self._spoken))]

    def _items(self, event: PlaybackFlushed) -> tuple[ItemHeard, ...]:
        """Return the items with audio, and those of which only the words have come."""
        known = {each.item_id for each in event.items}
        spoken = self._spoken.get(event.response_id, {})
        silent = (ItemHeard(item_id, 0.0, 0.0) for item_id in spoken if item_id not in known)
        return (*event.items, *silent)


def _unheard(response_id: ResponseId, at_ns: Nanoseconds) -> PlaybackFlushed:
    """Return what became of a reply that has not sounded: what is in flight must not either."""
    return PlaybackFlushed(
        at_ns=at_ns, response_id=response_id, item_id=None, played_ms=0.0, dropped_ms=0.0
    )
