"""Memory that the engine and the audio child share: rings, stamps and counters, no names.

It is an anonymous file handed to the child as an open descriptor, so that nothing is left
behind however either process ends. Each direction has its own part:

* slots: single numbers, written by the child only, but for HOLD
* samples: mono int16 (input: child writes; output: engine writes)
* stamps: one row per callback (child writes)
* pairs: one row per reading of the stream's clock beside ours (child writes)
"""

import mmap
import os
import tempfile
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.audio.ring import FrameRing, ring_bytes, ring_over

SAMPLE_FRAMES: Final = 192_000
"""One second at the highest rate, four at 48 kHz: the longest stall of the engine survived."""
STAMP_ROWS: Final = 2_048
PAIR_ROWS: Final = 64
SLOTS: Final = 8


class Direction(StrEnum):
    """Which way sound goes."""

    INPUT = "input"
    OUTPUT = "output"


class Slot(IntEnum):
    """What stands in each slot, all int64.

    LAST_CALLBACK_NS is 0 before the first. LOST_ROWS counts callbacks whose stamp found no
    room: the account is broken then, and the stream must be opened anew. FINISHED_NS is when
    the sound system ended the stream, 0 while it has not. HOLD is 1 while the engine lets
    nothing be handed over; BUSY is odd while a callback may be reading frames: see
    ``app.audio.hold``.
    """

    LAST_CALLBACK_NS = 0
    LOST_ROWS = 1
    FINISHED_NS = 2
    HOLD = 3
    BUSY = 4


class Stamp(IntEnum):
    """Columns of a stamp row.

    DEVICE_NS is the ADC or DAC instant and CURRENT_NS the callback's, both on the stream's
    clock; CALLED_NS is the callback's on ours. FRAMES is the block, MOVED what of it went
    through the ring; XRUN is 1 where PortAudio flagged one.
    """

    CALLED_NS = 0
    CURRENT_NS = 1
    DEVICE_NS = 2
    FRAMES = 3
    MOVED = 4
    XRUN = 5


class Pair(IntEnum):
    """Columns of a clock row: our clock, the stream's, ours again."""

    BEFORE_NS = 0
    STREAM_NS = 1
    AFTER_NS = 2


@dataclass(frozen=True, slots=True)
class StreamMemory:
    """One direction's part."""

    slots: NDArray[np.int64]
    samples: FrameRing[np.int16]
    stamps: FrameRing[np.int64]
    pairs: FrameRing[np.int64]


_SLOT_BYTES = SLOTS * 8
_SAMPLE_BYTES = ring_bytes(SAMPLE_FRAMES, np.int16)
_STAMP_BYTES = ring_bytes(STAMP_ROWS, np.int64, len(Stamp))
_PAIR_BYTES = ring_bytes(PAIR_ROWS, np.int64, len(Pair))
STREAM_BYTES: Final = _SLOT_BYTES + _SAMPLE_BYTES + _STAMP_BYTES + _PAIR_BYTES
TOTAL_BYTES: Final = STREAM_BYTES * len(Direction)


def create_memory() -> int:
    """Return a descriptor of fresh zeroed memory; the caller closes it."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("vivavoce-audio")
    else:  # pragma: no cover - not Linux
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, TOTAL_BYTES)
    return descriptor


def map_memory(descriptor: int) -> dict[Direction, StreamMemory]:
    """Return both directions' parts of the memory behind ``descriptor``, which may be closed.

    The mapping lives as long as the arrays in it.
    """
    memory = memoryview(mmap.mmap(descriptor, TOTAL_BYTES))
    return {
        direction: _stream_memory(memory, position * STREAM_BYTES)
        for position, direction in enumerate(Direction)
    }


def _stream_memory(memory: memoryview, start: int) -> StreamMemory:
    samples = start + _SLOT_BYTES
    stamps = samples + _SAMPLE_BYTES
    pairs = stamps + _STAMP_BYTES
    return StreamMemory(
        slots=np.frombuffer(memory, np.int64, SLOTS, start),
        samples=ring_over(memory, samples, SAMPLE_FRAMES, np.int16),
        stamps=ring_over(memory, stamps, STAMP_ROWS, np.int64, len(Stamp)),
        pairs=ring_over(memory, pairs, PAIR_ROWS, np.int64, len(Pair)),
    )
