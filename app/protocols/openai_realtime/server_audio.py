"""Audio between the wire and 24 kHz PCM."""

import base64
import binascii
from collections.abc import Callable
from typing import TypeAlias

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.dsp.g711 import G711_RATE_HZ, alaw_decode, alaw_encode, ulaw_decode, ulaw_encode
from app.dsp.low_lag import live_stream
from app.dsp.pcm import from_bytes, to_bytes
from app.protocols.openai_realtime.schema import invalid
from app.protocols.openai_realtime.schema_events import MAX_AUDIO_BASE64, MAX_AUDIO_BYTES
from app.protocols.openai_realtime.server_values import Encoding

_Decode: TypeAlias = Callable[[bytes], Samples]
_Encode: TypeAlias = Callable[[Samples], bytes]

_DECODE: dict[Encoding, _Decode] = {
    Encoding.PCM: from_bytes,
    Encoding.PCM_16K: from_bytes,
    Encoding.PCM_8K: from_bytes,
    Encoding.PCMU: ulaw_decode,
    Encoding.PCMA: alaw_decode,
}
_ENCODE: dict[Encoding, _Encode] = {
    Encoding.PCM: to_bytes,
    Encoding.PCM_16K: to_bytes,
    Encoding.PCM_8K: to_bytes,
    Encoding.PCMU: ulaw_encode,
    Encoding.PCMA: alaw_encode,
}
_RATE_HZ = {
    Encoding.PCM: SESSION_RATE_HZ,
    Encoding.PCM_16K: 16_000,
    Encoding.PCM_8K: 8_000,
    Encoding.PCMU: G711_RATE_HZ,
    Encoding.PCMA: G711_RATE_HZ,
}
_OCTETS = frozenset({Encoding.PCMU, Encoding.PCMA})
"""Encodings whose samples are one octet; the others' are two."""

_SAMPLE_BYTES = 2


def wire_bytes(text: str, encoding: Encoding, place: str) -> bytes:
    """Return the audio that ``text`` holds in base64.

    Raises:
        ClientError: If it is no base64, too long, or half a sample.
    """
    if len(text) > MAX_AUDIO_BASE64:
        raise invalid(place, f"Invalid '{place}': more than {MAX_AUDIO_BYTES} bytes of audio.")
    try:
        audio = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise invalid(
            place,
            f"Invalid '{place}'. Expected base64-encoded audio bytes, but got an invalid value.",
        ) from exc
    if encoding not in _OCTETS and len(audio) % _SAMPLE_BYTES:
        raise invalid(
            place,
            f"Invalid '{place}'. Expected whole 16-bit samples, but got {len(audio)} bytes.",
        )
    return audio


class InputDecoder:
    """Turns one stream of wire audio into 24 kHz samples.

    Attributes:
        encoding: What the wire carries.
    """

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self._resampler = live_stream(_RATE_HZ[encoding], SESSION_RATE_HZ)

    def decode(self, audio: bytes) -> Samples:
        """Return the samples that are ready."""
        return self._resampler.push(_DECODE[self.encoding](audio))

    def duration_ms(self, audio: bytes) -> float:
        """Return how long ``audio`` lasts."""
        frames = len(audio) if self.encoding in _OCTETS else len(audio) // _SAMPLE_BYTES
        return frames * 1_000 / _RATE_HZ[self.encoding]

    def flush(self) -> Samples:
        """Return what is still held back; begin anew."""
        return self._resampler.flush()


class OutputEncoder:
    """Turns one stream of 24 kHz samples into wire audio.

    Attributes:
        sent_ms: How much audio came out so far.
    """

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._resampler = live_stream(SESSION_RATE_HZ, _RATE_HZ[encoding])
        self.sent_ms = 0.0

    def encode(self, samples: Samples) -> bytes:
        """Return the bytes that are ready."""
        return self._wire(self._resampler.push(samples))

    def flush(self) -> bytes:
        """Return the rest."""
        return self._wire(self._resampler.flush())

    def _wire(self, ready: Samples) -> bytes:
        self.sent_ms += len(ready) * 1_000 / _RATE_HZ[self._encoding]
        return _ENCODE[self._encoding](ready)


def to_base64(audio: bytes) -> str:
    """Return audio as the wire carries it."""
    return base64.b64encode(audio).decode("ascii")
