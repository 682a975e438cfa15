"""What a session may cost."""

from decimal import Decimal

import pytest

from app.core.money import Budget, Cost, CostStatus
from app.session.budget import BudgetWatch, Verdict

BUDGET = Budget(warn_usd=Decimal("0.5"), stop_usd=Decimal(1), stop_unpriced_s=60)


def priced(usd: str, status: CostStatus = CostStatus.PRICED) -> Cost:
    return Cost(usd=Decimal(usd), status=status)


UNPRICED = Cost(usd=None, status=CostStatus.UNPRICED)


def test_the_warning_is_told_once_and_the_stop_always() -> None:
    watch = BudgetWatch(BUDGET)

    assert watch.check(priced("0.5"), 1) == Verdict("$0.5000 of $1.00")
    warned = watch.check(priced("0.51"), 2)
    assert warned.warning == "The session has cost $0.5100, over the $0.5000 of its warning."
    assert not warned.stop
    again = watch.check(priced("1.01"), 3)
    assert again.warning == ""
    assert again.stop == "Stopped by the budget: it has cost $1.01, over $1.00."


def test_what_is_at_least_so_much_counts() -> None:
    assert BudgetWatch(BUDGET).check(priced("1.01", CostStatus.PARTIAL), 1).stop == (
        "Stopped by the budget: it has cost at least $1.01, over $1.00."
    )


def test_a_session_on_this_machine_never_stops() -> None:
    assert not BudgetWatch(BUDGET).check(priced("0", CostStatus.LOCAL), 1e9).stop


@pytest.mark.parametrize(
    ("budget", "elapsed_s", "verdict"),
    [
        (Budget(), 1e9, Verdict()),
        (BUDGET, 60, Verdict("unpriced")),
        (Budget(stop_usd=Decimal(1)), 1e9, Verdict("unpriced")),
        (
            BUDGET,
            60.5,
            Verdict("unpriced", "", "Stopped by the budget: its price is unknown, after 60 s."),
        ),
    ],
)
def test_an_unpriced_session_ends_by_its_time(
    budget: Budget, elapsed_s: float, verdict: Verdict
) -> None:
    assert BudgetWatch(budget).check(UNPRICED, elapsed_s) == verdict


def test_a_warning_alone_is_a_limit_to_show() -> None:
    watch = BudgetWatch(Budget(warn_usd=Decimal(2)))

    assert watch.check(priced("0.25"), 1).words == "$0.2500 of $2.00"
    assert BudgetWatch(Budget()).check(priced("0.25"), 1) == Verdict()


@pytest.mark.parametrize(
    ("budget", "known", "sentence"),
    [
        (Budget(), False, ""),
        (BUDGET, True, ""),
        (
            Budget(stop_usd=Decimal(1)),
            False,
            "The budget cannot be checked: the price of m is unknown.",
        ),
        (
            BUDGET,
            False,
            (
                "The budget cannot be checked: the price of m is unknown. "
                "The session ends after 60 s instead."
            ),
        ),
    ],
)
def test_a_budget_that_cannot_be_checked_is_told(
    budget: Budget, sentence: str, *, known: bool
) -> None:
    assert BudgetWatch(budget).at_start(priced=known, model="m") == sentence
