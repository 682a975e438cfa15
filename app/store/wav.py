"""The stereo recording: 24 kHz, 16 bit, left the user as sent, right the agent as played.

The file begins with a RIFF header that a player understands at any moment, and it turns into
RF64 where it outgrows the 4 GiB (12 h 25 min) that RIFF can count: a ``JUNK`` chunk keeps the
place of the 64-bit sizes.

Source: Microsoft RIFF; EBU Tech 3306 (RF64).
"""

import os
import struct
from pathlib import Path

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.store.files import open_own, write_all

FRAME_BYTES = 4
DATA_OFFSET = 80
CAPACITY_FRAMES = 8 * SESSION_RATE_HZ
KEPT_FRAMES = 2 * SESSION_RATE_HZ
"""A side may arrive this much later than the other and still find its place."""

_DS64_BYTES = 28
_RIFF_LIMIT = 0xFFFF_FFFF


def wav_header(frames: int) -> bytes:
    """Return the 80 bytes in front of ``frames`` stereo frames."""
    data_bytes = frames * FRAME_BYTES
    riff_bytes = DATA_OFFSET - 8 + data_bytes
    large = riff_bytes > _RIFF_LIMIT
    sizes = struct.pack("<QQQI", riff_bytes, data_bytes, frames, 0) if large else bytes(_DS64_BYTES)
    rate = SESSION_RATE_HZ
    return b"".join((
        struct.pack(
            "<4sI4s",
            b"RF64" if large else b"RIFF",
            _RIFF_LIMIT if large else riff_bytes,
            b"WAVE",
        ),
        struct.pack("<4sI", b"ds64" if large else b"JUNK", _DS64_BYTES),
        sizes,
        struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, rate, rate * FRAME_BYTES, FRAME_BYTES, 16),
        struct.pack("<4sI", b"data", _RIFF_LIMIT if large else data_bytes),
    ))  # fmt: skip


def mend_header(path: Path) -> int:
    """Make the header say what the file holds; half a frame at the end is cut off.

    Returns:
        The frames in the file.

    Raises:
        OSError: If the file cannot be read or written.
    """
    fd = open_own(path, os.O_RDWR)
    try:
        frames = max(0, os.fstat(fd).st_size - DATA_OFFSET) // FRAME_BYTES
        write_all(fd, wav_header(frames), 0)
        os.ftruncate(fd, DATA_OFFSET + frames * FRAME_BYTES)
        os.fsync(fd)
    finally:
        os.close(fd)
    return frames


class StereoFile:
    """Two sides written into one file, each in its own time. One thread.

    The newest seconds stay in memory, so that the side that comes later is laid beside the
    one that came first; ``flush`` writes them all, and the header after them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = open_own(path, os.O_RDWR)
        try:
            write_all(self._fd, wav_header(0), 0)
        except OSError:
            self.close()
            raise
        self._window = np.zeros((CAPACITY_FRAMES, 2), np.int16)
        self._base = 0
        self._ends = [0, 0]
        self._changed = False
        self._frames = 0

    @property
    def frames(self) -> int:
        """Frames that are in the file."""
        return self._frames

    def put(self, side: int, start: int, samples: Samples) -> int:
        """Lay ``samples`` on ``side`` (0 left, 1 right) from frame ``start`` on.

        Returns:
            The frames at the head that came too late to find a place.

        Raises:
            OSError: If older frames had to be written first and could not be.
        """
        late = min(max(0, self._base - start), len(samples))
        start, samples = start + late, samples[late:]
        for head in range(0, len(samples), SESSION_RATE_HZ):
            self._lay(side, start + head, samples[head : head + SESSION_RATE_HZ])
        return late

    def _lay(self, side: int, start: int, samples: Samples) -> None:
        stop = start + len(samples)
        if stop - self._base > CAPACITY_FRAMES:
            self.flush()
            self._slide(max(stop - CAPACITY_FRAMES // 2, self._base))
            start_here = max(start, self._base)
            samples, start = samples[start_here - start :], start_here
        self._window[start - self._base : stop - self._base, side] = samples
        self._ends[side] = max(self._ends[side], stop)
        self._changed = True

    def flush(self) -> None:
        """Hand everything to the system, the header last.

        Raises:
            OSError: If it did not fit; the header then counts the frames that did.
        """
        if not self._changed:
            return
        end = max(self._ends)
        data = self._window[: max(0, end - self._base)].astype("<i2").tobytes()
        try:
            write_all(self._fd, data, DATA_OFFSET + self._base * FRAME_BYTES)
        except OSError:
            self._keep_what_fitted()
            raise
        self._frames = end
        write_all(self._fd, wav_header(end), 0)
        self._changed = False
        self._slide(max(self._base, min(self._ends), end - KEPT_FRAMES))

    def _keep_what_fitted(self) -> None:
        self._frames = max(0, os.fstat(self._fd).st_size - DATA_OFFSET) // FRAME_BYTES
        write_all(self._fd, wav_header(self._frames), 0)
        os.ftruncate(self._fd, DATA_OFFSET + self._frames * FRAME_BYTES)

    def _slide(self, base: int) -> None:
        shift = base - self._base
        if shift <= 0:
            return
        kept = max(0, CAPACITY_FRAMES - shift)
        self._window[:kept] = self._window[CAPACITY_FRAMES - kept :].copy()
        self._window[kept:] = 0
        self._base = base

    def sync(self) -> None:
        """Wait until the device has the frames."""
        os.fsync(self._fd)

    def close(self) -> None:
        """Close the file without flushing. Safe to call twice."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
