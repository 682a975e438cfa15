"""A price as it is typed, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from app.core.money import METER_WORDS, Meter, PriceOrigin, PriceRow
from app.ui.vm.budget import amount
from app.ui.vm.cost_text import parse_day

MOST_RATE: Final = Decimal(1_000_000)
MOST_WORDS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceDraft:
    """What the fields hold. ``rates`` are texts by meter; "" is unpriced."""

    provider: str = ""
    model: str = ""
    rates: Mapping[Meter, str] = field(default_factory=dict)
    valid_from: str = ""
    as_of: str = ""
    source: str = ""
    notes: str = ""

    def parse(self) -> PriceRow:
        """Return the row of the user's own.

        Raises:
            ValueError: If ``problems`` is not empty.
        """
        if self.problems():
            raise ValueError("; ".join(self.problems().values()))
        found = {meter: amount(text, MOST_RATE) for meter, text in self.rates.items()}
        return PriceRow(
            provider=self.provider.strip(),
            model=self.model.strip(),
            rates={meter: value for meter, value in found.items() if value is not None},
            origin=PriceOrigin.YOURS,
            valid_from=parse_day(self.valid_from),
            as_of=parse_day(self.as_of),
            source=" ".join(self.source.split())[:MOST_WORDS],
            notes=" ".join(self.notes.split())[:MOST_WORDS],
        )

    def problems(self) -> Mapping[str, str]:
        """Return what is wrong by field: "provider", "model", a date's name or a meter's."""
        found: dict[str, str] = {}
        if not self.provider.strip():
            found["provider"] = "Say whose price it is."
        if not self.model.strip():
            found["model"] = "Say which model it is for."
        for name, text in (("valid_from", self.valid_from), ("as_of", self.as_of)):
            try:
                parse_day(text)
            except ValueError:
                found[name] = "A date as 2026-11-21, or nothing."
        for meter, text in self.rates.items():
            try:
                amount(text, MOST_RATE)
            except ValueError as exc:
                found[meter.value] = f"{METER_WORDS[meter]}: {exc}"
        if not any(text.strip() for text in self.rates.values()):
            found["rates"] = "Give at least one rate; 0 is a price, nothing is unpriced."
        return found


def draft_of(row: PriceRow) -> PriceDraft:
    """Return the draft that would make ``row`` again, as one of the user's own."""
    return PriceDraft(
        provider=row.provider,
        model=row.model,
        rates={meter: f"{value.normalize():f}" for meter, value in row.rates.items()},
        valid_from=row.valid_from or "",
        as_of=row.as_of or "",
        source=row.source,
        notes=row.notes,
    )


def copy_of(row: PriceRow, today: date) -> PriceDraft:
    """Return a draft of the user's own price that begins with somebody else's."""
    told = f"Changed from: {row.source}" if row.source else ""
    return replace(draft_of(row), valid_from="", as_of=today.isoformat(), source=told)
