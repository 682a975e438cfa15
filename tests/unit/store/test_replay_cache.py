"""What going over a session came to is kept with it, and believed only of the same session."""

import os
from pathlib import Path

import pytest

from app.store import score as module
from app.store.layout import AUDIO_FILE, EVENTS_FILE, SESSION_FILE, TURNS_FILE
from app.store.reader import FolderReader
from app.store.replay_cache import CACHE_FILE, MOST_BYTES, read_cache, stamp_of, write_cache
from app.store.score import FolderScore
from tests.support.scores import write_score

DATA = b"what was told"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_score(tmp_path / "s1", 1)


def test_what_was_kept_comes_again(folder: Path) -> None:
    stamp = stamp_of(folder)
    recorded = {each: each.read_bytes() for each in folder.iterdir()}

    write_cache(folder, stamp, DATA)

    assert read_cache(folder, stamp) == DATA
    assert stamp_of(folder) == stamp
    assert all(each.read_bytes() == data for each, data in recorded.items())


@pytest.mark.parametrize("name", [SESSION_FILE, EVENTS_FILE, TURNS_FILE, AUDIO_FILE])
def test_a_session_that_was_changed_is_another(folder: Path, name: str) -> None:
    before = stamp_of(folder)
    write_cache(folder, before, DATA)

    with (folder / name).open("ab") as file:
        file.write(b" ")

    assert stamp_of(folder) != before
    assert read_cache(folder, stamp_of(folder)) is None


def test_a_session_that_was_moved_or_lost_a_file_is_another(folder: Path) -> None:
    before = stamp_of(folder)
    moved = folder.rename(folder.with_name("s2"))
    after = stamp_of(moved)
    (moved / AUDIO_FILE).unlink()

    assert len({before, after, stamp_of(moved)}) == 3


@pytest.mark.parametrize(
    "content", [b"", b"x", b"viva voce replay 1\n", os.urandom(200)], ids=range(4)
)
def test_a_damaged_file_is_none(folder: Path, content: bytes) -> None:
    (folder / CACHE_FILE).write_bytes(content)

    assert read_cache(folder, stamp_of(folder)) is None


def test_one_flipped_bit_is_noticed(folder: Path) -> None:
    stamp = stamp_of(folder)
    write_cache(folder, stamp, DATA)
    path = folder / CACHE_FILE
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))

    assert read_cache(folder, stamp) is None


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_what_is_no_file_is_neither_read_nor_waited_for(
    folder: Path, tmp_path: Path, kind: str
) -> None:
    path, stamp = folder / CACHE_FILE, stamp_of(folder)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"mine")
    if kind == "link":
        path.symlink_to(elsewhere)
    elif kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)

    assert read_cache(folder, stamp) is None
    write_cache(folder, stamp, DATA)
    assert elsewhere.read_bytes() == b"mine"


def test_the_words_that_a_killed_program_left_go_with_the_next(folder: Path) -> None:
    left = folder / f".{CACHE_FILE}.7.new"
    left.write_bytes(b"words")

    write_cache(folder, stamp_of(folder), DATA)

    assert not left.exists()
    assert read_cache(folder, stamp_of(folder)) == DATA


def test_what_is_too_large_is_neither_kept_nor_read(folder: Path) -> None:
    stamp = stamp_of(folder)
    write_cache(folder, stamp, bytes(MOST_BYTES))
    assert not (folder / CACHE_FILE).exists()

    with (folder / CACHE_FILE).open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert read_cache(folder, stamp) is None


def test_a_short_session_keeps_nothing(folder: Path) -> None:
    score = FolderScore(folder, FolderReader({}))
    score.keep(DATA)
    score.close()

    assert score.kept() is None
    assert not (folder / CACHE_FILE).exists()


def test_a_session_that_changed_meanwhile_keeps_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEAST_KEPT", 0)
    score = FolderScore(folder, FolderReader({}))
    score.keep(DATA)
    assert score.kept() == DATA
    (folder / CACHE_FILE).unlink()

    with (folder / EVENTS_FILE).open("ab") as file:
        file.write(b'{"t_ns":1,"event":"CommitSent","fields":{"at_ns":1}}\n')
    score.keep(DATA)
    score.close()

    assert not (folder / CACHE_FILE).exists()
