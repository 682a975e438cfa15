"""A sound card's microphone and loudspeaker, through the audio children.

Here the engine meets the children: samples and stamps by shared memory, their lives through
``app.audio.supervisor``.
"""

from collections.abc import Callable, Sequence
from typing import Final

from app.audio.device import ChildLife, Device
from app.audio.hold import rest, take_back
from app.audio.shared import Direction
from app.audio.stamped import Row, StampedStream
from app.audio.unplayed import Unplayed
from app.core.audio_format import (
    SESSION_RATE_HZ,
    AudioBlock,
    PlayedBlock,
    Samples,
)
from app.core.clock import Nanoseconds
from app.dsp.pcm import concat, silence

QUEUE_MS: Final = 500
"""Audio a loudspeaker accepts ahead."""
BEHIND_NS: Final = 100_000_000
"""While a microphone is away its silence is given this late: it may come back any moment."""
LONGEST_SILENCE_S: Final = 60
"""A longer time at once without a microphone is a jump: this machine slept."""

_SECOND_NS = 1_000_000_000


class DeviceMicrophone(Device):
    """A sound card's microphone: an ``AudioSource`` and a ``HotDevice``.

    Blocks have the device's rate. After a loss the device is opened anew by itself; the gap
    is silence of its exact length, a restart and an xrun in ``health``, and notices.

    Args:
        device: Name, or None for the default.
        child: Shared with the loudspeaker.
    """

    direction = Direction.INPUT

    def poll(self) -> Sequence[AudioBlock]:
        """Return the blocks captured since the last call, oldest first."""
        blocks: list[AudioBlock] = []
        for stream, row in self._stamped():
            blocks += self._blocks(stream, row)
        if self._dead and self._stream is not None:
            until_ns = Nanoseconds(self._child.now_ns() - BEHIND_NS)
            blocks += self._silent(self._stream, until_ns)
        return blocks

    def next_ready_ns(self) -> Nanoseconds | None:
        """Return None: only polling tells."""
        return None

    def speech_end_before(self, at_ns: Nanoseconds) -> Nanoseconds | None:
        """Return None: a live microphone has no annotation."""
        del at_ns
        return None

    @property
    def finished(self) -> bool:
        """Return False: a microphone has never said all it has."""
        return False

    def _refused_by_ring(self) -> int:
        return 0 if self._stream is None else self._stream.memory.samples.refused

    def _adopt(self) -> None:
        self._counters.dropped += self._refused_by_ring()
        super()._adopt()

    def _may_skip(self, row: Row) -> bool:
        del row
        return True

    def _blocks(self, stream: StampedStream, row: Row) -> list[AudioBlock]:
        samples = silence(row.moved)
        stream.memory.samples.read_into(samples)
        samples.setflags(write=False)
        first_frame, end_ns = stream.next_frame, self._end_ns
        placed = self._place(stream, row)
        if placed is None:
            return []
        block = AudioBlock(samples, stream.rate_hz, placed.at_ns, placed.first_frame)
        if not placed.gap_ns or end_ns is None:
            return [block]
        frames = placed.first_frame - first_frame
        return [*_silence(stream.rate_hz, end_ns, frames, first_frame), block]

    def _silent(self, stream: StampedStream, until_ns: Nanoseconds) -> list[AudioBlock]:
        """Return the silence of a microphone that is away, up to ``until_ns``."""
        if self._end_ns is None or until_ns <= self._end_ns:
            return []
        start_ns, first_frame = self._end_ns, stream.next_frame
        frames = (until_ns - start_ns) * stream.rate_hz // _SECOND_NS
        stream.next_frame += frames
        self._end_ns = Nanoseconds(start_ns + frames * _SECOND_NS // stream.rate_hz)
        return _silence(stream.rate_hz, start_ns, frames, first_frame)


def _silence(
    rate_hz: int, start_ns: Nanoseconds, frames: int, first_frame: int
) -> list[AudioBlock]:
    """Return silence in blocks of a second at most; none for a time that is too long."""
    if frames > LONGEST_SILENCE_S * rate_hz:
        return []
    blocks: list[AudioBlock] = []
    done = 0
    while done < frames:
        samples = silence(min(frames - done, rate_hz))
        samples.setflags(write=False)
        at_ns = Nanoseconds(start_ns + done * _SECOND_NS // rate_hz)
        blocks.append(AudioBlock(samples, rate_hz, at_ns, first_frame + done))
        done += len(samples)
    return blocks


class DeviceSpeaker(Device):
    """A sound card's loudspeaker: an ``AudioSink`` and a ``HotDevice``.

    What was written and not yet played survives a loss of the device, or its exchange for
    another, and plays after it; so does what a lost device had taken and can not have sounded.

    Args:
        device: Name, or None for the default.
        child: Shared with the microphone.
        pause: Lets a callback end.
    """

    direction = Direction.OUTPUT

    def __init__(
        self, device: str | None, child: ChildLife, *, pause: Callable[[], None] = rest
    ) -> None:
        super().__init__(device, child)
        self._pause = pause
        self._unplayed = Unplayed()
        self._unheard: list[PlayedBlock] = []

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
        return self._unplayed.frames if running is None else running.memory.samples.readable

    def write(self, samples: Samples) -> int:
        """Queue frames; return how many fitted."""
        room = self.rate_hz * QUEUE_MS // 1000 - self.queued_frames
        fits = max(min(len(samples), room), 0)
        running = self._running
        if running is not None:
            fits = running.memory.samples.write(samples[:fits])
        self._unplayed.push(samples[:fits])
        self._counters.dropped += len(samples) - fits
        return fits

    def flush(self) -> int:
        """Drop what is queued; return the frames dropped. Waits some 0.2 ms for a callback.

        What is not dropped has been handed over, and ``poll`` tells it. Only a callback that is
        stuck for 2 ms is left one block, which then is still queued.
        """
        running = self._running
        dropped = self._unplayed.frames
        if running is not None:
            dropped = take_back(running.memory, running.block_frames, pause=self._pause)
        self._unplayed.cut_tail(dropped)
        return dropped

    def poll(self) -> Sequence[PlayedBlock]:
        """Return what the DAC was given since the last call, oldest first.

        A block without frames of its own tells what a lost device had taken and never sounded.
        """
        blocks: list[PlayedBlock] = []
        for stream, row in self._stamped():
            blocks += self._taken_unheard()
            blocks += self._block(stream, row)
        return [*blocks, *self._taken_unheard()]

    def _leave(self) -> None:
        if self._stream is not None and not self._dead:
            take_back(self._stream.memory, 0, pause=self._pause)

    def _adopt(self) -> None:
        super()._adopt()
        if self._stream is not None and self._unplayed.frames:
            self._stream.memory.samples.write(self._unplayed.all())

    def _lost(self, until_ns: Nanoseconds) -> None:
        stream = self._stream
        if stream is None:
            return
        frames = self._unplayed.put_back(until_ns)
        if self._end_ns is not None and self._end_ns > until_ns:
            stream.next_frame -= (self._end_ns - until_ns) * stream.rate_hz // _SECOND_NS
            self._end_ns = until_ns
        if frames:
            unheard = PlayedBlock(
                silence(0), stream.rate_hz, until_ns, stream.next_frame, 0, unheard_frames=frames
            )
            self._unheard.append(unheard)

    def _taken_unheard(self) -> list[PlayedBlock]:
        unheard, self._unheard = self._unheard, []
        return unheard

    def _may_skip(self, row: Row) -> bool:
        return not row.moved

    def _block(self, stream: StampedStream, row: Row) -> list[PlayedBlock]:
        placed = self._place(stream, row)
        if placed is None:
            return []
        taken = self._unplayed.take(row.moved, placed.at_ns, stream.rate_hz)
        samples = concat((taken, silence(row.frames - row.moved)))
        samples.setflags(write=False)
        at_ns, first, handed_ns = placed.at_ns, placed.first_frame, Nanoseconds(row.called_ns)
        rate_hz, moved = stream.rate_hz, row.moved
        return [PlayedBlock(samples, rate_hz, at_ns, first, moved, handed_ns=handed_ns)]
