"""Where a stream is audible: the onset rule of ``app.dsp.audible``, for every stretch of it."""

from collections import deque
from typing import Final

from app.core.audio_format import Samples
from app.dsp.audible import ABSOLUTE_DBFS, BLOCKS_IN_A_ROW, BLOCKS_PER_S
from app.dsp.pcm import concat, silence
from app.dsp.speech import BELOW_ACTIVE_DB, Segment, block_levels_dbfs, loud_bounds

KEPT_RUNS: Final = 64
"""Stretches that are remembered: 2.5 s of the shortest there are."""


class AudibleRuns:
    """Finds the audible stretches of a stream, in blocks of 10 ms. Not thread-safe; one owner.

    A stretch is three blocks in a row or more above the larger of -50 dBFS and the loudest
    block so far - 35 dB. Inside its outermost blocks it begins and ends with the first and the
    last sample whose magnitude reaches -50 dBFS. A stretch under way ends with the last so far.

    The first answer is that of ``first_audible_frame`` for a lead-in under -50 dBFS; a louder
    hiss before louder speech is called audible here, because what follows is not known yet.
    """

    def __init__(self, rate_hz: int) -> None:
        self._block = rate_hz // BLOCKS_PER_S
        self._rest = silence(0)
        self._judged = 0
        self._in_a_row = 0
        self._starts: deque[int] = deque(maxlen=BLOCKS_IN_A_ROW)
        self._loudest_db = ABSOLUTE_DBFS
        self._runs: deque[Segment] = deque(maxlen=KEPT_RUNS)
        self._first: int | None = None
        self._closed = False

    @property
    def first(self) -> int | None:
        """The first audible frame, counted from the first pushed; None until it is known."""
        return self._first

    @property
    def settled(self) -> int:
        """How many frames from the first it is known of whether they are audible."""
        undecided = self._in_a_row if self._in_a_row < BLOCKS_IN_A_ROW and not self._closed else 0
        return self._judged - undecided * self._block

    def push(self, samples: Samples) -> None:
        """Take frames in; ignored after ``close``."""
        if self._closed:
            return
        pending = concat((self._rest, samples))
        self._judge(pending, self._block)
        self._rest = pending[len(pending) // self._block * self._block :].copy()

    def close(self) -> None:
        """Judge what is left as a shorter block: nothing more will come."""
        if not self._closed and len(self._rest):
            self._judge(self._rest, len(self._rest))
        self._rest = silence(0)
        self._closed = True

    def heard(self, until: int) -> int:
        """Return ``until``, or the start of a stretch that was cut off there, too short to hear.

        Three blocks are to be heard, or the whole stretch.
        """
        last = next((run for run in reversed(self._runs) if run.start < until), None)
        if last is None:
            return until
        needed = min(BLOCKS_IN_A_ROW * self._block, last.end - last.start)
        return until if until - last.start >= needed else last.start

    def within(self, start: int, end: int) -> tuple[Segment, ...]:
        """Return what is audible of the frames from ``start`` to before ``end``, oldest first."""
        cut = (Segment(max(run.start, start), min(run.end, end)) for run in self._runs)
        return tuple(run for run in cut if run.start < run.end)

    def _judge(self, samples: Samples, block: int) -> None:
        levels = block_levels_dbfs(samples, block)
        first, last = loud_bounds(samples, block, ABSOLUTE_DBFS)
        for level_db, start, end in zip(levels, first, last, strict=True):
            loud = Segment(self._judged + int(start), self._judged + int(end))
            self._judged += block
            self._take(float(level_db), loud)

    def _take(self, level_db: float, loud: Segment) -> None:
        self._loudest_db = max(self._loudest_db, level_db)
        threshold = max(ABSOLUTE_DBFS, self._loudest_db - BELOW_ACTIVE_DB)
        self._in_a_row = self._in_a_row + 1 if level_db > threshold else 0
        self._starts.append(loud.start)
        if self._in_a_row == BLOCKS_IN_A_ROW:
            start = self._starts[0]
            self._runs.append(Segment(start, loud.end))
            self._first = start if self._first is None else self._first
        elif self._in_a_row > BLOCKS_IN_A_ROW:
            self._runs[-1] = Segment(self._runs[-1].start, loud.end)
