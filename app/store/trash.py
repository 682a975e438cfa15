"""The trash of the library: folders below ``.trash``, called after when they got there.

Moving there and back is one ``rename``: nothing in the folder is touched, and a session is at
any moment in one place. Nothing that is a link is moved or deleted, and nothing through one.
"""

import fcntl
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from app.core.errors import StoreError
from app.store.layout import EVENTS_FILE, FOLDER_MODE
from app.store.library_scan import (
    TRASH,
    folder_of,
    is_own_folder,
    name_before,
    shown_name,
    trash_name,
)

_MOST_TRIES: Final = 1_000


class Trash:
    """Moves sessions of one root in and out of its trash. Any thread; any number of programs.

    Args:
        root: The folder of all sessions.
        now: Tells the present.
    """

    def __init__(self, root: Path, now: Callable[[], datetime]) -> None:
        self._root = root
        self._base = root / TRASH
        self._now = now

    def put(self, key: str) -> str:
        """Put a session into the trash; return its key there.

        Raises:
            StoreError: If it is not there, runs, or cannot be moved.
        """
        folder = folder_of(self._root, key)
        if folder is None:
            raise StoreError(f"There is no session {key[:80]!r} that could go to the trash.")
        with _told(f"{key} cannot be put into the trash"), _not_running(folder):
            self._make()
            at = self._now().astimezone(UTC)
            for _ in range(_MOST_TRIES):
                name = trash_name(folder.name, at)
                if _moved(folder, self._base / name):
                    return shown_name(name)
                at += timedelta(microseconds=1)
        raise StoreError(f"{key} cannot be put into the trash: it is full of its namesakes.")

    def take_back(self, key: str) -> tuple[str, str]:
        """Take a session out of the trash, by its key there or by what it was called.

        Returns: Its key in the trash, and its key now.

        Raises:
            StoreError: If it is not there, its place is taken, or it cannot be moved.
        """
        folder = self._found(key)
        name = name_before(folder.name)
        with _told(f"{shown_name(name)} cannot be taken out of the trash"):
            if not _moved(folder, self._root / name):
                raise StoreError(
                    f"{shown_name(name)} cannot be taken out of the trash: another session has "
                    "its name."
                )
        return shown_name(folder.name), shown_name(name)

    def delete(self, key: str) -> str:
        """Delete a session that is in the trash, for good; return its key there.

        Raises:
            StoreError: If it is not there, or not all of it can be deleted.
        """
        folder = self._found(key)
        with _told(f"{key} cannot be deleted"):
            shutil.rmtree(folder)
        return shown_name(folder.name)

    def _found(self, key: str) -> Path:
        if not is_own_folder(self._base):
            raise StoreError(f"There is no session {key[:80]!r} in the trash.")
        folder = folder_of(self._base, key) or self._newest_called(key)
        if folder is None:
            raise StoreError(f"There is no session {key[:80]!r} in the trash.")
        return folder

    def _newest_called(self, key: str) -> Path | None:
        try:
            names = sorted(os.listdir(self._base), reverse=True)  # noqa: PTH208 - names are wanted
        except OSError:
            return None
        called = (name for name in names if shown_name(name_before(name)) == key)
        return next(
            (self._base / name for name in called if is_own_folder(self._base / name)), None
        )

    def _make(self) -> None:
        with suppress(FileExistsError):
            self._base.mkdir(mode=FOLDER_MODE)
        if not is_own_folder(self._base):
            raise StoreError(f"{self._base} is no folder of its own: nothing is put into it.")


def _moved(source: Path, target: Path) -> bool:
    """Move a folder unless something is in its place; False if so.

    Raises:
        OSError: As the system says.
    """
    if os.path.lexists(target):
        return False
    source.rename(target)
    return True


@contextmanager
def _not_running(folder: Path) -> Iterator[None]:
    """Hold the session's own lock, so that no program is writing it meanwhile.

    Raises:
        StoreError: If one is.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        fd = os.open(folder / EVENTS_FILE, flags)
    except OSError:  # it was lost, or is none: nothing can be writing it
        yield
        return
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise StoreError(
            f"{shown_name(folder.name)} is being recorded.", hint="End the session first."
        ) from None
    finally:
        os.close(fd)


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise StoreError(f"{what}: {os.strerror(exc.errno or 0)}.") from exc
