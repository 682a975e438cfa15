"""Readers of server messages about the provider's replies."""

from collections.abc import Callable
from typing import TypedDict

from app.core.clock import Nanoseconds
from app.core.events import (
    McpProgress,
    McpStage,
    RemotePlayback,
    RemotePlaybackChanged,
    ResponseAudio,
    ResponseAudioDone,
    ResponseFinished,
    ResponseItem,
    ResponsePart,
    ResponseStarted,
    ResponseText,
    ResponseTextDone,
    SessionEvent,
    TextKind,
    TokenUsage,
    ToolArgumentsDelta,
    ToolCalled,
)
from app.core.ids import CallId, ItemId, ResponseId
from app.protocols.openai_realtime.client_fields import (
    Fields,
    index,
    known_count,
    known_mapping,
    known_text,
    mapping,
    mappings,
    octets,
    text,
    text_or_empty,
)
from app.protocols.openai_realtime.client_input_readers import item_id, known_item_id

_Reader = Callable[[Fields, Nanoseconds], SessionEvent]


class _Place(TypedDict):
    response_id: ResponseId
    item_id: ItemId
    output_index: int
    content_index: int


def _place(m: Fields) -> _Place:
    """Return where in which reply a content part stands."""
    return {
        "response_id": _response_id(m),
        "item_id": item_id(m),
        "output_index": index(m, "output_index"),
        "content_index": index(m, "content_index"),
    }


def _response_id(m: Fields) -> ResponseId:
    return ResponseId(text(m, "response_id"))


def _known_response_id(m: Fields, name: str) -> ResponseId | None:
    value = known_text(m, name)
    return None if value is None else ResponseId(value)


def _call_id(m: Fields) -> CallId | None:
    value = known_text(m, "call_id")
    return None if value is None else CallId(value)


