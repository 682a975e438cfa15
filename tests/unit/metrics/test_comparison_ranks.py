import itertools

import numpy as np
import pytest
from hypothesis import given, settings as example_settings, strategies as st
from scipy.stats import rankdata

from app.metrics import comparison_ranks as ranks
from app.metrics.comparison_ranks import (
    detectable,
    hodges_lehmann,
    holm,
    mcnemar,
    paired_estimate,
    rank_sum_test,
    signed_rank_test,
    unpaired_estimate,
)
from tests.benchmarks import comparison as simulation

DIFFERENCES = st.lists(st.integers(-500, 500).map(lambda k: k / 4), min_size=1, max_size=40)
DRAWS = 200


def walsh(values: list[float]) -> list[float]:
    pairs = itertools.combinations_with_replacement(values, 2)
    return sorted((a + b) / 2 for a, b in pairs)


# --- the estimate and its interval ---------------------------------------------------------------


@given(DIFFERENCES)
def test_the_estimate_is_the_median_of_the_averages_of_two(values: list[float]) -> None:
    assert hodges_lehmann(np.array(values)) == pytest.approx(np.median(walsh(values)))


@pytest.mark.parametrize(("n", "tail"), [(6, 0), (8, 3), (10, 8), (20, 52), (50, 434), (51, 453)])
def test_the_interval_is_cut_from_the_averages_where_the_tables_say(n: int, tail: int) -> None:
    values = [float(k * k) for k in range(1, n + 1)]
    averages = walsh(values)

    found = paired_estimate([values])

    assert (found.low, found.high) == (averages[tail], averages[-1 - tail])
    assert "turn level: optimistic" in found.method
    assert ("exact" in found.method) == (n <= 50)


@pytest.mark.parametrize("n", range(1, 6))
def test_fewer_than_six_pairs_have_no_interval(n: int) -> None:
    found = paired_estimate([[float(k) for k in range(n)]])

    assert found.point is not None
    assert (found.low, found.high) == (None, None)
    assert signed_rank_test([1.0] * n) is None


def test_no_pairs_have_no_estimate() -> None:
    assert paired_estimate([[], []]).point is None
    assert unpaired_estimate([], [1.0]).point is None
    assert unpaired_estimate([1.0], []).point is None


def test_too_many_averages_to_hold_are_still_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    first, second = rng.normal(700, 200, 60).tolist(), rng.normal(760, 200, 55).tolist()
    held = paired_estimate([first]), unpaired_estimate(first, second)

    monkeypatch.setattr(ranks, "_EXPLICIT_SUMS", 10)

    for before, after in zip(
        held, (paired_estimate([first]), unpaired_estimate(first, second)), strict=True
    ):
        assert after.point == pytest.approx(before.point)
        assert after.low == pytest.approx(before.low)
        assert after.high == pytest.approx(before.high)


@given(DIFFERENCES, st.integers(-100, 100), st.sampled_from([0.5, 2.0, 1000.0]))
def test_shift_scale_and_sign_go_through(values: list[float], shift: float, scale: float) -> None:
    def bounds(changed: list[float]) -> list[float | None]:
        found = paired_estimate([changed])
        return [found.point, found.low, found.high]

    point, low, high = bounds(values)

    assert bounds([v + shift for v in values]) == [
        None if v is None else pytest.approx(v + shift) for v in (point, low, high)
    ]
    assert bounds([v * scale for v in values]) == [
        None if v is None else pytest.approx(v * scale) for v in (point, low, high)
    ]
    assert bounds([-v for v in values]) == [
        None if v is None else pytest.approx(-v) for v in (point, high, low)
    ]


# --- sessions that are resampled -----------------------------------------------------------------


def test_from_eight_sessions_on_they_are_resampled() -> None:
    rng = np.random.default_rng(4)
    blocks = (rng.normal(100, 40, (8, 5)) + rng.normal(0, 60, (8, 1))).tolist()

    by_session, by_turn = (
        paired_estimate(blocks),
        paired_estimate([[v for block in blocks for v in block]]),
    )

    assert by_session.method == "interval by resampling 8 pairs of sessions"
    assert by_session == paired_estimate(blocks)
    assert by_session.point == by_turn.point
    assert by_session.high is not None
    assert by_session.low is not None
    assert by_turn.high is not None
    assert by_turn.low is not None
    assert by_session.high - by_session.low > by_turn.high - by_turn.low
    assert "turn level" in paired_estimate([*blocks[:7], []]).method


def test_many_pairs_are_resampled_less_often() -> None:
    blocks = np.random.default_rng(4).normal(100, 40, (10, 21)).tolist()

    found = paired_estimate(blocks)

    assert found.low is not None
    assert found.low == pytest.approx(95, abs=10)


# --- tests ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("differences", "p", "method"),
    [
        ([1, 2, 3, 4, 5, 6], 2 / 64, "Wilcoxon, exact"),
        ([-1, 2, 3, 4, 5, 6], 4 / 64, "Wilcoxon, exact"),
        ([0, 0, 0, 0, 0, 0], 1.0, "no pair differs, 6 zero"),
        ([0, 1, 2, 3, 4, 5, 6], 2 / 64, "Wilcoxon, exact, 1 zero"),
        ([1, 1, 1, 1, 1, 1], 2 / 64, "Wilcoxon, exact, 5 tied"),
        ([1e-12, 2, 3, 4, 5, 6, 7], 2 / 64, "Wilcoxon, exact, 1 zero"),
    ],
)
def test_the_signed_rank_test(differences: list[float], p: float, method: str) -> None:
    found = signed_rank_test(differences)

    assert found is not None
    assert found.p == pytest.approx(p)
    assert found.method == method


