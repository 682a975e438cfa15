import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from app.core.audio_format import Samples
from app.dsp.audible import first_audible_frame
from app.dsp.audible_runs import AudibleRuns
from tests.unit.dsp.test_speech import RATE, silence, voice


def streamed(clip: Samples, cuts: list[int]) -> list[int]:
    runs = AudibleRuns(RATE)
    for piece in np.split(clip, sorted(cuts)):
        runs.push(piece)
    return [] if runs.first is None else [runs.first]


CLIPS = {
    "at once": (voice(300), 0),
    "80 ms lead": (np.concatenate([silence(80), voice(300)]), 1_920),
    "200 ms lead of codec noise": (np.concatenate([silence(200, -65), voice(300)]), 4_800),
    "a click before": (
        np.concatenate([silence(50), voice(10, -6), silence(90), voice(300)]),
        3_600,
    ),
    "20 ms are too short": (np.concatenate([voice(20), silence(300)]), None),
    "30 ms are enough": (np.concatenate([silence(40), voice(30), silence(300)]), 960),
    "a whisper under -50 dBFS": (voice(300, -55), None),
    "silence": (silence(300), None),
    "nothing": (silence(0), None),
    "three blocks are enough": (voice(30), 0),
    "shorter than three blocks": (voice(20), None),
}


@pytest.mark.parametrize(("clip", "frame"), CLIPS.values(), ids=CLIPS.keys())
def test_the_first_audible_frame(clip: Samples, frame: int | None) -> None:
    assert first_audible_frame(clip, RATE) == frame
    assert streamed(clip, []) == ([] if frame is None else [frame])


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([0, 80, 205, 333]),
    st.sampled_from([None, -70.0, -55.0]),
    st.lists(st.integers(0, 12_000), max_size=20),
)
def test_any_cutting_finds_the_offline_frame(
    lead_ms: int, noise_dbfs: float | None, cuts: list[int]
) -> None:
    clip = np.concatenate([silence(lead_ms, noise_dbfs), voice(200)])

    assert streamed(clip, cuts) == [first_audible_frame(clip, RATE)]


def test_a_hiss_over_50_dbfs_is_audible_to_the_stream_that_cannot_look_ahead() -> None:
    clip = np.concatenate([silence(200, -46), voice(300, -5)])

    assert first_audible_frame(clip, RATE) == 4_800
    assert streamed(clip, []) == [4]


def test_an_echo_35_db_under_a_loud_click_is_not_audible() -> None:
    clip = np.concatenate([voice(10, -3), voice(100, -42), voice(100, -20)])

    assert streamed(clip, []) == [2_640]
