"""One life of a device stream: the audio child's stamps made into instants and counters."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.audio.clock_map import DeviceInstants
from app.audio.delivery import DeliveredRate
from app.audio.lateness import Lateness
from app.audio.link import StreamLink
from app.audio.ring import FrameRing
from app.audio.shared import Direction, Pair, Stamp, StreamMemory
from app.core.clock import Nanoseconds

_ROWS_AT_ONCE = 512
_SECOND_NS = 1_000_000_000


@dataclass(slots=True)
class Counters:
    """What only grows, through all lives of the child."""

    xruns: int = 0
    dropped: int = 0
    restarts: int = 0
    lateness: Lateness = field(default_factory=Lateness)


class Row(NamedTuple):
    """A stamp row; its fields are the columns of ``Stamp``, in their order."""

    called_ns: int
    current_ns: int
    device_ns: int
    frames: int
    moved: int
    xrun: int


class StampedStream:
    """One life of a device stream. One owner.

    A device that delivers at another rate than it claims is taken at the rate that it
    delivers at, once two measurements agree on it.

    Attributes:
        rate_hz: The rate of its frames.
        next_frame: Index that the next block's first frame gets; its owner's to keep.

    Args:
        link: Opened.
        counters: Counted on.
        first_frame: Index of the life's first frame.
    """

    def __init__(self, link: StreamLink, counters: Counters, first_frame: int) -> None:
        assert link.opened is not None
        assert link.memory is not None
        self.memory: StreamMemory = link.memory
        self.rate_hz = link.opened.rate_hz
        self.block_frames = link.opened.block_frames
        self.next_frame = first_frame
        self._counters = counters
        self._instants = DeviceInstants(
            self.rate_hz,
            self.block_frames,
            link.opened.latency_ns,
            ahead=link.direction is Direction.OUTPUT,
        )
        self._delivered = DeliveredRate(self.rate_hz)
        self._last_called_ns: int | None = None
        self._rows: NDArray[np.int64] = np.zeros((_ROWS_AT_ONCE, len(Stamp)), np.int64)
        self._pairs: NDArray[np.int64] = np.zeros((16, len(Pair)), np.int64)

    @property
    def device_clock(self) -> str:
        """Say "measured" while the device's own stamps are believed, else "assumed"."""
        return "measured" if self._instants.measured else "assumed"

    @property
    def measured_rate_hz(self) -> float | None:
        """Frames a second by the callbacks, or None before two seconds of them."""
        return self._delivered.measured_hz

    @property
    def held_ns(self) -> int | None:
        """From a block's hand-over to its instant at the device, or None before a block."""
        return self._instants.held_ns

    def rows(self) -> list[Row]:
        """Return the stamps since the last call; read the clocks first."""
        for before_ns, stream_ns, after_ns in self._read(self.memory.pairs, self._pairs):
            self._instants.add_pair(before_ns, stream_ns, after_ns)
        return [Row(*row) for row in self._read(self.memory.stamps, self._rows)]

    def instant(self, row: Row, *, counted: bool = True) -> Nanoseconds:
        """Return the instant of a row's first frame; count its xrun and lateness.

        A stream that has not taken over yet is not ``counted``: it may still be waking.
        """
        called_ns, frames = row.called_ns, row.frames
        self._counters.xruns += row.xrun if counted else 0
        if counted and self._last_called_ns is not None:
            span_ns = frames * _SECOND_NS // self.rate_hz
            lag_ns = max(called_ns - self._last_called_ns - span_ns, 0)
            self._counters.lateness.add(called_ns, lag_ns)
        self._last_called_ns = called_ns
        self._delivered.add(called_ns, frames, xrun=bool(row.xrun))
        true_hz = self._delivered.true_hz
        if true_hz is not None and true_hz != self.rate_hz:
            self.rate_hz = true_hz
            self._instants.change_rate(true_hz, self.block_frames)
        return self._instants.of_block(called_ns, row.current_ns, row.device_ns, frames)

    def _read(self, ring: FrameRing[np.int64], out: NDArray[np.int64]) -> list[list[int]]:
        rows: list[list[int]] = out[: ring.read_into(out)].tolist()
        return rows
