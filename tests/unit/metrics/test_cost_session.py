"""A session's money in all its views."""

from decimal import Decimal

import pytest

from app.core.money import CostStatus
from app.core.records import TurnStatus
from app.metrics.cost_session import cost_at, cost_of_session
from tests.support.money import GOLDEN_USD, MINI, FakeBook, session, turn

TURNS = [
    turn(audio_out_ms=30_000.0, session_s=30.0),
    turn(turn_id=2, audio_out_ms=30_000.0, session_s=30.0, wasted_tokens=50.0),
    turn(None, turn_id=3, status=TurnStatus.TIMEOUT, session_s=60.0),
]


def test_a_session_in_all_views() -> None:
    found = cost_of_session(TURNS, session(), FakeBook())

    assert found.total.usd == 2 * GOLDEN_USD
    assert found.total.status is CostStatus.PARTIAL
    assert found.split.audio == 2 * Decimal("0.017")
    assert [each.cumulative_usd for each in found.turns] == [GOLDEN_USD, 2 * GOLDEN_USD, None]
    assert [each.index for each in found.turns] == [1, 2, 3]
    assert found.turns[0].cached_share == pytest.approx(800 / 1500)
    assert found.turns[2].cached_share is None
    assert found.cached_share == pytest.approx(800 / 1500)
    assert found.per_minute == GOLDEN_USD
    assert found.per_agent_minute == 2 * GOLDEN_USD
    assert found.per_success == GOLDEN_USD
    assert found.wasted_usd == Decimal("0.001")
    assert found.row is not None


def test_tasks_that_succeeded_may_be_counted_otherwise() -> None:
    assert cost_at(TURNS, session(), MINI, successes=1).per_success == 2 * GOLDEN_USD
    assert cost_at(TURNS, session(), MINI, successes=0).per_success is None


def test_on_this_machine_nothing_is_wasted() -> None:
    found = cost_of_session(TURNS, session("local", None), FakeBook())

    assert (found.total.usd, found.wasted_usd) == (Decimal(0), Decimal(0))


def test_without_prices_all_is_unknown() -> None:
    found = cost_of_session([], session("custom", None), None)

    assert (found.total.usd, found.wasted_usd, found.per_minute) == (None, None, None)
    assert found.turns == ()
