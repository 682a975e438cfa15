"""Recorded conversations: what was received becomes events, what was sent can be produced."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from app.core.clock import Nanoseconds
from app.core.commands import (
    AppendAudio,
    Command,
    ConfigureSession,
    CreateResponse,
    SendText,
    SendToolResult,
)
from app.core.config import Dialect, SessionSettings, Tool
from app.core.events import (
    InputTranscriptDone,
    ResponseAudio,
    ResponseFinished,
    ResponseTextDone,
    SessionCreated,
    SessionReady,
    TokenUsage,
    ToolCalled,
    UnknownMessage,
)
from app.core.ids import CallId
from app.protocols.openai_realtime.client import OpenAIRealtimeClient
from tests.support.wire import OPENAI_TRACES, TRACE_NAMES, TraceLine, load_trace

DIALECT_OF = {
    "azure": Dialect.OPENAI_GA,
    "azure_voice_live": Dialect.VOICE_LIVE,
    "openai": Dialect.OPENAI_GA,
    "xai": Dialect.XAI,
}
KEPT_AS_UNKNOWN = {"ping", "conversation.item.input_audio_transcription.updated"}
OURS_ALONE = {"event_id", "threshold", "prefix_padding_ms", "silence_duration_ms", "tools"}
"""What our messages state where the recorded client left the service its default."""


def dialect_of(name: str) -> Dialect:
    return DIALECT_OF[name.partition("__")[0]]


def played(name: str, dialect: Dialect) -> OpenAIRealtimeClient:
    client = OpenAIRealtimeClient(SessionSettings(), dialect)
    received = [line for line in load_trace(name) if not line.sent]
    for position, line in enumerate(received):
        client.receive_message(json.dumps(line.message), Nanoseconds(position))
    return client


def test_the_manifest_tells_of_every_recording() -> None:
    manifest = json.loads((OPENAI_TRACES / "manifest.json").read_text("utf-8"))

    assert sorted(entry["file"].removesuffix(".yaml") for entry in manifest) == TRACE_NAMES
    for entry in manifest:
        lines = load_trace(entry["file"].removesuffix(".yaml"))
        assert entry["licence"] == "MIT"
        assert entry["frames"]["received"] == sum(not line.sent for line in lines)


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("name", TRACE_NAMES)
def test_each_received_message_becomes_one_event_in_order(name: str, dialect: Dialect) -> None:
    received = [line for line in load_trace(name) if not line.sent]

    events = played(name, dialect).events_received()

    assert [event.at_ns for event in events] == list(range(len(received)))
    unknown = {event.kind for event in events if isinstance(event, UnknownMessage)}
    assert unknown == {line.kind for line in received} & KEPT_AS_UNKNOWN
    assert sum(isinstance(event, SessionCreated) for event in events) == 1
    assert sum(isinstance(event, SessionReady) for event in events) == 1


@pytest.mark.parametrize("name", TRACE_NAMES)
def test_reply_audio_is_whole_samples_though_the_recording_cut_them(name: str) -> None:
    events = played(name, Dialect.OPENAI_GA).events_received()

    sizes = [len(event.pcm) for event in events if isinstance(event, ResponseAudio)]
    assert all(size % 2 == 0 for size in sizes)


def test_a_spoken_turn_tells_its_words_and_its_cost() -> None:
    events = played("openai__audio_in_server_vad_turn", Dialect.OPENAI_GA).events_received()

    (heard,) = [event for event in events if isinstance(event, InputTranscriptDone)]
    (said,) = [event for event in events if isinstance(event, ResponseTextDone)]
    (finished,) = [event for event in events if isinstance(event, ResponseFinished)]
    assert heard.text == "Hello, my name is Marcelo."
    assert said.text == "Hello, Marcelo! Great to meet you. How can I help you today?"
    assert finished.status == "completed"
    assert isinstance(finished.usage, TokenUsage)
    assert finished.usage.total is not None


@pytest.mark.parametrize("name", [name for name in TRACE_NAMES if "tool_call" in name])
def test_a_tool_call_tells_its_name_and_arguments(name: str) -> None:
    events = played(name, dialect_of(name)).events_received()

    (called,) = [event for event in events if isinstance(event, ToolCalled)]
    assert called.name == "get_weather"
    assert json.loads(called.arguments) == {"city": "London"}


def settings_in(body: dict[str, Any]) -> SessionSettings:
    """Return our settings for a recorded ``session`` object of any dialect."""
    sound = body.get("audio", {}).get("input", {})
    transcription = sound.get("transcription") or body["input_audio_transcription"]
    modalities = body.get("output_modalities") or body.get("modalities") or ["audio"]
    return SessionSettings(
        instructions=body["instructions"],
        transcription_model=transcription["model"],
        audio_replies="audio" in modalities,
        tools=tuple(
            Tool(name=t["name"], description=t["description"], parameters=t["parameters"])
            for t in body.get("tools", [])
        ),
    )


def item_in(item: dict[str, Any]) -> Command:
    if item["type"] == "function_call_output":
        return SendToolResult(call_id=CallId(item["call_id"]), output=item["output"])
    (part,) = item["content"]
    return SendText(text=part["text"])


def audio_in(audio: str) -> Command:
    """Return a command for recorded audio, which was cut in the middle of a sample."""
    return AppendAudio(pcm=base64.b64decode(audio) + b"\0")


COMMAND_IN: dict[str, Callable[[dict[str, Any]], Command]] = {
    "session.update": lambda m: ConfigureSession(settings_in(m["session"])),
    "input_audio_buffer.append": lambda m: audio_in(m["audio"]),
    "conversation.item.create": lambda m: item_in(m["item"]),
    "response.create": lambda _m: CreateResponse(),
}


def differences(recorded: Any, ours: Any, path: str = "") -> list[str]:
    """Return where ours says something else, or says more than it may."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        extra = [f"{path}.{name} is extra" for name in ours.keys() - recorded - OURS_ALONE]
        return extra + [
            found
            for name, value in recorded.items()
            for found in differences(value, ours.get(name), f"{path}.{name}")
        ]
    if path == ".audio" and isinstance(recorded, str):
        recorded = base64.b64encode(base64.b64decode(recorded) + b"\0").decode()
    return [] if recorded == ours else [f"{path}: {recorded!r} is not {ours!r}"]


@pytest.mark.parametrize("name", TRACE_NAMES)
def test_each_sent_message_is_one_that_we_can_produce(name: str) -> None:
    sent: list[TraceLine] = [line for line in load_trace(name) if line.sent]
    client = played(name, dialect_of(name))
    client.messages_to_send()

    for line in sent:
        client.send_command(COMMAND_IN[line.kind](line.message))
        (message,) = client.messages_to_send()
        assert isinstance(message, str)
        assert differences(line.message, json.loads(message)) == []
