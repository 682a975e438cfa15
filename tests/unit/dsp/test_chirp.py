from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from app.core.audio_format import Samples
from app.dsp.chirp import APART_S, HIGH_HZ, LENGTH_S, LOW_HZ, THRESHOLD, ChirpFinder, chirp
from app.dsp.pcm import concat, peak01, rms_dbfs, silence, to_float
from app.dsp.resample import resample
from tests.support.audio import babble
from tests.support.rooms import delayed, heard, in_band_rms, in_room, noise, reverberant

RATES = (16_000, 24_000, 44_100, 48_000)
CLEAN_MS, NOISY_MS = 0.1, 0.5

Floats = NDArray[np.float64]


def scene(rate_hz: int, lead_s: float = 0.1) -> Samples:
    """A chirp at ``lead_s``, with silence of as much on both sides."""
    quiet = silence(round(lead_s * rate_hz))
    return concat((quiet, chirp(rate_hz), quiet))


def delays_ms(sound: Floats | Samples, rate_hz: int, lead_s: float = 0.1) -> list[float]:
    samples = sound if sound.dtype == np.int16 else heard(sound.astype(np.float64))
    found = ChirpFinder(rate_hz).find(samples.astype(np.int16))
    return [1000 * (one.frame / rate_hz - round(lead_s * rate_hz) / rate_hz) for one in found]


@pytest.mark.parametrize("rate_hz", RATES)
def test_a_chirp_lasts_30_ms_in_its_band_and_begins_and_ends_softly(rate_hz: int) -> None:
    one = chirp(rate_hz)

    spectrum = np.abs(np.fft.rfft(to_float(one), 8 * rate_hz)) ** 2
    hz = np.fft.rfftfreq(8 * rate_hz, 1 / rate_hz)
    inside = spectrum[(hz > LOW_HZ - 200) & (hz < HIGH_HZ + 200)].sum() / spectrum.sum()
    assert len(one) == round(LENGTH_S * rate_hz)
    assert inside > 0.99
    assert peak01(one) == pytest.approx(0.5, abs=0.01)
    assert abs(int(one[0])) < 100
    assert abs(int(one[-1])) < 100


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("frames", [0.0, 0.25, 0.5, 321.7])
def test_the_delay_is_recovered_to_a_fraction_of_a_frame(rate_hz: int, frames: float) -> None:
    (delay_ms,) = delays_ms(delayed(scene(rate_hz), frames), rate_hz)

    assert delay_ms == pytest.approx(1000 * frames / rate_hz, abs=0.01)


@pytest.mark.parametrize("rate_hz", [24_000, 48_000])
def test_noise_as_loud_as_the_chirp_costs_half_a_millisecond_at_most(rate_hz: int) -> None:
    clean = delayed(scene(rate_hz), 100.5)
    rms = in_band_rms(chirp(rate_hz), rate_hz)

    errors_ms = []
    for seed in range(40):
        (found_ms,) = delays_ms(clean + noise(len(clean), rate_hz, rms=rms, seed=seed), rate_hz)
        errors_ms.append(abs(found_ms - 100_500 / rate_hz))

    assert max(errors_ms) < NOISY_MS
    assert float(np.median(errors_ms)) < CLEAN_MS / 10


@pytest.mark.parametrize("share", [0.25, 1.0, 3.0])
def test_the_direct_sound_is_found_in_a_room(share: float) -> None:
    clean = delayed(scene(48_000), 240)
    for seed in range(10):
        room = reverberant(48_000, seconds=0.4, share=share, seed=seed)

        assert delays_ms(in_room(clean, room), 48_000)[0] == pytest.approx(5, abs=CLEAN_MS)


@pytest.mark.parametrize("later_ms", [1.5, 8.0, 25.0, 45.0])
def test_a_reflection_louder_than_the_direct_sound_is_not_taken_for_it(later_ms: float) -> None:
    direct = delayed(scene(48_000), 240)
    sound = 0.4 * direct + 0.7 * np.roll(direct, round(48 * later_ms))

    (found_ms,) = delays_ms(sound, 48_000)

    assert found_ms == pytest.approx(5, abs=CLEAN_MS)


