"""A row of prices as JSON, and back; what was written by hand is checked.

Format: ``resources/prices/README.md``.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn

from app.core.money import Meter, PriceOrigin, PriceRow

MOST_USD: Final = Decimal(1_000_000)
"""No rate is above it: a larger one is a slip of the pen."""

_LONGEST: Final[Mapping[str, int]] = {"provider": 80, "model": 160, "source": 2_000, "notes": 2_000}


def row_of(fields: Any, origin: PriceOrigin) -> PriceRow:
    """Return the row that a JSON object holds.

    Raises:
        ValueError: If it holds none; the message says what is wrong.
    """
    if not isinstance(fields, dict):
        _refuse("a price is no object")
    texts = {name: _text(fields, name, longest) for name, longest in _LONGEST.items()}
    if not texts["provider"]:
        raise ValueError("a price names no provider")
    return PriceRow(
        provider=texts["provider"],
        model=texts["model"],
        rates=_rates(fields.get("rates")),
        origin=origin,
        valid_from=_date(fields, "valid_from"),
        as_of=_date(fields, "as_of"),
        source=texts["source"],
        notes=texts["notes"],
    )


def fields_of(row: PriceRow) -> dict[str, Any]:
    """Return a row as the JSON object that ``row_of`` reads."""
    return {
        "provider": row.provider,
        "model": row.model,
        "rates": {meter.value: str(rate) for meter, rate in row.rates.items()},
        "valid_from": row.valid_from,
        "as_of": row.as_of,
        "source": row.source,
        "notes": row.notes,
    }


def rate_from(text: str) -> Decimal:
    """Return a rate that was written down.

    Raises:
        ValueError: If it is no number from 0 to ``MOST_USD``.
    """
    try:
        rate = Decimal(text)
    except InvalidOperation as exc:
        raise ValueError(f"{text[:40]!r} is no number") from exc
    if not rate.is_finite() or not 0 <= rate <= MOST_USD:
        raise ValueError(f"{text[:40]!r} is no price from 0 to {MOST_USD} US dollars")
    return rate


def _rates(found: object) -> Mapping[Meter, Decimal]:
    if not isinstance(found, dict):
        _refuse("rates is no object")
    rates: dict[Meter, Decimal] = {}
    for name, written in found.items():
        try:
            meter = Meter(name)
        except ValueError as exc:
            raise ValueError(f"{name[:40]!r} is no meter") from exc
        if isinstance(written, bool) or not isinstance(written, str | int | float):
            _refuse(f"the rate of {name} is no number")
        rates[meter] = rate_from(str(written))
    return rates


def _text(fields: Mapping[str, Any], name: str, longest: int) -> str:
    text = fields.get(name) or ""
    if not isinstance(text, str) or len(text) > longest:
        raise ValueError(f"{name} is no text of at most {longest} characters")
    return text


def _date(fields: Mapping[str, Any], name: str) -> str | None:
    text = fields.get(name)
    if text is None:
        return None
    if not isinstance(text, str):
        _refuse(f"{name} is no date")
    return dt.date.fromisoformat(text).isoformat()


def _refuse(why: str) -> NoReturn:
    raise ValueError(why)
