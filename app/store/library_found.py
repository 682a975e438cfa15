"""Which sessions a query finds, in what order, and what they come to. The index alone is read.

What was found is kept until the index changes: the next page of the same query, or the same
query in another order, does not look for the words again.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from app.core.library import LibraryQuery, SortBy
from app.store.library_words import match_of

MOST_ROWS: Final = 100_000
"""Of one page."""
MOST_RANKED: Final = 2_000
"""Words that more sessions hold tell none of them apart: they are shown by the time they began."""
_FARTHEST: Final = 2**62
_SPARSE: Final = 500
"""So few are looked up one by one; more are met soon enough where all are gone through in order."""

_SORTED: Final[Mapping[SortBy, str]] = MappingProxyType({
    SortBy.BEGAN: "s.began_s",
    SortBy.MODEL: "lower(coalesce(s.model, s.title))",
    SortBy.DURATION: "s.duration_s",
    SortBy.TURNS: "s.turns_n",
    SortBy.LATENCY: "s.v2v_p50_ms",
    SortBy.COST: "s.usd_real",
    SortBy.SIZE: "s.bytes_n",
    SortBy.RELEVANCE: "h.rank",
})  # fmt: skip
"""The more of it, the further up where it descends."""

_AMONG: Final[Sequence[tuple[str, Callable[[LibraryQuery], Sequence[str]]]]] = (
    ("s.provider IN (SELECT value FROM json_each(?))", lambda query: query.providers),
    ("s.model IN (SELECT value FROM json_each(?))", lambda query: query.models),
    ("s.outcome IN (SELECT value FROM json_each(?))", lambda query: query.outcomes),
)
_WITH_ALL: Final = (
    "(SELECT count(*) FROM tags WHERE session = s.id"
    " AND tag IN (SELECT value FROM json_each(?))) = ?"
)
_BOUNDS: Final[Sequence[tuple[str, Callable[[LibraryQuery], Any]]]] = (
    ("s.duration_s >= ?", lambda query: query.least_s),
    ("s.duration_s <= ?", lambda query: query.most_s),
    ("s.usd_real >= ?", lambda query: _real(query.least_usd)),
    ("s.usd_real <= ?", lambda query: _real(query.most_usd)),
    ("s.v2v_p50_ms >= ?", lambda query: query.least_v2v_ms),
    ("s.v2v_p50_ms <= ?", lambda query: query.most_v2v_ms),
    ("s.began_s >= ?", lambda query: instant_of(query.since)),
    ("s.began_s < ?", lambda query: instant_of(query.until)),
    ("s.starred = ?", lambda query: None if query.starred is None else int(query.starred)),
)


@dataclass(frozen=True, slots=True)
class Sums:
    """What all sessions come to that were found."""

    total: int
    bytes_n: int
    duration_s: float
    usd: Decimal | None
    unpriced_n: int


class Finder:
    """Looks for sessions. One thread at a time."""

    def __init__(self) -> None:
        self._asked: object = None
        self._hits_n: int | None = None
        self._ranked = False
        self._sums: Sums | None = None
        self._own_changes_n = 0

    def state(self, connection: sqlite3.Connection) -> object:
        """Return what differs whenever the index may have changed, by whomever."""
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        return connection, version, connection.total_changes - self._own_changes_n

    def find(self, connection: sqlite3.Connection, query: LibraryQuery) -> Sums:
        """Look for what is asked, unless that was the last to be asked; return its sums."""
        where, values = _where(query)
        match, ranked = match_of(query.text), query.sort is SortBy.RELEVANCE
        asked = (self.state(connection), match, where, values)
        known = asked == self._asked and (self._ranked or not ranked)
        if self._sums is None or not known:
            self._asked = None
            self._hits_n = self._look_up(connection, match, ranked=ranked)
            self._sums = _summed(connection, f"{self._source} {where}", values)
            self._ranked = ranked
            self._asked = asked
        return self._sums

    def forget(self) -> None:
        """Look anew the next time: what was found may have been rolled back."""
        self._asked = None

    def sorted(self, connection: sqlite3.Connection, query: LibraryQuery) -> list[int]:
        """Return the ids of a page of what was found, in order; the narrow index alone is read."""
        by = query.sort
        if by is SortBy.RELEVANCE and not 0 < (self._hits_n or 0) <= MOST_RANKED:
            by = SortBy.BEGAN
        source = self._source
        if by is SortBy.BEGAN and self._hits_n is not None and self._hits_n > _SPARSE:
            source = "FROM sessions AS s CROSS JOIN temp.hits AS h ON h.id = s.id"
        where, values = _where(query)
        way = "DESC" if query.descending else "ASC"
        cursor = connection.execute(
            f"SELECT s.id {source} {where} "
            f"ORDER BY {_SORTED[by]} {way} NULLS LAST, s.key {way} LIMIT ? OFFSET ?",
            [*values, min(max(query.limit, 0), MOST_ROWS), min(max(query.offset, 0), _FARTHEST)],
        )
        return [number for (number,) in cursor]

    @property
    def _source(self) -> str:
        if self._hits_n is None:
            return "FROM sessions AS s"
        return "FROM temp.hits AS h CROSS JOIN sessions AS s ON s.id = h.id"

    def _look_up(
        self, connection: sqlite3.Connection, match: str | None, *, ranked: bool
    ) -> int | None:
        """Leave in the temporary table ``hits`` which sessions hold the words, and how well.

        Returns: How many do; None where no word is asked for.
        """
        if match is None:
            return None
        before = connection.total_changes
        try:
            return _look_up(connection, match, ranked=ranked)
        finally:
            self._own_changes_n += connection.total_changes - before


def instant_of(text: str | None) -> float | None:
    """Return an ISO date (its first instant, UTC) or instant in Unix seconds.

    None where it is none, which is no condition.
    """
    try:
        at = datetime.fromisoformat(text or "")
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _real(usd: Decimal | None) -> float | None:
    return None if usd is None or usd.is_nan() else float(usd)


def _look_up(connection: sqlite3.Connection, match: str, *, ranked: bool) -> int:
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS hits (id INTEGER PRIMARY KEY, rank REAL)")
    connection.execute("DELETE FROM temp.hits")
    put = "INSERT INTO temp.hits SELECT rowid, {} FROM words WHERE words MATCH ?"
    hits_n = connection.execute(put.format("0"), [match]).rowcount
    if ranked and hits_n <= MOST_RANKED:
        connection.execute("DELETE FROM temp.hits")
        connection.execute(put.format("-bm25(words, 1.0, 1.0, 4.0, 4.0, 8.0)"), [match])
    return hits_n


def _summed(connection: sqlite3.Connection, found: str, values: Sequence[Any]) -> Sums:
    total, bytes_n, duration_s, priced_n, usd = connection.execute(
        "SELECT count(*), sum(s.bytes_n), sum(s.duration_s), count(s.usd), "
        f"group_concat(s.usd, ' ') {found}",
        values,
    ).fetchone()
    return Sums(
        total=total,
        bytes_n=bytes_n or 0,
        duration_s=duration_s or 0.0,
        usd=sum(map(Decimal, usd.split()), Decimal(0)) if priced_n else None,
        unpriced_n=total - priced_n,
    )


def _where(query: LibraryQuery) -> tuple[str, list[Any]]:
    """Return all conditions but the words, and their values."""
    conditions: list[str] = ["s.in_trash = ?"]
    values: list[Any] = [int(query.in_trash)]
    for condition, more in _conditions(query):
        conditions.append(condition)
        values += more
    return f"WHERE {' AND '.join(conditions)}", values


def _conditions(query: LibraryQuery) -> Iterator[tuple[str, Sequence[Any]]]:
    for condition, wanted in _AMONG:
        if among := [_sendable(str(each)) for each in wanted(query)]:
            yield condition, [json.dumps(among)]
    if tags := sorted({_sendable(tag) for tag in query.tags}):
        yield _WITH_ALL, [json.dumps(tags), len(tags)]
    for condition, bound in _BOUNDS:
        if (value := bound(query)) is not None:
            yield condition, [value]


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
