"""The library's answers to what is asked of it. The index alone is read."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from app.core.library import Facets, LibraryPage, LibraryQuery, LibraryRow, Outcome, SessionFigures
from app.core.money import CostStatus
from app.store.library_found import Finder
from app.store.library_scan import TRASH
from app.store.library_snippets import Pieces, Snippets
from app.store.library_words import match_of


class LibraryAnswers:
    """Answers queries about one root from its index. One thread at a time."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._finder = Finder()
        self._facets: tuple[object, Facets] | None = None

    def page(
        self, connection: sqlite3.Connection, query: LibraryQuery, problem: str
    ) -> LibraryPage:
        """Return what is asked for.

        Args:
            connection: Inside a transaction.
            query: What is asked; nothing in it is an error.
            problem: Why the index is not on the disk, or "".
        """
        try:
            return self._page(connection, query, problem)
        except sqlite3.Error:
            self._finder.forget()
            raise

    def _page(
        self, connection: sqlite3.Connection, query: LibraryQuery, problem: str
    ) -> LibraryPage:
        sums = self._finder.find(connection, query)
        ids = self._finder.sorted(connection, query)
        asked = "SELECT count(*) FROM sessions WHERE in_trash = 1"
        ((trash_n,),) = connection.execute(asked).fetchall()
        return LibraryPage(
            rows=tuple(self._rows(connection, query, ids)),
            total=sums.total,
            bytes_n=sums.bytes_n,
            duration_s=sums.duration_s,
            usd=sums.usd,
            unpriced_n=sums.unpriced_n,
            trash_n=trash_n,
            facets=self._told_facets(connection),
            problem=problem,
        )

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
        state = self._finder.state(connection)
        if self._facets is None or self._facets[0] != state:
            self._facets = (state, _facets(connection))
        return self._facets[1]


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
    """Count what could be asked for; each count is read from an index, in order."""
    kinds: tuple[Counter[str], ...] = (Counter(), Counter(), Counter())
    grouped = (
        "SELECT provider, model, outcome, count(*) FROM sessions WHERE in_trash = 0 "
        "GROUP BY provider, model, outcome"
    )
    for *names, n in connection.execute(grouped):
        for kind, name in zip(kinds, names, strict=True):
            if name is not None:
                kind[name] += n
    tags = Counter(dict(connection.execute("SELECT tag, count(*) FROM tags GROUP BY tag")))
    in_trash = (
        "SELECT tag, count(*) FROM sessions AS s CROSS JOIN tags ON session = s.id "
        "WHERE s.in_trash = 1 GROUP BY tag"
    )
    tags.subtract(dict(connection.execute(in_trash)))
    providers, models, outcomes = map(_counted, kinds)
    return Facets(providers=providers, models=models, outcomes=outcomes, tags=_counted(tags))


def _counted(names: Counter[str]) -> tuple[tuple[str, int], ...]:
    there = ((name, n) for name, n in names.items() if n)
    return tuple(sorted(there, key=lambda each: (-each[1], each[0])))
