"""What a session and a response may be asked to be.

Source: OpenAI Realtime API reference, "session.update" and "response.create".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.protocols.openai_realtime.schema import (
    Checker,
    any_object,
    anything,
    array,
    boolean,
    either,
    elsewhere,
    integer,
    invalid,
    nullable,
    number,
    one_of,
    shape,
    tagged,
    text,
    unsupported,
)
from app.protocols.openai_realtime.server_values import Encoding

SERVICE_VOICES = (
    "alloy",
    "ash",
    "ballad",
    "coral",
    "echo",
    "sage",
    "shimmer",
    "verse",
    "marin",
    "cedar",
)
"""Voices of the real service: clients ask for them by name, so every engine answers to them."""

MAX_OUTPUT_TOKENS_LIMIT = 4_096
PCM_RATE_HZ = 24_000
_LONGEST_PADDING_MS = 10_000
_LONGEST_SILENCE_MS = 60_000
_METADATA_PAIRS = 16
_METADATA_KEY = 64
_METADATA_VALUE = 512
_NAME = text(shortest=1, longest=128)
_EFFORTS = ("minimal", "low", "medium", "high", "xhigh")


def not_served(what: str) -> Checker:
    """Refuse any value: this server does not do ``what``."""

    def check(value: Any, place: str) -> Any:  # noqa: ARG001 - a checker's shape
        raise invalid(place, f"Invalid '{place}': {what} not supported by this server.")

    return check


# --- audio formats -----------------------------------------------------------------------------

_PCM_TYPE = "audio/pcm"
_PCM: Mapping[int, Encoding] = {
    PCM_RATE_HZ: Encoding.PCM,
    16_000: Encoding.PCM_16K,
    8_000: Encoding.PCM_8K,
}
_G711 = (Encoding.PCMU, Encoding.PCMA)
_TYPE = one_of(_PCM_TYPE, *_G711)


def _rate(value: Any, place: str) -> int:
    """Check a rate: the service's 24 kHz, and two more that this server has beside it."""
    checked = integer(min(_PCM), max(_PCM))(value, place)
    if checked not in _PCM:
        raise invalid(
            place,
            f"Invalid value: {checked}. Supported values are: {', '.join(map(str, _PCM))}.",
        )
    return int(checked)


_format = tagged(
    "type",
    {
        _PCM_TYPE: shape({"type": _TYPE, "rate": _rate}),
        **{law.value: shape({"type": _TYPE}) for law in _G711},
    },
    default=_PCM_TYPE,
)


def audio_format(value: Any, place: str) -> dict[str, Any]:
    """Check an audio format; return it complete."""
    return format_wire(encoding_of(_format(value, place)))


def encoding_of(wire: Mapping[str, Any]) -> Encoding:
    """Return the encoding of a checked format object."""
    kind = wire.get("type", _PCM_TYPE)
    if kind == _PCM_TYPE:
        return _PCM[wire.get("rate", PCM_RATE_HZ)]
    return Encoding(kind)


def format_wire(encoding: Encoding) -> dict[str, Any]:
    """Return the format object of ``encoding``."""
    if encoding in _G711:
        return {"type": encoding.value}
    rate_hz = next(rate for rate, named in _PCM.items() if named is encoding)
    return {"type": _PCM_TYPE, "rate": rate_hz}


# --- tools -------------------------------------------------------------------------------------

_FUNCTION = shape(
    {
        "type": one_of("function"),
        "name": _NAME,
        "description": text(),
        "parameters": any_object,
    },
    required=("name",),
)
_TOOL = tagged(
    "type", {"function": _FUNCTION, "mcp": not_served("MCP tools are")}, default="function"
)
tools = array(_TOOL, most=128)

tool_choice = either(
    string=one_of("auto", "none", "required"),
    object=tagged(
        "type",
        {
            "function": shape({"type": text(), "name": _NAME}, required=("name",)),
            "mcp": not_served("MCP tools are"),
        },
    ),
)


def check_choice(choice: Any, named: Sequence[Mapping[str, Any]], place: str) -> None:
    """Check that a function that must be called exists.

    Raises:
        ClientError: If it does not.
    """
    if isinstance(choice, Mapping) and all(tool["name"] != choice["name"] for tool in named):
        raise invalid(place, f"Tool choice '{choice['name']}' not found in 'tools' parameter.")


# --- voices ------------------------------------------------------------------------------------


def voice(voices: Sequence[str]) -> Checker:
    """Check a voice's name, or an object with the id of one of ``voices``."""
    by_id = shape({"id": one_of(*voices)}, required=("id",))
    known = tuple(dict.fromkeys((*voices, *SERVICE_VOICES)))

    def check_name(value: Any, place: str) -> str:
        if value not in known:
            raise unsupported(value, known, place)
        return str(value)

    return either(string=check_name, object=by_id)


# --- what sessions and responses share ---------------------------------------------------------

modalities = array(one_of("text", "audio"))


