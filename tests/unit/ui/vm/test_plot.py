import pytest

from app.ui.vm.plot import PlotPlan, plan, ticks
from app.ui.vm.series import LATENCY, THROUGHPUT
from app.ui.vm.statistics import StatisticsViewModel
from tests.support.reports import turn


def latency(*v2v_ms: float | None, lines: int = 4) -> PlotPlan:
    vm = StatisticsViewModel()
    for index, value in enumerate(v2v_ms, 1):
        vm.take(turn(index, v2v_ms=value, ttft_stop_ms=None, ttfa_stop_ms=None))
    return plan(vm, LATENCY, second=False, lines=lines)


@pytest.mark.parametrize(
    ("top", "lines", "values"),
    [
        (734.0, 4, (0, 200, 400, 600, 800)),
        (1_000.0, 4, (0, 250, 500, 750, 1_000)),
        (734.0, 2, (0, 500, 1_000)),
        (0.9, 4, (0, 0.25, 0.5, 0.75, 1.0)),
        (0.0, 4, (0, 0.001)),
    ],
)
def test_grid_lines_stand_at_round_values(
    top: float, lines: int, values: tuple[float, ...]
) -> None:
    assert ticks(top, lines) == values


def test_the_highest_point_is_below_the_highest_line() -> None:
    made = latency(600.0, 740.0)

    assert made.top == 800
    assert made.left == ("0", "200", "400", "600", "800")
    assert made.right == ()


def test_a_young_session_has_room_for_twenty_turns() -> None:
    made = latency(600.0)

    assert (made.first, made.last, made.turns) == (1, 20, (4, 8, 12, 16, 20))


def test_a_long_session_shows_the_newest_200_turns() -> None:
    made = latency(*([600.0] * 250))

    assert (made.first, made.last) == (51, 250)
    assert len(made.drawn[0].points) == 200


def test_the_room_for_turns_moves_by_ten() -> None:
    made = [latency(*([600.0] * count)) for count in (21, 30, 251, 260)]

    assert [(each.first, each.last) for each in made] == [(1, 30), (1, 30), (61, 260), (61, 260)]


def test_only_the_marks_of_new_turns_came_since_the_plan_before() -> None:
    vm = StatisticsViewModel()
    plans = [plan(vm, THROUGHPUT, second=True, lines=4)]
    for turn_id, tokens in ((1, 85.0), (2, None)):
        vm.take(turn(turn_id, text_tps=tokens, delivery_x=4.0))
        plans.append(plan(vm, THROUGHPUT, second=True, lines=4))

    def since(old: int, new: int) -> list[tuple[str, int]]:
        found = plans[new].came_since(plans[old])
        assert found is not None
        return [(drawn.series.name, point.turn_id) for drawn, point in found]

    assert since(1, 2) == [("Delivery", 2)]
    assert since(2, 2) == []
    assert len(plans[2].spots) == 3


@pytest.mark.parametrize(
    ("tokens", "clears"),
    [(850.0, False), (85.0, True)],
    ids=["another scale", "another session"],
)
def test_marks_that_stood_elsewhere_are_drawn_anew(tokens: float, *, clears: bool) -> None:
    vm = StatisticsViewModel()
    vm.take(turn(1, text_tps=85.0, delivery_x=4.0))
    before = plan(vm, THROUGHPUT, second=True, lines=4)

    if clears:
        vm.clear()
        vm.take(turn(1, text_tps=85.0, delivery_x=4.0))
    vm.take(turn(2, text_tps=tokens, delivery_x=4.0))

    assert plan(vm, THROUGHPUT, second=True, lines=4).came_since(before) is None


def test_before_the_first_turn_the_plot_is_empty() -> None:
    made = latency()

    assert (made.empty, made.median) == (True, None)


def test_the_median_is_that_of_the_first_series_without_what_was_left_out() -> None:
    vm = StatisticsViewModel()
    for index, value in enumerate((600.0, 610.0, 630.0, 640.0), 1):
        vm.take(turn(index, v2v_ms=value))
    vm.take(turn(5, v2v_ms=9_000.0, excluded_reason="xrun"))
    few = plan(vm, LATENCY, second=False, lines=4).median

    vm.take(turn(6, v2v_ms=620.0))

    assert few is None
    assert plan(vm, LATENCY, second=False, lines=4).median == 620.0


def test_a_second_axis_shares_the_grid_lines() -> None:
    vm = StatisticsViewModel()
    vm.take(turn(1, text_tps=85.0, delivery_x=4.2))

    made = plan(vm, THROUGHPUT, second=True, lines=4)

    assert made.left == ("0", "25", "50", "75", "100")
    assert made.right == ("0", "2", "4", "6", "8")
    assert made.drawn[1].height(made.drawn[1].points[0]) == 52.5


def test_a_delivery_faster_than_50_is_drawn_at_50() -> None:
    vm = StatisticsViewModel()
    vm.take(turn(1, text_tps=85.0, delivery_x=764.0))

    made = plan(vm, THROUGHPUT, second=True, lines=4)

    assert made.right == ("0", "20", "40", "60", "80")
    assert made.drawn[1].height(made.drawn[1].points[0]) == 62.5
    for number in range(2, 6):
        vm.take(turn(number, delivery_x=764.0))
    assert vm.summary(THROUGHPUT[1]).cells["P50"] == ">50"


def test_only_negative_values_stand_on_the_zero_line_of_an_upright_plot() -> None:
    made = latency(-40.0)

    assert made.top > 0
    assert made.drawn[0].height(made.drawn[0].points[0]) == 0


@pytest.mark.parametrize(("turns", "margin"), [(1, 0.5), (200, 199 * 0.0125)])
def test_the_marks_at_the_ends_have_room(turns: int, margin: float) -> None:
    assert latency(*([600.0] * turns)).margin == margin
