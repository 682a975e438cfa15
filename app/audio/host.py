"""A sound card's microphone and loudspeaker, through the audio child.

Here the engine meets the child: samples and stamps by shared memory, its life through
``app.audio.supervisor``.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from app.audio.shared import Direction
from app.audio.stamped import Counters, Row, StampedStream
from app.audio.supervisor import StreamLink
from app.core.audio_format import (
    SESSION_RATE_HZ,
    AudioBlock,
    PlayedBlock,
    Samples,
    StreamHealth,
)
from app.core.clock import Nanoseconds
from app.dsp.pcm import concat, silence

QUEUE_MS: Final = 500
"""Audio a loudspeaker accepts ahead."""

_SECOND_NS = 1_000_000_000


class ChildLife(Protocol):
    """What a device needs of ``app.audio.supervisor.AudioChild``."""

    @property
    def restarts(self) -> int:
        """Lives that were lost."""
        ...

    def open(self, direction: Direction, device: str | None) -> StreamLink:
        """Open a device, or raise DeviceError."""
        ...

    def supervise(self) -> None:
        """Look after the child; raise DeviceError if a stream is lost for good."""
        ...

    def close(self, link: StreamLink) -> None:
        """Give a stream up."""
        ...


class _Device:
    """What both directions share: the link to the child, its lives and the counters."""

    direction: Direction

    def __init__(self, device: str | None, child: ChildLife) -> None:
        self._child = child
        self._device = device
        self._link: StreamLink | None = None
        self._life = 0
        self._stream: StampedStream | None = None
        self._counters = Counters()
        self._restarts_at_open = 0
        self._end_ns: int | None = None
        self._after_gap = False

    @property
    def name(self) -> str:
        """Name for people and records."""
        if self._link is not None and self._link.device is not None:
            return self._link.device
        return self._device or "default"

    @property
    def problem(self) -> str:
        """Why the device does not run just now, one sentence, or ""."""
        return "" if self._link is None else self._link.problem

    @property
    def health(self) -> StreamHealth:
        """Counters so far."""
        counters = self._counters
        lag_ns = counters.lateness.worst_ns
        refused = 0
        if self._stream is not None and self.direction is Direction.INPUT:
            refused = self._stream.memory.samples.refused
        return StreamHealth(
            xruns=counters.xruns,
            dropped_frames=counters.dropped + refused,
            restarts=self._child.restarts - self._restarts_at_open,
            callback_lag_ms=None if lag_ns is None else lag_ns / 1e6,
        )

    @property
    def device_clock(self) -> str:
        """Say "measured" while the device's own stamps are believed, else "assumed"."""
        return "assumed" if self._stream is None else self._stream.device_clock

    def callback_lag_ms(self, since_ns: Nanoseconds) -> float | None:
        """Return the largest lateness of a callback from ``since_ns`` on, or None without one.

        A time without a stream is none: it is a restart.
        """
        lag_ns = self._counters.lateness.since(since_ns)
        return None if lag_ns is None else lag_ns / 1e6

    def open(self) -> None:
        """Open the device. Waits for the audio child, some 0.4 s, 8 s at most.

        Raises:
            DeviceError: If it cannot be used.
        """
        if self._link is None:
            self._restarts_at_open = self._child.restarts
            self._link = self._child.open(self.direction, self._device)
            self._adopt()

    def close(self) -> None:
        """Stop. Safe to call twice."""
        if self._link is not None:
            self._child.close(self._link)
            self._link = None
            self._stream = None

    def _stamped(self) -> Iterator[tuple[StampedStream, Row]]:
        """Look after the child; give the rows since the last call, a lost life's ones first."""
        if self._link is None:
            return
        self._child.supervise()
        if self._stream is not None:
            yield from ((self._stream, row) for row in self._stream.rows())
        if self._link.life != self._life:
            self._adopt()
            assert self._stream is not None
            yield from ((self._stream, row) for row in self._stream.rows())

    @property
    def _running(self) -> StampedStream | None:
        """The stream of the present life, or None while there is none."""
        link = self._link
        if link is None or link.opened is None or link.life != self._life:
            return None
        return self._stream

    def _adopt(self) -> None:
        """Take the present life's stream."""
        assert self._link is not None
        first_frame = 0 if self._stream is None else self._stream.next_frame
        self._life = self._link.life
        self._stream = StampedStream(self._link, self._counters, first_frame)
        self._after_gap = self._end_ns is not None

    def _place(self, stream: StampedStream, row: Row) -> tuple[Nanoseconds, int]:
        """Return instant and index of a row's first frame; a time without a stream counts."""
        at_ns = stream.instant(row)
        if self._after_gap and self._end_ns is not None:
            stream.next_frame += max(at_ns - self._end_ns, 0) * stream.rate_hz // _SECOND_NS
        self._after_gap = False
        first_frame = stream.next_frame
        frames = row.frames
        stream.next_frame += frames
        self._end_ns = at_ns + frames * _SECOND_NS // stream.rate_hz
        return at_ns, first_frame


