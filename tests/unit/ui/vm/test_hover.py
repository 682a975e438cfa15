import pytest

from app.core.records import TurnStatus
from app.metrics.definitions import DEFINITIONS
from app.ui.vm.hover import NO_TURN, fact, hover, uncertainty_words, value_words
from app.ui.vm.topics import OTHER, grouped
from tests.support.reports import turn

THIN = "\u2009"


def rows(words: str) -> dict[str, str]:
    return dict(line.split("\t", 1) for line in words.splitlines()[1:])


def test_a_figure_explains_itself() -> None:
    words = hover("v2v_ms")

    assert words.splitlines()[0] == DEFINITIONS["v2v_ms"].name
    assert rows(words).keys() >= {"formula", "from", "to", "clock", "note", "source"}
    assert "turn 1" not in rows(words)


def test_a_value_comes_with_its_uncertainty() -> None:
    told = rows(hover("v2v_ms", turn=turn(4, v2v_ms=612.0, u_v2v_ms=6.4), session="n 23; P50 640"))

    assert told["turn 4"] == f"612{THIN}ms \N{PLUS-MINUS SIGN}{THIN}6{THIN}ms"
    assert told["session"] == "n 23; P50 640"
    assert told["click"] == "marks and plays it"


def test_a_small_uncertainty_keeps_a_decimal() -> None:
    words = uncertainty_words("v2v_ms", turn(1, u_v2v_ms=2.44))

    assert words == f"\N{PLUS-MINUS SIGN}{THIN}2.4{THIN}ms"


@pytest.mark.parametrize("changes", [{"u_v2v_ms": None}, {"v2v_ms": None}])
def test_what_is_unknown_has_no_uncertainty(changes: dict[str, object]) -> None:
    assert uncertainty_words("v2v_ms", turn(1, **changes)) == ""
    assert uncertainty_words("ttft_ms", turn(1)) == uncertainty_words("v2v_ms", None) == ""


def test_a_figure_without_a_stretch_says_so() -> None:
    told = rows(hover("text_tps", turn=turn(1, chunks_n=3)))

    assert "marks and plays it" not in hover("chunks_n", turn=turn(1))
    assert "click" in told


def test_a_reported_figure_says_that_it_was_not_measured() -> None:
    assert "not measured here" in rows(hover("text_tps", reported=True))["reported"]


def test_an_unknown_figure_says_why() -> None:
    told = rows(hover("v2v_ms", turn=turn(2, v2v_ms=None, status=TurnStatus.TIMEOUT)))

    assert told["turn 2"] == "\N{EN DASH}"
    assert told["unknown"]
    assert fact("v2v_ms", None).reason == NO_TURN


def test_a_spoilt_turn_says_by_what() -> None:
    told = rows(hover("v2v_ms", turn=turn(2, excluded_reason="xrun", client_limited="xrun")))

    assert (told["left out"], told["client-limited"]) == ("sound dropped out (xrun)",) * 2


@pytest.mark.parametrize(
    ("metric", "value", "words"),
    [
        ("premature", True, "yes"),
        ("premature", False, "no"),
        ("v2v_ms", None, "\N{EN DASH}"),
        ("v2v_ms", -40.0, f"\N{MINUS SIGN}40.0{THIN}ms"),
        ("delivery_x", 764.0, f">50{THIN}\N{MULTIPLICATION SIGN}"),
        ("chunks_n", 25, "25.0"),
        ("ttft_ref", "st\x00op\n", "st\u2400op"),
    ],
)
def test_values_of_every_kind_are_shown(metric: str, value: object, words: str) -> None:
    assert value_words(metric, value) == words


def test_hostile_words_of_a_provider_stay_on_their_line() -> None:
    told = hover("v2v_ms", turn=turn(1, excluded_reason="a\tb\nformula\tlie"))

    assert rows(told)["left out"] == "a b formula lie"
    assert rows(told)["formula"] == DEFINITIONS["v2v_ms"].formula


def test_every_defined_metric_has_a_topic_and_explains_itself() -> None:
    listed = [metric for _topic, metrics in grouped() for metric in metrics]

    assert sorted(listed) == sorted(DEFINITIONS)
    assert OTHER not in dict(grouped())
    assert all(hover(metric, turn=turn(1)) for metric in listed)
