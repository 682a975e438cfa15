"""The whole vocabulary: every server event parses, every client event can be produced."""

import json
from typing import Any

import jsonschema
import pytest

from app.core.commands import (
    AppendAudio,
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
from app.core.config import Dialect, SessionSettings, Tool, TurnDetection, VadMode
from app.core.events import UnknownMessage
from app.core.ids import CallId, ItemId, ResponseId
from app.protocols.openai_realtime.client import READERS, OpenAIRealtimeClient
from app.protocols.openai_realtime.states import State
from tests.support.wire import NOW, event_schemas, example_event, openai_schema

GA = sorted(event_schemas("ga", "server"))
BETA = sorted(event_schemas("beta", "server"))
SERVER_EVENTS = [("ga", kind) for kind in GA] + [("beta", kind) for kind in BETA]
DIALECTS = [Dialect.OPENAI_GA, Dialect.OPENAI_BETA]
FULL = SessionSettings(
    instructions="Be brief.",
    voice="marin",
    turn_detection=TurnDetection(mode=VadMode.SEMANTIC),
    tools=(Tool(name="f", description="d", parameters={"type": "object"}),),
)
ITEM = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]}
COMMANDS: dict[str, list[Command]] = {
    "session.update": [ConfigureSession(FULL), ConfigureSession(SessionSettings())],
    "input_audio_buffer.append": [AppendAudio(pcm=b"\x01\x02")],
    "input_audio_buffer.commit": [CommitInput()],
    "input_audio_buffer.clear": [ClearInput()],
    "output_audio_buffer.clear": [ClearOutput()],
    "conversation.item.create": [
        CreateItem(item=ITEM, previous_item_id="root"),
        SendText(text="hi"),
        SendToolResult(call_id=CallId("c"), output="{}"),
    ],
    "conversation.item.retrieve": [RetrieveItem(item_id=ItemId("i"))],
    "conversation.item.truncate": [TruncateItem(item_id=ItemId("i"), audio_end_ms=70)],
    "conversation.item.delete": [DeleteItem(item_id=ItemId("i"))],
    "response.create": [
        CreateResponse(),
        CreateResponse(
            options={
                "conversation": "none",
                "output_modalities": ["text"],
                "max_output_tokens": 9,
                "audio": {"output": {"voice": "alloy", "format": {"type": "audio/pcmu"}}},
                "input": [ITEM],
            }
        ),
    ],
    "response.cancel": [CancelResponse(), CancelResponse(response_id=ResponseId("r"))],
}


def ready(dialect: Dialect) -> OpenAIRealtimeClient:
    client = OpenAIRealtimeClient(SessionSettings(), dialect)
    client.state = State.READY
    return client


def test_the_vocabulary_is_whole() -> None:
    assert (len(GA), len(BETA)) == (46, 34)
    assert set(READERS) == {*GA, *BETA}


@pytest.mark.parametrize("optional", ["absent", "null", "filled"])
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("spelling", "kind"), SERVER_EVENTS)
def test_a_server_event_becomes_one_event(
    spelling: str, kind: str, dialect: Dialect, optional: str
) -> None:
    client = OpenAIRealtimeClient(SessionSettings(), dialect)
    client.state = State.OPENING if kind == "session.created" else State.READY
    message = example_event(spelling, "server", kind, optional=optional)

    client.receive_message(json.dumps(message), NOW)

    (event,) = client.events_received()
    assert not isinstance(event, UnknownMessage)
    assert event.at_ns == NOW


def test_every_client_event_has_a_command_but_that_of_transcription_sessions() -> None:
    assert set(COMMANDS) == set(event_schemas("ga", "client"))
    assert event_schemas("beta", "client").keys() - COMMANDS.keys() == {
        "transcription_session.update"
    }


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", COMMANDS)
def test_a_client_event_can_be_produced(kind: str, dialect: Dialect) -> None:
    spelling = {Dialect.OPENAI_GA: "ga", Dialect.OPENAI_BETA: "beta"}[dialect]
    validator = jsonschema.Draft202012Validator(
        {**event_schemas(spelling, "client")[kind], **defs(openai_schema(spelling, "client"))}
    )

    for command in COMMANDS[kind]:
        client = ready(dialect)
        client.send_command(command)
        (message,) = client.messages_to_send()
        body: dict[str, Any] = json.loads(message)
        assert body["type"] == kind
        validator.validate(body)


@pytest.mark.parametrize("spelling", ["ga", "beta"])
def test_the_schema_of_client_events_is_a_schema(spelling: str) -> None:
    jsonschema.Draft202012Validator.check_schema(defs(openai_schema(spelling, "client")))


def defs(schema: dict[str, Any]) -> dict[str, Any]:
    return {"$defs": schema["$defs"]}


@pytest.mark.parametrize(
    "kind",
    [
        "session.input_transcript.delta",
        "session.output_transcript.delta",
        "session.output_audio.delta",
        "session.closed",
        "session.started",
        "session.usage.updated",
        "session.delegation.created",
        "response.event",
        "info",
        "ping",
        "warning",
        "",
    ],
)
def test_a_message_of_another_protocol_is_kept_as_unknown(kind: str) -> None:
    client = ready(Dialect.OPENAI_GA)

    client.receive_message(json.dumps({"type": kind, "delta": "AAAA"}), NOW)

    assert client.events_received() == [UnknownMessage(at_ns=NOW, kind=kind)]
    assert client.state is State.READY
