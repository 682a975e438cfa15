from typing import Any

import pytest

from app.metrics.comparison_words import chance, number, unit_of, verdict

SHOWN: dict[str, Any] = {
    "metric": "v2v_ms",
    "second": "B",
    "n": 40,
    "noun": "pairs",
    "difference": 112.4,
    "bounds": (80.1, 149.8),
    "p": 0.0004,
    "p_holm": 0.0036,
    "metrics_n": 9,
    "detectable": 50.2,
}


def said(**changed: Any) -> str:
    return verdict(**{**SHOWN, **changed})


def test_a_difference_comes_with_interval_pairs_and_p() -> None:
    assert said() == "B is 112 ms slower, 95 % interval 80.1 to 150, 40 pairs, p 0.0004."


def test_a_negative_difference_is_told_the_other_way_round() -> None:
    assert said(difference=-112.4, bounds=(-149.8, -80.1)) == (
        "B is 112 ms faster, 95 % interval 80.1 to 150, 40 pairs, p 0.0004."
    )


@pytest.mark.parametrize(
    "changed",
    [{"bounds": (-5.0, 230.0)}, {"p": 0.06, "p_holm": 0.5}, {"bounds": (0.0, 230.0)}],
)
def test_no_difference_is_told_with_what_would_have_shown(changed: dict[str, Any]) -> None:
    assert said(**changed) == "No difference shown; 40 pairs would show 50.2 ms or more."


def test_what_does_not_hold_among_several_metrics_is_not_shown() -> None:
    assert said(p=0.03, p_holm=0.21) == (
        "Not shown: B is 112 ms slower, 95 % interval 80.1 to 150, 40 pairs, p 0.03, "
        "but 9 metrics were tested and corrected for that it is p 0.21."
    )


@pytest.mark.parametrize(
    "missing",
    [
        {"p": None},
        {"p_holm": None},
        {"bounds": (None, 1.0)},
        {"bounds": (1.0, None)},
        {"detectable": None},
    ],
)
def test_too_few_pairs_tell_nothing(missing: dict[str, Any]) -> None:
    assert said(n=4, **missing) == "Too few to tell: 4 pairs, and it takes 6."


def test_what_was_not_measured_is_not_judged() -> None:
    assert said(difference=None) == "Not measured on both sides."


@pytest.mark.parametrize(
    ("metric", "more", "less"),
    [
        ("ttft_ms", "B is 12 ms slower to its first token", "B is 12 ms faster to its"),
        ("required_prebuffer_ms", "B needs 12 ms more prebuffer", "B needs 12 ms less"),
        ("text_tps", "B writes 12 tok/s faster", "B writes 12 tok/s slower"),
        ("delivery_x", "B delivers audio 12 \N{MULTIPLICATION SIGN} faster", "B delivers audio 12"),
        ("leading_silence_ms", "B is 12 ms higher in leading silence", "B is 12 ms lower in"),
        ("stalls_n", "B is 12 higher in", "B is 12 lower in"),
        ("heard_words", "B is 12 higher in heard_words", "B is 12 lower in heard_words"),
    ],
)
def test_each_metric_has_its_words(metric: str, more: str, less: str) -> None:
    assert said(metric=metric, difference=12.0, bounds=(1.0, 20.0)).startswith(more)
    assert said(metric=metric, difference=-12.0, bounds=(-20.0, -1.0)).startswith(less)


def test_nothing_is_called_significant() -> None:
    for changed in ({}, {"p": 0.5}, {"p": None}, {"p_holm": 0.9}, {"difference": None}):
        assert "signific" not in said(**changed)


@pytest.mark.parametrize(
    ("value", "text"),
    [(112.4, "112"), (12.34, "12.3"), (12.0, "12"), (1.256, "1.26"), (-0.001, "0"), (-3.5, "-3.5"),
     (100.0, "100"), (0.0, "0")],
)  # fmt: skip
def test_numbers_have_three_figures(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("p", "text"), [(0.00001, "p < 0.0001"), (0.0004, "p 0.0004"), (0.0312, "p 0.031"), (1, "p 1")]
)
def test_chances(p: float, text: str) -> None:
    assert chance(p) == text


@pytest.mark.parametrize(
    ("metric", "unit"), [("v2v_ms", "ms"), ("text_tps", "tok/s"), ("stalls_n", "")]
)
def test_units_follow_from_the_name(metric: str, unit: str) -> None:
    assert unit_of(metric) == unit
