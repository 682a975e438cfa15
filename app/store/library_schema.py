"""The tables of the library's index, and how an older index becomes the present one.

``PRAGMA user_version`` tells the version. A migration never touches a session's folder: what an
older index lacks is read from the folders by the next refresh, because its stamps are emptied.
"""

import sqlite3
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from app.store.library_words import TOKENIZER

_FIRST: Final = (
    """CREATE TABLE sessions (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL,
        in_trash INTEGER NOT NULL,
        account_stamp TEXT NOT NULL,
        stamp TEXT NOT NULL,
        outcome TEXT NOT NULL,
        session_id TEXT,
        began_utc TEXT,
        began_s REAL,
        provider TEXT,
        model TEXT,
        title TEXT,
        voice TEXT,
        run_id TEXT,
        duration_s REAL,
        turns_n INTEGER,
        failed_n INTEGER,
        v2v_p50_ms REAL,
        usd TEXT,
        usd_real REAL,
        cost_status TEXT NOT NULL,
        priced_by TEXT NOT NULL,
        bytes_n INTEGER NOT NULL,
        starred INTEGER NOT NULL,
        note TEXT NOT NULL,
        odd TEXT NOT NULL,
        trashed_utc TEXT,
        UNIQUE (key, in_trash)
    )""",
    """CREATE TABLE tags (
        session INTEGER NOT NULL,
        tag TEXT NOT NULL,
        PRIMARY KEY (session, tag)
    ) WITHOUT ROWID""",
    f"""CREATE VIRTUAL TABLE words USING fts5 (
        user, agent, title, note, tags, tokenize = "{TOKENIZER}", prefix = '1 2 3'
    )""",
)
_SECOND: Final = (
    "ALTER TABLE sessions ADD COLUMN v2v_p95_ms REAL",
    "ALTER TABLE sessions ADD COLUMN interruptions_n INTEGER",
    "ALTER TABLE sessions ADD COLUMN renewals INTEGER",
    "ALTER TABLE sessions ADD COLUMN provider_stalls INTEGER",
    "ALTER TABLE sessions ADD COLUMN newer INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX sessions_began ON sessions (in_trash, began_s)",
    "CREATE INDEX sessions_sums ON sessions (in_trash, bytes_n, duration_s, usd)",
    "CREATE INDEX tags_tag ON tags (tag)",
    "UPDATE sessions SET account_stamp = '', stamp = ''",
)
_THIRD: Final = (
    "DROP INDEX sessions_began",
    "DROP INDEX sessions_sums",
    """CREATE INDEX sessions_narrow ON sessions (
        in_trash, began_s, key, provider, model, title, outcome, starred, duration_s, turns_n,
        v2v_p50_ms, usd_real, bytes_n, usd
    )""",
)
"""All that is counted, sorted and filtered by, so that the wide rows are read for a page alone."""

_FOURTH: Final = (
    "ALTER TABLE sessions ADD COLUMN billed TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX sessions_told ON sessions (in_trash, provider, model, outcome)",
    "DROP TABLE words",
    f"""CREATE VIRTUAL TABLE words USING fts5 (
        user, agent, title, note, tags, tokenize = "{TOKENIZER}", prefix = '1 2'
    )""",
    "UPDATE sessions SET account_stamp = '', stamp = ''",
)
"""Raw meters, to price sessions anew without their folders. Beginnings of three letters are found
as quickly without an index of their own, which takes a third of the time that writing takes."""

MIGRATIONS: Final[Sequence[tuple[str, ...]]] = (_FIRST, _SECOND, _THIRD, _FOURTH)
"""What leads from each version to the next; an empty file has version 0."""

VERSION: Final = len(MIGRATIONS)

COLUMNS: Final = (
    "key", "in_trash", "account_stamp", "stamp", "outcome", "session_id", "began_utc", "began_s",
    "provider", "model", "title", "voice", "run_id", "duration_s", "turns_n", "failed_n",
    "v2v_p50_ms", "usd", "usd_real", "cost_status", "priced_by", "bytes_n", "starred", "note",
    "odd", "trashed_utc", "v2v_p95_ms", "interruptions_n", "renewals", "provider_stalls", "newer",
    "billed",
)  # fmt: skip
"""Of ``sessions``, but for its id."""

WORD_COLUMNS: Final = MappingProxyType(
    {name: place for place, name in enumerate(("user", "agent", "title", "note", "tags"))}
)


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of the index that lies open."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def migrate(connection: sqlite3.Connection, until: int = VERSION) -> None:
    """Bring an index up to a version, whole or not at all; two programs may try at once.

    Args:
        connection: In autocommit mode.
        until: Of VERSION or before.
    """
    if version_of(connection) >= until:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in range(version_of(connection), until):  # another program may have done it
            for statement in MIGRATIONS[step]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {step + 1}")
    except sqlite3.Error:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def make_anew(connection: sqlite3.Connection) -> None:
    """Empty the index, inside a transaction."""
    for table in ("words", "tags", "sessions"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    for step in MIGRATIONS:
        for statement in step:
            connection.execute(statement)
