"""The way from a loudspeaker to a microphone, found in speech."""

import numpy as np
import pytest

from app.dsp.echo_path import EchoPath, Signal, db, echo_delay, power, stretch_powers
from app.dsp.pcm import to_float
from app.dsp.resample import resample
from tests.support.room import voice

RATE_HZ = 4000
SPEECH = to_float(resample(voice(4.0), 24_000, RATE_HZ)).astype(np.float64)
OTHER = to_float(resample(voice(4.0, first=4), 24_000, RATE_HZ)).astype(np.float64)
FAR = SPEECH[: 2 * RATE_HZ]


def late(signal: Signal, frames: int, gain: float = 1.0) -> Signal:
    """The signal so many frames later, of the same length."""
    moved = np.roll(signal, frames) * gain
    if frames > 0:
        moved[:frames] = 0
    elif frames < 0:
        moved[frames:] = 0
    return moved


def noise(rms: float, frames: int = 2 * RATE_HZ) -> Signal:
    hiss: Signal = np.random.default_rng(2).standard_normal(frames) * rms
    return hiss


@pytest.mark.parametrize("delay", [-100, 0, 15, 240, 1599])
@pytest.mark.parametrize("noise_rms", [0.0, 0.003])
def test_a_delay_is_found_to_the_frame(delay: int, noise_rms: float) -> None:
    near = late(FAR, delay, 0.1) + noise(noise_rms)

    assert echo_delay(FAR, near, -160, 1600) == delay


def test_of_several_ways_the_strongest_is_found_though_speech_is_nearly_periodic() -> None:
    """Without whitening the peak lies between them."""
    near = late(FAR, 240, 0.1) + late(FAR, 246, 0.09) + late(FAR, 252, 0.09)

    assert echo_delay(FAR, near, -160, 1600) == 240


@pytest.mark.parametrize(
    "near",
    [
        pytest.param(np.zeros(2 * RATE_HZ), id="silence"),
        pytest.param(noise(0.01), id="noise"),
        pytest.param(OTHER[: 2 * RATE_HZ], id="somebody else"),
        pytest.param(late(FAR, 2000, 0.1), id="later than is looked for"),
    ],
)
def test_no_delay_is_found_where_there_is_no_echo(near: Signal) -> None:
    assert echo_delay(FAR, near, -160, 1600) is None


@pytest.mark.parametrize("delay", [-100, 0, 240])
@pytest.mark.parametrize("gain", [1.0, 0.1, 0.01])
def test_an_echo_alone_is_explained_and_its_level_known(delay: int, gain: float) -> None:
    path = EchoPath.fit(FAR, late(FAR, delay, gain), delay)

    assert path.delay == delay
    assert path.share > 0.95
    assert path.coupling_db == pytest.approx(db(gain**2), abs=0.5)
    assert power(path.left) < 0.02 * power(path.heard)


def test_somebody_else_is_left() -> None:
    user = OTHER[: 2 * RATE_HZ]

    path = EchoPath.fit(FAR, late(FAR, 240, 0.05) + user, 240)

    assert path.share < 0.2
    assert power(path.left) > 0.7 * power(user)


def test_the_share_of_chance_is_subtracted() -> None:
    shares = [EchoPath.fit(FAR, np.roll(OTHER, 997 * k)[: len(FAR)], 0).share for k in range(8)]

    assert float(np.mean(shares)) < 0.02


def test_silence_has_no_path() -> None:
    nothing = np.zeros(2 * RATE_HZ)

    path = EchoPath.fit(nothing, nothing, 0)

    assert path.share == 0
    assert not path.left.any()


def test_stretches_are_counted_from_the_end() -> None:
    signal = np.array([9.0, 1.0, 1.0, 2.0, 2.0])

    assert stretch_powers(signal, 2).tolist() == [1.0, 4.0]
    assert db(0.0) == pytest.approx(-120)
