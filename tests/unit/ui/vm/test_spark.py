"""The newest turns of the chosen metric, small."""

import pytest

from app.ui.vm.spark import TURNS, spark
from app.ui.vm.statistics import StatisticsViewModel
from tests.support.reports import turn


def test_an_empty_session_draws_nothing() -> None:
    plan = spark(StatisticsViewModel())

    assert (plan.heights, plan.middle) == ((), None)
    assert plan.spoken == "Voice-to-voice latency: no turns yet"


def test_the_newest_turns_stand_between_their_least_and_their_most() -> None:
    vm = StatisticsViewModel()
    for number in range(1, TURNS + 11):
        vm.take(turn(number, v2v_ms=500.0 + number))
    vm.take(turn(TURNS + 11, v2v_ms=None))

    plan = spark(vm)

    assert len(plan.heights) == TURNS
    assert (plan.heights[0], plan.heights[-2], plan.heights[-1]) == (0.0, 1.0, None)
    assert plan.middle is not None
    assert 0.0 <= plan.middle <= 1.0


def test_turns_that_are_all_alike_stand_in_line() -> None:
    vm = StatisticsViewModel()
    for number in range(2, 5):
        vm.take(turn(number, v2v_ms=600.0))

    assert spark(vm).heights == pytest.approx((0.0, 0.0, 0.0))
