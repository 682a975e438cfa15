"""What conversation items a client may make.

Source: OpenAI Realtime API reference, "conversation.item.create".
"""

from app.protocols.openai_realtime.schema import (
    Checker,
    array,
    elsewhere,
    one_of,
    shape,
    tagged,
    text,
)
from app.protocols.openai_realtime.schema_session import not_served

item_id = text(shortest=1, longest=256)
_MAX_PARTS = 256
_IMAGE_URL = text(longest=20_000_000)
_AUDIO = text(longest=20_971_520)


def _part_shape(*required: str, **fields: Checker) -> Checker:
    others = dict.fromkeys(("text", "audio", "transcript", "image_url", "detail"), elsewhere)
    return shape({"type": text(), **others, **fields}, required=required)


_INPUT_TEXT = _part_shape("text", text=text())
_INPUT_AUDIO = _part_shape(audio=_AUDIO, transcript=text())
_INPUT_IMAGE = _part_shape("image_url", image_url=_IMAGE_URL, detail=one_of("auto", "low", "high"))
_OUTPUT_TEXT = _part_shape("text", text=text())
_OUTPUT_AUDIO = _part_shape(audio=_AUDIO, transcript=text())


def _part(**shapes: Checker) -> Checker:
    return tagged("type", shapes)


_PARTS: dict[str, Checker] = {
    "system": _part(input_text=_INPUT_TEXT),
    "user": _part(input_text=_INPUT_TEXT, input_audio=_INPUT_AUDIO, input_image=_INPUT_IMAGE),
    "assistant": _part(output_text=_OUTPUT_TEXT, output_audio=_OUTPUT_AUDIO),
}

_COMMON: dict[str, Checker] = {
    "id": item_id,
    "type": text(),
    "object": one_of("realtime.item"),
    "status": one_of("completed", "incomplete", "in_progress"),
}

_MESSAGE = tagged(
    "role",
    {
        role: shape(
            _COMMON | {"role": text(), "content": array(part, most=_MAX_PARTS)},
            required=("role", "content"),
        )
        for role, part in _PARTS.items()
    },
)
_FUNCTION_CALL = shape(
    _COMMON | {"call_id": item_id, "name": text(shortest=1, longest=128), "arguments": text()},
    required=("name", "arguments"),
)
_FUNCTION_CALL_OUTPUT = shape(
    _COMMON | {"call_id": item_id, "output": text()}, required=("call_id", "output")
)
_NO_MCP = not_served("MCP items are")

_ITEMS: dict[str, Checker] = {
    "message": _MESSAGE,
    "function_call": _FUNCTION_CALL,
    "function_call_output": _FUNCTION_CALL_OUTPUT,
    "mcp_approval_response": _NO_MCP,
    "mcp_approval_request": _NO_MCP,
    "mcp_list_tools": _NO_MCP,
    "mcp_call": _NO_MCP,
}
_REFERENCE = shape({"type": text(), "id": item_id}, required=("id",))

item = tagged("type", _ITEMS)
"""Checks the item of a ``conversation.item.create``."""

item_or_reference = tagged("type", _ITEMS | {"item_reference": _REFERENCE})
"""Checks one element of a response's ``input``."""
