"""Typed messages of a recorded session, out of its journal."""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import msgspec

from app.core.clock import Nanoseconds
from app.core.errors import StoreError
from app.store.layout import EVENTS_FILE

LONGEST_LINE: Final = 4 << 20
"""Bytes; no typed message fills a longer line, which is passed over."""
MOST: Final = 10_000
"""Messages that are read; what lies beyond is left out."""

_EVENT: Final = "TextSent"
_MARK: Final = f'"{_EVENT}"'.encode()


class _Fields(msgspec.Struct):
    at_ns: Annotated[int, msgspec.Meta(ge=0, le=2**62)]
    text: str = ""


class _Line(msgspec.Struct):
    fields: _Fields
    event: str = ""


_DECODER: Final = msgspec.json.Decoder(_Line)
_DAMAGE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def typed_messages(folder: Path) -> tuple[tuple[Nanoseconds, str], ...]:
    """Return when each message was sent, and its text, in order of time; blocks on the disk.

    Lines that are damaged are passed over; a text that was not kept is "".

    Raises:
        StoreError: If there is a journal and it cannot be read.
    """
    found: list[tuple[Nanoseconds, str]] = []
    try:
        with _opened(folder / EVENTS_FILE) as file:
            for line in _lines(file):
                message = _message(line)
                if message is not None and len(found) < MOST:
                    found.append(message)
    except FileNotFoundError:
        return ()
    except OSError as exc:
        raise StoreError(
            f"The session's {EVENTS_FILE} cannot be read: {exc.strerror}.",
            hint="Check the folder's permissions.",
        ) from exc
    return tuple(sorted(found, key=lambda each: each[0]))


def _opened(path: Path) -> BinaryIO:
    if path.exists() and not path.is_file():  # a named pipe would be waited for
        raise OSError(errno.EINVAL, "it is no ordinary file")
    return path.open("rb")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Return the lines that may hold a message; of a longer one only its end is looked at."""
    while line := file.readline(LONGEST_LINE):
        if _MARK in line:
            yield line


def _message(line: bytes) -> tuple[Nanoseconds, str] | None:
    try:
        told = _DECODER.decode(line)
    except _DAMAGE:
        return None
    return (Nanoseconds(told.fields.at_ns), told.fields.text) if told.event == _EVENT else None
