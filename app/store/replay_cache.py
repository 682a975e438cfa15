"""What going over a recorded session came to, kept for the next time; it may be thrown away.

One file in the session's folder, since it holds words: with the session it is moved and deleted.
The recorded files are not touched. It is believed as long as they lie where they lay and have
the sizes and times that they had; a sum tells whether it is whole, and whoever reads it checks
what is in it.
"""

import hashlib
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.store.files import forget_drafts, replace_atomically
from app.store.layout import AUDIO_FILE, EVENTS_FILE, SESSION_FILE, TURNS_FILE

CACHE_FILE: Final = "replay.cache"
MOST_BYTES: Final = 64 << 20
_MAGIC: Final = b"viva voce replay 1\n"
_SUM_BYTES: Final = 32
_KEY_BYTES: Final = 64
_FILES: Final = (SESSION_FILE, EVENTS_FILE, TURNS_FILE, AUDIO_FILE)


def stamp_of(folder: Path) -> str:
    """Return what changes with any file of a session, or where it is moved."""
    parts = [str(folder.absolute())]
    for name in _FILES:
        with suppress(OSError):
            found = (folder / name).stat()
            parts.append(f"{name} {found.st_size} {found.st_mtime_ns}")
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]


def read_cache(folder: Path, stamp: str) -> bytes | None:
    """Return what was kept in a session's folder; None where there is nothing, or it is damaged.

    Args:
        folder: The session's.
        stamp: See ``stamp_of``: what was kept of another is nothing.
    """
    path = folder / CACHE_FILE
    try:
        if not stat.S_ISREG(path.lstat().st_mode) or path.stat().st_size > MOST_BYTES:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    head = len(_MAGIC) + _SUM_BYTES
    return data[head:] if data[:head] == _MAGIC + _sum(stamp, data[head:]) else None


def write_cache(folder: Path, stamp: str, data: bytes) -> None:
    """Keep ``data`` in a session's folder; where it cannot be written, it is not kept."""
    if len(data) < MOST_BYTES - len(_MAGIC) - _SUM_BYTES:
        forget_drafts(folder / CACHE_FILE)  # they hold words, too; another program's is lost
        with suppress(OSError):
            replace_atomically(folder / CACHE_FILE, _MAGIC + _sum(stamp, data) + data)


def _sum(stamp: str, data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_SUM_BYTES, key=stamp[:_KEY_BYTES].encode()).digest()
