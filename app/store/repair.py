"""Mending the sessions of processes that were killed; called once at each start."""

import fcntl
import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from app.core.audio_format import SESSION_RATE_HZ
from app.core.cells import csv_line, csv_rows
from app.core.errors import StoreError
from app.core.privacy import RecordingMode
from app.core.rows import TURN_COLUMNS
from app.store.files import AppendFile, forget_drafts, open_own, replace_atomically
from app.store.index import INTERRUPTED, RUNNING, read_account, session_folders
from app.store.layout import AUDIO_FILE, EVENTS_FILE, SESSION_FILE, TORN_FILE, TURNS_FILE
from app.store.library_index import settled_accounts
from app.store.library_scan import account_stamp
from app.store.plain import encode
from app.store.wav import mend_header

END_REASON = "the program ended without closing the session"
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One session that was mended, or could not be.

    Attributes:
        frames: Frames in ``stereo.wav``; None where only figures are kept.
        turns_n: Whole rows in ``turns.csv``.
        torn_bytes: Bytes of half a line taken from the end of ``events.jsonl``.
        problem: One sentence if it could not be mended, else None.
    """

    folder: Path
    frames: int | None = 0
    turns_n: int = 0
    torn_bytes: int = 0
    problem: str | None = None


def repair_sessions(root: Path) -> Sequence[Repair]:
    """Mend every session that says it is running while nobody writes it; oldest first.

    An account that has not changed since the library's index saw its session ended is not read
    again: of thousands of sessions only the new ones are. Without an index all are read.

    Raises:
        StoreError: If ``root`` is there and cannot be read.
    """
    settled = settled_accounts(root)
    looked_at = (
        folder
        for folder in session_folders(root)
        if settled.get(folder.name, "") != account_stamp(folder)
    )
    repairs = (_repair_if_left(folder) for folder in looked_at)
    return tuple(repair for repair in repairs if repair is not None)


def _repair_if_left(folder: Path) -> Repair | None:
    try:
        account = read_account(folder)
    except StoreError:
        return None
    if account.get("state") != RUNNING:
        return None
    try:
        with closing(AppendFile(folder / EVENTS_FILE)) as events:
            return _repair(folder, account, events) if _unheld(events) else None
    except OSError as exc:
        problem = f"{folder} was interrupted and cannot be mended: {exc.strerror}."
        return Repair(folder=folder, problem=problem)


def _unheld(events: AppendFile) -> bool:
    try:
        fcntl.flock(events.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _repair(folder: Path, account: dict[str, Any], events: AppendFile) -> Repair:
    ended = _last_written(folder)
    for name in (SESSION_FILE, TURNS_FILE, TORN_FILE):
        forget_drafts(folder / name)
    torn = _without_torn_line(folder)
    figures_only = account.get("recording_mode") == RecordingMode.FIGURES.value
    frames = None if figures_only else mend_header(folder / AUDIO_FILE)
    turns_n = _mend_turns(folder / TURNS_FILE)
    _mark(folder, account, ended=ended, frames=frames, turns_n=turns_n)
    repair = Repair(folder=folder, frames=frames, turns_n=turns_n, torn_bytes=torn)
    fields: dict[str, Any] = {"frames": frames, "turns_n": turns_n, "torn_bytes": torn}
    events.append(encode({"t_ns": None, "event": "repaired", "fields": fields}) + b"\n")
    events.flush()
    return repair


def _last_written(folder: Path) -> datetime:
    names = (EVENTS_FILE, TURNS_FILE, AUDIO_FILE, SESSION_FILE)
    instants = [(folder / name).stat().st_mtime for name in names if (folder / name).exists()]
    return datetime.fromtimestamp(max(instants), UTC)


def _without_torn_line(folder: Path) -> int:
    """Move what follows the last line end into a file of its own; return its bytes."""
    path = folder / EVENTS_FILE
    with os.fdopen(open_own(path, os.O_RDWR), "r+b") as file:
        whole = _end_of_lines(file)
        file.seek(whole)
        torn = file.read()
        if torn:
            replace_atomically(folder / TORN_FILE, torn)
            file.truncate(whole)
    return len(torn)


def _end_of_lines(file: BinaryIO) -> int:
    """Return where the last whole line ends; the file is read from its end."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - _PIECE)
        file.seek(start)
        place = file.read(end - start).rfind(b"\n")
        if place >= 0:
            return start + place + 1
        end = start
    return 0


def _mend_turns(path: Path) -> int:
    """Leave whole rows only, of the columns that the file has: an older version wrote fewer."""
    with os.fdopen(open_own(path, os.O_RDWR), "rb") as file:
        data = file.read()
    rows, torn = csv_rows(data.decode("utf-8", "replace"))
    columns = len(rows[0]) if rows else 0
    whole = [row for row in rows if len(row) == columns]
    if torn or not rows:
        replace_atomically(path, b"".join(map(csv_line, whole or [list(TURN_COLUMNS)])))
    return max(0, len(whole) - 1)


def _mark(
    folder: Path, account: dict[str, Any], *, ended: datetime, frames: int | None, turns_n: int
) -> None:
    recording = account.get("recording")
    kept = recording if isinstance(recording, dict) else {}
    mended = {
        **account,
        "state": INTERRUPTED,
        "ended_utc": ended.isoformat(),
        "end_reason": END_REASON,
        "turns_n": turns_n,
        "recording": {**kept, "frames": frames, "rate_hz": SESSION_RATE_HZ},
    }
    replace_atomically(folder / SESSION_FILE, encode(mended, indent=2) + b"\n")
