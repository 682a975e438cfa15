import numpy as np
import pytest
from hypothesis import given, strategies as st

from app.core.audio_format import Samples
from app.localengine.listening_rate import LISTENING_DELAY_MS, ListeningRate


def tone(hz: float, frames: int = 24_000) -> Samples:
    wave = 16_000 * np.sin(2 * np.pi * hz * np.arange(frames) / 24_000)
    return np.asarray(wave, dtype=np.int16)


def gain_db(hz: float) -> float:
    heard = ListeningRate().push(tone(hz))[1000:]
    return float(20 * np.log10(np.sqrt(np.mean(heard**2)) / (16_000 / 32_768 / np.sqrt(2))))


@pytest.mark.parametrize("hz", [100, 1000, 3000, 6000])
def test_speech_passes_unchanged(hz: float) -> None:
    assert gain_db(hz) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("hz", [9000, 10_000, 11_500])
def test_what_16_khz_cannot_hold_is_gone(hz: float) -> None:
    assert gain_db(hz) < -50


def test_a_click_comes_out_less_than_a_millisecond_later() -> None:
    click = np.zeros(24_000, np.int16)
    click[12_000] = 32_767

    heard = ListeningRate().push(click)

    peak_ms = int(np.argmax(np.abs(heard))) / 16
    assert peak_ms - 500 == pytest.approx(LISTENING_DELAY_MS, abs=0.07)


@given(st.lists(st.integers(min_value=0, max_value=700), min_size=1, max_size=12))
def test_any_cutting_gives_the_same_frames_as_many_as_the_time_holds(cuts: list[int]) -> None:
    samples = tone(440, sum(cuts))
    stream = ListeningRate()

    at, pieces = 0, []
    for frames in cuts:
        pieces.append(stream.push(samples[at : at + frames]))
        at += frames

    whole = ListeningRate().push(samples)
    assert len(whole) == -(-2 * len(samples) // 3)
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-6)
