import numpy as np
import pytest

from app.core.audio_format import Samples
from app.dsp.pcm import from_float
from app.dsp.speech import (
    NOTHING_DBFS,
    STRETCH_GAP_MS,
    Segment,
    SpeechReader,
    block_levels_dbfs,
    loud_bounds,
    speech_bounds,
    speech_end_frame,
    speech_segments,
    stretches,
)

RATE = 24_000


def silence(ms: int, noise_dbfs: float | None = None) -> Samples:
    frames = RATE * ms // 1000
    if noise_dbfs is None:
        return np.zeros(frames, np.int16)
    rng = np.random.default_rng(ms)
    return from_float((rng.standard_normal(frames) * 10 ** (noise_dbfs / 20)).astype(np.float32))


def voice(ms: int, dbfs: float = -20.0) -> Samples:
    t = np.arange(RATE * ms // 1000) / RATE
    return from_float(np.sqrt(2) * 10 ** (dbfs / 20) * np.cos(2 * np.pi * 300 * t))


def test_levels_are_of_whole_blocks_and_floored() -> None:
    block = np.concatenate([voice(10, -20.0), silence(5), voice(3)])

    assert block_levels_dbfs(block, 120).tolist() == pytest.approx([-20, -20, -120], abs=0.05)


@pytest.mark.parametrize("noise_dbfs", [None, -75.0, -60.0, -45.0])
def test_the_bounds_of_speech_are_found_to_a_few_milliseconds(noise_dbfs: float | None) -> None:
    head, tail = silence(300, noise_dbfs), silence(700, noise_dbfs)

    bounds = speech_bounds(np.concatenate([head, voice(1000), tail]), RATE)

    assert bounds is not None
    assert (bounds.start, bounds.end) == pytest.approx((7_200, 31_200), abs=RATE * 4 // 1000)
    assert noise_dbfs is not None or bounds == Segment(7_200, 31_200)


def test_a_fading_end_is_followed_down_to_35_db_under_the_active_level() -> None:
    fade = np.concatenate([voice(100, dbfs) for dbfs in (-45.0, -54.0, -57.0)])
    clip = np.concatenate([silence(300), voice(4_000), fade, silence(500)])

    end = speech_end_frame(clip, RATE)

    assert end == pytest.approx(RATE * (300 + 4_000 + 200) // 1000, abs=RATE * 4 // 1000)


def test_a_clip_without_a_pause_is_speech_to_its_end() -> None:
    assert speech_end_frame(voice(400), RATE) == 9_600
    assert speech_end_frame(np.concatenate([voice(400), voice(100, -28.0)]), RATE) == 12_000


@pytest.mark.parametrize(
    "clip",
    [np.zeros(0, np.int16), np.zeros(100, np.int16), silence(500)],
    ids=["empty", "shorter than a block", "digital silence"],
)
def test_where_there_is_no_speech_the_end_is_unknown(clip: Samples) -> None:
    assert speech_end_frame(clip, RATE) is None
    assert speech_segments(clip, RATE) == ()


@pytest.mark.parametrize(("tail_dbfs", "end_ms"), [(-50.5, 1200), (-51.5, 1000)])
def test_what_is_not_9_db_over_the_noise_is_not_speech(tail_dbfs: float, end_ms: int) -> None:
    hum = voice(500, -60.0)
    clip = np.concatenate([hum, voice(500), voice(200, tail_dbfs), hum])

    assert speech_end_frame(clip, RATE) == pytest.approx(RATE * end_ms // 1000, abs=RATE // 250)


@pytest.mark.parametrize(("pause_ms", "segments"), [(295, 1), (300, 2)])
def test_a_pause_of_300_ms_is_one(pause_ms: int, segments: int) -> None:
    clip = np.concatenate([silence(100), voice(200), silence(pause_ms), voice(200), silence(100)])

    assert len(speech_segments(clip, RATE)) == segments


def test_short_pauses_are_inside_a_segment_and_long_ones_between() -> None:
    clip = np.concatenate(
        [silence(100), voice(200), silence(250), voice(200), silence(400), voice(200)]
    )

    assert speech_segments(clip, RATE) == (Segment(2_400, 18_000), Segment(27_600, 32_400))
    assert len(speech_segments(clip, RATE, pause_ms=100)) == 3


@pytest.mark.parametrize(
    ("click_ms", "away_ms", "heard"), [(50, 210, False), (70, 210, True), (50, 150, True)]
)
def test_a_click_far_from_speech_is_no_speech(click_ms: int, away_ms: int, *, heard: bool) -> None:
    clip = np.concatenate(
        [silence(300), voice(500), silence(away_ms), voice(click_ms), silence(300)]
    )

    end_ms = 800 + (away_ms + click_ms if heard else 0)
    assert speech_end_frame(clip, RATE) == RATE * end_ms // 1000


@pytest.mark.parametrize("offset", [0, 1, 37, 60, 119])
def test_the_bounds_do_not_depend_on_where_the_blocks_begin(offset: int) -> None:
    loudness = np.repeat(10 ** (np.linspace(0, -60, 60) / 20), RATE // 100)
    clip = (voice(600, -10.0) * loudness).astype(np.int16)
    moved = np.concatenate([np.zeros(offset, np.int16), clip, silence(300)])
    still = speech_end_frame(np.concatenate([clip, silence(300)]), RATE)

    end = speech_end_frame(moved, RATE)

    assert still is not None
    assert end == pytest.approx(still + offset, abs=RATE // 500)


def test_half_the_level_moves_nothing() -> None:
    clip = np.concatenate([silence(300, -60), voice(1000), silence(300, -60)])

    assert speech_bounds(clip // 2, RATE) == speech_bounds(clip, RATE)


def test_a_rate_without_a_frame_in_5_ms_is_refused() -> None:
    with pytest.raises(ValueError, match="too low"):
        speech_end_frame(voice(100), 199)
    with pytest.raises(ValueError, match="too low"):
        block_levels_dbfs(voice(100), 0)


def test_loud_bounds_are_those_of_each_whole_block() -> None:
    clip = np.array([0, 0, 500, 0, 900, 0, 0, 0, 0, 0, 700], np.int16)

    first, last = loud_bounds(clip, 5, -40.0)

    assert (first.tolist(), last.tolist()) == ([2, 0], [5, 5])


def read(clip: Samples, *cuts: int) -> list[Segment]:
    reader = SpeechReader(RATE)
    for piece in np.split(clip, cuts):
        reader.push(piece)
    return reader.speech()


def moved(found: list[Segment], frames: int) -> list[Segment]:
    return [Segment(each.start + frames, each.end + frames) for each in found]


def fading(seed: int, dbfs: float) -> Samples:
    """A clip whose end fades into its noise, so that its bounds hang on its own levels."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(RATE * 3) * 10 ** ((dbfs - 40) / 20)
    loudness = np.concatenate([np.zeros(RATE // 2), 10 ** (np.linspace(0, -3, RATE * 2)), [0.0]])
    said = np.zeros(RATE * 3)
    said[: len(loudness)] = loudness * rng.standard_normal(len(loudness)) * 10 ** (dbfs / 20)
    return from_float((noise + said).astype(np.float32))


@pytest.mark.parametrize("offset", [1, 37, 60, 119, 7_001, 61 * RATE])
def test_a_clip_is_read_the_same_wherever_it_is(offset: int) -> None:
    clip = fading(1, -20.0)

    found = read(np.concatenate([np.zeros(offset, np.int16), clip, silence(700)]))

    assert found == moved(read(clip), offset)


def test_a_clip_is_read_the_same_among_others_of_another_level() -> None:
    quiet, loud, gap = fading(1, -45.0), fading(2, -12.0), silence(STRETCH_GAP_MS + 1)

    found = read(np.concatenate([loud, gap, quiet, gap, loud]))

    next_at = len(quiet) + len(gap)
    assert read(quiet)
    assert read(loud)
    assert found == [
        *read(loud),
        *moved(read(quiet), next_at),
        *moved(read(loud), 2 * next_at),
    ]


@pytest.mark.parametrize("every_ms", [130, 7_001, 60_000, 200_000])
def test_any_cutting_into_pieces_gives_the_same_speech(every_ms: int) -> None:
    clip = np.concatenate([fading(1, -20.0), silence(58_000), fading(2, -40.0)] * 3)

    cut = read(clip, *range(0, len(clip), RATE * every_ms // 1000))

    assert len(cut) >= 6
    assert cut == read(clip)


def test_speech_is_told_as_it_comes_and_once() -> None:
    reader = SpeechReader(RATE)
    reader.push(np.concatenate([silence(100), voice(400)]))
    before = reader.speech()

    reader.push(np.concatenate([silence(600), voice(300)]))

    assert before == [Segment(2_400, 12_000)]
    assert reader.speech() == reader.speech() == [*before, Segment(26_400, 33_600)]


def test_what_is_sparse_and_next_to_nothing_is_no_speech() -> None:
    ticks = np.zeros(RATE, np.int16)
    ticks[:: RATE // 100] = 5

    assert read(ticks) == []
    assert NOTHING_DBFS == -80


@pytest.mark.parametrize(("gap_ms", "number"), [(499, 1), (501, 2)])
def test_half_a_second_of_digital_silence_parts_stretches(gap_ms: int, number: int) -> None:
    clip = np.concatenate([silence(50), voice(20), silence(gap_ms), voice(20), silence(50)])

    assert len(list(stretches(clip, RATE))) == number


def test_no_stretch_is_longer_than_a_minute() -> None:
    clip = np.tile(np.array([9, -9], np.int16), 70 * RATE // 2)

    assert list(stretches(clip, RATE)) == [(0, 60 * RATE), (60 * RATE, 70 * RATE)]


@pytest.mark.parametrize("rate_hz", [200, 999, 8_000, 11_025, 16_000, 44_100, 48_000])
def test_any_rate_will_do(rate_hz: int) -> None:
    clip = np.zeros(2 * rate_hz, np.int16)
    clip[rate_hz // 2 : rate_hz] = np.tile([4_000, -4_000], rate_hz)[: rate_hz - rate_hz // 2]

    assert speech_bounds(clip, rate_hz) == Segment(rate_hz // 2, rate_hz)
