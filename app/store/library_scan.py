"""Which folders of sessions there are, in the library and in its trash, and what has changed."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from app.core.errors import StoreError
from app.store.annotations import ANNOTATION_FILE
from app.store.layout import AUDIO_FILE, EVENTS_FILE, SESSION_FILE, TORN_FILE, TURNS_FILE

TRASH: Final = ".trash"
"""The folder of sessions put into the trash, below the sessions' root."""

_OWN: Final = (SESSION_FILE, EVENTS_FILE, AUDIO_FILE, TORN_FILE, ANNOTATION_FILE)
"""Each of these makes a session of its folder."""
_EXPORTED_BESIDE: Final = "sessions.csv"
"""What an export writes beside its own ``turns.csv``."""
_TRASHED: Final = re.compile(r"(\d{8}T\d{12}Z)~(.+)", re.DOTALL)
_INSTANT: Final = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True, slots=True)
class Found:
    """A session's folder.

    Attributes:
        key: Its name; of a name that is no UTF-8, one that can be shown.
        account_stamp: Changes whenever ``session.json`` does; "" where there is none.
        stamp: The same of ``turns.csv`` and ``library.json``.
    """

    key: str
    in_trash: bool
    folder: Path
    account_stamp: str
    stamp: str


def scan(root: Path) -> Iterator[Found]:
    """Give every session below ``root`` and in its trash; none where there is no such folder.

    A folder that holds a file of a session is one, whatever is missing; a table of turns beside
    one of sessions is an export.

    Raises:
        StoreError: If ``root`` is there and cannot be read.
    """
    yield from _scan(root, in_trash=False)
    if is_own_folder(root / TRASH):
        yield from _scan(root / TRASH, in_trash=True)


def look(base: Path, name: str, *, in_trash: bool) -> Found | None:
    """Return the session that a folder holds, or None where there is none."""
    path = f"{base}/{name}"
    account = _stamp(f"{path}/{SESSION_FILE}")
    if not account and not _is_session(path):
        return None
    rest = (_stamp(f"{path}/{each}") for each in (TURNS_FILE, ANNOTATION_FILE))
    return Found(shown_name(name), in_trash, Path(path), account, "|".join(rest))


def account_stamp(folder: Path) -> str:
    """Return what changes whenever a session's account does, "" where there is none."""
    return _stamp(f"{folder}/{SESSION_FILE}")


def shown_name(name: str) -> str:
    """Return a folder's name as text that can be stored and sent."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def folder_of(base: Path, key: str) -> Path | None:
    """Return the folder in ``base`` that a key names, or None; a link is none."""
    if not key or key.startswith(".") or "/" in key or "\0" in key:
        return None
    if is_own_folder(base / key):
        return base / key
    try:
        called = [path for path in base.iterdir() if shown_name(path.name) == key]
    except OSError:
        return None
    return next((path for path in called if is_own_folder(path)), None)


def is_own_folder(path: Path) -> bool:
    """Whether it is a folder and no link to one; False also where nobody may look."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def trash_name(name: str, at: datetime) -> str:
    """Return what a session is called in the trash: when it got there, and its name."""
    return f"{at.astimezone(UTC).strftime(_INSTANT)}~{name}"


def name_before(trashed: str) -> str:
    """Return what a session in the trash was called."""
    found = _TRASHED.fullmatch(trashed)
    return found.group(2) if found else trashed


def trashed_at(trashed: str) -> datetime | None:
    """Return when a session was put into the trash, or None where its name does not say."""
    found = _TRASHED.fullmatch(trashed)
    try:
        return datetime.strptime(found.group(1), _INSTANT).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def _scan(base: Path, *, in_trash: bool) -> Iterator[Found]:
    try:
        with os.scandir(base) as entries:
            names = sorted(each.name for each in entries if _may_be_one(each))
    except (FileNotFoundError, ValueError):  # no system has such a name
        return
    except OSError as exc:
        raise StoreError(
            f"The sessions in {base} cannot be listed: {exc.strerror}.",
            hint="Name another folder with VIVAVOCE_SESSIONS.",
        ) from exc
    for name in names:
        found = look(base, name, in_trash=in_trash)
        if found is not None:
            yield found


def _may_be_one(entry: "os.DirEntry[str]") -> bool:
    try:
        return not entry.name.startswith(".") and entry.is_dir()
    except OSError:
        return False


def _is_session(path: str) -> bool:
    def holds(name: str) -> bool:
        return os.path.lexists(f"{path}/{name}")

    return any(map(holds, _OWN)) or (holds(TURNS_FILE) and not holds(_EXPORTED_BESIDE))


def _stamp(path: str) -> str:
    """Return what changes when a file does, "" where there is none.

    ``os.stat`` of a text: for ten thousand sessions a ``Path`` costs more than the call.
    """
    try:
        told = os.stat(path)  # noqa: PTH116 - see above
    except (OSError, ValueError):
        return ""
    if not stat.S_ISREG(told.st_mode):
        return ""
    return f"{told.st_ino}:{told.st_size}:{told.st_mtime_ns}"
