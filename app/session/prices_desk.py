"""Serves a window with prices: tells them, and keeps the user's own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from app.core.errors import AppError
from app.core.money import PriceOrigin, PriceRow
from app.core.ports import PriceBook
from app.core.price_rows import fields_of, row_of
from app.session.jobs import Tell
from app.session.link import LinkMessage
from app.session.messages import (
    ListPrices,
    PricesReport,
    ProblemReport,
    RemovePrice,
    SetPrice,
)

MOST_WAITING: Final = 32

_BELIEVED: Final = tuple(PriceOrigin)

_BUSY: Final = ProblemReport(
    sentence="Too many changes of prices at once.", hint="Try again in a moment."
)


class PricesDesk:
    """Implements ``Desk``. Tables are read and written aside, one request after the other.

    Args:
        book: What models cost; None where nobody knows.
        odd: Sentences about what is odd with the user's own prices; may block on the disk.
        aside: See ``SessionParts.aside``.
        tell: Gets everything that a front end shows.
    """

    def __init__(
        self,
        book: PriceBook | None,
        odd: Callable[[], Sequence[str]],
        aside: Callable[[Callable[[], None]], Awaitable[None]],
        tell: Tell,
    ) -> None:
        self._book = book
        self._odd = odd
        self._aside = aside
        self._tell = tell
        self._answer = PricesReport(rows=(), problem="No prices are known.")
        self._waiting: asyncio.Queue[LinkMessage] = asyncio.Queue(MOST_WAITING)

    @property
    def kinds(self) -> tuple[type, ...]:
        """See ``Desk``."""
        return (ListPrices, SetPrice, RemovePrice)

    def take(self, request: LinkMessage, *, talking: bool) -> None:
        """See ``Desk``; a request that finds ``MOST_WAITING`` others is refused with a word."""
        del talking
        try:
            self._waiting.put_nowait(request)
        except asyncio.QueueFull:
            self._tell(_BUSY)

    def make_way(self) -> None:
        """See ``Desk``: it holds nothing that a session needs."""

    async def run(self) -> None:
        """See ``Desk``."""
        while True:
            request = await self._waiting.get()
            await self._aside(partial(self._serve, request))
            self._tell(self._answer)

    def _serve(self, request: LinkMessage) -> None:
        """Do what is asked; the answer is in ``_answer``. On another thread."""
        if self._book is None:
            return
        problem = ""
        try:
            self._change(self._book, request)
        except AppError as error:
            problem = f"{error.sentence} {error.hint}".strip()
        except ValueError as error:
            problem = f"The price cannot be kept: {error}."
        problem = " ".join((problem, *self._odd())).strip()
        self._answer = PricesReport(
            rows=every_row(self._book), table_date=self._book.table_date, problem=problem
        )

    def _change(self, book: PriceBook, request: LinkMessage) -> None:
        match request:
            case SetPrice(row=row):
                book.set(row_of(fields_of(row), PriceOrigin.YOURS))
            case RemovePrice():
                if not book.remove(request.provider, request.model, request.valid_from):
                    raise ValueError("there is no such price of your own")
            case _:
                pass


def every_row(book: PriceBook) -> tuple[PriceRow, ...]:
    """Return every row of the models that ``book`` lists, the believed first.

    Of a model on a date, the first row that holds then is what is believed.
    """
    rows: dict[tuple[str, str, str, str | None], PriceRow] = {}
    for listed in book.rows():
        known = sorted(
            book.history(listed.provider, listed.model),
            key=lambda row: row.valid_from or "",
            reverse=True,
        )
        for row in sorted(known, key=lambda row: _BELIEVED.index(row.origin)):
            rows.setdefault((row.origin, row.provider, row.model, row.valid_from), row)
    return tuple(rows.values())
