"""A loudspeaker that needs no device and keeps real time by the clock."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from app.core.audio_format import SESSION_RATE_HZ, PlayedBlock, Samples, StreamHealth
from app.core.clock import Clock, Nanoseconds
from app.dsp.pcm import concat, silence

BLOCKS_PER_S: Final = 100

_QUEUE_MS = 500
_MAX_BEHIND_BLOCKS = 30 * BLOCKS_PER_S
_SECOND_NS = 1_000_000_000


class NullSpeaker:
    """An ``AudioSink`` that plays into nothing: blocks of 10 ms on a fixed grid from ``open``.

    A block's content is settled at the instant it begins, as a device's callback settles it:
    what is written later is heard later, however seldom the caller polls.

    Args:
        clock: Keeps the pace.
        rate_hz: Rate it plays at, a multiple of 100.
    """

    def __init__(self, clock: Clock, *, rate_hz: int = SESSION_RATE_HZ) -> None:
        self._clock = clock
        self._rate_hz = rate_hz
        self._block_frames = rate_hz // BLOCKS_PER_S
        self._capacity = rate_hz * _QUEUE_MS // 1000
        self._start_ns: int | None = None
        self._next = 0
        self._queue: deque[Samples] = deque()
        self._queued = 0
        self._played: deque[PlayedBlock] = deque(maxlen=_MAX_BEHIND_BLOCKS)
        self._refused = 0
        self._skips = 0
        self._quiet = silence(self._block_frames)
        self._quiet.setflags(write=False)

    @property
    def name(self) -> str:
        """Name for people and records."""
        return "no loudspeaker"

    @property
    def rate_hz(self) -> int:
        """Rate it plays at."""
        return self._rate_hz

    @property
    def queued_frames(self) -> int:
        """Frames accepted and not yet played."""
        self._settle()
        return self._queued

    @property
    def device_clock(self) -> str:
        """Instants are the clock's own."""
        return "digital"

    @property
    def device_out_ms(self) -> float | None:
        """Return None: there is no device."""
        return None

    def callback_lag_ms(self, since_ns: Nanoseconds) -> float | None:
        """Return None: there are no callbacks."""
        del since_ns
        return None

    @property
    def problem(self) -> str:
        """Return "": nothing can take it away."""
        return ""

    @property
    def health(self) -> StreamHealth:
        """Counters so far."""
        return StreamHealth(dropped_frames=self._refused, restarts=self._skips)

    def open(self) -> None:
        """Start playing silence."""
        if self._start_ns is None:
            self._start_ns = self._clock.now_ns()

    def write(self, samples: Samples) -> int:
        """Queue frames; return how many fitted."""
        self._settle()
        fits = min(len(samples), self._capacity - self._queued)
        if fits:
            self._queue.append(samples[:fits])
            self._queued += fits
        self._refused += len(samples) - fits
        return fits

    def flush(self) -> int:
        """Drop what is queued; return the frames dropped."""
        self._settle()
        dropped, self._queued = self._queued, 0
        self._queue.clear()
        return dropped

    def poll(self) -> Sequence[PlayedBlock]:
        """Return the blocks that began since the last call, oldest first."""
        self._settle()
        played = tuple(self._played)
        self._played.clear()
        return played

    def close(self) -> None:
        """Stop. Safe to call twice."""
        self._start_ns = None

    def _settle(self) -> None:
        """Fix the content of every block that has begun by now."""
        if self._start_ns is None:
            return
        begun = (self._clock.now_ns() - self._start_ns) * BLOCKS_PER_S // _SECOND_NS + 1
        if begun - self._next > _MAX_BEHIND_BLOCKS:  # the machine slept: nothing was heard
            self._next = begun - 1
            self._skips += 1
        while self._next < begun:
            self._play_block(self._start_ns + self._next * _SECOND_NS // BLOCKS_PER_S)
            self._next += 1

    def _play_block(self, at_ns: int) -> None:
        samples, taken = self._quiet, 0
        if self._queued:
            taken, samples = self._take()
        first_frame = self._next * self._block_frames
        self._played.append(
            PlayedBlock(samples, self._rate_hz, Nanoseconds(at_ns), first_frame, taken)
        )

    def _take(self) -> tuple[int, Samples]:
        """Return how many frames one block gets, and the block, zeros at its end."""
        pieces: list[Samples] = []
        missing = self._block_frames
        while missing and self._queue:
            piece = self._queue.popleft()
            if len(piece) > missing:
                self._queue.appendleft(piece[missing:])
                piece = piece[:missing]
            pieces.append(piece)
            missing -= len(piece)
        taken = self._block_frames - missing
        self._queued -= taken
        block = concat((*pieces, silence(missing)))
        block.setflags(write=False)
        return taken, block
