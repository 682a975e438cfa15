from collections.abc import Callable

import numpy as np
import pytest

from app.core.audio_format import Samples
from app.dsp.audible_runs import AudibleRuns
from app.dsp.pcm import from_float
from app.dsp.segments import LevelTrack, Read, agent_runs, agent_speech
from app.dsp.speech import Segment, SpeechReader
from tests.unit.dsp.test_speech import RATE, silence, voice

MS = RATE // 1000


def side(*pieces: Samples) -> tuple[LevelTrack, Read]:
    clip = np.concatenate(pieces)
    track = LevelTrack()
    track.push(clip)
    return track, lambda first, last: clip[first:last]


def agent(*pieces: Samples) -> list[Segment]:
    track, read = side(*pieces)
    return agent_speech(track.levels, read)


def user(*pieces: Samples) -> list[Segment]:
    reader = SpeechReader(RATE)
    reader.push(np.concatenate(pieces))
    return reader.speech()


def spans(*bounds_ms: int) -> list[Segment]:
    frames = [at * MS for at in bounds_ms]
    return [Segment(*pair) for pair in zip(frames[::2], frames[1::2], strict=True)]


EITHER: dict[str, tuple[list[Samples], list[Segment]]] = {
    "nothing": ([silence(0)], []),
    "less than a block": ([voice(4)], []),
    "silence": ([silence(3_000)], []),
    "one": ([silence(300), voice(500), silence(300)], spans(300, 800)),
    "from the first to the last frame": ([voice(500)], spans(0, 500)),
    "a gap of 190 ms is bridged": (
        [silence(100), voice(200), silence(190), voice(200), silence(100)],
        spans(100, 690),
    ),
    "a gap of 200 ms parts": (
        [silence(100), voice(200), silence(200), voice(200), silence(100)],
        spans(100, 300, 500, 700),
    ),
    "a click of 50 ms is dropped": (
        [silence(100), voice(50), silence(300), voice(200), silence(100)],
        spans(450, 650),
    ),
    "60 ms are enough": ([silence(100), voice(60), silence(300)], spans(100, 160)),
    "a loud one does not hide a quiet one": (
        [silence(100), voice(300, -5), silence(3_000), voice(300, -42), silence(100)],
        spans(100, 400, 3_400, 3_700),
    ),
}


@pytest.mark.parametrize("speech", [agent, user])
@pytest.mark.parametrize(("pieces", "found"), EITHER.values(), ids=EITHER.keys())
def test_both_sides_speak_where_it_is_loud(
    pieces: list[Samples], found: list[Segment], speech: Callable[..., list[Segment]]
) -> None:
    assert speech(*pieces) == found


@pytest.mark.parametrize("lead_frames", [1, 7, 119, 120, 121, 239, 3_333])
@pytest.mark.parametrize("speech", [agent, user])
def test_bounds_are_exact_to_the_sample(
    lead_frames: int, speech: Callable[..., list[Segment]]
) -> None:
    lead = np.zeros(lead_frames, np.int16)

    (found,) = speech(lead, voice(400)[:9_561], silence(300))

    assert (found.start, found.end) == (lead_frames, lead_frames + 9_561)


AGENT: dict[str, tuple[list[Samples], list[Segment]]] = {
    "noise of a codec": ([silence(500, -65), voice(300), silence(500, -65)], spans(500, 800)),
    "a whisper": ([silence(100), voice(500, -55)], []),
    "20 ms are no onset": (
        [silence(100), voice(20), silence(100), voice(300), silence(100)],
        spans(220, 520),
    ),
    "what is 35 dB under the rest": (
        [voice(200, -46), voice(500, -5), silence(500)],
        spans(200, 700),
    ),
}


@pytest.mark.parametrize(("pieces", "found"), AGENT.values(), ids=AGENT.keys())
def test_the_agent_is_audible_by_the_rule_of_the_onset(
    pieces: list[Samples], found: list[Segment]
) -> None:
    assert agent(*pieces) == found


def test_half_a_block_of_the_agent_waits_for_its_other_half() -> None:
    track, _ = side(silence(100), voice(305))

    (run,) = agent_runs(track.levels)

    assert (run.first, run.last) == (20, 80)


def test_a_rooms_noise_is_no_speech_and_speech_in_it_is() -> None:
    room = silence(8_000, -50)
    spoken = [silence(2_000, -50), voice(1_500), silence(3_000, -50)]

    assert user(room) == []
    (found,) = user(*spoken)
    assert found.start / MS == pytest.approx(2_000, abs=5)
    assert found.end / MS == pytest.approx(3_500, abs=5)


def test_a_short_sound_without_a_pause_is_speech() -> None:
    assert user(silence(1_000), voice(1_000), silence(1_000)) == spans(1_000, 2_000)


def test_each_stretch_is_judged_by_its_own_levels() -> None:
    """A noisy clip after a clean one: what is noise in one is speech in the other."""
    noisy = [silence(600, -40), voice(700, -10), silence(600, -40)]

    first, second = user(voice(500, -38), silence(1_000), *noisy)

    assert first == Segment(0, 500 * MS)
    assert second.start / MS == pytest.approx(2_100, abs=5)
    assert second.end / MS == pytest.approx(2_800, abs=5)


def test_what_goes_on_for_minutes_is_judged_minute_by_minute() -> None:
    quarter = [voice(600, -45), silence(400, -75), voice(600, -45), silence(13_400, -75)]
    loud = [voice(600), silence(400, -60), voice(600), silence(13_400, -60)]

    found = user(*quarter * 4, *loud * 4)

    assert len(found) == 16


def test_any_cutting_into_pieces_gives_the_same_levels() -> None:
    clip = np.concatenate([silence(333), voice(777), silence(101, -60)])
    whole, cut = LevelTrack(), LevelTrack()
    whole.push(clip)

    for piece in np.split(clip, [1, 119, 120, 5_000, 5_001, 5_130, 20_000]):
        cut.push(piece)

    assert cut.levels.tolist() == whole.levels.tolist()
    assert LevelTrack().levels.tolist() == []


def test_half_the_level_moves_nothing() -> None:
    clip = np.concatenate([silence(300), voice(700), silence(300)])

    assert user(clip // 2) == user(clip)
    assert agent(clip // 2) == agent(clip)


@pytest.mark.parametrize("lead_frames", [3_000, 3_001, 3_057, 3_119, 3_120, 3_239])
def test_a_slow_beginning_is_read_where_the_stream_had_it(lead_frames: int) -> None:
    swell = np.repeat(10 ** (np.linspace(-55, -15, 40) / 20), 10 * MS)
    hum = np.cos(2 * np.pi * 300 * np.arange(len(swell)) / RATE)
    reply = np.concatenate([from_float((np.sqrt(2) * swell * hum).astype(np.float32)), voice(300)])
    stream = AudibleRuns(RATE)
    stream.push(reply)
    assert stream.first is not None

    (found,) = agent(np.zeros(lead_frames, np.int16), reply, silence(300))

    assert found.start == lead_frames + stream.first


def test_a_click_long_before_a_reply_does_not_begin_it() -> None:
    assert agent(silence(100), voice(40), silence(13), voice(2, -75), silence(230, -75),
                 voice(300), silence(100)) == spans(385, 685)  # fmt: skip