HARM: dict[str, Callable[[Floats], Floats]] = {
    "polarity": lambda x: -x,
    "an-offset": lambda x: x / 20 + 0.4,
    "hum": lambda x: x / 20 + 0.4 * np.sin(2 * np.pi * 50 * np.arange(len(x)) / 48_000),
    "faint": lambda x: x / 300,
    "overdriven": lambda x: np.clip(4 * x, -0.9, 0.9),
    "a-hiss-above": lambda x: x + 0.3 * np.sin(2 * np.pi * 11_000 * np.arange(len(x)) / 48_000),
}


@pytest.mark.parametrize("harm", HARM)
def test_the_delay_survives(harm: str) -> None:
    (found_ms,) = delays_ms(HARM[harm](delayed(scene(48_000), 240)), 48_000)

    assert found_ms == pytest.approx(5, abs=CLEAN_MS)


@pytest.mark.parametrize(("played_hz", "heard_hz"), [(24_000, 48_000), (48_000, 24_000)])
def test_the_rates_of_both_devices_may_differ(played_hz: int, heard_hz: int) -> None:
    (found_ms,) = delays_ms(resample(scene(played_hz), played_hz, heard_hz), heard_hz)

    assert found_ms == pytest.approx(0, abs=CLEAN_MS / 2)


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.01])
def test_the_level_is_the_chirps_own_whatever_noise_is_around(gain: float) -> None:
    clean = gain * delayed(scene(48_000), 0)
    level = rms_dbfs(chirp(48_000))
    assert level is not None

    hiss = noise(len(clean), 48_000, rms=0.05 * gain, seed=1)
    (one,) = ChirpFinder(48_000).find(heard(clean + hiss))

    assert one.level_dbfs == pytest.approx(level + 20 * np.log10(gain), abs=0.5)


@pytest.mark.parametrize(
    ("drive", "clipped"), [(0.9, False), (1.0, False), (2.0, True), (8.0, True)]
)
def test_peaks_that_are_cut_off_are_noticed(drive: float, *, clipped: bool) -> None:
    sound = np.clip(2 * drive * delayed(scene(48_000), 240.4), -1, 0.9999)

    (one,) = ChirpFinder(48_000).find(heard(sound))

    assert one.clipped is clipped


def test_noise_alone_is_no_chirp() -> None:
    finder = ChirpFinder(24_000)

    likeness = [
        finder._correlate(heard(noise(240_000, 24_000, rms=0.1, seed=seed)))[1].max()
        for seed in range(6)
    ]

    assert max(likeness) < 0.8 * THRESHOLD


@pytest.mark.parametrize("seed", range(3))
def test_speech_like_sound_is_no_chirp(seed: int) -> None:
    assert ChirpFinder(24_000).find(babble(5.0, seed=seed)) == ()


@pytest.mark.parametrize(
    "samples",
    [
        pytest.param(silence(0), id="nothing"),
        pytest.param(silence(10), id="shorter-than-a-chirp"),
        pytest.param(silence(24_000), id="silence"),
        pytest.param(np.full(24_000, 32_767, np.int16), id="an-offset"),
    ],
)
def test_where_there_is_none_none_is_found(samples: Samples) -> None:
    assert ChirpFinder(24_000).find(samples) == ()


def test_a_chirp_at_either_end_of_what_was_heard_is_found() -> None:
    one = chirp(24_000)

    found = ChirpFinder(24_000).find(concat((one, silence(24_000), one)))

    assert [each.frame for each in found] == pytest.approx([0, 24_000 + len(one)], abs=0.5)


def test_chirps_are_told_apart_from_their_echoes() -> None:
    pause = silence(round((APART_S + 0.05) * 24_000))
    train = concat([chirp(24_000), pause] * 5)

    found = ChirpFinder(24_000).find(train)

    step = len(train) / 5
    assert [one.frame for one in found] == pytest.approx([step * i for i in range(5)], abs=0.1)
    assert all(one.likeness > 0.99 for one in found)


@pytest.mark.parametrize("rate_hz", [8_000, 12_000])
def test_a_rate_that_cannot_carry_a_chirp_is_refused(rate_hz: int) -> None:
    with pytest.raises(ValueError, match=f"{rate_hz} Hz"):
        chirp(rate_hz)
    with pytest.raises(ValueError, match=f"{rate_hz} Hz"):
        ChirpFinder(rate_hz)
