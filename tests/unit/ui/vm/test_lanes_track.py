import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from app.ui.vm.lanes_track import PENDING, MarkTrack, SpanTrack

TIMES = st.lists(st.integers(0, 200), max_size=80)
SPANS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 60)), max_size=60)


def marks(*instants: float) -> MarkTrack:
    track = MarkTrack()
    for at_ms in instants:
        track.add(at_ms)
    return track


def spans(*stretches: tuple[float, float]) -> SpanTrack:
    track = SpanTrack()
    for tag, (start_ms, end_ms) in enumerate(stretches):
        track.add(start_ms, end_ms, tag)
    return track


def test_what_comes_late_stands_in_its_place() -> None:
    track = marks(10, 30, 40)
    assert track.between(0, 100).tolist() == [10, 30, 40]

    track.add(20)
    track.add(5)

    assert track.between(0, 100).tolist() == [5, 10, 20, 30, 40]


def test_a_stretch_holds_its_edges() -> None:
    assert marks(10, 20, 30, 40).between(20, 30).tolist() == [20, 30]


def test_columns_count_what_they_hold_and_name_the_first() -> None:
    counts, first = marks(1, 2, 25, 40).columns(np.array([0.0, 10.0, 20.0, 30.0]))

    assert counts.tolist() == [2, 0, 1]
    assert (first[0], first[2]) == (1, 25)


@pytest.mark.parametrize(
    ("at_ms", "before", "after"),
    [(5, None, 10), (10, None, 20), (15, 10, 20), (20, 10, None), (99, 20, None)],
)
def test_neighbours_of_an_instant(at_ms: float, before: float | None, after: float | None) -> None:
    track = marks(10, 20)

    assert track.beside(at_ms, later=False) == before
    assert track.beside(at_ms, later=True) == after


def test_a_full_waiting_room_is_sorted_in_at_once() -> None:
    track = MarkTrack()

    for at_ms in range(PENDING):
        track.add(at_ms)

    assert len(track.at) == len(track) == PENDING


def test_thinning_drops_every_second_of_the_older_half() -> None:
    track = marks(*range(8))

    gone = track.thin()

    assert gone == 2
    assert track.between(0, 99).tolist() == [0, 2, 4, 5, 6, 7]


def test_thinned_spans_are_still_found() -> None:
    track = spans(*((at, at + 5) for at in range(0, 80, 10)))

    track.thin()

    assert track.covered(np.array([0.0, 10, 20, 30, 40])).tolist() == [True, False, True, False]


def test_what_overlaps_a_stretch_is_found_even_if_it_began_long_before() -> None:
    rows = spans((0, 1_000), (10, 20), (300, 310)).touching(200, 400, 10)

    assert rows is not None
    assert rows.tolist() == [[0, 300], [1_000, 310], [0, 2]]


def test_too_many_to_look_at_are_not_looked_at() -> None:
    track = spans(*((5, 6) for _ in range(11)))

    assert track.touching(0, 10, 10) is None
    rows, left_out = track.newest_touching(0, 10, 10)
    assert (rows.shape[1], left_out) == (10, 1)


def test_nothing_covers_nothing() -> None:
    assert SpanTrack().covered(np.array([0.0, 1.0, 2.0])).tolist() == [False, False]


@settings(max_examples=80, deadline=None)
@given(pieces=st.lists(TIMES, max_size=5))
def test_marks_agree_with_a_sorted_list(pieces: list[list[int]]) -> None:
    track = MarkTrack()
    plain: list[int] = []

    for piece in pieces:
        for at_ms in piece:
            track.add(at_ms)
        plain = sorted([*plain, *piece])

        assert track.between(50, 120).tolist() == [at for at in plain if 50 <= at <= 120]


@settings(max_examples=80, deadline=None)
@given(pieces=st.lists(SPANS, max_size=4))
def test_spans_agree_with_looking_at_each(pieces: list[list[tuple[int, int]]]) -> None:
    track = SpanTrack()
    plain: list[tuple[int, int]] = []
    edges = np.arange(0.0, 261.0, 20.0)

    for piece in pieces:
        for start, long in piece:
            track.add(start, start + long, 0)
        plain += [(start, start + long) for start, long in piece]

        rows = track.touching(60, 130, 1_000)
        assert rows is not None
        found = sorted(zip(*rows[:2].tolist(), strict=True))
        assert found == sorted(each for each in plain if each[0] < 130 and each[1] > 60)
        assert track.covered(edges).tolist() == [
            any(start < edge + 20 and end > edge for start, end in plain) for edge in edges[:-1]
        ]
