"""Reply audio as it is on the wire, made into what the product knows: PCM16 at 24 kHz."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.ids import ItemId
from app.dsp.g711 import G711_RATE_HZ, alaw_decode, ulaw_decode
from app.dsp.pcm import from_bytes, to_bytes
from app.dsp.resample import Resampler
from app.protocols.openai_realtime.client_fields import (
    Fields,
    known_mapping,
    known_text,
)

_RATES_HZ = range(8_000, 48_001)
_SAMPLE_BYTES = 2


@dataclass(frozen=True, slots=True)
class ReplyFormat:
    """How reply audio is encoded on the wire. ``expand`` makes samples of its octets."""

    expand: Callable[[bytes], Samples]
    rate_hz: int


PCM_24K = ReplyFormat(from_bytes, SESSION_RATE_HZ)

_FORMATS = {
    "audio/pcm": PCM_24K,
    "audio/pcmu": ReplyFormat(ulaw_decode, G711_RATE_HZ),
    "audio/pcma": ReplyFormat(alaw_decode, G711_RATE_HZ),
    "pcm16": PCM_24K,
    "g711_ulaw": ReplyFormat(ulaw_decode, G711_RATE_HZ),
    "g711_alaw": ReplyFormat(alaw_decode, G711_RATE_HZ),
    "pcm16_8000hz": ReplyFormat(from_bytes, 8_000),
    "pcm16_16000hz": ReplyFormat(from_bytes, 16_000),
}


def reply_format(session: Fields) -> ReplyFormat:
    """Return what the service's account of the session says of its reply audio.

    Nested (GA) comes before flat (beta). What it does not say, or says in words that we do
    not know, is PCM16 at 24 kHz: what we asked for and what the protocol defaults to.
    """
    audio = known_mapping(session, "audio")
    nested: Any = known_mapping(audio, "output").get("format")
    if isinstance(nested, dict):
        found = _FORMATS.get(str(known_text(nested, "type")), PCM_24K)
        rate_hz = nested.get("rate")
        if found is PCM_24K and type(rate_hz) is int and rate_hz in _RATES_HZ:
            return ReplyFormat(from_bytes, rate_hz)
        return found
    return _FORMATS.get(str(known_text(session, "output_audio_format")), PCM_24K)


class ReplyAudioReader:
    """Makes 24 kHz PCM16 of one connection's reply audio. Not thread-safe.

    PCM16 at 24 kHz passes through untouched. Anything else is resampled as one stream per
    content part, so that pieces join without clicks; ``finish`` gives the stream's tail. Half
    a sample at the end of a piece waits for the next piece of its content part.
    """

    def __init__(self) -> None:
        self._format = PCM_24K
        self._part: tuple[ItemId, int] | None = None
        self._half = b""
        self._resampler = Resampler(SESSION_RATE_HZ, SESSION_RATE_HZ)

    def use(self, sound: ReplyFormat) -> None:
        """Read ``sound`` from now on."""
        if sound == self._format:
            return
        self._format = sound
        self._part = None
        self._resampler = Resampler(sound.rate_hz, SESSION_RATE_HZ)

    def read(self, octets: bytes, item_id: ItemId, content_index: int) -> bytes:
        """Return ``octets`` as PCM16 at 24 kHz, as much of it as is ready."""
        if self._part != (item_id, content_index):
            self._part = (item_id, content_index)
            self._half = b""
            self._resampler.reset()
        if self._format.expand is from_bytes:
            octets = self._whole(octets)
        if self._format == PCM_24K:
            return octets
        return to_bytes(self._resampler.push(self._format.expand(octets)))

    def finish(self, item_id: ItemId, content_index: int) -> bytes:
        """Return what the resampler still holds of this content part; usually nothing."""
        if self._part != (item_id, content_index):
            return b""
        self._part = None
        return to_bytes(self._resampler.flush())

    def _whole(self, octets: bytes) -> bytes:
        if self._half:
            octets = self._half + octets
        cut = len(octets) % _SAMPLE_BYTES
        self._half = octets[len(octets) - cut :]
        return octets[:-cut] if cut else octets
