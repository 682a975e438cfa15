import math

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

from app.core.audio_format import Samples
from app.dsp import pcm

SAMPLES = arrays(np.int16, st.integers(0, 200))


def samples(*values: int) -> Samples:
    return np.array(values, dtype=np.int16)


def test_bytes_are_little_endian() -> None:
    assert pcm.from_bytes(b"\x01\x00\xff\xff\x00\x80").tolist() == [1, -1, -32768]
    assert pcm.to_bytes(samples(1, -1, -32768)) == b"\x01\x00\xff\xff\x00\x80"


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="3 bytes"):
        pcm.from_bytes(b"abc")


def test_samples_from_bytes_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        pcm.from_bytes(b"\x01\x00")[0] = 2


@given(SAMPLES)
def test_bytes_and_floats_give_the_same_samples_back(block: Samples) -> None:
    assert np.array_equal(pcm.from_bytes(pcm.to_bytes(block)), block)
    assert np.array_equal(pcm.from_float(pcm.to_float(block)), block)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.0, 32767),
        (7.5, 32767),
        (float("inf"), 32767),
        (-1.0, -32768),
        (float("-inf"), -32768),
        (0.6 / 32768, 1),
        (-0.6 / 32768, -1),
        (float("nan"), 0),
    ],
)
def test_floats_are_rounded_and_clipped_and_nan_is_silence(value: float, expected: int) -> None:
    assert pcm.from_float(np.array([value], np.float32)).tolist() == [expected]


def test_floats_are_a_32768th_of_samples() -> None:
    assert pcm.to_float(samples(-32768, 16384)).tolist() == [-1.0, 0.5]


@pytest.mark.parametrize(
    ("block", "peak", "dbfs"),
    [
        (samples(), 0.0, None),
        (samples(0, 0), 0.0, None),
        (samples(-32768, 3), 1.0, 0.0),
        (samples(16384, -5), 0.5, -6.0206),
    ],
    ids=["none", "silence", "full scale", "half"],
)
def test_peak(block: Samples, peak: float, dbfs: float | None) -> None:
    assert pcm.peak01(block) == peak
    assert pcm.peak_dbfs(block) == (None if dbfs is None else pytest.approx(dbfs, abs=1e-4))


def test_a_full_scale_sine_has_an_rms_of_minus_3_dbfs() -> None:
    sine = pcm.from_float(np.sin(np.arange(2400) * (2 * math.pi / 24)).astype(np.float32))

    assert pcm.rms_dbfs(sine) == pytest.approx(-3.01, abs=0.01)


def test_silence_has_no_rms_level() -> None:
    assert pcm.rms_dbfs(samples(0, 0)) is None
    assert pcm.rms_dbfs(samples()) is None


def test_pieces_are_joined_in_order() -> None:
    assert pcm.concat([samples(1), samples(2, 3)]).tolist() == [1, 2, 3]
    assert pcm.concat([]).tolist() == []
    assert pcm.silence(3).tolist() == [0, 0, 0]
