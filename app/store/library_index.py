"""The file in which the library's index lies, and what takes its place where it cannot lie.

The index may be thrown away at any time. It is kept in memory instead where its file cannot be
written, where the file system knows no shared memory for SQLite's write-ahead log, or where a
newer version of the program has made it; ``problem`` then says so. A damaged file is set aside.
Several programs may use one file: readers never wait, a writer waits for another's.
"""

import fcntl
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from app.store.layout import FILE_MODE
from app.store.library_schema import VERSION, make_anew, migrate, version_of

INDEX_FILE: Final = ".library.sqlite3"
DAMAGED_FILE: Final = ".library.damaged"

DAMAGED: Final = "The library's index was damaged; it is being made anew from the folders."

BUSY_S: Final = 10.0
"""How long a writer waits for another program's."""

_LOGS: Final = ("-wal", "-shm", "-journal")
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_CACHE_KB: Final = 16_384
_PRIMARY: Final = 0xFF
"""An extended result code of SQLite has its primary one in the lowest byte."""


class IndexLostError(Exception):
    """The index lies elsewhere now: what was begun must be begun anew."""


class IndexBusyError(Exception):
    """Another program has been writing for all of BUSY_S."""


class _UnusableError(Exception):
    """The file cannot be used; its text says why."""


class LibraryIndex:
    """The index of the sessions below a root. Any thread; one at a time is inside.

    Nothing is opened before it is used, and no folder is made.

    Attributes:
        problem: Why it is not kept on the disk, or "".
    """

    def __init__(self, root: Path) -> None:
        self.problem = ""
        self._damaged = False
        self._root = root
        self._path = root / INDEX_FILE
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._inode: int | None = None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that sees one state of the index.

        Raises:
            IndexLostError: If the index has just been found damaged or out of reach.
            IndexBusyError: If another program does not let it be read.
        """
        with self._using("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection whose changes are kept together, or not at all.

        Raises:
            IndexLostError: See ``reading``.
            IndexBusyError: If another program is writing for too long.
        """
        with self._using("BEGIN IMMEDIATE") as connection:
            yield connection

    def whole(self) -> None:
        """All folders have been read: what a damaged file had told is known again."""
        with self._lock:
            self._damaged = False
            self.problem = "" if self.problem == DAMAGED else self.problem

    @property
    def bytes_n(self) -> int:
        """What the file and its log take on the disk."""
        paths = (self._path, *(self._root / f"{INDEX_FILE}{log}" for log in _LOGS))
        return sum(path.lstat().st_size for path in paths if path.is_file())

    def look_again(self) -> None:
        """Open the file anew if it was taken away, or was not there yet."""
        with self._lock:
            in_memory_for_now = self._inode is None and not self.problem
            moved = self._inode is not None and self._inode != _inode(self._path)
            if moved or in_memory_for_now:
                self.close()

    def throw_away(self) -> None:
        """Forget everything: the tables are made anew, in the file that other programs share.

        Raises:
            IndexLostError: See ``reading``.
            IndexBusyError: See ``writing``.
        """
        with self.writing() as connection:
            make_anew(connection)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                with suppress(sqlite3.Error):
                    self._connection.close()
            self._connection = None

    @contextmanager
    def _using(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            connection = self._connection or self._open()
            self._connection = connection
            try:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            except sqlite3.Error as exc:
                self._roll_back(connection)
                raise self._after(exc) from exc
            except BaseException:
                self._roll_back(connection)
                raise

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _after(self, exc: sqlite3.Error) -> Exception:
        """Do what an error asks for, and return what to raise."""
        code = _code(exc)
        if code in _BUSY:
            return IndexBusyError()
        if self._inode is None:  # in memory: there is nothing that could take its place
            return exc
        self.close()
        if code in _DAMAGE:
            self._set_aside()
        else:
            self._connection = self._in_memory(_sentence(exc))
        return IndexLostError()

    # --- opening ---------------------------------------------------------------------------------

    def _open(self) -> sqlite3.Connection:
        """Return a connection: to the file, or to an index in memory."""
        self.problem, self._inode = DAMAGED if self._damaged else "", None
        if not os.path.isdir(self._root):  # noqa: PTH112 - False also where stat refuses
            return self._in_memory("")
        try:
            return self._on_disk()
        except sqlite3.Error as exc:
            if _code(exc) not in _DAMAGE:
                return self._in_memory(_sentence(exc))
        except _UnusableError as exc:
            return self._in_memory(str(exc))
        self._set_aside()
        try:
            return self._on_disk()
        except (sqlite3.Error, _UnusableError) as exc:
            return self._in_memory(_sentence(exc))

    def _on_disk(self) -> sqlite3.Connection:
        self._make()
        connection = _connect(str(self._path))
        try:
            self._prepare(connection)
        except (sqlite3.Error, _UnusableError):
            connection.close()
            raise
        self._inode = _inode(self._path)
        return connection

    def _make(self) -> None:
        """Make the file, which its owner alone may read: the words of all sessions are in it."""
        try:
            with suppress(FileExistsError):
                flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                os.close(os.open(self._path, flags, FILE_MODE))
            if not stat.S_ISREG(self._path.lstat().st_mode):
                raise _UnusableError(f"{INDEX_FILE} is no ordinary file")
        except OSError as exc:
            raise _UnusableError(os.strerror(exc.errno or 0)) from exc

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if version_of(connection) > VERSION:
            raise _UnusableError(f"a newer version of the program wrote {INDEX_FILE}")
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise _UnusableError("the file system has no shared memory for it")
        connection.execute("PRAGMA synchronous = NORMAL")
        migrate(connection)

    def _in_memory(self, why: str) -> sqlite3.Connection:
        """Return an index in memory, with what can be read of the file's."""
        self._inode = None
        if why:
            self.problem = f"The library's index cannot be kept on the disk: {why}."
        connection = _connect(":memory:")
        if why:
            self._copy_into(connection)
        migrate(connection)
        return connection

    def _copy_into(self, connection: sqlite3.Connection) -> None:
        if self._on_disk_is_newer():
            return
        try:
            with closing(_connect(_immutable(self._path))) as there:
                there.backup(connection)
        except sqlite3.Error:
            connection.execute("PRAGMA writable_schema = RESET")

    def _on_disk_is_newer(self) -> bool:
        try:
            with closing(_connect(_immutable(self._path))) as there:
                return version_of(there) > VERSION
        except sqlite3.Error:
            return False

    def _set_aside(self) -> None:
        """Move a damaged file out of the way, unless another program has just done so."""
        self.close()
        self._damaged, self.problem = True, DAMAGED
        try:
            fd = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return
        try:
            with suppress(OSError):
                fcntl.flock(fd, fcntl.LOCK_EX)
            if self._inode is None or self._inode == _inode(self._path):
                self._move_away()
        finally:
            os.close(fd)

    def _move_away(self) -> None:
        """Remove the logs first: what opens a new file must not find those of the old one."""
        for log in _LOGS:
            with suppress(OSError):
                (self._root / f"{INDEX_FILE}{log}").unlink()
        with suppress(OSError):
            self._path.replace(self._root / DAMAGED_FILE)


def settled_accounts(root: Path) -> dict[str, str]:
    """Return the stamps of the accounts that the index knows to be of sessions that have ended.

    Empty where there is no index that can be read; nothing is made or changed.
    """
    asked = "SELECT key, account_stamp FROM sessions WHERE NOT in_trash AND outcome != 'running'"
    return dict(_read_beside(root, asked))


def known_ids(root: Path) -> dict[str, tuple[str, str]]:
    """Return each account's stamp and session id, by the folder's name, as the index knows them.

    An id is known as the library shows it: shortened, without what cannot be shown. Empty where
    there is no index that can be read; nothing is made or changed.
    """
    asked = (
        "SELECT key, account_stamp, session_id FROM sessions "
        "WHERE NOT in_trash AND session_id IS NOT NULL AND account_stamp != ''"
    )
    return {key: (stamp, session_id) for key, stamp, session_id in _read_beside(root, asked)}


def _read_beside(root: Path, asked: str) -> list[Any]:
    """Return what the file of the present version holds, without opening it as its library."""
    path = root / INDEX_FILE
    if not path.is_file():
        return []
    try:
        with closing(_connect(f"file:{quote(os.fsencode(path))}?mode=ro")) as connection:
            return connection.execute(asked).fetchall() if version_of(connection) == VERSION else []
    except sqlite3.Error:
        return []


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path,
        timeout=BUSY_S,
        isolation_level=None,  # transactions are begun where they are meant
        check_same_thread=False,  # one thread at a time, see ``LibraryIndex``
        uri=path.startswith("file:"),
    )
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _immutable(path: Path) -> str:
    return f"file:{quote(os.fsencode(path))}?mode=ro&immutable=1"


def _inode(path: Path) -> int | None:
    try:
        return path.lstat().st_ino
    except OSError:
        return None


def _code(exc: sqlite3.Error) -> int | None:
    code = getattr(exc, "sqlite_errorcode", None)
    return None if code is None else code & _PRIMARY


def _sentence(exc: Exception) -> str:
    return str(exc) or type(exc).__name__
