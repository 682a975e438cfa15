import pytest

from app.core.records import TurnStatus
from app.ui.vm.statistics import (
    LATENCY,
    MAX_TURNS,
    THROUGHPUT,
    TTFT,
    V2V,
    Point,
    Series,
    StatisticsViewModel,
)
from tests.support.reports import turn


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
    vm.take(turn(1, ttft_ms=300.0))
    vm.take(turn(2, ttft_ms=None))
    vm.take(turn(3, ttft_ms=310.0, excluded_reason="xrun"))

    assert vm.points(TTFT) == [Point(1, 300.0, excluded=False), Point(3, 310.0, excluded=True)]


def test_excluded_turns_are_not_in_the_quantiles() -> None:
    vm = StatisticsViewModel()
    vm.take(turn(1, v2v_ms=600.0))
    vm.take(turn(2, v2v_ms=9_000.0, excluded_reason="xrun"))

    assert (vm.summary(V2V).n, vm.summary(V2V).cells["P50"]) == (1, "600")


def test_without_turns_every_cell_is_a_dash() -> None:
    assert dict(StatisticsViewModel().summary(V2V).cells) == {
        "P50": "\N{EN DASH}",
        "P90": "\N{EN DASH}",
        "P95": "\N{EN DASH}",
    }


def test_a_small_sample_has_a_median_only() -> None:
    vm = session(*range(600, 610))

    summary = vm.summary(V2V)

    assert dict(summary.cells) == {"P50": "604", "P90": "\N{EN DASH}", "P95": "\N{EN DASH}"}
    assert "P95: unknown, needs n ≥ 20" in summary.hover


def test_a_middling_sample_bounds_the_tail_from_below() -> None:
    vm = session(*range(601, 631))

    summary = vm.summary(V2V)

    assert summary.cells["P95"].startswith("≥\u2009")
    assert "to unbounded" in summary.hover


def test_a_large_sample_has_them_all() -> None:
    vm = session(*range(601, 701))

    summary = vm.summary(V2V)

    assert dict(summary.cells) == {"P50": "650", "P90": "690", "P95": "695"}
    assert "P95: 695, 95 % interval 690 to 700" in summary.hover


def test_every_series_of_as_many_turns_has_its_own_interval() -> None:
    vm = session(*range(601, 701))

    v2v, ttft = vm.summary(V2V), vm.summary(TTFT)

    assert v2v is vm.summary(V2V)
    assert v2v.hover != ttft.hover
    assert ttft.n == 100


def test_a_single_turn_has_an_open_interval() -> None:
    assert "P50: 600, 95 % interval unbounded to unbounded" in session(600.0).summary(V2V).hover


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ([], ""),
        ([{}], "1 turn"),
        ([{}, {"status": TurnStatus.TIMEOUT}], "2 turns, 1 failed"),
        ([{}, {"excluded_reason": "xrun"}], "2 turns, 1 left out"),
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
    vm.take(turn(1, v2v_ms=9_000.0, ttft_ms=None))
    vm.take(turn(2, v2v_ms=8_000.0, excluded_reason="xrun"))
    record = turn(3, v2v_ms=600.0, ttft_ms=300.0)

    for _ in range(MAX_TURNS):
        vm.take(record)

    assert len(vm.turns) == len(vm.points(V2V)) == len(vm.points(TTFT)) == MAX_TURNS
    assert (vm.summary(V2V).n, vm.summary(V2V).cells["P95"]) == (MAX_TURNS, "600")


def test_a_new_session_begins_without_turns() -> None:
    vm = session(600.0)

    vm.clear()

    assert vm.turns == []
