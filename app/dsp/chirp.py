"""Chirps that tell how long sound was under way, and where they are in what was heard.

A chirp is a linear sweep from 800 to 6000 Hz with raised-cosine edges. It is found by the
normalised cross-correlation with itself within its own band, which is 1 for a copy of any
level and either sign, whatever hum or offset lies beside it. In noise the correlation has a
standard deviation of ``1 / sqrt(2 B T)``, some 0.06; the threshold is six of them, so that a
minute of noise alone is taken for a chirp with a probability under 0.001. A chirp as loud as
the noise in its band correlates 0.7.

Source: metrics specification, 2.3; Turin, "An introduction to matched filters" (1960).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import Samples
from app.dsp.pcm import FULL_SCALE, from_float

LENGTH_S: Final = 0.03
LOW_HZ: Final = 800.0
HIGH_HZ: Final = 6_000.0
EDGE_S: Final = 0.003
APART_S: Final = 0.1
"""Chirps follow each other at least so far apart; all nearer is one chirp and its echoes."""
THRESHOLD: Final = 0.36
"""Least normalised correlation of a chirp."""
DIRECT_SHARE: Final = 0.5
"""Of the largest peak: what the direct sound reaches beside a louder reflection."""
DIRECT_THRESHOLD: Final = 0.25
"""Least normalised correlation of the direct sound beside a reflection that is a chirp."""
CLIPPED_SHARE: Final = 0.3
"""Of a chirp's samples near its largest: more are cut off. A sweep has an eighth."""

_BAND_EDGE_HZ = 400.0
_LOBE_S = 0.00025
_NEAR_PEAK = 0.98
_LEAST_ENERGY = 1e-9

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardChirp:
    """A chirp that was found.

    Attributes:
        frame: Where it begins, to a fraction of a frame, in what was searched.
        likeness: Its normalised correlation, up to 1.
        level_dbfs: RMS level of the chirp itself, without the noise around it.
        clipped: Whether its peaks are cut off.
    """

    frame: float
    likeness: float
    level_dbfs: float
    clipped: bool


def chirp(rate_hz: int, *, peak: float = 0.5) -> Samples:
    """Return one chirp of 30 ms.

    Args:
        rate_hz: More than twice ``HIGH_HZ``.
        peak: Its largest magnitude, 1.0 being full scale.

    Raises:
        ValueError: If the rate is too low.
    """
    return from_float((peak * _waveform(rate_hz)).astype(np.float32))


class ChirpFinder:
    """Finds chirps at one rate. Keeps nothing between calls.

    Args:
        rate_hz: Of what is searched; more than twice ``HIGH_HZ``.

    Raises:
        ValueError: If the rate is too low.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        wave = _waveform(rate_hz)
        self._wave: Floats = wave / np.sqrt(wave @ wave)

    def find(self, samples: Samples) -> tuple[HeardChirp, ...]:
        """Return the chirps in ``samples``, at least 0.1 s apart, oldest first.

        Of a chirp and its reflections the direct sound is returned, unless it has less than
        half the largest one's amplitude. A chirp that is cut by the ends is not found.
        """
        if len(samples) < len(self._wave):
            return ()
        products, likeness = self._correlate(samples)
        strong = np.flatnonzero(likeness >= THRESHOLD)
        if not len(strong):
            return ()
        cuts = np.flatnonzero(np.diff(strong) > APART_S * self._rate_hz) + 1
        return tuple(
            self._heard(samples, products, likeness, (int(group[0]), int(group[-1])))
            for group in np.split(strong, cuts)
        )

    def _correlate(self, samples: Samples) -> tuple[Floats, Floats]:
        """Return the magnitudes of the correlation at each frame: as it is, and normalised."""
        frames = len(self._wave)
        size = 1 << (len(samples) + frames - 1).bit_length()
        heard = np.fft.rfft(samples / FULL_SCALE, size) * self._band(size)
        template = np.conj(np.fft.rfft(self._wave, size))
        places = len(samples) - frames + 1
        products: Floats = np.abs(np.fft.irfft(heard * template, size)[:places])
        squares = np.fft.irfft(heard, size)[: len(samples)] ** 2
        sums = np.concatenate(([0.0], np.cumsum(squares)))
        energy = np.maximum(sums[frames:] - sums[:-frames], _LEAST_ENERGY)
        return products, np.minimum(products / np.sqrt(energy), 1.0)

    def _band(self, size: int) -> Floats:
        hz = np.fft.rfftfreq(size, 1 / self._rate_hz)
        inside = np.minimum(hz - LOW_HZ, HIGH_HZ - hz) / _BAND_EDGE_HZ + 1
        band: Floats = 0.5 - 0.5 * np.cos(np.pi * np.clip(inside, 0, 1))
        return band

    def _heard(
        self, samples: Samples, products: Floats, likeness: Floats, group: tuple[int, int]
    ) -> HeardChirp:
        first, last = group
        largest = first + int(products[first : last + 1].argmax())
        peak = self._direct(products, likeness, largest)
        frames = len(self._wave)
        power = max(products[peak] ** 2 / frames, _LEAST_ENERGY)
        return HeardChirp(
            frame=peak + _beside(products, peak),
            likeness=float(likeness[peak]),
            level_dbfs=float(10 * np.log10(power)),
            clipped=_is_clipped(samples[peak : peak + frames]),
        )

    def _direct(self, products: Floats, likeness: Floats, largest: int) -> int:
        """Return the first strong peak before the largest one, which may be its reflection."""
        begin = max(largest - round(APART_S / 2 * self._rate_hz), 0)
        before = slice(begin, largest + 1)
        strong = products[before] >= DIRECT_SHARE * products[largest]
        alike = likeness[before] >= DIRECT_THRESHOLD
        first = begin + int(np.flatnonzero(strong & alike)[0])
        lobe = products[first : first + 1 + round(_LOBE_S * self._rate_hz)]
        return first + int(lobe.argmax())


def _waveform(rate_hz: int) -> Floats:
    if rate_hz <= 2 * HIGH_HZ:
        raise ValueError(f"a chirp up to {HIGH_HZ:.0f} Hz does not fit a rate of {rate_hz} Hz")
    times = np.arange(round(LENGTH_S * rate_hz)) / rate_hz
    phase = 2 * np.pi * (LOW_HZ * times + (HIGH_HZ - LOW_HZ) / (2 * LENGTH_S) * times**2)
    inside = np.minimum(times, LENGTH_S - times) / EDGE_S
    edges = 0.5 - 0.5 * np.cos(np.pi * np.clip(inside, 0, 1))
    shaped: Floats = np.sin(phase) * edges
    return shaped


def _beside(values: Floats, peak: int) -> float:
    """Return where the top of the parabola through a peak and its neighbours is, +-0.5."""
    if not 0 < peak < len(values) - 1:
        return 0.0
    before, at, after = (float(value) for value in values[peak - 1 : peak + 2])
    curve = before - 2 * at + after
    return min(max(0.5 * (before - after) / curve, -0.5), 0.5) if curve < 0 else 0.0


def _is_clipped(samples: Samples) -> bool:
    magnitudes = np.abs(samples.astype(np.int32))
    return bool(np.mean(magnitudes >= _NEAR_PEAK * magnitudes.max()) > CLIPPED_SHARE)
