"""The way from a loudspeaker to a microphone, found in speech. Any sampling rate."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Signal: TypeAlias = NDArray[np.float64]
"""Mono samples, shape (n,), 1.0 being full scale."""

STANDS_OUT: Final = 8.0
"""Peak of a correlation against its standard deviation; chance reaches 4 to 5."""

_SEGMENT = 1024
_HOP = 256
_TAPS = 512
_EARLY = 16
_REGULAR = 1e-3
_INDEPENDENT = 0.45
"""Of segments that overlap by three quarters under a Hann window."""
_TINY = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EchoPath:
    """A path by least squares.

    Attributes:
        delay: Frames from the one to the other.
        share: How much of the microphone's power is echo, 0.0 to 1.0, chance subtracted.
        coupling_db: The echo's power against the loudspeaker's.
        heard: What the microphone heard, shape (m,).
        left: That without the predicted echo, shape (m,).
    """

    delay: int
    share: float
    coupling_db: float
    heard: Signal
    left: Signal

    @classmethod
    def fit(cls, far: Signal, near: Signal, delay: int) -> "EchoPath":
        """Return the path from ``far`` to ``near``, both of shape (n,), n over 2000."""
        x, y = _aligned(far, near, delay)
        fx, fy = _segments(x), _segments(y)
        sxx = np.sum(np.abs(fx) ** 2, axis=0)
        syy = np.sum(np.abs(fy) ** 2, axis=0)
        sxy = np.sum(np.conj(fx) * fy, axis=0)
        coherent = np.abs(sxy) ** 2 / (sxx + _TINY)
        energies = np.sum(np.abs(fx) ** 2, axis=1)
        count = np.sum(energies) ** 2 / (np.sum(energies**2) + _TINY) * _INDEPENDENT
        chance = 1 / max(count, 1.0)
        raw = float(np.sum(coherent) / (np.sum(syy) + _TINY))
        response = np.fft.irfft(sxy / (sxx + _REGULAR * sxx.max() + _TINY))[:_TAPS]
        return cls(
            delay=delay,
            share=max((raw - chance) / (1 - chance + _TINY), 0.0),
            coupling_db=db(float(np.sum(coherent) / (np.sum(sxx) + _TINY))),
            heard=y,
            left=y - _through(x, response),
        )


def echo_delay(far: Signal, near: Signal, earliest: int, latest: int) -> int | None:
    """Return by how many frames ``near`` holds ``far`` later, or None if it does not.

    Args:
        far: Shape (n,).
        near: Shape (n,).
        earliest: The least delay that is looked for, negative.
        latest: The largest, under n.
    """
    size = 2 * len(far)
    cross = np.conj(np.fft.rfft(far, size)) * np.fft.rfft(near, size)
    magnitude = np.abs(cross)
    white = cross / (magnitude + _REGULAR * magnitude.max() + _TINY)
    correlation = np.fft.irfft(white, size)
    lags = np.abs(np.concatenate((correlation[earliest:], correlation[: latest + 1])))
    peak = int(lags.argmax())
    if lags[peak] <= STANDS_OUT * float(np.std(correlation)):
        return None
    return peak + earliest


def stretch_powers(signal: Signal, frames: int) -> Signal:
    """Return the mean power of each whole stretch of ``frames``, counted from the end."""
    whole = len(signal) // frames * frames
    powers: Signal = np.mean(signal[len(signal) - whole :].reshape(-1, frames) ** 2, axis=1)
    return powers


def power(signal: Signal) -> float:
    """Return the mean square."""
    return float(np.dot(signal, signal) / len(signal))


def db(value: float) -> float:
    """Return a power in dB, at least -120."""
    return float(10 * np.log10(value + _TINY))


def _aligned(far: Signal, near: Signal, delay: int) -> tuple[Signal, Signal]:
    """Return what belongs together of both, the echo a little late."""
    by = delay - _EARLY
    if by >= 0:
        return far[: len(far) - by], near[by:]
    return far[-by:], near[:by]


def _segments(signal: Signal) -> NDArray[np.complex128]:
    """Return the spectra of overlapping segments, shape (segments, bins).

    Half a segment of silence on both sides lets the newest samples count like all others.
    """
    padded = np.pad(signal, _SEGMENT // 2)
    cut = np.lib.stride_tricks.sliding_window_view(padded, _SEGMENT)[::_HOP]
    spectra: NDArray[np.complex128] = np.fft.rfft(cut * np.hanning(_SEGMENT), axis=1)
    return spectra


def _through(signal: Signal, response: Signal) -> Signal:
    """Return the signal after a filter, cut to its length."""
    size = len(signal) + len(response)
    spectrum = np.fft.rfft(signal, size) * np.fft.rfft(response, size)
    filtered: Signal = np.fft.irfft(spectrum, size)[: len(signal)]
    return filtered
