"""Which sessions there are."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.errors import StoreError
from app.store.layout import SESSION_FILE

RUNNING = "running"
INTERRUPTED = "interrupted"
_LARGEST_ACCOUNT = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """One line of a list of sessions; None is what its account does not say.

    Attributes:
        state: "running", "complete", "interrupted", or "unreadable".
        duration_s: Length of the audio in ``stereo.wav``.
    """

    folder: Path
    state: str
    session_id: str | None = None
    began_utc: str | None = None
    provider: str | None = None
    model: str | None = None
    title: str | None = None
    turns_n: int | None = None
    failed_n: int | None = None
    duration_s: float | None = None


def read_account(folder: Path) -> dict[str, Any]:
    """Return what ``session.json`` says, as plain values.

    Raises:
        StoreError: If it is missing, too large or not a JSON object.
    """
    path = folder / SESSION_FILE
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST_ACCOUNT + 1)
        account = json.loads(raw)
    except (OSError, ValueError, RecursionError) as exc:
        raise StoreError(
            f"{path} cannot be read: {exc}.", hint="The other files of the session may be whole."
        ) from exc
    if not isinstance(account, dict):
        raise StoreError(f"{path} does not hold the account of a session.")
    return account


def list_sessions(root: Path) -> Sequence[SessionSummary]:
    """Return the sessions below ``root``, newest first; empty where there is no such folder.

    Raises:
        StoreError: If the folder is there and cannot be read.
    """
    return tuple(_summary(folder) for folder in reversed(session_folders(root)))


def session_folders(root: Path) -> Sequence[Path]:
    """Return the folders below ``root`` that hold a session's account, oldest first.

    Raises:
        StoreError: If ``root`` is there and cannot be read.
    """
    try:
        return sorted(f for f in root.iterdir() if (f / SESSION_FILE).is_file())
    except FileNotFoundError:
        return ()
    except OSError as exc:
        raise StoreError(
            f"The sessions in {root} cannot be listed: {exc.strerror}.",
            hint="Name another folder with VIVAVOCE_SESSIONS.",
        ) from exc


def _summary(folder: Path) -> SessionSummary:
    try:
        account = read_account(folder)
    except StoreError:
        return SessionSummary(folder=folder, state="unreadable")
    target = _object(account.get("target"))
    recording = _object(account.get("recording"))
    frames, rate_hz = _number(recording.get("frames")), _number(recording.get("rate_hz"))
    return SessionSummary(
        folder=folder,
        state=_text(account.get("state")) or "unreadable",
        session_id=_text(account.get("session_id")),
        began_utc=_text(account.get("t0_utc")),
        provider=_text(target.get("provider")),
        model=_text(target.get("model")),
        title=_text(target.get("title")),
        turns_n=_count(account.get("turns_n")),
        failed_n=_count(account.get("failed_n")),
        duration_s=frames / rate_hz if frames is not None and rate_hz else None,
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None
