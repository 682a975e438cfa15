import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from app.core.audio_format import Samples
from app.dsp.audible_runs import KEPT_RUNS, AudibleRuns
from app.dsp.pcm import concat
from app.dsp.speech import Segment
from tests.unit.dsp.test_speech import RATE, silence, voice

BLOCK = RATE // 100
END = 10**9


def runs_of(clip: Samples, cuts: list[int] | None = None, *, close: bool = True) -> AudibleRuns:
    runs = AudibleRuns(RATE)
    for piece in np.split(clip, sorted(cuts or [])):
        runs.push(piece)
    if close:
        runs.close()
    return runs


@pytest.mark.parametrize(
    ("until", "heard"), [(0, 0), (8, 8), (9, 8), (10, 8), (11, 11), (18, 18), (25, 25)]
)
def test_a_stretch_is_heard_once_three_blocks_of_it_are(until: int, heard: int) -> None:
    clip = concat((silence(80), np.full(10 * BLOCK, 9_000, np.int16), silence(90)))

    assert runs_of(clip).heard(until * BLOCK) == heard * BLOCK


def test_a_stretch_shorter_than_three_whole_blocks_is_heard_at_its_end() -> None:
    clip = concat((silence(85), np.full(5 * BLOCK // 2, 9_000, np.int16), silence(95)))
    (run,) = runs_of(clip).within(0, END)

    assert run.end - run.start == 5 * BLOCK // 2
    assert runs_of(clip).heard(run.end - 1) == run.start
    assert runs_of(clip).heard(run.end) == run.end


def blocks(runs: AudibleRuns) -> list[tuple[int, int]]:
    """Stretches in blocks of 10 ms: the loud samples of a voice begin and end just inside."""
    return [(run.start // BLOCK, -(-run.end // BLOCK)) for run in runs.within(0, END)]


@pytest.mark.parametrize(
    ("clip", "expected"),
    [
        pytest.param(silence(500), [], id="silence"),
        pytest.param(silence(0), [], id="nothing"),
        pytest.param(voice(300), [(0, 30)], id="all"),
        pytest.param([silence(80), voice(100), silence(90)], [(8, 18)], id="inside"),
        pytest.param([voice(50), silence(10), voice(50)], [(0, 5), (6, 11)], id="two"),
        pytest.param([silence(50), voice(20), silence(50)], [], id="too-short"),
        pytest.param([silence(50), voice(25)], [(5, 8)], id="ends-in-a-short-block"),
        pytest.param([voice(100, -3), voice(100, -42)], [(0, 10)], id="an-echo-35-db-under"),
    ],
)
def test_what_is_audible(clip: Samples | list[Samples], expected: list[tuple[int, int]]) -> None:
    whole = concat(clip) if isinstance(clip, list) else clip

    assert blocks(runs_of(whole)) == expected


def test_it_begins_and_ends_with_a_loud_sample() -> None:
    clip = np.zeros(10 * BLOCK, np.int16)
    clip[2 * BLOCK + 100 : 6 * BLOCK + 50] = 3_000

    runs = runs_of(clip)

    assert runs.first == 2 * BLOCK + 100
    assert runs.within(0, END) == (Segment(2 * BLOCK + 100, 6 * BLOCK + 50),)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 12_000), max_size=20))
def test_any_cutting_finds_the_same(cuts: list[int]) -> None:
    clip = concat([silence(33), voice(90), silence(41), voice(155), silence(20)])

    assert runs_of(clip, cuts).within(0, END) == runs_of(clip).within(0, END)


def test_a_part_of_a_stretch_is_cut_out() -> None:
    (run,) = runs_of(voice(300)).within(0, END)

    runs = runs_of(voice(300))

    assert runs.within(1_000, 2_000) == (Segment(1_000, 2_000),)
    assert runs.within(0, 500) == (Segment(run.start, 500),)
    assert runs.within(END, END) == ()
    assert runs.within(100, 100) == ()


def test_it_is_settled_of_all_but_a_beginning_that_may_be_too_short() -> None:
    runs = AudibleRuns(RATE)
    settled = []
    for piece in (silence(20), voice(10), voice(10), voice(10), voice(15)):
        runs.push(piece)
        settled.append(runs.settled // BLOCK)

    assert settled == [2, 2, 2, 5, 6]


def test_closing_settles_all_and_takes_nothing_more() -> None:
    runs = runs_of(concat([silence(20), voice(14)]), close=False)
    before = runs.settled

    runs.close()
    runs.push(voice(300))
    runs.close()

    assert (before, runs.settled) == (2 * BLOCK, 34 * RATE // 1000)
    assert runs.within(0, END) == ()


def test_the_last_stretches_are_remembered_and_the_first_frame_for_ever() -> None:
    clip = concat([silence(20), *[concat([voice(30), silence(10)])] * (KEPT_RUNS + 40)])

    runs = runs_of(clip)

    assert len(runs.within(0, END)) == KEPT_RUNS
    assert runs.first is not None
    assert runs.first // BLOCK == 2
