"""The price table: every row of every source, what is believed today, and the user's own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from app.core.money import METER_WORDS, Meter, PriceOrigin, PriceRow
from app.core.observe import Signal
from app.session.messages import (
    EngineRequest,
    ListPrices,
    PricesReport,
    RemovePrice,
    SetPrice,
)
from app.ui.vm.cost_text import per_words, rate
from app.ui.vm.price_drafts import PriceDraft
from app.ui.vm.text import UNKNOWN, one_line

COLUMNS: Final = (
    ("Text in", Meter.TEXT_IN),
    ("cached", Meter.TEXT_IN_CACHED),
    ("out", Meter.TEXT_OUT),
    ("Audio in", Meter.AUDIO_IN),
    ("cached", Meter.AUDIO_IN_CACHED),
    ("out", Meter.AUDIO_OUT),
)
"""Meters with a column of their own; the others stand together under "Other"."""
HEADINGS: Final = (
    "Provider",
    "Model",
    *(name for name, _meter in COLUMNS),
    "Other rates",
    "From",
    "Read",
    "By",
    "Source",
)
HINTS: Final = (
    "Who bills",
    "The model's name at its provider; bold is believed today",
    *(f"{METER_WORDS[meter]}: US dollars for {per_words(meter)}" for _name, meter in COLUMNS),
    "Rates of other meters, each with what it is for",
    "First day on which it holds; a dash: always",
    "When the source was read",
    "Yours come before the shipped table, and that before genai-prices",
    "Where it stands",
)
ORIGINS: Final = {
    PriceOrigin.YOURS: "yours",
    PriceOrigin.SHIPPED: "shipped",
    PriceOrigin.GENAI_PRICES: "genai-prices",
}
Key = tuple[str, str]


def _today() -> date:
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One row of the table. ``believed``: it is what is billed today."""

    row: PriceRow
    cells: tuple[str, ...]
    believed: bool

    @property
    def own(self) -> bool:
        """Whether it can be changed and removed."""
        return self.row.origin is PriceOrigin.YOURS


def holds(row: PriceRow, on: str) -> bool:
    """Whether a row holds on an ISO date, as far as it says."""
    return row.valid_from is None or row.valid_from <= on


def other_rates(row: PriceRow) -> str:
    """Return the rates that have no column of their own, in words."""
    shown = {meter for _name, meter in COLUMNS}
    found = [meter for meter in Meter if meter in row.rates and meter not in shown]
    return ", ".join(
        f"{METER_WORDS[meter]} {rate(row.rates[meter])} / {per_words(meter)}" for meter in found
    )


def _cells(row: PriceRow) -> tuple[str, ...]:
    rates = [row.rates.get(meter) for _name, meter in COLUMNS]
    return (
        one_line(row.provider, limit=60),
        one_line(row.model, limit=80),
        *(UNKNOWN if value is None else rate(value) for value in rates),
        other_rates(row) or UNKNOWN,
        UNKNOWN if row.valid_from is None else one_line(row.valid_from, limit=20),
        UNKNOWN if row.as_of is None else one_line(row.as_of, limit=20),
        ORIGINS[row.origin],
        one_line(row.source, limit=300) or UNKNOWN,
    )


