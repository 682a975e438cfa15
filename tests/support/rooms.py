"""Rooms between a loudspeaker and a microphone, computed."""

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import Samples
from app.dsp.chirp import HIGH_HZ, LENGTH_S, LOW_HZ
from app.dsp.pcm import from_float, to_float

Floats = NDArray[np.float64]


def delayed(samples: Samples, frames: float) -> Floats:
    """The sound later by any number of frames, a fraction exact, three times as long."""
    size = 3 * len(samples)
    spectrum = np.fft.rfft(to_float(samples), size)
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(size) * frames)
    shifted: Floats = np.fft.irfft(spectrum * turn, size)
    return shifted


def noise(frames: int, rate_hz: int, *, rms: float, seed: int) -> Floats:
    """Noise in the band of a chirp only: the hardest to tell from one."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal(frames))
    hz = np.fft.rfftfreq(frames, 1 / rate_hz)
    spectrum[(hz < LOW_HZ) | (hz > HIGH_HZ)] = 0
    sound = np.fft.irfft(spectrum, frames)
    shaped: Floats = sound * rms / np.sqrt(np.mean(sound**2))
    return shaped


def reverberant(rate_hz: int, *, seconds: float, share: float, seed: int) -> Floats:
    """An impulse response: the direct sound, then 5 ms later a tail that decays by 60 dB.

    Args:
        rate_hz: Of the sound it is for.
        seconds: Until the tail is 60 dB down.
        share: Energy of the tail against the direct sound's.
        seed: The same gives the same room.
    """
    rng = np.random.default_rng(seed)
    frames = round(seconds * rate_hz)
    tail = rng.standard_normal(frames) * 10 ** (-3 * np.arange(frames) / frames)
    tail[: rate_hz // 200] = 0
    tail *= np.sqrt(share / np.sum(tail**2))
    tail[0] = 1.0
    response: Floats = tail
    return response


def in_room(sound: Floats, response: Floats) -> Floats:
    """The sound as it arrives in a room, cut to its length."""
    size = 1 << (len(sound) + len(response)).bit_length()
    spectrum = np.fft.rfft(sound, size) * np.fft.rfft(response, size)
    arrived: Floats = np.fft.irfft(spectrum, size)[: len(sound)]
    return arrived


def heard(sound: Floats) -> Samples:
    """What a 16-bit converter makes of it."""
    return from_float(sound.astype(np.float32))


def in_band_rms(samples: Samples, rate_hz: int) -> float:
    """RMS of one chirp over its own 30 ms."""
    return float(np.sqrt(np.sum(to_float(samples) ** 2) / (LENGTH_S * rate_hz)))
