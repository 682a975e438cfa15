"""The server half in the beta dialect: every event checked against the beta schema."""

import base64
import functools
import json
from typing import Any

import jsonschema
import numpy as np
import pytest

from app.core.clock import Nanoseconds
from app.core.commands import AppendAudio, CommitInput, CreateResponse, SendText
from app.core.config import Dialect, SessionSettings, TurnDetection, VadMode, WireFormat
from app.core.events import (
    FormatDiffers,
    ProviderErrorReported,
    ResponseAudio,
    ResponseFinished,
    SessionEvent,
    SessionReady,
)
from app.core.ids import CallId
from app.dsp.pcm import to_bytes
from app.protocols.openai_realtime.client import OpenAIRealtimeClient
from app.protocols.openai_realtime.server_values import (
    AudioAppended,
    ContextCall,
    Encoding,
    Finish,
    InputCommitted,
    Modality,
    ResponseRequested,
    ServerRequest,
    Usage,
)
from tests.support.realtime_server import new_server
from tests.support.signals import snr_db
from tests.support.wire import event_schemas, openai_schema


@functools.cache
def validators() -> dict[str, jsonschema.Draft202012Validator]:
    definitions = {"$defs": openai_schema("beta", "server")["$defs"]}
    return {
        kind: jsonschema.Draft202012Validator({**schema, **definitions})
        for kind, schema in event_schemas("beta", "server").items()
    }


class Beta:
    """A client of the beta dialect that checks all it is told."""

    def __init__(self) -> None:
        self.server = new_server(beta=True, model="gpt-realtime")

    def send(self, kind: str, **fields: Any) -> list[ServerRequest]:
        return self.server.receive_message(json.dumps({"type": kind, **fields}))

    def update(self, **session: Any) -> dict[str, Any]:
        """Return the only answer to an update."""
        self.send("session.update", session=session)
        (event,) = self.events()
        return event

    def events(self) -> list[dict[str, Any]]:
        found = [json.loads(message) for message in self.server.messages_to_send()]
        for event in found:
            validators()[event["type"]].validate(event)
        return found

    def error(self) -> tuple[str, str | None]:
        (event,) = self.events()
        return event["error"]["code"], event["error"]["param"]


def test_the_session_is_flat_and_has_what_the_service_begins_with() -> None:
    beta = Beta()
    beta.server.session_created()

    (event,) = beta.events()
    session = event["session"]
    assert "audio" not in session
    assert session["modalities"] == ["text", "audio"]
    assert (session["input_audio_format"], session["output_audio_format"]) == ("pcm16", "pcm16")
    assert (session["temperature"], session["max_response_output_tokens"]) == (0.8, "inf")
    assert session["turn_detection"] == {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 200,
        "create_response": True,
        "interrupt_response": True,
    }


SETTINGS: dict[str, Any] = {
    "modalities": ["audio", "text"],
    "instructions": "Be brief.",
    "voice": "alloy",
    "speed": 1.25,
    "input_audio_format": "g711_ulaw",
    "output_audio_format": "g711_alaw",
    "input_audio_noise_reduction": {"type": "near_field"},
    "turn_detection": None,
    "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {}}],
    "tool_choice": "required",
    "temperature": 0.6,
    "max_response_output_tokens": 99,
    "tracing": None,
}


def test_every_setting_of_beta_is_taken_and_told_back() -> None:
    beta = Beta()

    told = beta.update(**SETTINGS, input_audio_transcription={"model": "whisper-1"})["session"]

    expected = {**SETTINGS, "modalities": ["text", "audio"]}
    assert {name: told[name] for name in SETTINGS} == expected
    assert told["input_audio_transcription"]["model"] == "whisper-1"
    config = beta.server.config
    assert (config.input_encoding, config.output_encoding) == (Encoding.PCMU, Encoding.PCMA)
    assert (config.modality, config.max_output_tokens) == (Modality.AUDIO, 99)


