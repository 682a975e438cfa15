"""The budget as it is typed: amounts and a time limit, or nothing for no limit."""

from decimal import Decimal, InvalidOperation
from typing import Final

from app.core.money import Budget

MOST_USD: Final = Decimal(100_000)
MOST_DIGITS: Final = 12
MOST_MINUTES: Final = 1_440


def amount(text: str, most: Decimal = MOST_USD) -> Decimal | None:
    """Return an amount as typed, in US dollars; "" is None.

    A decimal comma is a point, a dollar sign may lead.

    Raises:
        ValueError: If it is no amount from 0 to ``most``; says so in a sentence.
    """
    words = text.strip().removeprefix("$").strip().replace(",", ".")
    if not words:
        return None
    if len(words) > MOST_DIGITS:
        raise ValueError(f"At most {MOST_DIGITS} digits.")
    try:
        value = Decimal(words)
    except InvalidOperation:
        raise ValueError("This is no number.") from None
    if not value.is_finite() or not 0 <= value <= most:
        raise ValueError(f"Between 0 and {most:,f}.")
    return value


def amount_text(value: object) -> str:
    """Return a remembered amount, for a reader of preferences.

    Raises:
        TypeError: If it is no text.
        ValueError: If it is no amount.
    """
    if not isinstance(value, str):
        raise TypeError
    amount(value)
    return value


def budget(warn: str, stop: str, unpriced_minutes: int) -> Budget:
    """Return the budget of typed amounts that are right; 0 minutes is no limit."""
    return Budget(
        warn_usd=amount(warn),
        stop_usd=amount(stop),
        stop_unpriced_s=unpriced_minutes * 60.0 if unpriced_minutes else None,
    )


def problem(warn: str, stop: str) -> str:
    """Return what is wrong with two typed amounts in one sentence, or ""."""
    found: list[Decimal | None] = []
    for name, text in (("Warn at", warn), ("Stop at", stop)):
        try:
            found.append(amount(text))
        except ValueError as exc:
            return f"{name}: {exc}"
    first, last = found
    if first is not None and last is not None and first > last:
        return "The session would stop before it warns: warn at less than it stops at."
    return ""
