"""What the user writes on a session: ``library.json`` in its folder.

An object with ``version`` (1), ``tags`` (texts), ``note`` (a text) and ``starred`` (true or
false). What else stands in it is kept.
"""

import fcntl
import json
import os
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.core.errors import StoreError
from app.core.library import Annotation
from app.store.files import replace_atomically
from app.store.library_words import clean
from app.store.plain import encode

ANNOTATION_FILE: Final = "library.json"
VERSION: Final = 1
MOST_BYTES: Final = 1 << 20
MOST_TAGS: Final = 100
LONGEST_TAG: Final = 60
LONGEST_NOTE: Final = 20_000

_DAMAGED: Final = "library.json.damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotated:
    """What stands on a session; ``tags`` are sorted."""

    tags: tuple[str, ...] = ()
    note: str = ""
    starred: bool = False


class _DamagedError(Exception):
    """It is no file of annotations."""


def read_annotations(folder: Path) -> tuple[Annotated, tuple[str, ...]]:
    """Return what the user has written, and sentences about what could not be read."""
    try:
        values = _read(folder)
    except OSError as exc:
        return Annotated(), (f"{ANNOTATION_FILE} cannot be read: {os.strerror(exc.errno or 0)}",)
    except _DamagedError as exc:
        return Annotated(), (f"{ANNOTATION_FILE} cannot be read: {exc}",)
    note = values.get("note")
    odd = (f"a newer version of the program wrote {ANNOTATION_FILE}",) if _newer(values) else ()
    written = Annotated(
        tags=_tags(values.get("tags")),
        note=_note(note) if isinstance(note, str) else "",
        starred=values.get("starred") is True,
    )
    return written, odd


def annotate(folder: Path, change: Annotation) -> None:
    """Change what stands on a session. Two programs may do so at once.

    A file that cannot be read is kept beside the new one.

    Raises:
        StoreError: If it cannot be written, or a newer version of the program wrote it.
    """
    try:
        with _held(folder):
            _change(folder, change)
    except OSError as exc:
        raise StoreError(
            f"{folder.name} cannot be written on: {os.strerror(exc.errno or 0)}.",
            hint="Look at who may write to its folder, and at the room on the disk.",
        ) from exc


def tag_of(text: str) -> str:
    """Return a tag as it is kept: one line, composed, single spaces; "" where nothing is left."""
    return unicodedata.normalize("NFC", " ".join(clean(text).split()))[:LONGEST_TAG].strip()


def _change(folder: Path, change: Annotation) -> None:
    try:
        values = _read(folder)
    except _DamagedError:
        values = {}
        (folder / ANNOTATION_FILE).rename(folder / _DAMAGED)
    if _newer(values):
        raise StoreError(
            f"{folder.name} was written on by a newer version of the program.",
            hint="Write on it with that version.",
        )
    removed = {tag_of(tag) for tag in change.remove_tags}
    tags = {*_tags(values.get("tags")), *map(tag_of, change.add_tags)} - removed - {""}
    if len(tags) > MOST_TAGS:
        raise StoreError(f"{folder.name} would have more than {MOST_TAGS} tags.")
    values.update(version=VERSION, tags=sorted(tags))
    if change.note is not None:
        values["note"] = _note(change.note)
    if change.starred is not None:
        values["starred"] = change.starred
    replace_atomically(folder / ANNOTATION_FILE, encode(values, indent=2) + b"\n")


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Keep other programs from writing on the session meanwhile."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # some network file systems know no locks
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _read(folder: Path) -> dict[str, Any]:
    """Return the file's object, empty where there is no file.

    Raises:
        OSError: As the system says.
        _DamagedError: If it holds no object.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe has no end
    try:
        fd = os.open(folder / ANNOTATION_FILE, flags)
    except FileNotFoundError:
        return {}
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise _DamagedError("it is no ordinary file")
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise _DamagedError("it is too large")
    try:
        values = json.loads(raw, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as exc:
        raise _DamagedError("it is not JSON") from exc
    if not isinstance(values, dict):
        raise _DamagedError("it is no object")
    return values


def _newer(values: dict[str, Any]) -> bool:
    version = values.get("version", VERSION)
    return not isinstance(version, int) or version > VERSION


def _tags(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    tags = {tag_of(tag) for tag in value if isinstance(tag, str)}
    return tuple(sorted(tags - {""})[:MOST_TAGS])


def _note(text: str) -> str:
    lines = (clean(line).rstrip() for line in text.splitlines())
    return "\n".join(lines)[:LONGEST_NOTE].strip("\n")
