"""Prices for a window: told, kept, forgotten."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from decimal import Decimal

from app.core.errors import StoreError
from app.core.money import Meter, PriceOrigin, PriceRow
from app.session.messages import (
    EngineReport,
    ListPrices,
    PricesReport,
    ProblemReport,
    RemovePrice,
    SetPrice,
)
from app.session.prices_desk import MOST_WAITING, PricesDesk, every_row
from tests.support.clocks import run_virtual
from tests.support.money import FULL, MINI, FakeBook, row


async def at_once(work: Callable[[], None]) -> None:
    work()


def served(book: FakeBook | None, *requests: object, odd: Sequence[str] = ()) -> list[EngineReport]:
    """Return what a window is told of ``requests``."""
    told: list[EngineReport] = []

    async def run() -> None:
        desk = PricesDesk(book, lambda: odd, at_once, told.append)
        for request in requests:
            assert type(request) in desk.kinds
            desk.take(request, talking=True)  # type: ignore[arg-type]
        desk.make_way()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(desk.run(), 1)

    run_virtual(run())
    return told


def report(found: list[EngineReport]) -> PricesReport:
    (told,) = found
    assert isinstance(told, PricesReport)
    return told


def test_prices_are_told() -> None:
    told = report(served(FakeBook(), ListPrices(), odd=["Price 2 is passed over."]))

    assert MINI in told.rows
    assert told.table_date == "2026-11-21"
    assert told.problem == "Price 2 is passed over."


def test_a_price_of_ones_own_is_kept_as_such_and_forgotten() -> None:
    book = FakeBook(known=(MINI,))
    mine = row({Meter.AUDIO_OUT: "1"}, origin=PriceOrigin.SHIPPED)

    kept, forgotten, twice = served(
        book,
        SetPrice(mine),
        RemovePrice(provider="openai", model="m"),
        RemovePrice(provider="openai", model="m"),
    )

    assert isinstance(kept, PricesReport)
    assert row({Meter.AUDIO_OUT: "1"}, origin=PriceOrigin.YOURS) in kept.rows
    assert isinstance(forgotten, PricesReport)
    assert forgotten.rows == (MINI,)
    assert isinstance(twice, PricesReport)
    assert twice.problem == "The price cannot be kept: there is no such price of your own."


def test_a_price_that_cannot_be_is_refused() -> None:
    book = FakeBook(known=(MINI,))

    told = report(served(book, SetPrice(row({Meter.AUDIO_OUT: "-1"}))))

    assert "no price from 0" in told.problem
    assert told.rows == (MINI,)


def test_a_disk_that_takes_nothing_is_told() -> None:
    class Full(FakeBook):
        def set(self, row: PriceRow) -> None:
            raise StoreError("The price cannot be kept: no space left", hint="Make some.")

    told = report(served(Full(), SetPrice(MINI)))

    assert told.problem == "The price cannot be kept: no space left. Make some."


def test_without_a_book_that_is_said() -> None:
    assert report(served(None, ListPrices())).problem == "No prices are known."


def test_too_many_requests_are_refused_with_a_word() -> None:
    told = served(FakeBook(), *[ListPrices()] * (MOST_WAITING + 1))

    assert isinstance(told[0], ProblemReport)
    assert len(told) == MOST_WAITING + 1


def test_of_each_model_the_believed_row_is_first() -> None:
    old = row({Meter.AUDIO_OUT: "1"})
    new = row({Meter.AUDIO_OUT: "2"}, valid_from="2026-08-05")
    mine = row({Meter.AUDIO_OUT: "3"}, origin=PriceOrigin.YOURS, valid_from="2026-01-01")

    class Listed(FakeBook):
        def rows(self) -> tuple[PriceRow, ...]:
            return (mine, FULL)

    assert every_row(Listed(known=(old, new, mine, FULL))) == (mine, new, old, FULL)
    assert every_row(FakeBook(known=())) == ()
    assert Decimal(3) in mine.rates.values()
