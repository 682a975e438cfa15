"""What is shown of a sample of each size: the display gates."""

import pytest
from hypothesis import given, strategies as st

from app.metrics.statistics import (
    Quality,
    SortedSample,
    quantile,
    quantile_ranks,
    shown,
    shown_sorted,
    upper_rank,
)

RAW, ROUGH, BOUNDED, FULL = Quality.RAW, Quality.ROUGH, Quality.BOUNDED, Quality.FULL


@pytest.mark.parametrize(
    ("q", "n", "quality"),
    [
        (0.5, 0, RAW), (0.5, 1, RAW), (0.5, 4, RAW), (0.5, 5, ROUGH), (0.5, 19, ROUGH),
        (0.5, 20, FULL), (0.9, 4, RAW), (0.9, 19, RAW), (0.9, 20, ROUGH), (0.9, 58, ROUGH),
        (0.9, 59, BOUNDED), (0.9, 72, FULL), (0.95, 4, RAW), (0.95, 5, RAW), (0.95, 19, RAW),
        (0.95, 20, ROUGH), (0.95, 58, ROUGH), (0.95, 59, BOUNDED), (0.95, 71, BOUNDED),
        (0.95, 72, FULL), (0.99, 4, RAW), (0.99, 72, RAW), (0.99, 298, RAW), (0.99, 299, BOUNDED),
        (0.99, 367, BOUNDED), (0.99, 368, FULL),
    ],
)  # fmt: skip
def test_the_gates(q: float, n: int, quality: Quality) -> None:
    found = shown([float(k) for k in range(n, 0, -1)], q)

    assert found.quality is quality
    assert (found.point is None) == (quality is RAW)
    assert (found.reason == "") == (quality is FULL)
    assert found.n == n
    assert (found.smallest, found.largest) == ((1, n) if n else (None, None))


@pytest.mark.parametrize(
    ("q", "n", "expected"),
    [
        (0.5, 5, (3.0, None, None, None)),
        (0.5, 19, (10.0, None, None, None)),
        (0.5, 20, (10.5, 6, 15, 15)),
        (0.95, 20, (19.05, 17, None, None)),
        (0.9, 40, (36.1, 32, 40, 40)),
        (0.95, 58, (55.15, 51, None, None)),
        (0.95, 59, (56.1, 52, None, 59)),
        (0.95, 72, (68.45, 64, 72, 72)),
        (0.95, 200, (190.05, 184, 197, 196)),
        (0.99, 299, (296.02, 292, None, 299)),
    ],
)
def test_bounds_are_given_where_the_data_has_them(
    q: float, n: int, expected: tuple[float, float | None, float | None, float | None]
) -> None:
    found = shown([float(k) for k in range(1, n + 1)], q)

    assert found.point == pytest.approx(expected[0])
    assert (found.low, found.high, found.upper) == expected[1:]


@pytest.mark.parametrize(
    ("n", "q", "reason"),
    [
        (0, 0.5, "There is no value yet."),
        (3, 0.95, "Only 3 of 5 values: the points themselves are shown."),
        (7, 0.5, "The interval of P50 is shown from 20 values on."),
        (7, 0.95, "P95 needs 20 values; there are 7."),
        (30, 0.9, "Rough: P90 has an upper bound from 59 values on."),
        (60, 0.95, "P95 has a two-sided interval from 72 values on."),
        (60, 0.99, "P99 needs 299 values; there are 60."),
        (300, 0.99, "P99 has a two-sided interval from 368 values on."),
    ],
)
def test_what_is_not_shown_is_explained(n: int, q: float, reason: str) -> None:
    assert shown([1.0] * n, q).reason == reason


@pytest.mark.parametrize("n", [1, 20, 1000, 10_000])
@pytest.mark.parametrize("q", [0.5, 0.95, 0.99])
def test_ranks_of_large_samples_leave_the_tails_they_say(n: int, q: float) -> None:
    from scipy.stats import binom  # noqa: PLC0415

    low, high = quantile_ranks(n, q)
    upper = upper_rank(n, q)

    assert binom.cdf(low - 1, n, q) <= 0.025
    assert binom.cdf(low, n, q) >= 0.025 or low == n
    assert binom.cdf(high - 1, n, q) >= 0.975 or high == n + 1
    assert binom.cdf(upper - 1, n, q) >= 0.95 or upper == n + 1


def test_an_impossible_quantile_is_refused() -> None:
    with pytest.raises(ValueError, match="no quantile"):
        shown_sorted([1.0], 1.5)


# --- a sample that grows -------------------------------------------------------------------------


@given(
    st.lists(st.floats(-1e6, 1e6), max_size=80),
    st.lists(st.floats(-1e6, 1e6), max_size=80),
    st.sampled_from([0.5, 0.9, 0.95]),
)
def test_a_grown_sample_is_like_a_sorted_one(
    first: list[float], more: list[float], q: float
) -> None:
    sample = SortedSample(first)

    for value in more:
        sample.add(value)
        sample.shown(q)

    assert list(sample.ordered) == sorted([*first, *more])
    assert len(sample) == len(first) + len(more)
    assert sample.quantile(q) == quantile([*first, *more], q)
    assert sample.shown(q) == shown([*first, *more], q)
    assert sample.shown(q) is sample.shown(q)


def test_a_value_is_forgotten_once() -> None:
    sample = SortedSample([2.0, 1.0, 2.0])
    before = sample.shown(0.5)

    sample.remove(2.0)

    assert list(sample.ordered) == [1.0, 2.0]
    assert sample.shown(0.5) != before


@pytest.mark.parametrize("value", [0.5, 1.5, 9.0])
def test_what_is_not_there_cannot_be_forgotten(value: float) -> None:
    with pytest.raises(ValueError, match="not in the sample"):
        SortedSample([1.0, 2.0]).remove(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_cannot_be_ranked_is_refused(value: float) -> None:
    sample = SortedSample([1.0])

    with pytest.raises(ValueError, match="ranked"):
        sample.add(value)
    assert list(sample.ordered) == [1.0]


def test_a_cleared_sample_is_empty() -> None:
    sample = SortedSample([1.0] * 5)
    assert sample.shown(0.5).point == 1.0

    sample.clear()

    assert sample.shown(0.5).point is None
    assert len(sample) == 0
