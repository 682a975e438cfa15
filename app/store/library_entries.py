"""What the index knows of each folder, and writing it."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.core.library import Outcome
from app.store.library_reading import Entry
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
    """What the index was told of a folder when it was last read."""

    account_stamp: str
    stamp: str
    priced_by: str


def known_entries(connection: sqlite3.Connection) -> dict[tuple[str, bool], Known]:
    """Return what is known of each session, by its key and whether it is in the trash."""
    asked = "SELECT key, in_trash, account_stamp, stamp, priced_by FROM sessions"
    return {(key, bool(trash)): Known(*rest) for key, trash, *rest in connection.execute(asked)}


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
        connection.executemany(
            "INSERT INTO tags (session, tag) VALUES (?, ?)", [(number, tag) for tag in entry.tags]
        )


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


def _forget_words(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("DELETE FROM words WHERE rowid = ?", [number])
    connection.execute("DELETE FROM tags WHERE session = ?", [number])
