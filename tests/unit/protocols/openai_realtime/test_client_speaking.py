"""One connection's audio formats: asked for, followed where the service tells others."""

import base64
import json
from typing import Any

import numpy as np
import pytest

from app.core.clock import Nanoseconds
from app.core.commands import (
    AppendAudio,
    ClearInput,
    CommitInput,
    ConfigureSession,
)
from app.core.config import (
    Dialect,
    SessionSettings,
    TurnDetection,
    VadMode,
    WireFormat,
)
from app.core.errors import ConfigError
from app.core.events import FormatDiffers, ResponseAudio, SessionReady
from app.dsp.g711 import ulaw_decode, ulaw_encode
from app.dsp.pcm import to_bytes
from app.protocols.openai_realtime.client import OpenAIRealtimeClient

NOW = Nanoseconds(5)
PHONE = SessionSettings(input_format=WireFormat.PCMU, output_format=WireFormat.PCMU)
LOUD = to_bytes(np.full(480, 8_000, np.int16))
PCMU = {"type": "audio/pcmu"}
PCM = {"type": "audio/pcm", "rate": 24000}


def account(kind: str, heard: Any = PCM, spoken: Any = PCM) -> str:
    session = {"audio": {"input": {"format": heard}, "output": {"format": spoken}}}
    return json.dumps({"type": f"session.{kind}", "session": session})


def spoken(octets: bytes) -> str:
    ids = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
    delta = base64.b64encode(octets).decode()
    return json.dumps({"type": "response.output_audio.delta", **ids, "delta": delta})


def opened(settings: SessionSettings = PHONE) -> OpenAIRealtimeClient:
    """Return a client that has asked for its settings and has no answer yet."""
    client = OpenAIRealtimeClient(settings)
    client.receive_message(account("created"), NOW)
    client.messages_to_send()
    return client


def sent(client: OpenAIRealtimeClient) -> list[dict[str, Any]]:
    return [json.loads(message) for message in client.messages_to_send()]


def octets_of(messages: list[dict[str, Any]]) -> bytes:
    return b"".join(base64.b64decode(one["audio"]) for one in messages if "audio" in one)


def differing(client: OpenAIRealtimeClient) -> list[tuple[str, str, str]]:
    found = [one for one in client.events_received() if isinstance(one, FormatDiffers)]
    return [(one.direction, one.asked, one.told) for one in found]


def test_audio_is_sent_as_asked_for_from_the_update_on() -> None:
    client = opened()

    for _ in range(10):
        client.send_command(AppendAudio(LOUD))

    octets = octets_of(sent(client))
    assert len(octets) == 8 * 200 - 8 * 3 + 1  # of 200 ms the filter holds 2.9
    assert abs(int(ulaw_decode(octets)[-1]) - 8_000) < 300
    assert client.held_input_ns == 2_875_000


def test_a_commit_brings_out_what_is_held_and_goes_after_it() -> None:
    client = opened()
    client.send_command(AppendAudio(LOUD))
    client.messages_to_send()

    client.send_command(CommitInput())

    tail, commit = sent(client)
    assert (len(octets_of([tail])), commit["type"]) == (23, "input_audio_buffer.commit")
    assert client.held_input_ns == 0


def test_what_is_cleared_is_not_heard_later() -> None:
    client = opened()
    client.send_command(AppendAudio(LOUD))

    client.send_command(ClearInput())
    client.messages_to_send()
    client.send_command(CommitInput())

    assert octets_of(sent(client)) == b""


def test_audio_that_is_all_held_back_sends_nothing() -> None:
    client = opened()

    client.send_command(AppendAudio(LOUD[:20]))

    assert sent(client) == []


