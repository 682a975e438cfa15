"""Change of sampling rate, one shot and streaming.

Both use float32 inside and the same alignment: output frame ``k`` is the input at the time
``k / out_hz``, exact in one shot and to half an output frame in a stream. Filters do not
shift the sound, they only make the stream wait.

The streaming filter is libsoxr's variable-rate engine at a fixed ratio: residue and aliases
under -100 dB and a constant lag of 5 to 10 ms between 24 kHz and 44.1 or 48 kHz, where the
block-wise engine of the same library delivers in bursts that lag by up to 38 ms.
"""

from typing import Final

import numpy as np
import soxr

from app.core.audio_format import Samples
from app.dsp.pcm import FloatSamples, from_float, silence, to_float

QUALITY: Final = "HQ"
"""soxr's recipe for one shot: 20 bits, pass band 0 to 0.91 of the Nyquist rate."""

_LATE_FRAMES = 2
"""By which libsoxr's variable-rate engine is late when it reduces the rate (1.6 to 1.9)."""


def resample(samples: Samples, in_hz: int, out_hz: int) -> Samples:
    """Return ``samples`` at ``out_hz``; its length is ``frames_after`` of theirs.

    Raises:
        ValueError: If a rate is not positive.
    """
    _check(in_hz, out_hz)
    if in_hz == out_hz or not len(samples):
        return samples
    converted = from_float(soxr.resample(to_float(samples), in_hz, out_hz, quality=QUALITY))
    return _fit(converted, frames_after(len(samples), in_hz, out_hz))


def frames_after(frames: int, in_hz: int, out_hz: int) -> int:
    """Return how many frames ``frames`` of ``in_hz`` become, halves rounded up."""
    return (2 * frames * out_hz + in_hz) // (2 * in_hz)


class Resampler:
    """A stream from one rate to another. Not thread-safe; one owner.

    Any cutting of the input into blocks gives the same output. Equal rates pass through.

    Attributes:
        in_hz: Rate of what is pushed.
        out_hz: Rate of what comes out.
        frames_in: Frames pushed since the start or the last ``reset``.
        frames_out: Frames given since then; the next frame out has this index, and is the
            input at ``frames_out / out_hz`` seconds.

    Raises:
        ValueError: If a rate is not positive.
    """

    def __init__(self, in_hz: int, out_hz: int) -> None:
        _check(in_hz, out_hz)
        self.in_hz = in_hz
        self.out_hz = out_hz
        self.frames_in = 0
        self.frames_out = 0
        self._stream = None if in_hz == out_hz else _stream(in_hz, out_hz)
        self._late = _LATE_FRAMES if in_hz > out_hz else 0
        self._to_skip = self._late

    @property
    def delay_frames(self) -> int:
        """Output frames that the input so far has earned and the filter still holds."""
        return max(frames_after(self.frames_in, self.in_hz, self.out_hz) - self.frames_out, 0)

    def push(self, samples: Samples) -> Samples:
        """Return the frames that are ready."""
        self.frames_in += len(samples)
        if self._stream is None:
            ready = samples
        elif len(samples):
            ready = self._on_time(self._stream.resample_chunk(to_float(samples)))
        else:
            ready = silence(0)
        self.frames_out += len(ready)
        return ready

    def flush(self) -> Samples:
        """Return what the filter still holds, end the stream and begin a new one.

        The whole stream is then ``frames_after(frames_in, in_hz, out_hz)`` frames long.
        """
        rest = silence(0)
        if self._stream is not None and self.frames_in:
            beyond = np.zeros(-(-self._late * self.in_hz // self.out_hz), np.float32)
            rest = _fit(
                self._on_time(self._stream.resample_chunk(beyond, last=True)), self.delay_frames
            )
        self.reset()
        return rest

    def reset(self) -> None:
        """Forget what the filter holds and begin a new stream at frame 0."""
        self.frames_in = 0
        self.frames_out = 0
        if self._stream is not None:
            self._stream = _stream(self.in_hz, self.out_hz)
            self._to_skip = self._late

    def _on_time(self, converted: FloatSamples) -> Samples:
        skipped = min(self._to_skip, len(converted))
        self._to_skip -= skipped
        return from_float(converted[skipped:])


def _stream(in_hz: int, out_hz: int) -> soxr.ResampleStream:
    return soxr.ResampleStream(in_hz, out_hz, 1, dtype="float32", quality=QUALITY, vr=True)


def _fit(samples: Samples, frames: int) -> Samples:
    """Return exactly ``frames`` frames: soxr rounds a stream's end either way."""
    missing = frames - len(samples)
    if missing > 0:
        return np.concatenate((samples, silence(missing)))
    return samples[:frames]


def _check(in_hz: int, out_hz: int) -> None:
    if in_hz <= 0 or out_hz <= 0:
        raise ValueError(f"cannot resample from {in_hz} Hz to {out_hz} Hz")
