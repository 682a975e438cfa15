"""Where each side of a recording speaks: one rule for every provider.

Levels are gathered in blocks of 5 ms, a piece of the recording at a time, so that hours need
little memory; then whole arrays are judged at once. The agent's side is clean and digital, so
the rule of the audible onset (``app.dsp.audible``) holds; the user's side is judged like a
clip (``app.dsp.speech``), stretch by stretch, each by its own levels. What is loud is joined
over gaps under 200 ms; what then lasts less than 60 ms is a cough or a click and dropped.

Source: metrics specification, 4.1, L4 and 2.4.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.dsp.audible import ABSOLUTE_DBFS, BLOCKS_IN_A_ROW
from app.dsp.audible_runs import AudibleRuns
from app.dsp.speech import (
    BELOW_ACTIVE_DB,
    BLOCKS_PER_S,
    MERGE_GAP_MS,
    SHORTEST_MS,
    SILENT_DBFS,
    Segment,
    block_levels_dbfs,
    is_loud,
    loud_speech,
    speech_threshold_dbfs,
)

BLOCK_FRAMES: Final = SESSION_RATE_HZ // BLOCKS_PER_S
STRETCH_GAP_MS: Final = 500.0
"""Digital silence of this length parts the user's side into stretches, as clips are."""
LONGEST_STRETCH_MS: Final = 60_000.0
NOISE_MS: Final = 5_000.0
"""What never once falls 12 dB in this time is no speech but noise."""
NOTHING_DBFS: Final = -80.0
"""Under this a block of the user's side is digital silence."""

Levels: TypeAlias = NDArray[np.float64]
"""RMS levels of blocks of 5 ms, dBFS, from frame 0 on."""

Read: TypeAlias = Callable[[int, int], Samples]
"""Returns one side's frames from the first to before the second, fewer at the end."""

_BLOCK_MS = 1000 / BLOCKS_PER_S
_AGENT_BLOCKS = 2  # the onset rule counts in blocks of 10 ms
_ACTIVE_RANGE_DB = 25.0
_AGENT_STRETCH_BLOCKS = 200
_PAUSE_DB = 12.0
_NEXT_TO_NOTHING_DB = 0.001
_ZERO_BLOCKS = 4
_LONGEST_LEAD_FRAMES = 2 * SESSION_RATE_HZ
_ONSET_FRAMES = SESSION_RATE_HZ * 60 // 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A loud stretch, in blocks of 5 ms, ``first`` included, ``last`` not.

    Attributes:
        start_dbfs: The threshold where it begins; ``end_dbfs`` where it ends.
    """

    first: int
    last: int
    start_dbfs: float
    end_dbfs: float


class LevelTrack:
    """The levels of one side, a piece at a time. One owner."""

    def __init__(self) -> None:
        self._rest: Samples = np.zeros(0, np.int16)
        self._pieces: list[Levels] = []

    def push(self, samples: Samples) -> None:
        """Take the next frames in, 24 kHz mono."""
        pending = np.concatenate((self._rest, samples)) if len(self._rest) else samples
        whole = len(pending) // BLOCK_FRAMES * BLOCK_FRAMES
        self._pieces.append(block_levels_dbfs(pending[:whole], BLOCK_FRAMES))
        self._rest = pending[whole:].copy()

    @property
    def levels(self) -> Levels:
        """All levels so far; up to 5 ms at the end are not in them."""
        return np.concatenate(self._pieces) if self._pieces else np.zeros(0)


# --- what is loud ----------------------------------------------------------------------------


def agent_runs(levels: Levels) -> list[Run]:
    """Return the audible stretches of 30 ms or more of a clean, digital side."""
    whole = len(levels) // _AGENT_BLOCKS * _AGENT_BLOCKS
    power = 10 ** (levels[:whole].reshape(-1, _AGENT_BLOCKS) / 10)
    wide: Levels = 10 * np.log10(power.mean(axis=1))
    audible = np.zeros(len(wide), np.bool_)
    for first, last in _joined(wide > ABSOLUTE_DBFS, _AGENT_STRETCH_BLOCKS):
        mine = wide[first:last]
        active = _mean_db(mine[mine > mine.max() - _ACTIVE_RANGE_DB])
        audible[first:last] = mine > max(ABSOLUTE_DBFS, active - BELOW_ACTIVE_DB)
    return [
        Run(
            first=first * _AGENT_BLOCKS,
            last=last * _AGENT_BLOCKS,
            start_dbfs=ABSOLUTE_DBFS,
            end_dbfs=ABSOLUTE_DBFS,
        )
        for first, last in _joined(audible, 1)
        if last - first >= BLOCKS_IN_A_ROW
    ]


def user_runs(levels: Levels) -> list[Run]:
    """Return the loud stretches of a side that may carry a room's noise."""
    return [
        Run(
            first=start + first,
            last=start + last,
            start_dbfs=threshold,
            end_dbfs=threshold,
        )
        for start, end in _stretches(levels)
        if (threshold := _threshold(levels[start:end])) is not None
        for first, last in _joined(levels[start:end] > threshold, 1)
    ]


