"""Instants and stretches of one kind, sorted by time, for any number of them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]
Rows = NDArray[np.float64]
"""Shape (2, n) or (3, n): instants; of spans start, end and tag."""

PENDING: Final = 65_536
_FIRST_SIZE: Final = 64


class MarkTrack:
    """Instants, ms. Adding costs the same however many there are.

    What is added waits until somebody looks; it is then sorted into the newest part, from the
    earliest late arrival on. Nothing but ``thin`` looks at all of it.
    """

    fields = 1

    def __init__(self) -> None:
        self._rows: Rows = np.zeros((self.fields, _FIRST_SIZE))
        self._count = 0
        self._pending: list[tuple[float, ...]] = []

    def __len__(self) -> int:
        return self._count + len(self._pending)

    def add(self, *row: float) -> None:
        """Add a row: its instant first."""
        self._pending.append(row)
        if len(self._pending) >= PENDING:
            self.settle()

    def settle(self) -> None:
        """Sort in what was added."""
        if not self._pending:
            return
        fresh = np.array(self._pending, np.float64).T
        self._pending = []
        first = int(np.searchsorted(self.at, fresh[0].min(), side="right"))
        tail = np.concatenate((self._rows[: len(fresh), first : self._count], fresh), axis=1)
        self._reach(first + tail.shape[1])
        self._rows[: len(fresh), first : self._count] = tail[:, np.argsort(tail[0], kind="stable")]
        self._sorted_from(first)

    def _reach(self, count: int) -> None:
        if count > self._rows.shape[1]:
            grown = np.zeros((self.fields, max(count, self._rows.shape[1] * 3 // 2)))
            grown[:, : self._count] = self._rows[:, : self._count]
            self._rows = grown
        self._count = count

    def _sorted_from(self, first: int) -> None:
        """Rows from ``first`` on are new or moved."""

    @property
    def at(self) -> Column:
        """The sorted instants; a view."""
        return self._rows[0, : self._count]

    def thin(self) -> int:
        """Drop every second row of the older half, and return how many went."""
        self.settle()
        half = self._count // 2
        kept = np.concatenate((self._rows[:, :half:2], self._rows[:, half : self._count]), axis=1)
        gone = self._count - int(kept.shape[1])
        self._count -= gone
        self._rows = kept
        self._sorted_from(0)
        return gone

    def columns(self, edges: Column) -> tuple[NDArray[np.int64], Column]:
        """Return how many rows begin between each two edges, and the first one's instant.

        The instant says nothing where there is none. There must be a row.
        """
        self.settle()
        bounds = np.searchsorted(self.at, edges)
        return np.diff(bounds), self.at[bounds[:-1].clip(max=self._count - 1)]

    def between(self, start_ms: float, end_ms: float) -> Column:
        """Return the instants from ``start_ms`` to ``end_ms``, both included; a view."""
        self.settle()
        first = int(np.searchsorted(self.at, start_ms))
        return self.at[first : int(np.searchsorted(self.at, end_ms, side="right"))]

    def beside(self, at_ms: float, *, later: bool) -> float | None:
        """Return the nearest instant after ``at_ms``, or before it; None if there is none."""
        self.settle()
        if later:
            index = int(np.searchsorted(self.at, at_ms, side="right"))
            return float(self.at[index]) if index < self._count else None
        index = int(np.searchsorted(self.at, at_ms)) - 1
        return float(self.at[index]) if index >= 0 else None


class SpanTrack(MarkTrack):
    """Stretches: start, end, tag; the fourth row is the latest end so far.

    Because that row never falls, a binary search finds where a stretch of time begins to be
    touched, whatever overlaps whatever.
    """

    fields = 4

    def _sorted_from(self, first: int) -> None:
        ends = self._rows[1, first : self._count]
        reach = self._rows[3, first : self._count]
        np.maximum.accumulate(ends, out=reach)
        if first:
            np.maximum(reach, self._rows[3, first - 1], out=reach)

    def _candidates(self, start_ms: float, end_ms: float) -> tuple[int, int]:
        self.settle()
        first = int(np.searchsorted(self._rows[3, : self._count], start_ms, side="right"))
        return first, max(int(np.searchsorted(self.at, end_ms)), first)

    def touching(self, start_ms: float, end_ms: float, limit: int) -> Rows | None:
        """Return start, end and tag of what overlaps the stretch, shape (3, n).

        None if more than ``limit`` rows would have to be looked at.
        """
        first, last = self._candidates(start_ms, end_ms)
        if last - first > limit:
            return None
        rows = self._rows[:3, first:last]
        return rows[:, rows[1] > start_ms]

    def newest_touching(self, start_ms: float, end_ms: float, limit: int) -> tuple[Rows, int]:
        """Return the same of the ``limit`` latest candidates, and how many were not looked at."""
        first, last = self._candidates(start_ms, end_ms)
        left_out = max(last - first - limit, 0)
        rows = self._rows[:3, first + left_out : last]
        return rows[:, rows[1] > start_ms], left_out

    def covered(self, edges: Column) -> NDArray[np.bool_]:
        """Return for each column between two edges whether some stretch touches it."""
        self.settle()
        last = np.searchsorted(self.at, edges[1:]) - 1
        if not self._count:
            return np.zeros(len(last), np.bool_)
        touched: NDArray[np.bool_] = (last >= 0) & (self._rows[3, last.clip(0)] > edges[:-1])
        return touched
