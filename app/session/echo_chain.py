"""What is done to the microphone between the device and everybody who hears it."""

from collections.abc import Callable
from typing import Final

from app.core.audio_format import SESSION_RATE_HZ, PlayedBlock, Samples
from app.core.clock import Nanoseconds
from app.core.conduct import Processing
from app.core.ports import VoiceProcessor
from app.dsp.echo import EchoMeter
from app.dsp.pcm import concat, silence
from app.dsp.reference import FarEnd

HANG_MS: Final = 300
"""Half-duplex: for so long after a reply a room still sounds of it."""

_STEP = SESSION_RATE_HZ // 100
_STEP_NS = 10_000_000
_HANG_NS = HANG_MS * 1_000_000


class VoiceChain:
    """Processes the microphone's frames of 20 ms. All calls on the engine's loop.

    Where nothing is switched on and nobody watches the echo, frames pass as they are.

    Args:
        watching: Whether to listen for echo even while nothing is switched on.
        refresh: Reads the player, so that what sounds now is known.

    Attributes:
        processing: What is switched on.
        meter: What is heard of the loudspeaker.
    """

    def __init__(self, *, watching: bool, refresh: Callable[[], None]) -> None:
        self._watching = watching
        self._refresh = refresh
        self._processor: VoiceProcessor | None = None
        self._far = FarEnd()
        self._since_ns: Nanoseconds | None = None
        self.processing = Processing()
        self.meter = EchoMeter()

    @property
    def active(self) -> bool:
        """Whether frames are looked at or changed."""
        return self._watching or self.processing.half_duplex or self._processor is not None

    @property
    def late_ns(self) -> Nanoseconds:
        """By how much what comes out is late."""
        frames = 0 if self._processor is None else self._processor.delay_frames
        return Nanoseconds(frames * 1_000_000_000 // SESSION_RATE_HZ)

    def use(
        self, processing: Processing, processor: VoiceProcessor | None, at_ns: Nanoseconds
    ) -> None:
        """Process otherwise from now on, the instant ``at_ns``."""
        self.processing = processing
        self._processor = processor
        self._since_ns = at_ns

    def cancelling_since(self, at_ns: Nanoseconds) -> bool:
        """Whether echo has been cancelled since before an instant."""
        if self._since_ns is None or not self.processing.echo_cancellation:
            return False
        return self._since_ns < at_ns

    def play(self, block: PlayedBlock) -> None:
        """Take what the loudspeaker sounds, at 24 kHz."""
        if self.active:
            self._far.put(block)

    def sounding(self, start_ns: Nanoseconds, end_ns: Nanoseconds) -> bool:
        """Whether a reply was sounding at some time between two instants, as far as is known."""
        return self._far.sounding(start_ns, end_ns)

    def pass_on(self, at_ns: Nanoseconds, frame: Samples) -> tuple[Nanoseconds, Samples]:
        """Return the frame as it may be heard, and the instant of its own first sample.

        That instant is earlier than ``at_ns`` by what processing takes.

        Args:
            at_ns: Instant at which the first sample was captured.
            frame: 24 kHz, shape (n * 240,).
        """
        if not self.active:
            return at_ns, frame
        self._refresh()
        far = self._sounded(at_ns, len(frame))
        done = self._processed(frame, far)
        self.meter.add(far, frame, done)
        start_ns = Nanoseconds(at_ns - self.late_ns)
        if self.processing.half_duplex and self._occupied(start_ns, len(frame)):
            done = silence(len(frame))
        return start_ns, done

    def _sounded(self, at_ns: Nanoseconds, frames: int) -> Samples:
        steps = range(frames // _STEP)
        return concat([self._far.read(Nanoseconds(at_ns + i * _STEP_NS), _STEP) for i in steps])

    def _processed(self, frame: Samples, far: Samples) -> Samples:
        processor = self._processor
        if processor is None:
            return frame
        starts = range(0, len(frame), _STEP)
        return concat(
            [processor.process(frame[at : at + _STEP], far[at : at + _STEP]) for at in starts]
        )

    def _occupied(self, start_ns: Nanoseconds, frames: int) -> bool:
        end_ns = start_ns + frames * 1_000_000_000 // SESSION_RATE_HZ
        return self._far.sounding(Nanoseconds(start_ns - _HANG_NS), Nanoseconds(end_ns))
