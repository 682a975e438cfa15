"""``vivavoce prices``: what models cost, where that is from and of when, and prices of your own.

Without a word: the models that hear or speak, at today's prices. With a model: its price.
``set`` keeps a price of your own, which is believed before all others; ``remove`` forgets it.
A model is named as PROVIDER:MODEL, or PROVIDER: alone for all its models (custom: is every
endpoint given by its URL); to look one up, MODEL alone will do. Rates are US dollars for a
million tokens or characters, for a minute, or for a thousand messages.
"""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, TextIO

from app.cli.plain import json_line, plain
from app.cli.tables import table_lines
from app.core.errors import ConfigError
from app.core.money import METER_WORDS, Meter, PriceOrigin, PriceRow
from app.core.ports import PriceBook
from app.core.price_rows import fields_of, rate_from, row_of
from app.metrics.cost_words import UNIT_WORDS, UNPRICED, row_words

SET, REMOVE = "set", "remove"

_NO_VALUE: Final = "\N{EN DASH}"
_LISTED: Final = (
    (Meter.TEXT_IN, Meter.TRANSCRIPTION_TEXT_IN),
    (Meter.TEXT_IN_CACHED,),
    (Meter.TEXT_OUT, Meter.TRANSCRIPTION_OUT),
    (Meter.AUDIO_IN, Meter.TRANSCRIPTION_AUDIO_IN),
    (Meter.AUDIO_IN_CACHED,),
    (Meter.AUDIO_OUT,),
    (Meter.SESSION_SECONDS, Meter.TRANSCRIPTION_SECONDS),
    (Meter.CHARACTERS,),
)
"""The columns of the table: of the meters of each, a model has one."""
_HEADINGS: Final = ("model", "from", "text in", "cached", "out", "audio in", "cached", "out",
                    "minute", "characters", "as of")  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's words and options."""
    parser.add_argument(
        "words",
        nargs="*",
        metavar="MODEL | set MODEL | remove MODEL",
        help="a model such as openai:gpt-realtime-mini",
    )
    parser.add_argument("--history", action="store_true", help="all that is known of the model")
    parser.add_argument(
        "--on", metavar="DATE", type=day, help="the price on another day, as 2026-11-21"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    own = parser.add_argument_group("a price of your own (set, remove)")
    for meter in Meter:
        own.add_argument(
            f"--{meter.value.replace('_', '-')}",
            metavar="USD",
            help=f"{METER_WORDS[meter]}, for a {UNIT_WORDS[meter]}".replace("a 1", "1"),
        )
    own.add_argument("--from", dest="valid_from", metavar="DATE", help="its first day")
    own.add_argument("--source", default="", metavar="TEXT", help="where it stands")
    own.add_argument("--notes", default="", metavar="TEXT", help="what else must be known")


def day(text: str) -> str:
    """Return an ISO date.

    Raises:
        argparse.ArgumentTypeError: If it is none.
    """
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-11-21") from None


def named(text: str) -> tuple[str, str]:
    """Return the provider and the model that ``text`` names.

    Raises:
        ConfigError: If it names no provider.
    """
    provider, mark, model = text.partition(":")
    if not mark or not provider.strip():
        raise ConfigError(
            f"{text[:80]!r} names no provider.", hint="Name a model as openai:gpt-realtime-mini."
        )
    return provider.strip(), model.strip()


def meant(text: str, book: PriceBook) -> tuple[tuple[str, str], ...]:
    """Return the provider and the model that ``text`` names.

    A model's name alone names it at each provider of whom something is known about it.

    Raises:
        ConfigError: If it names no provider and no model that is known.
    """
    if ":" in text:
        return (named(text),)
    model = text.strip()
    found: dict[tuple[str, ...], str] = {}
    for provider in dict.fromkeys(row.provider for row in book.rows()):
        told = tuple(row.source for row in book.history(provider, model) if row.model)
        if told:  # two spellings of a provider tell the same
            found.setdefault(told, provider)
    if not found:
        raise ConfigError(
            f"Nobody says what {text[:80]!r} costs, at any provider.",
            hint="`vivavoce prices` lists what is known; name a model as openai:gpt-realtime-mini.",
        )
    return tuple((provider, model) for provider in found.values())


def one_meant(text: str, book: PriceBook) -> tuple[str, str]:
    """Return the one provider and model that ``text`` names; see ``meant``.

    Raises:
        ConfigError: If it is none, or that of several providers.
    """
    found = meant(text, book)
    if len(found) > 1:
        known = ", ".join(":".join(each) for each in found)
        raise ConfigError(
            f"{text[:80]!r} is a model of {len(found)} providers.", hint=f"Name one of {known}."
        )
    return found[0]


def own_row(parsed: argparse.Namespace, name: str, today: str) -> PriceRow:
    """Return the price that ``set`` keeps.

    Raises:
        ConfigError: If a rate or the date cannot be one, or there is no rate.
    """
    provider, model = named(name)
    try:
        rates = {
            meter.value: str(rate_from(written))
            for meter in Meter
            if (written := getattr(parsed, meter.value)) is not None
        }
        fields = {
            "provider": provider,
            "model": model,
            "rates": rates,
            "valid_from": parsed.valid_from,
            "as_of": today,
            "source": parsed.source,
            "notes": parsed.notes,
        }
        row = row_of(fields, PriceOrigin.YOURS)
    except ValueError as error:
        raise ConfigError(f"The price cannot be kept: {error}.") from error
    if not row.rates:
        raise ConfigError(
            "No rate was given.", hint="Add one, e.g. --audio-out 20 for a million tokens."
        )
    return row


def show(rows: Iterable[PriceRow], table_date: str, out: TextIO, *, as_json: bool) -> None:
    """Print rows: as JSON lines with all they hold, or the usual rates as a table."""
    listed = list(rows)
    if as_json:
        for row in listed:
            print(json_line(as_fields(row)), file=out)
        return
    for line in table_lines(_HEADINGS, [_cells(row) for row in listed], texts=2):
        print(line, file=out)
    print(
        "\nUS dollars for a million tokens or characters, or for a minute. Newest source read "
        f"{table_date}. Look at the provider's own page before you rely on them.",
        file=out,
    )


def show_model(rows: Sequence[PriceRow], out: TextIO, *, as_json: bool) -> None:
    """Print what is known of one model, whole."""
    for row in rows:
        if as_json:
            print(json_line(as_fields(row)), file=out)
            continue
        print(plain(row_words(row)), file=out)
        for meter, rate in row.rates.items():
            print(f"  {METER_WORDS[meter]:<26}{_dollars(rate):>12} / {UNIT_WORDS[meter]}", file=out)
        if not row.rates:
            print(f"  {UNPRICED}", file=out)
        if row.notes:
            print(f"  {plain(row.notes)}", file=out)


def as_fields(row: PriceRow) -> Mapping[str, Any]:
    """Return a row as a JSON line."""
    return {"type": "price", "origin": row.origin.value, **fields_of(row)}


def _cells(row: PriceRow) -> tuple[str, ...]:
    rates = ([row.rates[meter] for meter in kinds if meter in row.rates] for kinds in _LISTED)
    shown = (_dollars(known[0]) if known else _NO_VALUE for known in rates)
    name = plain(f"{row.provider}:{row.model}")
    return (name, row.origin.value, *shown, row.as_of or _NO_VALUE)


def _dollars(rate: Decimal) -> str:
    text = f"{rate.normalize():f}"
    return text if "." in text and len(text.partition(".")[2]) > 1 else f"{rate:.2f}"
