import numpy as np
import pytest
from numpy.typing import NDArray

from app.core.clock import Nanoseconds
from app.store.tracks import TOLERANCE_FRAMES, Track, TrackHealth

T0 = 7_000_000_000
BLOCK = 480
STEP_NS = 20_000_000


def block() -> NDArray[np.int16]:
    return np.arange(BLOCK, dtype=np.int16)


def at(ns: float) -> Nanoseconds:
    return Nanoseconds(T0 + round(ns))


def placed(track: Track, ns: float, samples: NDArray[np.int16]) -> tuple[int, int]:
    start, there = track.place(at(ns), samples, at(ns))
    return start, len(there)


def test_blocks_of_an_exact_clock_follow_each_other_untouched() -> None:
    track = Track(Nanoseconds(T0))

    starts = [placed(track, n * STEP_NS, block()) for n in range(100)]

    assert starts == [(n * BLOCK, BLOCK) for n in range(100)]
    assert track.health == TrackHealth()


def test_trembling_instants_do_not_move_the_blocks() -> None:
    track = Track(Nanoseconds(T0))
    tremble_ns = [0, 3e6, -3e6, 1e6, -2e6] * 20

    starts = [placed(track, n * STEP_NS + tremble_ns[n], block()) for n in range(100)]

    assert starts == [(n * BLOCK, BLOCK) for n in range(100)]


@pytest.mark.parametrize(("parts_per_million", "sign"), [(200, 1), (-200, -1)])
def test_a_clock_that_runs_off_is_mended_a_sample_at_a_time(
    parts_per_million: int, sign: int
) -> None:
    track = Track(Nanoseconds(T0))
    blocks = 5000
    end = 0
    for n in range(blocks):
        start, length = placed(track, n * STEP_NS * (1 + parts_per_million / 1e6), block())
        end = start + length
        assert abs(length - BLOCK) <= 1

    true_end = blocks * BLOCK * (1 + parts_per_million / 1e6)
    assert abs(end - true_end) < 24
    assert sign * track.health.stretched_frames > 400
    assert (track.health.gap_frames, track.health.cut_frames) == (0, 0)


def test_a_stretched_block_keeps_its_ends_and_its_shape() -> None:
    track = Track(Nanoseconds(T0))
    track.place(at(0), block(), at(0))
    samples = block()
    for n in range(1, 200):
        _, samples = track.place(at(n * STEP_NS + 1e6), block(), at(n * STEP_NS))
        if len(samples) != BLOCK:
            break

    assert len(samples) == BLOCK + 1
    assert (samples[0], samples[-1]) == (0, BLOCK - 1)
    assert np.abs(np.diff(samples.astype(int))).max() <= 1


def test_a_gap_is_left_silent_and_counted() -> None:
    track = Track(Nanoseconds(T0))
    placed(track, 0, block())

    assert placed(track, 3 * STEP_NS, block()) == (3 * BLOCK, BLOCK)
    assert track.health == TrackHealth(gap_frames=2 * BLOCK)


def test_an_overlap_is_cut_and_counted() -> None:
    track = Track(Nanoseconds(T0))
    placed(track, 0, block())

    assert placed(track, STEP_NS / 2, block()) == (BLOCK, BLOCK // 2)
    assert placed(track, 0, block()) == (BLOCK * 3 // 2, 0)
    assert track.health == TrackHealth(cut_frames=BLOCK // 2 + BLOCK)


def test_the_tolerance_is_five_milliseconds() -> None:
    track = Track(Nanoseconds(T0))
    placed(track, 0, block())
    edge_ns = TOLERANCE_FRAMES * 1e9 / 24_000

    assert placed(track, STEP_NS + edge_ns, block())[0] == BLOCK
    assert (
        placed(track, 2 * STEP_NS + edge_ns + 1e5, block())[0] == 2 * BLOCK + TOLERANCE_FRAMES + 2
    )


def test_what_lies_before_the_session_is_cut() -> None:
    track = Track(Nanoseconds(T0))

    assert placed(track, -STEP_NS / 2, block()) == (0, BLOCK // 2)
    assert track.health == TrackHealth(cut_frames=BLOCK // 2)


def test_the_first_block_of_a_side_may_begin_late_without_being_a_gap() -> None:
    track = Track(Nanoseconds(T0))

    assert placed(track, 5 * STEP_NS, block()) == (5 * BLOCK, BLOCK)
    assert track.health == TrackHealth()


def test_an_instant_far_in_the_future_is_refused() -> None:
    track = Track(Nanoseconds(T0))
    placed(track, 0, block())

    start, samples = track.place(at(3600e9), block(), at(STEP_NS))

    assert (start, len(samples)) == (BLOCK, 0)
    assert placed(track, STEP_NS, block()) == (BLOCK, BLOCK)
    assert track.health == TrackHealth(refused_frames=BLOCK)


def test_late_frames_are_counted() -> None:
    track = Track(Nanoseconds(T0))

    track.late(0)
    track.late(12)

    assert track.health == TrackHealth(late_frames=12)
