"""The microphone's way to the socket: frames of 20 ms, processing, gate, speech ends.

Meters show the microphone as it is. What is sent, recorded and searched for speech is what
processing has made of it, at the instants at which it was captured.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ, AudioBlock, Samples
from app.core.clock import Nanoseconds
from app.core.commands import AppendAudio
from app.dsp.pcm import to_bytes
from app.dsp.resample import Resampler
from app.session.preroll import FRAMES, HeardFrame, Preroll
from app.session.stage import Stage
from app.session.uplink import Uplink

FRAME = SESSION_RATE_HZ // 50
Condition: TypeAlias = Callable[[Nanoseconds, Samples], tuple[Nanoseconds, Samples]]

_POLL_S = 0.01
_FRAME_NS = 20_000_000
_SILENCE = np.zeros(FRAME, np.int16)
_SILENCE.setflags(write=False)


@dataclass(frozen=True, slots=True)
class SentFrame:
    """A message that was handed to the socket: its audio's first and end instants, and when."""

    start_ns: Nanoseconds
    end_ns: Nanoseconds
    sent_ns: Nanoseconds


class Framer:
    """Cuts blocks of any rate and length into 24 kHz frames of 20 ms with their instants.

    Every block re-anchors the instant, so that a device's drift never adds up. The resampler's
    delay is subtracted.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._resampler = (
            None if rate_hz == SESSION_RATE_HZ else Resampler(rate_hz, SESSION_RATE_HZ)
        )
        self._pending: Samples = np.zeros(0, np.int16)

    def push(self, block: AudioBlock) -> list[tuple[Nanoseconds, Samples]]:
        """Return the frames that ``block`` completes, each with its first frame's instant."""
        samples, start_ns = block.samples, block.captured_ns
        if self._resampler is not None:
            held = round(self._resampler.delay_frames)  # what comes out first went in before
            start_ns = Nanoseconds(start_ns - held * 1_000_000_000 // SESSION_RATE_HZ)
            samples = self._resampler.push(samples)
        behind = len(self._pending) * 1_000_000_000 // SESSION_RATE_HZ
        start_ns = Nanoseconds(start_ns - behind)
        joined = samples if not behind else np.concatenate([self._pending, samples])
        whole = len(joined) // FRAME * FRAME
        self._pending = joined[whole:]
        return [
            (Nanoseconds(start_ns + index * _FRAME_NS // FRAME), joined[index : index + FRAME])
            for index in range(0, whole, FRAME)
        ]


class Capture:
    """Polls a source and sends what may be sent. All calls on the engine's loop.

    Args:
        stage: The session.
        uplink: The way out.
        heard: Gets every captured frame as it is.
        audible: Gets every captured frame as the model may hear it: silent while muted.
        raw: Gets every block as the device gave it, at its own rate, before anything else.
        condition: Makes of a captured frame and its instant what may be sent, recorded and
            heard; without it frames are as they were captured.

    Attributes:
        muted: Send silence in place of the microphone, as the user wishes.
        deaf: The same while a recording is played beside the session.
        manual: The user's turns are ended by hand: nothing is sent but while ``held``.
        held: The talk key is down.
    """

    def __init__(
        self,
        stage: Stage,
        uplink: Uplink,
        heard: Callable[[Nanoseconds, Samples], None],
        audible: Callable[[Nanoseconds, Samples], None],
        *,
        raw: Callable[[AudioBlock], None] | None = None,
        condition: Condition | None = None,
    ) -> None:
        self._raw = raw
        self._condition = condition
        self._source = stage.opened.source
        self._uplink = uplink
        self._recording = stage.recording
        self._clock = stage.clock
        self._heard = heard
        self._tell_audible = audible
        self._framers: dict[int, Framer] = {}
        self._sent: deque[SentFrame] = deque(maxlen=3000)
        self._preroll = Preroll()
        self.muted = self.deaf = False
        self.manual = False
        self.held = False
        self.frames_sent = 0

    @property
    def reaches_model(self) -> bool:
        """Whether what is said now is sent: not while the connection is lost."""
        return self._uplink.up and (self.held or not self.manual)

    async def run(self) -> None:
        """Send until cancelled.

        Raises:
            DeviceError: If the source is lost for good.
        """
        while True:
            for block in self._source.poll():
                if self._raw is not None:
                    self._raw(block)
                for at_ns, frame in self._framer(block.rate_hz).push(block):
                    await self._take(at_ns, frame)
                    await asyncio.sleep(0)  # a device that was away tells of seconds at once
            await asyncio.sleep(self._pause_s())

    def frame_of(self, at_ns: Nanoseconds) -> SentFrame | None:
        """Return the frame that holds ``at_ns``, or None if it was not sent, or long ago."""
        for frame in reversed(self._sent):
            if frame.start_ns < at_ns <= frame.end_ns:
                return frame
            if frame.end_ns < at_ns:
                return None
        return None

    def prime(self, blocks: Iterable[AudioBlock], held_ns: Nanoseconds | None) -> None:
        """Take what was captured before anything could be sent: the first words of a key.

        Args:
            blocks: What the source has, oldest first.
            held_ns: When the talk key went down, or None: then only the last 300 ms count.
        """
        self._preroll.holding = held_ns is not None
        least_ns = 0 if held_ns is None else held_ns - FRAMES * _FRAME_NS
        for block in blocks:
            for at_ns, frame in self._framer(block.rate_hz).push(block):
                if at_ns >= least_ns:
                    self._preroll.add(HeardFrame(*self._as_heard(at_ns, frame), recorded=False))

    async def hold(self) -> None:
        """The talk key is down: send what was said just before it, in order, then all that comes.

        What had been sent before (and is forgotten since) is recorded already.
        """
        self._preroll.holding = True
        while (frame := self._preroll.next()) is not None:
            await self._send(frame.at_ns, frame.samples, fresh=not frame.recorded)
        self._preroll.holding = False
        self.held = True

    async def _take(self, at_ns: Nanoseconds, frame: Samples) -> None:
        self._heard(at_ns, frame)
        at_ns, samples = self._as_heard(at_ns, frame)
        sends = self.held or not self.manual
        if not self.held:
            self._preroll.add(HeardFrame(at_ns, samples, recorded=sends))
        if sends:
            await self._send(at_ns, samples)

    def _as_heard(self, at_ns: Nanoseconds, frame: Samples) -> tuple[Nanoseconds, Samples]:
        """Return the frame as the model may hear it, and tell those who listen."""
        if self._condition is not None:
            at_ns, frame = self._condition(at_ns, frame)
        samples = _SILENCE if self.muted or self.deaf else frame
        self._tell_audible(at_ns, samples)
        return at_ns, samples

    def _framer(self, rate_hz: int) -> Framer:
        return self._framers.setdefault(rate_hz, Framer(rate_hz))

    async def _send(self, at_ns: Nanoseconds, samples: Samples, *, fresh: bool = True) -> None:
        sent_ns = await self._uplink.send(AppendAudio(to_bytes(samples)))
        if fresh:
            self._recording.user_audio(at_ns, samples)
        if sent_ns is not None:
            start_ns = Nanoseconds(at_ns - self._uplink.held_ns)
            end_ns = Nanoseconds(start_ns + _FRAME_NS)
            self._sent.append(SentFrame(start_ns, end_ns, sent_ns))
            self.frames_sent += 1

    def _pause_s(self) -> float:
        ready_ns = self._source.next_ready_ns()
        if ready_ns is None:
            return _POLL_S
        return min(max((ready_ns - self._clock.now_ns()) / 1e9, 0.0), 2 * _POLL_S)
