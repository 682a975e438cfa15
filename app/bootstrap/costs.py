"""``vivavoce prices`` and ``vivavoce cost``, composed."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from app.bootstrap import USAGE_ERROR
from app.bootstrap.mending import mend_sessions
from app.bootstrap.prices import own_prices, price_book
from app.cli import cost as cost_front, cost_plans, prices as prices_front
from app.cli.plain import plain, told
from app.core.errors import AppError, ConfigError
from app.core.money import PriceRow
from app.core.ports import PriceBook
from app.store.reader import FolderReader


def prices(arguments: Sequence[str]) -> int:
    """List prices, or keep one of the user's own."""
    parser = argparse.ArgumentParser(
        prog="vivavoce prices",
        description=prices_front.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    prices_front.add_arguments(parser)
    parsed = parser.parse_args(arguments)
    try:
        book = price_book(os.environ)
        for sentence in own_prices(os.environ).odd():
            sys.stderr.write(plain(sentence) + "\n")
        return _prices(parsed, book)
    except AppError as error:
        sys.stderr.write(told(error) + "\n")
        return USAGE_ERROR


def _prices(parsed: argparse.Namespace, book: PriceBook) -> int:
    match parsed.words:
        case [] if parsed.on or parsed.history:
            raise ConfigError("--on and --history are about one model.", hint="Name it.")
        case []:
            prices_front.show(book.rows(), book.table_date, sys.stdout, as_json=parsed.json)
            return 0
        case [prices_front.SET, name]:
            today = datetime.now(UTC).date().isoformat()
            row = prices_front.own_row(parsed, name, today)
            book.set(row)
            prices_front.show_model([row], sys.stdout, as_json=parsed.json)
            return 0
        case [prices_front.REMOVE, name]:
            provider, model = prices_front.named(name)
            if not book.remove(provider, model, parsed.valid_from):
                raise ConfigError(
                    "There is no such price of your own.",
                    hint=f"`vivavoce prices {name} --history` shows all, with their --from.",
                )
            return 0
        case [name]:
            return _model(parsed, book, name)
        case _:
            raise ConfigError("It is not clear which model is meant.", hint="Name one.")


def _model(parsed: argparse.Namespace, book: PriceBook, name: str) -> int:
    found = prices_front.meant(name, book)
    rows = [row for each in found for row in _known(parsed, book, *each)]
    if not rows:
        sys.stderr.write(plain(f"{name} is unpriced: nobody says what it costs.") + "\n")
        return 1
    prices_front.show_model(rows, sys.stdout, as_json=parsed.json)
    return 0


def _known(
    parsed: argparse.Namespace, book: PriceBook, provider: str, model: str
) -> tuple[PriceRow, ...]:
    rows = book.history(provider, model)
    if parsed.history:
        return rows
    row = book.row(provider, model, parsed.on)
    return (row,) if row is not None else tuple(each for each in rows if not each.rates)


def cost(arguments: Sequence[str]) -> int:
    """Tell what sessions cost, or will cost."""
    parser = argparse.ArgumentParser(
        prog="vivavoce cost",
        description=cost_front.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    cost_front.add_arguments(parser)
    parsed = parser.parse_args(arguments)
    try:
        cost_front.check(parsed)
        book = price_book(os.environ)
        if parsed.project:
            cost_plans.show_projection(parsed, book, sys.stdout)
        elif parsed.workloads:
            cost_plans.show_workloads(parsed, book, sys.stdout)
        else:
            _sessions(parsed, book)
    except AppError as error:
        sys.stderr.write(told(error) + "\n")
        return USAGE_ERROR
    return 0


def _sessions(parsed: argparse.Namespace, book: PriceBook) -> None:
    mend_sessions(parsed.out)
    reader = FolderReader(os.environ)
    for name in parsed.sessions:
        stored = reader.read(reader.find(name, parsed.out))
        cost_front.show_session(parsed, stored, book, sys.stdout)
