"""Bringing the index up to date with the folders."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeAlias

from app.core.library import Refreshed
from app.store.library_entries import (
    Known,
    Priced,
    billed_entries,
    forget_entries,
    known_entries,
    price_entries,
    put_entries,
)
from app.store.library_index import IndexBusyError, LibraryIndex
from app.store.library_reading import EntryReader, stamp_of
from app.store.library_scan import Found, scan

AT_ONCE: Final = 25
"""Sessions read between two looks at whether to go on, and kept together."""
PRICED_AT_ONCE: Final = 250
"""Sessions priced anew and kept together."""

_Told: TypeAlias = Callable[[int, int], bool] | None
_Work: TypeAlias = list[tuple["Why", Found]]


class Why(StrEnum):
    """Why an entry is made anew."""

    ADDED = "added"
    CHANGED = "changed"
    REPRICED = "repriced"


def refresh(
    root: Path, index: LibraryIndex, reader: EntryReader, fingerprint: str, told: _Told
) -> Refreshed:
    """Read what is new or has changed, the newest first, and forget what is gone.

    What another table of prices changes is priced from the index alone, where it knows what the
    session is billed for. What is done before it is broken off, by ``told`` or by another
    program, stays done.

    Args:
        root: The folder of all sessions.
        index: Where it is kept.
        reader: Reads the folders.
        fingerprint: Of the price table in force.
        told: See ``Library.refresh``.

    Raises:
        StoreError: If ``root`` is there and cannot be read, or no figures can be worked out.
        IndexLostError: If the index was found damaged or out of reach.
    """
    done = _Done(told)
    try:
        gone_n, loose, work = _forget_gone(root, index, fingerprint)
        done.gone_n, done.whole_n = gone_n, len(loose) + len(work)
        left = _price(index, reader, fingerprint, loose, done)
        if _read(index, reader, fingerprint, [*work, *left], done):
            index.whole()
    except IndexBusyError:
        pass  # the rest is done the next time
    return done.refreshed


class _Done:
    """What is done; ``step`` tells of more, and whether to go on."""

    def __init__(self, told: _Told) -> None:
        self.gone_n = 0
        self.whole_n = 0
        self.goes_on = True
        self._told = told
        self._counts = dict.fromkeys(Why, 0)

    def step(self, whys: Iterable[Why]) -> bool:
        for why in whys:
            self._counts[why] += 1
        if self._told is not None:
            self.goes_on = self._told(sum(self._counts.values()), self.whole_n)
        return self.goes_on

    @property
    def refreshed(self) -> Refreshed:
        return Refreshed(
            added_n=self._counts[Why.ADDED],
            changed_n=self._counts[Why.CHANGED],
            gone_n=self.gone_n,
            repriced_n=self._counts[Why.REPRICED],
        )


def _price(
    index: LibraryIndex, reader: EntryReader, fingerprint: str, loose: _Work, done: _Done
) -> _Work:
    """Price entries anew from the index; return those whose folders must be read for it."""
    left: _Work = []
    for some in _portions(loose, PRICED_AT_ONCE):
        with index.reading() as connection:
            known = billed_entries(connection, [each for _, each in some])
        priced = [
            Priced(number, billed, columns)
            for number, billed in known
            if (columns := reader.priced(billed, fingerprint)) is not None
        ]
        if len(priced) < len(some):
            left += some
            continue
        with index.writing() as connection:
            price_entries(connection, priced)
        if not done.step(why for why, _ in some):
            break
    return left


def _read(
    index: LibraryIndex, reader: EntryReader, fingerprint: str, work: _Work, done: _Done
) -> bool:
    """Read folders; return whether all were."""
    for some in _portions(work, AT_ONCE):
        if not done.goes_on:
            return False
        entries = [reader.read(each, fingerprint) for _, each in some]
        with index.writing() as connection:
            put_entries(connection, entries)
        done.step(why for why, _ in some)
    return done.goes_on


def _forget_gone(root: Path, index: LibraryIndex, fingerprint: str) -> tuple[int, _Work, _Work]:
    """Forget the sessions that are gone.

    Returns: How many those were, what is to be priced anew, and what must be read.
    """
    with index.reading() as connection:
        known = known_entries(connection)
    found = {(each.key, each.in_trash): each for each in scan(root)}
    gone = [key for key in known if key not in found]
    if gone:
        with index.writing() as connection:
            forget_entries(connection, gone)
    work = _work(found, known, fingerprint)

    def is_loose(why: Why, each: Found) -> bool:
        return why is Why.REPRICED and known[each.key, each.in_trash].billed

    loose = [each for each in work if is_loose(*each)]
    return len(gone), loose, [each for each in work if not is_loose(*each)]


def _work(
    found: Mapping[tuple[str, bool], Found],
    known: Mapping[tuple[str, bool], Known],
    fingerprint: str,
) -> _Work:
    work = [
        (why, each)
        for key, each in found.items()
        if (why := _why(each, known.get(key), fingerprint)) is not None
    ]
    return work[::-1]


def _why(found: Found, known: Known | None, fingerprint: str) -> Why | None:
    if known is None:
        return Why.ADDED
    stamps = (found.account_stamp, stamp_of(found, figured=known.billed))
    if (known.account_stamp, known.stamp) != stamps:
        return Why.CHANGED
    return Why.REPRICED if known.priced_by != fingerprint else None


def _portions(work: _Work, size: int) -> Iterator[_Work]:
    for start in range(0, len(work), size):
        yield work[start : start + size]
