"""What conversations will cost: the figures of the metrics specification, section 11."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from app.core.money import Meter, PriceRow
from app.metrics.cost import price
from app.metrics.projection import (
    Plan,
    conversation_meters,
    cumulative,
    project,
    spoken,
    turn_meters,
)
from tests.support.money import FULL, LIVE, MINI, row

EXCHANGE = spoken(user_s=5, agent_s=8)
MINUTES = Decimal(13) / 60


def a_minute(by: PriceRow, turns: int, cached: float) -> Decimal:
    used = conversation_meters(EXCHANGE, turns, instructions=500, cached=cached)
    usd = price(used, by).usd
    assert usd is not None
    return usd / (MINUTES * turns)


@pytest.mark.parametrize(
    ("by", "first", "uncached", "cached"),
    [
        pytest.param(MINI, "0.019", "0.160", "0.022", id="gpt-realtime-mini"),
        pytest.param(FULL, "0.066", "0.52", "0.064", id="gpt-realtime"),
    ],
)
def test_a_minute_grows_with_the_turns_unless_it_is_cached(
    by: PriceRow, first: str, uncached: str, cached: str
) -> None:
    for figure, turns, share in ((first, 1, 0.0), (uncached, 30, 0.0), (cached, 30, 1.0)):
        exact = a_minute(by, turns, share)
        assert exact.quantize(Decimal(figure)) == Decimal(figure)


def test_a_second_of_speech_in_tokens() -> None:
    assert (EXCHANGE.audio_in, EXCHANGE.audio_out, EXCHANGE.text_out) == (50, 160, 28)


def test_the_whole_conversation_is_read_again_at_every_response() -> None:
    third = turn_meters(EXCHANGE, 3, instructions=500)

    assert third[Meter.TEXT_IN] == 500 + 2 * 28
    assert third[Meter.AUDIO_IN] == 50 + 2 * (50 + 160)
    assert third[Meter.AUDIO_OUT] == 160
    assert third[Meter.SESSION_SECONDS] == 13


def test_new_words_are_never_cached() -> None:
    first = turn_meters(EXCHANGE, 1, instructions=500, cached=1.0)
    second = turn_meters(EXCHANGE, 2, instructions=500, cached=1.0)

    assert first[Meter.AUDIO_IN_CACHED] == first[Meter.TEXT_IN_CACHED] == 0
    assert (second[Meter.AUDIO_IN], second[Meter.TEXT_IN]) == (50, 0)
    assert (second[Meter.AUDIO_IN_CACHED], second[Meter.TEXT_IN_CACHED]) == (210, 528)


@given(st.integers(1, 40), st.floats(0, 1))
def test_what_is_cached_is_not_read_twice(turns: int, cached: float) -> None:
    fresh = conversation_meters(EXCHANGE, turns, instructions=500)
    some = conversation_meters(EXCHANGE, turns, instructions=500, cached=cached)

    for kind in ("text", "audio"):
        whole = some[Meter(f"{kind}_in")] + some[Meter(f"{kind}_in_cached")]
        assert whole == pytest.approx(fresh[Meter(f"{kind}_in")])


PLAN = Plan(sessions_per_day=100, minutes=6.5, turns=30, cached=0.5)


def test_a_month_lies_between_all_cached_and_nothing_cached() -> None:
    found = project(PLAN, MINI)

    assert found.low.usd is not None
    assert found.high.usd is not None
    assert found.expected is not None
    assert found.expected.usd is not None
    assert found.low.usd < found.expected.usd < found.high.usd
    assert found.low_month == found.low.usd * 3000
    assert found.high_month == found.high.usd * 3000
    assert found.expected_month == found.expected.usd * 3000
    assert found.high_per_minute is not None
    assert round(found.high_per_minute, 3) == Decimal("0.160")
    assert found.cache_priced
    sums = cumulative(point.high_usd for point in found.curve)
    assert sums[-1] is not None
    assert abs(sums[-1] - found.high.usd) < Decimal("1e-9")
    assert len(found.curve) == 30


def test_without_rates_for_cached_tokens_low_is_high() -> None:
    gemini = row({Meter.TEXT_IN: "0.75", Meter.TEXT_OUT: "4.5", Meter.AUDIO_IN: "3",
                  Meter.AUDIO_OUT: "12", Meter.IMAGE_IN: "1"})  # fmt: skip

    found = project(PLAN, gemini)

    assert not found.cache_priced
    assert found.low == found.high == found.expected


def test_a_service_by_the_minute_costs_its_minutes() -> None:
    found = project(PLAN, LIVE)

    assert found.low.usd == found.high.usd == Decimal("0.325")


def test_what_is_unpriced_is_projected_as_unknown() -> None:
    found = project(Plan(sessions_per_day=1, minutes=1, turns=2), None)

    assert (found.low_month, found.high_month, found.expected_month) == (None, None, None)
    assert found.curve[0].low_usd is None


@pytest.mark.parametrize(
    "plan",
    [
        Plan(sessions_per_day=1, minutes=1, turns=0),
        Plan(sessions_per_day=1, minutes=1, turns=1001),
        Plan(sessions_per_day=-1, minutes=1, turns=1),
        Plan(sessions_per_day=1, minutes=float("nan"), turns=1),
        Plan(sessions_per_day=1, minutes=float("inf"), turns=1),
        Plan(sessions_per_day=1, minutes=1, turns=1, cached=1.5),
        Plan(sessions_per_day=1, minutes=1, turns=1, user_share=-0.1),
    ],
)
def test_a_plan_that_cannot_be_is_refused(plan: Plan) -> None:
    with pytest.raises(ValueError, match=r"turns|share|negative"):
        project(plan, MINI)


def test_a_sum_is_unknown_from_the_first_unknown_on() -> None:
    assert cumulative([Decimal(1), None, Decimal(2)]) == [1, None, None]
