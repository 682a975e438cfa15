"""Money in words. Unknown is "unpriced", never zero."""

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from app.core.money import METER_WORDS, Cost, CostStatus, Meter, PriceRow

UNPRICED: Final = "unpriced"
LOCAL: Final = "0 (local)"
"""What nobody bills."""
AT_LEAST: Final = "at least"

_CENT: Final = Decimal("0.01")
_HUNDREDTH: Final = Decimal("0.0001")
_SMALLEST: Final = Decimal("0.000001")

UNIT_WORDS: Final[dict[Meter, str]] = {
    **dict.fromkeys(Meter, "1M tokens"),
    Meter.TRANSCRIPTION_SECONDS: "minute",
    Meter.SESSION_SECONDS: "minute",
    Meter.CHARACTERS: "1M characters",
    Meter.TEXT_MESSAGES: "1,000 messages",
}
"""What a rate is for."""


def usd_words(usd: Decimal | None) -> str:
    """Return dollars: to the cent from $1 on, to a hundredth of it from a cent on."""
    if usd is None:
        return UNPRICED
    if not usd:
        return "$0"
    if 0 < usd < _SMALLEST:
        return f"<${_SMALLEST}"
    steps = ((Decimal(1), _CENT), (_CENT, _HUNDREDTH), (Decimal(0), _SMALLEST))
    step = next(step for least, step in steps if usd >= least)
    return f"${usd.quantize(step, ROUND_HALF_EVEN):,f}"


def cost_words(cost: Cost) -> str:
    """Return a cost as far as it can be believed, for lines of text."""
    return status_words(cost.status, cost.usd)


def status_words(
    status: CostStatus,
    usd: Decimal | None,
    *,
    amount: Callable[[Decimal | None], str] = usd_words,
    least: str = AT_LEAST,
) -> str:
    """Return a cost as far as it can be believed: in the window and the terminal alike.

    Args:
        status: How far.
        usd: The sum.
        amount: Writes dollars.
        least: What stands before a sum that is not whole.
    """
    if status is CostStatus.LOCAL:
        return LOCAL
    if usd is None or status is CostStatus.UNPRICED:
        return UNPRICED
    return f"{least} {amount(usd)}" if status is CostStatus.PARTIAL else amount(usd)


def missing_words(cost: Cost) -> str:
    """Return what a sum does not hold, as a sentence; "" where it holds all."""
    parts = []
    if cost.unpriced:
        parts.append("no price is known for " + ", ".join(METER_WORDS[m] for m in cost.unpriced))
    if cost.uncounted:
        parts.append("the provider did not say all that was used")
    text = " and ".join(parts)
    return text[:1].upper() + text[1:] + "." if text else ""


def row_words(row: PriceRow | None) -> str:
    """Return where a price is from, and of when."""
    if row is None:
        return UNPRICED
    since = f", from {row.valid_from} on" if row.valid_from else ""
    read = f", read {row.as_of}" if row.as_of else ""
    source = f": {row.source}" if row.source else ""
    return f"{row.provider} {row.model} ({row.origin.value}{since}{read}){source}"
