import math
from itertools import combinations
from typing import Any

import pytest

from app.core.records import TurnStatus
from app.metrics.counted import choose
from app.metrics.summary import summarise
from app.ui.vm.series import LATENCY, THROUGHPUT, TTFT, V2V, Series, choices, series_of
from app.ui.vm.statistics import MAX_TURNS, Point, StatisticsViewModel
from tests.support.reports import turn

DASH = "\N{EN DASH}"


def session(*v2v_ms: float) -> StatisticsViewModel:
    vm = StatisticsViewModel()
    for index, value in enumerate(v2v_ms, 1):
        vm.take(turn(index, v2v_ms=value))
    return vm


@pytest.mark.parametrize("group", [LATENCY, THROUGHPUT], ids=["latency", "throughput"])
def test_series_are_told_apart_by_shape_as_well_as_by_colour(group: tuple[Series, ...]) -> None:
    assert len({each.shape for each in group}) == len(group)
    assert len({each.role for each in group}) == len(group)


def test_points_are_the_known_values_with_their_turns() -> None:
    vm = StatisticsViewModel()
    vm.take(turn(1, ttft_stop_ms=300.0))
    vm.take(turn(2, ttft_stop_ms=None))
    vm.take(turn(3, ttft_stop_ms=310.0, excluded_reason="xrun"))

    vm.take(turn(4, ttft_stop_ms=320.0, client_limited="loop_lag"))

    assert vm.points(TTFT) == [
        Point(1, 300.0, excluded=False),
        Point(3, 310.0, excluded=True),
        Point(4, 320.0, excluded=False, limited=True),
    ]


def test_excluded_turns_are_not_in_the_quantiles() -> None:
    vm = StatisticsViewModel()
    for number in range(1, 6):
        vm.take(turn(number, v2v_ms=600.0))
    vm.take(turn(6, v2v_ms=9_000.0, excluded_reason="xrun"))
    vm.take(turn(7, v2v_ms=8_000.0, status=TurnStatus.ERROR))
    vm.take(turn(8, v2v_ms=math.inf))

    assert (vm.summary(V2V).n, vm.summary(V2V).cells["P50"]) == (5, "600")


def test_without_turns_every_cell_is_a_dash() -> None:
    assert dict(StatisticsViewModel().summary(V2V).cells) == {
        "P50": "\N{EN DASH}",
        "P90": "\N{EN DASH}",
        "P95": "\N{EN DASH}",
    }


def words(vm: StatisticsViewModel) -> dict[str, str]:
    return {name: text for name, text, _hover in vm.spread()}


def test_fewer_than_five_turns_are_points_only() -> None:
    vm = session(600.0, 610.0, 620.0, 630.0)

    assert set(vm.summary(V2V).cells.values()) == {DASH}
    assert words(vm)["P50"] == DASH
    assert "Only 4 of 5 values" in vm.hover(V2V)


def test_a_small_sample_has_a_median_only() -> None:
    vm = session(*range(600, 610))

    assert dict(vm.summary(V2V).cells) == {"P50": "604", "P90": DASH, "P95": DASH}
    assert words(vm)["P50"] == "604"
    assert "is shown from 20 values on" in vm.hover(V2V)


def test_a_middling_sample_bounds_the_tail_from_below() -> None:
    vm = session(*range(601, 631))

    assert vm.summary(V2V).cells["P95"].startswith("\u2265\u2009")
    assert vm.interval("v2v_ms", 0.95).endswith("to unbounded")
    assert words(vm)["P50"] == "616 (610 to 621)"


def test_a_sample_of_60_has_a_one_sided_bound() -> None:
    vm = session(*range(601, 661))

    assert vm.summary(V2V).cells["P95"] == "657"
    assert vm.interval("v2v_ms", 0.95).endswith("to 660 (one-sided)")


def test_a_large_sample_has_them_all_but_the_extreme() -> None:
    vm = session(*range(601, 701))

    assert dict(vm.summary(V2V).cells) == {"P50": "650", "P90": "690", "P95": "695"}
    assert vm.interval("v2v_ms", 0.95) == "690 to 700"
    assert words(vm)["P99"] == DASH


def test_300_turns_have_a_p99() -> None:
    assert words(session(*range(601, 901)))["P99"] == "897"


