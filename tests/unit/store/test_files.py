import os
import stat
from pathlib import Path

import pytest

from app.store.files import AppendFile, forget_drafts, replace_atomically, write_all


def test_records_reach_the_file_at_the_flush(tmp_path: Path) -> None:
    file = AppendFile(tmp_path / "a")
    file.append(b"one\n")
    before = file.path.read_bytes()

    file.flush()
    file.flush()
    file.sync()
    file.close()
    file.close()

    assert before == b""
    assert file.path.read_bytes() == b"one\n"
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_an_existing_file_is_continued(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"zero\n")
    file = AppendFile(tmp_path / "a")
    file.append(b"one\n")

    file.flush()
    file.close()

    assert file.path.read_bytes() == b"zero\none\n"


def test_a_short_write_is_continued_at_its_offset(tmp_path: Path) -> None:
    fd = os.open(tmp_path / "a", os.O_RDWR | os.O_CREAT)

    written = write_all(fd, b"abc", 2)
    os.close(fd)

    assert written == 3
    assert (tmp_path / "a").read_bytes() == b"\0\0abc"


def test_content_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    path.write_text("old")

    replace_atomically(path, b"new")

    assert path.read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["session.json"]


def test_what_cannot_be_replaced_stays_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()

    with pytest.raises(OSError, match="directory"):
        replace_atomically(path, b"new")

    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


def test_a_link_where_a_draft_goes_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    draft = f".session.json.{os.getpid()}.new"
    (tmp_path / draft).symlink_to(tmp_path / "mine")

    replace_atomically(tmp_path / "session.json", b"new")

    assert (tmp_path / "mine").read_text() == "mine"
    assert (tmp_path / "session.json").read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "session.json"]


def test_neither_a_link_nor_a_pipe_is_opened_to_write_to(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)

    for name in ("link", "pipe"):
        with pytest.raises(OSError, match=r"link|ordinary"):
            AppendFile(tmp_path / name)

    os.close(reader)
    assert (tmp_path / "mine").read_text() == "mine"


def test_drafts_of_the_killed_are_removed_and_nothing_else(tmp_path: Path) -> None:
    kept = ("session.json", ".session.json", ".turns.csv.7.new", "session.json.7.new")
    for name in (*kept, ".session.json.new", ".session.json.7.new", ".session.json.812.new"):
        (tmp_path / name).touch()
    (tmp_path / ".session.json.folder.new").mkdir()

    forget_drafts(tmp_path / "session.json")

    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*kept, ".session.json.folder.new"}


def test_two_programs_that_write_one_file_have_drafts_of_their_own(tmp_path: Path) -> None:
    other = tmp_path / f".session.json.{os.getpid() + 1}.new"
    other.write_bytes(b"half")

    replace_atomically(tmp_path / "session.json", b"whole")

    assert other.read_bytes() == b"half"
    assert (tmp_path / "session.json").read_bytes() == b"whole"
