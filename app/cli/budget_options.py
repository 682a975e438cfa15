"""Options about what a session may cost."""

import argparse
from decimal import Decimal

from app.core.errors import ConfigError
from app.core.money import Budget
from app.core.price_rows import rate_from


def add_budget_options(group: argparse._ArgumentGroup) -> None:
    """Describe the options."""
    group.add_argument(
        "--budget-usd", metavar="USD", help="end the session when it has cost more than this"
    )
    group.add_argument("--warn-usd", metavar="USD", help="say so, once, when it has cost more")
    group.add_argument(
        "--budget-unpriced-s",
        type=float,
        metavar="S",
        help="end a session whose price is unknown after so many seconds",
    )


def budget_of(arguments: argparse.Namespace) -> Budget:
    """Return the budget that was given.

    Raises:
        ConfigError: If an amount is none, or a time is not positive.
    """
    unpriced_s = arguments.budget_unpriced_s
    if unpriced_s is not None and not 0 < unpriced_s < float("inf"):
        raise ConfigError("--budget-unpriced-s is a number of seconds above 0.")
    return Budget(
        warn_usd=_amount("--warn-usd", arguments.warn_usd),
        stop_usd=_amount("--budget-usd", arguments.budget_usd),
        stop_unpriced_s=unpriced_s,
    )


def _amount(option: str, written: str | None) -> Decimal | None:
    if written is None:
        return None
    try:
        return rate_from(written.removeprefix("$"))
    except ValueError as error:
        raise ConfigError(f"{option}: {error}.") from error
