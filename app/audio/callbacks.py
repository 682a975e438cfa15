"""What runs on PortAudio's threads: copy, count, return.

No lock, no log, no exception, no call but into arrays that exist already; an output block is
always filled. What a callback learns it leaves in shared memory.
"""

import time
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.audio.shared import Slot, Stamp, StreamMemory

_S_TO_NS = 1_000_000_000
_BEYOND_S = 9e9


class CallbackTimes(Protocol):
    """PortAudio's times of a callback, seconds on the stream's clock."""

    @property
    def inputBufferAdcTime(self) -> float: ...  # noqa: D102, N802 - PortAudio's name

    @property
    def outputBufferDacTime(self) -> float: ...  # noqa: D102, N802 - PortAudio's name

    @property
    def currentTime(self) -> float: ...  # noqa: D102, N802 - PortAudio's name


class _Stamper:
    """Leaves one row per callback."""

    def __init__(self, memory: StreamMemory) -> None:
        self._slots = memory.slots
        self._stamps = memory.stamps
        self._row: NDArray[np.int64] = np.zeros((1, len(Stamp)), np.int64)

    @property
    def full(self) -> bool:
        return self._stamps.readable >= self._stamps.capacity

    def leave(
        self, called_ns: int, times: CallbackTimes, device_s: float, moved: tuple[int, int, bool]
    ) -> None:
        frames, done, xrun = moved
        row = self._row[0]
        row[Stamp.CALLED_NS] = called_ns
        row[Stamp.CURRENT_NS] = _nanoseconds(times.currentTime)
        row[Stamp.DEVICE_NS] = _nanoseconds(device_s)
        row[Stamp.FRAMES] = frames
        row[Stamp.MOVED] = done
        row[Stamp.XRUN] = xrun
        if not self._stamps.write(self._row):
            self._slots[Slot.LOST_ROWS] += 1
        self._slots[Slot.LAST_CALLBACK_NS] = called_ns


def _nanoseconds(seconds: float) -> int:
    """Return a stamp; 0, which nobody believes, for one that is no number or beyond reason."""
    return int(seconds * _S_TO_NS) if -_BEYOND_S < seconds < _BEYOND_S else 0


class CaptureCallback:
    """Copies a microphone's blocks into the ring. Runs on PortAudio's input thread.

    Args:
        memory: The input part.
        channels: Channels of the device's blocks; the first is kept.
    """

    def __init__(self, memory: StreamMemory, channels: int) -> None:
        self._samples = memory.samples
        self._channels = channels
        self._stamper = _Stamper(memory)

    def __call__(self, data: Any, frames: int, times: CallbackTimes, status: Any) -> None:
        """Take one block in."""
        called_ns = time.perf_counter_ns()
        block: NDArray[np.int16] = np.frombuffer(data, np.int16)
        done = 0 if self._stamper.full else self._samples.write(block[:: self._channels])
        moved = (frames, done, bool(status))
        self._stamper.leave(called_ns, times, times.inputBufferAdcTime, moved)


class PlaybackCallback:
    """Fills a loudspeaker's blocks from the ring. Runs on PortAudio's output thread.

    It says when it is at it, and leaves the ring alone while it is told to: ``app.audio.hold``.

    Args:
        memory: The output part.
        channels: Channels of the device's blocks; all get the same.
        block_frames: Frames of the longest block.
    """

    def __init__(self, memory: StreamMemory, channels: int, block_frames: int) -> None:
        self._samples = memory.samples
        self._slots = memory.slots
        self._channels = channels
        self._stamper = _Stamper(memory)
        self._mono: NDArray[np.int16] = np.zeros(block_frames, np.int16)

    def __call__(self, data: Any, frames: int, times: CallbackTimes, status: Any) -> None:
        """Fill one block."""
        called_ns = time.perf_counter_ns()
        self._slots[Slot.BUSY] += 1  # before the look at HOLD
        mono = self._mono[:frames]
        idle = self._slots[Slot.HOLD] or self._stamper.full
        done = 0 if idle else self._samples.read_into(mono)
        mono[done:] = 0
        block: NDArray[np.int16] = np.frombuffer(data, np.int16).reshape(frames, self._channels)
        block[: len(mono)] = mono[:, np.newaxis]
        block[len(mono) :] = 0
        moved = (frames, done, bool(status))
        self._stamper.leave(called_ns, times, times.outputBufferDacTime, moved)
        self._slots[Slot.BUSY] += 1  # after the row
