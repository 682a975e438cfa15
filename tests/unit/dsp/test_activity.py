import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from app.core.audio_format import Samples
from app.dsp.activity import SpeechActivity, SpeechEdge
from tests.unit.dsp.test_speech import RATE, silence, voice


def edges(clip: Samples, cuts: list[int] | None = None) -> list[tuple[bool, int]]:
    activity = SpeechActivity(RATE)
    pieces = np.split(clip, sorted(cuts or []))
    found = [edge for piece in pieces for edge in activity.push(piece)]
    assert activity.speaking == bool(found and found[-1].started)
    return [(edge.started, round(edge.frame * 1000 / RATE)) for edge in found]


@pytest.mark.parametrize("noise_dbfs", [None, -70.0, -45.0])
def test_both_ends_of_speech_are_reported_where_they_are(noise_dbfs: float | None) -> None:
    clip = np.concatenate([silence(1000, noise_dbfs), voice(800), silence(900, noise_dbfs)])

    assert edges(clip) == [(True, 1000), (False, 1800)]


def test_an_edge_is_known_after_onset_and_hangover() -> None:
    activity = SpeechActivity(RATE, hangover_ms=200)
    activity.push(np.concatenate([silence(500), voice(20)]))

    assert activity.push(voice(10)) == (SpeechEdge(started=True, frame=12_000),)
    assert activity.push(silence(190)) == ()
    assert activity.push(silence(10)) == (SpeechEdge(started=False, frame=12_720),)


def test_how_long_speech_under_way_has_been_heard_ends_with_its_last_loud_frame() -> None:
    activity = SpeechActivity(RATE, hangover_ms=200)

    activity.push(np.concatenate([silence(500), voice(300), silence(100)]))
    heard_ms = activity.heard_frames * 1000 / RATE
    activity.push(silence(200))

    assert heard_ms == pytest.approx(300, abs=10)
    assert activity.heard_frames == 0


def test_a_pause_shorter_than_the_hangover_is_speech() -> None:
    clip = np.concatenate([silence(500), voice(300), silence(250), voice(300), silence(500)])

    assert edges(clip) == [(True, 500), (False, 1350)]


@pytest.mark.parametrize("offset_ms", [0.0, 2.5, 5.0, 7.5])
def test_an_edge_between_the_borders_of_blocks_is_found_to_a_millisecond(offset_ms: float) -> None:
    frames = round(offset_ms * RATE / 1000)
    clip = np.concatenate([silence(500), silence(10)[:frames], voice(303), silence(500)])
    activity = SpeechActivity(RATE)

    start, end = activity.push(clip)

    assert start.frame * 1000 / RATE == pytest.approx(500 + offset_ms, abs=1)
    assert end.frame * 1000 / RATE == pytest.approx(803 + offset_ms, abs=1)


def test_a_click_of_20_ms_is_not_speech() -> None:
    assert edges(np.concatenate([silence(500), voice(20), silence(500)])) == []


def test_a_noise_that_stays_becomes_the_floor_within_four_seconds() -> None:
    activity = SpeechActivity(RATE)

    found = activity.push(silence(6000, -35.0))

    assert [edge.started for edge in found] == [True, False]
    assert found[1].frame <= 4 * RATE
    assert activity.noise_floor_dbfs == pytest.approx(-35.0, abs=1.5)


def test_a_reverberant_tail_35_db_down_is_not_speech() -> None:
    clip = np.concatenate([silence(500), voice(500, -10), voice(290, -48), silence(300)])

    assert edges(clip) == [(True, 500), (False, 1000)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 60_000), max_size=20))
def test_any_cutting_finds_the_same_edges(cuts: list[int]) -> None:
    clip = np.concatenate(
        [silence(700, -60), voice(400), silence(500, -60), voice(300), silence(600, -60)]
    )

    assert edges(clip, cuts) == [(True, 700), (False, 1100), (True, 1600), (False, 1900)]
