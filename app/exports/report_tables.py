"""Tables of a report: statistics, money, prices, interruptions, definitions."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from app.core.money import METER_WORDS, RATED_PER, CostStatus, Meter, PriceRow
from app.core.ports import StoredSession
from app.exports.report_figures import Definition, Figure, ModelFigures, MoneyFigures
from app.exports.report_text import UNKNOWN, digits, digits_of, quantity, usd, visible
from app.exports.report_turns import MOST_TURNS, anchor
from app.exports.report_view import Cell, Table, TableRow
from app.exports.report_words import interval

MOST_COLUMNS: Final = 4
"""Models side by side on a sheet of paper."""
MOST_SPEED: Final = 50
"""Metrics specification, L11."""
MOST_PRICES: Final = 24
MOST_INTERRUPTIONS: Final = 300


def statistics_tables(models: Sequence[ModelFigures], labels: Sequence[str]) -> tuple[Table, ...]:
    """Return tables of at most MOST_COLUMNS models, a row for each figure that one of them has."""
    tables = (
        _statistics(models[at : at + MOST_COLUMNS], labels[at : at + MOST_COLUMNS])
        for at in range(0, len(models), MOST_COLUMNS)
    )
    return tuple(table for table in tables if table.rows)


def _statistics(models: Sequence[ModelFigures], labels: Sequence[str]) -> Table:
    names: dict[str, str] = {}
    for model in models:
        names |= {row.id: f"{row.name}{_unit(row)}" for row in model.rows}
    known = [{row.id: row for row in model.rows} for model in models]
    rows = [
        TableRow(name=name, cells=tuple(_cell(each.get(id_)) for each in known))
        for id_, name in names.items()
        if any(_has(each.get(id_)) for each in known)
    ]
    return Table(columns=tuple(labels), rows=tuple(rows))


def _unit(row: Figure) -> str:
    return f", {row.unit}" if row.unit and row.unit != "%" else ""


def _has(row: Figure | None) -> bool:
    return row is not None and (row.value is not None or bool(row.n))


def _cell(row: Figure | None) -> Cell:
    if row is None:
        return Cell(value=UNKNOWN)
    n = f"n = {row.n}" if row.n else ""
    parts = [n if " of " not in row.note else "", _bounds(row), row.note]
    value = quantity(row.value, "%" if row.unit == "%" else "")
    if row.value is None and row.each:
        value = " \u00b7 ".join(_capped(each, row.unit) for each in row.each)
        parts[-1] = "; ".join((*row.note.split("; ")[1:], "each value: too few for a median"))
    elif row.value is not None:
        value = value if row.unit == "%" else _capped(row.value, row.unit)
    return Cell(value=value, note="; ".join(part for part in parts if part))


def _capped(value: float, unit: str) -> str:
    """Return a value without its unit; how often faster than real time says little beyond 50."""
    if not unit:
        return digits_of(round(value))
    return f"over {MOST_SPEED}" if unit == "x" and value > MOST_SPEED else digits(value)


def _bounds(row: Figure) -> str:
    words = "" if row.unit == "x" else interval(row)
    return f"95 % interval {words}" if words else ""


# --- money


def money_tables(models: Sequence[ModelFigures], labels: Sequence[str]) -> tuple[Table, ...]:
    """Return what each model cost by kind; none where nothing is billed."""
    if all(model.money.status is CostStatus.LOCAL for model in models):
        return ()
    return tuple(
        _money(models[at : at + MOST_COLUMNS], labels[at : at + MOST_COLUMNS])
        for at in range(0, len(models), MOST_COLUMNS)
    )


def _money(models: Sequence[ModelFigures], labels: Sequence[str]) -> Table:
    moneys = [model.money for model in models]
    rows = [
        TableRow(name="Total", cells=tuple(_total(each) for each in moneys)),
        _money_row("of it text", [each.text_usd for each in moneys], moneys),
        _money_row("of it audio", [each.audio_usd for each in moneys], moneys),
        _money_row("of it cached tokens", [each.cached_usd for each in moneys], moneys),
        _money_row("of it other", [each.other_usd for each in moneys], moneys),
        _money_row("A minute of session", [each.per_minute_usd for each in moneys], moneys),
        _money_row("A turn", [each.per_turn_usd for each in moneys], moneys),
        _money_row("Audio generated and never heard", [each.wasted_usd for each in moneys], moneys),
    ]
    shares = tuple(Cell(value=quantity(each.cached_share, "%")) for each in moneys)
    rows.append(TableRow(name="Cached share of the tokens in", cells=shares))
    return Table(columns=tuple(labels), rows=(*rows, *_meter_rows(moneys)))


def _total(money: MoneyFigures) -> Cell:
    if money.status is CostStatus.LOCAL:
        return Cell(value="$0", note="nobody bills it")
    unpriced = ", ".join(METER_WORDS[meter] for meter in money.unpriced)
    notes = [
        "at least: partly unpriced" if money.status is CostStatus.PARTIAL else "",
        f"no price for {unpriced}" if unpriced else "",
        "the provider did not report all use" if money.uncounted_n else "",
    ]
    return Cell(value=usd(money.usd), note="; ".join(note for note in notes if note))


def _money_row(
    name: str, values: Sequence[Decimal | None], moneys: Sequence[MoneyFigures]
) -> TableRow:
    cells = []
    for value, money in zip(values, moneys, strict=True):
        free = money.status is CostStatus.LOCAL
        cells.append(Cell(value="$0" if free else UNKNOWN if value is None else usd(value)))
    return TableRow(name=name, cells=tuple(cells))


def _meter_rows(moneys: Sequence[MoneyFigures]) -> Sequence[TableRow]:
    known = [dict(money.meters) for money in moneys]
    return [
        TableRow(
            name=f"Used: {METER_WORDS[meter]}",
            cells=tuple(
                Cell(value=_used(each[meter]) if meter in each else UNKNOWN) for each in known
            ),
        )
        for meter in Meter
        if any(meter in each for each in known)
    ]


def _used(value: float) -> str:
    return digits_of(int(value)) if value == int(value) else digits(value)


def price_table(models: Sequence[ModelFigures]) -> Table | None:
    """Return the prices that were used, each with its source and date."""
    rows: dict[str, PriceRow] = {}
    for model in models:
        for row in model.money.rows:
            rows.setdefault(f"{row.provider} {row.model} {row.valid_from} {row.origin}", row)
    if not rows:
        return None
    return Table(
        columns=("Rates, US dollars", "From", "Read on", "Source"),
        rows=tuple(_price(row) for row in list(rows.values())[:MOST_PRICES]),
    )


def _price(row: PriceRow) -> TableRow:
    rates = "; ".join(
        f"{METER_WORDS[meter]} {rate:f}{_per(meter)}" for meter, rate in row.rates.items()
    )
    return TableRow(
        name=visible(row.model),
        cells=(
            Cell(value=rates),
            Cell(value=visible(row.valid_from or "always")),
            Cell(value=visible(row.as_of or UNKNOWN)),
            Cell(value=visible(f"{row.origin}: {row.source}" if row.source else row.origin)),
        ),
    )


def _per(meter: Meter) -> str:
    amount = int(RATED_PER[meter])
    return {1_000_000: " a million", 60: " a minute", 1_000: " a thousand"}[amount]


# --- interruptions


def interruption_table(sessions: Sequence[StoredSession], titles: Sequence[str]) -> Table | None:
    """Return the turns that were interrupted; None where none was."""
    rows = [
        TableRow(
            name=f"{title}, turn {turn.turn_id}",
            cells=(
                Cell(value=visible((turn.interrupt_cause or "").replace("_", " ") or UNKNOWN)),
                Cell(value=visible(turn.interrupter_name or UNKNOWN)),
                Cell(value=_yielded(turn.missed_interrupt)),
                Cell(value=quantity(turn.yield_ms, "")),
                Cell(value=quantity(turn.overspeech_ms, "")),
                Cell(value=_heard(turn.heard_ms, turn.audio_out_ms)),
            ),
        )
        for session, (stored, title) in enumerate(zip(sessions, titles, strict=True))
        for place, turn in enumerate(stored.turns)
        if turn.interrupted_ns is not None and place < MOST_TURNS and anchor(session, place)
    ]
    if not rows:
        return None
    columns = (
        "Stopped by", "Spoken into it", "Yielded within 2 s", "Silent after, ms",
        "Spoke on, ms", "Heard of the reply, s",
    )  # fmt: skip
    return Table(columns=columns, rows=tuple(rows[:MOST_INTERRUPTIONS]))


def _yielded(missed: bool | None) -> str:  # noqa: FBT001 - a column
    return UNKNOWN if missed is None else "no" if missed else "yes"


def _heard(heard_ms: float | None, arrived_ms: float | None) -> str:
    if heard_ms is None or arrived_ms is None:
        return UNKNOWN
    return f"{heard_ms / 1000:.1f} of {arrived_ms / 1000:.1f}"


# --- definitions


def definition_table(definitions: Sequence[Definition]) -> Table:
    """Return what every measured column of the report means."""
    return Table(
        columns=("Definition", "From", "To", "Clock", "Not to be mistaken"),
        rows=tuple(
            TableRow(
                name=f"{each.name}{', ' + each.unit if each.unit else ''}",
                cells=(
                    Cell(value=each.formula, note=f"{each.id} \u00b7 {each.source}"),
                    Cell(value=each.start),
                    Cell(value=each.end),
                    Cell(value=each.clock),
                    Cell(value=each.pitfalls),
                ),
            )
            for each in definitions
        ),
    )
