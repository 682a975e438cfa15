"""Where a session lies on disk and what its files are called."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from app.core.errors import StoreError
from app.core.records import SessionRecord

SESSION_FILE = "session.json"
EVENTS_FILE = "events.jsonl"
TURNS_FILE = "turns.csv"
AUDIO_FILE = "stereo.wav"
TORN_FILE = "events.torn"
"""Half a line that a killed process left at the end of ``events.jsonl``, kept aside."""

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_ENVIRONMENT = "VIVAVOCE_SESSIONS"
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
_ID_CHARACTERS = 8
_MOST_NAMESAKES = 100


def expanded(named: str | Path) -> Path:
    """Return the path that a user means, whole; ``~nobody`` of no user is a name like others."""
    path = Path(named)
    with suppress(RuntimeError):
        path = path.expanduser()
    return path.absolute()


def sessions_root(override: str | Path | None, environment: Mapping[str, str]) -> Path:
    """Return the folder of all sessions; nothing is created.

    The argument comes first, then ``VIVAVOCE_SESSIONS``, then the user's data folder
    (``XDG_DATA_HOME``, by default ``~/.local/share``).
    """
    named = override or environment.get(_ENVIRONMENT)
    if named:
        return expanded(named)
    data = environment.get("XDG_DATA_HOME", "")
    base = Path(data) if Path(data).is_absolute() else Path.home() / ".local" / "share"
    return base / "vivavoce" / "sessions"


def folder_name(record: SessionRecord) -> str:
    """Return a name that sorts by time: UTC to the second and a piece of the session's id.

    Raises:
        StoreError: If ``t0_utc`` is not an ISO 8601 instant with a zone.
    """
    try:
        began = datetime.fromisoformat(record.t0_utc).astimezone(UTC)
    except ValueError as exc:
        raise StoreError(f"{record.t0_utc!r} is not an instant") from exc
    short = _UNSAFE.sub("", record.session_id)[-_ID_CHARACTERS:] or "session"
    return f"{began:%Y%m%dT%H%M%SZ}-{short}"


def make_folder(root: Path, record: SessionRecord) -> Path:
    """Create the session's own folder, readable by its owner only.

    Raises:
        StoreError: If it cannot be made.
    """
    name = folder_name(record)
    try:
        root.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        for number in range(1, _MOST_NAMESAKES):
            folder = root / (name if number == 1 else f"{name}-{number}")
            if not folder.exists():
                folder.mkdir(mode=FOLDER_MODE)
                return folder
    except OSError as exc:
        raise StoreError(
            f"Cannot record into {root}: {os.strerror(exc.errno or 0)}.",
            hint="Name a folder that you may write to, with --out or VIVAVOCE_SESSIONS.",
        ) from exc
    raise StoreError(
        f"Cannot record into {root}: too many sessions called {name}.",
        hint="Move old sessions out of the folder.",
    )
