"""A ring of audio frames, or of rows, between exactly one writer and one reader."""

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

ScalarT = TypeVar("ScalarT", bound=np.generic)

COUNTERS = 3
_WRITTEN, _READ, _REFUSED = range(COUNTERS)
_COUNTER_BYTES = COUNTERS * 8


class FrameRing(Generic[ScalarT]):
    """Fixed store for one writer and one reader, which may live in two processes.

    Both counters only grow (but for ``take_back``) and each has one owner: ``written`` the
    writer, ``read`` the reader. A counter is one aligned 64-bit store, so no lock is needed
    and neither side ever waits. When full, ``write`` refuses what does not fit and counts it;
    old audio is never overwritten, since that would hide a dropout.

    All arrays exist before the first call: ``write`` and ``read_into`` only copy.

    Args:
        store: Shape (capacity,) for mono frames, or (capacity, columns) for rows.
        counters: int64, shape (3,), zeros at the start: written, read, refused. In shared
            memory it must be 8-byte aligned.
    """

    def __init__(self, store: NDArray[ScalarT], counters: NDArray[np.int64]) -> None:
        self._store = store
        self._counters = counters
        self._capacity = len(store)

    @property
    def capacity(self) -> int:
        """Frames it can hold."""
        return self._capacity

    @property
    def written(self) -> int:
        """Frames written since the start, less those taken back."""
        return int(self._counters[_WRITTEN])

    @property
    def read(self) -> int:
        """Frames read since the start."""
        return int(self._counters[_READ])

    @property
    def refused(self) -> int:
        """Frames that did not fit, since the start."""
        return int(self._counters[_REFUSED])

    @property
    def readable(self) -> int:
        """Frames that can be read now."""
        return max(int(self._counters[_WRITTEN]) - int(self._counters[_READ]), 0)

    def write(self, block: NDArray[ScalarT]) -> int:
        """Copy in as much of the head of ``block`` as fits; return that count. Writer only."""
        counters, store, capacity = self._counters, self._store, self._capacity
        self.catch_up()
        written = int(counters[_WRITTEN])
        count = min(len(block), capacity - (written - int(counters[_READ])))
        start = written % capacity
        first = min(count, capacity - start)
        store[start : start + first] = block[:first]
        if count > first:
            store[: count - first] = block[first:count]
        if count < len(block):
            counters[_REFUSED] += len(block) - count
        counters[_WRITTEN] = written + count  # publish last
        return count

    def read_into(self, out: NDArray[ScalarT]) -> int:
        """Fill the head of ``out`` with what there is; return the frames copied. Reader only."""
        counters, store, capacity = self._counters, self._store, self._capacity
        read = int(counters[_READ])
        count = min(len(out), max(int(counters[_WRITTEN]) - read, 0))
        start = read % capacity
        first = min(count, capacity - start)
        out[:first] = store[start : start + first]
        if count > first:
            out[first:count] = store[: count - first]
        counters[_READ] = read + count  # release last
        return count

    def take_back(self, *, keep: int) -> int:
        """Unwrite all but the next ``keep`` readable frames; return how many. Writer only.

        Exact where the reader reads at most ``keep`` frames at a time: a read that is under
        way while this runs takes frames that are kept, and one that ran before is seen.
        """
        counters = self._counters
        written = int(counters[_WRITTEN])
        end = min(int(counters[_READ]) + keep, written)
        counters[_WRITTEN] = end
        # The reader may have gone past ``end`` before it was published, if this process slept.
        return written - end - self.catch_up()

    def catch_up(self) -> int:
        """Believe a reader that went past the end; return by how many frames. Writer only."""
        read, end = int(self._counters[_READ]), int(self._counters[_WRITTEN])
        if read > end:
            self._counters[_WRITTEN] = read
        return max(read - end, 0)


def ring_bytes(capacity: int, dtype: DTypeLike, columns: int = 1) -> int:
    """Return the memory that ``ring_over`` needs, a multiple of 8."""
    size = _COUNTER_BYTES + capacity * columns * np.dtype(dtype).itemsize
    return -(-size // 8) * 8


def ring_over(
    memory: memoryview, offset: int, capacity: int, dtype: type[ScalarT], columns: int = 1
) -> FrameRing[ScalarT]:
    """Return a ring in ``memory`` from ``offset``, a multiple of 8; both sides give the same."""
    counters = np.frombuffer(memory, np.int64, COUNTERS, offset)
    flat = np.frombuffer(memory, dtype, capacity * columns, offset + _COUNTER_BYTES)
    return FrameRing(flat if columns == 1 else flat.reshape(capacity, columns), counters)


def local_ring(capacity: int, dtype: type[ScalarT]) -> FrameRing[ScalarT]:
    """Return a ring in this process's own memory."""
    return FrameRing(np.zeros(capacity, dtype), np.zeros(COUNTERS, np.int64))
