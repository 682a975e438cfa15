"""The index's file: older, newer, damaged, in the way, full, and shared by programs."""

import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.core.library import Annotation, LibraryQuery, Refreshed
from app.store.library_index import DAMAGED, DAMAGED_FILE, INDEX_FILE, settled_accounts
from app.store.library_schema import VERSION, migrate, version_of
from tests.support.libraries import (
    asked,
    library_of,
    made_session,
    opened_library,
    told_of,
)

ROOT = Path(__file__).parents[3]


def index_of(root: Path) -> sqlite3.Connection:
    return sqlite3.connect(root / INDEX_FILE, isolation_level=None)


@pytest.mark.parametrize("version", range(VERSION))
def test_an_older_index_becomes_the_present_one(version: int, tmp_path: Path) -> None:
    made_session(tmp_path, "a", user="rain")
    library = library_of(tmp_path)
    library.annotate(["a"], Annotation(add_tags=("demo",)))
    expected = told_of(tmp_path, library)
    library.close()
    (tmp_path / INDEX_FILE).unlink()
    with closing(index_of(tmp_path)) as older:
        migrate(older, version)
        assert version_of(older) == version
        if version:
            _fill_first_version(older)

    library = opened_library(tmp_path)

    assert asked(library) == (["a"] if version else []), "what it held is still shown"
    assert library.refresh() == (Refreshed(changed_n=1) if version else Refreshed(added_n=1))
    assert told_of(tmp_path, library) == expected
    assert asked(library, text="rain") == asked(library, tags=("demo",)) == ["a"]
    assert library.query(LibraryQuery()).problem == ""
    library.close()
    with closing(index_of(tmp_path)) as present:
        assert version_of(present) == VERSION


def _fill_first_version(older: sqlite3.Connection) -> None:
    older.execute(
        "INSERT INTO sessions (id, key, in_trash, account_stamp, stamp, outcome, cost_status, "
        "priced_by, bytes_n, starred, note, odd) "
        "VALUES (7, 'a', 0, 'x', 'y', 'ok', 'unpriced', 'first', 1, 0, '', '[]')"
    )
    older.execute("INSERT INTO words (rowid, user) VALUES (7, 'snow')")
    older.execute("INSERT INTO tags VALUES (7, 'old')")


def test_a_newer_index_is_left_alone_and_one_in_memory_takes_its_place(tmp_path: Path) -> None:
    made_session(tmp_path, "a")
    with closing(index_of(tmp_path)) as newer:
        newer.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = (tmp_path / INDEX_FILE).read_bytes()

    library = library_of(tmp_path)

    assert asked(library) == ["a"]
    assert "newer version" in library.query(LibraryQuery()).problem
    library.rebuild()
    assert asked(library) == ["a"]
    library.close()
    assert (tmp_path / INDEX_FILE).read_bytes() == before


@pytest.mark.parametrize(
    "damage", [b"no database at all" * 99, b"SQLite format 3\0" + bytes(5_000)], ids=["text", "nil"]
)
def test_a_damaged_index_is_set_aside_and_made_anew(damage: bytes, tmp_path: Path) -> None:
    made_session(tmp_path, "a")
    (tmp_path / INDEX_FILE).write_bytes(damage)
    library = opened_library(tmp_path)

    assert library.query(LibraryQuery()).problem == DAMAGED
    assert library.refresh() == Refreshed(added_n=1)

    assert (library.query(LibraryQuery()).problem, asked(library)) == ("", ["a"])
    assert (tmp_path / DAMAGED_FILE).read_bytes() == damage
    library.close()


def test_damage_that_shows_later_is_mended_too(tmp_path: Path) -> None:
    for number in range(40):
        made_session(tmp_path, f"s{number}", user=f"word{number} " * 200)
    library = library_of(tmp_path)
    library.close()
    content = (tmp_path / INDEX_FILE).read_bytes()
    (tmp_path / INDEX_FILE).write_bytes(content[:8192] + b"\x07" * (len(content) - 8192))
    library = opened_library(tmp_path)

    library.query(LibraryQuery(text="word"))
    library.refresh()

    assert len(asked(library, text="word7")) == 1
    assert library.query(LibraryQuery()).problem == ""
    library.close()


def _folder(path: Path) -> None:
    path.mkdir()


