"""What the provider hears of the user."""

from dataclasses import dataclass

from app.core.events.base import Event
from app.core.ids import ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted(Event):
    """The provider's VAD heard speech begin at ``audio_ms`` of our input, padding included."""

    audio_ms: int
    item_id: ItemId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStopped(Event):
    """The provider's VAD heard speech end at ``audio_ms`` of our input, silence included."""

    audio_ms: int
    item_id: ItemId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InputCommitted(Event):
    """The provider took the user's audio as one item."""

    item_id: ItemId
    previous_item_id: ItemId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InputCleared(Event):
    """The provider forgot the uncommitted audio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputTimedOut(Event):
    """Nobody spoke for the configured time; the provider will speak by itself."""

    item_id: ItemId | None
    audio_start_ms: int
    audio_end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeypadPressed(Event):
    """A telephone key of the caller."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InputTranscriptDelta(Event):
    """More of the user's words. ``text`` is appended to what came before."""

    item_id: ItemId
    content_index: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionUsage:
    """What writing down the user's words used: tokens or seconds; None where nobody says."""

    text_in: int | None = None
    audio_in: int | None = None
    text_out: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InputTranscriptDone(Event):
    """The user's words, final."""

    item_id: ItemId
    content_index: int
    text: str
    usage: TranscriptionUsage | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InputTranscriptSegment(Event):
    """A stretch of one speaker's words, in seconds of the item's audio."""

    item_id: ItemId
    content_index: int
    text: str
    speaker: str | None
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InputTranscriptFailed(Event):
    """The user's words could not be recognised."""

    item_id: ItemId
    content_index: int
    message: str
