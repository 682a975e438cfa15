"""Outlines of a waveform for drawing."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import Samples
from app.dsp.pcm import FULL_SCALE

STEP_MS: Final = 20


def peaks(samples: Samples, rate_hz: int, step_ms: int = STEP_MS) -> NDArray[np.float32]:
    """Return the largest magnitude of each step, 0.0 to 1.0; a last part of a step counts.

    Raises:
        ValueError: If a step is shorter than one frame.
    """
    step = rate_hz * step_ms // 1000
    if step < 1:
        raise ValueError(f"a step of {step_ms} ms holds no frame at {rate_hz} Hz")
    if not len(samples):
        return np.zeros(0, np.float32)
    starts = np.arange(0, len(samples), step)
    high = np.maximum.reduceat(samples, starts).astype(np.int32)
    low = np.minimum.reduceat(samples, starts).astype(np.int32)
    return (np.maximum(high, -low) / FULL_SCALE).astype(np.float32)
