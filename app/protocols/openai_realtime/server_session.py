"""The effective session: defaults, what updates change of it, and how it reads.

The wire object is the truth; it is never changed in place. ``patched`` returns another one or
raises, so a refused update changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from app.protocols.openai_realtime.schema import ClientError, invalid
from app.protocols.openai_realtime.schema_items import item_or_reference
from app.protocols.openai_realtime.schema_session import (
    check_choice,
    encoding_of,
    format_wire,
    response_checker,
    session_checker,
)
from app.protocols.openai_realtime.server_values import (
    Encoding,
    Modality,
    SemanticVad,
    ServerVad,
    SessionConfig,
    ToolChoice,
    TranscriptionSettings,
    TurnDetection,
)

Wire: TypeAlias = Mapping[str, Any]

_DETECTION_DEFAULTS: dict[str, dict[str, Any]] = {
    "server_vad": {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 200,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    },
    "semantic_vad": {
        "type": "semantic_vad",
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    },
}
_TRANSCRIPTION_DEFAULTS = {"model": None, "language": None, "prompt": None}


def new_session(
    *, session_id: str, model: str, voice: str, expires_at_s: int, instructions: str
) -> Wire:
    """Return a session as the service begins one."""
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": session_id,
        "model": model,
        "output_modalities": ["audio"],
        "instructions": instructions,
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": None,
        "truncation": "auto",
        "prompt": None,
        "expires_at": expires_at_s,
        "audio": {
            "input": {
                "format": format_wire(Encoding.PCM),
                "transcription": None,
                "noise_reduction": None,
                "turn_detection": _DETECTION_DEFAULTS["server_vad"],
            },
            "output": {"format": format_wire(Encoding.PCM), "voice": voice, "speed": 1.0},
        },
        "include": None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """What an update may not touch.

    Attributes:
        voices: The engine's own voices.
        spoken: Whether a reply has been heard: the voice is settled then.
        model_fixed: Whether the model is settled.
    """

    voices: Sequence[str]
    spoken: bool = False
    model_fixed: bool = True


def patched(current: Wire, update: Any, rules: SessionRules) -> Wire:
    """Return ``current`` with ``update`` merged into it, level by level.

    Raises:
        ClientError: If a field is unknown, wrong or settled.
    """
    detection = current["audio"]["input"]["turn_detection"]
    kind = None if detection is None else detection["type"]
    patch = session_checker(rules.voices, kind)(update, "session")
    merged = _merged(current, patch)
    _check_settled(current, merged, rules)
    check_choice(merged["tool_choice"], merged["tools"], "session.tool_choice")
    return merged


def _check_settled(current: Wire, merged: Wire, rules: SessionRules) -> None:
    if rules.model_fixed and merged["model"] != current["model"]:
        raise invalid("session.model", "The model of a session cannot be changed.")
    if rules.spoken:
        check_voice(voice_of(current), voice_of(merged))


def check_voice(settled: str, wanted: str) -> None:
    """Check that the voice stays the one that has spoken.

    Raises:
        ClientError: If it does not.
    """
    if settled != wanted:
        raise ClientError(
            "cannot_update_voice",
            "Cannot update a conversation's voice if assistant audio is present.",
        )


def _merged(current: Wire, patch: Wire) -> Wire:
    merged = {**current, **patch}
    audio = patch.get("audio", {})
    old_input, old_output = current["audio"]["input"], current["audio"]["output"]
    merged["audio"] = {
        "input": _merged_input(old_input, audio.get("input", {})),
        "output": dict(old_output) | audio.get("output", {}),
    }
    return merged


def _merged_input(current: Wire, patch: Wire) -> Wire:
    merged = {**current, **patch}
    if patch.get("transcription") is not None:
        before = current["transcription"] or _TRANSCRIPTION_DEFAULTS
        merged["transcription"] = {**before, **patch["transcription"]}
    if patch.get("turn_detection") is not None:
        merged["turn_detection"] = _merged_detection(
            current["turn_detection"], patch["turn_detection"]
        )
    return merged


def _merged_detection(current: Wire | None, patch: Wire) -> Wire:
    same = current is not None and patch.get("type", current["type"]) == current["type"]
    before = current if current is not None and same else _DETECTION_DEFAULTS[patch["type"]]
    return {**before, **patch}


# --- reading it --------------------------------------------------------------------------------


def voice_of(session: Wire) -> str:
    """Return the voice's name or id."""
    return voice_name(session["audio"]["output"]["voice"])


def voice_name(voice: Any) -> str:
    """Return a voice's name, whichever way it was written."""
    return str(voice["id"] if isinstance(voice, Mapping) else voice)


def read(session: Wire) -> SessionConfig:
    """Return the session's settings as values."""
    audio_input, audio_output = session["audio"]["input"], session["audio"]["output"]
    return SessionConfig(
        model=session["model"],
        instructions=session["instructions"],
        modality=Modality(session["output_modalities"][0]),
        input_encoding=encoding_of(audio_input["format"]),
        output_encoding=encoding_of(audio_output["format"]),
        turn_detection=_detection(audio_input["turn_detection"]),
        transcription=_transcription(audio_input["transcription"]),
        voice=voice_of(session),
        speed=float(audio_output["speed"]),
        tools=tuple(session["tools"]),
        tool_choice=choice(session["tool_choice"]),
        max_output_tokens=limit(session["max_output_tokens"]),
        wire=session,
    )


def _detection(wire: Wire | None) -> TurnDetection | None:
    if wire is None:
        return None
    fields = {name: value for name, value in wire.items() if name != "type"}
    return ServerVad(**fields) if wire["type"] == "server_vad" else SemanticVad(**fields)


def _transcription(wire: Wire | None) -> TranscriptionSettings | None:
    if wire is None:
        return None
    return TranscriptionSettings(
        model=wire["model"], language=wire["language"], prompt=wire["prompt"]
    )


def choice(wire: Any) -> ToolChoice:
    """Return a tool choice as a value."""
    if isinstance(wire, Mapping):
        return ToolChoice(mode="function", name=wire["name"])
    return ToolChoice(mode=wire)


def limit(wire: Any) -> int | None:
    """Return a token limit; None for "inf"."""
    return None if wire == "inf" else int(wire)


def checked_response(update: Any, voices: Sequence[str]) -> Wire:
    """Return a response's checked wishes.

    Raises:
        ClientError: If a field is unknown or wrong.
    """
    wishes: Wire = response_checker(voices, item_or_reference)(update, "response")
    return wishes
