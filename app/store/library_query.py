"""What is asked of the library, in SQL, and its answer. The index alone is read."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from app.core.library import (
    Facets,
    LibraryPage,
    LibraryQuery,
    LibraryRow,
    Outcome,
    SessionFigures,
    SortBy,
)
from app.core.money import CostStatus
from app.store.library_scan import TRASH
from app.store.library_snippets import Pieces, Snippets
from app.store.library_words import match_of

MOST_ROWS: Final = 100_000
"""Of one page."""
_FARTHEST: Final = 2**62

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


class LibraryAnswers:
    """Answers queries about one root from its index. One thread at a time."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._facets: tuple[object, Facets] | None = None
        self._own_changes_n = 0

    def page(
        self, connection: sqlite3.Connection, query: LibraryQuery, problem: str
    ) -> LibraryPage:
        """Return what is asked for.

        Args:
            connection: Inside a transaction.
            query: What is asked; nothing in it is an error.
            problem: Why the index is not on the disk, or "".
        """
        source, values = self._found(connection, query)
        total, bytes_n, duration_s, priced_n, usd = connection.execute(
            "SELECT count(*), sum(s.bytes_n), sum(s.duration_s), count(s.usd), "
            f"group_concat(s.usd, ' ') {source}",
            values,
        ).fetchone()
        (trash_n,) = connection.execute("SELECT count(*) FROM sessions WHERE in_trash").fetchone()
        return LibraryPage(
            rows=tuple(self._rows(connection, query, _sorted(connection, query, source, values))),
            total=total,
            bytes_n=bytes_n or 0,
            duration_s=duration_s or 0.0,
            usd=sum(map(Decimal, usd.split()), Decimal(0)) if priced_n else None,
            unpriced_n=total - priced_n,
            trash_n=trash_n,
            facets=self._told_facets(connection),
            problem=problem,
        )

    def _found(
        self, connection: sqlite3.Connection, query: LibraryQuery
    ) -> tuple[str, Sequence[Any]]:
        """Find the words; return FROM and WHERE of all that is asked for, and their values."""
        match = match_of(query.text)
        if match is not None:
            before = connection.total_changes
            _find(connection, match, ranked=query.sort is SortBy.RELEVANCE)
            self._own_changes_n += connection.total_changes - before
        return _source(query)

    def _rows(
        self, connection: sqlite3.Connection, query: LibraryQuery, ids: Sequence[int]
    ) -> Iterator[LibraryRow]:
        asked = json.dumps(ids)
        tags = _tags(connection, asked)
        snippets = _snippets(connection, query, asked)
        bases = (str(self._root), f"{self._root}/{TRASH}")
        found = {values[0]: values[1:] for values in connection.execute(_WIDE, [asked])}
        for number in ids:
            yield _row(found[number], bases, tags.get(number, ()), snippets.get(number, ()))

    def _told_facets(self, connection: sqlite3.Connection) -> Facets:
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        changes_n = connection.total_changes - self._own_changes_n
        state = (connection, version, changes_n)
        if self._facets is None or self._facets[0] != state:
            self._facets = (state, _facets(connection))
        return self._facets[1]


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


def _find(connection: sqlite3.Connection, match: str, *, ranked: bool) -> None:
    """Leave in the temporary table ``hits`` which sessions hold the words, and how well.

    The words are looked up once for the page, its sums and its snippets together.
    """
    rank = "-bm25(words, 1.0, 1.0, 4.0, 4.0, 8.0)" if ranked else "0"
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS hits (id INTEGER PRIMARY KEY, rank REAL)")
    connection.execute("DELETE FROM temp.hits")
    connection.execute(
        f"INSERT INTO temp.hits SELECT rowid, {rank} FROM words WHERE words MATCH ?",  # noqa: S608
        [match],
    )


def _source(query: LibraryQuery) -> tuple[str, list[Any]]:
    """Return FROM and WHERE, and their values."""
    asked_words = match_of(query.text) is not None
    source = "FROM sessions AS s"
    if asked_words:
        source = "FROM temp.hits AS h CROSS JOIN sessions AS s ON s.id = h.id"
    conditions: list[str] = ["s.in_trash = ?"]
    values: list[Any] = [int(query.in_trash)]
    for condition, more in _conditions(query):
        conditions.append(condition)
        values += more
    return f"{source} WHERE {' AND '.join(conditions)}", values


def _conditions(query: LibraryQuery) -> Iterator[tuple[str, Sequence[Any]]]:
    for condition, wanted in _AMONG:
        if among := [_sendable(str(each)) for each in wanted(query)]:
            yield condition, [json.dumps(among)]
    if tags := sorted({_sendable(tag) for tag in query.tags}):
        yield _WITH_ALL, [json.dumps(tags), len(tags)]
    for condition, bound in _BOUNDS:
        if (value := bound(query)) is not None:
            yield condition, [value]


