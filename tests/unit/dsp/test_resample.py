import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from app.core.audio_format import Samples
from app.dsp.pcm import from_float
from app.dsp.resample import Resampler, frames_after, resample

PAIRS = [
    (24_000, 48_000),
    (48_000, 24_000),
    (44_100, 24_000),
    (24_000, 44_100),
    (24_000, 16_000),
    (8_000, 24_000),
    (24_000, 8_000),
    (22_050, 24_000),
    (11_025, 24_000),
    (24_000, 24_000),
]


def noise(frames: int, seed: int = 0) -> Samples:
    return (np.random.default_rng(seed).standard_normal(frames) * 3000).astype(np.int16)


def tone(hz: float, rate_hz: int) -> Samples:
    wave = 0.5 * np.sin(2 * np.pi * hz * np.arange(rate_hz // 2) / rate_hz)
    return from_float(wave.astype(np.float32))


def streamed(block: Samples, in_hz: int, out_hz: int, cuts: list[int]) -> Samples:
    resampler = Resampler(in_hz, out_hz)
    pieces = [resampler.push(piece) for piece in np.split(block, sorted(cuts))]
    return np.concatenate([*pieces, resampler.flush()])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PAIRS), st.integers(0, 3000), st.lists(st.integers(0, 3000), max_size=12))
def test_any_cutting_gives_the_same_stream_of_the_stated_length(
    pair: tuple[int, int], frames: int, cuts: list[int]
) -> None:
    block = noise(frames)

    whole = streamed(block, *pair, [])
    cut = streamed(block, *pair, [min(cut, frames) for cut in cuts])

    assert np.array_equal(whole, cut)
    assert len(whole) == frames_after(frames, *pair) == len(resample(block, *pair))


def pulse(rate_hz: int) -> Samples:
    """A bell of 5 ms around half a second."""
    t = np.arange(rate_hz) / rate_hz
    return from_float((0.9 * np.exp(-(((t - 0.5) / 0.005) ** 2))).astype(np.float32))


def centre(block: Samples) -> float:
    return float((np.arange(len(block)) * block.astype(float)).sum() / block.astype(float).sum())


@pytest.mark.parametrize(("in_hz", "out_hz"), PAIRS)
def test_the_sound_stays_where_it_was(in_hz: int, out_hz: int) -> None:
    once = resample(pulse(in_hz), in_hz, out_hz)
    stream = streamed(pulse(in_hz), in_hz, out_hz, list(range(0, in_hz, in_hz // 100)))

    assert centre(once) == pytest.approx(out_hz / 2, abs=0.01)
    assert centre(stream) == pytest.approx(out_hz / 2, abs=0.51)


@pytest.mark.parametrize(("in_hz", "out_hz"), PAIRS)
def test_noise_correlates_best_at_no_lag(in_hz: int, out_hz: int) -> None:
    stream = streamed(noise(in_hz // 4), in_hz, out_hz, []).astype(float)
    once = resample(noise(in_hz // 4), in_hz, out_hz).astype(float)

    assert int(np.argmax(np.correlate(stream, once[50:-50]))) == 50


@pytest.mark.parametrize(
    ("in_hz", "out_hz", "most_ms"),
    [(48_000, 24_000, 5.1), (24_000, 48_000, 10.1), (44_100, 24_000, 5.6), (24_000, 44_100, 10.1)],
)
def test_the_stream_lags_by_a_constant_it_states(in_hz: int, out_hz: int, most_ms: float) -> None:
    resampler = Resampler(in_hz, out_hz)
    given_frames = 0
    lags = set()
    for block in np.split(noise(in_hz), 100):
        given_frames += len(resampler.push(block))
        lags.add(resampler.delay_frames)
        assert resampler.frames_out == given_frames
        assert resampler.delay_frames == resampler.frames_in * out_hz // in_hz - given_frames

    assert len(lags) == 1
    assert max(lags) * 1000 / out_hz <= most_ms


@pytest.mark.parametrize(("in_hz", "out_hz"), [(48_000, 24_000), (44_100, 24_000)])
def test_a_tone_above_the_new_nyquist_rate_is_gone(in_hz: int, out_hz: int) -> None:
    aliased = streamed(tone(15_000, in_hz), in_hz, out_hz, [])

    assert np.abs(aliased[2000:-2000]).max() <= 1


@pytest.mark.parametrize(("in_hz", "out_hz"), PAIRS)
def test_a_tone_keeps_its_level(in_hz: int, out_hz: int) -> None:
    same = streamed(tone(1000, in_hz), in_hz, out_hz, [])[500:-500].astype(float)

    assert np.sqrt((same**2).mean()) == pytest.approx(16384 / np.sqrt(2), rel=1e-3)


def test_a_flushed_stream_begins_anew() -> None:
    resampler = Resampler(24_000, 48_000)
    first = np.concatenate([resampler.push(noise(1000)), resampler.flush()])

    second = np.concatenate([resampler.push(noise(1000)), resampler.flush()])

    assert np.array_equal(first, second)
    assert resampler.frames_in == 0


def test_a_reset_forgets_what_was_pushed() -> None:
    resampler = Resampler(48_000, 24_000)
    resampler.push(noise(480))

    resampler.reset()

    assert (resampler.delay_frames, len(resampler.flush())) == (0, 0)


def test_clipping_does_not_wrap() -> None:
    square = np.repeat(np.array([32767, -32768] * 50, np.int16), 24)

    doubled = resample(square, 24_000, 48_000).reshape(100, 48)

    assert (doubled[10:-10:2, 10:-10] > 0).all()
    assert (doubled[11:-10:2, 10:-10] < 0).all()


@pytest.mark.parametrize(("in_hz", "out_hz"), [(0, 24_000), (24_000, 0), (-1, 1)])
def test_rates_must_be_positive(in_hz: int, out_hz: int) -> None:
    with pytest.raises(ValueError, match="cannot resample"):
        resample(noise(3), in_hz, out_hz)
    with pytest.raises(ValueError, match="cannot resample"):
        Resampler(in_hz, out_hz)
