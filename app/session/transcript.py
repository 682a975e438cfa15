"""Both sides' words as they grow, one entry a speaker's item."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from app.core.clock import Nanoseconds, ms
from app.core.events import (
    InputTranscriptDelta,
    InputTranscriptDone,
    InputTranscriptFailed,
    ItemHeard,
    PlaybackFlushed,
    ResponseAudio,
    ResponseFinished,
    ResponseText,
    ResponseTextDone,
    SessionEvent,
    SpeechStarted,
    TextKind,
    TextSent,
)
from app.core.ids import ItemId, ResponseId
from app.session.messages import Speaker, TranscriptReport
from app.session.spoken_item import SpokenItem

ENTRY_LIMIT = 20_000
"""Characters kept of one entry; a model that never stops must not fill the memory."""


class TranscriptBook:
    """Follows a session's words and reports each entry whenever it changes.

    Of a reply that was cut off, it tells how much of the words was heard, also when words of it
    still come.

    Args:
        t0_ns: The session's first instant; entries are told in session time.
        report: Gets the entry's whole present text.
    """

    def __init__(self, t0_ns: Nanoseconds, report: Callable[[TranscriptReport], None]) -> None:
        self._t0_ns = t0_ns
        self._report = report
        self._entries: dict[str, TranscriptReport] = {}
        self._spoken: dict[ItemId, SpokenItem] = {}
        self._of_response: dict[ResponseId, set[ItemId]] = {}
        self._cut: set[ResponseId] = set()
        self._complete: set[tuple[ItemId, int]] = set()
        self._typed = 0

    def resume(self, entries: Iterable[TranscriptReport]) -> None:
        """Go on after these entries, which were told; a replay does, of a new book."""
        self._entries = {entry.entry_id: entry for entry in entries}
        self._typed = sum(entry.typed for entry in self._entries.values())

    def take(self, event: SessionEvent) -> None:
        """Take in one event; events without words change nothing."""
        match event:
            case SpeechStarted(item_id=str() as item_id):
                self._put(item_id, Speaker.USER, event.at_ns)
            case InputTranscriptDelta() | InputTranscriptDone() | InputTranscriptFailed():
                self._take_user(event)
            case TextSent(text=text):
                self._typed += 1
                entry = self._new(f"typed-{self._typed}", Speaker.USER, event.at_ns)
                self._store(replace(entry, text=text, final=True, typed=True))
            case ResponseText() | ResponseTextDone():
                self._take_words(event)
            case ResponseAudio() | ResponseFinished() | PlaybackFlushed():
                self._take_sound(event)
            case _:
                pass

    # --- the user -------------------------------------------------------------------------------

    def _take_user(
        self, event: InputTranscriptDelta | InputTranscriptDone | InputTranscriptFailed
    ) -> None:
        entry = self._entries.get(event.item_id)
        if entry is None:
            if isinstance(event, InputTranscriptDone) and not event.text:
                return  # nobody spoke: the provider's own time-out
            entry = self._new(event.item_id, Speaker.USER, event.at_ns)
        match event:
            case InputTranscriptDelta(text=text):
                self._store(replace(entry, text=_bounded(entry.text + text)))
            case InputTranscriptDone(text=text):
                self._store(replace(entry, text=_bounded(text), final=True))
            case InputTranscriptFailed():
                self._store(replace(entry, final=True))

    # --- the model ------------------------------------------------------------------------------

    def _take_words(self, event: ResponseText | ResponseTextDone) -> None:
        if isinstance(event, ResponseText) and (event.item_id, event.content_index) in (
            self._complete
        ):
            return  # a late piece of what the provider has already told whole
        entry = self._model_entry(event)
        if isinstance(event, ResponseTextDone):
            self._complete.add((event.item_id, event.content_index))
            text = event.text or entry.text
        else:
            text = entry.text + event.text
            if event.kind is TextKind.TRANSCRIPT:
                self._item(event.item_id).say(event.text)
        self._store(replace(entry, text=_bounded(text)))
        if event.kind is TextKind.TRANSCRIPT and event.response_id in self._cut:
            self._cut_off(event.item_id, ItemHeard(event.item_id, 0.0, 0.0))

    def _take_sound(self, event: ResponseAudio | ResponseFinished | PlaybackFlushed) -> None:
        match event:
            case ResponseAudio():
                self._item(event.item_id).hear(event.pcm)
            case ResponseFinished(response_id=str() as response_id):
                for item_id in sorted(self._of_response.get(response_id, ())):
                    self._item(item_id).complete = event.status == "completed"
                    self._store(replace(self._entries[item_id], final=True))
            case PlaybackFlushed(response_id=response_id):
                self._cut.add(response_id)
                heard = {item.item_id: item for item in event.items}
                for item_id in sorted(heard.keys() & self._entries.keys()):
                    self._cut_off(item_id, heard[item_id])
            case _:
                pass

    def _cut_off(self, item_id: ItemId, heard: ItemHeard) -> None:
        """Tell that an item was cut off, unless its place was told before."""
        item, entry = self._item(item_id), self._entries[item_id]
        if item.heard_ms is None:
            item.heard_ms = heard.played_ms
            entry = replace(
                entry, interrupted=True, heard_ms=heard.played_ms, total_ms=heard.arrived_ms
            )
        self._store(entry)

    def _item(self, item_id: ItemId) -> SpokenItem:
        return self._spoken.setdefault(item_id, SpokenItem())

    def _model_entry(self, event: ResponseText | ResponseTextDone) -> TranscriptReport:
        self._of_response.setdefault(event.response_id, set()).add(event.item_id)
        entry = self._entries.get(event.item_id)
        return entry or self._new(event.item_id, Speaker.MODEL, event.at_ns)

    # --- entries --------------------------------------------------------------------------------

    def _new(self, entry_id: str, speaker: Speaker, at_ns: Nanoseconds) -> TranscriptReport:
        at_ms = ms(Nanoseconds(at_ns - self._t0_ns))
        return TranscriptReport(
            entry_id=entry_id, speaker=speaker, at_ms=at_ms, text="", final=False
        )

    def _put(self, entry_id: str, speaker: Speaker, at_ns: Nanoseconds) -> None:
        if entry_id not in self._entries:
            self._store(self._new(entry_id, speaker, at_ns))

    def _store(self, entry: TranscriptReport) -> None:
        spoken = self._spoken.get(ItemId(entry.entry_id))
        if spoken is not None and (heard := spoken.heard_chars(entry.text)) != entry.heard_chars:
            entry = replace(entry, heard_chars=heard)
        if self._entries.get(entry.entry_id) != entry:
            self._entries[entry.entry_id] = entry
            self._report(entry)


def _bounded(text: str) -> str:
    return text if len(text) <= ENTRY_LIMIT else text[:ENTRY_LIMIT] + " ..."
