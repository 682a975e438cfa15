"""What a microphone delivers, in figures: level, noise, clipping, offset, bandwidth, rate.

Everything is kept per 20 ms frame over the last five seconds, so that a fault that has gone is
not told for ever, and so that asking costs next to nothing.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import AudioBlock, Samples
from app.dsp.pcm import FULL_SCALE

FRAMES_PER_S: Final = 50
KEPT_FRAMES: Final = 5 * FRAMES_PER_S
CLIP_LEVEL: Final = 32_700
CLIP_RUN: Final = 3
"""So many samples in a row at the very top: a converter that is driven too hard."""
ABOVE_NOISE_DB: Final = 12.0
SPEECH_FLOOR_DBFS: Final = -70.0
LOUD_RANGE_DB: Final = 25.0
FLOOR_DBFS: Final = -120.0
SETTLE_NS: Final = 500_000_000
"""The stamps of a device that has just been opened are not to be trusted."""
RATE_SPAN_NS: Final = 1_900_000_000

_LOW_BAND_HZ = (2900.0, 3400.0)
_HIGH_BAND_HZ = (4200.0, 4700.0)
_BAND_HZ = 250.0
_BAND_RANGE_DB = 55.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MicFigures:
    """What the last seconds came to; None where it cannot be told.

    Attributes:
        examined_s: Of how much audio, at most five seconds.
        heard_s: Audio since the first block.
        zeros: Not one sample differed from zero.
        peak_dbfs: Largest sample, less the offset.
        level_dbfs: Level of what is loud; None where nothing stands out of the noise.
        noise_dbfs: Level of the quietest tenth.
        clipped: Share of the loud frames that hold clipped runs, 0 to 1.
        dc_offset: Mean of the samples, -1 to 1.
        cliff_db: By how much 4.2 to 4.7 kHz lies below 2.9 to 3.4 kHz in what is loud; None
            where the rate has no such band or nothing is loud.
        bandwidth_hz: Highest frequency within 55 dB of the strongest band, likewise.
        rate_hz: Frames that really came in a second, by their instants.
        claimed_hz: What the device says.
    """

    examined_s: float
    heard_s: float
    zeros: bool
    peak_dbfs: float | None
    level_dbfs: float | None
    noise_dbfs: float | None
    clipped: float | None
    dc_offset: float | None
    cliff_db: float | None
    bandwidth_hz: float | None
    rate_hz: float | None
    claimed_hz: int


@dataclass(frozen=True, slots=True)
class _Frame:
    level_dbfs: float
    peak: float
    mean: float
    clipped: bool
    zeros: bool


class MicExamination:
    """Takes a microphone's blocks and tells what they are like. One thread.

    Args:
        rate_hz: What the device says; blocks of another rate begin anew.
    """

    def __init__(self, rate_hz: int) -> None:
        self._begin(rate_hz)

    def _begin(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._size = max(rate_hz // FRAMES_PER_S, 1)
        self._window = np.hanning(self._size)
        self._pending: Samples = np.zeros(0, np.int16)
        self._frames: deque[_Frame] = deque(maxlen=KEPT_FRAMES)
        self._spectra: deque[NDArray[np.float64]] = deque(maxlen=KEPT_FRAMES)
        self._heard = 0
        self._opened_ns: int | None = None
        self._first: tuple[int, int] | None = None
        self._last: tuple[int, int] | None = None

    def push(self, block: AudioBlock) -> None:
        """Take in a block as the device gave it."""
        if block.rate_hz != self._rate_hz:
            self._begin(block.rate_hz)
        self._note_rate(block)
        self._heard += len(block.samples)
        joined = np.concatenate((self._pending, block.samples))
        whole = len(joined) // self._size * self._size
        self._pending = joined[whole:]
        for start in range(0, whole, self._size):
            self._take(joined[start : start + self._size])

    def figures(self) -> MicFigures:
        """Return what the last seconds came to."""
        frames = self._frames
        levels = np.array([frame.level_dbfs for frame in frames])
        noise = float(np.percentile(levels, 10)) if frames else None
        loud = _loud(levels, noise)
        cliff, bandwidth = self._bands()
        peak = max((frame.peak for frame in frames), default=0.0)
        return MicFigures(
            examined_s=len(frames) / FRAMES_PER_S,
            heard_s=self._heard / self._rate_hz,
            zeros=bool(frames) and all(frame.zeros for frame in frames),
            peak_dbfs=_dbfs(peak) if frames else None,
            level_dbfs=_mean_dbfs(levels[loud]) if loud.any() else None,
            noise_dbfs=noise,
            clipped=_share(frames, loud) if loud.any() else None,
            dc_offset=float(np.mean([frame.mean for frame in frames])) if frames else None,
            cliff_db=cliff if loud.any() else None,
            bandwidth_hz=bandwidth if loud.any() else None,
            rate_hz=self._measured_hz(),
            claimed_hz=self._rate_hz,
        )

    def _take(self, samples: Samples) -> None:
        scaled = samples.astype(np.float64) / FULL_SCALE
        mean = float(scaled.mean())
        scaled -= mean
        level = _dbfs(float(np.sqrt(np.mean(scaled**2))))
        peak = float(np.abs(scaled).max())
        zeros = not samples.any()
        self._frames.append(_Frame(level, peak, mean, _clips(samples), zeros))
        if level > SPEECH_FLOOR_DBFS:
            self._spectra.append(np.abs(np.fft.rfft(scaled * self._window)) ** 2)

    def _bands(self) -> tuple[float | None, float | None]:
        """Return the cliff at 4 kHz and the bandwidth of the loudest frames."""
        if not self._spectra or self._rate_hz < 2 * _HIGH_BAND_HZ[1]:
            return None, None
        spectra = np.array(self._spectra)
        power = spectra.sum(axis=1)
        loud = spectra[power > power.max() * 10 ** (-LOUD_RANGE_DB / 10)]
        mean = loud.mean(axis=0)
        hertz = np.fft.rfftfreq(self._size, 1 / self._rate_hz).astype(np.float64)
        low, high = (_band_db(mean, hertz, band) for band in (_LOW_BAND_HZ, _HIGH_BAND_HZ))
        return low - high, _bandwidth_hz(mean, hertz)

    def _note_rate(self, block: AudioBlock) -> None:
        if self._opened_ns is None:
            self._opened_ns = block.captured_ns
        if block.captured_ns - self._opened_ns < SETTLE_NS:
            return
        at = (block.captured_ns, block.first_frame)
        self._first = self._first or at
        self._last = at

    def _measured_hz(self) -> float | None:
        if self._first is None or self._last is None:
            return None
        span_ns = self._last[0] - self._first[0]
        if span_ns < RATE_SPAN_NS:
            return None
        return (self._last[1] - self._first[1]) * 1e9 / span_ns


def _clips(samples: Samples) -> bool:
    """Return whether CLIP_RUN samples in a row stand at the top or at the bottom."""
    for at_end in (samples >= CLIP_LEVEL, samples <= -CLIP_LEVEL):
        run = at_end[: 1 - CLIP_RUN].copy()
        for shift in range(1, CLIP_RUN):
            run &= at_end[shift : len(at_end) - CLIP_RUN + 1 + shift]
        if run.any():
            return True
    return False


def _loud(levels: NDArray[np.float64], noise_dbfs: float | None) -> NDArray[np.bool_]:
    """Return which frames stand out of the noise."""
    if noise_dbfs is None:
        return np.zeros(0, np.bool_)
    above = max(noise_dbfs + ABOVE_NOISE_DB, SPEECH_FLOOR_DBFS)
    found: NDArray[np.bool_] = levels > max(above, float(levels.max()) - LOUD_RANGE_DB)
    return found


def _share(frames: deque[_Frame], loud: NDArray[np.bool_]) -> float:
    clipped = np.array([frame.clipped for frame in frames])
    return float(clipped[loud].mean())


def _mean_dbfs(levels: NDArray[np.float64]) -> float:
    return float(10 * np.log10(np.mean(10 ** (levels / 10))))


def _dbfs(value: float) -> float:
    return max(20 * float(np.log10(value)), FLOOR_DBFS) if value > 0 else FLOOR_DBFS


def _band_db(
    power: NDArray[np.float64], hertz: NDArray[np.float64], band: tuple[float, float]
) -> float:
    inside = power[(hertz >= band[0]) & (hertz < band[1])]
    return 10 * float(np.log10(inside.mean() + 1e-15))


def _bandwidth_hz(power: NDArray[np.float64], hertz: NDArray[np.float64]) -> float:
    """Return the upper edge of the highest band within _BAND_RANGE_DB of the strongest."""
    bands = (hertz // _BAND_HZ).astype(np.int64)
    counts = np.maximum(np.bincount(bands), 1)
    levels = 10 * np.log10(np.bincount(bands, power) / counts + 1e-15)
    strong = np.flatnonzero(levels > levels.max() - _BAND_RANGE_DB)
    return min(float(strong[-1] + 1) * _BAND_HZ, float(hertz[-1]))
