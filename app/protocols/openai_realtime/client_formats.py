"""Audio formats of the wire, as one connection's client knows them: asked for, and told of.

Source: OpenAI Realtime API reference, "session.update" (GA and beta); Azure Voice Live
reference 2026-07-15, "InputAudioFormat" and "OutputAudioFormat".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.config import SessionSettings, WireFormat
from app.dsp.g711 import G711_RATE_HZ, alaw_decode, alaw_encode, ulaw_decode, ulaw_encode
from app.dsp.pcm import from_bytes, to_bytes
from app.protocols.openai_realtime.client_fields import Fields, known_mapping, known_text

_RATES_HZ: Final = range(8_000, 48_001)


class Law(StrEnum):
    """How a sample becomes octets."""

    LINEAR = "PCM16"
    ULAW = "mu-law"
    ALAW = "A-law"


@dataclass(frozen=True, slots=True)
class WireSound:
    """How audio is encoded on the wire, one way; mono."""

    law: Law
    rate_hz: int

    def __str__(self) -> str:
        """Return it for people."""
        return f"{self.law} at {self.rate_hz / 1000:g} kHz"

    @property
    def sample_bytes(self) -> int:
        """Octets of one sample."""
        return 2 if self.law is Law.LINEAR else 1

    def expand(self, octets: bytes) -> Samples:
        """Return the samples of whole octets."""
        return _EXPAND[self.law](octets)

    def compress(self, samples: Samples) -> bytes:
        """Return the octets of ``samples``."""
        return _COMPRESS[self.law](samples)


_EXPAND: Final[Mapping[Law, Callable[[bytes], Samples]]] = {
    Law.LINEAR: from_bytes,
    Law.ULAW: ulaw_decode,
    Law.ALAW: alaw_decode,
}
_COMPRESS: Final[Mapping[Law, Callable[[Samples], bytes]]] = {
    Law.LINEAR: to_bytes,
    Law.ULAW: ulaw_encode,
    Law.ALAW: alaw_encode,
}

PCM_24K: Final = WireSound(Law.LINEAR, SESSION_RATE_HZ)
ULAW_8K: Final = WireSound(Law.ULAW, G711_RATE_HZ)
ALAW_8K: Final = WireSound(Law.ALAW, G711_RATE_HZ)

_NAMED: Final[Mapping[str, WireSound]] = {
    "audio/pcm": PCM_24K,
    "audio/pcmu": ULAW_8K,
    "audio/pcma": ALAW_8K,
    "pcm16": PCM_24K,
    "g711_ulaw": ULAW_8K,
    "g711_alaw": ALAW_8K,
    "pcm16_8000hz": WireSound(Law.LINEAR, 8_000),
    "pcm16_16000hz": WireSound(Law.LINEAR, 16_000),
}
_LAWS: Final = {WireFormat.PCMU: Law.ULAW, WireFormat.PCMA: Law.ALAW}


@dataclass(frozen=True, slots=True)
class Formats:
    """Both ways of one connection; None where nothing is known."""

    input: WireSound | None = None
    output: WireSound | None = None


def asked_formats(settings: SessionSettings) -> Formats:
    """Return what ``settings`` ask for."""
    return Formats(_sound(settings.input_format), _sound(settings.output_format))


def told_formats(session: Fields) -> Formats:
    """Return what the service's account of the session says of its audio.

    Nested (GA) comes before flat (beta). What it does not say, or says in words that we do
    not know, is None.
    """
    audio = known_mapping(session, "audio")
    flat_hz = session.get("input_audio_sampling_rate")
    return Formats(
        _told(known_mapping(audio, "input"), known_text(session, "input_audio_format"), flat_hz),
        _told(known_mapping(audio, "output"), known_text(session, "output_audio_format"), None),
    )


def _sound(wire: WireFormat) -> WireSound:
    return WireSound(_LAWS.get(wire, Law.LINEAR), wire.rate_hz)


def _told(side: Mapping[str, Any], flat: str | None, flat_hz: Any) -> WireSound | None:
    nested = side.get("format")
    if isinstance(nested, dict):
        return _rated(_NAMED.get(str(known_text(nested, "type"))), nested.get("rate"))
    return _rated(_NAMED.get(str(flat)), flat_hz)


def _rated(found: WireSound | None, rate_hz: Any) -> WireSound | None:
    """Return ``found`` at the rate that is told beside it, if it is one; G.711 has its own."""
    if found == PCM_24K and type(rate_hz) is int and rate_hz in _RATES_HZ:
        return WireSound(Law.LINEAR, rate_hz)
    return found
