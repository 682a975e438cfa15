"""What happens on our own side: the user, playback and the connection."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.clock import Nanoseconds
from app.core.events.base import Event
from app.core.ids import CallId, ItemId, ResponseId


class SpeechEndMethod(StrEnum):
    """How the acoustic bounds of the user's speech were found."""

    ANNOTATED = "annotated"
    ENERGY = "energy"
    SILERO = "silero"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSpeechStarted(Event):
    """The user's speech began at the microphone at ``at_ns``."""

    method: SpeechEndMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSpeechEnded(Event):
    """The user's speech ended at the microphone at ``at_ns``.

    A later one of the same turn replaces an earlier one: it was only a pause.

    Attributes:
        sent_ns: Instant at which the frame that holds the end was handed to the socket.
    """

    method: SpeechEndMethod
    sent_ns: Nanoseconds | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitSent(Event):
    """We ended the user's turn by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSent(Event):
    """We sent a typed message."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRequested(Event):
    """We asked for a reply."""


class BargeInCause(StrEnum):
    """Who decided that a reply stops."""

    SERVER = "server"
    LOCAL = "local"
    TYPED = "typed"
    TALK_KEY = "talk_key"
    STOP_KEY = "stop_key"
    SCRIPT = "script"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSent(Event):
    """We asked the provider to stop its reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TruncateSent(Event):
    """We told the provider how much of an item was heard."""

    item_id: ItemId
    audio_end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteSent(Event):
    """We asked the provider to forget an item of which nothing was heard."""

    item_id: ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResultSent(Event):
    """We answered a function call."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackStarted(Event):
    """The first frame of a reply left the DAC.

    Attributes:
        buffer_ms: How much audio had to wait before it began: the jitter buffer's depth.
    """

    response_id: ResponseId
    buffer_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackAudible(Event):
    """The first audible frame of a reply left the DAC.

    Attributes:
        media_ms: Where it stands in the reply's audio as received: its leading silence.
    """

    response_id: ResponseId
    media_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackFinished(Event):
    """The last frame of a reply left the DAC.

    Attributes:
        audible_end_ns: Instant at which its last audible frame left the DAC, or None.
    """

    response_id: ResponseId
    played_ms: float
    audible_end_ns: Nanoseconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackStalled(Event):
    """The queue ran dry inside a reply for ``stall_ms`` of DAC time."""

    response_id: ResponseId
    stall_ms: float


@dataclass(frozen=True, slots=True)
class ItemHeard:
    """How much of an item's audio was played, of what had arrived by then."""

    item_id: ItemId
    played_ms: float
    arrived_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackFlushed(Event):
    """We dropped what was queued; ``played_ms`` of this reply had been played.

    Attributes:
        item_id: The item that was being played.
        audible_end_ns: Instant at which its last audible frame leaves the DAC, or None.
        silent_ns: Instant from which the DAC has nothing of it any more, or None.
        handed_end_ns: Instant at which its last frame was handed to the device, or None where
            it never sounded. Where a block could not be taken back, the latest instant at which
            that one will be.
        cause: Who decided it, or None where nobody did.
        items: The reply's items with audio, in its order; a later one may not have sounded.
    """

    response_id: ResponseId
    item_id: ItemId | None
    played_ms: float
    dropped_ms: float
    audible_end_ns: Nanoseconds | None = None
    silent_ns: Nanoseconds | None = None
    handed_end_ns: Nanoseconds | None = None
    cause: BargeInCause | None = None
    items: tuple[ItemHeard, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSpeechStarted(Event):
    """The agent became audible at the DAC at ``at_ns``, after silence of 200 ms or more.

    Found in what was played, so that it is known of providers that send no turn events too.

    Attributes:
        media_ms: Where that frame stands in the reply's audio as received, or None.
    """

    response_id: ResponseId | None
    media_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSpeechEnded(Event):
    """The agent's last audible frame before silence of 200 ms left the DAC at ``at_ns``."""

    response_id: ResponseId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLost(Event):
    """The socket closed. ``code`` is the WebSocket close code; ``clean`` that we asked for it."""

    code: int | None
    reason: str
    clean: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockJumped(Event):
    """The wall clock left the session clock by ``jump_ms``: a suspend, or a step of the clock.

    While a computer sleeps the session clock may stand still; spans across it are not latencies.
    """

    jump_ms: float
