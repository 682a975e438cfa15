"""The library of folders that are damaged, newer, unreadable, or called in any alphabet."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from app.core.library import Annotation, LibraryQuery, LibraryRow, Outcome, Retention
from app.store.library import FolderLibrary
from tests.support.libraries import (
    asked,
    change_account,
    library_of,
    made_session,
    some_words,
    told_of,
)

NAME = "20261121T120000Z-abc"


def row_of(root: Path) -> LibraryRow:
    library = library_of(root)
    (row,) = library.query(LibraryQuery()).rows
    library.close()
    return row


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _write(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: [(folder / name).write_bytes(content)].clear()


def _pipe(folder: Path) -> None:
    (folder / "session.json").unlink()
    os.mkfifo(folder / "session.json")


@pytest.mark.parametrize(
    ("damage", "outcome", "odd"),
    [
        (lambda folder: (folder / "session.json").unlink(), Outcome.UNREADABLE, "session.json"),
        (_write("session.json", b"{"), Outcome.UNREADABLE, "is not JSON"),
        (_write("session.json", b"[]"), Outcome.UNREADABLE, "does not hold"),
        (_write("session.json", b'{"state": "complete"}'), Outcome.OK, "when it began"),
        (_write("session.json", b'{"state": "dancing"}'), Outcome.UNREADABLE, "when it began"),
        (_pipe, Outcome.UNREADABLE, "session.json"),
        (lambda folder: (folder / "turns.csv").unlink(), Outcome.OK, "there is no turns.csv"),
        (_write("turns.csv", b"\xff\0,\n1"), Outcome.OK, "turns.csv"),
        (_write("library.json", b"{"), Outcome.OK, "library.json cannot be read"),
        (_write("library.json", b'{"version": 9, "tags": ["x"]}'), Outcome.OK, "newer version"),
        (lambda f: change_account(f, schema_version="99.1.0", state="complete"), Outcome.OK, "99"),
        (lambda f: change_account(f, turns_n=10**400, failed_n="x"), Outcome.OK, "failed_n"),
        (lambda f: change_account(f, target={"title": "\ud800\0"}), Outcome.OK, "target"),
    ],
)  # fmt: skip
def test_a_damaged_or_newer_folder_is_shown_and_stays_as_it_is(
    damage: Callable[[Path], None], outcome: Outcome, odd: str, tmp_path: Path
) -> None:
    folder = made_session(tmp_path, NAME)
    damage(folder)
    before = content_of(folder)

    row = row_of(tmp_path)

    assert (row.key, row.outcome) == (NAME, outcome)
    assert odd in " / ".join(row.odd)
    assert str(tmp_path) not in " / ".join(row.odd)
    assert row.began_utc == "2026-11-21T12:00:00.000+00:00"
    assert content_of(folder) == before


@pytest.mark.parametrize(
    ("files", "shown"),
    [
        ((), False),
        (("stereo.wav",), True),
        (("events.jsonl",), True),
        (("events.torn",), True),
        (("turns.csv",), True),
        (("library.json",), True),
        (("session.json",), True),
        (("turns.csv", "sessions.csv"), False),
        (("turns.csv", "sessions.csv", "stereo.wav"), True),
        (("turns.jsonl", "sessions.jsonl", "report.html", "otlp.jsonl"), False),
        ((f"{NAME}.wav", f"{NAME}.srt", "stereo.flac"), False),
    ],
    ids=lambda each: "+".join(each) or "empty" if isinstance(each, tuple) else None,
)
@pytest.mark.parametrize("name", [NAME, "exported"])
def test_a_folder_is_a_session_if_it_holds_a_file_of_one(
    name: str, files: tuple[str, ...], tmp_path: Path, *, shown: bool
) -> None:
    (tmp_path / name).mkdir()
    for file in files:
        (tmp_path / name / file).touch()

    library = library_of(tmp_path)

    assert asked(library) == [name] * shown
    library.close()


def test_neither_a_file_nor_a_hidden_folder_is_a_session(tmp_path: Path) -> None:
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "stereo.wav").touch()
    (tmp_path / NAME).touch()

    library = library_of(tmp_path)

    assert asked(library) == []
    library.close()


@pytest.mark.parametrize(
    "name",
    ["\u6545\u4e8b", "\u0645\u062d\u0627\u062f\u062b\u0629", "\u05e9\u05d9\u05d7\u05d4",
     "\u0939\u093f\u0928\u094d\u0926\u0940", "\N{GRINNING FACE}", "a b'\"%_?#", "\u202egnp.exe",
     "e\u0301", "x" * 200, "=1+1", "~tilde", "line\nbreak"],
    ids=ascii,
)  # fmt: skip
def test_names_of_every_alphabet_are_kept_through_the_trash(name: str, tmp_path: Path) -> None:
    folder = made_session(tmp_path, name)
    library = library_of(tmp_path)

    assert library.annotate([name], Annotation(add_tags=(name,))) == ()
    (row,) = library.query(LibraryQuery()).rows
    assert row.tags
    assert row.folder == str(folder)
    assert library.trash([name]) == ()
    assert library.restore([name]) == ()
    assert asked(library) == [name]
    library.close()


def test_a_name_that_is_no_text_is_shown_and_can_be_trashed(tmp_path: Path) -> None:
    folder = made_session(tmp_path, "plain")
    folder.rename(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff"))
    library = library_of(tmp_path)

    (row,) = library.query(LibraryQuery()).rows
    assert row.key == "bad\\xff"
    json.dumps(row.folder).encode()
    assert library.trash([row.key]) == ()
    assert library.restore([row.key]) == ()
    assert os.fsdecode(b"bad\xff") in {path.name for path in tmp_path.iterdir()}
    library.close()


_DEEDS = ("make", "end", "tag", "note", "trash", "restore", "delete", "lose", "damage", "retain")


@settings(max_examples=12, deadline=None)
@given(deeds=st.lists(st.sampled_from(_DEEDS), min_size=4, max_size=14), seed=st.integers(0, 99))
def test_an_index_kept_up_to_date_is_one_made_anew(
    deeds: list[str], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("kept")
    dice = random.Random(seed)  # noqa: S311 - no secret
    library = library_of(root)
    for number, deed in enumerate(["make", "make", *deeds]):
        _do(deed, root, f"s{number}", dice, library)
        if dice.random() < 1 / 2:
            library.refresh()
    library.refresh()
    kept = told_of(root, library)
    found = asked(library, text="rain")

    library.rebuild()

    assert told_of(root, library) == kept
    assert asked(library, text="rain") == found
    library.close()


def _do(deed: str, root: Path, name: str, dice: random.Random, library: FolderLibrary) -> None:
    there = [path for path in sorted(root.iterdir()) if not path.name.startswith(".")]
    trashed = sorted((root / ".trash").iterdir()) if (root / ".trash").is_dir() else []
    one = dice.choice(there) if there else root / "none"
    gone = dice.choice(trashed) if trashed else root / "none"
    words = some_words(dice)
    does: dict[str, Callable[[], object]] = {
        "make": lambda: made_session(root, name, user=words, agent=words),
        "end": lambda: [_end(each) for each in there[:1]],
        "tag": lambda: library.annotate([one.name], Annotation(add_tags=(words,))),
        "note": lambda: library.annotate([gone.name, one.name], Annotation(note=words)),
        "trash": lambda: library.trash([one.name]),
        "restore": lambda: library.restore([gone.name]),
        "delete": lambda: library.delete([gone.name]),
        "retain": lambda: library.retain(Retention(most_sessions=2), dry=False),
        "lose": lambda: [_lose(each) for each in there[-1:]],
        "damage": lambda: [(each / "library.json").write_text("[") for each in there[:1]],
    }
    does[deed]()


def _end(folder: Path) -> Path:
    change_account(folder, state="failed")
    return folder


def _lose(folder: Path) -> Path:
    (folder / "turns.csv").unlink(missing_ok=True)
    return folder
