"""Change of sampling rate for live speech at a telephone's rates: exact alignment, 2 to 3 ms.

A streaming resampler of studio quality waits for 10 to 30 ms of audio before it gives any at
8 or 16 kHz. This one is a linear-phase windowed sinc, cut into its phases: flat up to 0.9 of
the lower Nyquist rate, residue and aliases under -70 dB from 1.1 of it on, and nothing between
the two but a slope.

Source: Crochiere and Rabiner (1983), polyphase structures; Kaiser (1974) for the window.
"""

import math
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from app.core.audio_format import Samples
from app.dsp.pcm import FloatSamples, from_float, silence, to_float
from app.dsp.resample import Resampler, frames_after

_STOP_DB: Final = 75.0
_KAISER_BETA: Final = 0.1102 * (_STOP_DB - 8.7)
_TRANSITION: Final = 0.2
"""Width of the slope, of the lower Nyquist rate; its middle is that rate."""

_MOST_PHASES: Final = 8


class LowLagResampler:
    """A stream from one rate to another. Not thread-safe; one owner.

    Output frame ``k`` is the input at ``k / out_hz``, however the input is cut into blocks.

    Attributes:
        in_hz: Rate of what is pushed.
        out_hz: Rate of what comes out.
        lag_ns: How much input is held once the stream flows, the same at all times but for
            less than one output frame.
        frames_in: Frames pushed since the start or the last ``reset``.
        frames_out: Frames given since then.

    Raises:
        ValueError: If a rate is not positive, or their ratio is not one of small numbers.
    """

    def __init__(self, in_hz: int, out_hz: int) -> None:
        if not serves(in_hz, out_hz):
            raise ValueError(f"cannot resample from {in_hz} Hz to {out_hz} Hz at a low lag")
        self.in_hz = in_hz
        self.out_hz = out_hz
        divisor = math.gcd(in_hz, out_hz)
        self._up, self._down = out_hz // divisor, in_hz // divisor
        taps = _lowpass(in_hz, out_hz, self._up)
        self._centre = len(taps) // 2
        self._phases = tuple(taps[phase :: self._up][::-1].copy() for phase in range(self._up))
        self.lag_ns = self._centre * 1_000_000_000 // (in_hz * self._up)
        self.reset()

    @property
    def delay_frames(self) -> int:
        """Output frames that the input so far has earned and the filter still holds."""
        return max(frames_after(self.frames_in, self.in_hz, self.out_hz) - self.frames_out, 0)

    def push(self, samples: Samples) -> Samples:
        """Return the frames that are ready."""
        self.frames_in += len(samples)
        return self._ready(to_float(samples))

    def flush(self) -> Samples:
        """Return what the filter still holds, end the stream and begin a new one.

        The whole stream is then ``frames_after(frames_in, in_hz, out_hz)`` frames long.
        """
        due = self.delay_frames
        beyond = -(-(self._centre + due * self._down) // self._up)
        rest = self._ready(np.zeros(beyond, np.float32))[:due]
        self.reset()
        return rest

    def reset(self) -> None:
        """Forget what the filter holds and begin a new stream at frame 0."""
        self.frames_in = 0
        self.frames_out = 0
        self._held: FloatSamples = np.zeros(max(map(len, self._phases)), np.float32)
        self._held_from = -len(self._held)

    def _ready(self, samples: FloatSamples) -> Samples:
        """Take float samples; return the output frames whose whole surroundings are known."""
        self._held = np.concatenate((self._held, samples))
        known = self._held_from + len(self._held)
        end = max(-(-(known * self._up - self._centre) // self._down), self.frames_out)
        if end == self.frames_out:
            return silence(0)
        out: FloatSamples = np.zeros(end - self.frames_out, np.float32)
        for first in range(min(self._up, len(out))):
            out[first :: self._up] = self._phase(first, len(out))
        self.frames_out = end
        self._forget()
        return from_float(out)

    def _phase(self, first: int, count: int) -> NDArray[np.float32]:
        """Return every ``up``-th of the next ``count`` frames, from the ``first`` on."""
        at = (self.frames_out + first) * self._down + self._centre
        taps = self._phases[at % self._up]
        begin = at // self._up - len(taps) + 1 - self._held_from
        frames = len(range(first, count, self._up))
        windows = sliding_window_view(self._held[begin:], len(taps))[:: self._down]
        found: NDArray[np.float32] = windows[:frames] @ taps
        return found

    def _forget(self) -> None:
        needed = (self.frames_out * self._down + self._centre) // self._up
        keep_from = needed - max(map(len, self._phases)) + 1
        self._held = self._held[keep_from - self._held_from :]
        self._held_from = keep_from


def live_stream(in_hz: int, out_hz: int) -> LowLagResampler | Resampler:
    """Return a stream that waits as little as it can; equal rates pass through.

    Raises:
        ValueError: If a rate is not positive.
    """
    if in_hz != out_hz and serves(in_hz, out_hz):
        return LowLagResampler(in_hz, out_hz)
    return Resampler(in_hz, out_hz)


def serves(in_hz: int, out_hz: int) -> bool:
    """Whether the two rates are positive and their ratio is one of small numbers."""
    if in_hz <= 0 or out_hz <= 0:
        return False
    divisor = math.gcd(in_hz, out_hz)
    return max(in_hz, out_hz) // divisor <= _MOST_PHASES


def _lowpass(in_hz: int, out_hz: int, up: int) -> FloatSamples:
    """Return the taps at ``in_hz * up``, an odd number of them, with a gain of ``up``."""
    rate_hz = in_hz * up
    nyquist_hz = min(in_hz, out_hz) / 2
    width = 2 * math.pi * _TRANSITION * nyquist_hz / rate_hz
    count = math.ceil((_STOP_DB - 7.95) / (2.285 * width)) | 1
    at = np.arange(count) - count // 2
    taps = np.sinc(2 * nyquist_hz / rate_hz * at) * np.kaiser(count, _KAISER_BETA)
    return np.asarray(taps * (up / taps.sum()), dtype=np.float32)
