import csv
import os
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.core.clock import Nanoseconds
from app.core.rows import TURN_COLUMNS
from app.store.index import list_sessions
from app.store.recorder import FolderStore
from app.store.repair import END_REASON, repair_sessions
from tests.support.libraries import change_account, library_of
from tests.support.recording import account, journal_lines, session_record, turn_record


def left_behind(root: Path) -> Path:
    """Return the folder of a session as a killed process leaves it: running, and unlocked."""
    recording = FolderStore(root).begin(session_record(t0_ns=Nanoseconds(0)))
    recording.user_audio(Nanoseconds(0), np.ones(2400, np.int16))
    recording.event(Nanoseconds(1), "first", {})
    recording.turn(turn_record(1, "two\r\nlines"))
    recording.close(session_record())
    return recording.folder


def test_a_session_that_is_written_is_left_alone(tmp_path: Path) -> None:
    recording = FolderStore(tmp_path).begin(session_record())

    assert repair_sessions(tmp_path) == ()
    assert account(recording.folder)["state"] == "running"
    recording.close(session_record(state="complete"))


def test_a_complete_session_and_other_folders_are_left_alone(tmp_path: Path) -> None:
    recording = FolderStore(tmp_path).begin(session_record())
    recording.close(session_record(state="complete"))
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "session.json").write_text("{")

    assert repair_sessions(tmp_path) == ()
    assert repair_sessions(tmp_path / "nowhere") == ()


def test_a_torn_session_is_mended_and_listed_as_interrupted(tmp_path: Path) -> None:
    folder = left_behind(tmp_path)
    with (folder / "events.jsonl").open("ab") as events:
        events.write(b'{"t_ns":5,"eve')
    with (folder / "turns.csv").open("ab") as turns:
        turns.write(b'1.0.0,sess,"torn')
    audio = (folder / "stereo.wav").read_bytes()
    (folder / "stereo.wav").write_bytes(audio[:76] + bytes(4) + audio[80:] + b"\x01\x02\x03")

    (repair,) = repair_sessions(tmp_path)

    assert (repair.folder, repair.frames, repair.turns_n) == (folder, 2400, 1)
    assert (repair.torn_bytes, repair.problem) == (14, None)
    assert (folder / "events.torn").read_bytes() == b'{"t_ns":5,"eve'
    assert [line["event"] for line in journal_lines(folder)] == ["journal", "first", "repaired"]
    with (folder / "turns.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert [len(row) for row in rows] == [len(TURN_COLUMNS)] * 2
    with wave.open(str(folder / "stereo.wav")) as file:
        assert file.getnframes() == 2400
    stored = account(folder)
    assert (stored["state"], stored["end_reason"]) == ("interrupted", END_REASON)
    assert stored["ended_utc"].endswith("+00:00")
    assert stored["turns_n"] == 1
    (listed,) = list_sessions(tmp_path)
    assert (listed.state, listed.duration_s) == ("interrupted", 0.1)


def test_mending_is_done_once(tmp_path: Path) -> None:
    left_behind(tmp_path)
    repair_sessions(tmp_path)

    assert repair_sessions(tmp_path) == ()


def _remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _empty(name: str) -> Callable[[Path], None]:
    return lambda folder: [(folder / name).write_bytes(b"")].clear()


@pytest.mark.parametrize(
    "damage",
    [_remove(name) for name in ("events.jsonl", "turns.csv", "stereo.wav")]
    + [_empty(name) for name in ("events.jsonl", "turns.csv", "stereo.wav")],
    ids=[f"{how} {name}" for how in ("no", "empty") for name in ("events", "turns", "audio")],
)
def test_a_file_that_is_missing_or_empty_does_not_keep_the_others_from_being_mended(
    damage: Callable[[Path], None], tmp_path: Path
) -> None:
    folder = left_behind(tmp_path)
    damage(folder)

    (repair,) = repair_sessions(tmp_path)

    assert repair.problem is None
    assert account(folder)["state"] == "interrupted"
    with wave.open(str(folder / "stereo.wav")) as file:
        assert file.getnframes() == repair.frames
    assert (folder / "turns.csv").read_bytes().startswith(b"schema_version,")


def test_a_line_longer_than_a_piece_is_found_torn(tmp_path: Path) -> None:
    folder = left_behind(tmp_path)
    with (folder / "events.jsonl").open("ab") as events:
        events.write(b"x" * 200_000)

    (repair,) = repair_sessions(tmp_path)

    assert repair.torn_bytes == 200_000


def test_what_cannot_be_mended_is_told_and_the_next_is_mended(tmp_path: Path) -> None:
    first = left_behind(tmp_path)
    (first / "stereo.wav").unlink()
    (first / "stereo.wav").mkdir()
    second = left_behind(tmp_path)

    failed, mended = repair_sessions(tmp_path)

    assert failed.folder == first
    assert "cannot be mended" in (failed.problem or "")
    assert (mended.folder, mended.problem) == (second, None)


def _indexed(root: Path) -> None:
    library_of(root).close()


def test_what_the_index_knows_to_run_or_does_not_know_is_mended(tmp_path: Path) -> None:
    known = left_behind(tmp_path)
    _indexed(tmp_path)
    unknown = left_behind(tmp_path)

    assert [repair.folder for repair in repair_sessions(tmp_path)] == [known, unknown]
    _indexed(tmp_path)
    assert repair_sessions(tmp_path) == ()


def test_a_session_that_runs_again_after_the_index_saw_it_end_is_mended(tmp_path: Path) -> None:
    folder = left_behind(tmp_path)
    repair_sessions(tmp_path)
    _indexed(tmp_path)
    change_account(folder, state="running")

    assert [repair.folder for repair in repair_sessions(tmp_path)] == [folder]


def test_an_account_that_has_not_changed_since_its_end_is_not_read_again(tmp_path: Path) -> None:
    folder = left_behind(tmp_path)
    repair_sessions(tmp_path)
    _indexed(tmp_path)
    path = folder / "session.json"
    before = path.stat()
    running = path.read_bytes().replace(b'"interrupted"', b'"running"    ')
    path.write_bytes(running)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert repair_sessions(tmp_path) == ()
    (tmp_path / ".library.sqlite3").unlink()
    assert len(repair_sessions(tmp_path)) == 1


@pytest.mark.parametrize("name", ["events.jsonl", "turns.csv", "stereo.wav"])
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_a_link_or_a_pipe_in_a_folder_from_elsewhere_is_not_written_to(
    tmp_path: Path, name: str, kind: str
) -> None:
    root, mine = tmp_path / "root", tmp_path / "mine"
    mine.write_text("no line end")
    folder = left_behind(root)
    change_account(folder, state="running")
    (folder / name).unlink()
    if kind == "link":
        (folder / name).symlink_to(mine)
    else:
        os.mkfifo(folder / name)

    (repair,) = repair_sessions(root)

    assert repair.problem is not None
    assert mine.read_text() == "no line end"


def test_a_journal_that_ends_in_megabytes_of_zeros_keeps_its_lines(tmp_path: Path) -> None:
    folder = left_behind(tmp_path)
    change_account(folder, state="running")
    lines = (folder / "events.jsonl").read_bytes()
    (folder / "events.jsonl").write_bytes(lines + bytes(3 << 20))

    (repair,) = repair_sessions(tmp_path)

    assert repair.torn_bytes == 3 << 20
    assert (folder / "events.jsonl").read_bytes().startswith(lines)
    assert journal_lines(folder)[-1]["event"] == "repaired"
