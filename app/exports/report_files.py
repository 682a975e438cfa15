"""The files that a report was made of, with their hashes, and the file it is written to."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from app.exports.placing import placed
from app.exports.report_text import digits_of
from app.exports.report_view import Source

FILES: Final = ("session.json", "turns.csv", "events.jsonl", "stereo.wav")
_PIECE: Final = 1 << 20


def sources_of(folder: Path, title: str, go_on: Callable[[], bool]) -> list[Source]:
    """Return what is there of a session's files; what cannot be read has no hash.

    Args:
        folder: The session's.
        title: What the page calls it.
        go_on: Is asked after each piece; False breaks off.
    """
    found = []
    for name in FILES:
        path = folder / name
        if path.is_file():  # a named pipe would be waited for
            size, digest = _hashed(path, go_on)
            found.append(Source(session=title, name=name, bytes_n=digits_of(size), sha256=digest))
    return found


def _hashed(path: Path, go_on: Callable[[], bool]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                size += len(piece)
                if not go_on():
                    return size, "not computed"
    except OSError as exc:
        return size, f"cannot be read: {exc.strerror}"
    return size, digest.hexdigest()


def write_whole(path: Path, pieces: Iterable[str]) -> int:
    """Write a text file as a whole or not at all; return its length in bytes.

    Raises:
        StoreError: If it cannot be written.
    """
    with placed(path) as draft:
        with draft.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.writelines(pieces)
        return draft.stat().st_size
