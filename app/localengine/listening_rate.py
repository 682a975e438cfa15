"""The session's 24 kHz to the 16 kHz that the engine listens at, with under a millisecond of lag.

A streaming resampler of studio quality holds back 5 to 10 ms, which a turn's end would wait for.
This one is a windowed sinc at 48 kHz, -55 dB beyond 9 kHz, cut into its two phases.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.dsp.pcm import to_float
from app.localengine.ports import Waveform

LISTENING_DELAY_MS: Final = 40 / 48
"""How much later a sound lies in the output than in the input."""

_UP: Final = 2
_DOWN: Final = 3
_TAPS: Final = 81
_CUTOFF_HZ: Final = 7_520.0


class ListeningRate:
    """A stream of 24 kHz to 16 kHz. Any cutting into blocks gives the same."""

    def __init__(self) -> None:
        taps = _lowpass() * _UP
        self._phases = tuple(taps[phase::_UP] for phase in range(_UP))
        self._memory = np.zeros(len(self._phases[0]) - 1, np.float32)
        self._position = 0

    def push(self, samples: Samples) -> Waveform:
        """Return the frames that are due, float32: as many as the input's time holds."""
        if not len(samples):
            return np.zeros(0, np.float32)
        held = np.concatenate((self._memory, to_float(samples)))
        out = np.zeros(len(samples) * _UP, np.float32)
        for phase, taps in enumerate(self._phases):
            out[phase::_UP] = np.convolve(held, taps, mode="valid")[-len(samples) :]
        self._memory = held[len(held) - len(self._memory) :]
        first = -self._position % _DOWN
        self._position += len(out)
        return out[first::_DOWN]


def _lowpass() -> NDArray[np.float32]:
    at = np.arange(_TAPS) - (_TAPS - 1) / 2
    cutoff = 2 * _CUTOFF_HZ / (SESSION_RATE_HZ * _UP)
    kernel = np.sinc(cutoff * at) * np.hamming(_TAPS)
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)
