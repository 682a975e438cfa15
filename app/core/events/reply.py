"""The provider's reply."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.core.events.base import Event
from app.core.ids import CallId, ItemId, ResponseId


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseStarted(Event):
    """The provider began a reply."""

    response_id: ResponseId


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseItem(Event):
    """An output item of a reply began (``done`` False) or ended (True)."""

    response_id: ResponseId
    output_index: int
    item_id: ItemId | None
    kind: str
    done: bool
    item: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsePart(Event):
    """A content part of an output item began (``done`` False) or ended (True)."""

    response_id: ResponseId
    item_id: ItemId
    output_index: int
    content_index: int
    kind: str | None
    done: bool


class TextKind(StrEnum):
    """Whether text is written, or the words of spoken audio."""

    TEXT = "text"
    TRANSCRIPT = "transcript"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseText(Event):
    """A piece of the reply's words."""

    response_id: ResponseId
    item_id: ItemId
    output_index: int
    content_index: int
    kind: TextKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTextDone(Event):
    """All the words of one content part."""

    response_id: ResponseId
    item_id: ItemId
    output_index: int
    content_index: int
    kind: TextKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseAudio(Event):
    """A piece of reply audio: 16-bit little-endian mono at 24 kHz.

    The codec has already expanded G.711, so that consumers know one shape only.
    """

    response_id: ResponseId
    item_id: ItemId
    output_index: int
    content_index: int
    pcm: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseAudioDone(Event):
    """No more audio of this content part."""

    response_id: ResponseId
    item_id: ItemId
    output_index: int
    content_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolArgumentsDelta(Event):
    """More of a function or MCP call's arguments."""

    response_id: ResponseId | None
    item_id: ItemId
    output_index: int
    call_id: CallId | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled(Event):
    """A function or MCP call is complete. ``arguments`` is JSON text of the model: untrusted."""

    response_id: ResponseId | None
    item_id: ItemId
    output_index: int
    call_id: CallId | None
    name: str | None
    arguments: str


class McpStage(StrEnum):
    """How far work of a remote tool server is."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class McpProgress(Event):
    """A remote tool server's listing (``listing`` True) or call moved on."""

    item_id: ItemId
    listing: bool
    stage: McpStage


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUsage:
    """Token counts of one reply; None where the provider does not say.

    Totals per modality include the cached ones; those of text out include the reasoning.
    """

    total: int | None = None
    input_total: int | None = None
    output_total: int | None = None
    input_text: int | None = None
    input_audio: int | None = None
    input_image: int | None = None
    cached_total: int | None = None
    cached_text: int | None = None
    cached_audio: int | None = None
    cached_image: int | None = None
    output_text: int | None = None
    output_audio: int | None = None
    output_reasoning: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseFinished(Event):
    """The reply ended.

    Attributes:
        status: "completed", "cancelled", "incomplete" or "failed", as the wire says it.
        reason: Why it did not complete, e.g. "turn_detected", or None.
        error_code: The provider's code of a failed reply, or None.
        error_message: Its message, or None.
        usage: Token counts, or None where none were reported.
        output: The wire's own output items.
    """

    response_id: ResponseId | None
    status: str
    reason: str | None
    error_code: str | None
    error_message: str | None
    usage: TokenUsage | None
    output: tuple[Mapping[str, Any], ...]


class RemotePlayback(StrEnum):
    """What the provider says of its own playback (WebRTC and SIP)."""

    STARTED = "started"
    STOPPED = "stopped"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePlaybackChanged(Event):
    """The provider's own output buffer started, ran dry or was cleared."""

    response_id: ResponseId
    change: RemotePlayback