def test_what_an_update_does_not_name_stays() -> None:
    beta = Beta()
    beta.update(temperature=0.7, input_audio_format="g711_alaw")

    told = beta.update(modalities=["text"])["session"]

    assert (told["temperature"], told["input_audio_format"]) == (0.7, "g711_alaw")
    assert told["modalities"] == ["text"]


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        ({"type": "realtime"}, "unknown_parameter", "session.type"),
        ({"audio": {}}, "unknown_parameter", "session.audio"),
        ({"output_modalities": ["text"]}, "unknown_parameter", "session.output_modalities"),
        ({"input_audio_format": "pcm16_16000hz"}, "invalid_value", "session.input_audio_format"),
        ({"output_audio_format": "audio/pcm"}, "invalid_value", "session.output_audio_format"),
        ({"input_audio_format": 7}, "invalid_type", "session.input_audio_format"),
        ({"speed": 9}, "invalid_value", "session.speed"),
        ({"modalities": ["audio"]}, "invalid_value", "session.modalities"),
        ({"modalities": "audio"}, "invalid_type", "session.modalities"),
        ({"temperature": 0.5}, "invalid_value", "session.temperature"),
        ({"temperature": 1.3}, "invalid_value", "session.temperature"),
        (
            {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 6_000}},
            "unknown_parameter",
            "session.turn_detection.idle_timeout_ms",
        ),
        (
            {"turn_detection": {"type": "server_vad", "threshold": 2}},
            "invalid_value",
            "session.turn_detection.threshold",
        ),
        (
            {"max_response_output_tokens": 0},
            "integer_below_min_value",
            "session.max_response_output_tokens",
        ),
    ],
    ids=str,
)
def test_what_beta_does_not_know_is_refused_in_its_own_words(
    session: dict[str, Any], code: str, param: str
) -> None:
    beta = Beta()

    beta.send("session.update", session=session)

    assert beta.error() == (code, param)
    assert beta.server.config.wire == Beta().server.config.wire


def test_a_spoken_reply_has_betas_names() -> None:
    beta = Beta()
    beta.update(output_audio_format="g711_ulaw", voice="alloy")
    writer = beta.server.begin_response(beta.server.default_options())
    writer.text("Hello.")
    writer.audio(bytes(4_800))
    writer.call(ContextCall(call_id=CallId("c"), name="f", arguments="{}"))
    writer.finish(usage=Usage(input_text=3, cached_text=2, output_text=4, output_audio=2))

    events = beta.events()

    kinds = [event["type"] for event in events]
    assert kinds[:5] == [
        "response.created",
        "response.output_item.added",
        "conversation.item.created",
        "response.content_part.added",
        "response.audio_transcript.delta",
    ]
    assert {"response.audio.delta", "response.audio.done", "response.audio_transcript.done"} <= set(
        kinds
    )
    assert not [kind for kind in kinds if "output_audio" in kind or kind.endswith("item.added.")]
    assert "conversation.item.done" not in kinds
    done = events[-1]["response"]
    assert done["output"][0]["content"] == [{"type": "audio", "transcript": "Hello."}]
    assert (done["voice"], done["output_audio_format"]) == ("alloy", "g711_ulaw")
    assert done["modalities"] == ["text", "audio"]
    assert done["usage"]["input_token_details"] == {
        "text_tokens": 3,
        "audio_tokens": 0,
        "cached_tokens": 2,
    }


def test_a_written_reply_has_betas_names() -> None:
    beta = Beta()
    (request,) = beta.send(
        "response.create",
        response={
            "modalities": ["text"],
            "max_response_output_tokens": 7,
            "temperature": 1.0,
            "conversation": "none",
            "input": [
                {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "a"}]}
            ],
        },
    )
    assert isinstance(request, ResponseRequested)
    assert request.options.max_output_tokens == 7
    assert [message.text for message in request.options.input or ()] == ["a"]
    writer = beta.server.begin_response(request.options)
    writer.text("Hi.")
    writer.finish(Finish.COMPLETED)

    kinds = [event["type"] for event in beta.events()]

    assert "response.text.delta" in kinds
    assert "response.text.done" in kinds


