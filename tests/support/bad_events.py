"""Client events that a server of the Realtime protocol must refuse, and how."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from app.protocols.openai_realtime.schema_events import MAX_AUDIO_BYTES
from tests.support.realtime_server import Talk, user_text

HUGE = base64.b64encode(bytes(MAX_AUDIO_BYTES + 2)).decode()


@dataclass(frozen=True)
class Bad:
    """A client event, and the error that it gets."""

    kind: str
    code: str
    param: str | None
    fields: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.kind} {json.dumps(self.fields)[:60]} {self.code}"


def _session(code: str, param: str, **fields: Any) -> Bad:
    return Bad(
        "session.update", code, f"session.{param}", {"session": {"type": "realtime"} | fields}
    )


def _vad(code: str, param: str, **fields: Any) -> Bad:
    fields = {"audio": {"input": {"turn_detection": fields}}}
    return _session(code, f"audio.input.turn_detection.{param}", **fields)


def _item(code: str, param: str, **fields: Any) -> Bad:
    return Bad("conversation.item.create", code, param, {"item": fields})


def _message(code: str, param: str, role: str, *content: Any) -> Bad:
    return _item(code, param, type="message", role=role, content=list(content))


def _response(code: str, param: str | None, **fields: Any) -> Bad:
    return Bad("response.create", code, param, {"response": fields})


MISSING, UNKNOWN = "missing_required_parameter", "unknown_parameter"
VALUE, KIND = "invalid_value", "invalid_type"
BELOW, ABOVE = "integer_below_min_value", "integer_above_max_value"
FUNCTION = {"type": "function", "name": "f"}
BAD = [
    # sessions
    Bad("session.update", MISSING, "session"),
    Bad("session.update", MISSING, "session.type", {"session": {}}),
    Bad("session.update", MISSING, "session.type", {"session": {"modalities": ["text"]}}),
    Bad("session.update", KIND, "session", {"session": "now"}),
    Bad("session.update", UNKNOWN, "extra", {"session": {"type": "realtime"}, "extra": 1}),
    _session(VALUE, "type", type="transcription"),
    _session(UNKNOWN, "modalities", modalities=["text"]),
    _session(UNKNOWN, "voice", voice="amy"),
    _session(UNKNOWN, "temperature", temperature=0.8),
    _session(VALUE, "model", model="larger"),
    _session(KIND, "model", model=3),
    _session(KIND, "instructions", instructions=["a"]),
    _session(VALUE, "instructions", instructions="a" * 1_000_001),
    _session(VALUE, "output_modalities", output_modalities=["text", "audio"]),
    _session(VALUE, "output_modalities", output_modalities=[]),
    _session(VALUE, "output_modalities[0]", output_modalities=["video"]),
    _session(KIND, "output_modalities", output_modalities="text"),
    _session(BELOW, "max_output_tokens", max_output_tokens=0),
    _session(ABOVE, "max_output_tokens", max_output_tokens=4_097),
    _session(VALUE, "max_output_tokens", max_output_tokens="many"),
    _session(KIND, "max_output_tokens", max_output_tokens=1.5),
    _session(KIND, "max_output_tokens", max_output_tokens=True),
    _session(KIND, "tools", tools={}),
    _session(KIND, "tools[0]", tools=["f"]),
    _session(MISSING, "tools[0].name", tools=[{"type": "function"}]),
    _session(VALUE, "tools[0].name", tools=[{"type": "function", "name": ""}]),
    _session(UNKNOWN, "tools[0].meta", tools=[FUNCTION | {"meta": 1}]),
    _session(KIND, "tools[0].parameters", tools=[FUNCTION | {"parameters": "{}"}]),
    _session(VALUE, "tools[0].type", tools=[{"type": "retrieval"}]),
    _session(VALUE, "tools[0]", tools=[{"type": "mcp", "server_label": "x"}]),
    _session(VALUE, "tools", tools=[FUNCTION] * 129),
    _session(VALUE, "tool_choice", tool_choice="perhaps"),
    _session(VALUE, "tool_choice", tool_choice={"type": "function", "name": "g"}),
    _session(VALUE, "tool_choice", tool_choice={"type": "mcp", "server_label": "x"}),
    _session(MISSING, "tool_choice.type", tool_choice={"name": "f"}),
    _session(MISSING, "tool_choice.name", tool_choice={"type": "function"}),
    _session(KIND, "tool_choice", tool_choice=3),
    _session(KIND, "parallel_tool_calls", parallel_tool_calls="yes"),
    _session(VALUE, "reasoning.effort", reasoning={"effort": "none"}),
    _session(VALUE, "prompt", prompt={"id": "pmpt_1"}),
    _session(VALUE, "tracing", tracing="always"),
    _session(MISSING, "truncation.retention_ratio", truncation={"type": "retention_ratio"}),
    _session(VALUE, "include[0]", include=["everything"]),
    _session(KIND, "audio", audio=[]),
    _session(UNKNOWN, "audio.echo", audio={"echo": {}}),
    _session(VALUE, "audio.input.format.type", audio={"input": {"format": {"type": "pcm16"}}}),
    _session(KIND, "audio.input.format", audio={"input": {"format": "pcm16"}}),
    _session(
        VALUE,
        "audio.input.format.rate",
        audio={"input": {"format": {"type": "audio/pcm", "rate": 11_025}}},
    ),
    _session(
        UNKNOWN,
        "audio.output.format.rate",
        audio={"output": {"format": {"type": "audio/pcmu", "rate": 8_000}}},
    ),
    _session(VALUE, "audio.output.voice", audio={"output": {"voice": "nobody"}}),
    _session(KIND, "audio.output.voice", audio={"output": {"voice": 3}}),
    _session(MISSING, "audio.output.voice.id", audio={"output": {"voice": {}}}),
    _session(VALUE, "audio.output.voice.id", audio={"output": {"voice": {"id": "voice_1"}}}),
    _session(VALUE, "audio.output.speed", audio={"output": {"speed": 1.6}}),
    _session(VALUE, "audio.output.speed", audio={"output": {"speed": 0.2}}),
    _session(KIND, "audio.output.speed", audio={"output": {"speed": "fast"}}),
    _session(KIND, "audio.input.transcription", audio={"input": {"transcription": "whisper-1"}}),
    _session(MISSING, "audio.input.noise_reduction.type", audio={"input": {"noise_reduction": {}}}),
    _vad(VALUE, "threshold", threshold=1.01),
    _vad(VALUE, "threshold", threshold=-0.1),
    _vad(KIND, "threshold", threshold=True),
    _vad(KIND, "threshold", threshold="high"),
    _vad(BELOW, "silence_duration_ms", silence_duration_ms=-1),
    _vad(KIND, "silence_duration_ms", silence_duration_ms=200.5),
    _vad(KIND, "silence_duration_ms", silence_duration_ms=True),
    _vad(BELOW, "prefix_padding_ms", prefix_padding_ms=-300),
    _vad(BELOW, "idle_timeout_ms", idle_timeout_ms=4_999),
    _vad(ABOVE, "idle_timeout_ms", idle_timeout_ms=30_001),
    _vad(KIND, "create_response", create_response="false"),
    _vad(VALUE, "type", type="none"),
    _vad(KIND, "type", type=3),
    _vad(UNKNOWN, "eagerness", eagerness="low"),
    _vad(VALUE, "eagerness", type="semantic_vad", eagerness="very"),
    # audio
    Bad("input_audio_buffer.append", MISSING, "audio"),
    Bad("input_audio_buffer.append", MISSING, "audio", {"audio": None}),
    Bad("input_audio_buffer.append", KIND, "audio", {"audio": 3}),
    Bad("input_audio_buffer.append", VALUE, "audio", {"audio": "AAAAAAAA!!!!"}),
    Bad("input_audio_buffer.append", VALUE, "audio", {"audio": "not base64!"}),
    Bad("input_audio_buffer.append", VALUE, "audio", {"audio": "AAA"}),
    Bad("input_audio_buffer.append", VALUE, "audio", {"audio": "AAAA"}),
    Bad("input_audio_buffer.append", VALUE, "audio", {"audio": "\u00e9\u00e9\u00e9\u00e9"}),
    Bad("input_audio_buffer.append", VALUE, "audio", {"audio": HUGE}),
    Bad("input_audio_buffer.append", UNKNOWN, "rate", {"audio": "", "rate": 8_000}),
    Bad("input_audio_buffer.commit", "input_audio_buffer_commit_empty", None),
    Bad("output_audio_buffer.clear", "invalid_event", "type"),
    # items
    Bad("conversation.item.create", MISSING, "item"),
    Bad("conversation.item.create", KIND, "item", {"item": []}),
    _item(MISSING, "item.type"),
    _item(VALUE, "item.type", type="tool"),
    _item(VALUE, "item", type="mcp_approval_response"),
    _item(MISSING, "item.role", type="message"),
    _item(VALUE, "item.role", type="message", role="developer"),
    _item(MISSING, "item.content", type="message", role="user"),
    _item(KIND, "item.content", type="message", role="user", content="Hi"),
    _item(VALUE, "item.id", **user_text("Hi") | {"id": ""}),
    _item(UNKNOWN, "item.name", **user_text("Hi") | {"name": "Bo"}),
    _item("item_create_duplicate_item_id", "item.id", **user_text("Hi") | {"id": "first"}),
    _message(VALUE, "item.content[0].type", "user", {"type": "text", "text": "Hi"}),
    _message(VALUE, "item.content[0].type", "system", {"type": "input_audio"}),
    _message(VALUE, "item.content[0].type", "assistant", {"type": "input_text", "text": "Hi"}),
    _message(MISSING, "item.content[0].text", "user", {"type": "input_text"}),
    _message(
        UNKNOWN,
        "item.content[0].audio",
        "user",
        {"type": "input_text", "text": "a", "audio": "AAAA"},
    ),
    _message(MISSING, "item.content[0].audio", "user", {"type": "input_audio"}),
    _message(VALUE, "item.content[0].audio", "user", {"type": "input_audio", "audio": "AAA"}),
    _message(MISSING, "item.content[0].image_url", "user", {"type": "input_image"}),
    _item(MISSING, "item.name", type="function_call", arguments="{}"),
    _item(MISSING, "item.output", type="function_call_output", call_id="c"),
    _item(
        "invalid_tool_call_id", "item.call_id", type="function_call_output", call_id="c", output=""
    ),
    Bad(
        "conversation.item.create",
        "item_create_invalid_previous_item_id",
        "previous_item_id",
        {"item": user_text("Hi"), "previous_item_id": "nothing"},
    ),
    Bad("conversation.item.retrieve", MISSING, "item_id"),
    Bad("conversation.item.retrieve", "item_retrieve_invalid_item_id", "item_id", {"item_id": "x"}),
    Bad("conversation.item.delete", "item_delete_invalid_item_id", "item_id", {"item_id": "x"}),
    Bad("conversation.item.delete", KIND, "item_id", {"item_id": 3}),
    Bad(
        "conversation.item.truncate",
        "item_truncate_invalid_item_id",
        "item_id",
        {"item_id": "x", "content_index": 0, "audio_end_ms": 0},
    ),
    Bad(
        "conversation.item.truncate",
        "unsupported_content_type",
        None,
        {"item_id": "first", "content_index": 0, "audio_end_ms": 0},
    ),
    Bad(
        "conversation.item.truncate",
        VALUE,
        None,
        {"item_id": "spoken", "content_index": 0, "audio_end_ms": 101},
    ),
    Bad(
        "conversation.item.truncate",
        BELOW,
        "audio_end_ms",
        {"item_id": "spoken", "content_index": 0, "audio_end_ms": -1},
    ),
    Bad(
        "conversation.item.truncate",
        ABOVE,
        "content_index",
        {"item_id": "spoken", "content_index": 1, "audio_end_ms": 0},
    ),
    Bad(
        "conversation.item.truncate", MISSING, "audio_end_ms", {"item_id": "x", "content_index": 0}
    ),
    # responses
    Bad("response.create", KIND, "response", {"response": "please"}),
    _response(UNKNOWN, "response.modalities", modalities=["text"]),
    _response(VALUE, "response.conversation", conversation="other"),
    _response(VALUE, "response.output_modalities", output_modalities=["audio", "text"]),
    _response(BELOW, "response.max_output_tokens", max_output_tokens=-1),
    _response(VALUE, "response.audio.output.voice", audio={"output": {"voice": "nobody"}}),
    _response(UNKNOWN, "response.audio.input", audio={"input": {}}),
    _response(VALUE, "response.metadata", metadata={str(n): "" for n in range(17)}),
    _response(VALUE, "response.metadata", metadata={"k" * 65: ""}),
    _response(VALUE, "response.metadata.k", metadata={"k": "v" * 513}),
    _response(KIND, "response.metadata.k", metadata={"k": 3}),
    _response(VALUE, "response.tool_choice", tool_choice={"type": "function", "name": "f"}),
    _response(VALUE, "response.input[0].id", input=[{"type": "item_reference", "id": "x"}]),
    _response(VALUE, "response.input[0].type", input=[{"type": "note"}]),
    _response(MISSING, "response.input[1].role", input=[user_text("a"), {"type": "message"}]),
    Bad("response.cancel", "response_cancel_not_active", None),
    Bad("response.cancel", "response_cancel_not_active", None, {"response_id": "resp_x"}),
    Bad("response.cancel", KIND, "response_id", {"response_id": 3}),
    # no event at all
    Bad("session.begin", VALUE, "type"),
    Bad("x" * 500, VALUE, "type"),
]


def prepared_talk() -> Talk:
    """Return a session with a user's item "first" and 100 ms of speech "spoken"."""
    talk = Talk()
    first = user_text("Hello.") | {"id": "first"}
    speech = {"type": "output_audio", "audio": base64.b64encode(bytes(4_800)).decode()}
    spoken = {"type": "message", "role": "assistant", "id": "spoken", "content": [speech]}
    talk.send("conversation.item.create", item=first)
    talk.send("conversation.item.create", item=spoken)
    talk.events()
    return talk


def snapshot(talk: Talk) -> tuple[Any, ...]:
    server = talk.server
    return (
        json.dumps(server.config.wire),
        server.messages(),
        server.input_state,
        server.open_responses(),
        server._state.input.audio_ms,
        [item.wire() for item in server._state.conversation],
    )
