"""What a telephone line makes of speech: 300 to 3400 Hz, 8 kHz, eight bits a sample.

Source: ITU-T Recommendation G.712 (band), G.711 (mu-law and A-law).
"""

import math
from enum import StrEnum
from typing import Final

import numpy as np

from app.core.audio_format import Samples
from app.dsp.g711 import G711_RATE_HZ, alaw_decode, alaw_encode, ulaw_decode, ulaw_encode
from app.dsp.low_lag import live_stream
from app.dsp.pcm import FloatSamples, from_float, silence, to_float

LOWEST_HZ: Final = 300.0
HIGHEST_HZ: Final = 3_400.0
_SLOPE_HZ: Final = 100.0
"""Outside the band: from the pass band's edge to silence."""

_STOP_DB: Final = 50.0
_KAISER_BETA: Final = 0.5842 * (_STOP_DB - 21) ** 0.4 + 0.07886 * (_STOP_DB - 21)


class Law(StrEnum):
    """How eight bits hold a sample."""

    ULAW = "mu-law"
    ALAW = "A-law"


class Telephone:
    """A line: what is said into it comes out at the same rate. Not thread-safe; one owner.

    Output frame ``k`` is input frame ``k``, however the input is cut into blocks; the stream
    holds about 30 ms back.

    Args:
        rate_hz: Rate of what is said and heard.
        law: The line's.

    Raises:
        ValueError: If the rate is not positive.
    """

    def __init__(self, rate_hz: int, law: Law = Law.ULAW) -> None:
        self._narrow = live_stream(rate_hz, G711_RATE_HZ)
        self._wide = live_stream(G711_RATE_HZ, rate_hz)
        self._band = _Band()
        self._law = law
        self._frames = 0

    def push(self, samples: Samples) -> Samples:
        """Return what is ready of what has been said."""
        self._frames += len(samples)
        heard = self._wide.push(self._line(self._band.push(self._narrow.push(samples))))
        self._frames -= len(heard)
        return heard

    def flush(self) -> Samples:
        """Return what the line still holds, and begin anew: as much comes out as went in."""
        last = self._band.push(self._narrow.flush())
        heard = self._wide.push(self._line(np.concatenate((last, self._band.flush()))))
        rest = np.concatenate((heard, self._wide.flush()))
        missing = max(self._frames - len(rest), 0)
        rest = np.concatenate((rest, silence(missing)))[: self._frames]
        self._frames = 0
        return rest

    def _line(self, samples: Samples) -> Samples:
        if self._law is Law.ULAW:
            return ulaw_decode(ulaw_encode(samples))
        return alaw_decode(alaw_encode(samples))


def telephoned(samples: Samples, rate_hz: int, law: Law = Law.ULAW) -> Samples:
    """Return what is heard of ``samples`` at the other end, of the same length and rate.

    Raises:
        ValueError: If the rate is not positive.
    """
    line = Telephone(rate_hz, law)
    return np.concatenate((line.push(samples), line.flush()))


class _Band:
    """A linear-phase band pass at the line's rate; output frame ``k`` is input frame ``k``."""

    def __init__(self) -> None:
        self._taps = _band_taps()
        self._centre = len(self._taps) // 2
        self._begin()

    def _begin(self) -> None:
        self._held: FloatSamples = np.zeros(self._centre, np.float32)

    def push(self, samples: Samples) -> Samples:
        return self._filter(to_float(samples))

    def flush(self) -> Samples:
        rest = self._filter(np.zeros(self._centre, np.float32))
        self._begin()
        return rest

    def _filter(self, samples: FloatSamples) -> Samples:
        self._held = np.concatenate((self._held, samples))
        ready = len(self._held) - len(self._taps) + 1
        if ready <= 0:
            return silence(0)
        passed = np.convolve(self._held, self._taps, mode="valid")
        self._held = self._held[ready:]
        return from_float(np.asarray(passed, dtype=np.float32))


def _band_taps() -> FloatSamples:
    width = 2 * math.pi * _SLOPE_HZ / G711_RATE_HZ
    count = math.ceil((_STOP_DB - 7.95) / (2.285 * width)) | 1
    at = np.arange(count) - count // 2

    def lowpass(edge_hz: float) -> FloatSamples:
        share = 2 * edge_hz / G711_RATE_HZ
        return np.asarray(share * np.sinc(share * at), dtype=np.float32)

    middle = _SLOPE_HZ / 2
    band = lowpass(HIGHEST_HZ + middle) - lowpass(LOWEST_HZ - middle)
    return np.asarray(band * np.kaiser(count, _KAISER_BETA), dtype=np.float32)
