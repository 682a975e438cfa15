"""What the session costs, as the window tells it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.core.money import Cost, CostStatus, Meter
from app.ui.vm.cost import MAX_TURNS, CostTone, CostViewModel, why_unknown
from app.ui.vm.cost_plot import cost_plan, point_words
from app.ui.vm.cost_text import GROUPS, cached_of, rate, share, split, usd, use_line
from tests.support.accounts import (
    BY_MINUTE,
    LOCAL,
    METERS,
    MINI,
    UNPRICED,
    cost,
    priced,
    spending,
)

DASH = "\N{EN DASH}"
THIN = "\N{THIN SPACE}"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0", "$0"),
        ("0.0412", "$0.0412"),
        ("0.017576", "$0.0176"),
        ("0.6", "$0.60"),
        ("0.0999999", "$0.10"),
        ("1", "$1.00"),
        ("12.345", "$12.35"),
        ("1234.5", f"$1{THIN}234.50"),
        ("0.000012", "$0.000012"),
        ("0.0000001", "$0.0000001"),
        ("0.00000001", "<$0.0000001"),
        ("-0.5", "\N{MINUS SIGN}$0.50"),
    ],
)
def test_money_has_three_digits_and_is_never_0_unless_it_is(value: str, words: str) -> None:
    assert usd(Decimal(value)) == words


def test_unknown_money_is_a_dash() -> None:
    assert usd(None) == usd(float("nan")) == DASH


@pytest.mark.parametrize(
    ("value", "words"), [("0.3", "$0.30"), ("10", "$10"), ("0.06", "$0.06"), ("1E+1", "$10")]
)
def test_a_rate_is_written_as_it_is_quoted(value: str, words: str) -> None:
    assert rate(Decimal(value)) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, DASH),
        (0.0, f"0{THIN}%"),
        (0.001, f"<1{THIN}%"),
        (0.713, f"71{THIN}%"),
        (0.999, f">99{THIN}%"),
        (1.0, f"100{THIN}%"),
    ],
)
def test_a_share_is_all_only_if_it_is(value: float | None, words: str) -> None:
    assert share(value) == words


def test_every_meter_stands_in_one_group() -> None:
    grouped = [meter for meters in GROUPS.values() for meter in meters]

    assert len(grouped) == len(set(grouped))
    assert set(Meter) - set(grouped) == set()


def test_the_split_sums_up_to_the_total() -> None:
    total = priced("0.5")

    assert sum(cost for _name, cost in split(total.parts)) == total.usd
    assert [name for name, _cost in split(total.parts)] == ["audio", "text", "cached"]


def test_a_use_line_shows_how_the_golden_figure_comes_about() -> None:
    assert use_line(Meter.AUDIO_OUT, 600.0, MINI).endswith(
        "600 \N{MULTIPLICATION SIGN} $20 / 1M tokens = $0.012"
    )
    assert use_line(Meter.REASONING_OUT, 100.0, MINI).endswith("= $0.00024")
    assert use_line(Meter.SESSION_SECONDS, 30.0, BY_MINUTE).endswith("$0.08 / a minute = $0.04")
    assert use_line(Meter.CHARACTERS, 5.0, MINI) == "5 \N{MULTIPLICATION SIGN} unpriced"


def test_without_tokens_in_no_share_is_cached() -> None:
    assert cached_of({Meter.AUDIO_OUT: 3.0}) is None
    assert cached_of(dict(METERS)) == pytest.approx(0.6)


# --- the line


def shown(vm: CostViewModel) -> dict[str, str]:
    return {each.name: each.text for each in vm.figures}


def test_before_anything_is_told_nothing_is_shown() -> None:
    vm = CostViewModel()

    assert vm.figures == ()
    assert vm.hover == ""
    assert (vm.known, vm.needs_price, vm.spoken) == (False, False, "no cost yet")
    assert vm.tone is CostTone.UNKNOWN


def test_the_line_of_a_priced_session() -> None:
    vm = CostViewModel()

    vm.take(cost(priced("0.041"), 40.0, wasted_usd=Decimal("0.002")))

    assert shown(vm) == {
        "cost": "$0.041",
        "per minute": "$0.0615/min",
        "cached": f"60{THIN}%",
        "wasted": "$0.002",
    }
    assert "$0.0615 = $0.041 / 00:40 min" in vm.hover
    assert "price row\topenai gpt-realtime-mini, from 2025-10-06 (shipped)" in vm.hover
    assert "source\tprovider's price page, read 2026-11-21" in vm.hover
    assert "audio in, cached\t700 \N{MULTIPLICATION SIGN} $0.30" in vm.hover
    assert not vm.needs_price


def test_what_a_turn_that_went_well_costs_is_on_hover() -> None:
    vm = CostViewModel()

    vm.take(cost(priced("0.06"), successes=3))
    told = vm.hover
    vm.take(cost(priced("0.06"), successes=0))
    none = vm.hover
    vm.take(cost(LOCAL, successes=3))

    assert "a turn that went well\t$0.02 = $0.06 / 3" in told
    assert "went well" not in none
    assert "went well" not in vm.hover


def test_an_unpriced_session_is_a_word_and_never_0() -> None:
    vm = CostViewModel()

    vm.take(cost(UNPRICED))

    assert shown(vm)["cost"] == "unpriced"
    assert "per minute" not in shown(vm)
    assert "$0" not in vm.spoken
    assert "why\tnobody has told a price of this model" in vm.hover
    assert vm.needs_price


def test_a_partial_cost_says_from_and_why() -> None:
    vm = CostViewModel()
    total = priced("0.04", status=CostStatus.PARTIAL, unpriced=(Meter.TRANSCRIPTION_SECONDS,))

    vm.take(cost(total))

    assert shown(vm)["cost"] == "from $0.04"
    assert "no rate for transcription, time" in vm.hover
    assert vm.needs_price


def test_our_own_engine_costs_0_and_says_why() -> None:
    vm = CostViewModel()

    vm.take(cost(LOCAL))

    assert shown(vm) == {"cost": "0 (local)"}
    assert "nobody bills it" in vm.hover
    assert not vm.needs_price


def test_a_provider_that_counts_nothing_is_not_helped_by_a_price() -> None:
    vm = CostViewModel()

    vm.take(cost(replace(UNPRICED, uncounted=True, row=MINI)))

    assert not vm.needs_price
    assert why_unknown(replace(UNPRICED, uncounted=True)).startswith("the provider does not say")


def test_a_session_that_has_just_begun_has_no_cost_a_minute() -> None:
    vm = CostViewModel()

    vm.take(cost(priced("0.01"), 0.4))

    assert shown(vm)["per minute"] == DASH


@pytest.mark.parametrize(
    ("words", "over", "tone"),
    [
        ("", False, CostTone.QUIET),
        ("near", False, CostTone.WARNING),
        ("over", True, CostTone.OVER),
    ],
)
def test_the_budget_colours_the_cost_and_is_said(words: str, *, over: bool, tone: CostTone) -> None:
    vm = CostViewModel()

    vm.take(cost(priced("0.4"), budget_words=words, over_budget=over))

    assert vm.tone is tone
    assert vm.budget_words == words
    assert words in vm.spoken


def test_words_of_a_source_cannot_reorder_the_line() -> None:
    vm = CostViewModel()
    row = replace(MINI, source="evil\N{RIGHT-TO-LEFT OVERRIDE}\n\x1b[2J<b>")

    vm.take(cost(priced("0.4", row=row)))

    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in vm.hover
    assert "\x1b" not in vm.hover


# --- the turns


def test_each_turn_is_a_point_with_what_it_wasted() -> None:
    vm = CostViewModel()

    for report in spending(10):
        vm.take(report)

    assert [point.turn_id for point in vm.points] == list(range(1, 11))
    assert vm.points[3].usd is None
    assert vm.points[3].total_usd is not None
    wasted = [point.wasted_usd for point in vm.points]
    assert [bool(each) for each in wasted] == [turn % 5 == 0 for turn in range(1, 11)]
    assert sum(each or 0 for each in wasted) == spending(10)[-1].wasted_usd


def test_a_turn_that_is_told_again_replaces_its_point() -> None:
    vm = CostViewModel()
    first, second = spending(2)

    for report in (first, second, second):
        vm.take(report)

    assert len(vm.points) == 2


def test_a_new_session_forgets_the_old_one() -> None:
    vm = CostViewModel()
    vm.take(spending(1)[0])

    vm.clear()

    assert (vm.known, vm.points) == (False, [])


def test_no_more_than_the_newest_turns_are_kept() -> None:
    vm = CostViewModel()
    report = spending(1)[0]

    for turn_id in range(MAX_TURNS + 5):
        vm.take(replace(report, turn_id=turn_id, wasted_usd=None))

    assert (len(vm.points), vm.points[0].turn_id) == (MAX_TURNS, 5)


# --- the plot


def test_an_empty_plot_says_so() -> None:
    plan = cost_plan([])

    assert plan.empty
    assert plan.spoken == "No turn has a cost yet"


def test_the_axes_fit_costs_however_small_they_are() -> None:
    vm = CostViewModel()
    for report in spending(23):
        vm.take(report)

    plan = cost_plan(vm.points)

    dearest = max(float(point.usd) for point in plan.points if point.usd is not None)
    assert plan.heights[0] == 0
    assert plan.heights[-1] >= dearest
    assert plan.heights[-1] < 3 * dearest
    assert len(plan.sums) == len(plan.heights)
    assert plan.sums[-1] >= float(plan.points[-1].total_usd or 0)
    assert plan.unpriced == 1
    assert "1 unpriced" in plan.spoken


@pytest.mark.parametrize("value", ["0", "0.0000004", "5000"])
def test_any_size_of_cost_has_an_axis(value: str) -> None:
    vm = CostViewModel()
    vm.take(cost(priced(value), turn=priced(value), turn_id=1))

    plan = cost_plan(vm.points)

    assert plan.heights[-1] >= float(value)
    assert len(set(plan.heights)) == len(plan.heights)


def test_a_plot_shows_the_newest_two_hundred_turns() -> None:
    vm = CostViewModel()
    for report in spending(260):
        vm.take(report)

    plan = cost_plan(vm.points)

    assert (plan.first, plan.last, len(plan.points)) == (61, 260, 200)


def test_a_turn_in_words() -> None:
    vm = CostViewModel()
    for report in spending(5):
        vm.take(report)

    assert "cost\tunpriced" in point_words(vm.points[3])
    assert "wasted\t$" in point_words(vm.points[4])
    partial = replace(vm.points[0], partial=True)
    assert "at least $" in point_words(partial)


def test_a_cost_without_a_row_and_without_use_says_that_nothing_was_used() -> None:
    assert why_unknown(Cost(usd=None, status=CostStatus.UNPRICED, row=MINI)).startswith("nothing")
