"""What the index knows of each folder, and writing it."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.core.library import Outcome
from app.store.annotations import Annotated
from app.store.library_reading import Entry, annotated_words
from app.store.library_scan import Found
from app.store.library_schema import COLUMNS, WORD_COLUMNS
from app.store.retention import Keepable

_PLACES: Final = ", ".join("?" for _ in COLUMNS)
_CHANGES: Final = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS)
_PUT: Final = (
    f"INSERT INTO sessions ({', '.join(COLUMNS)}) VALUES ({_PLACES}) "  # noqa: S608 - our names
    f"ON CONFLICT (key, in_trash) DO UPDATE SET {_CHANGES} RETURNING id"
)
_PUT_WORDS: Final = (
    f"INSERT INTO words (rowid, {', '.join(WORD_COLUMNS)}) "  # noqa: S608 - our names
    f"VALUES (?, {', '.join('?' for _ in WORD_COLUMNS)})"
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the index was told of a folder when it was last read.

    Attributes:
        billed: Whether it knows what the session is billed for.
    """

    account_stamp: str
    stamp: str
    priced_by: str
    billed: bool


@dataclass(frozen=True, slots=True)
class Priced:
    """What a session comes to by another table of prices.

    Attributes:
        number: Of its entry; ``billed`` stood there when it was priced.
        columns: Of the table ``sessions``.
    """

    number: int
    billed: str
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What now stands on a session that the user has written on, and what its folder takes."""

    found: Found
    annotated: Annotated
    bytes_n: int


def known_entries(connection: sqlite3.Connection) -> dict[tuple[str, bool], Known]:
    """Return what is known of each session, by its key and whether it is in the trash."""
    asked = "SELECT key, in_trash, account_stamp, stamp, priced_by, billed != '' FROM sessions"
    return {
        (key, bool(trash)): Known(account, stamp, priced_by, bool(billed))
        for key, trash, account, stamp, priced_by, billed in connection.execute(asked)
    }


def billed_entries(connection: sqlite3.Connection, some: Iterable[Found]) -> list[tuple[int, str]]:
    """Return of sessions their numbers, and what each is billed for."""
    asked = "SELECT id, billed FROM sessions WHERE key = ? AND in_trash = ?"
    found = (connection.execute(asked, [each.key, int(each.in_trash)]) for each in some)
    return [(number, billed) for rows in found for number, billed in rows]


def price_entries(connection: sqlite3.Connection, prices: Iterable[Priced]) -> None:
    """Keep what sessions come to, unless another program has read them since."""
    connection.executemany(
        "UPDATE sessions SET usd = :usd, usd_real = :usd_real, cost_status = :cost_status, "
        "priced_by = :priced_by WHERE id = :number AND billed = :billed",
        [{**each.columns, "number": each.number, "billed": each.billed} for each in prices],
    )


def keepable(connection: sqlite3.Connection, *, in_trash: bool) -> list[Keepable]:
    """Return what a rule of retention looks at; in the trash, since when it has been there."""
    instant = "CAST(strftime('%s', trashed_utc) AS REAL)" if in_trash else "began_s"
    asked = (
        f"SELECT key, {instant}, bytes_n, starred OR newer OR outcome IN (?, ?) "  # noqa: S608
        "FROM sessions WHERE in_trash = ?"
    )
    left_alone = (Outcome.RUNNING, Outcome.UNREADABLE)
    rows = connection.execute(asked, [*left_alone, int(in_trash)])
    return [
        Keepable(key=key, began_s=began_s, bytes_n=bytes_n, fixed=bool(fixed))
        for key, began_s, bytes_n, fixed in rows
    ]


def put_entries(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Keep what was read of sessions, in place of what was known of them."""
    for entry in entries:
        values = [entry.columns[name] for name in COLUMNS]
        ((number,),) = connection.execute(_PUT, values).fetchall()
        _forget_words(connection, number)
        connection.execute(_PUT_WORDS, [number, *entry.words])
        _put_tags(connection, number, entry.tags)


def rewrite_entries(connection: sqlite3.Connection, written: Iterable[Rewritten]) -> list[Found]:
    """Keep what the user has just written on sessions; nothing else of them is read.

    Returns those that the index does not know as they are, which must be read whole.
    """
    return [each.found for each in written if not _rewrite(connection, each)]


def _rewrite(connection: sqlite3.Connection, written: Rewritten) -> bool:
    found, annotated = written.found, written.annotated
    turns_stamp, seam, _ = found.stamp.partition("|")
    known = connection.execute(
        "UPDATE sessions SET stamp = ?, starred = ?, note = ?, bytes_n = ? WHERE key = ? "
        "AND in_trash = ? AND account_stamp = ? AND substr(stamp, 1, ?) = ? AND odd = '[]' "
        "RETURNING id",
        [
            *(found.stamp, int(annotated.starred), annotated.note, written.bytes_n),
            *(found.key, int(found.in_trash), found.account_stamp),
            *(len(turns_stamp) + 1, turns_stamp + seam),
        ],
    ).fetchall()
    for (number,) in known:
        connection.execute(
            "UPDATE words SET note = ?, tags = ? WHERE rowid = ?",
            [*annotated_words(annotated), number],
        )
        connection.execute("DELETE FROM tags WHERE session = ?", [number])
        _put_tags(connection, number, annotated.tags)
    return bool(known)


def forget_entries(connection: sqlite3.Connection, gone: Iterable[tuple[str, bool]]) -> None:
    """Forget sessions."""
    for key, in_trash in gone:
        asked = "DELETE FROM sessions WHERE key = ? AND in_trash = ? RETURNING id"
        for (number,) in connection.execute(asked, [key, int(in_trash)]).fetchall():
            _forget_words(connection, number)


def move_entry(
    connection: sqlite3.Connection,
    before: tuple[str, bool],
    after: tuple[str, bool],
    at: str | None,
) -> None:
    """Follow a session into the trash or out of it; its files are what they were."""
    forget_entries(connection, [after])
    connection.execute(
        "UPDATE sessions SET key = ?, in_trash = ?, trashed_utc = ? WHERE key = ? AND in_trash = ?",
        [after[0], int(after[1]), at, before[0], int(before[1])],
    )


def _put_tags(connection: sqlite3.Connection, number: int, tags: Sequence[str]) -> None:
    connection.executemany(
        "INSERT INTO tags (session, tag) VALUES (?, ?)", [(number, tag) for tag in tags]
    )


def _forget_words(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("DELETE FROM words WHERE rowid = ?", [number])
    connection.execute("DELETE FROM tags WHERE session = ?", [number])
