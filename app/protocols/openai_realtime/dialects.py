"""How each dialect spells what a client sends: the session, the items, the reply options.

Events from the server need no dialect: the client reads every spelling in every dialect.
A field that is None in our settings is left out, so that the service's own default stands;
what our settings turn off (turn detection, transcription) is sent as null, and no tools as
an empty list, because a service keeps what an update does not name.

Source: OpenAI Realtime API reference, "session.update" (GA; and beta of 2024-10 to 2026);
Azure Voice Live reference 2026-07-15, "RealtimeRequestSession"; xAI Voice Agent API,
"session.update".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.core.config import Dialect, SessionSettings, WireFormat
from app.protocols.openai_realtime.dialect_audio import (
    beta_format,
    nested_format,
    voice_live_input,
    voice_live_output,
)
from app.protocols.openai_realtime.dialect_turns import Body, beta_turns, ga_turns, xai_turns


@dataclass(frozen=True, slots=True)
class Spelling:
    """What is special about one dialect.

    Attributes:
        session: Makes the ``session`` object of ``session.update``, or raises ``ConfigError``
            for settings that the dialect has no words for.
        content_kinds: Content part types of an assistant's item, ours to the dialect's.
        response: Respells the ``response`` object of ``response.create``, given in GA words.
    """

    session: Callable[[SessionSettings], Body]
    content_kinds: Mapping[str, str]
    response: Callable[[Mapping[str, Any]], Body]


def _transcription(settings: SessionSettings) -> Body | None:
    return {"model": settings.transcription_model} if settings.transcribe_input else None


def _tools(settings: SessionSettings) -> list[Body]:
    return [
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": dict(tool.parameters),
        }
        for tool in settings.tools
    ]


def _known(**fields: Any) -> Body:
    return {name: value for name, value in fields.items() if value is not None}


def _ga_session(settings: SessionSettings) -> Body:
    return {
        "type": "realtime",
        "output_modalities": ["audio"] if settings.audio_replies else ["text"],
        **_known(instructions=settings.instructions),
        "audio": {
            "input": {
                "format": nested_format(settings.input_format),
                "transcription": _transcription(settings),
                "turn_detection": ga_turns(settings.turn_detection),
            },
            "output": {
                "format": nested_format(settings.output_format),
                **_known(voice=settings.voice),
            },
        },
        "tools": _tools(settings),
    }


def _beta_session(settings: SessionSettings) -> Body:
    return {
        "modalities": ["text", "audio"] if settings.audio_replies else ["text"],
        **_known(instructions=settings.instructions, voice=settings.voice),
        "input_audio_format": beta_format(settings.input_format),
        "output_audio_format": beta_format(settings.output_format),
        "input_audio_transcription": _transcription(settings),
        "turn_detection": beta_turns(settings.turn_detection),
        "tools": _tools(settings),
    }


def _voice_live_session(settings: SessionSettings) -> Body:
    usual = WireFormat.PCM16_24K
    body = {
        **_beta_session(replace(settings, input_format=usual, output_format=usual)),
        **voice_live_input(settings.input_format),
        "output_audio_format": voice_live_output(settings.output_format),
    }
    if settings.voice is not None:
        own = settings.voice.endswith("Neural")  # e.g. en-US-Ava:DragonHDLatestNeural
        kind = "azure-standard" if own else "openai"
        body["voice"] = {"type": kind, "name": settings.voice}
    return body


def _xai_session(settings: SessionSettings) -> Body:
    """Make GA's audio formats with beta's flat rest; this service always replies in audio."""
    return {
        **_known(instructions=settings.instructions, voice=settings.voice),
        "turn_detection": xai_turns(settings.turn_detection),
        "audio": {
            "input": {
                "format": nested_format(settings.input_format),
                "transcription": _transcription(settings),
            },
            "output": {"format": nested_format(settings.output_format)},
        },
        "tools": _tools(settings),
    }


_BETA_RESPONSE_NAMES = {
    "output_modalities": "modalities",
    "max_output_tokens": "max_response_output_tokens",
}
_BETA_FORMATS = {"audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw"}


def _ga_response(options: Mapping[str, Any]) -> Body:
    return dict(options)


def _beta_response(options: Mapping[str, Any]) -> Body:
    """Flatten ``audio.output`` and rename what beta calls otherwise; leave the rest alone."""
    body = {_BETA_RESPONSE_NAMES.get(name, name): value for name, value in options.items()}
    audio = body.pop("audio", None)
    output = audio.get("output") if isinstance(audio, Mapping) else None
    if isinstance(output, Mapping):
        sound = output.get("format")
        kind = sound.get("type") if isinstance(sound, Mapping) else None
        body |= _known(voice=output.get("voice"), output_audio_format=_BETA_FORMATS.get(str(kind)))
    if body.get("modalities") == ["audio"]:
        body["modalities"] = ["text", "audio"]  # beta knows no audio without its words
    return body


_GA_KINDS = {"text": "output_text", "audio": "output_audio"}
_BETA_KINDS = {"output_text": "text", "output_audio": "audio"}

SPELLINGS: dict[Dialect, Spelling] = {
    Dialect.OPENAI_GA: Spelling(_ga_session, _GA_KINDS, _ga_response),
    Dialect.OPENAI_BETA: Spelling(_beta_session, _BETA_KINDS, _beta_response),
    Dialect.XAI: Spelling(_xai_session, _GA_KINDS, _ga_response),
    Dialect.VOICE_LIVE: Spelling(_voice_live_session, _BETA_KINDS, _beta_response),
}


def item_body(item: Mapping[str, Any], spelling: Spelling) -> Body:
    """Return ``item`` with the content kinds of an assistant's message respelled."""
    body = dict(item)
    content = body.get("content")
    if body.get("role") == "assistant" and isinstance(content, list | tuple):
        body["content"] = [_part_body(part, spelling) for part in content]
    return body


def _part_body(part: Any, spelling: Spelling) -> Any:
    if not isinstance(part, Mapping):
        return part
    kind = part.get("type")
    return {**part, "type": spelling.content_kinds.get(str(kind), kind)}
