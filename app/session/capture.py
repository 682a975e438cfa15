"""The microphone's way to the socket: frames of 20 ms, gate, level, speech ends."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ, AudioBlock, Samples
from app.core.clock import Nanoseconds
from app.core.commands import AppendAudio
from app.dsp.pcm import to_bytes
from app.dsp.resample import Resampler
from app.session.stage import Stage
from app.session.uplink import Uplink

FRAME = SESSION_RATE_HZ // 50
PREROLL_FRAMES = 15
"""300 ms: what was said just before the talk key went down is not lost."""

_POLL_S = 0.01
_FRAME_NS = 20_000_000
_SILENCE = np.zeros(FRAME, np.int16)
_SILENCE.setflags(write=False)


@dataclass(frozen=True, slots=True)
class SentFrame:
    """A frame that was handed to the socket: its first and end instants, and when."""

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
    ) -> None:
        self._source = stage.opened.source
        self._uplink = uplink
        self._recording = stage.recording
        self._clock = stage.clock
        self._heard = heard
        self._tell_audible = audible
        self._framers: dict[int, Framer] = {}
        self._sent: deque[SentFrame] = deque(maxlen=3000)
        self._preroll: deque[tuple[Nanoseconds, Samples]] = deque(maxlen=PREROLL_FRAMES)
        self.muted = self.deaf = False
        self.manual = False
        self.held = False
        self.frames_sent = 0

    async def run(self) -> None:
        """Send until cancelled.

        Raises:
            ConnectionEndedError: If the socket closed.
            DeviceError: If the source is lost for good.
        """
        while True:
            for block in self._source.poll():
                framer = self._framers.setdefault(block.rate_hz, Framer(block.rate_hz))
                for at_ns, frame in framer.push(block):
                    await self._take(at_ns, frame)
            await asyncio.sleep(self._pause_s())

    def frame_of(self, at_ns: Nanoseconds) -> SentFrame | None:
        """Return the frame that holds ``at_ns``, or None if it was not sent, or long ago."""
        for frame in reversed(self._sent):
            if frame.start_ns < at_ns <= frame.end_ns:
                return frame
            if frame.end_ns < at_ns:
                return None
        return None

    async def send_preroll(self) -> None:
        """Send what was said just before the talk key went down.

        Where it had been sent before (and forgotten since), it is recorded already.
        """
        waiting = list(self._preroll)
        self._preroll.clear()
        for at_ns, frame in waiting:
            await self._send(at_ns, frame, fresh=self.manual)

    async def _take(self, at_ns: Nanoseconds, frame: Samples) -> None:
        self._heard(at_ns, frame)
        samples = _SILENCE if self.muted or self.deaf else frame
        self._tell_audible(at_ns, samples)
        if not self.held:
            self._preroll.append((at_ns, samples))
        if self.held or not self.manual:
            await self._send(at_ns, samples)

    async def _send(self, at_ns: Nanoseconds, samples: Samples, *, fresh: bool = True) -> None:
        sent_ns = await self._uplink.send(AppendAudio(to_bytes(samples)))
        if fresh:
            self._recording.user_audio(at_ns, samples)
        if sent_ns is not None:
            end_ns = Nanoseconds(at_ns + _FRAME_NS)
            self._sent.append(SentFrame(at_ns, end_ns, sent_ns))
            self.frames_sent += 1

    def _pause_s(self) -> float:
        ready_ns = self._source.next_ready_ns()
        if ready_ns is None:
            return _POLL_S
        return min(max((ready_ns - self._clock.now_ns()) / 1e9, 0.0), 2 * _POLL_S)
