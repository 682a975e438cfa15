"""What sessions will cost: a month of them, and five common workloads, in the terminal."""

import argparse
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TextIO

from app.cli.plain import json_line, plain
from app.cli.prices import as_fields, one_meant
from app.cli.tables import table_lines
from app.core.errors import ConfigError
from app.core.money import Cost, PriceRow
from app.core.ports import PriceBook
from app.metrics.cost_words import cost_words, missing_words, row_words, usd_words
from app.metrics.projection import Plan, Projection, cumulative, project
from app.metrics.workloads import WORKLOADS, WorkloadCost, workload_cost

_NO_VALUE: Final = "\N{EN DASH}"
_CURVE: Final = ("turn", "low", "high", "low so far", "high so far")
_WORKLOADS: Final = ("workload", "turns", "as text", "as speech", "times", "speech")

_Point = tuple[int, Decimal | None, Decimal | None, Decimal | None, Decimal | None]


def row_of_model(name: str, book: PriceBook, on: str | None = None) -> PriceRow:
    """Return the price of a model that was named.

    Raises:
        ConfigError: If it is unpriced, or of several providers.
    """
    provider, model = one_meant(name, book)
    row = book.row(provider, model, on)
    if row is None:
        raise ConfigError(
            f"{name[:80]} is unpriced: nobody says what it costs.",
            hint="`vivavoce prices` lists the prices that are known; `prices set` keeps your own.",
        )
    return row


def cost_fields(cost: Cost) -> Mapping[str, Any]:
    """Return a cost as fields of a JSON line."""
    return {
        "usd": cost.usd,
        "status": cost.status.value,
        "parts_usd": {meter.value: str(usd) for meter, usd in cost.parts.items()},
        "unpriced": [meter.value for meter in cost.unpriced],
        "uncounted": cost.uncounted,
    }


def show_projection(parsed: argparse.Namespace, book: PriceBook, out: TextIO) -> None:
    """Print what a month comes to.

    Raises:
        ConfigError: If the model is unpriced or the numbers cannot be.
    """
    found = _projected(parsed, book)
    curve = _curve(found)
    if parsed.json:
        for point in curve:
            print(json_line({"type": "turn_cost", **_point_fields(point)}), file=out)
        print(json_line(_projection_fields(found)), file=out)
        return
    rows = [(str(turn), *map(usd_words, usd)) for turn, *usd in curve]
    for line in table_lines(_CURVE, rows, texts=0):
        print(line, file=out)
    print("\n".join(map(plain, _projection_lines(found))), file=out)


def _projected(parsed: argparse.Namespace, book: PriceBook) -> Projection:
    plan = Plan(
        sessions_per_day=parsed.sessions_per_day,
        minutes=parsed.minutes,
        turns=parsed.turns,
        instructions=parsed.instructions,
        user_share=parsed.user_share,
        cached=parsed.cached,
    )
    row = row_of_model(parsed.what_if or parsed.model, book, parsed.on)
    try:
        return project(plan, row)
    except ValueError as error:
        raise ConfigError(f"This cannot be held: {error}.") from error


def _curve(found: Projection) -> Sequence[_Point]:
    low = cumulative(point.low_usd for point in found.curve)
    high = cumulative(point.high_usd for point in found.curve)
    return [
        (point.turn, point.low_usd, point.high_usd, low_sum, high_sum)
        for point, low_sum, high_sum in zip(found.curve, low, high, strict=True)
    ]


def _point_fields(point: _Point) -> Mapping[str, Any]:
    names = ("turn", "low_usd", "high_usd", "low_cumulative_usd", "high_cumulative_usd")
    return dict(zip(names, point, strict=True))


def _projection_fields(found: Projection) -> dict[str, Any]:
    expected = found.expected
    return {
        "type": "projection",
        "low_usd": found.low.usd,
        "high_usd": found.high.usd,
        "expected_usd": None if expected is None else expected.usd,
        "low_month_usd": found.low_month,
        "high_month_usd": found.high_month,
        "expected_month_usd": found.expected_month,
        "low_per_minute_usd": found.low_per_minute,
        "high_per_minute_usd": found.high_per_minute,
        "cache_priced": found.cache_priced,
        "price": None if found.row is None else as_fields(found.row),
    }


def _projection_lines(found: Projection) -> list[str]:
    def both(low: Decimal | None, high: Decimal | None) -> str:
        return f"{usd_words(low)} with all cached, {usd_words(high)} with nothing cached"

    lines = [
        "",
        f"A session  {both(found.low.usd, found.high.usd)}",
        f"A minute   {both(found.low_per_minute, found.high_per_minute)}",
        f"A month    {both(found.low_month, found.high_month)} (30 days)",
    ]
    if found.expected is not None:
        lines.append(f"Expected   {usd_words(found.expected_month)} a month")
    if not found.cache_priced:
        lines.append("Cached tokens have no price of their own here: both are the same.")
    missing = missing_words(found.high)
    return [*lines, *([missing] if missing else []), f"Price      {row_words(found.row)}"]


def show_workloads(parsed: argparse.Namespace, book: PriceBook, out: TextIO) -> None:
    """Print what the five workloads come to, as text and as speech.

    Raises:
        ConfigError: If the model is unpriced.
    """
    row = row_of_model(parsed.what_if or parsed.model, book, parsed.on)
    found = [workload_cost(each, row, parsed.cached or 0.0) for each in WORKLOADS]
    if parsed.json:
        for each in found:
            print(json_line(_workload_fields(each)), file=out)
        return
    for line in table_lines(_WORKLOADS, [_workload_cells(each) for each in found], texts=1):
        print(line, file=out)
    times = [each.times for each in found if each.times is not None]
    if times:
        print(
            f"\nThe same words cost {min(times):.0f} to {max(times):.0f} times as much spoken as "
            "typed: at 3.5 text tokens a second,\na second of speech is 10 audio tokens of the "
            "user's or 20 of the agent's, and each costs more.\nAll earlier turns are billed again "
            "in every turn.",
            file=out,
        )
    print(plain(f"Price: {row_words(row)}"), file=out)


def _workload_cells(each: WorkloadCost) -> tuple[str, ...]:
    return (
        each.workload.title,
        str(each.workload.turns),
        cost_words(each.text),
        cost_words(each.speech),
        _NO_VALUE if each.times is None else f"{each.times:.0f}x",
        f"{each.speech_s / 60:.1f} min",
    )


def _workload_fields(each: WorkloadCost) -> dict[str, Any]:
    return {
        "type": "workload",
        "id": each.workload.id,
        "title": each.workload.title,
        "turns": each.workload.turns,
        "text": cost_fields(each.text),
        "speech": cost_fields(each.speech),
        "times": each.times,
        "speech_s": each.speech_s,
    }
