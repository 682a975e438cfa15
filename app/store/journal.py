"""The writer thread: the only one that touches a session's files while it is recorded."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from app.core.clock import Clock

_ItemT_contra = TypeVar("_ItemT_contra", contravariant=True)
_QueuedT = TypeVar("_QueuedT")

MOST_ITEMS = 8192
"""27 s of a busy session (300 a second): longer than a disk that spins up."""

MOST_BYTES = 64 << 20
ROUND_S = 0.1
FLUSH_NS = 400_000_000
"""With a round of 100 ms, what is in memory is handed to the system every half second."""

CLOSE_S = 5.0


class Writer(Protocol[_ItemT_contra]):
    """What the thread drives. No method raises ``OSError``: failures are the writer's to keep."""

    def write(self, item: _ItemT_contra) -> None:
        """Take one item."""
        ...

    def flush(self) -> None:
        """Hand everything taken so far to the system."""
        ...

    def close(self) -> None:
        """Flush and close, for good."""
        ...


@dataclass(slots=True)
class _Load:
    items: int = 0
    bytes: int = 0


class Journal(Generic[_QueuedT]):
    """A bounded queue in front of a thread of its own.

    ``put`` never blocks: an item that does not fit is refused and counted. The thread wakes
    ten times a second, takes what has come, and flushes every half second, so that a killed
    process loses about half a second and the caller's thread is not woken against for each item.
    """

    def __init__(self, writer: Writer[_QueuedT], clock: Clock, name: str) -> None:
        self._writer = writer
        self._clock = clock
        self._queue: deque[tuple[_QueuedT, int]] = deque()
        self._load = _Load()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        # A daemon: a disk that hangs must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.refused = 0
        self.crashed = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def put(self, item: _QueuedT, size: int) -> bool:
        """Queue ``item``, which holds about ``size`` bytes; False if it was refused."""
        with self._lock:
            full = self._load.items >= MOST_ITEMS or self._load.bytes + size > MOST_BYTES
            if full or self._closing.is_set() or self.crashed:
                self.refused += 1
                return False
            self._queue.append((item, size))
            self._load.items += 1
            self._load.bytes += size
            return True

    def close(self, timeout_s: float = CLOSE_S) -> bool:
        """Write what is queued and end the thread; False if that took longer than allowed."""
        with self._lock:
            self._closing.set()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        whole = False
        try:
            self._rounds()
            whole = True
        finally:
            self.crashed = not whole
            self._writer.close()

    def _rounds(self) -> None:
        flushed_ns = self._clock.now_ns()
        while True:
            ending = self._closing.wait(ROUND_S)
            for item, size in self._taken():
                self._writer.write(item)
                with self._lock:
                    self._load.bytes -= size
            if ending:
                return
            now_ns = self._clock.now_ns()
            if now_ns - flushed_ns >= FLUSH_NS:
                self._writer.flush()
                flushed_ns = now_ns

    def _taken(self) -> Sequence[tuple[_QueuedT, int]]:
        with self._lock:
            batch = tuple(self._queue)
            self._queue.clear()
            self._load.items = 0
            return batch
