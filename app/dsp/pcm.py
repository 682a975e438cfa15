"""PCM16 bytes, samples and levels.

Levels are relative to full scale: 0 dBFS is a constant of 32768, so a full-scale sine has an
RMS level of -3.01 dBFS.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import Samples

FloatSamples: TypeAlias = NDArray[np.float32]
"""Mono samples, shape (frames,), 1.0 being the int16 value 32768."""

FULL_SCALE = 32_768.0
_INT16_MIN = -32_768
_INT16_MAX = 32_767


def from_bytes(pcm: bytes) -> Samples:
    """Return the samples in ``pcm``: 16-bit little-endian, mono. Not writeable, no copy.

    Raises:
        ValueError: If ``pcm`` holds half a sample.
    """
    if len(pcm) % 2:
        raise ValueError(f"{len(pcm)} bytes are no whole number of 16-bit samples")
    return np.frombuffer(pcm, dtype="<i2").astype(np.int16, copy=False)


def to_bytes(samples: Samples) -> bytes:
    """Return ``samples`` as 16-bit little-endian bytes."""
    return samples.astype("<i2", copy=False).tobytes()


def to_float(samples: Samples) -> FloatSamples:
    """Return ``samples`` divided by 32768: float32 in [-1, 1)."""
    return samples.astype(np.float32) / np.float32(FULL_SCALE)


def from_float(samples: FloatSamples) -> Samples:
    """Return float samples as int16: rounded to the nearest, clipped, NaN as silence."""
    scaled = np.nan_to_num(np.rint(samples * np.float32(FULL_SCALE)), nan=0.0)
    clipped: FloatSamples = np.clip(scaled, _INT16_MIN, _INT16_MAX)
    return clipped.astype(np.int16)


def silence(frames: int) -> Samples:
    """Return ``frames`` frames of digital silence."""
    return np.zeros(frames, dtype=np.int16)


def concat(pieces: "list[Samples] | tuple[Samples, ...]") -> Samples:
    """Return the pieces one after the other; silence of no length for none."""
    return np.concatenate(pieces) if pieces else silence(0)


def peak01(samples: Samples) -> float:
    """Return the largest magnitude, 0.0 to 1.0; 0.0 for no samples."""
    if not len(samples):
        return 0.0
    return max(int(samples.max()), -int(samples.min())) / FULL_SCALE


def peak_dbfs(samples: Samples) -> float | None:
    """Return the level of the largest magnitude; None for digital silence."""
    peak = peak01(samples)
    return float(20 * np.log10(peak)) if peak > 0 else None


def rms_dbfs(samples: Samples) -> float | None:
    """Return the RMS level; None for digital silence or no samples."""
    power = mean_power(samples)
    return float(10 * np.log10(power)) if power > 0 else None


def mean_power(samples: Samples) -> float:
    """Return the mean square, 1.0 being full scale; 0.0 for no samples."""
    if not len(samples):
        return 0.0
    wide = samples.astype(np.float64)
    return float(np.dot(wide, wide) / len(wide)) / FULL_SCALE**2
