"""What is put into the trash, taken out of it, and deleted from it."""

import fcntl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.core.errors import StoreError
from app.core.library import LibraryQuery, Refreshed
from app.store.trash import Trash
from tests.support.libraries import NOW, asked, library_of, made_session


def test_a_session_goes_to_the_trash_and_comes_back_as_it_was(tmp_path: Path) -> None:
    folder = made_session(tmp_path, "a", user="rain")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    library = library_of(tmp_path)

    assert library.trash(["a"]) == ()

    (row,) = library.query(LibraryQuery(in_trash=True, text="rain")).rows
    assert row.trashed_utc == "2026-11-21T12:00:00.000+00:00"
    assert (asked(library), library.query(LibraryQuery()).trash_n) == ([], 1)
    assert Path(row.folder).is_dir()
    assert library.refresh() == Refreshed(), "the index followed it"
    assert library.restore(["a"]) == ()
    assert asked(library) == ["a"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert library.refresh() == Refreshed()
    library.close()


def test_namesakes_lie_in_the_trash_side_by_side_and_the_newest_comes_back(tmp_path: Path) -> None:
    trash = Trash(tmp_path, lambda: NOW)
    for words in ("first", "second"):
        made_session(tmp_path, "a", user=words)
        trash.put("a")

    there, name = trash.take_back("a")

    assert (there, name) == ("20261121T120000000001Z~a", "a")
    assert b"second" in (tmp_path / "a" / "turns.csv").read_bytes()
    with pytest.raises(StoreError, match="another session has its name"):
        trash.take_back("a")


def test_a_session_that_is_being_recorded_stays(tmp_path: Path) -> None:
    folder = made_session(tmp_path, "a", state="running")
    with (folder / "events.jsonl").open("a") as events:
        fcntl.flock(events, fcntl.LOCK_EX)

        with pytest.raises(StoreError, match="is being recorded"):
            Trash(tmp_path, lambda: NOW).put("a")

    assert folder.is_dir()
    Trash(tmp_path, lambda: NOW).put("a")
    assert not folder.exists()


@pytest.mark.parametrize(
    "key", ["", ".", "..", "../out", "/etc", "a\0", ".trash", "nix", "x" * 999]
)
def test_only_sessions_of_the_library_are_touched(key: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    made_session(root, "a")
    outside = made_session(tmp_path, "out")
    library = library_of(root)
    library.trash(["a"])

    for deed in (library.trash, library.restore, library.delete):
        assert len(deed([key])) == 1

    assert outside.is_dir()
    assert asked(library, in_trash=True) == ["20261121T120000000000Z~a"]
    library.close()


def test_no_link_is_followed_out_of_the_library(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", made_session(tmp_path, "outside")
    folder = made_session(root, "a")
    (folder / "link").symlink_to(outside)
    (root / "linked").symlink_to(outside)
    library = library_of(root)

    assert asked(library) == ["a", "linked"]
    assert len(library.trash(["linked"])) == 1
    assert library.trash(["a"]) == library.delete(["a"]) == ()
    assert (outside / "session.json").is_file()
    assert asked(library) == ["linked"]
    library.close()


def test_a_trash_that_is_a_link_takes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "root"
    made_session(root, "a")
    made_session(tmp_path / "elsewhere", "b")
    (root / ".trash").symlink_to(tmp_path / "elsewhere")
    library = library_of(root)

    assert len(library.trash(["a"])) == len(library.delete(["b"])) == 1
    assert asked(library, in_trash=True) == []
    assert (tmp_path / "elsewhere" / "b").is_dir()
    library.close()


def test_what_is_deleted_must_be_in_the_trash(tmp_path: Path) -> None:
    folder = made_session(tmp_path, "a")
    library = library_of(tmp_path)

    (problem,) = library.delete(["a"])

    assert problem == "There is no session 'a' in the trash."
    assert folder.is_dir()
    library.close()


def test_a_folder_put_into_the_trash_by_hand_is_shown_there(tmp_path: Path) -> None:
    made_session(tmp_path / ".trash", "by hand")
    library = library_of(tmp_path, now=datetime.now(UTC))

    (row,) = library.query(LibraryQuery(in_trash=True)).rows

    assert (row.key, row.trashed_utc) == ("by hand", None)
    assert library.restore(["by hand"]) == ()
    library.close()
