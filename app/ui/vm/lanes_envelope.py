"""Peaks of both sides over the whole session, at ever coarser steps."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.session.messages import EnvelopeReport

LEVELS: Final = 9
FACTOR: Final = 4
# Values a level keeps: at 20 ms these are 11.6 h at the finest step and 46 h at the third.
FINEST_KEPT: Final = 1 << 21
COARSER_KEPT: Final = 1 << 19
SHORTEST_STEP_MS: Final = 1.0
LONGEST_STEP_MS: Final = 1_000.0
LATEST_MS: Final = 7 * 86_400_000.0
# A column of the view is read from bins of at most a quarter of its width.
BINS_PER_COLUMN: Final = 4
_FIRST_SIZE: Final = 4_096

Envelope = NDArray[np.float32]
"""Shape (n,), 0 to 1."""


class _Level:
    """Peaks of both sides at one step; ``base`` is the index of the oldest that is kept."""

    def __init__(self, kept: int) -> None:
        self.base = 0
        self.count = 0
        self._kept = kept
        self._values = np.zeros((2, _FIRST_SIZE), np.float32)

    @property
    def end(self) -> int:
        """Index after the newest value."""
        return self.base + self.count

    def reach(self, end: int) -> None:
        """Have room up to index ``end``; what is older than the kept values goes."""
        if end - self.base > self._kept:
            self._drop(end - self._kept + self._kept // 8)
        size = end - self.base
        if size > self._values.shape[1]:
            room = min(max(size, self._values.shape[1] * 3 // 2), self._kept)
            grown = np.zeros((2, -(-room // FACTOR) * FACTOR), np.float32)
            grown[:, : self.count] = self._values[:, : self.count]
            self._values = grown
        self.count = max(self.count, size)

    def _drop(self, base: int) -> None:
        base = -(-base // FACTOR) * FACTOR
        left = max(self.end - base, 0)
        kept = self._values[:, self.count - left : self.count].copy()
        self._values[:, :left] = kept
        self._values[:, left:] = 0.0
        self.base, self.count = base, left

    def put(self, start: int, values: NDArray[np.float32]) -> None:
        """Replace the values from index ``start`` on, shape (2, n); older than kept is left out."""
        left_out = max(self.base - start, 0)
        if left_out < values.shape[1]:
            first = start + left_out - self.base
            self._values[:, first : first + values.shape[1] - left_out] = values[:, left_out:]

    def fold(self, start: int, end: int) -> NDArray[np.float32]:
        """Return the maxima of groups of four; ``start`` and ``end`` are groups' indices.

        Behind the newest value there is room for a whole group, all zero.
        """
        first = start * FACTOR - self.base
        block = self._values[:, first : end * FACTOR - self.base]
        folded: NDArray[np.float32] = block.reshape(2, end - start, FACTOR).max(axis=2)
        return folded

    def maxima(self, bounds: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the maxima between neighbouring bounds, or of the value that holds them both."""
        result = np.zeros((2, len(bounds) - 1), np.float32)
        starts = np.clip(bounds[:-1] - self.base, 0, self.count)
        ends = np.clip(np.maximum(bounds[1:], bounds[:-1] + 1) - self.base, 0, self.count)
        filled = np.flatnonzero(ends > starts)
        if filled.size:
            first, last = int(starts[filled[0]]), int(ends[filled[-1]])
            part = self._values[:, first:last]
            result[:, filled] = np.maximum.reduceat(part, starts[filled] - first, axis=1)
        return result


