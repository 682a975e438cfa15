"""Writers: each command of ours as the client event that asks for it."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from app.core.commands import (
    CancelResponse,
    ClearInput,
    ClearOutput,
    Command,
    CommitInput,
    ConfigureSession,
    CreateItem,
    CreateResponse,
    DeleteItem,
    RetrieveItem,
    SendText,
    SendToolResult,
    TruncateItem,
)
from app.core.errors import LocalProtocolError
from app.protocols.openai_realtime.dialect_turns import Body
from app.protocols.openai_realtime.dialects import Spelling, item_body

MAX_AUDIO_BYTES = 15 * 1024 * 1024 * 3 // 4
"""Most bytes of audio in one append: the service takes 15 MiB of base64."""

_SAMPLE_BYTES = 2
_Writer: TypeAlias = Callable[[Any, Spelling], Body]


def check_audio(pcm: bytes) -> bytes:
    """Return ``pcm``.

    Raises:
        LocalProtocolError: If it holds half a sample or is more than one message takes.
    """
    if len(pcm) % _SAMPLE_BYTES:
        raise LocalProtocolError("cannot send half a sample of audio")
    if len(pcm) > MAX_AUDIO_BYTES:
        raise LocalProtocolError(f"cannot send more than {MAX_AUDIO_BYTES} bytes of audio at once")
    return pcm


def append_message(octets: bytes) -> str:
    """Return ``input_audio_buffer.append`` with this audio, encoded as the wire has it.

    Written by hand: it is sent 50 times a second, and base64 needs no JSON escapes.
    """
    return f'{{"type":"input_audio_buffer.append","audio":"{base64.b64encode(octets).decode()}"}}'


def command_body(command: Command, spelling: Spelling) -> Body:
    """Return the client event of any command but ``AppendAudio``, without an ``event_id``."""
    return _WRITERS[type(command)](command, spelling)


def to_json(body: Mapping[str, Any]) -> str:
    """Return ``body`` as JSON text.

    Raises:
        LocalProtocolError: If it holds what JSON cannot express.
    """
    try:
        return json.dumps(body, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as exc:
        raise LocalProtocolError(f"{body.get('type')} holds what JSON cannot express") from exc


def _plain(kind: str) -> _Writer:
    def write(_command: Command, _spelling: Spelling) -> Body:
        return {"type": kind}

    return write


def _about_item(kind: str) -> _Writer:
    def write(command: RetrieveItem | DeleteItem, _spelling: Spelling) -> Body:
        return {"type": kind, "item_id": command.item_id}

    return write


def _configure(command: ConfigureSession, spelling: Spelling) -> Body:
    return {"type": "session.update", "session": spelling.session(command.settings)}


def _create_item(command: CreateItem, spelling: Spelling) -> Body:
    body: Body = {"type": "conversation.item.create", "item": item_body(command.item, spelling)}
    if command.previous_item_id is not None:
        body["previous_item_id"] = command.previous_item_id
    return body


def _send_text(command: SendText, _spelling: Spelling) -> Body:
    content = [{"type": "input_text", "text": command.text}]
    item = {"type": "message", "role": "user", "content": content}
    return {"type": "conversation.item.create", "item": item}


def _send_tool_result(command: SendToolResult, _spelling: Spelling) -> Body:
    item = {
        "type": "function_call_output",
        "call_id": command.call_id,
        "output": command.output,
    }
    return {"type": "conversation.item.create", "item": item}


def _truncate(command: TruncateItem, _spelling: Spelling) -> Body:
    return {
        "type": "conversation.item.truncate",
        "item_id": command.item_id,
        "content_index": command.content_index,
        "audio_end_ms": command.audio_end_ms,
    }


def _create_response(command: CreateResponse, spelling: Spelling) -> Body:
    if command.options is None:
        return {"type": "response.create"}
    options = spelling.response(command.options)
    items = options.get("input")
    if isinstance(items, list | tuple):
        options["input"] = [item_body(item, spelling) for item in items]
    return {"type": "response.create", "response": options}


def _cancel(command: CancelResponse, _spelling: Spelling) -> Body:
    body: Body = {"type": "response.cancel"}
    if command.response_id is not None:
        body["response_id"] = command.response_id
    return body


_WRITERS: dict[type[Any], _Writer] = {
    ConfigureSession: _configure,
    CommitInput: _plain("input_audio_buffer.commit"),
    ClearInput: _plain("input_audio_buffer.clear"),
    CreateItem: _create_item,
    SendText: _send_text,
    SendToolResult: _send_tool_result,
    RetrieveItem: _about_item("conversation.item.retrieve"),
    DeleteItem: _about_item("conversation.item.delete"),
    TruncateItem: _truncate,
    CreateResponse: _create_response,
    CancelResponse: _cancel,
    ClearOutput: _plain("output_audio_buffer.clear"),
}