def test_replies_are_read_as_asked_for() -> None:
    client = opened()
    client.receive_message(account("updated", PCMU, PCMU), NOW)

    client.receive_message(spoken(ulaw_encode(np.full(800, 8_000, np.int16))), NOW)

    (audio,) = [one for one in client.events_received() if isinstance(one, ResponseAudio)]
    heard = np.frombuffer(audio.pcm, np.int16)
    assert len(heard) == 2_400 - 70
    assert abs(int(heard[1_200]) - 8_000) < 300


def test_the_service_is_right_about_its_formats_and_it_is_told_once() -> None:
    client = opened()

    client.receive_message(account("updated", PCM, PCMU), NOW)

    client.send_command(AppendAudio(LOUD))
    assert octets_of(sent(client)) == LOUD
    assert differing(client) == [("input", "mu-law at 8 kHz", "PCM16 at 24 kHz")]
    client.receive_message(account("updated", PCM, PCMU), NOW)
    assert differing(client) == []
    client.receive_message(account("updated", PCMU, PCMU), NOW)
    client.receive_message(account("updated", PCM, PCMU), NOW)
    assert len(differing(client)) == 1


def test_an_update_of_something_else_keeps_to_what_the_service_told() -> None:
    client = opened()
    client.receive_message(account("updated", PCM, PCM), NOW)

    client.send_command(ConfigureSession(PHONE))
    client.messages_to_send()
    client.send_command(AppendAudio(LOUD))

    assert octets_of(sent(client)) == LOUD


def test_an_account_without_formats_is_no_objection() -> None:
    client = opened()

    client.receive_message(json.dumps({"type": "session.updated", "session": {}}), NOW)

    assert [type(one) for one in client.events_received()][-1] is SessionReady
    client.send_command(AppendAudio(LOUD))
    assert len(octets_of(sent(client))) < 200


def test_a_session_that_is_another_by_nature_is_still_asked_for_ours() -> None:
    client = OpenAIRealtimeClient(SessionSettings())
    client.receive_message(account("created", PCMU, PCMU), NOW)
    client.messages_to_send()

    client.send_command(AppendAudio(LOUD))

    assert octets_of(sent(client)) == LOUD
    assert differing(client) == []


def test_another_format_begins_with_its_update_and_nothing_before_is_lost() -> None:
    client = opened()
    client.send_command(AppendAudio(LOUD))
    before = octets_of(sent(client))

    client.send_command(ConfigureSession(SessionSettings()))

    tail, update = sent(client)
    assert len(before) + len(octets_of([tail])) == 160
    assert update["session"]["audio"]["input"]["format"] == PCM
    client.send_command(AppendAudio(LOUD))
    assert octets_of(sent(client)) == LOUD


def test_settings_that_the_dialect_has_no_word_for_are_refused_at_once() -> None:
    wide = SessionSettings(input_format=WireFormat.PCM16_16K)

    with pytest.raises(ConfigError, match="beta"):
        OpenAIRealtimeClient(wide, Dialect.OPENAI_BETA)


def test_settings_refused_while_the_session_runs_change_nothing() -> None:
    client = OpenAIRealtimeClient(SessionSettings(), Dialect.XAI)
    client.receive_message(account("created"), NOW)
    client.messages_to_send()

    with pytest.raises(ConfigError):
        client.send_command(
            ConfigureSession(SessionSettings(turn_detection=TurnDetection(mode=VadMode.SEMANTIC)))
        )

    assert sent(client) == []


def idle_told(client: OpenAIRealtimeClient, idle_timeout_ms: int | None) -> Any:
    turns = TurnDetection(idle_timeout_ms=idle_timeout_ms)
    client.send_command(ConfigureSession(SessionSettings(turn_detection=turns)))
    (update,) = sent(client)
    return update["session"]["audio"]["input"]["turn_detection"].get("idle_timeout_ms", "unsaid")


def test_an_idle_time_out_that_was_asked_for_is_taken_back() -> None:
    client = opened(SessionSettings())

    assert [idle_told(client, wanted) for wanted in (None, 6_000, None)] == ["unsaid", 6_000, None]