class EnvelopePyramid:
    """Takes peaks as they come, late ones too, and gives the peaks of any stretch quickly.

    Each level is four times as coarse as the one below it. A level forgets its oldest values
    when it is full; the coarser ones still know them, so that old sound loses detail and new
    sound never does. The cost of adding values and of reading columns does not depend on the
    length of the session.

    ``finest_kept`` and ``coarser_kept`` are how many values a level keeps, multiples of 32.
    """

    def __init__(self, finest_kept: int = FINEST_KEPT, coarser_kept: int = COARSER_KEPT) -> None:
        self.step_ms: float | None = None
        self.end_ms = 0.0
        self._phase_ms = 0.0
        coarser = [_Level(coarser_kept) for _ in range(LEVELS - 1)]
        self._levels = [_Level(finest_kept), *coarser]

    def add(self, report: EnvelopeReport) -> bool:
        """Take values; those that overlap replace, a hole is silence. False if it cannot be.

        The first report's step is the session's; later reports of another step are fitted to
        it by their peaks. What lies before the session or after ``LATEST_MS`` is left out.
        """
        values = _readable(report)
        if values is None:
            return False
        if self.step_ms is None:
            self.step_ms = report.step_ms
            self._phase_ms = report.start_ms % report.step_ms
        start = round((report.start_ms - self._phase_ms) / self.step_ms)
        if report.step_ms != self.step_ms:
            values = _fitted(values, report.step_ms / self.step_ms)
        values, start = values[:, max(-start, 0) :], max(start, 0)
        latest = math.floor(LATEST_MS / self.step_ms)
        values = values[:, : max(latest - start, 0)]
        if values.shape[1] == 0:
            return False
        self._put(start, values)
        end_ms = self._phase_ms + (start + values.shape[1]) * self.step_ms
        self.end_ms = max(self.end_ms, end_ms)
        return True

    def _put(self, start: int, values: NDArray[np.float32]) -> None:
        end = start + values.shape[1]
        below = self._levels[0]
        below.reach(end)
        below.put(start, values)
        for level in self._levels[1:]:
            start, end = max(start, below.base) // FACTOR, -(-end // FACTOR)
            level.reach(end)
            if start < end:
                level.put(start, below.fold(start, end))
            below = level

    def columns(self, start_ms: float, end_ms: float, count: int) -> tuple[Envelope, Envelope]:
        """Return the largest value of each of ``count`` equal columns, per side.

        Columns begin at whole multiples of their width, so that they keep their shape while
        the view moves on.
        """
        step = self.step_ms or 1.0
        column = (end_ms - start_ms) / count
        first = math.floor(start_ms / column + 1e-9)
        edges = (first + np.arange(count + 1)) * column - self._phase_ms
        index = self._level_for(start_ms, column / step)
        bounds = np.floor(edges / (step * FACTOR**index) + 1e-9).astype(np.int64)
        user, model = self._levels[index].maxima(bounds)
        return user, model

    def _level_for(self, start_ms: float, steps: float) -> int:
        """Return the finest level that is fine enough, and still knows the start if any does."""
        index = 0
        while index + 1 < LEVELS and FACTOR ** (index + 1) * BINS_PER_COLUMN <= steps:
            index += 1
        wanted = start_ms / (self.step_ms or 1.0)
        while index + 1 < LEVELS and self._levels[index].base * FACTOR**index > max(wanted, 0):
            index += 1
        return index


def _readable(report: EnvelopeReport) -> NDArray[np.float32] | None:
    """Return both sides, shape (2, n), or None for a report that cannot be."""
    if not (SHORTEST_STEP_MS <= report.step_ms <= LONGEST_STEP_MS):
        return None
    if not math.isfinite(report.start_ms) or abs(report.start_ms) > LATEST_MS:
        return None
    if len(report.user) != len(report.model) or not report.user:
        return None
    values = np.array((report.user, report.model), np.float64)
    return np.nan_to_num(values, nan=0.0).clip(0.0, 1.0).astype(np.float32)


def _fitted(values: NDArray[np.float32], ratio: float) -> NDArray[np.float32]:
    """Return peaks at another step; ``ratio`` is the old step over the new one."""
    count = max(math.ceil(values.shape[1] * ratio - 1e-9), 1)
    starts = np.floor(np.arange(count) / ratio + 1e-9).astype(np.int64)
    fitted: NDArray[np.float32] = np.maximum.reduceat(
        values, starts.clip(max=values.shape[1] - 1), axis=1
    )
    return fitted
