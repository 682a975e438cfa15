"""What the server half tells its shell, and what the shell tells it: frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from app.core.audio_format import Samples
from app.core.ids import CallId, ItemId, ResponseId


class IdSource(Protocol):
    """Makes names; the only source of them."""

    def new(self, prefix: str) -> str:
        """Return ``prefix``, an underscore, and something never used before."""
        ...


class Encoding(StrEnum):
    """Audio on the wire: int16, at 24 kHz where no rate is named, or G.711 at 8 kHz.

    The real service has PCM at 24 kHz only.
    """

    PCM = "audio/pcm"
    PCM_16K = "audio/pcm at 16 kHz"
    PCM_8K = "audio/pcm at 8 kHz"
    PCMU = "audio/pcmu"
    PCMA = "audio/pcma"


class Modality(StrEnum):
    """What a reply is made of: audio with its words, or words only."""

    AUDIO = "audio"
    TEXT = "text"


# --- effective settings ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerVad:
    """Turns end by silence.

    Attributes:
        threshold: Probability, 0 to 1.
        idle_timeout_ms: Silence after a reply after which a timeout is triggered, or None.
        create_response: Whether the end of speech asks for a reply.
        interrupt_response: Whether the start of speech cancels the reply.
    """

    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_duration_ms: int = 200
    idle_timeout_ms: int | None = None
    create_response: bool = True
    interrupt_response: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticVad:
    """Turns end by sense; waits at most 8, 4 or 2 s for low, medium (auto) or high."""

    eagerness: str = "auto"
    create_response: bool = True
    interrupt_response: bool = True


TurnDetection: TypeAlias = ServerVad | SemanticVad


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionSettings:
    """The user's words are wanted. All fields are the client's wishes."""

    model: str | None
    language: str | None
    prompt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolChoice:
    """Which tools a reply may or must use.

    Attributes:
        mode: "auto", "none", "required" or "function".
        name: The function that must be called, with mode "function".
    """

    mode: str = "auto"
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    """The effective settings of a session, read.

    Attributes:
        turn_detection: None for push to talk.
        transcription: None where no transcription events may be sent.
        tools: Function tools as the client wrote them (type, name, description, parameters).
        max_output_tokens: None for no limit.
        wire: The session object as ``session.created`` and ``session.updated`` carry it.
    """

    model: str
    instructions: str
    modality: Modality
    input_encoding: Encoding
    output_encoding: Encoding
    turn_detection: TurnDetection | None
    transcription: TranscriptionSettings | None
    voice: str
    speed: float
    tools: tuple[Mapping[str, Any], ...]
    tool_choice: ToolChoice
    max_output_tokens: int | None
    wire: Mapping[str, Any]


# --- the conversation as a model reads it ----------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextMessage:
    """One message of the model's context.

    Attributes:
        role: "system", "user", "assistant" or "tool".
        text: What was written, heard or said; a function's output with role "tool".
        item_id: The item it comes from.
        call: The function call of an assistant message that is one.
        call_id: The call that a "tool" message answers.
    """

    role: str
    text: str
    item_id: ItemId
    call: "ContextCall | None" = None
    call_id: CallId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextCall:
    """A function call of the model. ``arguments`` is JSON text."""

    call_id: CallId
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseOptions:
    """What a reply shall be, the session's settings filled in.

    Attributes:
        voice: A voice's name or id.
        metadata: Echoed in the response, or None.
        in_conversation: False for an out-of-band reply: it is not added to the conversation.
        input: The context to answer instead of the conversation, or None.
    """

    instructions: str
    modality: Modality
    encoding: Encoding
    voice: str
    speed: float
    tools: tuple[Mapping[str, Any], ...]
    tool_choice: ToolChoice
    max_output_tokens: int | None
    metadata: Mapping[str, str] | None = None
    in_conversation: bool = True
    input: tuple[ContextMessage, ...] | None = None


# --- what a client asks of the shell ---------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class AudioAppended:
    """The client sent audio: 24 kHz mono int16, not writeable, at least one frame."""

    samples: Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class InputCommitted:
    """The client committed its audio; the item exists and the client has been told.

    Attributes:
        item_id: The user's item.
        audio_ms: Audio since the last commit or clearing.
    """

    item_id: ItemId
    audio_ms: int


@dataclass(frozen=True, slots=True)
class InputCleared:
    """The client dropped the audio that it had not committed; it has been told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRequested:
    """The client wants a reply now; ``begin_response`` before the next client event is taken."""

    options: ResponseOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested:
    """The client wants this open response cancelled; finish its writer."""

    response_id: ResponseId


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemCreated:
    """The client added an item.

    Attributes:
        item_id: The new item.
        audio: Its audio at 24 kHz where it has some without words: whoever can recognise it
            passes the words to ``note_words``. Else None.
    """

    item_id: ItemId
    audio: Samples | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTruncated:
    """The client played only ``audio_end_ms`` of this item.

    Its transcript is gone. The model takes it for unsaid until ``note_words`` says what of it
    was heard.
    """

    item_id: ItemId
    audio_end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDeleted:
    """The client removed an item."""

    item_id: ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged:
    """The client changed settings; these are the effective ones now."""

    config: SessionConfig


ServerRequest: TypeAlias = (
    AudioAppended
    | InputCommitted
    | InputCleared
    | ResponseRequested
    | CancelRequested
    | ItemCreated
    | ItemTruncated
    | ItemDeleted
    | SettingsChanged
)


# --- what the shell says ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one response. Cached ones are a part of the input ones."""

    input_text: int = 0
    input_audio: int = 0
    cached_text: int = 0
    cached_audio: int = 0
    output_text: int = 0
    output_audio: int = 0


@dataclass(frozen=True, slots=True)
class DurationUsage:
    """A transcription that is billed by the second."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUsage:
    """A transcription that is billed by the token."""

    input_text: int = 0
    input_audio: int = 0
    output_text: int = 0


class Finish(StrEnum):
    """How a response ends."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


TURN_DETECTED = "turn_detected"
CLIENT_CANCELLED = "client_cancelled"
MAX_OUTPUT_TOKENS = "max_output_tokens"
CONTENT_FILTER = "content_filter"
