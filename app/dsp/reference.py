"""What a loudspeaker sounded at a given instant, as one unbroken stream.

The far end of an echo canceller has to lie beside the microphone to the sample, and must not
jump: a canceller that has learnt a path has to learn it anew after each jump. Instants of two
devices jitter and drift; what is written and what is read here is therefore counted in frames,
and the instants only steer: slowly, a frame at a time, while they agree with the count, and at
once where they contradict it for good.
"""

from collections import deque
from typing import Final

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ, PlayedBlock, Samples
from app.core.clock import Nanoseconds
from app.dsp.pcm import silence

KEPT_S: Final = 4
"""How much is kept. What is older reads as silence."""

JUMP_MS: Final = 5.0
"""Instants that leave the count by more, and stay there, are a gap or a jump."""

_FRAME_NS = 1e9 / SESSION_RATE_HZ
_CAPACITY = KEPT_S * SESSION_RATE_HZ
_JUMP = JUMP_MS * SESSION_RATE_HZ / 1000
_STRIKES = 3
_STEER = 0.01
_SLIP = 2.0
_RUNS = 64


class FarEnd:
    """Takes what was played, gives what sounded. Not thread-safe; one reader.

    Attributes:
        missed_frames: Frames that were asked for before they were put, given as silence.
        jumps: How often the reading had to jump.
    """

    def __init__(self) -> None:
        self._kept = np.zeros(2 * _CAPACITY, np.int16)  # its end is moved to its middle when full
        self._base = -_CAPACITY
        self._end = 0
        self._zero_ns: float | None = None
        self._expected = 0
        self._strikes = 0
        self._runs: deque[tuple[int, int]] = deque(maxlen=_RUNS)
        self._at: int | None = None
        self._error = 0.0
        self._off = 0
        self.missed_frames = 0
        self.jumps = 0

    def put(self, block: PlayedBlock) -> None:
        """Take a block, in the order of playing.

        A block that lies in the past of what is there is cut; a hole before it is silence.

        Raises:
            ValueError: If its rate is not that of a session.
        """
        if block.rate_hz != SESSION_RATE_HZ:
            raise ValueError(f"a far end at {block.rate_hz} Hz: {SESSION_RATE_HZ} are needed")
        place = self._place(block)
        self._expected = block.first_frame + len(block.samples)
        late = min(max(self._end - place, 0), len(block.samples))
        self._lay(place + late, block.samples[late:])
        if block.taken_frames > late:
            self._note(place + late, place + block.taken_frames)

    def read(self, at_ns: Nanoseconds, frames: int) -> Samples:
        """Return what sounded from ``at_ns`` on, shape (frames,); silence where nothing did.

        Meant to be called again and again, each time for the frames after the last ones: what
        is returned then joins what was returned before.
        """
        if self._zero_ns is None:
            return silence(frames)
        wanted = (at_ns - self._zero_ns) / _FRAME_NS
        if self._at is None:
            self._at = round(wanted)
        slip = self._follow(wanted)
        samples = self._cut(self._at, frames + slip)
        self._at += frames + slip
        return _squeezed(samples, frames) if slip else samples

    def sounding(self, start_ns: Nanoseconds, end_ns: Nanoseconds) -> bool:
        """Whether a reply was sounding at some time between two instants, not long ago."""
        if self._zero_ns is None:
            return False
        start = (start_ns - self._zero_ns) / _FRAME_NS
        end = (end_ns - self._zero_ns) / _FRAME_NS
        return any(first < end and last > start for first, last in self._runs)

    # --- writing -----------------------------------------------------------------------------

    def _place(self, block: PlayedBlock) -> int:
        """Return where the block belongs, and let its instant steer."""
        if self._zero_ns is None:
            return self._anchor(block)
        by_count = self._end + block.first_frame - self._expected
        told_zero_ns = block.played_ns - by_count * _FRAME_NS
        off = (told_zero_ns - self._zero_ns) / _FRAME_NS
        if block.first_frame >= self._expected and abs(off) <= _JUMP:
            self._strikes = 0
            self._zero_ns += _STEER * (told_zero_ns - self._zero_ns)
            return by_count
        self._strikes += 1
        if block.first_frame == self._expected and self._strikes < _STRIKES:
            return by_count
        self._strikes = 0
        by_instant = round((block.played_ns - self._zero_ns) / _FRAME_NS)
        if abs(by_instant - self._end) > _CAPACITY:
            return self._anchor(block)
        return by_instant

    def _anchor(self, block: PlayedBlock) -> int:
        """Begin anew with a block."""
        self._zero_ns = block.played_ns - self._end * _FRAME_NS
        self._kept[:] = 0
        self._runs.clear()
        return self._end

    def _lay(self, place: int, samples: Samples) -> None:
        """Write ``samples`` from frame ``place`` on, which lies at the end or beyond it."""
        place += max(len(samples) - _CAPACITY, 0)
        if place - self._end > _CAPACITY:
            self._kept[:] = 0
            self._base, self._end = place - _CAPACITY, place
        elif len(samples):
            self._append(silence(place - self._end))
        self._append(samples[-_CAPACITY:])

    def _append(self, samples: Samples) -> None:
        at = self._end - self._base
        if at + len(samples) > len(self._kept):
            self._kept[:_CAPACITY] = self._kept[at - _CAPACITY : at].copy()
            self._base, at = self._end - _CAPACITY, _CAPACITY
        self._kept[at : at + len(samples)] = samples
        self._end += len(samples)

    def _note(self, start: int, end: int) -> None:
        """Keep in mind that a reply sounded there."""
        if self._runs and self._runs[-1][1] == start:
            start = self._runs.pop()[0]
        self._runs.append((start, end))

    # --- reading -----------------------------------------------------------------------------

    def _follow(self, wanted: float) -> int:
        """Steer the reading; return by how many frames it has to be faster."""
        assert self._at is not None
        error = wanted - self._at
        self._off = self._off + 1 if abs(error) > _JUMP else 0
        if self._off:
            if self._off == _STRIKES:
                self._at, self._error, self._off = round(wanted), 0.0, 0
                self.jumps += 1
            return 0
        self._error += _STEER * (error - self._error)
        if abs(self._error) < _SLIP:
            return 0
        slip = 1 if self._error > 0 else -1
        self._error -= slip
        return slip

    def _cut(self, first: int, frames: int) -> Samples:
        samples = silence(frames)
        start = min(max(first, self._end - _CAPACITY), first + frames)
        end = max(min(first + frames, self._end), start)
        samples[start - first : end - first] = self._kept[start - self._base : end - self._base]
        self.missed_frames += max(first + frames - max(self._end, first), 0)
        return samples


def _squeezed(samples: Samples, frames: int) -> Samples:
    """Return ``samples``, a frame too many or too few, as ``frames`` frames."""
    at = np.linspace(0, len(samples) - 1, frames)
    squeezed = np.interp(at, np.arange(len(samples)), samples)
    return np.rint(squeezed).astype(np.int16)
