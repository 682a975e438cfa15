"""One side of the recording on the session's sample clock.

Blocks carry the instant of their first frame. A device's clock runs a little fast or slow and
its instants tremble, so that a run of blocks is laid end to end: a lasting deviation is mended
a sample at a time, a gap is left silent, an overlap is cut. All of it is counted.
"""

from dataclasses import dataclass, replace

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.clock import Nanoseconds

TOLERANCE_FRAMES = SESSION_RATE_HZ * 5 // 1000
"""5 ms: a deviation up to this is the clock's, a larger one is a gap or an overlap."""

_CORRECTION_FRAMES = SESSION_RATE_HZ // 2000
_SMOOTHING = 1 / 16
_FURTHEST_AHEAD_NS = 10_000_000_000
_SHORTEST_STRETCHED = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackHealth:
    """What placing one side took; frames at 24 kHz.

    Attributes:
        gap_frames: Left silent between two blocks.
        cut_frames: Dropped because another block had their place, or before the session.
        late_frames: Dropped because they came seconds after their place was written.
        stretched_frames: Samples put in (positive) or taken out (negative) for clock drift.
        refused_frames: Dropped because their instant lies seconds in the future.
    """

    gap_frames: int = 0
    cut_frames: int = 0
    late_frames: int = 0
    stretched_frames: int = 0
    refused_frames: int = 0


class Track:
    """Where the next block of one side goes. One thread."""

    def __init__(self, t0_ns: Nanoseconds) -> None:
        self._t0_ns = t0_ns
        self._next: int | None = None
        self._drift = 0.0
        self.health = TrackHealth()

    def place(
        self, at_ns: Nanoseconds, samples: Samples, now_ns: Nanoseconds
    ) -> tuple[int, Samples]:
        """Return the frame at which ``samples`` begin, and the samples to lay there.

        Args:
            at_ns: Instant of the first frame.
            samples: Mono int16 at 24 kHz, of any length.
            now_ns: The present; a block far beyond it is refused.
        """
        if at_ns - now_ns > _FURTHEST_AHEAD_NS:
            self._count(refused_frames=len(samples))
            return self._next or 0, samples[:0]
        start = round((at_ns - self._t0_ns) * SESSION_RATE_HZ / 1e9)
        if self._next is not None and abs(start - self._next) <= TOLERANCE_FRAMES:
            start, samples = self._next, self._mended(start - self._next, samples)
        else:
            start, samples = self._apart(start, samples)
        self._next = start + len(samples)
        return start, samples

    def late(self, frames: int) -> None:
        """Count frames whose place was written already."""
        if frames:
            self._count(late_frames=frames)

    def _apart(self, start: int, samples: Samples) -> tuple[int, Samples]:
        self._drift = 0.0
        earliest = self._next or 0
        cut = min(max(0, earliest - start), len(samples))
        gap = 0 if self._next is None else max(0, start - self._next)
        if cut or gap:
            self._count(gap_frames=gap, cut_frames=cut)
        return max(start, earliest), samples[cut:]

    def _mended(self, deviation: int, samples: Samples) -> Samples:
        self._drift += (deviation - self._drift) * _SMOOTHING
        if abs(self._drift) < _CORRECTION_FRAMES or len(samples) < _SHORTEST_STRETCHED:
            return samples
        step = 1 if self._drift > 0 else -1
        self._drift -= step
        self._count(stretched_frames=step)
        there = np.linspace(0, len(samples) - 1, len(samples) + step)
        stretched = np.interp(there, np.arange(len(samples)), samples)
        return np.rint(stretched).astype(np.int16)

    def _count(self, **more: int) -> None:
        sums = {name: getattr(self.health, name) + value for name, value in more.items()}
        self.health = replace(self.health, **sums)
