import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from app.session.messages import EnvelopeReport
from app.ui.vm.lanes_envelope import LATEST_MS, EnvelopePyramid


def report(start_ms: float, *values: float, step_ms: float = 20.0) -> EnvelopeReport:
    return EnvelopeReport(
        start_ms=start_ms, step_ms=step_ms, user=values, model=tuple(v / 2 for v in values)
    )


def filled(*reports: EnvelopeReport) -> EnvelopePyramid:
    made = EnvelopePyramid()
    for each in reports:
        made.add(each)
    return made


def test_columns_are_the_largest_value_of_their_stretch_on_both_sides() -> None:
    user, model = filled(report(0, 0.1, 0.4, 0.2, 0.3)).columns(0, 80, 2)

    assert user.tolist() == pytest.approx([0.4, 0.3])
    assert model.tolist() == pytest.approx([0.2, 0.15])


def test_a_column_narrower_than_a_step_shows_the_step_it_is_in() -> None:
    user, _model = filled(report(0, 0.1, 0.4)).columns(0, 40, 4)

    assert user.tolist() == pytest.approx([0.1, 0.1, 0.4, 0.4])


def test_without_sound_every_column_is_zero() -> None:
    user, model = EnvelopePyramid().columns(0, 20_000, 3)

    assert user.tolist() == model.tolist() == [0.0, 0.0, 0.0]


def test_a_hole_is_silence_and_an_overlap_replaces() -> None:
    pyramid = filled(report(0, 0.1), report(60, 0.4), report(0, 0.2))

    assert pyramid.columns(0, 80, 4)[0].tolist() == pytest.approx([0.2, 0.0, 0.0, 0.4])


def test_a_late_value_is_seen_from_afar_as_well() -> None:
    pyramid = filled(report(0, *([0.1] * 5_000)), report(20_000, 0.9))

    assert pyramid.columns(0, 100_000, 5)[0].tolist() == pytest.approx([0.1, 0.9, 0.1, 0.1, 0.1])


def test_columns_keep_their_shape_while_the_view_moves_on() -> None:
    pyramid = filled(report(0, *(index % 7 / 10 for index in range(100))))
    before = pyramid.columns(1_000, 2_000, 5)[0].tolist()

    pyramid.add(report(2_000, 0.9))

    assert pyramid.columns(1_020, 2_020, 5)[0].tolist() == before


@pytest.mark.parametrize(
    "bad",
    [
        report(0, 0.1, step_ms=0),
        report(0, 0.1, step_ms=math.nan),
        report(0, 0.1, step_ms=1e9),
        replace(report(0, 0.1), model=()),
        report(0),
        report(-1_000, 0.1),
        report(1e12, 0.1),
        report(LATEST_MS, 0.1),
        report(math.nan, 0.1),
    ],
    ids=[
        *("no step", "nan step", "huge step", "sides differ", "nothing"),
        *("before the start", "far ahead", "a week ahead", "no time"),
    ],
)
def test_a_report_that_cannot_be_is_refused(bad: EnvelopeReport) -> None:
    pyramid = filled(report(0, *([0.5] * 50)))

    taken = pyramid.add(bad)

    assert (taken, pyramid.end_ms) == (False, 1_000)


def test_what_lies_before_the_session_is_cut_off() -> None:
    pyramid = filled(report(-40, 0.1, 0.2, 0.3))

    assert pyramid.columns(0, 40, 2)[0].tolist() == pytest.approx([0.3, 0.0])


def test_values_that_cannot_be_are_brought_into_range() -> None:
    pyramid = filled(report(0, math.nan, math.inf, -1.0, 7.0))

    assert pyramid.columns(0, 80, 4)[0].tolist() == [0.0, 1.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("step_ms", "values", "seen"),
    [(10.0, (0.1, 0.2, 0.4, 0.3), [0.2, 0.4]), (40.0, (0.7, 0.2), [0.7, 0.7, 0.2, 0.2])],
    ids=["finer", "coarser"],
)
def test_another_step_is_fitted_by_its_peaks(
    step_ms: float, values: tuple[float, ...], seen: list[float]
) -> None:
    pyramid = filled(report(0, 0.0), report(0, *values, step_ms=step_ms))

    assert pyramid.columns(0, len(seen) * 20, len(seen))[0].tolist() == pytest.approx(seen)


def test_a_session_need_not_begin_at_a_whole_step() -> None:
    pyramid = filled(report(7, 0.2, 0.4))

    assert pyramid.end_ms == 47
    assert pyramid.columns(10, 50, 4)[0].tolist() == pytest.approx([0.2, 0.2, 0.4, 0.4])


KEPT = 4_096


def test_old_sound_loses_detail_and_new_sound_never() -> None:
    pyramid = EnvelopePyramid(KEPT, KEPT)
    pyramid.add(report(0, 0.3, 0.1))
    pyramid.add(report((KEPT - 1) * 20.0, 0.6))
    end_ms = (KEPT + 2) * 20.0

    pyramid.add(report(end_ms - 40, 0.8, 0.5))

    assert pyramid.end_ms == end_ms
    assert pyramid.columns(end_ms - 80, end_ms, 4)[0].tolist() == pytest.approx([0, 0.6, 0.8, 0.5])
    assert pyramid.columns(0, 40, 2)[0].tolist() == pytest.approx([0.3, 0.3])


def test_values_older_than_all_detail_are_left_out() -> None:
    pyramid = EnvelopePyramid(KEPT, KEPT)
    pyramid.add(report(KEPT * 40.0, 0.6))

    pyramid.add(report(0, 0.9))

    assert pyramid.columns(0, 20, 1)[0].tolist() == [0.0]


def test_a_report_longer_than_the_finest_level_keeps_its_newest_part() -> None:
    pyramid = EnvelopePyramid(KEPT, KEPT)

    pyramid.add(report(0, *([0.5] * (KEPT + 7)), 0.9))

    end_ms = pyramid.end_ms
    assert pyramid.columns(end_ms - 40, end_ms, 2)[0].tolist() == pytest.approx([0.5, 0.9])


def test_a_session_of_a_week_stays_within_its_memory() -> None:
    pyramid = EnvelopePyramid(KEPT, KEPT)

    for day in range(1, 7):
        pyramid.add(report(day * 86_400_000.0, *([0.5] * 100)))

    assert sum(level.count for level in pyramid._levels) <= len(pyramid._levels) * KEPT
    assert max(pyramid.columns(0, LATEST_MS, 7)[0]) == 0.5


@settings(max_examples=60, deadline=None)
@given(
    pieces=st.lists(
        st.tuples(
            st.integers(0, 900),
            st.lists(st.integers(0, 100), min_size=1, max_size=40),
        ),
        min_size=1,
        max_size=12,
    ),
    width=st.sampled_from([1, 16, 64, 256]),
)
def test_every_level_agrees_with_a_plain_array(
    pieces: list[tuple[int, list[int]]], width: int
) -> None:
    plain = np.zeros(1_024)
    pyramid = EnvelopePyramid()

    for start, values in pieces:
        plain[start : start + len(values)] = np.array(values) / 100
        pyramid.add(report(start * 20.0, *(value / 100 for value in values)))

    pyramid.add(report(1_023 * 20.0, 0.0))
    plain[1_023] = 0.0
    expected = plain.reshape(-1, width).max(axis=1)
    user, _model = pyramid.columns(0, 1_024 * 20.0, 1_024 // width)
    assert user.tolist() == pytest.approx(expected.tolist(), abs=1e-6)
