"""Bringing the index up to date with the folders."""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeAlias

from app.core.library import Refreshed
from app.store.library_entries import Known, forget_entries, known_entries, put_entries
from app.store.library_index import IndexBusyError, LibraryIndex
from app.store.library_reading import EntryReader
from app.store.library_scan import Found, scan

AT_ONCE: Final = 25
"""Sessions read between two looks at whether to go on, and kept together."""

_Told: TypeAlias = Callable[[int, int], bool] | None
_Work: TypeAlias = list[tuple["Why", Found]]


class Why(StrEnum):
    """Why a folder is read."""

    ADDED = "added"
    CHANGED = "changed"
    REPRICED = "repriced"


def refresh(
    root: Path, index: LibraryIndex, reader: EntryReader, fingerprint: str, told: _Told
) -> Refreshed:
    """Read what is new or has changed, the newest first, and forget what is gone.

    What is done before it is broken off, by ``told`` or by another program, stays done.

    Args:
        root: The folder of all sessions.
        index: Where it is kept.
        reader: Reads the folders.
        fingerprint: Of the price table in force.
        told: See ``Library.refresh``.

    Raises:
        StoreError: If ``root`` is there and cannot be read.
        IndexLostError: If the index was found damaged or out of reach.
    """
    counts = dict.fromkeys(Why, 0)
    gone_n = 0
    try:
        gone_n, work = _forget_gone(root, index, fingerprint)
        for some in _portions(work):
            entries = [reader.read(each, fingerprint) for _, each in some]
            with index.writing() as connection:
                put_entries(connection, entries)
            for why, _ in some:
                counts[why] += 1
            if told is not None and not told(sum(counts.values()), len(work)):
                break
        else:
            index.whole()
    except IndexBusyError:
        pass  # the rest is done the next time
    return Refreshed(
        added_n=counts[Why.ADDED],
        changed_n=counts[Why.CHANGED],
        gone_n=gone_n,
        repriced_n=counts[Why.REPRICED],
    )


def _forget_gone(
    root: Path, index: LibraryIndex, fingerprint: str
) -> tuple[int, list[tuple[Why, Found]]]:
    """Forget the sessions that are gone; return how many those were, and what must be read."""
    with index.reading() as connection:
        known = known_entries(connection)
    found = {(each.key, each.in_trash): each for each in scan(root)}
    gone = [key for key in known if key not in found]
    if gone:
        with index.writing() as connection:
            forget_entries(connection, gone)
    return len(gone), _work(found, known, fingerprint)


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
    if (known.account_stamp, known.stamp) != (found.account_stamp, found.stamp):
        return Why.CHANGED
    return Why.REPRICED if known.priced_by != fingerprint else None


def _portions(work: _Work) -> Iterator[_Work]:
    for start in range(0, len(work), AT_ONCE):
        yield work[start : start + AT_ONCE]