def _stretches(levels: Levels) -> Iterator[tuple[int, int]]:
    longest = round(LONGEST_STRETCH_MS / _BLOCK_MS)
    for first, last in _joined(levels > NOTHING_DBFS, round(STRETCH_GAP_MS / _BLOCK_MS)):
        yield from ((at, min(at + longest, last)) for at in range(first, last, longest))


def _threshold(levels: Levels) -> float | None:
    threshold = speech_threshold_dbfs(levels)
    if threshold is None or len(levels) * _BLOCK_MS < NOISE_MS:
        return threshold
    steady = float(np.percentile(levels, 95)) - float(np.percentile(levels, 10)) < _PAUSE_DB
    return None if steady else threshold


def _joined(loud: NDArray[np.bool_], gap: int) -> Iterator[tuple[int, int]]:
    """Yield the runs of ``loud``, first included, last not; gaps under ``gap`` are inside."""
    at = np.flatnonzero(loud)
    if not len(at):
        return
    cuts = np.flatnonzero(np.diff(at) > gap)
    firsts = at[np.concatenate(([0], cuts + 1))]
    lasts = at[np.concatenate((cuts, [len(at) - 1]))] + 1
    yield from zip(firsts.tolist(), lasts.tolist(), strict=True)


def _mean_db(levels: Levels) -> float:
    return float(10 * np.log10(np.mean(10 ** (levels / 10))))


# --- what is speech --------------------------------------------------------------------------


def speech_runs(runs: Sequence[Run]) -> list[Run]:
    """Return ``runs`` joined over gaps under 200 ms, without those that stay under 60 ms."""
    joined: list[Run] = []
    for run in runs:
        if joined and (run.first - joined[-1].last) * _BLOCK_MS < MERGE_GAP_MS:
            joined[-1] = replace(joined[-1], last=run.last, end_dbfs=run.end_dbfs)
        else:
            joined.append(run)
    return [run for run in joined if (run.last - run.first) * _BLOCK_MS >= SHORTEST_MS]


def agent_speech(levels: Levels, read: Read) -> list[Segment]:
    """Return the agent's speech, oldest first: from its first to after its last loud frame."""

    def loud(start: int, end: int, _dbfs: float) -> NDArray[np.bool_]:
        return is_loud(read(start, end), ABSOLUTE_DBFS)

    wide = _AGENT_BLOCKS * BLOCK_FRAMES
    found = [_exact(run, loud, within=wide, beyond=0) for run in speech_runs(agent_runs(levels))]
    return _with_onsets(found, levels, read)


def _with_onsets(found: list[Segment], levels: Levels, read: Read) -> list[Segment]:
    """Return ``found`` with the blocks of the onset rule counted from each reply's own start.

    A reply stands out of digital silence; its blocks begin there, as they did when it came.
    A slow beginning, which crosses the threshold gently, is then read where it was live.
    """
    starts = [segment.start for segment in found]
    exact = list(found)
    for first, _ in _joined(levels > SILENT_DBFS + _NEXT_TO_NOTHING_DB, _ZERO_BLOCKS):
        begins = first * BLOCK_FRAMES
        at = bisect_left(starts, begins)
        if at < len(found) and starts[at] - begins <= _LONGEST_LEAD_FRAMES:
            onset = _onset(begins, read(begins, starts[at] + _ONSET_FRAMES))
            if abs(onset - starts[at]) <= _ONSET_FRAMES:
                exact[at] = Segment(onset, found[at].end)
    return exact


def _onset(begins: int, samples: Samples) -> int:
    """Return the first audible frame by the rule as it is applied to a stream."""
    sound = int((samples != 0).argmax())
    heard = AudibleRuns(SESSION_RATE_HZ)
    heard.push(samples[sound:])
    return begins + sound + (heard.first or 0)


def user_speech(levels: Levels, read: Read) -> list[Segment]:
    """Return the user's speech, oldest first: from its first to after its last loud frame."""

    def loud(start: int, end: int, dbfs: float) -> NDArray[np.bool_]:
        return loud_speech(read(start, end), BLOCK_FRAMES, dbfs)

    # A gap is bridged wherever the blocks lie; 10 ms short of it, the next run is not reached.
    beyond = round((MERGE_GAP_MS / _BLOCK_MS - 2) * BLOCK_FRAMES)
    runs = speech_runs(user_runs(levels))
    return [_exact(run, loud, within=2 * BLOCK_FRAMES, beyond=beyond) for run in runs]


def _exact(
    run: Run, loud: Callable[[int, int, float], NDArray[np.bool_]], *, within: int, beyond: int
) -> Segment:
    """Return a run's bounds in frames, looked for that near to those of its blocks."""
    start, end = run.first * BLOCK_FRAMES, run.last * BLOCK_FRAMES
    before = max(start - beyond, 0)
    head = np.flatnonzero(loud(before, start + within, run.start_dbfs))
    tail = np.flatnonzero(loud(end - within, end + beyond, run.end_dbfs))
    return Segment(
        before + int(head[0]) if len(head) else start,
        end - within + int(tail[-1]) + 1 if len(tail) else end,
    )
