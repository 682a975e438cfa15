"""Client events about the conversation's items."""

import math
from collections.abc import Mapping
from typing import Any

from app.core.audio_format import Samples
from app.core.ids import CallId, ItemId
from app.dsp.pcm import concat
from app.protocols.openai_realtime.items import Item
from app.protocols.openai_realtime.schema import ClientError, missing
from app.protocols.openai_realtime.server_audio import InputDecoder, wire_bytes
from app.protocols.openai_realtime.server_state import Fields, Handler, ServerState
from app.protocols.openai_realtime.server_values import (
    Encoding,
    IdSource,
    ItemCreated,
    ItemDeleted,
    ItemTruncated,
    ServerRequest,
)


def client_item(
    written: Mapping[str, Any], *, ids: IdSource, encoding: Encoding, place: str
) -> tuple[Item, Samples | None]:
    """Return a client's checked item, and its audio where that has no words with it.

    Args:
        written: The item.
        ids: Names it where the client did not.
        encoding: Of its audio.
        place: The item's place in the event.

    Raises:
        ClientError: If its audio cannot be read.
    """
    body = {name: v for name, v in written.items() if name not in {"id", "object", "status"}}
    wordless: list[Samples] = []
    audio_ms = 0.0
    if "content" in body:
        parts = [
            _Part.read(part, encoding, f"{place}.content[{index}]")
            for index, part in enumerate(body["content"])
        ]
        body["content"] = [part.shown for part in parts]
        audio_ms = sum(part.audio_ms for part in parts)
        wordless = [part.wordless for part in parts if part.wordless is not None]
    if body["type"] == "function_call":
        body.setdefault("call_id", ids.new("call"))
    item = Item(item_id=ItemId(written.get("id") or ids.new("item")), body=body, audio_ms=audio_ms)
    return item, concat(wordless) if wordless else None


class _Part:
    """One part of a message's content, read."""

    def __init__(self, shown: Mapping[str, Any]) -> None:
        self.shown = shown
        self.audio_ms = 0.0
        self.wordless: Samples | None = None

    @staticmethod
    def read(part: Mapping[str, Any], encoding: Encoding, place: str) -> "_Part":
        """Return the part; audio itself is taken out of it."""
        if part["type"] not in {"input_audio", "output_audio"}:
            return _Part(part)
        if "audio" not in part and "transcript" not in part:
            raise missing(f"{place}.audio")
        read = _Part({"type": part["type"], "transcript": part.get("transcript")})
        audio = wire_bytes(part.get("audio", ""), encoding, f"{place}.audio")
        decoder = InputDecoder(encoding)
        read.audio_ms = decoder.duration_ms(audio)
        if not part.get("transcript"):
            read.wordless = concat((decoder.decode(audio), decoder.flush()))
        return read


def _create(state: ServerState, event: Fields) -> list[ServerRequest]:
    written, after = event["item"], event.get("previous_item_id")
    state.conversation.check_new(written.get("id"), after)
    if written["type"] == "function_call_output":
        _check_call(state, CallId(written["call_id"]))
    item, audio = client_item(
        written, ids=state.ids, encoding=state.config.input_encoding, place="item"
    )
    state.add(item, after)
    return [ItemCreated(item_id=item.item_id, audio=audio)]


def _check_call(state: ServerState, call_id: CallId) -> None:
    if not state.conversation.has_call(call_id):
        raise ClientError(
            "invalid_tool_call_id",
            f"Tool call ID '{call_id}' not found in conversation.",
            "item.call_id",
        )


def _retrieve(state: ServerState, event: Fields) -> list[ServerRequest]:
    item = state.conversation.get(event["item_id"], "item_retrieve_invalid_item_id")
    state.outbox.emit("conversation.item.retrieved", {"item": item.wire()})
    return []


def _truncate(state: ServerState, event: Fields) -> list[ServerRequest]:
    end_ms = event["audio_end_ms"]
    item = state.conversation.get(event["item_id"], "item_truncate_invalid_item_id")
    if not item.has_output_audio:
        raise ClientError(
            "unsupported_content_type", "Only model output audio messages can be truncated."
        )
    if end_ms > math.ceil(item.audio_ms):
        raise ClientError(
            "invalid_value",
            f"Audio content of {int(item.audio_ms)}ms is already shorter than {end_ms}ms",
        )
    state.conversation.put(item.cut(end_ms))
    state.outbox.emit(
        "conversation.item.truncated",
        {"item_id": item.item_id, "content_index": 0, "audio_end_ms": end_ms},
    )
    return [ItemTruncated(item_id=item.item_id, audio_end_ms=end_ms)]


def _delete(state: ServerState, event: Fields) -> list[ServerRequest]:
    item = state.conversation.get(event["item_id"], "item_delete_invalid_item_id")
    state.conversation.remove(item.item_id)
    state.outbox.emit("conversation.item.deleted", {"item_id": item.item_id})
    return [ItemDeleted(item_id=item.item_id)]


ITEM_EVENTS: Mapping[str, Handler] = {
    "conversation.item.create": _create,
    "conversation.item.retrieve": _retrieve,
    "conversation.item.truncate": _truncate,
    "conversation.item.delete": _delete,
}
