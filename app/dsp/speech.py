"""Where speech is, by energy: the annotator of a clean clip.

For files and scripts, once, offline. Blocks of 5 ms; a block is active above the larger of
the clip's active level - 35 dB and its noise floor + 9 dB. Inside its outermost blocks speech
begins and ends with the first and the last sample whose magnitude reaches that threshold. A
cough or a click of less than 60 ms, 200 ms or more from anything else, is no speech.

Source: metrics specification, 2.4; the bias of the rule in whole blocks on 48 clean clips is
-3 ms, P5 to P95 -18 to +1 ms.
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

MERGE_GAP_MS: Final = 200.0
SHORTEST_MS: Final = 60.0

_STEPS = 5
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


@dataclass(frozen=True, slots=True, eq=False)
class SpeechBlocks:
    """What each whole block of a clip holds.

    Attributes:
        active: Whether it is speech.
        first: Its first loud frame, counted within the block; meaningful where it is speech.
        last: The frame after its last loud one.
    """

    active: NDArray[np.bool_]
    first: NDArray[np.int32]
    last: NDArray[np.int32]


def active_blocks(samples: Samples, rate_hz: int) -> NDArray[np.bool_]:
    """Return for each whole 5 ms block (``rate_hz // 200`` frames) whether it is speech.

    A clip whose quietest tenth is less than 12 dB under its active level has no silence to
    read the noise floor from; then the active level alone decides.
    """
    return speech_blocks(samples, rate_hz).active


def speech_blocks(samples: Samples, rate_hz: int) -> SpeechBlocks:
    """Return ``active_blocks`` and where, inside each block, what is loud begins and ends."""
    block = rate_hz // BLOCKS_PER_S
    levels = block_levels_dbfs(samples, block)
    threshold = speech_threshold_dbfs(levels)
    if threshold is None:
        none = np.zeros(len(levels), np.int32)
        return SpeechBlocks(np.zeros(len(levels), np.bool_), none, none)
    loud = loud_speech(samples[: len(levels) * block], block, threshold).reshape(-1, block)
    found: NDArray[np.bool_] = np.asarray(loud.any(axis=1))
    active = np.zeros(len(levels), np.bool_)
    for first, last in speech_stretches(found):
        active[first:last] = found[first:last]
    first_loud, after_loud = loud.argmax(axis=1), block - loud[:, ::-1].argmax(axis=1)
    return SpeechBlocks(active, first_loud.astype(np.int32), after_loud.astype(np.int32))


def loud_speech(samples: Samples, block: int, threshold_dbfs: float) -> NDArray[np.bool_]:
    """Return for each sample whether it is loud, in some ``block`` frames that are on average.

    The blocks are tried at steps of a fifth of their length, so that the answer does not
    depend on where the first of them begins.
    """
    step = max(block // _STEPS, 1)
    steps = max(-(-len(samples) // step), _STEPS)
    squares = np.zeros(steps * step, np.int64)
    squares[: len(samples)] = samples.astype(np.int64) ** 2
    sums = np.concatenate(([0], np.cumsum(squares.reshape(-1, step).sum(axis=1))))
    energy = sums[_STEPS:] - sums[:-_STEPS]
    least = _STEPS * step * (FULL_SCALE * 10 ** (threshold_dbfs / 20)) ** 2
    covered = np.convolve(energy > least, np.ones(_STEPS)) > 0
    return np.repeat(covered, step)[: len(samples)] & is_loud(samples, threshold_dbfs)


def speech_stretches(active: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the stretches of speech in blocks of 5 ms, first included, last not.

    Gaps under 200 ms are inside one; what then lasts less than 60 ms is a cough or a click.

    Source: metrics specification, 4.1.
    """
    gap, least = MERGE_GAP_MS * BLOCKS_PER_S / 1000, SHORTEST_MS * BLOCKS_PER_S / 1000
    at = np.flatnonzero(active)
    runs = np.split(at, np.flatnonzero(np.diff(at) - 1 >= gap) + 1)
    spans = [(int(run[0]), int(run[-1]) + 1) for run in runs if len(run)]
    return [(first, last) for first, last in spans if last - first >= least]


def speech_threshold_dbfs(levels: NDArray[np.float64]) -> float | None:
    """Return the level over which a 5 ms block is speech, or None where all is silent.

    Args:
        levels: Of the blocks of one clip, dBFS, at least -120.
    """
    if not len(levels) or levels.max() <= SILENT_DBFS + ABOVE_FLOOR_DB:
        return None
    active_db = _mean_db(levels[levels > np.percentile(levels, _LOUD_PERCENTILE) - _LOUD_RANGE_DB])
    floor_db = float(np.percentile(levels, _FLOOR_PERCENTILE))
    threshold = active_db - BELOW_ACTIVE_DB
    if floor_db < active_db - _FLOOR_BELOW_ACTIVE_DB:
        threshold = max(threshold, floor_db + ABOVE_FLOOR_DB)
    return threshold


def loud_bounds(
    samples: Samples, block: int, threshold_dbfs: float
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return each whole block's first loud frame, and the frame after its last loud one.

    Both are counted within the block. Of a block with no loud sample they are its bounds.
    """
    whole = len(samples) // block * block
    loud = is_loud(samples[:whole], threshold_dbfs).reshape(-1, block)
    last = block - loud[:, ::-1].argmax(axis=1)
    return loud.argmax(axis=1).astype(np.int32), last.astype(np.int32)


def is_loud(samples: Samples, threshold_dbfs: float) -> NDArray[np.bool_]:
    """Return for each sample whether its magnitude reaches the threshold.

    A block whose RMS level is over the threshold has such a sample.
    """
    least = FULL_SCALE * 10 ** (threshold_dbfs / 20)
    wide = samples.astype(np.int32)
    return np.asarray(np.abs(wide) >= least)


def speech_segments(samples: Samples, rate_hz: int, *, pause_ms: int = 300) -> tuple[Segment, ...]:
    """Return the stretches of speech, oldest first; pauses under ``pause_ms`` are inside one."""
    blocks = speech_blocks(samples, rate_hz)
    active = np.flatnonzero(blocks.active)
    if not len(active):
        return ()
    cuts = np.flatnonzero(np.diff(active) * 1000 > pause_ms * BLOCKS_PER_S) + 1
    block = rate_hz // BLOCKS_PER_S
    return tuple(_segment(blocks, run, block) for run in np.split(active, cuts))


def speech_bounds(samples: Samples, rate_hz: int) -> Segment | None:
    """Return from the first to the last speech of a clip, or None where there is none."""
    blocks = speech_blocks(samples, rate_hz)
    active = np.flatnonzero(blocks.active)
    return _segment(blocks, active, rate_hz // BLOCKS_PER_S) if len(active) else None


def _segment(blocks: SpeechBlocks, run: NDArray[np.intp], block: int) -> Segment:
    first, last = int(run[0]), int(run[-1])
    return Segment(first * block + int(blocks.first[first]), last * block + int(blocks.last[last]))


def speech_end_frame(samples: Samples, rate_hz: int) -> int | None:
    """Return the frame after the last of speech, or None where there is none."""
    bounds = speech_bounds(samples, rate_hz)
    return None if bounds is None else bounds.end


def _mean_db(levels: NDArray[np.float64]) -> float:
    """Return the level of the mean power."""
    return float(10 * np.log10(np.mean(10 ** (levels / 10))))
