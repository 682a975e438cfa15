"""What a loudspeaker played, at the rate of the recording."""

from collections import deque
from collections.abc import Sequence

from app.core.audio_format import SESSION_RATE_HZ, PlayedBlock, Samples
from app.dsp.pcm import concat, silence
from app.dsp.resample import Resampler, frames_after


class SessionRateBlocks:
    """Turns played blocks of the device's rate into blocks at 24 kHz, one for one.

    A block comes out when the filter has all of it, a block or two later; its instant stays
    that of its first frame. A jump of ``first_frame`` ends the filter's stream and begins
    another.

    Args:
        rate_hz: The device's rate.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._resampler = Resampler(rate_hz, SESSION_RATE_HZ)
        self._held: deque[PlayedBlock] = deque()
        self._ready: Samples = silence(0)
        self._first_ready = 0
        self._expected: int | None = None

    @property
    def rate_hz(self) -> int:
        """The rate of the blocks it takes."""
        return self._rate_hz

    def push(self, blocks: Sequence[PlayedBlock]) -> Sequence[PlayedBlock]:
        """Return the blocks that are complete."""
        if self._rate_hz == SESSION_RATE_HZ:
            return blocks
        out: list[PlayedBlock] = []
        for block in blocks:
            if block.first_frame != self._expected:
                out += self.flush()
                self._first_ready = self._at_session_rate(block.first_frame)
            self._expected = block.first_frame + len(block.samples)
            self._held.append(block)
            self._take(self._resampler.push(block.samples))
            out += self._complete(force=False)
        return out

    def flush(self) -> Sequence[PlayedBlock]:
        """Return the blocks that the filter still holds; the next block begins anew."""
        if self._rate_hz == SESSION_RATE_HZ:
            return ()
        self._take(self._resampler.flush())
        self._expected = None
        return self._complete(force=True)

    def _take(self, samples: Samples) -> None:
        self._ready = concat((self._ready, samples))

    def _complete(self, *, force: bool) -> list[PlayedBlock]:
        out: list[PlayedBlock] = []
        while self._held:
            block = self._held[0]
            end = self._at_session_rate(block.first_frame + len(block.samples))
            count = end - self._first_ready
            if count > len(self._ready) and not force:
                break
            self._held.popleft()
            out.append(self._cut(block, count))
        if force:
            self._ready = silence(0)
        return out

    def _cut(self, block: PlayedBlock, count: int) -> PlayedBlock:
        samples = self._ready[:count].copy()
        samples.setflags(write=False)
        taken = frames_after(block.taken_frames, self._rate_hz, SESSION_RATE_HZ)
        cut = PlayedBlock(
            samples, SESSION_RATE_HZ, block.played_ns, self._first_ready, min(taken, len(samples))
        )
        self._ready = self._ready[count:]
        self._first_ready += count
        return cut

    def _at_session_rate(self, frame: int) -> int:
        return frames_after(frame, self._rate_hz, SESSION_RATE_HZ)
