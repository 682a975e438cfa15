"""What each dialect is sent."""

from typing import Any

import pytest

from app.core.config import Dialect, SessionSettings, Tool, TurnDetection, VadMode
from app.protocols.openai_realtime.dialects import SPELLINGS, item_body

PCM = {"type": "audio/pcm", "rate": 24000}
SERVER_VAD = {
    "type": "server_vad",
    "threshold": 0.4,
    "prefix_padding_ms": 250,
    "silence_duration_ms": 350,
    "create_response": False,
    "interrupt_response": True,
}
TOOL = {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}}
SETTINGS = SessionSettings(
    instructions="Be brief.",
    voice="marin",
    turn_detection=TurnDetection(
        threshold=0.4, prefix_padding_ms=250, silence_ms=350, create_response=False
    ),
    tools=(Tool(name="f", description="d", parameters={"type": "object"}),),
)
ASR = {"model": "gpt-4o-mini-transcribe"}
SESSIONS: dict[Dialect, dict[str, Any]] = {
    Dialect.OPENAI_GA: {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": "Be brief.",
        "audio": {
            "input": {"format": PCM, "transcription": ASR, "turn_detection": SERVER_VAD},
            "output": {"format": PCM, "voice": "marin"},
        },
        "tools": [TOOL],
    },
    Dialect.OPENAI_BETA: {
        "modalities": ["text", "audio"],
        "instructions": "Be brief.",
        "voice": "marin",
        "input_audio_format": "pcm16",
        "output_audio_format": "pcm16",
        "input_audio_transcription": ASR,
        "turn_detection": SERVER_VAD,
        "tools": [TOOL],
    },
    Dialect.VOICE_LIVE: {
        "modalities": ["text", "audio"],
        "instructions": "Be brief.",
        "voice": {"type": "openai", "name": "marin"},
        "input_audio_format": "pcm16",
        "input_audio_sampling_rate": 24000,
        "output_audio_format": "pcm16",
        "input_audio_transcription": ASR,
        "turn_detection": SERVER_VAD,
        "tools": [TOOL],
    },
    Dialect.XAI: {
        "instructions": "Be brief.",
        "voice": "marin",
        "turn_detection": SERVER_VAD,
        "audio": {
            "input": {"format": PCM, "transcription": ASR},
            "output": {"format": PCM},
        },
        "tools": [TOOL],
    },
}


@pytest.mark.parametrize("dialect", Dialect)
def test_a_session_is_spelled_as_the_dialect_has_it(dialect: Dialect) -> None:
    assert SPELLINGS[dialect].session(SETTINGS) == SESSIONS[dialect]


@pytest.mark.parametrize("dialect", Dialect)
def test_what_is_none_is_left_out(dialect: Dialect) -> None:
    body = SPELLINGS[dialect].session(SessionSettings())

    assert "instructions" not in body
    assert "voice" not in body
    assert "voice" not in body.get("audio", {}).get("output", {})
    assert body["tools"] == []


@pytest.mark.parametrize(
    ("dialect", "modalities"),
    [
        (Dialect.OPENAI_GA, "output_modalities"),
        (Dialect.OPENAI_BETA, "modalities"),
        (Dialect.VOICE_LIVE, "modalities"),
    ],
)
def test_written_replies_are_asked_for(dialect: Dialect, modalities: str) -> None:
    body = SPELLINGS[dialect].session(SessionSettings(audio_replies=False))

    assert body[modalities] == ["text"]


@pytest.mark.parametrize("dialect", Dialect)
def test_what_is_turned_off_is_null(dialect: Dialect) -> None:
    off = SessionSettings(transcribe_input=False, turn_detection=TurnDetection(mode=VadMode.MANUAL))

    body = SPELLINGS[dialect].session(off)

    sound = body.get("audio", {}).get("input", {})
    assert {**body, **sound}["turn_detection"] is None
    transcription = "input_audio_transcription" if "modalities" in body else "transcription"
    assert {**body, **sound}[transcription] is None


def test_semantic_turn_detection_has_eagerness_and_no_silence() -> None:
    semantic = TurnDetection(mode=VadMode.SEMANTIC, eagerness="high", interrupt_response=False)

    body = SPELLINGS[Dialect.OPENAI_BETA].session(SessionSettings(turn_detection=semantic))

    assert body["turn_detection"] == {
        "type": "semantic_vad",
        "eagerness": "high",
        "create_response": True,
        "interrupt_response": False,
    }


def test_an_azure_voice_is_told_as_azures_own() -> None:
    voice = "en-US-Ava:DragonHDLatestNeural"

    body = SPELLINGS[Dialect.VOICE_LIVE].session(SessionSettings(voice=voice))

    assert body["voice"] == {"type": "azure-standard", "name": voice}


def parts(*kinds: str) -> list[dict[str, str]]:
    return [{"type": kind, "text": "a"} for kind in kinds]


@pytest.mark.parametrize(
    ("dialect", "kinds"),
    [
        (Dialect.OPENAI_GA, ("output_text", "output_audio", "input_text")),
        (Dialect.XAI, ("output_text", "output_audio", "input_text")),
        (Dialect.OPENAI_BETA, ("text", "audio", "input_text")),
        (Dialect.VOICE_LIVE, ("text", "audio", "input_text")),
    ],
)
@pytest.mark.parametrize("given", [("output_text", "output_audio"), ("text", "audio")])
def test_an_assistants_content_is_respelled(
    dialect: Dialect, kinds: tuple[str, ...], given: tuple[str, str]
) -> None:
    item = {"type": "message", "role": "assistant", "content": parts(*given, "input_text")}

    assert item_body(item, SPELLINGS[dialect])["content"] == parts(*kinds)
    assert item["content"] == parts(*given, "input_text")


@pytest.mark.parametrize(
    "item",
    [
        {"type": "message", "role": "user", "content": parts("text")},
        {"type": "message", "role": "assistant", "content": None},
        {"type": "message", "role": "assistant", "content": ["?", {"text": "a", "type": None}]},
        {"type": "function_call_output", "call_id": "c", "output": "text"},
    ],
    ids=str,
)
def test_other_items_are_sent_as_they_are(item: dict[str, Any]) -> None:
    assert item_body(item, SPELLINGS[Dialect.OPENAI_GA]) == item


@pytest.mark.parametrize(
    ("options", "beta"),
    [
        ({}, {}),
        ({"metadata": {"a": "b"}}, {"metadata": {"a": "b"}}),
        ({"output_modalities": ["audio"]}, {"modalities": ["text", "audio"]}),
        ({"output_modalities": ["text"]}, {"modalities": ["text"]}),
        ({"max_output_tokens": 7}, {"max_response_output_tokens": 7}),
        (
            {"audio": {"output": {"voice": "v", "format": {"type": "audio/pcmu"}}}},
            {"voice": "v", "output_audio_format": "g711_ulaw"},
        ),
        ({"audio": {"output": {"voice": "v", "format": "odd"}}}, {"voice": "v"}),
        ({"audio": {"output": None}}, {}),
        ({"audio": None}, {}),
    ],
    ids=str,
)
def test_reply_options_are_flattened_for_beta_alone(
    options: dict[str, Any], beta: dict[str, Any]
) -> None:
    assert SPELLINGS[Dialect.OPENAI_GA].response(options) == options
    assert SPELLINGS[Dialect.OPENAI_BETA].response(options) == beta