def test_every_metric_of_as_many_turns_has_its_own_interval() -> None:
    vm = session(*range(601, 701))

    assert vm.summary(V2V) is vm.summary(V2V)
    assert vm.hover(V2V) != vm.hover(TTFT)
    assert vm.summary(TTFT).n == 100


def test_the_spread_of_the_chosen_metric_is_shown() -> None:
    vm = session(*range(600, 610))

    assert words(vm) == {
        "n": "10",
        "P50": "604",
        "P90": DASH,
        "P95": DASH,
        "P99": DASH,
        "Range": "600 to 609",
        "IQR": "4.50",
        "First turn": DASH,
    }
    assert vm.choose("delivery_x")
    assert words(vm)["Range"].count("to") == 1
    assert not vm.choose("premature")
    assert vm.metric == "delivery_x"


def test_the_first_turn_is_apart_with_its_penalty() -> None:
    vm = StatisticsViewModel()
    vm.take(turn(1, v2v_ms=1_000.0, is_first_turn=True))
    alone = vm.spread()[-1]
    for number in range(2, 6):
        vm.take(turn(number, v2v_ms=600.0 + number))

    name, text, hover = vm.spread()[-1]

    assert "penalty" not in alone[2]
    assert (name, text) == ("First turn", "1\u2009000")
    assert "penalty\t396\u2009ms" in hover


def test_a_first_turn_that_is_left_out_has_no_penalty() -> None:
    vm = StatisticsViewModel()
    vm.take(turn(1, v2v_ms=1_000.0, is_first_turn=True, excluded_reason="xrun"))
    vm.take(turn(2, v2v_ms=600.0))

    assert vm.spread()[-1][1] == "1\u2009000"
    assert "penalty" not in vm.spread()[-1][2]


KINDS_OF_TURN: tuple[dict[str, Any], ...] = (
    {},
    {"is_first_turn": True},
    {"has_tool": True},
    {"has_tool": True, "is_first_turn": True},
    {"excluded_reason": "xrun"},
    {"status": TurnStatus.ERROR},
)


@pytest.mark.parametrize(
    "kinds",
    [kinds for n in range(5) for kinds in combinations(range(len(KINDS_OF_TURN)), n)],
    ids=str,
)
def test_the_quantiles_are_of_the_turns_that_the_summary_counts(kinds: tuple[int, ...]) -> None:
    turns = [
        turn(1 + 7 * repeat + kind, v2v_ms=600.0 + 50 * kind + repeat, **KINDS_OF_TURN[kind])
        for repeat in range(6)
        for kind in kinds
    ]
    vm = StatisticsViewModel()
    for each in turns:
        vm.take(each)
    choice, told = choose([turns]), summarise(turns, for_people=True)

    assert vm.ordered("v2v_ms") == sorted(
        each.v2v_ms for each in turns if choice.takes(each) and each.v2v_ms is not None
    )
    assert vm.population.counted == len(vm.ordered("v2v_ms")) == told.v2v_n
    assert vm.shown("v2v_ms", 0.5).point == told.v2v_p50_ms
    assert vm.population.tools == told.tool_turns
    assert vm.tally.excluded.total() == told.excluded


def test_what_is_shown_says_how_many_of_how_many_turns_and_where_the_others_are() -> None:
    vm = session(600.0, 610.0)
    changes: tuple[dict[str, Any], ...] = (
        {"is_first_turn": True},
        {"has_tool": True, "yield_ms": 250.0, "tool_v2v_ms": 3_000.0},
        {"has_tool": True},
        {"status": TurnStatus.TIMEOUT},
        {"excluded_reason": "xrun"},
        {"v2v_ms": None},
    )
    alone = words(vm)["n"]
    for index, change in enumerate(changes, 3):
        vm.take(turn(index, **change))

    told = (
        "2 of 8 turns (first turn apart, 2 with a tool apart, 1 failed, 1 left out, 1 without it)"
    )
    assert (alone, words(vm)["n"]) == ("2", "2 of 8")
    assert f"n {told}" in vm.hover(V2V)
    assert f"counted\t{told}" in vm.spread()[0][2]
    assert "n 1 of 8 turns (1 failed, 1 left out, 5 without it)" in vm.explain("tool_v2v_ms")
    assert vm.ordered("yield_ms") == [250.0]
    assert [each.apart for each in vm.points(V2V)][1:5] == [
        "",
        "first turn",
        "with a tool",
        "with a tool",
    ]