class PricesViewModel:
    """Shows and changes the table; the engine keeps it. All calls on the GUI thread.

    Attributes:
        report: All that is known, or None before it was told.
        filter: Words that a row's cells must all hold.
        own_only: Only the user's own rows are shown.

    Signals:
        changed: Other rows are known or shown.
        stored: A change was answered; carries the sentence of what was wrong, or "".
    """

    def __init__(
        self, send: Callable[[EngineRequest], None], today: Callable[[], date] = _today
    ) -> None:
        self._send = send
        self._today = today
        self._waiting = False
        self.report: PricesReport | None = None
        self.filter = ""
        self.own_only = False
        self._lines: tuple[PriceLine, ...] = ()
        self.changed = Signal[()]()
        self.stored = Signal[str]()

    @property
    def today(self) -> date:
        """The day that is today."""
        return self._today()

    # --- from the engine

    def take(self, report: PricesReport) -> None:
        """Show what models cost."""
        self.report = report
        now = self._today().isoformat()
        believed: dict[Key, int] = {}
        for index, row in enumerate(report.rows):
            if holds(row, now):
                believed.setdefault((row.provider, row.model), index)
        chosen = set(believed.values())
        lines = [
            PriceLine(row, _cells(row), index in chosen) for index, row in enumerate(report.rows)
        ]
        self._lines = tuple(sorted(lines, key=_order))
        self.changed.emit()
        if self._waiting:
            self._waiting = False
            self.stored.emit(one_line(report.problem))

    # --- what is shown

    @property
    def lines(self) -> tuple[PriceLine, ...]:
        """The rows that the filter leaves."""
        words = self.filter.casefold().split()
        return tuple(
            line
            for line in self._lines
            if (line.own or not self.own_only)
            and all(any(word in cell.casefold() for cell in line.cells) for word in words)
        )

    @property
    def summary(self) -> str:
        """How many rows there are, how many are shown, and how old the newest source is."""
        if self.report is None:
            return "Asking for the prices\N{HORIZONTAL ELLIPSIS}"
        shown, total = len(self.lines), len(self._lines)
        count = str(total) if shown == total else f"{shown} of {total}"
        dated = one_line(self.report.table_date, limit=20)
        newest = f"; newest source read {dated}" if dated else ""
        return f"{count} price rows{newest}. Prices are read from pages: check before you rely."

    @property
    def problem(self) -> str:
        """Why the table cannot be read or kept, or ""."""
        return "" if self.report is None else one_line(self.report.problem)

    def history(self, key: Key) -> tuple[PriceRow, ...]:
        """Return all rows of a model, the believed ones of a date first."""
        rows = () if self.report is None else self.report.rows
        return tuple(row for row in rows if (row.provider, row.model) == key)

    def believed(self) -> tuple[PriceRow, ...]:
        """Return what is believed today, one row a model."""
        return tuple(line.row for line in self._lines if line.believed)

    def price_of(self, provider: str, model: str | None) -> PriceRow | None:
        """Return what a model is billed at today."""
        wanted = (provider, model)
        rows = (line.row for line in self._lines if line.believed)
        return next((row for row in rows if (row.provider, row.model) == wanted), None)

    # --- from the user

    def ask(self) -> None:
        """Ask the engine for all rows."""
        self._send(ListPrices())

    def look_for(self, words: str) -> None:
        """Show only rows that hold these words."""
        if words != self.filter:
            self.filter = words
            self.changed.emit()

    def show_own(self, *, only: bool) -> None:
        """Show only the user's own rows, or all."""
        if only is not self.own_only:
            self.own_only = only
            self.changed.emit()

    def keep(self, draft: PriceDraft, instead_of: PriceRow | None = None) -> bool:
        """Keep a price of the user's own; False if something is wrong with it.

        Args:
            draft: What was typed.
            instead_of: The user's own row that was edited: it goes where model or day changed.
        """
        if draft.problems():
            return False
        row = draft.parse()
        self._waiting = True
        if instead_of is not None and _identity(instead_of) != _identity(row):
            self._send(_removal(instead_of))
        self._send(SetPrice(row))
        return True

    def remove(self, row: PriceRow) -> bool:
        """Forget a price; False unless it is the user's own."""
        if row.origin is not PriceOrigin.YOURS:
            return False
        self._waiting = True
        self._send(_removal(row))
        return True


def _identity(row: PriceRow) -> tuple[str, str, str | None]:
    return row.provider, row.model, row.valid_from


def _removal(row: PriceRow) -> RemovePrice:
    return RemovePrice(provider=row.provider, model=row.model, valid_from=row.valid_from)


def _order(line: PriceLine) -> tuple[bool, str, str, bool, str]:
    row = line.row
    newest_first = "".join(chr(0x10FFFF - ord(char)) for char in row.valid_from or "")
    return (not line.own, row.provider, row.model, not line.believed, newest_first)
