import pytest
from hypothesis import given, strategies as st

from app.metrics.statistics import (
    Interval,
    minimum_n,
    quantile,
    quantile_ci,
    quantile_ranks,
    shown_quantile,
    upper_bound,
    wilson,
)


@pytest.mark.parametrize(
    ("values", "q", "expected"),
    [
        ([], 0.5, None),
        ([7], 0.95, 7.0),
        ([1, 2], 0.5, 1.5),
        ([3, 1, 2], 0.5, 2.0),
        ([10, 20, 30, 40], 0.9, 37.0),
        ([10, 20, 30], 1.0, 30.0),
        ([10, 20, 30], 0.0, 10.0),
    ],
)
def test_quantiles_are_interpolated(values: list[float], q: float, expected: float | None) -> None:
    assert quantile(values, q) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("q", [-0.1, 1.1, float("nan")])
def test_a_quantile_is_within_0_and_1(q: float) -> None:
    with pytest.raises(ValueError, match="no quantile"):
        quantile([1.0], q)


@pytest.mark.parametrize(
    ("q", "n"), [(0.5, 5), (0.9, 20), (0.95, 20), (0.99, 299)], ids=["P50", "P90", "P95", "P99"]
)
def test_a_quantile_is_shown_from_its_sample_size_on(q: float, n: int) -> None:
    assert minimum_n(q) == n
    assert shown_quantile([1.0] * (n - 1), q) is None
    assert shown_quantile([1.0] * n, q) == 1.0


@pytest.mark.parametrize(
    ("n", "q", "ranks"),
    [
        (10, 0.5, (2, 9)),
        (20, 0.5, (6, 15)),
        (50, 0.5, (18, 33)),
        (100, 0.5, (40, 61)),
        (72, 0.95, (64, 72)),
        (100, 0.95, (90, 100)),
        (200, 0.95, (184, 197)),
    ],
)
def test_the_exact_ranks(n: int, q: float, ranks: tuple[int, int]) -> None:
    assert quantile_ranks(n, q) == ranks
    assert quantile_ci(list(range(n, 0, -1)), q) == Interval(*ranks)


@pytest.mark.parametrize(("q", "n"), [(0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368)])
def test_two_sided_intervals_need_their_sample_size(q: float, n: int) -> None:
    few, enough = quantile_ci([1.0] * (n - 1), q), quantile_ci([1.0] * n, q)

    assert few.high is None
    assert enough == Interval(1.0, 1.0)


@pytest.mark.parametrize(("q", "n"), [(0.5, 5), (0.9, 29), (0.95, 59), (0.99, 299)])
def test_one_sided_bounds_need_their_sample_size(q: float, n: int) -> None:
    assert upper_bound([1.0] * (n - 1), q) is None
    assert upper_bound([1.0] * n, q) == 1.0


def test_the_one_sided_bound_is_an_order_statistic() -> None:
    assert upper_bound(list(range(10, 0, -1)), 0.5) == 9
    assert upper_bound(list(range(1, 101)), 0.95) == 99


def test_a_few_values_bound_the_median_on_neither_side() -> None:
    assert quantile_ci([1.0, 2.0, 3.0], 0.5) == Interval(None, None)
    assert quantile_ci([], 0.5) == Interval(None, None)
    assert upper_bound([], 0.5) is None


@pytest.mark.parametrize("q", [0.0, 1.0])
def test_the_extremes_are_the_ends(q: float) -> None:
    assert quantile_ranks(10, q) == ((0, 1) if q == 0 else (10, 11))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400), st.sampled_from([0.5, 0.9]))
def test_an_interval_holds_its_quantile(values: list[float], q: float) -> None:
    interval = quantile_ci(values, q)
    point = quantile(values, q)

    assert point is not None
    assert interval.low is None or interval.low <= point
    assert interval.high is None or interval.high >= point


@pytest.mark.parametrize(
    ("successes", "attempts", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (1, 6, 0.0301, 0.5635),
        (10, 10, 0.7225, 1.0),
        (47, 50, 0.8378, 0.9794),
    ],
)
def test_wilson(successes: int, attempts: int, low: float, high: float) -> None:
    interval = wilson(successes, attempts)

    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)


def test_no_attempts_have_no_rate() -> None:
    assert wilson(0, 0) == Interval(None, None)


@pytest.mark.parametrize(("successes", "attempts"), [(-1, 5), (6, 5)])
def test_an_impossible_rate_is_refused(successes: int, attempts: int) -> None:
    with pytest.raises(ValueError, match="successes of"):
        wilson(successes, attempts)