@pytest.mark.parametrize(
    ("response", "code", "param"),
    [
        ({"audio": {}}, "unknown_parameter", "response.audio"),
        ({"temperature": 9}, "invalid_value", "response.temperature"),
        ({"input": "x"}, "invalid_type", "response.input"),
        ({"input": ["x"]}, "invalid_type", "response.input[0]"),
        ({"voice": 7}, "invalid_type", "response.voice"),
    ],
    ids=str,
)
def test_a_bad_wish_for_a_reply_is_refused(response: dict[str, Any], code: str, param: str) -> None:
    beta = Beta()

    assert beta.send("response.create", response=response) == []
    assert beta.error() == (code, param)


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": "Hello."}],
        [{"type": "audio", "transcript": "Hello.", "audio": base64.b64encode(bytes(480)).decode()}],
    ],
    ids=str,
)
def test_items_of_the_history_are_taken_and_shown_in_betas_words(content: Any) -> None:
    beta = Beta()

    beta.send(
        "conversation.item.create",
        item={"type": "message", "role": "assistant", "content": content},
    )

    (event,) = beta.events()
    assert event["type"] == "conversation.item.created"
    assert event["item"]["content"][0]["type"] == content[0]["type"]
    assert [message.text for message in beta.server.messages()] == ["Hello."]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "conversation.item.create", "item": {"type": "message", "role": "assistant"}},
        {
            "type": "conversation.item.create",
            "item": {"type": "message", "role": "assistant", "content": ["x", {"type": 7}]},
        },
        {"type": "session.update", "session": 7},
        {"type": "session.update"},
        {"type": 7},
        {},
    ],
    ids=str,
)
def test_nonsense_gets_one_error(event: dict[str, Any]) -> None:
    beta = Beta()

    assert beta.server.receive_message(json.dumps(event)) == []
    assert [one["type"] for one in beta.events()] == ["error"]


# --- our own client in the same dialect ------------------------------------------------------


class Pair:
    """Our beta client and our beta server, joined in memory."""

    def __init__(self, settings: SessionSettings) -> None:
        self.server = new_server(beta=True)
        self.client = OpenAIRealtimeClient(settings, Dialect.OPENAI_BETA)
        self.events: list[SessionEvent] = []
        self.requests: list[ServerRequest] = []
        self.server.session_created()
        self.exchange()

    def exchange(self) -> None:
        while True:
            told = self.server.messages_to_send()
            for message in told:
                self.client.receive_message(message, Nanoseconds(0))
            said = self.client.messages_to_send()
            for sent in said:
                self.requests += self.server.receive_message(sent)
            self.events += self.client.events_received()
            if not told and not said:
                return


TONE = np.asarray(
    np.rint(8_000 * np.sin(2 * np.pi * 440 * np.arange(24_000) / 24_000)), dtype=np.int16
)


@pytest.mark.parametrize(
    ("wire", "least_db"),
    [(WireFormat.PCM16_24K, 90.0), (WireFormat.PCMU, 36.0), (WireFormat.PCMA, 36.0)],
)
def test_a_turn_in_every_format_that_beta_has(wire: WireFormat, least_db: float) -> None:
    manual = TurnDetection(mode=VadMode.MANUAL)
    pair = Pair(SessionSettings(turn_detection=manual, input_format=wire, output_format=wire))
    for first in range(0, 24_000, 480):
        pair.client.send_command(AppendAudio(to_bytes(TONE[first : first + 480])))
    pair.client.send_command(CommitInput())
    pair.client.send_command(SendText("And this."))
    pair.client.send_command(CreateResponse())
    pair.exchange()
    (request,) = [one for one in pair.requests if isinstance(one, ResponseRequested)]
    writer = pair.server.begin_response(request.options)
    writer.audio(to_bytes(TONE))
    writer.finish()
    pair.exchange()

    said = np.concatenate([one.samples for one in pair.requests if isinstance(one, AudioAppended)])
    heard = b"".join(one.pcm for one in pair.events if isinstance(one, ResponseAudio))
    (committed,) = [one for one in pair.requests if isinstance(one, InputCommitted)]
    assert committed.audio_ms == 1_000
    assert snr_db(said, TONE) > least_db
    assert snr_db(np.frombuffer(heard, np.int16), TONE) > least_db
    kinds = {type(one) for one in pair.events}
    assert {SessionReady, ResponseFinished} <= kinds
    assert not {FormatDiffers, ProviderErrorReported} & kinds
