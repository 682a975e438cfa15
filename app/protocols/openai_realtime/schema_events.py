"""The eleven client events, and how a message becomes one of them.

Source: OpenAI Realtime API reference, "Client events".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from app.core.wire import WireMessage
from app.protocols.openai_realtime.schema import (
    Checker,
    ClientError,
    any_object,
    integer,
    one_of,
    shape,
    text,
    wrong_type,
)
from app.protocols.openai_realtime.schema_items import item, item_id

MAX_AUDIO_BYTES = 15 * 1024 * 1024
"""Most audio of one append, decoded."""
MAX_AUDIO_BASE64 = (MAX_AUDIO_BYTES + 2) // 3 * 4
_DEEPEST = 64
_LONGEST_TRUNCATION_MS = 86_400_000


def _event(required: tuple[str, ...] = (), **fields: Checker) -> Checker:
    common = {"type": text(), "event_id": text(longest=512)}
    return shape(common | fields, required=required, top=True)


EVENTS: Mapping[str, Checker] = {
    "session.update": _event(("session",), session=any_object),
    "input_audio_buffer.append": _event(("audio",), audio=text(longest=1 << 40)),
    "input_audio_buffer.commit": _event(),
    "input_audio_buffer.clear": _event(),
    "output_audio_buffer.clear": _event(),
    "conversation.item.create": _event(("item",), item=item, previous_item_id=item_id),
    "conversation.item.retrieve": _event(("item_id",), item_id=item_id),
    "conversation.item.truncate": _event(
        ("item_id", "content_index", "audio_end_ms"),
        item_id=item_id,
        content_index=integer(0, 0),
        audio_end_ms=integer(0, _LONGEST_TRUNCATION_MS),
    ),
    "conversation.item.delete": _event(("item_id",), item_id=item_id),
    "response.create": _event(response=any_object),
    "response.cancel": _event(response_id=item_id),
}
"""Sessions and responses are checked where the session's state is known."""

_KIND = one_of(*EVENTS)


@dataclass(frozen=True, slots=True)
class RawEvent:
    """A JSON object that may be an event; ``event_id`` is the client's where it gave one."""

    fields: dict[str, Any]
    event_id: str | None


def decode(message: WireMessage) -> RawEvent:
    """Return the JSON object that ``message`` holds.

    Raises:
        ClientError: If it is binary, no JSON, no object, or holds half a character.
    """
    if not isinstance(message, str):
        raise ClientError("invalid_event", "Binary messages are not part of this protocol.")
    try:
        fields = json.loads(message, parse_constant=_no_constant)
        if "\\u" in message:
            json.dumps(fields, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as exc:
        raise ClientError("invalid_event", "The message could not be parsed as JSON.") from exc
    if type(fields) is not dict:
        raise ClientError("invalid_event", "The message is not a JSON object.")
    if _deeper_than(_DEEPEST, fields):
        raise ClientError("invalid_event", f"The message nests deeper than {_DEEPEST} levels.")
    event_id = fields.get("event_id")
    return RawEvent(fields, event_id if type(event_id) is str else None)


def _deeper_than(levels: int, value: Any) -> bool:
    """Tell whether arrays and objects lie in each other more than ``levels`` deep."""
    layer = [value]
    for _ in range(levels):
        layer = [inner for outer in layer for inner in _inside(outer)]
        if not layer:
            return False
    return any(isinstance(value, dict | list) for value in layer)


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def check_event(fields: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the event's kind and its checked fields.

    Raises:
        ClientError: If it is no event that we know, or a field is wrong.
    """
    kind = fields.get("type")
    if kind is None:
        raise ClientError("invalid_event", "The 'type' field is missing.", "type")
    if type(kind) is not str:
        raise wrong_type("type", "a string", kind)
    return kind, EVENTS[_KIND(kind, "type")](fields, "event")
