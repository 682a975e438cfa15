"""What a telephone line leaves of speech."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from app.core.audio_format import Samples
from app.dsp.telephone import Law, Telephone, telephoned
from tests.support.signals import snr_db

LAWS = list(Law)


def tone(pitch_hz: float, rate_hz: int = 24_000, seconds: float = 0.5) -> Samples:
    at = np.arange(round(rate_hz * seconds)) / rate_hz
    return np.asarray(np.rint(8_000 * np.sin(2 * np.pi * pitch_hz * at)), dtype=np.int16)


def level_db(samples: Samples) -> float:
    """Level of the middle, relative to a tone of 8000."""
    middle = samples[len(samples) // 4 : -len(samples) // 4].astype(float)
    return float(10 * np.log10(max(np.mean(middle**2), 1.0) / (8_000**2 / 2)))


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("pitch_hz", [300, 440, 1_000, 2_000, 3_400])
def test_what_lies_in_the_band_keeps_its_level_and_its_place(pitch_hz: float, law: Law) -> None:
    heard = telephoned(tone(pitch_hz), 24_000, law)

    assert abs(level_db(heard)) < 0.25
    assert snr_db(heard, tone(pitch_hz)) > 34  # G.711 leaves 37 to 39 dB of a tone


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("pitch_hz", [50, 100, 200, 3_500, 4_000, 5_000, 11_000])
def test_what_lies_outside_is_gone_and_does_not_come_back_elsewhere(
    pitch_hz: float, law: Law
) -> None:
    assert level_db(telephoned(tone(pitch_hz), 24_000, law)) < -45


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_any_playing_rate_gets_as_much_as_was_said(rate_hz: int) -> None:
    heard = telephoned(tone(1_000, rate_hz), rate_hz)

    assert len(heard) == rate_hz // 2
    assert abs(level_db(heard)) < 0.25


@pytest.mark.parametrize("frames", [0, 1, 2, 100, 719])
def test_even_the_shortest_sound_keeps_its_length(frames: int) -> None:
    assert len(telephoned(tone(1_000)[:frames], 24_000)) == frames


def test_the_two_laws_are_two() -> None:
    assert not np.array_equal(
        telephoned(tone(700), 24_000), telephoned(tone(700), 24_000, Law.ALAW)
    )


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 2_000), max_size=8))
def test_how_the_stream_is_cut_changes_nothing(cuts: list[int]) -> None:
    line, at, pieces = Telephone(24_000), 0, []
    for cut in cuts:
        pieces.append(line.push(tone(700)[at : at + cut]))
        at += cut
    pieces += [line.push(tone(700)[at:]), line.flush()]

    assert np.array_equal(np.concatenate(pieces), telephoned(tone(700), 24_000))


def test_a_new_call_knows_nothing_of_the_one_before() -> None:
    line = Telephone(24_000)

    first, second = (np.concatenate((line.push(tone(700)), line.flush())) for _ in range(2))

    assert np.array_equal(first, second)


def test_the_stream_holds_about_thirty_milliseconds() -> None:
    line = Telephone(24_000)

    heard = len(line.push(np.zeros(24_000, np.int16)))

    assert 20 < (24_000 - heard) / 24 < 40


def test_a_rate_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="0 Hz"):
        telephoned(tone(700), 0)
