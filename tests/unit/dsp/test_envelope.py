import numpy as np
import pytest

from app.dsp.envelope import peaks


def test_each_step_gives_its_largest_magnitude() -> None:
    block = np.zeros(24_000 * 50 // 1000, np.int16)
    block[10] = 16384
    block[479] = -32768
    block[480] = 8192
    block[1190] = -4096

    assert peaks(block, 24_000).tolist() == [1.0, 0.25, 0.125]


def test_no_samples_have_no_peaks() -> None:
    assert peaks(np.zeros(0, np.int16), 24_000).tolist() == []


def test_a_step_must_hold_a_frame() -> None:
    with pytest.raises(ValueError, match="holds no frame"):
        peaks(np.zeros(5, np.int16), 40, step_ms=20)
