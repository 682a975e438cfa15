"""Sessions of a bundle, taken into a folder of sessions.

All of a bundle is unpacked and checked beside the sessions first, and put in its place by
renaming: a bundle with a fault in it, a full disk or a killed process leaves no session that is
not whole. A session that is there already is left as it is; another one of the same id gets a
name of its own.
"""

import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from app.core.bundle import NOTES_FILE, BundledFile, BundledSession
from app.core.errors import StoreError
from app.store.bundle_archive import Bundle, open_bundle
from app.store.files import write_all
from app.store.index import read_account, session_folders
from app.store.layout import FILE_MODE, FOLDER_MODE
from app.store.library_index import known_ids
from app.store.library_reading import short
from app.store.library_scan import account_stamp
from app.store.reader_account import read_record

Told: TypeAlias = Callable[[int, int], bool]
"""Is told how many bytes of how many are done; False breaks off."""

_WORKSHOP: Final = ".importing-"
_SPARE_BYTES: Final = 64 << 20
_MOST_NAMESAKES: Final = 1000
_PIECE_BYTES: Final = 1 << 20
_TAKEN: Final = frozenset({errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR})
_ROOM: Final = "Make room, or name another folder with --out."


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a bundle's sessions, by the names of their folders here.

    Attributes:
        known: Those that were there before, and stayed as they were.
        odd: Sentences about what was odd.
    """

    added: tuple[str, ...]
    known: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()


def import_bundle_file(path: Path, root: Path, told: Told = lambda _done, _total: True) -> Imported:
    """Take the sessions of the bundle at ``path`` into the folder ``root``. Blocks.

    Raises:
        StoreError: If it is no bundle, damaged, of a newer version, or cannot be written here;
            or the user has broken it off. Nothing of it is here then.
    """
    with open_bundle(path) as bundle:
        known, new = _sorted(bundle, root)
        added: list[str] = []
        if new:
            with _workshop(root, _bytes_of(new)) as workshop:
                _Unpacking(bundle, workshop, told, _bytes_of(new)).all(new)
                added, more = _placed(workshop, root, new)
                known += more
                _sync_folder(root)
        return Imported(added=tuple(added), known=tuple(known), odd=bundle.odd)


def _sorted(bundle: Bundle, root: Path) -> tuple[list[str], list[BundledSession]]:
    """Return the names of those that are here, and those that are not."""
    here = _here(root)
    known: list[str] = []
    new: list[BundledSession] = []
    for session in bundle.manifest.sessions:
        namesakes = here.get(short(session.session_id), ())
        found = next((each for each in namesakes if _is_same(each, session.files)), None)
        if found is None:
            new.append(session)
        else:
            known.append(found.name)
    return known, new


def _here(root: Path) -> Mapping[str | None, list[Path]]:
    """Return the folders that are here, by their sessions' ids as the library keeps them.

    An account is read only where the library's index does not know it as it is now.
    """
    here: dict[str | None, list[Path]] = {}
    indexed = known_ids(root)
    for folder in session_folders(root):
        stamp, session_id = indexed.get(folder.name, ("", ""))
        if not stamp or stamp != account_stamp(folder):
            session_id = _id_of(folder)
        if session_id:
            here.setdefault(short(session_id), []).append(folder)
    return here


def _id_of(folder: Path) -> str:
    try:
        session_id = read_account(folder).get("session_id")
    except StoreError:
        return ""
    return session_id if isinstance(session_id, str) else ""


def _is_same(folder: Path, files: Mapping[str, BundledFile]) -> bool:
    """Whether the recording is the one in ``folder``; what the user wrote on it may differ."""
    return all(
        _is_file_of(folder / name, file) for name, file in files.items() if name != NOTES_FILE
    )


def _is_file_of(path: Path, file: BundledFile) -> bool:
    try:
        if not path.is_file() or path.stat().st_size != file.bytes:
            return False
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256
    except OSError:
        return False


def _bytes_of(sessions: list[BundledSession]) -> int:
    return sum(file.bytes for session in sessions for file in session.files.values())


@contextmanager
def _workshop(root: Path, needed: int) -> Iterator[Path]:
    """Make a hidden folder beside the sessions, which is gone afterwards."""
    try:
        root.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        _sweep(root)
        free = shutil.disk_usage(root).free
        workshop = Path(tempfile.mkdtemp(prefix=_WORKSHOP, dir=root))
    except OSError as exc:
        raise _unwritable(root, exc) from exc
    held = os.open(workshop, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        if needed + _SPARE_BYTES > free:
            raise StoreError(
                f"The sessions need {needed >> 20} MB, and {root} has {free >> 20} MB left.",
                hint=_ROOM,
            )
        yield workshop
    except OSError as exc:
        raise _unwritable(root, exc) from exc
    finally:
        os.close(held)
        shutil.rmtree(workshop, ignore_errors=True)


def _sweep(root: Path) -> None:
    """Remove what a killed process has left: nobody holds it."""
    for left in root.glob(f"{_WORKSHOP}*"):
        with suppress(OSError):  # another import is under way, or it is no folder of ours
            _remove_unless_held(left)


def _remove_unless_held(left: Path) -> None:
    held = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(left, ignore_errors=True)
    finally:
        os.close(held)


class _Unpacking:
    """Unpacks sessions into a folder, and looks at each."""

    def __init__(self, bundle: Bundle, workshop: Path, told: Told, total: int) -> None:
        self._bundle = bundle
        self._workshop = workshop
        self._told = told
        self._total = total
        self._done = 0

    def all(self, sessions: list[BundledSession]) -> None:
        """Unpack ``sessions``.

        Raises:
            StoreError: If one is damaged, or no session.
        """
        for session in sessions:
            folder = self._workshop / session.folder
            folder.mkdir(mode=FOLDER_MODE)
            for name, file in session.files.items():
                self._file(folder / name, session.folder, file)
            _sync_folder(folder)
            account = self._account(folder, session.folder)
            if account.get("session_id") != session.session_id:
                raise StoreError(
                    f"The bundle's {session.folder!r} is another session than it says."
                )

    def _account(self, folder: Path, called: str) -> Mapping[str, Any]:
        try:
            account = read_account(folder)
            read_record(account)
        except StoreError as exc:
            raise StoreError(f"The account of {called!r} in the bundle cannot be read.") from exc
        return account

    def _file(self, path: Path, folder: str, file: BundledFile) -> None:
        sha256, length = hashlib.sha256(), 0
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        try:
            for piece in self._bundle.pieces(folder, path.name):
                length += len(piece)
                if length > file.bytes:
                    break
                sha256.update(piece)
                write_all(fd, piece)
                self._step(len(piece))
            os.fsync(fd)
        finally:
            os.close(fd)
        if length != file.bytes or sha256.hexdigest() != file.sha256:
            raise StoreError(
                f"{path.name} of {folder!r} in the bundle is damaged: its checksum is another.",
                hint="Copy the bundle again from where it came from.",
            )

    def _step(self, count: int) -> None:
        self._done += count
        if not self._told(self._done, self._total):
            raise StoreError("The import was broken off.")


def _placed(
    workshop: Path, root: Path, sessions: list[BundledSession]
) -> tuple[list[str], list[str]]:
    """Return the names of those put in their place, and of those that got there meanwhile."""
    added: list[str] = []
    known: list[str] = []
    for session in sessions:
        name, is_new = _place(workshop / session.folder, root, session.files)
        (added if is_new else known).append(name)
    return added, known


def _place(folder: Path, root: Path, files: Mapping[str, BundledFile]) -> tuple[str, bool]:
    """Move a whole session to its name, or to a free one like it.

    Returns: Its name, and whether it was moved: another import may have brought it meanwhile.
    """
    for number in range(1, _MOST_NAMESAKES):
        place = root / (folder.name if number == 1 else f"{folder.name}-{number}")
        if _moved(folder, place):
            return place.name, True
        if _is_same(place, files):
            return place.name, False
    raise StoreError(f"There are too many sessions called {folder.name!r} in {root}.")


def _moved(folder: Path, place: Path) -> bool:
    """Move a folder to a free place; False where something is there.

    Raises:
        OSError: As the system says.
    """
    if os.path.lexists(place):
        return False
    try:
        folder.rename(place)
    except OSError as exc:
        if exc.errno in _TAKEN:  # since just now
            return False
        raise
    return True


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _unwritable(root: Path, exc: OSError) -> StoreError:
    return StoreError(f"Cannot import into {root}: {os.strerror(exc.errno or 0)}.", hint=_ROOM)
