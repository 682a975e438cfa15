"""Both sides' words as they grow, one entry a speaker's item."""

from collections.abc import Callable
from dataclasses import replace

from app.core.clock import Nanoseconds, ms
from app.core.events import (
    InputTranscriptDelta,
    InputTranscriptDone,
    InputTranscriptFailed,
    PlaybackFlushed,
    ResponseFinished,
    ResponseText,
    ResponseTextDone,
    SessionEvent,
    SpeechStarted,
    TextSent,
)
from app.core.ids import ItemId, ResponseId
from app.session.messages import Speaker, TranscriptReport

ENTRY_LIMIT = 20_000
"""Characters kept of one entry; a model that never stops must not fill the memory."""


class TranscriptBook:
    """Follows a session's words and reports each entry whenever it changes.

    Args:
        t0_ns: The session's first instant; entries are told in session time.
        report: Gets the entry's whole present text.
    """

    def __init__(self, t0_ns: Nanoseconds, report: Callable[[TranscriptReport], None]) -> None:
        self._t0_ns = t0_ns
        self._report = report
        self._entries: dict[str, TranscriptReport] = {}
        self._of_response: dict[ResponseId, set[str]] = {}
        self._complete: set[tuple[ItemId, int]] = set()
        self._typed = 0

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
            case ResponseText() | ResponseTextDone() | ResponseFinished() | PlaybackFlushed():
                self._take_model(event)
            case _:
                pass

    def _take_user(
        self, event: InputTranscriptDelta | InputTranscriptDone | InputTranscriptFailed
    ) -> None:
        entry = self._entries.get(event.item_id) or self._new(
            event.item_id, Speaker.USER, event.at_ns
        )
        match event:
            case InputTranscriptDelta(text=text):
                self._store(replace(entry, text=_bounded(entry.text + text)))
            case InputTranscriptDone(text=text):
                self._store(replace(entry, text=_bounded(text), final=True))
            case InputTranscriptFailed():
                self._store(replace(entry, final=True))

    def _take_model(
        self, event: ResponseText | ResponseTextDone | ResponseFinished | PlaybackFlushed
    ) -> None:
        match event:
            case ResponseText(item_id=item_id) if (item_id, event.content_index) in self._complete:
                pass  # a late piece of what the provider has already told whole
            case ResponseText(item_id=item_id, text=text):
                entry = self._model_entry(item_id, event.response_id, event.at_ns)
                self._store(replace(entry, text=_bounded(entry.text + text)))
            case ResponseTextDone(item_id=item_id, text=text):
                self._complete.add((item_id, event.content_index))
                entry = self._model_entry(item_id, event.response_id, event.at_ns)
                self._store(replace(entry, text=_bounded(text or entry.text)))
            case ResponseFinished(response_id=str() as response_id):
                for entry_id in sorted(self._of_response.get(response_id, ())):
                    self._store(replace(self._entries[entry_id], final=True))
            case PlaybackFlushed(item_id=str() as item_id) if item_id in self._entries:
                self._store(
                    replace(
                        self._entries[item_id],
                        interrupted=True,
                        heard_ms=event.played_ms,
                        total_ms=event.played_ms + event.dropped_ms,
                    )
                )
            case _:
                pass

    def _model_entry(
        self, item_id: ItemId, response_id: ResponseId, at_ns: Nanoseconds
    ) -> TranscriptReport:
        self._of_response.setdefault(response_id, set()).add(item_id)
        return self._entries.get(item_id) or self._new(item_id, Speaker.MODEL, at_ns)

    def _new(self, entry_id: str, speaker: Speaker, at_ns: Nanoseconds) -> TranscriptReport:
        at_ms = ms(Nanoseconds(at_ns - self._t0_ns))
        return TranscriptReport(
            entry_id=entry_id, speaker=speaker, at_ms=at_ms, text="", final=False
        )

    def _put(self, entry_id: str, speaker: Speaker, at_ns: Nanoseconds) -> None:
        if entry_id not in self._entries:
            self._store(self._new(entry_id, speaker, at_ns))

    def _store(self, entry: TranscriptReport) -> None:
        if self._entries.get(entry.entry_id) != entry:
            self._entries[entry.entry_id] = entry
            self._report(entry)


def _bounded(text: str) -> str:
    return text if len(text) <= ENTRY_LIMIT else text[:ENTRY_LIMIT] + " ..."
