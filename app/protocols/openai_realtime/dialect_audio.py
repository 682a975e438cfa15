"""How each dialect spells an audio format, and which ones it has no word for.

Source: OpenAI Realtime API reference, "session.update" (GA; and beta: pcm16 is 24 kHz alone);
Azure Voice Live reference 2026-07-15, "InputAudioFormat", "OutputAudioFormat" and
"input_audio_sampling_rate" (16000 or 24000); xAI Voice Agent API (audio/pcm at 8 to 48 kHz).
"""

from collections.abc import Mapping
from typing import Any, Final

from app.core.config import WireFormat
from app.core.errors import ConfigError

_G711: Final = {WireFormat.PCMU: "g711_ulaw", WireFormat.PCMA: "g711_alaw"}
_BETA: Final = {WireFormat.PCM16_24K: "pcm16", **_G711}
_NESTED: Final = {WireFormat.PCMU: "audio/pcmu", WireFormat.PCMA: "audio/pcma"}
_VOICE_LIVE_INPUT: Final[Mapping[WireFormat, Mapping[str, Any]]] = {
    WireFormat.PCM16_24K: {
        "input_audio_format": "pcm16",
        "input_audio_sampling_rate": 24_000,
    },
    WireFormat.PCM16_16K: {
        "input_audio_format": "pcm16",
        "input_audio_sampling_rate": 16_000,
    },
    WireFormat.PCMU: {"input_audio_format": "g711_ulaw"},
    WireFormat.PCMA: {"input_audio_format": "g711_alaw"},
}
_VOICE_LIVE_OUTPUT: Final = {
    **_BETA,
    WireFormat.PCM16_16K: "pcm16_16000hz",
    WireFormat.PCM16_8K: "pcm16_8000hz",
}
_WORDS: Final = {
    WireFormat.PCM16_24K: "PCM at 24 kHz",
    WireFormat.PCM16_16K: "PCM at 16 kHz",
    WireFormat.PCM16_8K: "PCM at 8 kHz",
    WireFormat.PCMU: "G.711 mu-law",
    WireFormat.PCMA: "G.711 A-law",
}


def nested_format(wire: WireFormat) -> dict[str, Any]:
    """Return the format object of GA and of xAI.

    GA proper takes PCM at 24 kHz only; whoever takes more has the same words for it.
    """
    if wire in _NESTED:
        return {"type": _NESTED[wire]}
    return {"type": "audio/pcm", "rate": wire.rate_hz}


def beta_format(wire: WireFormat) -> str:
    """Return the flat format of the beta dialect.

    Raises:
        ConfigError: If it has no word for it.
    """
    if wire not in _BETA:
        raise _no_word(wire, "OpenAI's beta dialect", "either way", _BETA)
    return _BETA[wire]


def voice_live_input(wire: WireFormat) -> Mapping[str, Any]:
    """Return the fields of a session that tell how the user's audio travels.

    Raises:
        ConfigError: If there are none for it.
    """
    if wire not in _VOICE_LIVE_INPUT:
        raise _no_word(wire, "Azure Voice Live", "for the user's audio", _VOICE_LIVE_INPUT)
    return _VOICE_LIVE_INPUT[wire]


def voice_live_output(wire: WireFormat) -> str:
    """Return the flat format of reply audio."""
    return _VOICE_LIVE_OUTPUT[wire]


def _no_word(
    wire: WireFormat, dialect: str, way: str, known: Mapping[WireFormat, Any]
) -> ConfigError:
    return ConfigError(
        f"{dialect} has no {_WORDS[wire]} {way}.",
        hint=f"Choose {', '.join(_WORDS[one] for one in known)}.",
    )
