"""Frames on their way to a loudspeaker, kept until it has taken them."""

from collections import deque
from typing import Final, NamedTuple

from app.core.audio_format import Samples
from app.dsp.pcm import concat

KEPT_NS: Final = 1_000_000_000
"""For so long after it was taken a block can still prove unheard."""

_SECOND_NS = 1_000_000_000


class _Taken(NamedTuple):
    """Frames that the device took, and when they were to sound."""

    at_ns: int
    samples: Samples
    rate_hz: int


class Unplayed:
    """A queue whose head was perhaps taken by a device that died with it. One owner."""

    def __init__(self) -> None:
        self._pieces: deque[Samples] = deque()
        self._frames = 0
        self._taken: deque[_Taken] = deque()

    @property
    def frames(self) -> int:
        """Frames in it."""
        return self._frames

    def all(self) -> Samples:
        """Return all of it, without taking it out."""
        return concat(tuple(self._pieces))

    def push(self, samples: Samples) -> None:
        """Put frames at its end."""
        if len(samples):
            self._pieces.append(samples)
            self._frames += len(samples)

    def take(self, frames: int, at_ns: int, rate_hz: int) -> Samples:
        """Take its head out: the device has it, and sounds it at ``at_ns``."""
        pieces: list[Samples] = []
        left = frames
        while left and self._pieces:
            piece = self._pieces.popleft()
            if len(piece) > left:
                self._pieces.appendleft(piece[left:])
                piece = piece[:left]
            pieces.append(piece)
            left -= len(piece)
            self._frames -= len(piece)
        samples = concat(tuple(pieces))
        if len(samples):
            self._taken.append(_Taken(at_ns, samples, rate_hz))
        while self._taken and at_ns - self._taken[0].at_ns > KEPT_NS:
            self._taken.popleft()
        return samples

    def put_back(self, since_ns: int) -> int:
        """Put back what was to sound from ``since_ns`` on; return how many frames that are."""
        frames = 0
        while self._taken:
            last = self._taken.pop()
            heard = max(since_ns - last.at_ns, 0) * last.rate_hz // _SECOND_NS
            unheard = last.samples[heard:]
            if not len(unheard):
                break
            self._pieces.appendleft(unheard)
            frames += len(unheard)
        self._taken.clear()
        self._frames += frames
        return frames

    def cut_tail(self, frames: int) -> None:
        """Forget its last frames."""
        while frames and self._pieces:
            piece = self._pieces.pop()
            kept = max(len(piece) - frames, 0)
            if kept:
                self._pieces.append(piece[:kept])
            frames -= len(piece) - kept
            self._frames -= len(piece) - kept
