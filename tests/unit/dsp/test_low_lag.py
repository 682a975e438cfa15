"""The quick resampler: exact alignment, a known lag, no images and no aliases."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from app.core.audio_format import Samples
from app.dsp.low_lag import LowLagResampler, serves
from tests.support.signals import snr_db

RATES = [
    (24_000, 8_000),
    (24_000, 16_000),
    (8_000, 24_000),
    (16_000, 24_000),
    (48_000, 8_000),
    (8_000, 48_000),
]


def tone(rate_hz: int, pitch_hz: float, seconds: float = 0.5) -> Samples:
    at = np.arange(round(rate_hz * seconds)) / rate_hz
    return np.asarray(np.rint(8_000 * np.sin(2 * np.pi * pitch_hz * at)), dtype=np.int16)


def whole(stream: LowLagResampler, samples: Samples) -> Samples:
    return np.concatenate((stream.push(samples), stream.flush()))


def level_db(samples: Samples) -> float:
    inner = samples[len(samples) // 5 : -len(samples) // 5].astype(float)
    return float(10 * np.log10(max(np.mean(inner**2), 1e-9) / (8_000**2 / 2)))


@pytest.mark.parametrize(("in_hz", "out_hz"), RATES)
@pytest.mark.parametrize("pitch_hz", [100, 1_000, 3_400])
def test_a_tone_comes_out_in_its_place_and_shape(in_hz: int, out_hz: int, pitch_hz: int) -> None:
    heard = whole(LowLagResampler(in_hz, out_hz), tone(in_hz, pitch_hz))

    assert len(heard) == out_hz // 2
    assert snr_db(heard, tone(out_hz, pitch_hz)) > 70


@pytest.mark.parametrize(("pitch_hz", "most_db"), [(4_400, -70), (5_000, -70), (9_000, -70)])
def test_what_a_telephone_cannot_carry_does_not_come_back_as_something_else(
    pitch_hz: int, most_db: float
) -> None:
    assert level_db(whole(LowLagResampler(24_000, 8_000), tone(24_000, pitch_hz))) < most_db


def test_no_image_appears_above_what_was_there() -> None:
    spectrum = np.abs(np.fft.rfft(whole(LowLagResampler(8_000, 24_000), tone(8_000, 3_000, 1.0))))

    above = spectrum[4_400:]
    assert 20 * math.log10(above.max() / spectrum.max()) < -70


@pytest.mark.parametrize(("in_hz", "out_hz"), RATES)
def test_the_lag_is_known_and_constant(in_hz: int, out_hz: int) -> None:
    stream = LowLagResampler(in_hz, out_hz)
    held_ms = []
    for _ in range(10):
        stream.push(np.zeros(in_hz // 50, np.int16))
        held_ms.append(stream.delay_frames * 1_000 / out_hz)

    assert max(held_ms) == min(held_ms)
    assert held_ms[0] == pytest.approx(stream.lag_ns / 1e6, abs=1_000 / out_hz)
    assert stream.lag_ns < 3_000_000


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(RATES), st.lists(st.integers(0, 700), max_size=10))
def test_how_the_stream_is_cut_changes_nothing(rates: tuple[int, int], cuts: list[int]) -> None:
    samples = tone(rates[0], 700, 0.05)
    stream, at, pieces = LowLagResampler(*rates), 0, []
    for cut in cuts:
        pieces.append(stream.push(samples[at : at + cut]))
        at += cut

    pieces += [stream.push(samples[at:]), stream.flush()]

    assert np.array_equal(np.concatenate(pieces), whole(LowLagResampler(*rates), samples))


def test_a_new_stream_knows_nothing_of_the_one_before() -> None:
    stream = LowLagResampler(24_000, 8_000)
    first = whole(stream, tone(24_000, 700))

    assert np.array_equal(whole(stream, tone(24_000, 700)), first)
    stream.push(tone(24_000, 700))
    stream.reset()
    assert (stream.delay_frames, len(stream.flush())) == (0, 0)


@pytest.mark.parametrize(("in_hz", "out_hz"), [(0, 8_000), (8_000, -1), (24_000, 44_100)])
def test_odd_rates_are_refused(in_hz: int, out_hz: int) -> None:
    assert not serves(in_hz, out_hz)
    with pytest.raises(ValueError, match="low lag"):
        LowLagResampler(in_hz, out_hz)
