"""What ``session.update`` changes, and what it leaves alone."""

import json
from typing import Any

import pytest

from app.protocols.openai_realtime.schema_session import SERVICE_VOICES
from app.protocols.openai_realtime.server_values import (
    Encoding,
    Modality,
    SemanticVad,
    ServerVad,
    SettingsChanged,
    ToolChoice,
    TranscriptionSettings,
    TurnDetection,
)
from tests.support.realtime_server import Talk, new_server
from tests.support.wire import TRACE_NAMES, TraceLine, load_trace

WEATHER = {
    "type": "function",
    "name": "weather",
    "description": "Weather by city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
SERVICE_TRACES = [name for name in TRACE_NAMES if name.startswith("openai__")]


def _sessions(name: str) -> list[TraceLine]:
    return [line for line in load_trace(name) if "session" in line.message]


def _comparable(session: dict[str, Any]) -> dict[str, Any]:
    own = {"id", "model", "expires_at", "instructions"}
    return {name: value for name, value in session.items() if name not in own}


@pytest.mark.parametrize("name", SERVICE_TRACES)
def test_recorded_updates_give_the_recorded_sessions(name: str) -> None:
    recorded = _sessions(name)
    talk = Talk(new_server(voices=("alloy",)))
    talk.server.session_created()
    for line in recorded:
        if line.sent:
            talk.server.receive_message(json.dumps(line.message))
            continue
        (event,) = talk.events()
        assert event["type"] == line.kind
        assert _comparable(event["session"]) == _comparable(line.message["session"])


def test_there_are_recorded_sessions_of_the_service() -> None:
    assert len(SERVICE_TRACES) >= 3


def _input(talk: Talk) -> dict[str, Any]:
    found: dict[str, Any] = talk.server.config.wire["audio"]["input"]
    return found


def test_an_update_changes_only_the_fields_it_names_at_every_level() -> None:
    talk = Talk().configured(
        instructions="Be brief.",
        tools=[WEATHER],
        audio={"input": {"transcription": {"model": "whisper-1", "language": "en"}}},
    )
    talk.configured(audio={"input": {"turn_detection": {"silence_duration_ms": 700}}})
    talk.configured(audio={"input": {"transcription": {"prompt": "Foo"}}})
    talk.configured(audio={"output": {"speed": 1.25}})
    config = talk.server.config
    assert config.instructions == "Be brief."
    assert config.tools == (WEATHER,)
    assert config.turn_detection == ServerVad(silence_duration_ms=700)
    assert config.transcription == TranscriptionSettings(
        model="whisper-1", language="en", prompt="Foo"
    )
    assert (config.voice, config.speed) == ("amy", 1.25)


def test_null_and_empty_values_clear() -> None:
    talk = Talk().configured(
        instructions="Be brief.",
        tools=[WEATHER],
        audio={
            "input": {"transcription": {"model": "m"}, "noise_reduction": {"type": "far_field"}}
        },
    )
    talk.configured(
        instructions="",
        tools=[],
        audio={"input": {"transcription": None, "noise_reduction": None, "turn_detection": None}},
    )
    config = talk.server.config
    assert (config.instructions, config.tools) == ("", ())
    assert config.transcription is None
    assert config.turn_detection is None
    assert _input(talk)["noise_reduction"] is None


def test_null_where_it_means_nothing_leaves_the_field_alone() -> None:
    talk = Talk().configured(instructions="Be brief.")
    talk.configured(instructions=None, model=None, tools=None, audio=None)
    assert talk.server.config.instructions == "Be brief."


def _detection(talk: Talk) -> TurnDetection | None:
    return talk.server.config.turn_detection


def test_a_null_in_a_field_of_the_other_detection_is_no_field_at_all() -> None:
    talk = Talk()
    detection = {"type": "server_vad", "silence_duration_ms": 300, "eagerness": None}

    talk.configured(audio={"input": {"turn_detection": detection}})

    assert _detection(talk) == ServerVad(silence_duration_ms=300)


def test_another_kind_of_turn_detection_begins_with_its_defaults() -> None:
    talk = Talk().configured(audio={"input": {"turn_detection": {"type": "semantic_vad"}}})
    assert _detection(talk) == SemanticVad()
    talk.configured(audio={"input": {"turn_detection": {"eagerness": "high"}}})
    assert _detection(talk) == SemanticVad(eagerness="high")
    talk.configured(audio={"input": {"turn_detection": {"type": "server_vad", "threshold": 1}}})
    assert _detection(talk) == ServerVad(threshold=1)
    talk.configured(audio={"input": {"turn_detection": None}})
    talk.configured(
        audio={"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 6_000}}}
    )
    assert _detection(talk) == ServerVad(idle_timeout_ms=6_000)


def test_every_setting_is_read() -> None:
    talk = Talk().configured(
        output_modalities=["text"],
        tools=[WEATHER],
        tool_choice={"type": "function", "name": "weather"},
        parallel_tool_calls=False,
        max_output_tokens=99,
        reasoning={"effort": "low"},
        prompt=None,
        tracing={"workflow_name": "w", "group_id": "g", "metadata": {"run": 1}},
        truncation={
            "type": "retention_ratio",
            "retention_ratio": 0.8,
            "token_limits": {"post_instructions": 8_000},
        },
        include=["item.input_audio_transcription.logprobs"],
        audio={
            "input": {
                "format": {"type": "audio/pcmu"},
                "noise_reduction": {"type": "near_field", "strength": 0.5},
                "transcription": {"model": "m", "languages": ["en"], "keywords": ["Foo"]},
            },
            "output": {"format": {"type": "audio/pcma"}, "voice": {"id": "joe"}, "speed": 0.25},
        },
    )
    config = talk.server.config
    assert config.modality is Modality.TEXT
    assert config.tool_choice == ToolChoice(mode="function", name="weather")
    assert config.max_output_tokens == 99
    assert (config.input_encoding, config.output_encoding) == (Encoding.PCMU, Encoding.PCMA)
    assert config.voice == "joe"
    assert config.wire["truncation"]["retention_ratio"] == 0.8
    talk.configured(tracing="auto", truncation="disabled", tool_choice="none")
    assert talk.server.config.tool_choice == ToolChoice(mode="none")
    talk.configured(audio={"input": {"format": {"rate": 24_000}}})
    assert talk.server.config.input_encoding is Encoding.PCM


@pytest.mark.parametrize("voice", ["amy", "joe", *SERVICE_VOICES])
def test_own_voices_and_those_of_the_service_are_taken(voice: str) -> None:
    talk = Talk().configured(audio={"output": {"voice": voice}})
    assert talk.server.config.voice == voice


def test_the_shell_is_told_the_effective_settings() -> None:
    talk = Talk()
    (request,) = talk.update(instructions="Be brief.")
    assert request == SettingsChanged(config=talk.server.config)


def test_the_voice_is_settled_once_it_has_spoken() -> None:
    talk = Talk().configured(audio={"output": {"voice": "joe"}})
    writer = talk.server.begin_response(talk.server.default_options())
    writer.audio(bytes(960))
    writer.finish()
    talk.events()
    assert talk.update(audio={"output": {"voice": "amy"}}) == []
    assert talk.error()["code"] == "cannot_update_voice"
    assert talk.send("response.create", response={"audio": {"output": {"voice": "amy"}}}) == []
    assert talk.error()["code"] == "cannot_update_voice"
    talk.configured(audio={"output": {"voice": "joe"}})
    talk.configured(audio={"output": {"voice": {"id": "joe"}}})
    assert talk.request(audio={"output": {"voice": "joe"}}).options.voice == "joe"


def test_a_preset_session_keeps_its_settings_and_gets_a_name() -> None:
    preset = Talk().configured(instructions="Be brief.").server.config.wire
    server = new_server(preset=preset, session_id="sess_2", expires_at_s=7)
    assert server.config.instructions == "Be brief."
    assert (server.config.wire["id"], server.config.wire["expires_at"]) == ("sess_2", 7)


def test_a_client_that_named_no_model_yet_may_name_it_once() -> None:
    talk = Talk(new_server(model_fixed=False))
    talk.configured(instructions="Be brief.", model=None)
    talk.configured(model="gpt-realtime")
    talk.configured(model="gpt-realtime")
    assert talk.server.config.model == "gpt-realtime"
    assert talk.update(model="small") == []
    assert talk.error()["param"] == "session.model"


def test_audio_of_the_old_format_does_not_leak_into_the_new() -> None:
    talk = Talk().configured(audio={"input": {"format": {"type": "audio/pcmu"}}})
    talk.send("input_audio_buffer.append", audio="////")
    talk.configured(audio={"input": {"format": {"type": "audio/pcm"}}})
    (appended,) = talk.send("input_audio_buffer.append", audio="AAAA" * 2)
    assert len(getattr(appended, "samples")) == 3  # noqa: B009 - one of many request types