def _started(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    """Read the start of a reply. The schema lets it have no name; "" is then its id."""
    response = mapping(m, "response")
    return ResponseStarted(at_ns=at_ns, response_id=ResponseId(text_or_empty(response, "id")))


def _finished(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    """Read the end of a reply; one without a status has ended all the same: "completed"."""
    response = mapping(m, "response")
    details = known_mapping(response, "status_details")
    error = known_mapping(details, "error")
    return ResponseFinished(
        at_ns=at_ns,
        response_id=_known_response_id(response, "id"),
        status=known_text(response, "status") or known_text(details, "type") or "completed",
        reason=known_text(details, "reason"),
        error_code=known_text(error, "code") or known_text(error, "type"),
        error_message=known_text(error, "message"),
        usage=_usage(known_mapping(response, "usage") or known_mapping(m, "usage")),
        output=mappings(response, "output"),
    )


def _usage(usage: Fields) -> TokenUsage | None:
    if not usage:
        return None
    spent = known_mapping(usage, "input_token_details")
    cached = known_mapping(spent, "cached_tokens_details")
    made = known_mapping(usage, "output_token_details")
    return TokenUsage(
        total=known_count(usage, "total_tokens"),
        input_total=known_count(usage, "input_tokens"),
        output_total=known_count(usage, "output_tokens"),
        input_text=known_count(spent, "text_tokens"),
        input_audio=known_count(spent, "audio_tokens"),
        input_image=known_count(spent, "image_tokens"),
        cached_total=known_count(spent, "cached_tokens"),
        cached_text=known_count(cached, "text_tokens"),
        cached_audio=known_count(cached, "audio_tokens"),
        cached_image=known_count(cached, "image_tokens"),
        output_text=known_count(made, "text_tokens"),
        output_audio=known_count(made, "audio_tokens"),
        output_reasoning=known_count(made, "reasoning_tokens"),
    )


def _item(*, done: bool) -> _Reader:
    def read(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
        item = mapping(m, "item")
        return ResponseItem(
            at_ns=at_ns,
            response_id=_response_id(m),
            output_index=index(m, "output_index"),
            item_id=known_item_id(item, "id"),
            kind=text_or_empty(item, "type"),
            done=done,
            item=item,
        )

    return read


def _part(*, done: bool) -> _Reader:
    def read(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
        kind = known_text(known_mapping(m, "part"), "type")
        return ResponsePart(at_ns=at_ns, kind=kind, done=done, **_place(m))

    return read


def _text(kind: TextKind) -> _Reader:
    def read(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
        return ResponseText(at_ns=at_ns, kind=kind, text=text_or_empty(m, "delta"), **_place(m))

    return read


def _text_done(kind: TextKind, field: str) -> _Reader:
    def read(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
        return ResponseTextDone(at_ns=at_ns, kind=kind, text=text_or_empty(m, field), **_place(m))

    return read


def _audio(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    """Read the octets as they are on the wire; the codec makes 24 kHz PCM16 of them."""
    return ResponseAudio(
        at_ns=at_ns,
        response_id=_response_id(m),
        item_id=item_id(m),
        output_index=index(m, "output_index"),
        content_index=index(m, "content_index"),
        pcm=octets(m, "delta"),
    )


def _audio_done(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    return ResponseAudioDone(at_ns=at_ns, **_place(m))


def _arguments(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    return ToolArgumentsDelta(
        at_ns=at_ns,
        response_id=_known_response_id(m, "response_id"),
        item_id=item_id(m),
        output_index=index(m, "output_index"),
        call_id=_call_id(m),
        text=text_or_empty(m, "delta"),
    )


def _called(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    return ToolCalled(
        at_ns=at_ns,
        response_id=_known_response_id(m, "response_id"),
        item_id=item_id(m),
        output_index=index(m, "output_index"),
        call_id=_call_id(m),
        name=known_text(m, "name"),
        arguments=text_or_empty(m, "arguments"),
    )


def _mcp(stage: McpStage, *, listing: bool) -> _Reader:
    def read(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
        return McpProgress(at_ns=at_ns, item_id=item_id(m), listing=listing, stage=stage)

    return read


def _playback(change: RemotePlayback) -> _Reader:
    def read(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
        return RemotePlaybackChanged(at_ns=at_ns, response_id=_response_id(m), change=change)

    return read


REPLY_READERS: dict[str, _Reader] = {
    "response.created": _started,
    "response.done": _finished,
    "response.output_item.added": _item(done=False),
    "response.output_item.done": _item(done=True),
    "response.content_part.added": _part(done=False),
    "response.content_part.done": _part(done=True),
    "response.output_text.delta": _text(TextKind.TEXT),
    "response.text.delta": _text(TextKind.TEXT),
    "response.output_text.done": _text_done(TextKind.TEXT, "text"),
    "response.text.done": _text_done(TextKind.TEXT, "text"),
    "response.output_audio_transcript.delta": _text(TextKind.TRANSCRIPT),
    "response.audio_transcript.delta": _text(TextKind.TRANSCRIPT),
    "response.output_audio_transcript.done": _text_done(TextKind.TRANSCRIPT, "transcript"),
    "response.audio_transcript.done": _text_done(TextKind.TRANSCRIPT, "transcript"),
    "response.output_audio.delta": _audio,
    "response.audio.delta": _audio,
    "response.output_audio.done": _audio_done,
    "response.audio.done": _audio_done,
    "response.function_call_arguments.delta": _arguments,
    "response.function_call_arguments.done": _called,
    "response.mcp_call_arguments.delta": _arguments,
    "response.mcp_call_arguments.done": _called,
    "response.mcp_call.in_progress": _mcp(McpStage.IN_PROGRESS, listing=False),
    "response.mcp_call.completed": _mcp(McpStage.COMPLETED, listing=False),
    "response.mcp_call.failed": _mcp(McpStage.FAILED, listing=False),
    "mcp_list_tools.in_progress": _mcp(McpStage.IN_PROGRESS, listing=True),
    "mcp_list_tools.completed": _mcp(McpStage.COMPLETED, listing=True),
    "mcp_list_tools.failed": _mcp(McpStage.FAILED, listing=True),
    "output_audio_buffer.started": _playback(RemotePlayback.STARTED),
    "output_audio_buffer.stopped": _playback(RemotePlayback.STOPPED),
    "output_audio_buffer.cleared": _playback(RemotePlayback.CLEARED),
}
"""Message kind to its reader; both spellings, whatever the dialect."""