def output_modalities(value: Any, place: str) -> list[str]:
    """Check that it is audio or text, not both."""
    checked = modalities(value, place)
    if len(checked) != 1:
        raise invalid(
            place, "Invalid modalities. Supported combinations are: ['text'] and ['audio']."
        )
    return [str(checked[0])]


_max_output_tokens = either(integer=integer(1, MAX_OUTPUT_TOKENS_LIMIT), string=one_of("inf"))
_SHARED: dict[str, Checker] = {
    "instructions": text(),
    "output_modalities": output_modalities,
    "tools": tools,
    "tool_choice": tool_choice,
    "parallel_tool_calls": boolean,
    "max_output_tokens": _max_output_tokens,
    "reasoning": nullable(shape({"effort": one_of(*_EFFORTS)})),
    "prompt": nullable(not_served("stored prompts are")),
}


# --- the session -------------------------------------------------------------------------------

_VAD_COMMON: dict[str, Checker] = {
    "type": text(),
    "create_response": boolean,
    "interrupt_response": boolean,
}
_SERVER_VAD: dict[str, Checker] = {
    "threshold": number(0, 1),
    "prefix_padding_ms": integer(0, _LONGEST_PADDING_MS),
    "silence_duration_ms": integer(0, _LONGEST_SILENCE_MS),
    "idle_timeout_ms": nullable(integer(5_000, 30_000)),
}
_SEMANTIC_VAD: dict[str, Checker] = {"eagerness": one_of("low", "medium", "high", "auto")}
_DETECTIONS: dict[str, Checker] = {
    "server_vad": shape(_VAD_COMMON | dict.fromkeys(_SEMANTIC_VAD, elsewhere) | _SERVER_VAD),
    "semantic_vad": shape(_VAD_COMMON | dict.fromkeys(_SERVER_VAD, elsewhere) | _SEMANTIC_VAD),
}

_TRANSCRIPTION = shape(
    {
        "model": text(shortest=1, longest=128),
        "language": nullable(text(longest=64)),
        "languages": array(text(longest=64)),
        "prompt": nullable(text()),
        "keywords": array(text()),
        "delay": one_of(*_EFFORTS),
    }
)
_NOISE_REDUCTION = shape(
    {"type": one_of("near_field", "far_field"), "strength": number(0, 1)}, required=("type",)
)
_TRACING = either(
    string=one_of("auto"),
    object=shape({"workflow_name": text(), "group_id": text(), "metadata": anything}),
)
_TRUNCATION = either(
    string=one_of("auto", "disabled"),
    object=shape(
        {
            "type": one_of("retention_ratio"),
            "retention_ratio": number(0, 1),
            "token_limits": shape({"post_instructions": integer(0, 1_000_000)}),
        },
        required=("type", "retention_ratio"),
    ),
)
_SPEED = number(0.25, 1.5)


def session_checker(voices: Sequence[str], detection: str | None) -> Checker:
    """Return the checker of a ``session.update``'s session.

    Args:
        voices: The engine's own voices.
        detection: The kind of turn detection in force: what a patch without ``type`` is of.
    """
    audio_input = {
        "format": audio_format,
        "noise_reduction": nullable(_NOISE_REDUCTION),
        "transcription": nullable(_TRANSCRIPTION),
        "turn_detection": nullable(tagged("type", _DETECTIONS, default=detection)),
    }
    audio_output = {"format": audio_format, "speed": _SPEED, "voice": voice(voices)}
    fields = _SHARED | {
        "type": one_of("realtime"),
        "model": text(shortest=1, longest=128),
        "audio": shape({"input": shape(audio_input), "output": shape(audio_output)}),
        "tracing": nullable(_TRACING),
        "truncation": _TRUNCATION,
        "include": nullable(array(one_of("item.input_audio_transcription.logprobs"))),
    }
    return shape(fields, required=("type",))


# --- a response --------------------------------------------------------------------------------


def metadata(value: Any, place: str) -> dict[str, str]:
    """Check up to 16 pairs of short strings."""
    pairs = any_object(value, place)
    if len(pairs) > _METADATA_PAIRS:
        raise invalid(place, f"Invalid '{place}': at most {_METADATA_PAIRS} pairs are allowed.")
    key, entry = text(longest=_METADATA_KEY), text(longest=_METADATA_VALUE)
    return {key(name, place): entry(kept, f"{place}.{name[:64]}") for name, kept in pairs.items()}


def response_checker(voices: Sequence[str], entry: Checker) -> Checker:
    """Return the checker of a ``response.create``'s response.

    Args:
        voices: The engine's own voices.
        entry: Checks one element of ``input``.
    """
    output = shape({"format": audio_format, "voice": voice(voices)})
    return shape(
        _SHARED
        | {
            "conversation": one_of("auto", "none"),
            "metadata": nullable(metadata),
            "audio": shape({"output": output}),
            "input": array(entry),
        }
    )
