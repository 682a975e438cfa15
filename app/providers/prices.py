"""What models cost: the user's own prices, then the shipped table, then genai-prices.

The first source that knows a model on a date is believed. No network, ever: everything comes
with the program or from the user.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Protocol

from app.core.money import PriceRow

PROVIDER_NAMES: Final[Mapping[str, str]] = MappingProxyType({
    "azure": "azure_openai",
    "gemini": "google_gemini",
    "google": "google_gemini",
    "vertex": "google_vertex",
    "bedrock": "aws_bedrock",
    "aws": "aws_bedrock",
    "x-ai": "xai",
    "grok": "xai",
})  # fmt: skip
"""Other spellings of the providers of our tables."""

ANY_MODEL: Final = ""
"""Model of a row of the user's own that holds for every model of its provider."""


class OwnPrices(Protocol):
    """Where the user's own rows are kept; see ``app.store.prices.FilePrices``."""

    def rows(self) -> tuple[PriceRow, ...]:
        """Return the rows, as they are on the disk now; never raises."""
        ...

    def set(self, row: PriceRow) -> None:
        """Keep a row.

        Raises:
            StoreError: If it cannot be written.
        """
        ...

    def remove(self, provider: str, model: str, valid_from: str | None) -> bool:
        """Forget a row; False if there was none.

        Raises:
            StoreError: If it cannot be written.
        """
        ...


class OthersPrices(Protocol):
    """A table of somebody else's, loaded when it is first asked; see ``GenaiPrices``."""

    @property
    def version(self) -> str:
        """Which table it is; known without loading it."""
        ...

    def of(self, provider: str, model: str) -> tuple[PriceRow, ...]:
        """Return all it knows of a model."""
        ...

    def voices(self) -> tuple[PriceRow, ...]:
        """Return the rows of all models that hear or speak."""
        ...


def canonical(provider: str) -> str:
    """Return a provider's name as in our tables."""
    return PROVIDER_NAMES.get(provider, provider)


class Prices:
    """Implements ``app.core.ports.PriceBook``. Any thread.

    Args:
        own: The user's rows.
        shipped: The rows that come with the program.
        others: Asked for what neither knows.
        today: Tells the present date, ISO.
    """

    def __init__(
        self,
        own: OwnPrices,
        shipped: Sequence[PriceRow],
        others: OthersPrices | None,
        today: Callable[[], str],
    ) -> None:
        self._own = own
        self._others = others
        self._today = today
        self._shipped = _by_model(shipped)
        self._shipped_print = _print_of(shipped)
        self._seen: tuple[tuple[PriceRow, ...], Mapping[tuple[str, str], tuple[PriceRow, ...]]] = (
            (),
            {},
        )
        self._asked: dict[tuple[str, str], tuple[PriceRow, ...]] = {}

    @property
    def table_date(self) -> str:
        """See ``PriceBook``."""
        rows = (*self._own.rows(), *(row for known in self._shipped.values() for row in known))
        return max((row.as_of for row in rows if row.as_of), default="")

    @property
    def fingerprint(self) -> str:
        """See ``PriceBook``."""
        others = "" if self._others is None else self._others.version
        told = f"{self._shipped_print} {others} {_print_of(self._own.rows())}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def row(self, provider: str, model: str | None, on: str | None = None) -> PriceRow | None:
        """See ``PriceBook``. A row of which only a note is known is no price."""
        on = on or self._today()
        for rows in self._sources(canonical(provider), model or ANY_MODEL):
            held = _held(rows, on)
            if held is not None and held.rates:
                return held
        return None

    def history(self, provider: str, model: str) -> tuple[PriceRow, ...]:
        """See ``PriceBook``; rows without rates say in their notes what is known."""
        known = [row for rows in self._sources(canonical(provider), model) for row in rows]
        return tuple(sorted(known, key=lambda row: row.valid_from or ""))

    def rows(self) -> tuple[PriceRow, ...]:
        """See ``PriceBook``: models that hear or speak, and all that the user gave."""
        own = self._own_by_model()
        names = {**dict.fromkeys(own), **dict.fromkeys(self._shipped)}
        if self._others is not None:
            names.update(dict.fromkeys(_name(row) for row in self._others.voices()))
        return tuple(
            believed for name in sorted(names) if (believed := self._believed(*name)) is not None
        )

    def set(self, row: PriceRow) -> None:
        """See ``PriceBook``."""
        self._own.set(replace(row, provider=canonical(row.provider)))

    def remove(self, provider: str, model: str, valid_from: str | None) -> bool:
        """See ``PriceBook``."""
        names = dict.fromkeys((provider, canonical(provider)))
        found = [self._own.remove(name, model, valid_from) for name in names]
        return any(found)

    def _believed(self, provider: str, model: str) -> PriceRow | None:
        """Return the price of today, else a row that says why there is none."""
        priced = self.row(provider, model)
        if priced is not None:
            return priced
        return next((held for rows in self._sources(provider, model) for held in rows), None)

    def _sources(self, provider: str, model: str) -> Iterable[tuple[PriceRow, ...]]:
        """Return what each source knows of a model, the most believed first."""
        own = self._own_by_model()
        yield own.get((provider, model), ())
        yield own.get((provider, ANY_MODEL), ()) if model != ANY_MODEL else ()
        yield self._shipped.get((provider, model), ())
        yield self._of_others(provider, model)

    def _own_by_model(self) -> Mapping[tuple[str, str], tuple[PriceRow, ...]]:
        rows = self._own.rows()
        seen, found = self._seen
        if rows is not seen:
            found = _by_model(rows)
            self._seen = (rows, found)
        return found

    def _of_others(self, provider: str, model: str) -> tuple[PriceRow, ...]:
        if self._others is None or not model:
            return ()
        name = (provider, model)
        if name not in self._asked:
            self._asked[name] = self._others.of(provider, model)
        return self._asked[name]


def _name(row: PriceRow) -> tuple[str, str]:
    return canonical(row.provider), row.model


def _by_model(rows: Iterable[PriceRow]) -> dict[tuple[str, str], tuple[PriceRow, ...]]:
    found: dict[tuple[str, str], tuple[PriceRow, ...]] = {}
    for row in rows:
        found[_name(row)] = (*found.get(_name(row), ()), row)
    return found


def _held(rows: Iterable[PriceRow], on: str) -> PriceRow | None:
    """Return the row that holds on a date: the one that began last."""
    begun = [row for row in rows if row.valid_from is None or row.valid_from <= on]
    return max(begun, key=lambda row: row.valid_from or "", default=None)


def _print_of(rows: Iterable[PriceRow]) -> str:
    told = sorted(
        f"{row.provider} {row.model} {row.valid_from} "
        + " ".join(f"{meter}={rate}" for meter, rate in sorted(row.rates.items()))
        for row in rows
    )
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
