"""What it would cost, as the page shows it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.core.money import Meter, PriceOrigin
from app.metrics.workloads import WORKLOADS
from app.session.messages import EngineRequest, ListPrices
from app.ui.vm.price_drafts import PriceDraft
from app.ui.vm.prices import PricesViewModel
from app.ui.vm.projection import (
    COLUMNS,
    MOST_MODELS,
    ProjectionDraft,
    ProjectionViewModel,
    cached_words,
    workload_words,
)
from tests.support.accounts import BY_MINUTE, FULL, MINI, prices

KEY = ("openai", "gpt-realtime-mini")
OTHER = ("openai", "gpt-realtime")
TIMED = ("elevenlabs", "convai")


class Desk:
    def __init__(self) -> None:
        self.sent: list[EngineRequest] = []
        self.prices = PricesViewModel(self.sent.append, lambda: date(2026, 11, 21))
        self.vm = ProjectionViewModel(self.prices)

    def known(self) -> "Desk":
        self.prices.take(prices(MINI, FULL, BY_MINUTE))
        self.vm.open(KEY)
        return self


@pytest.fixture
def desk() -> Desk:
    return Desk().known()


def test_opening_asks_for_prices_and_begins_with_the_model_at_hand() -> None:
    desk = Desk()
    desk.vm.open(KEY)
    assert desk.sent == [ListPrices()]
    assert (desk.vm.models, desk.vm.unknown, desk.vm.voice_words) == ((), (KEY,), "")

    desk.prices.take(prices(MINI))

    assert [model.key for model in desk.vm.models] == [KEY]


def test_thirty_turns_cost_what_the_specification_says(desk: Desk) -> None:
    model = desk.vm.models[0]

    assert len(model.cells) == len(COLUMNS)
    assert model.cells[3:5] == ("$0.0219", "$0.16")
    last = model.curve[-1]
    assert (last.turn, len(model.curve)) == (30, 30)
    assert last.high is not None
    assert last.low is not None
    assert last.high > 10 * last.low


def test_a_month_is_thirty_days_of_sessions(desk: Desk) -> None:
    one = desk.vm.models[0].high_month
    desk.vm.update(replace(desk.vm.draft, sessions_per_day=200.0))

    assert one is not None
    assert desk.vm.models[0].high_month == 2 * one
    assert desk.vm.summary == "200 sessions a day of 6.50 min: 650 h in a month of 30 days."


def test_several_models_stand_beside_each_other(desk: Desk) -> None:
    assert desk.vm.offered == (TIMED, OTHER)

    desk.vm.add(OTHER)
    desk.vm.add(OTHER)

    assert [model.key for model in desk.vm.models] == [KEY, OTHER]
    desk.vm.remove(KEY)
    assert [model.key for model in desk.vm.models] == [OTHER]


def test_no_more_models_than_can_be_told_apart(desk: Desk) -> None:
    for number in range(9):
        desk.vm.add(("acme", str(number)))

    assert len(desk.vm.chosen) == MOST_MODELS
    assert not desk.vm.can_add


def test_what_if_changes_nothing_but_the_projection(desk: Desk) -> None:
    before = desk.vm.models[0].high_month
    draft = desk.vm.whatif_draft(KEY)
    cheap = replace(draft, rates={**draft.rates, Meter.AUDIO_IN: "1", Meter.AUDIO_OUT: "2"})

    assert desk.vm.what_if(KEY, cheap)

    model = desk.vm.models[0]
    assert model.whatif
    assert model.title.endswith("(what if)")
    assert before is not None
    assert model.high_month is not None
    assert model.high_month < before
    assert desk.sent == [ListPrices()]
    desk.vm.as_known(KEY)
    assert desk.vm.models[0].high_month == before


def test_wrong_prices_are_not_projected(desk: Desk) -> None:
    assert not desk.vm.what_if(KEY, PriceDraft(provider="a", model="b"))


def test_a_model_without_a_price_can_have_one_for_the_projection(desk: Desk) -> None:
    key = ("acme", "talker")
    desk.vm.add(key)
    draft = replace(desk.vm.whatif_draft(key), rates={Meter.AUDIO_IN: "1"})

    desk.vm.what_if(key, draft)

    assert desk.vm.unknown == ()
    assert desk.vm.row(key).origin is PriceOrigin.YOURS  # type: ignore[union-attr]
    assert "for want of a rate" in desk.vm.models[-1].notes[-1]


def test_a_price_by_the_minute_is_the_same_cached_or_not(desk: Desk) -> None:
    desk.vm.add(TIMED)

    model = desk.vm.models[-1]

    assert model.low_month == model.high_month == Decimal(1560)
    assert desk.vm.voice_words.startswith("gpt-realtime-mini: the same words cost")


def test_without_a_rate_for_cached_tokens_nothing_is_saved() -> None:
    desk = Desk()
    fresh = {meter: usd for meter, usd in MINI.rates.items() if "cached" not in meter}
    desk.prices.take(prices(replace(MINI, rates=fresh)))
    desk.vm.open(KEY)

    model = desk.vm.models[0]

    assert model.low_month == model.high_month
    assert model.curve[-1].low == model.curve[-1].high
    assert model.notes == ("no rate for cached tokens: everything is billed in full",)


def test_a_preset_fills_the_fields_and_a_change_leaves_it(desk: Desk) -> None:
    desk.vm.use_workload(WORKLOADS[0])

    assert desk.vm.workload is WORKLOADS[0]
    assert desk.vm.draft.turns == WORKLOADS[0].turns
    assert "times as much" in workload_words(desk.vm.workloads[0])
    desk.vm.update(replace(desk.vm.draft, turns=3))
    assert desk.vm.workload is None


def test_voice_costs_many_times_text_by_computation(desk: Desk) -> None:
    times = [each.times for each in desk.vm.workloads if each.times is not None]

    assert f"cost {min(times):.0f} to {max(times):.0f} times" in desk.vm.voice_words


def test_text_that_is_unpriced_cannot_be_compared() -> None:
    desk = Desk()
    desk.prices.take(prices(BY_MINUTE))
    desk.vm.open(TIMED)

    assert workload_words(desk.vm.workloads[0]).startswith("typed")
    assert "x as much" not in desk.vm.voice_words


@pytest.mark.parametrize(("minutes", "turns"), [(6.5, 30), (0.0, 1), (1e6, 1000), (1.0, 5)])
def test_a_length_makes_turns(minutes: float, turns: int) -> None:
    assert ProjectionDraft().with_minutes(minutes).turns == turns


def test_silence_has_no_length() -> None:
    silent = ProjectionDraft(user_s=0.0, agent_s=0.0)

    assert silent.with_minutes(5).turns == silent.turns
    assert silent.plan.user_share == 0.5


def test_a_long_session_is_drawn_with_a_hundred_points(desk: Desk) -> None:
    desk.vm.update(replace(desk.vm.draft, turns=1_000))

    curve = desk.vm.models[0].curve

    assert (curve[0].turn, curve[-1].turn) == (1, 1_000)
    assert len(curve) <= 102
    assert cached_words(desk.vm.draft) == "cached 0\N{THIN SPACE}% to 100\N{THIN SPACE}%"
