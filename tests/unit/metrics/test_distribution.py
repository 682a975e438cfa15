import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from app.metrics.distribution import Ecdf, ecdf, spread, strip

VALUES = st.lists(st.integers(0, 60).map(float), min_size=1, max_size=300)


def drawn(curve: Ecdf, at: float) -> float:
    place = int(np.searchsorted(curve.x, at, side="right"))
    return float(curve.share[place - 1]) if place else 0.0


def test_the_steps_are_at_the_values() -> None:
    curve = ecdf([3.0, 1.0, 3.0, 2.0])

    assert curve.x.tolist() == [1.0, 2.0, 3.0]
    assert curve.share.tolist() == [0.25, 0.5, 1.0]
    assert curve.n == 4


def test_the_band_is_that_of_dvoretzky_kiefer_and_wolfowitz() -> None:
    curve = ecdf([float(k) for k in range(100)])
    half = math.sqrt(math.log(40) / 200)

    assert half == pytest.approx(0.1358, abs=1e-4)
    assert curve.low[49] == pytest.approx(0.5 - half)
    assert curve.high[49] == pytest.approx(0.5 + half)
    assert (curve.low[0], curve.high[-1]) == (0.0, 1.0)


def test_the_band_holds_the_truth_in_95_of_100_samples() -> None:
    rng = np.random.default_rng(5)
    grid = np.linspace(0, 1, 201)
    held = 0
    for _ in range(400):
        curve = ecdf(rng.random(30))
        place = np.searchsorted(curve.x, grid, side="right") - 1
        low = np.where(place >= 0, curve.low[place], 0)
        half = math.sqrt(math.log(40) / 60)
        high = np.where(place >= 0, curve.high[place], half)
        held += bool(((low <= grid) & (grid <= high)).all())

    assert held >= 370


@given(VALUES, st.integers(1, 40))
def test_fewer_steps_move_the_curve_by_no_more_than_one_of_them(
    values: list[float], at_most: int
) -> None:
    whole, thinned = ecdf(values), ecdf(values, at_most=at_most)

    assert len(thinned.x) <= at_most
    assert thinned.share[-1] == 1.0
    for at in np.arange(-0.5, 61.0, 0.5):
        assert abs(drawn(whole, at) - drawn(thinned, at)) <= 1 / at_most


def test_nothing_has_no_steps_and_no_spread() -> None:
    assert ecdf([]).x.tolist() == []
    assert ecdf([], at_most=5).n == 0
    assert spread([]) is None
    assert strip([], 1.0).tolist() == []


def test_the_arrays_cannot_be_written() -> None:
    curve = ecdf([1.0])

    for array in (curve.x, curve.share, curve.low, curve.high):
        assert not array.flags.writeable


@pytest.mark.parametrize("at_most", [0, -3])
def test_no_steps_draw_nothing(at_most: int) -> None:
    with pytest.raises(ValueError, match="draw nothing"):
        ecdf([1.0], at_most=at_most)


# --- points --------------------------------------------------------------------------------------


def test_points_that_would_overlap_go_beside_each_other() -> None:
    assert strip([10.0, 10.0, 10.0, 10.0, 50.0], 5.0).tolist() == [0, 1, -1, 2, 0]
    assert strip([10.0, 14.0, 15.0, 19.9], 5.0).tolist() == [0, 1, 0, 1]


def test_the_lane_longest_unused_is_taken_when_all_are_full() -> None:
    assert strip([1.0, 2.0, 3.0], 10.0, lanes=2).tolist() == [0, 1, 0]


@given(VALUES, st.integers(1, 9))
def test_points_of_one_lane_do_not_overlap(values: list[float], point: int) -> None:
    lanes = strip(values, float(point), lanes=1000)

    for lane in set(lanes.tolist()):
        held = np.sort(np.array(values)[lanes == lane])
        assert (np.diff(held) >= point).all()


@pytest.mark.parametrize(("point", "lanes"), [(0.0, 5), (float("nan"), 5), (1.0, 0)])
def test_points_without_extent_are_refused(point: float, lanes: int) -> None:
    with pytest.raises(ValueError, match="lanes"):
        strip([1.0], point, lanes=lanes)


def test_the_five_numbers() -> None:
    found = spread([4.0, 1.0, 2.0, 3.0, 10.0])

    assert found is not None
    assert (found.n, found.smallest, found.median, found.largest) == (5, 1.0, 3.0, 10.0)
    assert (found.lower_quartile, found.upper_quartile) == (2.0, 4.0)
    assert (found.iqr, found.range) == (2.0, 9.0)