def _sorted(
    connection: sqlite3.Connection, query: LibraryQuery, source: str, values: Sequence[Any]
) -> list[int]:
    """Return the ids of the page's sessions, in order; the narrow index alone is read."""
    by = query.sort
    if by is SortBy.RELEVANCE and "hits" not in source:
        by = SortBy.BEGAN
    way = "DESC" if query.descending else "ASC"
    cursor = connection.execute(
        f"SELECT s.id {source} ORDER BY {_SORTED[by]} {way} NULLS LAST, s.key {way} "
        "LIMIT ? OFFSET ?",
        [*values, min(max(query.limit, 0), MOST_ROWS), min(max(query.offset, 0), _FARTHEST)],
    )
    return [number for (number,) in cursor]


def _tags(connection: sqlite3.Connection, ids: str) -> dict[int, tuple[str, ...]]:
    asked = (
        "SELECT session, tag FROM tags WHERE session IN (SELECT value FROM json_each(?)) "
        "ORDER BY session, tag"
    )
    tags: dict[int, tuple[str, ...]] = {}
    for session, tag in connection.execute(asked, [ids]):
        tags[session] = (*tags.get(session, ()), tag)
    return tags


def _snippets(connection: sqlite3.Connection, query: LibraryQuery, ids: str) -> dict[int, Pieces]:
    snippets = Snippets(query.text)
    if match_of(query.text) is None:
        return {}
    asked = (
        "SELECT rowid, user, agent, title, note, tags FROM words "
        "WHERE rowid IN (SELECT value FROM json_each(?))"
    )
    return {number: snippets.of(texts) for number, *texts in connection.execute(asked, [ids])}


_FIGURES: Final = ("v2v_p50_ms", "v2v_p95_ms", "interruptions_n")
_AS_THEY_ARE: Final = (
    "session_id", "began_utc", "provider", "model", "title", "voice", "run_id", "duration_s",
    "turns_n", "failed_n", "bytes_n", "note", "trashed_utc", "renewals", "provider_stalls",
)  # fmt: skip
_OTHERS: Final = (
    "key", "in_trash", "outcome", "starred", "odd", "usd", "cost_status", "priced_by",
)  # fmt: skip
_FIRST_FIGURE: Final = len(_OTHERS)
_FIRST_AS_IT_IS: Final = _FIRST_FIGURE + len(_FIGURES)
_WIDE: Final = (
    f"SELECT id, {', '.join((*_OTHERS, *_FIGURES, *_AS_THEY_ARE))} "  # noqa: S608 - our names
    "FROM sessions WHERE id IN (SELECT value FROM json_each(?))"
)


def _row(
    values: Sequence[Any], bases: Sequence[str], tags: tuple[str, ...], snippet: Pieces
) -> LibraryRow:
    """Return what ``_WIDE`` has given of a session, but for its id."""
    key, in_trash, outcome, starred, odd, usd, cost_status, priced_by = values[:_FIRST_FIGURE]
    figures = SessionFigures(
        cost_usd=None if usd is None else Decimal(usd),
        cost_status=CostStatus(cost_status),
        cost_uses=priced_by,
        **dict(zip(_FIGURES, values[_FIRST_FIGURE:_FIRST_AS_IT_IS], strict=True)),
    )
    return LibraryRow(
        key=key,
        folder=f"{bases[in_trash]}/{key}",
        outcome=Outcome(outcome),
        figures=figures,
        tags=tags,
        starred=bool(starred),
        odd=() if odd == "[]" else tuple(json.loads(odd)),
        snippet=snippet,
        **dict(zip(_AS_THEY_ARE, values[_FIRST_AS_IT_IS:], strict=True)),
    )


def _facets(connection: sqlite3.Connection) -> Facets:
    def counted(asked: str) -> tuple[tuple[str, int], ...]:
        return tuple((name, n) for name, n in connection.execute(asked))

    each = (
        "SELECT {0}, count(*) AS n FROM sessions WHERE NOT in_trash AND {0} IS NOT NULL "
        "GROUP BY {0} ORDER BY n DESC, {0}"
    )
    return Facets(
        providers=counted(each.format("provider")),
        models=counted(each.format("model")),
        outcomes=counted(each.format("outcome")),
        tags=counted(
            "SELECT tag, count(*) AS n FROM tags JOIN sessions AS s ON s.id = session "
            "WHERE NOT s.in_trash GROUP BY tag ORDER BY n DESC, tag"
        ),
    )


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
