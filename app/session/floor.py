"""Who has the floor: a reply that is stopped, and what the provider is told of it."""

from collections.abc import Callable

from app.core.clock import Nanoseconds
from app.core.commands import CancelResponse, TruncateItem
from app.core.events import (
    BargeInCause,
    CancelSent,
    PlaybackFlushed,
    ResponseAudio,
    ResponseAudioDone,
    ResponseFinished,
    ResponseStarted,
    SessionEvent,
    TruncateSent,
)
from app.core.ids import ResponseId
from app.dsp.pcm import from_bytes
from app.session.stage import Stage
from app.session.uplink import Uplink


class Floor:
    """Plays replies and stops them. All calls on the engine's loop.

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
        self._running: set[ResponseId] = set()
        self._with_audio: set[ResponseId] = set()
        self._silenced: set[ResponseId] = set()

    def take(self, event: SessionEvent) -> None:
        """Take in an event: play what is to be heard."""
        match event:
            case ResponseStarted(response_id=response_id):
                self._running.add(response_id)
            case ResponseAudio() if event.response_id not in self._silenced:
                self._with_audio.add(event.response_id)
                self._player.play(event.response_id, event.item_id, from_bytes(event.pcm))
            case ResponseAudioDone(response_id=response_id):
                self._player.end(response_id)
            case ResponseFinished(response_id=str() as response_id):
                self._running.discard(response_id)
                self._player.end(response_id)
            case _:
                pass

    async def stop(self, at_ns: Nanoseconds, cause: BargeInCause, *, cancel: bool) -> None:
        """Stop what sounds and what is to sound; tell the provider how much was heard.

        Args:
            at_ns: When it was decided.
            cause: Who decided.
            cancel: Ask the provider to stop; without, it has stopped by itself.
        """
        del cause
        flushed = [*self._player.flush(at_ns), *self._silence(at_ns)]
        for event in flushed:
            self._publish(event)
        if cancel and self._running and self._capabilities.cancels_responses:
            sent_ns = await self._uplink.send(CancelResponse())
            self._publish(CancelSent(at_ns=sent_ns or self._clock.now_ns()))
        if self._capabilities.truncates_items:
            for event in flushed:
                await self._truncate(event)

    def _silence(self, at_ns: Nanoseconds) -> list[SessionEvent]:
        """Give up the replies that have not sounded: what is in flight must not be played."""
        unheard = self._running - self._with_audio - self._silenced
        self._silenced |= unheard
        return [
            PlaybackFlushed(
                at_ns=at_ns, response_id=each, item_id=None, played_ms=0.0, dropped_ms=0.0
            )
            for each in sorted(unheard)
        ]

    async def _truncate(self, event: SessionEvent) -> None:
        """Tell the provider what was heard; a reply of which nothing sounded is left alone."""
        if not isinstance(event, PlaybackFlushed) or event.item_id is None:
            return
        played_ms = int(event.played_ms)
        if played_ms <= 0:
            return
        sent_ns = await self._uplink.send(TruncateItem(event.item_id, played_ms))
        self._publish(
            TruncateSent(
                at_ns=sent_ns or self._clock.now_ns(),
                item_id=event.item_id,
                audio_end_ms=played_ms,
            )
        )
