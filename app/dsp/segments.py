"""Where the agent's side of a recording speaks: one rule for every provider.

Levels are gathered in blocks of 5 ms, a piece of the recording at a time, so that hours need
little memory; then whole arrays are judged at once. The agent's side is clean and digital, so
the rule of the audible onset (``app.dsp.audible``) holds. What is loud is joined over gaps
under 200 ms; what then lasts less than 60 ms is a cough or a click and dropped. The user's
side is read by ``app.dsp.speech.SpeechReader``, as clips are.

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
)

BLOCK_FRAMES: Final = SESSION_RATE_HZ // BLOCKS_PER_S
Levels: TypeAlias = NDArray[np.float64]
"""RMS levels of blocks of 5 ms, dBFS, from frame 0 on."""

Read: TypeAlias = Callable[[int, int], Samples]
"""Returns one side's frames from the first to before the second, fewer at the end."""

_BLOCK_MS = 1000 / BLOCKS_PER_S
_AGENT_BLOCKS = 2  # the onset rule counts in blocks of 10 ms
_ACTIVE_RANGE_DB = 25.0
_AGENT_STRETCH_BLOCKS = 200
_NEXT_TO_NOTHING_DB = 0.001
_ZERO_BLOCKS = 4
_LONGEST_LEAD_FRAMES = 2 * SESSION_RATE_HZ
_ONSET_FRAMES = SESSION_RATE_HZ * 60 // 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A loud stretch, in blocks of 5 ms, ``first`` included, ``last`` not."""

    first: int
    last: int


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
        Run(first=first * _AGENT_BLOCKS, last=last * _AGENT_BLOCKS)
        for first, last in _joined(audible, 1)
        if last - first >= BLOCKS_IN_A_ROW
    ]


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
            joined[-1] = replace(joined[-1], last=run.last)
        else:
            joined.append(run)
    return [run for run in joined if (run.last - run.first) * _BLOCK_MS >= SHORTEST_MS]


def agent_speech(levels: Levels, read: Read) -> list[Segment]:
    """Return the agent's speech, oldest first: from its first to after its last loud frame."""
    found = [_exact(run, read) for run in speech_runs(agent_runs(levels))]
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


def _exact(run: Run, read: Read) -> Segment:
    """Return a run's bounds in frames, looked for in its first and its last block."""
    within = _AGENT_BLOCKS * BLOCK_FRAMES
    start, end = run.first * BLOCK_FRAMES, run.last * BLOCK_FRAMES
    head = np.flatnonzero(is_loud(read(start, start + within), ABSOLUTE_DBFS))
    tail = np.flatnonzero(is_loud(read(end - within, end), ABSOLUTE_DBFS))
    return Segment(start + int(head[0]), end - within + int(tail[-1]) + 1)
