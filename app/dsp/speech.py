"""Where speech is, by energy: the annotator of a clean clip.

For files and scripts, once, offline. Blocks of 5 ms; a block is active above the larger of
the clip's active level - 35 dB and its noise floor + 9 dB.

Source: the bias of this rule on 48 clean clips is -3 ms, P5 to P95 -18 to +1 ms.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import Samples
from app.dsp.pcm import FULL_SCALE

BLOCKS_PER_S: Final = 200
BELOW_ACTIVE_DB: Final = 35.0
ABOVE_FLOOR_DB: Final = 9.0
SILENT_DBFS: Final = -120.0
"""The level given to a block of digital silence."""

_LOUD_PERCENTILE = 95
_LOUD_RANGE_DB = 20.0
_FLOOR_PERCENTILE = 10
_FLOOR_BELOW_ACTIVE_DB = 12.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of frames, ``start`` included, ``end`` not."""

    start: int
    end: int


def block_levels_dbfs(samples: Samples, block: int) -> NDArray[np.float64]:
    """Return the RMS level of each whole block of ``block`` frames, at least -120 dBFS.

    Raises:
        ValueError: If a block holds no frame, which is so at rates under 200 Hz.
    """
    if block < 1:
        raise ValueError("the sampling rate is too low for blocks of 5 or 10 ms")
    whole = len(samples) // block
    blocks = samples[: whole * block].reshape(whole, block).astype(np.float64) / FULL_SCALE
    power: NDArray[np.float64] = np.einsum("ij,ij->i", blocks, blocks) / block
    levels: NDArray[np.float64] = 10 * np.log10(power + 10 ** (SILENT_DBFS / 10))
    return levels


def active_blocks(samples: Samples, rate_hz: int) -> NDArray[np.bool_]:
    """Return for each whole 5 ms block (``rate_hz // 200`` frames) whether it is speech.

    A clip whose quietest tenth is less than 12 dB under its active level has no silence to
    read the noise floor from; then the active level alone decides.
    """
    levels = block_levels_dbfs(samples, rate_hz // BLOCKS_PER_S)
    if not len(levels) or levels.max() <= SILENT_DBFS + ABOVE_FLOOR_DB:
        return np.zeros(len(levels), np.bool_)
    active_db = _mean_db(levels[levels > np.percentile(levels, _LOUD_PERCENTILE) - _LOUD_RANGE_DB])
    floor_db = float(np.percentile(levels, _FLOOR_PERCENTILE))
    threshold = active_db - BELOW_ACTIVE_DB
    if floor_db < active_db - _FLOOR_BELOW_ACTIVE_DB:
        threshold = max(threshold, floor_db + ABOVE_FLOOR_DB)
    return np.asarray(levels > threshold)


def speech_segments(samples: Samples, rate_hz: int, *, pause_ms: int = 300) -> tuple[Segment, ...]:
    """Return the stretches of speech, oldest first; pauses under ``pause_ms`` are inside one."""
    active = np.flatnonzero(active_blocks(samples, rate_hz))
    if not len(active):
        return ()
    cuts = np.flatnonzero(np.diff(active) * 1000 > pause_ms * BLOCKS_PER_S) + 1
    block = rate_hz // BLOCKS_PER_S
    return tuple(
        Segment(int(run[0]) * block, (int(run[-1]) + 1) * block) for run in np.split(active, cuts)
    )


def speech_bounds(samples: Samples, rate_hz: int) -> Segment | None:
    """Return from the first to the last speech of a clip, or None where there is none."""
    active = np.flatnonzero(active_blocks(samples, rate_hz))
    if not len(active):
        return None
    block = rate_hz // BLOCKS_PER_S
    return Segment(int(active[0]) * block, (int(active[-1]) + 1) * block)


def speech_end_frame(samples: Samples, rate_hz: int) -> int | None:
    """Return the frame after the last of speech, or None where there is none."""
    bounds = speech_bounds(samples, rate_hz)
    return None if bounds is None else bounds.end


def _mean_db(levels: NDArray[np.float64]) -> float:
    """Return the level of the mean power."""
    return float(10 * np.log10(np.mean(10 ** (levels / 10))))
