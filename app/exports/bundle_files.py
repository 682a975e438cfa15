"""The bytes of a bundle, read without trust in what lies there."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from app.core.errors import StoreError

Pieces: TypeAlias = Iterable[bytes]
"""A file's content, in order."""

PIECE_BYTES: Final = 1 << 20


def open_regular(path: Path) -> BinaryIO | None:
    """Open a regular file for reading; None where there is none.

    A link is not followed: it may lead anywhere. A named pipe is not waited for.

    Raises:
        StoreError: If there is something else of that name, or it cannot be read.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as exc:
        why = "it is a link" if path.is_symlink() else exc.strerror
        raise StoreError(f"{path} cannot be read: {why}.") from exc
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise StoreError(f"{path} cannot be read: it is no file.")
    return os.fdopen(fd, "rb")


def pieces_of(file: BinaryIO, length: int) -> Iterator[bytes]:
    """Yield the first ``length`` bytes: a file that grows meanwhile has more."""
    left = length
    while left > 0 and (piece := file.read(min(PIECE_BYTES, left))):
        left -= len(piece)
        yield piece


def size_of(file: BinaryIO) -> int:
    """Return the file's length in bytes."""
    return os.fstat(file.fileno()).st_size


class Hashed:
    """Counts and hashes pieces on their way."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self.bytes = 0

    @property
    def sha256(self) -> str:
        """SHA-256 of what has passed, in hexadecimal digits."""
        return self._sha256.hexdigest()

    def passing(self, pieces: Pieces) -> Iterator[bytes]:
        """Yield ``pieces`` unchanged."""
        for piece in pieces:
            self._sha256.update(piece)
            self.bytes += len(piece)
            yield piece
