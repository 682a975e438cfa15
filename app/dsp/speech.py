"""Where speech is, by energy: one rule for a clip and for the recording of it.

Digital silence of 500 ms parts what is heard into stretches; each is judged by its own levels
alone, counted from its first sound, so that a clip is read the same wherever it is in a
recording and whatever else is there. What goes on for longer is judged minute by minute.
Windows of 5 ms, one every millisecond, are active above the larger of the stretch's active
level - 35 dB and its noise floor + 9 dB. Speech begins and ends with the first and the last
sample in them whose magnitude reaches that threshold. Gaps under 200 ms are inside it; what
then lasts less than 60 ms is a cough or a click.

Source: metrics specification, 2.4, L4 and 4.1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.dsp.pcm import FULL_SCALE, concat

BLOCKS_PER_S: Final = 200
BELOW_ACTIVE_DB: Final = 35.0
ABOVE_FLOOR_DB: Final = 9.0
SILENT_DBFS: Final = -120.0
"""The level given to a block of digital silence."""

STRETCH_GAP_MS: Final = 500
"""Digital silence of this length parts what is heard into stretches, as clips are."""
LONGEST_STRETCH_MS: Final = 60_000
NOTHING_DBFS: Final = -80.0
"""Samples under this are digital silence, and what stays under it is no speech."""
NOISE_MS: Final = 5_000
"""What never once falls 12 dB in this time is no speech but noise."""
MERGE_GAP_MS: Final = 200.0
SHORTEST_MS: Final = 60.0

_STEPS = 5
_STEPS_PER_S = BLOCKS_PER_S * _STEPS
_STEADY_DB = 12.0
_LOUD_PERCENTILE = 95
_LOUD_RANGE_DB = 20.0
_FLOOR_PERCENTILE = 10
_FLOOR_BELOW_ACTIVE_DB = 12.0

Spans: TypeAlias = NDArray[np.int64]
"""Shape (n, 2): first frame and the frame after the last, in order and apart."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of frames, ``start`` included, ``end`` not."""

    start: int
    end: int


class SpeechReader:
    """Reads where a clip or one side of a recording speaks, a piece at a time. One owner.

    The answer does not depend on how the sound is cut into pieces. At most two minutes of
    sound are kept.

    Raises:
        ValueError: If 5 ms hold no frame, which is so at rates under 200 Hz.
    """

    def __init__(self, rate_hz: int = SESSION_RATE_HZ) -> None:
        if rate_hz < BLOCKS_PER_S:
            raise ValueError("the sampling rate is too low for blocks of 5 or 10 ms")
        self._rate_hz = rate_hz
        self._longest = LONGEST_STRETCH_MS * rate_hz // 1000
        self._pending: list[Samples] = []
        self._pending_frames = 0
        self._first = 0
        self._loud: list[Spans] = [np.zeros((0, 2), np.int64)]
        self._speech: Spans | None = None

    def push(self, samples: Samples) -> None:
        """Take the next frames in."""
        self._speech = None
        for at in range(0, len(samples), self._longest):
            piece = samples[at : at + self._longest]
            self._pending.append(piece)
            self._pending_frames += len(piece)
            if self._pending_frames >= self._longest:
                self._settle()

    def loud(self) -> Spans:
        """Return what is loud in the speech so far, apart by 5 ms or more."""
        if self._speech is None:
            samples = concat(self._pending)
            found = [self._loud_in(samples, *each) for each in stretches(samples, self._rate_hz)]
            self._speech = _speech_of(np.concatenate((*self._loud, *found)), self._rate_hz)
        return self._speech

    def speech(self, pause_ms: float = MERGE_GAP_MS) -> list[Segment]:
        """Return the speech so far, oldest first; pauses under ``pause_ms`` are inside it."""
        joined = _joined(self.loud(), pause_ms * self._rate_hz / 1000)
        return [Segment(first, last) for first, last in joined.tolist()]

    def _settle(self) -> None:
        """Judge the stretches that what is still to come cannot change."""
        samples = concat(self._pending)
        gap, done = STRETCH_GAP_MS * self._rate_hz // 1000, 0
        for first, last in stretches(samples, self._rate_hz):
            if min(first + self._longest, last + gap) <= len(samples):
                self._loud.append(self._loud_in(samples, first, last))
                done = last
        # A copy, so that the rest does not keep the minutes before it.
        self._pending = [samples[done:].copy()]
        self._pending_frames = len(samples) - done
        self._first += done

    def _loud_in(self, samples: Samples, first: int, last: int) -> Spans:
        return self._first + first + _loud_spans(samples[first:last], self._rate_hz)


