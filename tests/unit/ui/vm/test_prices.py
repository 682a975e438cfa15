"""The price table, the user's own prices, and how a price went over the years."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.core.money import Meter, PriceOrigin, PriceRow
from app.session.messages import EngineRequest, ListPrices, RemovePrice, SetPrice
from app.ui.vm.price_drafts import PriceDraft, copy_of, draft_of
from app.ui.vm.price_history import history, meters_of
from app.ui.vm.prices import HEADINGS, PricesViewModel, holds
from tests.support.accounts import BY_MINUTE, FULL, FULL_BEFORE, MINE, MINI, OLD_MINI, prices

TODAY = date(2026, 11, 21)
DRAFT = PriceDraft(
    provider="acme",
    model="talker",
    rates={Meter.AUDIO_IN: "10", Meter.AUDIO_OUT: "20,5"},
    valid_from="2026-01-01",
    source="a  page",
)


class Desk:
    def __init__(self, today: Callable[[], date] = lambda: TODAY) -> None:
        self.sent: list[EngineRequest] = []
        self.stored: list[str] = []
        self.vm = PricesViewModel(self.sent.append, today)
        self.vm.stored.connect(self.stored.append)

    def rows(self) -> list[PriceRow]:
        return [line.row for line in self.vm.lines]


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.vm.take(prices())
    return made


def test_before_the_engine_answers_the_table_waits() -> None:
    vm = Desk().vm

    assert vm.summary.startswith("Asking")
    assert (vm.lines, vm.problem, vm.believed()) == ((), "", ())


def test_the_first_row_that_holds_today_is_believed(desk: Desk) -> None:
    assert [line.row for line in desk.vm.lines if line.believed] == [MINE, BY_MINUTE, MINI]


def test_a_row_of_the_future_is_not_believed_yet() -> None:
    desk = Desk()
    later = replace(FULL, valid_from="2027-01-01")

    desk.vm.take(prices(later, FULL))

    assert desk.vm.price_of("openai", "gpt-realtime") == FULL
    assert not holds(later, TODAY.isoformat())


def test_every_cell_has_a_heading_and_unknown_is_a_dash(desk: Desk) -> None:
    line = next(each for each in desk.vm.lines if each.row == BY_MINUTE)

    assert len(line.cells) == len(HEADINGS)
    assert line.cells[2] == "\N{EN DASH}"
    assert "open session $0.08 / a minute" in line.cells[8]
    assert "typed messages $0.003 / 1 000 messages" in line.cells[8]


@pytest.mark.parametrize(
    ("words", "models"),
    [
        ("mini", {"gpt-realtime-mini"}),
        ("OPENAI contract", {"gpt-realtime"}),
        ("nothing like it", set()),
        ("", {"gpt-realtime", "gpt-realtime-mini", "convai"}),
    ],
)
def test_the_filter_wants_all_words_in_any_cell(desk: Desk, words: str, models: set[str]) -> None:
    desk.vm.look_for(words)

    assert {row.model for row in desk.rows()} == models


def test_only_the_users_own_rows_can_be_shown(desk: Desk) -> None:
    desk.vm.show_own(only=True)

    assert desk.rows() == [MINE]
    assert desk.vm.summary.startswith("1 of 6 price rows; newest source read 2026-11-21")


def test_names_of_a_table_are_harmless_text() -> None:
    desk = Desk()

    desk.vm.take(prices(replace(MINI, model="a\N{RIGHT-TO-LEFT OVERRIDE}b\nc<b>")))

    assert desk.vm.lines[0].cells[1] == "ab c<b>"


# --- the user's own


def test_a_price_of_ones_own_is_sent_and_its_answer_awaited(desk: Desk) -> None:
    assert desk.vm.keep(DRAFT)
    desk.vm.take(prices(problem="The disk is full."))

    assert desk.stored == ["The disk is full."]
    request = desk.sent[-1]
    assert isinstance(request, SetPrice)
    assert request.row.rates == {Meter.AUDIO_IN: Decimal(10), Meter.AUDIO_OUT: Decimal("20.5")}
    assert (request.row.origin, request.row.source) == (PriceOrigin.YOURS, "a page")


def test_an_edited_price_that_holds_from_another_day_replaces_the_old_one(desk: Desk) -> None:
    moved = replace(draft_of(MINE), valid_from="2026-07-01")

    desk.vm.keep(moved, MINE)

    assert desk.sent == [
        RemovePrice(provider="openai", model="gpt-realtime", valid_from="2026-06-01"),
        SetPrice(moved.parse()),
    ]


def test_only_ones_own_price_can_be_removed(desk: Desk) -> None:
    assert not desk.vm.remove(FULL)
    assert desk.vm.remove(MINE)

    assert len(desk.sent) == 1


def test_asking_asks(desk: Desk) -> None:
    desk.vm.ask()

    assert desk.sent == [ListPrices()]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"provider": " "}, "provider"),
        ({"model": ""}, "model"),
        ({"valid_from": "yesterday"}, "valid_from"),
        ({"as_of": "2026-13-01"}, "as_of"),
        ({"rates": {}}, "rates"),
        ({"rates": {Meter.AUDIO_IN: "ten"}}, "audio_in"),
        ({"rates": {Meter.AUDIO_IN: "-1"}}, "audio_in"),
        ({"rates": {Meter.AUDIO_IN: "1e9"}}, "audio_in"),
        ({"rates": {Meter.AUDIO_IN: "NaN"}}, "audio_in"),
        ({"rates": {Meter.AUDIO_IN: "1234567890123"}}, "audio_in"),
    ],
)
def test_a_wrong_draft_says_where_and_is_not_sent(
    desk: Desk, change: dict[str, object], field: str
) -> None:
    wrong = replace(DRAFT, **change)  # type: ignore[arg-type]

    assert field in wrong.problems()
    assert not desk.vm.keep(wrong)
    assert desk.sent == []
    with pytest.raises(ValueError, match=r"\."):
        wrong.parse()


def test_zero_is_a_price_and_nothing_is_unpriced() -> None:
    row = replace(DRAFT, rates={Meter.AUDIO_IN: "0", Meter.AUDIO_OUT: " "}).parse()

    assert row.rates == {Meter.AUDIO_IN: Decimal(0)}


def test_a_draft_of_a_row_makes_it_again() -> None:
    assert draft_of(MINE).parse() == MINE


def test_a_copy_of_somebody_elses_row_says_where_it_came_from() -> None:
    copy = copy_of(FULL, TODAY)

    assert (copy.valid_from, copy.as_of) == ("", "2026-11-21")
    assert copy.source == "Changed from: provider's price page"


# --- history


def test_the_steps_follow_what_is_believed(desk: Desk) -> None:
    rows = desk.vm.history(("openai", "gpt-realtime"))

    plan = history(rows, Meter.AUDIO_OUT, TODAY)

    assert [usd for _day, usd in plan.steps] == [None, Decimal(80), Decimal(64), Decimal(56)]
    assert [day.isoformat() for day, _usd in plan.steps[1:]] == [
        "2024-12-17",
        "2025-08-28",
        "2026-06-01",
    ]
    assert (plan.last, plan.first < date(2024, 12, 17)) == (TODAY, True)
    assert plan.heights[-1] >= 80


def test_a_row_that_always_held_stands_at_the_left_edge() -> None:
    plan = history((MINI, OLD_MINI), Meter.AUDIO_IN, TODAY)

    assert [rung.day for rung in plan.rungs] == [None, date(2025, 10, 6)]
    assert plan.steps[0][1] == Decimal(14)
    assert all(rung.believed for rung in plan.rungs)
    assert "genai-prices 0.2.3, read 2025-03-02" in plan.rungs[0].words


def test_a_row_behind_the_users_own_is_not_believed() -> None:
    late = replace(FULL, valid_from="2026-08-01")

    plan = history((MINE, late), Meter.AUDIO_IN, TODAY)

    assert [rung.believed for rung in plan.rungs] == [True, False]


def test_a_meter_without_any_rate_has_no_history() -> None:
    plan = history((FULL, FULL_BEFORE), Meter.CHARACTERS, TODAY)

    assert plan.empty
    assert plan.spoken == "No price of characters is known."


def test_a_damaged_date_is_none() -> None:
    plan = history((replace(MINI, valid_from="2025-99-99"),), Meter.AUDIO_IN, TODAY)

    assert plan.rungs[0].day is None
    assert len(plan.dates) == 5


def test_the_meters_that_have_a_history() -> None:
    assert meters_of((BY_MINUTE,)) == (Meter.SESSION_SECONDS, Meter.TEXT_MESSAGES)
