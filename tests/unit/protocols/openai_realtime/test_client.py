"""The client codec as a whole."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from app.core.clock import Nanoseconds
from app.core.commands import AppendAudio, CancelResponse, CommitInput, ConfigureSession
from app.core.config import Dialect, SessionSettings
from app.core.errors import LocalProtocolError, RemoteProtocolError
from app.core.events import (
    ProviderErrorReported,
    ResponseAudio,
    ResponseAudioDone,
    ResponseFinished,
    SessionCreated,
    SessionEvent,
    SessionReady,
    UnknownMessage,
)
from app.dsp.g711 import ulaw_encode
from app.dsp.pcm import silence
from app.protocols.base import Codec
from app.protocols.openai_realtime.client import OpenAIRealtimeClient
from app.protocols.openai_realtime.states import State
from tests.support.wire import NOW

CREATED = {"type": "session.created", "session": {"id": "s1", "model": "m"}}
UPDATED = {"type": "session.updated", "session": {"id": "s1", "model": "m"}}
SETTINGS = SessionSettings(instructions="Be brief.", voice="marin")
PLACE = {"response_id": "r1", "item_id": "i1", "output_index": 0, "content_index": 0}


def take(client: OpenAIRealtimeClient, *messages: dict[str, Any]) -> list[SessionEvent]:
    for message in messages:
        client.receive_message(json.dumps(message), NOW)
    return client.events_received()


def sent(client: OpenAIRealtimeClient) -> list[dict[str, Any]]:
    return [json.loads(message) for message in client.messages_to_send()]


def ready() -> OpenAIRealtimeClient:
    client = OpenAIRealtimeClient(SETTINGS)
    take(client, CREATED, UPDATED)
    client.messages_to_send()
    return client


def audio(octets: bytes) -> dict[str, Any]:
    delta = base64.b64encode(octets).decode()
    return {"type": "response.output_audio.delta", **PLACE, "delta": delta}


def test_a_created_session_is_configured_and_then_ready() -> None:
    client = OpenAIRealtimeClient(SETTINGS)

    created = take(client, CREATED)
    (update,) = sent(client)
    configured = take(client, UPDATED)

    assert [type(event) for event in created] == [SessionCreated]
    assert update["type"] == "session.update"
    assert update["event_id"] == "session.update-1"
    assert update["session"]["audio"]["output"]["voice"] == "marin"
    assert configured == [
        SessionReady(at_ns=NOW, session_id="s1", effective={"id": "s1", "model": "m"})
    ]
    assert sent(client) == []


def test_events_carry_the_instant_of_their_own_message() -> None:
    client = OpenAIRealtimeClient(SETTINGS)

    client.receive_message(json.dumps(CREATED), Nanoseconds(5))
    client.receive_message(json.dumps(UPDATED), Nanoseconds(9))

    assert [event.at_ns for event in client.events_received()] == [5, 9]


def test_events_and_messages_are_given_once() -> None:
    client = OpenAIRealtimeClient(SETTINGS)
    take(client, CREATED)

    assert client.events_received() == []
    assert len(client.messages_to_send()) == 1
    assert client.messages_to_send() == []


def test_an_error_before_the_session_is_told() -> None:
    refusal = {"type": "error", "error": {"code": "beta_api_shape_disabled", "message": "No."}}

    (event,) = take(OpenAIRealtimeClient(SETTINGS), refusal)

    assert isinstance(event, ProviderErrorReported)
    assert event.code == "beta_api_shape_disabled"


def test_audio_may_flow_before_the_configuration_is_accepted() -> None:
    client = OpenAIRealtimeClient(SETTINGS)
    take(client, CREATED)
    client.messages_to_send()

    client.send_command(AppendAudio(pcm=b"\x01\x02"))

    assert sent(client) == [{"type": "input_audio_buffer.append", "audio": "AQI="}]


def test_empty_audio_sends_nothing() -> None:
    client = ready()

    client.send_command(AppendAudio(pcm=b""))

    assert client.messages_to_send() == []


def test_nothing_may_be_asked_before_the_session_exists() -> None:
    with pytest.raises(LocalProtocolError, match="AppendAudio is not allowed while opening"):
        OpenAIRealtimeClient(SETTINGS).send_command(AppendAudio(pcm=b"\0\0"))


def test_messages_are_numbered_so_that_an_error_names_its_cause() -> None:
    client = ready()

    client.send_command(CommitInput())
    client.send_command(CancelResponse())

    assert [body["event_id"] for body in sent(client)] == [
        "input_audio_buffer.commit-2",
        "response.cancel-3",
    ]


def test_a_later_configuration_does_not_set_the_same_voice_again() -> None:
    client = ready()

    client.send_command(ConfigureSession(replace(SETTINGS, instructions="Be verbose.")))
    client.send_command(ConfigureSession(replace(SETTINGS, voice="cedar")))
    client.send_command(ConfigureSession(replace(SETTINGS, voice=None)))
    client.send_command(ConfigureSession(replace(SETTINGS, voice="cedar")))

    outputs = [body["session"]["audio"]["output"] for body in sent(client)]
    assert [output.get("voice") for output in outputs] == [None, "cedar", None, None]


def test_a_beta_service_is_sent_beta_words() -> None:
    client = OpenAIRealtimeClient(SETTINGS, Dialect.OPENAI_BETA)

    take(client, CREATED)

    (update,) = sent(client)
    assert update["session"]["modalities"] == ["text", "audio"]
    assert "type" not in update["session"]


def test_late_pieces_of_a_reply_that_has_ended_come_out() -> None:
    done = {"type": "response.done", "response": {"id": "r1", "status": "cancelled"}}

    events = take(ready(), done, audio(b"\1\2"), done)

    assert [type(event) for event in events] == [ResponseFinished, ResponseAudio, ResponseFinished]


def test_pcm_at_24_khz_is_handed_on_as_it_came() -> None:
    (event,) = take(ready(), audio(b"\x01\x02\x03\x04"))

    assert isinstance(event, ResponseAudio)
    assert event.pcm == b"\x01\x02\x03\x04"


def test_half_a_sample_is_joined_with_the_next_piece() -> None:
    events = take(ready(), audio(b"\x01\x02\x03"), audio(b"\x04"))

    assert [event.pcm for event in events if isinstance(event, ResponseAudio)] == [
        b"\x01\x02",
        b"\x03\x04",
    ]


def test_g711_is_expanded_when_the_session_says_so() -> None:
    client = ready()
    mulaw = {"audio": {"output": {"format": {"type": "audio/pcmu"}}}}
    take(client, {"type": "session.updated", "session": mulaw})
    done = {"type": "response.output_audio.done", **PLACE}

    events = take(client, audio(ulaw_encode(silence(800))), done)

    heard = b"".join(event.pcm for event in events if isinstance(event, ResponseAudio))
    assert len(heard) == 2 * 2_400
    assert isinstance(events[-1], ResponseAudioDone)
    assert {event.pcm[:2] for event in events if isinstance(event, ResponseAudio)} == {b"\0\0"}


def test_a_long_unknown_kind_is_cut() -> None:
    (event,) = take(ready(), {"type": "x" * 5_000})

    assert event == UnknownMessage(at_ns=NOW, kind="x" * 100)


def test_a_malformed_message_changes_nothing() -> None:
    client = OpenAIRealtimeClient(SETTINGS)

    with pytest.raises(RemoteProtocolError, match=r"malformed session\.created: session is not"):
        take(client, {"type": "session.created", "session": 7})

    assert client.state is State.OPENING
    assert client.events_received() == []
    assert client.messages_to_send() == []


def test_octets_are_read_like_text() -> None:
    client = OpenAIRealtimeClient(SETTINGS)

    client.receive_message(json.dumps(CREATED).encode(), NOW)

    assert client.state is State.CONFIGURING


@pytest.mark.parametrize("message", ["", b"\xff", "[]", "7", '{"type":7}', '{"type":[]}', "{}"])
def test_what_is_no_message_at_all_is_the_peers_fault(message: str | bytes) -> None:
    client = ready()

    with pytest.raises(RemoteProtocolError, match="a message is not "):
        client.receive_message(message, NOW)

    assert client.state is State.READY


def test_a_message_that_the_state_does_not_allow_is_the_peers_fault() -> None:
    with pytest.raises(RemoteProtocolError, match="not allowed while ready"):
        take(ready(), CREATED)


def test_it_is_a_codec() -> None:
    codec: Codec = OpenAIRealtimeClient(SETTINGS)

    assert codec.events_received() == []
