"""What we may ask of a provider, in our words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from app.core.config import SessionSettings
from app.core.ids import CallId, ItemId, ResponseId


@dataclass(frozen=True, slots=True)
class ConfigureSession:
    """Apply ``settings``; only what the provider can change while the session runs."""

    settings: SessionSettings


@dataclass(frozen=True, slots=True)
class AppendAudio:
    """Send microphone audio; ``pcm`` is 16-bit little-endian mono at 24 kHz."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class CommitInput:
    """End the user's turn by hand (push-to-talk)."""


@dataclass(frozen=True, slots=True)
class ClearInput:
    """Forget the audio that was appended and not yet committed."""


@dataclass(frozen=True, slots=True)
class CreateItem:
    """Add an item to the conversation.

    Attributes:
        item: The wire's own item, e.g. ``{"type": "message", "role": "user", ...}``.
        previous_item_id: Where to put it: after this item, "root" for the front, None for
            the end.
    """

    item: Mapping[str, Any]
    previous_item_id: str | None = None


@dataclass(frozen=True, slots=True)
class SendText:
    """Add a typed user message to the conversation. Does not ask for a reply."""

    text: str


@dataclass(frozen=True, slots=True)
class SendToolResult:
    """Answer one function call. Does not ask for a reply."""

    call_id: CallId
    output: str


@dataclass(frozen=True, slots=True)
class RetrieveItem:
    """Ask for the provider's copy of an item."""

    item_id: ItemId


@dataclass(frozen=True, slots=True)
class DeleteItem:
    """Remove an item from the conversation."""

    item_id: ItemId


@dataclass(frozen=True, slots=True)
class TruncateItem:
    """Cut a reply to what was heard: ``audio_end_ms`` milliseconds were played."""

    item_id: ItemId
    audio_end_ms: int
    content_index: int = 0


@dataclass(frozen=True, slots=True)
class CreateResponse:
    """Ask for a reply now.

    Attributes:
        options: The wire's own ``response`` object, or None for the session's settings.
    """

    options: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class CancelResponse:
    """Stop the reply in progress, or the named one."""

    response_id: ResponseId | None = None


@dataclass(frozen=True, slots=True)
class ClearOutput:
    """Drop the audio that the provider still holds back (WebRTC and SIP only)."""


Command: TypeAlias = (
    ConfigureSession
    | AppendAudio
    | CommitInput
    | ClearInput
    | CreateItem
    | SendText
    | SendToolResult
    | RetrieveItem
    | DeleteItem
    | TruncateItem
    | CreateResponse
    | CancelResponse
    | ClearOutput
)
