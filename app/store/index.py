"""Which sessions there are."""

import errno
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
        problem: Why the account cannot be read, or "".
    """

    folder: Path
    state: str
    session_id: str | None = None
    began_utc: str | None = None
    ended_utc: str | None = None
    provider: str | None = None
    model: str | None = None
    title: str | None = None
    turns_n: int | None = None
    failed_n: int | None = None
    renewals: int | None = None
    provider_stalls: int | None = None
    duration_s: float | None = None
    problem: str = field(default="", compare=False)


def read_account(folder: Path) -> dict[str, Any]:
    """Return what ``session.json`` says, as plain values.

    Raises:
        StoreError: If it is missing, too large or not a JSON object.
    """
    path = folder / SESSION_FILE
    try:
        raw = _account_bytes(path)
        account = json.loads(raw, parse_constant=_nothing, parse_float=_finite)
    except OSError as exc:
        raise _unreadable(path, exc.strerror or "the disk reported a fault") from exc
    except (ValueError, RecursionError) as exc:
        raise _unreadable(path, "it is not JSON, or too large") from exc
    if not isinstance(account, dict):
        raise StoreError(f"{path} does not hold the account of a session.")
    return account


def _account_bytes(path: Path) -> bytes:
    if path.exists() and not path.is_file():  # a named pipe would be waited for
        raise OSError(errno.EINVAL, "it is no file")
    with path.open("rb") as file:
        return file.read(_LARGEST_ACCOUNT + 1)


def _unreadable(path: Path, why: str) -> StoreError:
    return StoreError(
        f"{path} cannot be read: {why}.", hint="The other files of the session may be whole."
    )


def _nothing(_constant: str) -> None:
    """Read NaN and Infinity, which are no JSON, as nothing."""


def _finite(number: str) -> float | None:
    value = float(number)
    return value if math.isfinite(value) else None


def list_sessions(root: Path) -> Sequence[SessionSummary]:
    """Return the sessions below ``root``, newest first; empty where there is no such folder.

    Raises:
        StoreError: If the folder is there and cannot be read.
    """
    return tuple(read_summary(folder) for folder in reversed(session_folders(root)))


def session_folders(root: Path) -> Sequence[Path]:
    """Return the folders below ``root`` that hold a session's account, oldest first.

    Raises:
        StoreError: If ``root`` is there and cannot be read.
    """
    try:
        names = sorted(os.listdir(root))  # noqa: PTH208 - texts: of ten thousand, paths cost more
        return [root / name for name in names if _is_file(f"{root}/{name}/{SESSION_FILE}")]
    except FileNotFoundError:
        return ()
    except OSError as exc:
        raise StoreError(
            f"The sessions in {root} cannot be listed: {exc.strerror}.",
            hint="Name another folder with VIVAVOCE_SESSIONS.",
        ) from exc


def holds_account(folder: Path) -> bool:
    """Whether ``folder`` is a session's; one that cannot be looked into is not."""
    return _is_file(str(folder / SESSION_FILE))


def _is_file(path: str) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 - False also where stat refuses


def read_summary(folder: Path) -> SessionSummary:
    """Return what a session's account says, in one line; never raises for what is in it."""
    try:
        account = read_account(folder)
    except StoreError as exc:
        problem = str(exc).replace(f"{folder}/", "").removesuffix(".")
        return SessionSummary(folder=folder, state="unreadable", problem=problem)
    target = _object(account.get("target"))
    recording = _object(account.get("recording"))
    frames, rate_hz = _number(recording.get("frames")), _number(recording.get("rate_hz"))
    return SessionSummary(
        folder=folder,
        state=_text(account.get("state")) or "unreadable",
        session_id=_text(account.get("session_id")),
        began_utc=_text(account.get("t0_utc")),
        ended_utc=_text(account.get("ended_utc")),
        provider=_text(target.get("provider")),
        model=_text(target.get("model")),
        title=_text(target.get("title")),
        turns_n=_count(account.get("turns_n")),
        failed_n=_count(account.get("failed_n")),
        renewals=_count(account.get("renewals")),
        provider_stalls=_count(account.get("provider_stalls")),
        duration_s=_quotient(frames, rate_hz),
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
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # a whole number of hundreds of digits
        return None


def _quotient(value: float | None, divisor: float | None) -> float | None:
    if value is None or not divisor:
        return None
    quotient = value / divisor
    return quotient if math.isfinite(quotient) else None
