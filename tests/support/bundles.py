"""Recorded sessions on the disk, bundles of them, and archives that only look like bundles."""

import hashlib
import json
import wave
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from app.core.bundle import MANIFEST_FILE, MEDIA_TYPE, MEDIA_TYPE_FILE
from app.core.cells import cell_text, csv_line
from app.core.ports import StoredSession
from app.core.privacy import Redaction
from app.core.records import SessionRecord, TurnRecord
from app.core.rows import TURN_COLUMNS, turn_row
from app.exports.bundle import write_bundle
from app.exports.job import ExportJob
from app.store.plain import plain
from app.store.reader import FolderReader
from tests.support.recording import T0_NS, session_record, turn_record

READER = FolderReader({})
MADE = "2026-11-21T12:00:00+00:00"


def line(offset_ms: float, event: str, **fields: Any) -> dict[str, Any]:
    """An event so long after the session's zero."""
    at_ns = T0_NS + round(offset_ms * 1e6)
    return {"t_ns": at_ns, "event": event, "fields": {"at_ns": at_ns, **fields}}


def wire(offset_ms: float, message: object, direction: str = "<") -> dict[str, Any]:
    """A message so long after the session's zero."""
    raw = message if isinstance(message, str) else json.dumps(message)
    return {"t_ns": T0_NS + round(offset_ms * 1e6), "dir": direction, "raw": raw}


def recorded(
    root: Path,
    name: str = "20261121T102030Z-34567890",
    *,
    turns: Sequence[TurnRecord] = (),
    journal: Sequence[Mapping[str, Any]] = (),
    frames: int = 2400,
    **more: Any,
) -> Path:
    """Write a session as the recorder leaves it; return its folder."""
    record: SessionRecord = replace(session_record(state="complete", turns_n=len(turns)), **more)
    folder = root / name
    folder.mkdir(parents=True)
    account = json.dumps(plain(record), ensure_ascii=False, indent=2)
    (folder / "session.json").write_bytes(account.encode("utf-8", "backslashreplace"))
    rows = [turn_row(record, turn) for turn in turns or (turn_record(),)]
    cells = [[cell_text(row[column]) for column in TURN_COLUMNS] for row in rows]
    (folder / "turns.csv").write_bytes(b"".join(map(csv_line, [list(TURN_COLUMNS), *cells])))
    lines = [json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in journal]
    text = "".join(each + "\n" for each in lines)
    (folder / "events.jsonl").write_bytes(text.encode("utf-8", "backslashreplace"))
    sound = np.random.default_rng(1).integers(-3000, 3000, 2 * frames, np.int16)
    with wave.open(str(folder / "stereo.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(sound.tobytes())
    return folder


def stored(*folders: Path) -> tuple[StoredSession, ...]:
    return tuple(READER.read(folder) for folder in folders)


def job(out: Path, *folders: Path, redaction: Redaction | None = None, **more: Any) -> ExportJob:
    """What a writer is given to write these sessions into ``out``."""
    return ExportJob(
        sessions=stored(*folders),
        reader=READER,
        out=out,
        made_utc=MADE,
        app_version="0.1.0",
        redaction=redaction or Redaction(),
        **more,
    )


def bundled(out: Path, *folders: Path, **more: Any) -> Path:
    """Write a bundle of these sessions; return its path."""
    write_bundle(job(out, *folders, **more))
    return out


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files below ``folder``."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def packed(path: Path) -> dict[str, bytes]:
    """Return what a bundle holds."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def manifest(path: Path) -> dict[str, Any]:
    told = json.loads(packed(path)[MANIFEST_FILE])
    assert isinstance(told, dict)
    return told


# --- by hand: a bundle that says and holds what a test wants ------------------------------------


def account(session_id: str = "sess-1", **more: Any) -> bytes:
    """A ``session.json`` of few words."""
    told = {"session_id": session_id, "t0_ns": 0, "t0_utc": MADE, "state": "complete", **more}
    return json.dumps(told).encode()


def told_of(files: Mapping[str, bytes]) -> dict[str, Any]:
    return {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
    }


def session_entry(
    folder: str, files: Mapping[str, bytes], session_id: str = "sess-1"
) -> dict[str, Any]:
    return {"folder": folder, "session_id": session_id, "files": told_of(files)}


def manifest_of(*sessions: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "format": "vivavoce-bundle",
        "version": "1.0",
        "made_utc": MADE,
        "app_version": "0.1.0",
        "sessions": list(sessions),
        **more,
    }


def archive(
    path: Path,
    members: Sequence[tuple[str | zipfile.ZipInfo, bytes]],
    told: object = None,
    *,
    packing: int = zipfile.ZIP_DEFLATED,
) -> Path:
    """Write a zip with these members and this manifest; None writes no manifest."""
    with zipfile.ZipFile(path, "w", packing) as file:
        file.writestr(MEDIA_TYPE_FILE, MEDIA_TYPE)
        for name, content in members:
            file.writestr(name, content)
        if told is not None:
            raw = told if isinstance(told, bytes) else json.dumps(told).encode()
            file.writestr(MANIFEST_FILE, raw)
    return path