def stretches(samples: Samples, rate_hz: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches, from the first to after the last sound in each, as frames.

    No 500 ms of digital silence are in one, and none lasts longer than a minute.
    """
    least = int(FULL_SCALE * 10 ** (NOTHING_DBFS / 20))
    at = np.flatnonzero((samples > least) | (samples < -least))
    cuts = np.flatnonzero(np.diff(at) > STRETCH_GAP_MS * rate_hz // 1000) + 1
    ends = [*cuts.tolist(), len(at)]
    here = 0
    for end in ends:
        while here < end:
            limit = int(at[here]) + LONGEST_STRETCH_MS * rate_hz // 1000
            after = min(int(np.searchsorted(at, limit)), end)
            yield int(at[here]), int(at[after - 1]) + 1
            here = after


def _loud_spans(samples: Samples, rate_hz: int) -> Spans:
    """Return what is loud in one stretch, apart by 5 ms or more."""
    sums, window = _energies(samples, rate_hz)
    levels = 10 * np.log10(sums / (window * FULL_SCALE**2) + 10 ** (SILENT_DBFS / 10))
    threshold = _threshold_dbfs(levels, len(samples) * 1000 / rate_hz)
    if threshold is None:
        return np.zeros((0, 2), np.int64)
    covered = np.convolve(levels > threshold, np.ones(_STEPS)) > 0
    active = np.repeat(covered, window // _STEPS)[: len(samples)]
    at = np.flatnonzero(active & is_loud(samples, threshold))
    return _joined(np.stack((at, at + 1), axis=1), rate_hz / BLOCKS_PER_S)


def _energies(samples: Samples, rate_hz: int) -> tuple[NDArray[np.int64], int]:
    """Return the energy in windows of 5 ms, one every millisecond, and their frames."""
    step = max(rate_hz // _STEPS_PER_S, 1)
    steps = max(-(-len(samples) // step), _STEPS)
    squares = np.zeros(steps * step, np.int64)
    squares[: len(samples)] = samples.astype(np.int64) ** 2
    sums = np.concatenate(([0], np.cumsum(squares.reshape(-1, step).sum(axis=1))))
    return sums[_STEPS:] - sums[:-_STEPS], _STEPS * step


def _threshold_dbfs(levels: NDArray[np.float64], lasts_ms: float) -> float | None:
    """Return the level over which 5 ms of a stretch are speech; None where it is noise.

    A stretch whose quietest tenth is less than 12 dB under its active level has no silence to
    read the noise floor from; then the active level alone decides.
    """
    floor_db, high_db = np.percentile(levels, (_FLOOR_PERCENTILE, _LOUD_PERCENTILE)).tolist()
    if lasts_ms >= NOISE_MS and high_db - floor_db < _STEADY_DB:
        return None
    active_db = _mean_db(levels[levels > high_db - _LOUD_RANGE_DB])
    threshold = max(active_db - BELOW_ACTIVE_DB, NOTHING_DBFS)
    if floor_db < active_db - _FLOOR_BELOW_ACTIVE_DB:
        threshold = max(threshold, floor_db + ABOVE_FLOOR_DB)
    return threshold


def _speech_of(loud: Spans, rate_hz: int) -> Spans:
    """Return ``loud`` without what is no speech."""
    joined = _joined(loud, MERGE_GAP_MS * rate_hz / 1000)
    long_enough = joined[:, 1] - joined[:, 0] >= SHORTEST_MS * rate_hz / 1000
    mine = np.searchsorted(joined[:, 0], loud[:, 0], side="right") - 1
    return loud[long_enough[mine]]


def _joined(spans: Spans, gap: float) -> Spans:
    """Return ``spans`` with those joined that lie less than ``gap`` frames apart."""
    if not len(spans):
        return spans
    cuts = np.flatnonzero(spans[1:, 0] - spans[:-1, 1] >= gap)
    firsts = spans[np.concatenate(([0], cuts + 1)), 0]
    lasts = spans[np.concatenate((cuts, [len(spans) - 1])), 1]
    return np.stack((firsts, lasts), axis=1)


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
    """Return the stretches of speech, oldest first; pauses under ``pause_ms`` are inside one.

    Raises:
        ValueError: If the rate is under 200 Hz; of the two below as well.
    """
    reader = SpeechReader(rate_hz)
    reader.push(samples)
    return tuple(reader.speech(pause_ms))


def speech_bounds(samples: Samples, rate_hz: int) -> Segment | None:
    """Return from the first to the last speech of a clip, or None where there is none."""
    found = speech_segments(samples, rate_hz)
    return Segment(found[0].start, found[-1].end) if found else None


def speech_end_frame(samples: Samples, rate_hz: int) -> int | None:
    """Return the frame after the last of speech, or None where there is none."""
    bounds = speech_bounds(samples, rate_hz)
    return None if bounds is None else bounds.end


def _mean_db(levels: NDArray[np.float64]) -> float:
    """Return the level of the mean power."""
    return float(10 * np.log10(np.mean(10 ** (levels / 10))))
