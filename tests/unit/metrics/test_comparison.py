"""One model's sessions against another's."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings as example_settings, strategies as st

from app.core.ports.store import StoredSession
from app.metrics.comparison import (
    DEFAULT_METRICS,
    compare_sessions,
    judged_together,
    side_names,
)
from app.metrics.outcomes import Comparison, MetricComparison
from tests.support.comparing import failed, interleaved, latencies, session, turn

QUICK = ("v2v_ms",)


def metric(comparison: Comparison, name: str = "v2v_ms") -> MetricComparison:
    return next(each for each in comparison.metrics if each.metric == name)


def normal(
    sessions: int, turns: int, difference: float = 150.0
) -> tuple[list[StoredSession], list[StoredSession]]:
    rng = np.random.default_rng(11)
    first = rng.normal(600, 20, (sessions, turns))
    second = first + difference + rng.normal(0, 5, (sessions, turns))
    return interleaved(first.tolist(), second.tolist())


def test_a_difference_comes_out_with_its_sign_and_its_interval() -> None:
    compared = compare_sessions(*normal(4, 5))

    found = metric(compared)
    assert (compared.first, compared.second) == ("a", "b")
    assert compared.design == "interleaved"
    assert found.pairs == 20
    assert found.difference is not None
    assert found.difference == pytest.approx(150, abs=3)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.difference < found.high
    assert found.high - found.low == pytest.approx(5, abs=2.5)
    assert found.verdict.startswith("b is 148 ms slower, 95 % interval 146 to 150, 20 pairs, p < ")
    assert found.method.startswith("Hodges-Lehmann; signed-rank interval, exact, turn level")
    assert found.detectable == pytest.approx(3.5, abs=1.5)


def test_from_eight_sessions_on_the_sessions_are_resampled() -> None:
    found = metric(compare_sessions(*normal(8, 2)))

    assert "resampling 8 pairs of sessions" in found.method
    assert found.pairs == 16


def test_the_figures_of_each_side_are_gated_by_their_number() -> None:
    few, many = metric(compare_sessions(*normal(1, 4))), metric(compare_sessions(*normal(4, 20)))

    assert (few.first.n, few.first.p50, few.first.p95) == (4, None, None)
    assert few.first.p95_reason == "Only 4 of 5 values: the points themselves are shown."
    assert few.verdict == "Too few to tell: 4 pairs, and it takes 6."
    assert len(few.first.values) == 4
    assert many.second.n == 80
    assert many.second.p50 == pytest.approx(750, abs=10)
    assert many.second.p50_low is not None
    assert many.second.p95_high is not None
    assert many.second.p95_reason == ""
    assert many.second.name == "b"


def test_every_metric_is_compared_and_corrected_for_the_others() -> None:
    columns = dict.fromkeys(DEFAULT_METRICS, 100.0)
    first = session("a", *(turn(k, **{**columns, "ttft_ms": 90.0 + k}) for k in range(2, 12)))
    second = session("b", *(turn(k, **{**columns, "ttft_ms": 99.0 + 2 * k}) for k in range(2, 12)))

    compared = compare_sessions([first], [second])

    assert [each.metric for each in compared.metrics] == list(DEFAULT_METRICS)
    token = metric(compared, "ttft_ms")
    assert token.p == pytest.approx(2 / 1024)
    assert token.p_holm == pytest.approx(18 / 1024)
    assert metric(compared).p == metric(compared).p_holm == 1.0
    assert metric(compared).verdict == "No difference shown; 10 pairs would show 0 ms or more."


def test_comparisons_of_one_run_are_corrected_for_all_of_them() -> None:
    one, other = compare_sessions(*normal(2, 3), QUICK), compare_sessions(*normal(2, 4), QUICK)

    judged = judged_together([one, other])

    assert [metric(each).p for each in judged] == [metric(one).p, metric(other).p]
    assert metric(judged[0]).p_holm == pytest.approx(2 / 64)
    assert metric(judged[1]).p_holm == pytest.approx(4 / 256)


# --- what counts ---------------------------------------------------------------------------------


def test_failed_and_spoilt_turns_are_counted_and_not_measured() -> None:
    good = [turn(k, 500.0 + k) for k in range(2, 10)]
    first = session("a", *good, turn(10, 9000.0, excluded_reason="xrun"))
    second = session("b", *good[:7], failed(9, v2v_ms=1.0), turn(10, 1.0))

    compared = compare_sessions([first], [second], QUICK)

    found, rate = metric(compared), compared.availability
    assert (found.pairs, found.difference) == (7, 0.0)
    assert (found.first.n, found.first.failed, found.first.excluded) == (8, 0, 1)
    assert (found.second.n, found.second.failed, found.second.excluded) == (8, 1, 0)
    assert (rate.first_ok, rate.first_n, rate.second_ok, rate.second_n) == (9, 9, 8, 9)
    assert rate.p == 1.0
    assert rate.first_low == pytest.approx(0.7009, abs=1e-4)
    assert rate.second_high == pytest.approx(0.9801, abs=1e-4)


def test_failures_of_one_side_alone_are_told_by_mcnemar() -> None:
    first = session("a", *(turn(k, 500.0) for k in range(2, 12)))
    second = session("b", *(failed(k) for k in range(2, 10)), turn(10, 1.0), turn(11, 1.0))

    assert compare_sessions([first], [second], QUICK).availability.p == pytest.approx(2 / 256)


def test_first_turns_are_told_apart() -> None:
    first = session("a", turn(1, 3000.0, is_first_turn=True), turn(2, 500.0))
    second = session("b", turn(1, 500.0, is_first_turn=True), turn(2, 510.0))

    compared = compare_sessions([first], [second], QUICK)

    assert metric(compared).difference == 10.0
    assert any(
        warning == "First turns are left out of the figures: 1 of a (voice to voice 3000 ms) and "
        "1 of b (voice to voice 500 ms)."
        for warning in compared.warnings
    )


def test_a_number_without_its_reference_is_not_compared() -> None:
    first = session("a", *(turn(k, ttft_ms=1.0, ttft_ref="stop") for k in (2, 3)))
    second = session(
        "b", turn(2, ttft_ms=9.0, ttft_ref="create"), turn(3, ttft_ms=5.0, ttft_ref="stop")
    )

    compared = compare_sessions([first], [second], ("ttft_ms",))

    assert metric(compared, "ttft_ms").pairs == 1
    assert metric(compared, "ttft_ms").difference == 4.0
    assert compared.warnings[-1].startswith("ttft_ms is not compared in 1 of 2 pairs")


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), None])
def test_what_a_damaged_file_holds_does_not_spoil_the_rest(odd: float | None) -> None:
    first = session("a", turn(2, 500.0), turn(3, odd))
    second = session("b", turn(2, 600.0), turn(3, 700.0))

    found = metric(compare_sessions([first], [second], QUICK))

    assert (found.pairs, found.difference) == (1, 100.0)
    assert found.first.values == (500.0,)


def test_without_a_common_stimulus_the_sides_are_compared_unpaired() -> None:
    first = session("a", *(turn(k, 500.0 + k, input_name=None) for k in range(2, 12)))
    second = session("b", *(turn(k, 600.0 + k, input_name=None) for k in range(2, 14)))

    compared = compare_sessions([first], [second], QUICK)

    found = metric(compared)
    assert compared.design == "unpaired"
    assert (found.pairs, found.difference) == (None, 101.0)
    assert found.p is not None
    assert found.p < 0.001
    assert "10 turns a side" in found.verdict
    assert "Mann-Whitney" in found.method
    assert compared.availability.p is None


@pytest.mark.parametrize(
    "sides", [([], []), ([session("a")], []), ([session("a")], [session("b")])]
)
def test_nothing_to_compare_is_told_and_raises_nothing(
    sides: tuple[list[StoredSession], list[StoredSession]],
) -> None:
    compared = compare_sessions(*sides)

    assert {each.verdict for each in compared.metrics} == {"Not measured on both sides."}
    assert compared.availability.first_low is None
    assert any("has no turns" in warning for warning in compared.warnings)


# --- what must go through ------------------------------------------------------------------------


LATENCIES = st.lists(st.tuples(*[st.integers(-200, 3000).map(float)] * 2), min_size=1, max_size=14)


@given(LATENCIES, st.integers(1, 3))
@example_settings(max_examples=25, deadline=None)
def test_swapping_the_sides_swaps_the_sign(values: list[tuple[float, float]], rounds: int) -> None:
    sides = interleaved(
        [[first for first, _ in values]] * rounds, [[second for _, second in values]] * rounds
    )

    there = metric(compare_sessions(*sides, QUICK))
    back = metric(compare_sessions(*sides[::-1], QUICK))

    assert there.difference is not None
    assert back.difference == pytest.approx(-there.difference)
    for one, other in ((there.low, back.high), (there.high, back.low)):
        assert one is None or -one == pytest.approx(other)
    for ours, theirs in (
        (there.p, back.p), (there.p_holm, back.p_holm), (there.detectable, back.detectable),
    ):  # fmt: skip
        assert ours == (None if theirs is None else pytest.approx(theirs))
    assert (there.first.p50, there.first.n) == (back.second.p50, back.second.n)


@given(st.integers(-500, 500), st.sampled_from([0.5, 2.0, 10.0]))
@example_settings(max_examples=10, deadline=None)
def test_a_shift_of_both_sides_changes_no_difference_and_a_scale_scales_it(
    shift: int, scale: float
) -> None:
    rng = np.random.default_rng(3)
    first, second = (rng.integers(300, 900, (2, 8)).astype(float) for _ in range(2))

    plain = metric(compare_sessions(*interleaved(first.tolist(), second.tolist()), QUICK))
    moved = metric(
        compare_sessions(*interleaved((first + shift).tolist(), (second + shift).tolist()), QUICK)
    )
    scaled = metric(
        compare_sessions(*interleaved((first * scale).tolist(), (second * scale).tolist()), QUICK)
    )

    assert plain.difference is not None
    assert plain.detectable is not None
    assert moved.difference == pytest.approx(plain.difference)
    assert moved.p == plain.p
    assert scaled.difference == pytest.approx(plain.difference * scale)
    assert scaled.detectable == pytest.approx(plain.detectable * scale)


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        ([session("a")], [session("b")], ("a", "b")),
        ([session("a"), session("c")], [session("b")], ("a + c", "b")),
        (
            [session("s", engine_arguments=("--first-audio=100",))],
            [session("s", engine_arguments=("--first-audio=250",))],
            ("s --first-audio=100", "s --first-audio=250"),
        ),
        (
            [session("s", engine_arguments=("--reply-ms=9", "--first-audio=100"))],
            [session("s", engine_arguments=("--reply-ms=9",))],
            ("s --first-audio=100", "s"),
        ),
        ([session("s")], [session("s")], ("s (first)", "s (second)")),
        ([session("s")], [], ("s (first)", "nothing (second)")),
        ([], [], ("nothing (first)", "nothing (second)")),
        ([session(None)], [session("b\x1b[2J")], ("Simulator", "b [2J")),
        ([session("a" * 70)], [session("b")], ("a" * 59 + "\N{HORIZONTAL ELLIPSIS}", "b")),
    ],
)
def test_sides_are_called_by_what_tells_them_apart(
    first: list[StoredSession], second: list[StoredSession], names: tuple[str, str]
) -> None:
    assert side_names(first, second) == names


def test_an_unknown_metric_is_an_error() -> None:
    with pytest.raises(AttributeError):
        compare_sessions([session("a", *latencies([1.0]))], [session("b")], ("no_such_ms",))


def test_only_who_compares_loads_the_statistics_library() -> None:
    words = (
        "import sys, app.bootstrap.engine, app.bootstrap.window, app.bootstrap.compare, "
        "app.trials.comparing, app.cli.comparison; sys.exit('scipy' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", words], check=False, timeout=50).returncode == 0
