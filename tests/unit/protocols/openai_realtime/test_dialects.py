"""What each dialect is sent."""

from typing import Any

import pytest

from app.core.config import (
    Dialect,
    SessionSettings,
    Tool,
    TurnDetection,
    VadMode,
    WireFormat,
)
from app.core.errors import ConfigError
from app.protocols.openai_realtime.dialect_turns import without_idle
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


# --- audio formats ---------------------------------------------------------------------------

PCM_16K = {"type": "audio/pcm", "rate": 16000}
PCM_8K = {"type": "audio/pcm", "rate": 8000}
G711 = {"pcmu": "g711_ulaw", "pcma": "g711_alaw"}


def both(wire: WireFormat) -> SessionSettings:
    return SessionSettings(input_format=wire, output_format=wire)


@pytest.mark.parametrize("dialect", [Dialect.OPENAI_GA, Dialect.XAI])
@pytest.mark.parametrize(
    ("wire", "spelled"),
    [
        (WireFormat.PCM16_24K, PCM),
        (WireFormat.PCM16_16K, PCM_16K),
        (WireFormat.PCM16_8K, PCM_8K),
        (WireFormat.PCMU, {"type": "audio/pcmu"}),
        (WireFormat.PCMA, {"type": "audio/pcma"}),
    ],
)
def test_nested_formats_are_objects(
    dialect: Dialect, wire: WireFormat, spelled: dict[str, Any]
) -> None:
    audio = SPELLINGS[dialect].session(both(wire))["audio"]

    assert (audio["input"]["format"], audio["output"]["format"]) == (spelled, spelled)


@pytest.mark.parametrize("dialect", [Dialect.OPENAI_BETA, Dialect.VOICE_LIVE])
@pytest.mark.parametrize("wire", [WireFormat.PCMU, WireFormat.PCMA])
def test_beta_names_the_two_laws(dialect: Dialect, wire: WireFormat) -> None:
    body = SPELLINGS[dialect].session(both(wire))

    assert body["input_audio_format"] == body["output_audio_format"] == G711[wire]
    assert "input_audio_sampling_rate" not in body


def test_voice_live_has_a_rate_of_its_own_each_way() -> None:
    wide = SPELLINGS[Dialect.VOICE_LIVE].session(both(WireFormat.PCM16_16K))
    narrow = SPELLINGS[Dialect.VOICE_LIVE].session(
        SessionSettings(output_format=WireFormat.PCM16_8K)
    )

    assert (wide["input_audio_format"], wide["input_audio_sampling_rate"]) == ("pcm16", 16000)
    assert wide["output_audio_format"] == "pcm16_16000hz"
    assert narrow["input_audio_sampling_rate"] == 24000
    assert narrow["output_audio_format"] == "pcm16_8000hz"


@pytest.mark.parametrize(
    ("dialect", "settings"),
    [
        (Dialect.OPENAI_BETA, SessionSettings(input_format=WireFormat.PCM16_16K)),
        (Dialect.OPENAI_BETA, SessionSettings(output_format=WireFormat.PCM16_8K)),
        (Dialect.VOICE_LIVE, SessionSettings(input_format=WireFormat.PCM16_8K)),
    ],
    ids=str,
)
def test_a_format_without_a_word_is_refused_in_a_sentence(
    dialect: Dialect, settings: SessionSettings
) -> None:
    with pytest.raises(ConfigError, match=r"has no PCM at \d+ kHz") as refused:
        SPELLINGS[dialect].session(settings)

    assert "PCM at 24 kHz, " in refused.value.hint


# --- turn detection --------------------------------------------------------------------------


def turns_of(dialect: Dialect, turns: TurnDetection) -> Any:
    body = SPELLINGS[dialect].session(SessionSettings(turn_detection=turns))
    return {**body, **body.get("audio", {}).get("input", {})}["turn_detection"]


@pytest.mark.parametrize("dialect", [Dialect.OPENAI_GA, Dialect.XAI])
def test_an_idle_time_out_is_told_where_it_is_wanted(dialect: Dialect) -> None:
    assert turns_of(dialect, TurnDetection(idle_timeout_ms=6_000))["idle_timeout_ms"] == 6_000
    assert "idle_timeout_ms" not in turns_of(dialect, TurnDetection())


@pytest.mark.parametrize("mode", [VadMode.SEMANTIC, VadMode.MANUAL])
def test_an_idle_time_out_is_server_vads_alone(mode: VadMode) -> None:
    turns = TurnDetection(mode=mode, idle_timeout_ms=6_000)

    assert "idle_timeout_ms" not in (turns_of(Dialect.OPENAI_GA, turns) or {})
    assert "idle_timeout_ms" not in (turns_of(Dialect.OPENAI_BETA, turns) or {})


@pytest.mark.parametrize(
    ("dialect", "turns", "says"),
    [
        (Dialect.OPENAI_BETA, TurnDetection(idle_timeout_ms=6_000), "no idle time-out"),
        (Dialect.VOICE_LIVE, TurnDetection(idle_timeout_ms=6_000), "no idle time-out"),
        (Dialect.XAI, TurnDetection(mode=VadMode.SEMANTIC), "no semantic turn detection"),
        (Dialect.XAI, TurnDetection(threshold=0.95), "from 0.1 to 0.9, not 0.95"),
        (Dialect.XAI, TurnDetection(threshold=0.05), "from 0.1 to 0.9, not 0.05"),
    ],
    ids=str,
)
def test_turn_detection_without_a_word_is_refused(
    dialect: Dialect, turns: TurnDetection, says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        turns_of(dialect, turns)


def test_push_to_talk_is_null_to_xai_too() -> None:
    manual = TurnDetection(mode=VadMode.MANUAL, threshold=1.0, idle_timeout_ms=6_000)

    assert turns_of(Dialect.XAI, manual) is None


@pytest.mark.parametrize("dialect", [Dialect.OPENAI_GA, Dialect.XAI])
@pytest.mark.parametrize(
    ("turns", "told"),
    [
        (TurnDetection(), {"idle_timeout_ms": None}),
        (TurnDetection(idle_timeout_ms=7_000), {"idle_timeout_ms": 7_000}),
        (TurnDetection(mode=VadMode.MANUAL), {}),
    ],
    ids=str,
)
def test_an_idle_time_out_is_taken_back_by_its_name(
    dialect: Dialect, turns: TurnDetection, told: dict[str, Any]
) -> None:
    body = without_idle(SPELLINGS[dialect].session(SessionSettings(turn_detection=turns)))

    found = {**body, **body["audio"]["input"]}["turn_detection"] or {}
    assert {name: found[name] for name in found if name == "idle_timeout_ms"} == told


def test_semantic_turn_detection_has_no_idle_time_out_to_take_back() -> None:
    semantic = SessionSettings(turn_detection=TurnDetection(mode=VadMode.SEMANTIC))

    body = without_idle(SPELLINGS[Dialect.OPENAI_GA].session(semantic))

    assert "idle_timeout_ms" not in body["audio"]["input"]["turn_detection"]