@given(st.lists(st.integers(-9, 9).map(float), min_size=6, max_size=7))
@example_settings(max_examples=30, deadline=None)
def test_the_exact_p_is_that_of_all_signs(differences: list[float]) -> None:
    rest = np.array([each for each in differences if each])
    of_size = rankdata(np.abs(rest))
    sums = [
        sum(itertools.compress(of_size, signs))
        for signs in itertools.product((0, 1), repeat=len(rest))
    ]
    seen = sum(of_size[rest > 0])
    least = min(sum(each <= seen for each in sums), sum(each >= seen for each in sums))

    found = signed_rank_test(differences)

    assert found is not None
    assert found.p == pytest.approx(min(1.0, 2 * least / len(sums)))


def test_many_pairs_and_ties_are_approximated_and_said_to_be() -> None:
    many = signed_rank_test([float(k) for k in range(1, 60)])
    tied = signed_rank_test([1.0] * 60)

    assert many is not None
    assert tied is not None
    assert many.method == "Wilcoxon, normal approximation"
    assert tied.method == "Wilcoxon, normal approximation, 59 tied"
    assert max(many.p, tied.p) < 1e-4


@pytest.mark.parametrize(
    ("first", "second", "p", "method"),
    [
        ([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12], 2 / 924, "Mann-Whitney, exact"),
        ([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6], 1.0, "Mann-Whitney, normal approximation, 6 tied"),
    ],
)
def test_the_rank_sum_test(first: list[float], second: list[float], p: float, method: str) -> None:
    found = rank_sum_test(first, second)

    assert found is not None
    assert found.p == pytest.approx(p)
    assert found.method == method
    assert rank_sum_test(first[:5], second) is None


@pytest.mark.parametrize(
    ("n", "m", "tail"),
    [(4, 4, 0), (6, 6, 5), (5, 9, 7), (10, 10, 23), (20, 20, 127), (30, 30, 317)],
)
def test_the_shift_of_two_samples_has_the_interval_of_the_tables(n: int, m: int, tail: int) -> None:
    first, second = [float(3 * k) for k in range(n)], [float(k * k) for k in range(m)]
    shifts = sorted(b - a for a in first for b in second)

    found = unpaired_estimate(first, second)

    assert found.point == np.median(shifts)
    assert (found.low, found.high) == (shifts[tail], shifts[-1 - tail])


@pytest.mark.parametrize(("n", "m"), [(3, 3), (1, 30), (1, 60)])
def test_too_small_a_sample_has_no_interval_of_the_shift(n: int, m: int) -> None:
    found = unpaired_estimate([1.0] * n, [2.0] * m)

    assert found.point == 1.0
    assert (found.low, found.high) == (None, None)


@pytest.mark.parametrize(
    ("chances", "corrected"),
    [
        ([], []),
        ([None, 0.02], [None, 0.02]),
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.5, 0.9, None], [1.0, 1.0, None]),
    ],
)
def test_holm(chances: list[float | None], corrected: list[float | None]) -> None:
    assert holm(chances) == [None if p is None else pytest.approx(p) for p in corrected]


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"), [(0, 0, 1.0), (6, 0, 2 / 64), (0, 6, 2 / 64), (3, 3, 1.0)]
)
def test_mcnemar(only_first: int, only_second: int, p: float) -> None:
    assert mcnemar(only_first, only_second) == pytest.approx(p)


# --- what a sample can show ----------------------------------------------------------------------


def test_the_smallest_difference_shown_follows_from_the_interval() -> None:
    assert detectable(-19.6, 19.6) == pytest.approx(28.0, abs=0.02)
    assert detectable(None, 5.0) is None
    assert detectable(5.0, None) is None


def test_the_power_is_that_of_the_specification() -> None:
    expected = 0.64
    error = 3 * (expected * (1 - expected) / DRAWS) ** 0.5

    assert simulation.SPECIFIED[50] == expected
    assert simulation.power(50, DRAWS) == pytest.approx(expected, abs=error)


def test_what_is_said_to_be_detectable_is_found_in_8_of_10() -> None:
    least = simulation.usual_detectable(30, DRAWS)

    assert simulation.power(30, DRAWS, least, seed=1) == pytest.approx(0.8, abs=0.08)


def test_a_drift_looks_like_a_difference_unless_the_sessions_are_interleaved() -> None:
    assert simulation.false_alarms(60, DRAWS, interleaved=True) <= 0.09
    assert simulation.false_alarms(60, DRAWS, interleaved=False) >= 0.3


def test_the_interval_of_few_turns_holds_the_truth() -> None:
    assert simulation.cover(simulation.by_turn(12), DRAWS) >= 0.92


def test_the_interval_of_sessions_that_differ_holds_the_truth() -> None:
    held = simulation.cover(simulation.by_session(8, 2, 200.0), 30)

    assert held >= 0.86
