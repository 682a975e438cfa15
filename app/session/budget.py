"""What a session may cost: told when it passes a limit, and ended when it passes the last."""

from dataclasses import dataclass
from decimal import Decimal

from app.core.money import Budget, Cost, CostStatus
from app.metrics.cost_words import cost_words, usd_words


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the budget says now.

    Attributes:
        words: How the cost stands against it; "" without a budget.
        warning: A sentence, the first time that the warning's limit is passed; else "".
        stop: Why the session must end, or "".
    """

    words: str = ""
    warning: str = ""
    stop: str = ""


class BudgetWatch:
    """Holds the cost of one session against its budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._warned = False

    def at_start(self, *, priced: bool, model: str) -> str:
        """Return a sentence where the budget cannot be checked, else "".

        Args:
            priced: Whether the price is known; our own engine's is.
            model: For people.
        """
        budget = self._budget
        if priced or (budget.warn_usd is None and budget.stop_usd is None):
            return ""
        limit_s = budget.stop_unpriced_s
        ends = "" if limit_s is None else f" The session ends after {limit_s:g} s instead."
        return f"The budget cannot be checked: the price of {model} is unknown.{ends}"

    def check(self, cost: Cost, elapsed_s: float) -> Verdict:
        """Return what the budget says of a cost after so long."""
        if cost.status is CostStatus.UNPRICED:
            return self._unpriced(elapsed_s)
        usd = cost.usd or Decimal(0)
        budget = self._budget
        stop = ""
        if budget.stop_usd is not None and usd > budget.stop_usd:
            spent = cost_words(cost)
            stop = f"Stopped by the budget: it has cost {spent}, over {usd_words(budget.stop_usd)}."
        return Verdict(self._words(cost), self._warning(cost, usd), stop)

    def _unpriced(self, elapsed_s: float) -> Verdict:
        limit_s = self._budget.stop_unpriced_s
        if limit_s is None or elapsed_s <= limit_s:
            return Verdict("unpriced" if self._budget != Budget() else "")
        return Verdict(
            "unpriced", "", f"Stopped by the budget: its price is unknown, after {limit_s:g} s."
        )

    def _words(self, cost: Cost) -> str:
        limit = self._budget.stop_usd
        limit = self._budget.warn_usd if limit is None else limit
        return "" if limit is None else f"{cost_words(cost)} of {usd_words(limit)}"

    def _warning(self, cost: Cost, usd: Decimal) -> str:
        limit = self._budget.warn_usd
        if limit is None or self._warned or usd <= limit:
            return ""
        self._warned = True
        return (
            f"The session has cost {cost_words(cost)}, over the {usd_words(limit)} of its warning."
        )
