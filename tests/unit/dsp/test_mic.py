"""What a microphone delivers, in figures."""

import numpy as np
import pytest
import soxr

from app.core.audio_format import Samples
from app.dsp.mic import KEPT_FRAMES, MicExamination, MicFigures
from tests.support.microphones import blocks_of, voice

RATES = (16_000, 24_000, 44_100, 48_000)


def figures(
    samples: Samples, rate_hz: int = 48_000, *, claimed_hz: int | None = None
) -> MicFigures:
    examination = MicExamination(rate_hz)
    for block in blocks_of(samples, rate_hz, claimed_hz=claimed_hz):
        examination.push(block)
    return examination.figures()


def test_nothing_is_known_before_there_is_a_frame() -> None:
    nothing = MicExamination(48_000).figures()

    assert nothing == MicFigures(
        examined_s=0.0,
        heard_s=0.0,
        zeros=False,
        peak_dbfs=None,
        level_dbfs=None,
        noise_dbfs=None,
        clipped=None,
        dc_offset=None,
        cliff_db=None,
        bandwidth_hz=None,
        rate_hz=None,
        claimed_hz=48_000,
    )


@pytest.mark.parametrize("rate_hz", RATES)
def test_level_noise_and_peak_are_those_of_the_sound(rate_hz: int) -> None:
    found = figures(voice(3, rate_hz, dbfs=-20, noise_dbfs=-70), rate_hz)

    assert found.level_dbfs == pytest.approx(-20, abs=0.5)
    assert found.noise_dbfs == pytest.approx(-70, abs=1)
    assert found.peak_dbfs is not None
    assert -12 < found.peak_dbfs < -5
    assert found.dc_offset == pytest.approx(0, abs=1e-3)
    assert found.clipped == 0
    assert found.zeros is False
    assert found.examined_s == pytest.approx(3, abs=0.03)


def test_an_offset_is_told_with_its_sign_and_is_no_level() -> None:
    found = figures((voice(2, 48_000, dbfs=-30) - 1638).astype(np.int16))

    assert found.dc_offset == pytest.approx(-0.05, abs=1e-3)
    assert found.level_dbfs == pytest.approx(-30, abs=0.5)


def test_zeros_are_zeros_and_the_faintest_noise_is_none() -> None:
    faint = np.zeros(48_000, np.int16)
    faint[24_000] = 1

    assert figures(np.zeros(48_000, np.int16)).zeros is True
    assert figures(faint).zeros is False
    assert figures(np.zeros(48_000, np.int16)).peak_dbfs == -120


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("run", "clips"), [(2, False), (3, True), (40, True)])
def test_three_samples_in_a_row_at_the_end_of_the_scale_are_clipped(
    sign: int, run: int, *, clips: bool
) -> None:
    sound = voice(2, 48_000, dbfs=-20)
    loud = [frame for frame in range(0, len(sound), 960) if frame % 48_000 < 28_000]
    for frame in loud:
        sound[frame + 100 : frame + 100 + run] = sign * 32_767

    found = figures(sound)

    assert found.clipped is not None
    assert (found.clipped > 0.9) is clips


@pytest.mark.parametrize("rate_hz", [24_000, 44_100, 48_000])
def test_telephone_sound_falls_off_a_cliff_and_wide_sound_does_not(rate_hz: int) -> None:
    narrow = voice(2, 8_000).astype(np.float32) / 32_768
    wide = figures(voice(2, rate_hz), rate_hz)
    carried = soxr.resample(narrow, 8_000, rate_hz)

    told = figures(np.rint(carried * 32_000).astype(np.int16), rate_hz)

    assert wide.cliff_db == pytest.approx(0, abs=3)
    assert wide.bandwidth_hz == pytest.approx(rate_hz / 2, rel=0.05)
    assert told.cliff_db is not None
    assert told.cliff_db > 40
    assert told.bandwidth_hz is not None
    assert 3_500 <= told.bandwidth_hz <= 4_500


def test_a_rate_without_that_band_has_no_cliff() -> None:
    found = figures(voice(2, 8_000), 8_000)

    assert found.level_dbfs is not None
    assert found.cliff_db is None
    assert found.bandwidth_hz is None


def test_noise_alone_has_no_level_of_speech() -> None:
    found = figures(voice(2, 48_000, dbfs=-120, noise_dbfs=-40))

    assert found.level_dbfs is None
    assert found.clipped is None
    assert found.cliff_db is None
    assert found.noise_dbfs == pytest.approx(-40, abs=0.5)


def test_only_the_last_five_seconds_count() -> None:
    loud, quiet = voice(4, 48_000, dbfs=-10), voice(6, 48_000, dbfs=-50)

    found = figures(np.concatenate((loud, quiet)))

    assert found.level_dbfs == pytest.approx(-50, abs=0.5)
    assert found.examined_s == KEPT_FRAMES / 50
    assert found.heard_s == pytest.approx(10, abs=0.02)


@pytest.mark.parametrize(("real_hz", "claimed_hz"), [(44_100, 48_000), (48_000, 44_100)])
def test_the_rate_is_counted_not_believed(real_hz: int, claimed_hz: int) -> None:
    found = figures(voice(3, real_hz), real_hz, claimed_hz=claimed_hz)

    assert found.rate_hz == pytest.approx(real_hz, rel=1e-3)
    assert found.claimed_hz == claimed_hz


def test_a_rate_needs_nearly_two_seconds_of_settled_stamps() -> None:
    assert figures(voice(2.3, 48_000)).rate_hz is None
    assert figures(voice(2.5, 48_000)).rate_hz == pytest.approx(48_000, rel=1e-3)


def test_another_rate_is_another_examination() -> None:
    examination = MicExamination(48_000)
    for block in blocks_of(voice(2, 48_000, dbfs=-10), 48_000):
        examination.push(block)
    for block in blocks_of(voice(1, 16_000, dbfs=-30), 16_000):
        examination.push(block)

    found = examination.figures()

    assert found.claimed_hz == 16_000
    assert found.heard_s == pytest.approx(1, abs=0.02)
    assert found.level_dbfs == pytest.approx(-30, abs=0.5)