def _link(path: Path) -> None:
    (path.parent / "elsewhere").write_bytes(b"precious")
    path.symlink_to(path.parent / "elsewhere")


@pytest.mark.parametrize("in_the_way", [_folder, _link])
def test_what_is_no_file_is_left_alone_and_the_index_lies_in_memory(
    in_the_way: Callable[[Path], None], tmp_path: Path
) -> None:
    made_session(tmp_path, "a")
    in_the_way(tmp_path / INDEX_FILE)

    library = library_of(tmp_path)

    assert asked(library) == ["a"]
    assert "no ordinary file" in library.query(LibraryQuery()).problem
    library.close()
    if (tmp_path / INDEX_FILE).is_symlink():
        assert (tmp_path / "elsewhere").read_bytes() == b"precious"


def test_where_the_index_cannot_grow_the_library_is_shown_all_the_same(tmp_path: Path) -> None:
    for number in range(30):
        made_session(tmp_path, f"s{number:02}", user=f"rain {number} " * 150)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        library = library_of(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert len(asked(library, text="rain")) == 30
    assert "cannot be kept on the disk" in library.query(LibraryQuery()).problem
    library.close()


def test_the_index_can_be_taken_away_at_any_time(tmp_path: Path) -> None:
    made_session(tmp_path, "a")
    library = library_of(tmp_path)
    for path in tmp_path.glob(f"{INDEX_FILE}*"):
        path.unlink()

    assert library.refresh() == Refreshed(added_n=1)

    assert asked(library) == ["a"]
    assert (tmp_path / INDEX_FILE).exists()
    library.close()


def test_the_index_is_its_owner_s_alone(tmp_path: Path) -> None:
    made_session(tmp_path, "a")
    library = library_of(tmp_path)

    modes = {path.stat().st_mode & 0o777 for path in tmp_path.glob(f"{INDEX_FILE}*")}

    assert modes == {0o600}
    library.close()


def test_only_sessions_that_have_ended_are_settled(tmp_path: Path) -> None:
    made_session(tmp_path, "ended")
    made_session(tmp_path, "runs", state="running")
    assert settled_accounts(tmp_path) == {}
    library_of(tmp_path).close()

    assert list(settled_accounts(tmp_path)) == ["ended"]


HAMMER = """
import sys
from pathlib import Path
from app.core.library import Annotation, LibraryQuery
from tests.support.libraries import library_of, made_session
root, name = Path(sys.argv[1]), sys.argv[2]
library = library_of(root)
print("ready", flush=True)
sys.stdin.readline()
for number in range(12):
    own = f"{name}{number}"
    made_session(root, own, user="rain " + own)
    library.refresh()
    assert library.annotate([own, "shared"], Annotation(add_tags=(own,))) == ()
    page = library.query(LibraryQuery(text=own))
    assert not page.problem and own in [row.key for row in page.rows], page
    if number % 3 == 0:
        library.trash(["shared-" + str(number)])
        library.restore(["shared-" + str(number)])
    if number == 7:
        library.rebuild()
library.close()
"""


def test_two_programs_on_one_library_do_not_corrupt_it(tmp_path: Path) -> None:
    made_session(tmp_path, "shared")
    for number in range(12):
        made_session(tmp_path, f"shared-{number}")
    command = [sys.executable, "-c", HAMMER, str(tmp_path)]
    programs = [
        subprocess.Popen(
            [*command, name], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in ("left", "right")
    ]
    try:
        for program in programs:
            assert program.stdout is not None
            assert program.stdout.readline() == "ready\n"
        for program in programs:
            assert program.stdin is not None
            program.stdin.write("go\n")
            program.stdin.flush()
        codes = [program.wait(20) for program in programs]
    finally:
        for program in programs:
            program.send_signal(signal.SIGKILL)
            program.communicate()

    assert codes == [0, 0]
    library = library_of(tmp_path)
    assert len(asked(library)) == 37
    (shared,) = (row for row in library.query(LibraryQuery()).rows if row.key == "shared")
    assert len(shared.tags) == 24, "no tag of either was lost"
    library.close()
    with closing(index_of(tmp_path)) as index:
        assert index.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        index.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    assert not (tmp_path / DAMAGED_FILE).exists()