class DeviceMicrophone(_Device):
    """A sound card's microphone: an ``AudioSource``.

    Blocks have the device's rate. After a loss the device is opened anew by itself; the gap
    is a jump of ``first_frame`` and a restart in ``health``.

    Args:
        device: Name, or None for the default.
        child: Shared with the loudspeaker.
    """

    direction = Direction.INPUT

    def poll(self) -> Sequence[AudioBlock]:
        """Return the blocks captured since the last call, oldest first.

        Raises:
            DeviceError: If the device was lost and did not come back for 15 s.
        """
        return tuple(self._block(stream, row) for stream, row in self._stamped())

    def next_ready_ns(self) -> Nanoseconds | None:
        """Return None: only polling tells."""
        return None

    def speech_end_before(self, at_ns: Nanoseconds) -> Nanoseconds | None:
        """Return None: a live microphone has no annotation."""
        del at_ns
        return None

    @property
    def finished(self) -> bool:
        """False: a device never has said all."""
        return False

    def _adopt(self) -> None:
        if self._stream is not None:
            self._counters.dropped += self._stream.memory.samples.refused
        super()._adopt()

    def _block(self, stream: StampedStream, row: Row) -> AudioBlock:
        captured_ns, first_frame = self._place(stream, row)
        samples = silence(row.moved)
        stream.memory.samples.read_into(samples)
        samples.setflags(write=False)
        return AudioBlock(samples, stream.rate_hz, captured_ns, first_frame)


class DeviceSpeaker(_Device):
    """A sound card's loudspeaker: an ``AudioSink``.

    What was written and not yet played survives a loss of the device and plays after it.

    Args:
        device: Name, or None for the default.
        child: Shared with the microphone.
    """

    direction = Direction.OUTPUT

    def __init__(self, device: str | None, child: ChildLife) -> None:
        super().__init__(device, child)
        self._unplayed: deque[Samples] = deque()
        self._unplayed_frames = 0

    @property
    def device_out_ms(self) -> float | None:
        """From a callback to the first frame's ``played_ns``, median; None until it runs.

        Before the first block it is what the device claims.
        """
        opened = None if self._link is None else self._link.opened
        held_ns = None if self._stream is None else self._stream.held_ns
        if opened is None:
            return None
        return (opened.latency_ns if held_ns is None else held_ns) / 1e6

    @property
    def rate_hz(self) -> int:
        """Rate it plays at; 24 kHz before it is open."""
        return SESSION_RATE_HZ if self._stream is None else self._stream.rate_hz

    @property
    def queued_frames(self) -> int:
        """Frames accepted and not yet handed to the DAC."""
        running = self._running
        return self._unplayed_frames if running is None else running.memory.samples.readable

    def write(self, samples: Samples) -> int:
        """Queue frames; return how many fitted."""
        room = self.rate_hz * QUEUE_MS // 1000 - self.queued_frames
        fits = max(min(len(samples), room), 0)
        running = self._running
        if running is not None:
            fits = running.memory.samples.write(samples[:fits])
        if fits:
            self._unplayed.append(samples[:fits])
            self._unplayed_frames += fits
        self._counters.dropped += len(samples) - fits
        return fits

    def flush(self) -> int:
        """Drop what is queued; return the frames dropped. At most one block still sounds."""
        running = self._running
        dropped = self._unplayed_frames
        if running is not None:
            dropped = running.memory.samples.take_back(keep=running.block_frames)
        self._cut_tail(dropped)
        return dropped

    def poll(self) -> Sequence[PlayedBlock]:
        """Return what the DAC was given since the last call, oldest first.

        Raises:
            DeviceError: If the device was lost and did not come back for 15 s.
        """
        return tuple(self._block(stream, row) for stream, row in self._stamped())

    def _adopt(self) -> None:
        super()._adopt()
        if self._stream is not None and self._unplayed:
            self._stream.memory.samples.write(concat(tuple(self._unplayed)))

    def _block(self, stream: StampedStream, row: Row) -> PlayedBlock:
        played_ns, first_frame = self._place(stream, row)
        frames, taken = row.frames, row.moved
        samples = concat((*self._cut_head(taken), silence(frames - taken)))
        samples.setflags(write=False)
        return PlayedBlock(samples, stream.rate_hz, played_ns, first_frame, taken)

    def _cut_head(self, frames: int) -> list[Samples]:
        taken: list[Samples] = []
        while frames and self._unplayed:
            piece = self._unplayed.popleft()
            if len(piece) > frames:
                self._unplayed.appendleft(piece[frames:])
                piece = piece[:frames]
            taken.append(piece)
            frames -= len(piece)
            self._unplayed_frames -= len(piece)
        return taken

    def _cut_tail(self, frames: int) -> None:
        while frames and self._unplayed:
            piece = self._unplayed.pop()
            kept = max(len(piece) - frames, 0)
            if kept:
                self._unplayed.append(piece[:kept])
            frames -= len(piece) - kept
            self._unplayed_frames -= len(piece) - kept
