"""Speech at another speed keeps its pitch, its level and its place."""

import numpy as np
import pytest

from app.dsp.pcm import FloatSamples
from app.dsp.stretch import SEARCH_MS, Stretcher

RATE_HZ = 24_000


def sine(hz: float, seconds: float) -> FloatSamples:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (0.5 * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def stretched(samples: FloatSamples, speed: float, block: int = 800) -> FloatSamples:
    stretcher = Stretcher(speed, RATE_HZ)
    pieces = [stretcher.push(samples[at : at + block]) for at in range(0, len(samples), block)]
    return np.concatenate((*pieces, stretcher.flush()))


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.0, 1.3, 2.0])
def test_a_tone_keeps_its_pitch_and_level_and_changes_its_length(speed: float) -> None:
    out = stretched(sine(220.0, 2.0), speed)
    inner = out[2_000:-2_000]
    spectrum = np.abs(np.fft.rfft(inner * np.hanning(len(inner))))

    assert len(out) == pytest.approx(2 * RATE_HZ / speed, abs=1)
    assert np.argmax(spectrum) * RATE_HZ / len(inner) == pytest.approx(220.0, abs=2)
    assert float(np.sqrt(np.mean(inner**2))) == pytest.approx(0.5 / 2**0.5, rel=0.03)


@pytest.mark.parametrize("speed", [0.5, 1.5, 2.0])
def test_what_happens_at_an_instant_happens_at_its_instant(speed: float) -> None:
    samples = np.zeros(2 * RATE_HZ, np.float32)
    samples[RATE_HZ : RATE_HZ + 4_800] = sine(300.0, 0.2)

    out = stretched(samples, speed)
    begins = int(np.flatnonzero(np.abs(out) > 0.05)[0])

    assert begins * speed == pytest.approx(RATE_HZ, abs=RATE_HZ * (SEARCH_MS + 16) / 1000 * speed)


@pytest.mark.parametrize("block", [1, 240, 5_000, 100_000])
def test_any_cutting_gives_the_same(block: int) -> None:
    samples = np.random.default_rng(3).normal(0, 0.1, 4_000).astype(np.float32)

    assert np.allclose(stretched(samples, 1.4, block), stretched(samples, 1.4), atol=1e-6)


def test_after_a_flush_it_begins_anew() -> None:
    stretcher = Stretcher(1.5, RATE_HZ)
    samples = sine(200.0, 0.5)
    first = np.concatenate((stretcher.push(samples), stretcher.flush()))
    second = np.concatenate((stretcher.push(samples), stretcher.flush()))

    assert np.array_equal(first, second)


def test_nothing_becomes_nothing() -> None:
    stretcher = Stretcher(2.0, RATE_HZ)

    assert len(stretcher.push(np.zeros(0, np.float32))) == 0
    assert len(stretcher.flush()) == 0


@pytest.mark.parametrize("speed", [0.0, 0.2, 4.1, -1.0, float("nan")])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="is no speed"):
        Stretcher(speed, RATE_HZ)
