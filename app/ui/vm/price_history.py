"""What a model's meter was billed at over the years, as a line of steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from app.core.money import METER_WORDS, Meter, PriceOrigin, PriceRow
from app.ui.vm.cost_text import per_words, rate, row_words, source_words
from app.ui.vm.plot import ticks

LEAST_DAYS: Final = 30
BEFORE: Final = 0.06
LINES: Final = 4
DATES: Final = 5
HEADROOM: Final = 1.08


@dataclass(frozen=True, slots=True)
class Rung:
    """A row's rate, at the day from which it holds.

    Attributes:
        day: None stands at the left edge: it holds always.
        believed: On that day it is what is believed.
    """

    row: PriceRow
    day: date | None
    usd: Decimal
    believed: bool

    @property
    def words(self) -> str:
        """The row in one line: rate, day, source."""
        return f"{rate(self.usd)}\t{row_words(self.row)}; {source_words(self.row)}".rstrip("; ")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPlan:
    """What to draw.

    Attributes:
        first: The day at the left edge; ``last`` is today, or the newest day if later.
        steps: Day and rate from that day on, as believed; None is unpriced.
        rungs: A mark for each row that has the meter.
        heights: Where the grid's lines are, from 0 up.
        dates: Days with their words under the axis.
    """

    meter: Meter
    first: date
    last: date
    steps: tuple[tuple[date, Decimal | None], ...]
    rungs: tuple[Rung, ...]
    heights: tuple[float, ...]
    dates: tuple[date, ...]

    @property
    def empty(self) -> bool:
        """Whether no row has the meter."""
        return not self.rungs

    @property
    def spoken(self) -> str:
        """The line in words."""
        if self.empty:
            return f"No price of {METER_WORDS[self.meter]} is known."
        told = [
            f"from {day.isoformat()} {'unpriced' if usd is None else rate(usd)}"
            for day, usd in self.steps
        ]
        return f"{METER_WORDS[self.meter]}, for {per_words(self.meter)}: " + ", ".join(told)


def meters_of(rows: Sequence[PriceRow]) -> tuple[Meter, ...]:
    """Return the meters that any row has a rate for, in order."""
    return tuple(meter for meter in Meter if any(meter in row.rates for row in rows))


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text[:10])
    except ValueError:
        return None


def _believed(
    rows: Sequence[PriceRow], on: date, origins: Sequence[PriceOrigin]
) -> PriceRow | None:
    """Return the row believed on a day: by origin, then the newest that holds."""
    for origin in origins:
        found = [
            row for row in rows if row.origin is origin and (_day(row.valid_from) or date.min) <= on
        ]
        if found:
            return max(found, key=lambda row: _day(row.valid_from) or date.min)
    return None


def history(rows: Sequence[PriceRow], meter: Meter, today: date) -> HistoryPlan:
    """Return the steps of one meter; ``rows`` are those of one model, of every source."""
    days = sorted({day for row in rows if (day := _day(row.valid_from)) is not None})
    last = max([today, *days])
    least = last - timedelta(days=LEAST_DAYS)
    oldest = min([least, *days])
    first = oldest - timedelta(days=max(round((last - oldest).days * BEFORE), 1))
    origins = tuple(PriceOrigin)
    steps: list[tuple[date, Decimal | None]] = []
    for day in [first, *days]:
        row = _believed(rows, day, origins)
        usd = None if row is None else row.rates.get(meter)
        if not steps or steps[-1][1] != usd:
            steps.append((day, usd))
    rungs = tuple(
        Rung(row, _day(row.valid_from), row.rates[meter], _is_believed(row, rows, first, origins))
        for row in sorted(rows, key=lambda row: _day(row.valid_from) or date.min)
        if meter in row.rates
    )
    top = max((float(rung.usd) for rung in rungs), default=1.0) or 1.0
    return HistoryPlan(
        meter=meter,
        first=first,
        last=last,
        steps=tuple(steps),
        rungs=rungs,
        heights=ticks(top * HEADROOM, LINES),
        dates=_dates(first, last),
    )


def _is_believed(
    row: PriceRow, rows: Sequence[PriceRow], first: date, origins: Sequence[PriceOrigin]
) -> bool:
    return _believed(rows, _day(row.valid_from) or first, origins) is row


def _dates(first: date, last: date) -> tuple[date, ...]:
    """Return round days: of years where there are several, else months, else a fraction."""
    years = [date(year, 1, 1) for year in range(first.year + 1, last.year + 1)]
    if len(years) > 1:
        return tuple(years[:: -(-len(years) // DATES)])
    step = max((last - first).days // (DATES - 1), 1)
    return tuple(first + timedelta(days=step * number) for number in range(DATES))