def test_the_penalty_of_the_first_turn_is_that_of_the_summary() -> None:
    vm = StatisticsViewModel()
    turns = [
        turn(1, v2v_ms=1_000.0, is_first_turn=True),
        turn(2, v2v_ms=5_000.0, has_tool=True),
    ]
    for each in turns:
        vm.take(each)
    without = vm.spread()[-1][2]
    turns.append(turn(3, v2v_ms=600.0))

    vm.take(turns[-1])

    assert "penalty" not in without
    assert summarise(turns).first_turn_penalty_ms == 400.0
    assert "penalty\t400\u2009ms" in vm.spread()[-1][2]


def test_a_first_turn_with_a_tool_has_no_penalty() -> None:
    vm = StatisticsViewModel()
    vm.take(turn(1, v2v_ms=1_000.0, is_first_turn=True, has_tool=True))
    vm.take(turn(2, v2v_ms=600.0))

    assert "penalty" not in vm.spread()[-1][2]
    assert vm.population.apart() == "1 with a tool apart"


def test_a_metric_without_a_place_of_its_own_takes_that_of_the_latencies() -> None:
    vm = session(600.0, 610.0)

    vm.choose("endpointing_ms")

    assert [each.metric for each in vm.drawn] == ["endpointing_ms"]
    assert len(vm.points(vm.drawn[0])) == 2
    vm.choose("delivery_x")
    assert vm.drawn == LATENCY


def test_every_choice_can_be_counted_and_the_common_ones_come_first() -> None:
    offered = choices()

    assert offered[0] == "v2v_ms"
    assert len(set(offered)) == len(offered)
    assert not {"premature", "ttft_ref", "device_clock"} & set(offered)
    assert series_of(offered[2]).read(turn(1, ttfa_stop_ms=5.0)) == 5.0


def test_a_turn_is_found_by_its_number() -> None:
    vm = session(600.0, 610.0, 620.0)

    assert vm.turn(2) is vm.turns[1]
    assert (vm.turn(0), vm.turn(4)) == (None, None)


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ([], ""),
        ([{}], "1 turn"),
        ([{}, {"status": TurnStatus.TIMEOUT}], "2 turns, 1 failed"),
        ([{}, {"excluded_reason": "xrun"}], "2 turns, 1 left out"),
        ([{"client_limited": "loop_lag"}], "1 turn, 1 client-limited"),
        ([{"client_limited": "loop_lag+xrun"}], "1 turn, 1 client-limited"),
        ([{"status": TurnStatus.ERROR, "excluded_reason": "xrun"}], "1 turn, 1 failed"),
    ],
)
def test_the_title_counts_what_failed_and_what_was_left_out(
    changes: list[dict[str, object]], title: str
) -> None:
    vm = StatisticsViewModel()

    for index, change in enumerate(changes, 1):
        vm.take(turn(index, **change))

    assert vm.title == title


def test_the_oldest_turns_go_when_there_are_too_many() -> None:
    vm = StatisticsViewModel()
    assert (list(vm.points(V2V)), list(vm.points(TTFT))) == ([], [])
    vm.take(turn(1, v2v_ms=9_000.0, ttft_stop_ms=None, is_first_turn=True))
    vm.take(turn(2, v2v_ms=8_000.0, excluded_reason="xrun"))
    record = turn(3, v2v_ms=600.0, ttft_stop_ms=300.0, has_tool=True)
    vm.take(record)
    assert list(vm.ordered("v2v_ms")) == [9_000.0]

    for _ in range(MAX_TURNS):
        vm.take(record)

    assert len(vm.turns) == len(vm.points(V2V)) == len(vm.points(TTFT)) == MAX_TURNS
    assert (vm.summary(V2V).n, vm.summary(V2V).cells["P95"]) == (MAX_TURNS, "600")
    assert vm.title == "10000 turns"
    assert "no longer kept" in vm.spread()[-1][2]


def test_a_new_session_begins_without_turns() -> None:
    vm = session(600.0)

    vm.clear()

    assert vm.turns == []
