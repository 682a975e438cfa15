"""Files that stay valid when the disk fills up or the process is killed.

No link is followed where a file is written: a folder may have come from elsewhere, and a link
in it may lead anywhere.
"""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from app.store.layout import FILE_MODE


def write_all(fd: int, data: bytes, offset: int | None = None) -> int:
    """Write ``data`` at ``offset``, or at the file's position; return the bytes written.

    Fewer than all come back only where the system takes no more without saying why.

    Raises:
        OSError: As the system says; some of the data may be in the file.
    """
    done = 0
    while done < len(data):
        rest = memoryview(data)[done:]
        taken = os.write(fd, rest) if offset is None else os.pwrite(fd, rest, offset + done)
        if not taken:
            break
        done += taken
    return done


def open_own(path: Path, flags: int) -> int:
    """Open an ordinary file to write to, and make it where there is none; give its descriptor.

    Args:
        path: Of the file.
        flags: Of ``os.open``: how it is written to.

    Raises:
        OSError: As the system says; or if it is a link, a pipe or another thing, none of which
            is waited for.
    """
    odd = os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    fd = os.open(path, flags | odd, FILE_MODE)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "it is no ordinary file")
    return fd


class AppendFile:
    """A file of records, each of which is in it whole or not at all.

    Records gather in memory until ``flush``. When a write fails, what is left of the record
    that did not fit is cut off again. One thread.

    Raises:
        OSError: See ``open_own``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = open_own(path, os.O_WRONLY | os.O_APPEND)
        self._size = os.fstat(self._fd).st_size
        self._waiting: list[bytes] = []

    @property
    def fd(self) -> int:
        """The descriptor, for locks."""
        return self._fd

    @property
    def waiting(self) -> int:
        """Records that are not in the file yet."""
        return len(self._waiting)

    def append(self, record: bytes) -> None:
        """Keep ``record``, its line end included, for the next flush."""
        self._waiting.append(record)

    def flush(self) -> None:
        """Hand the records to the system.

        Raises:
            OSError: If not all fitted; those that did are in the file, whole.
        """
        if not self._waiting:
            return
        try:
            write_all(self._fd, b"".join(self._waiting))
        except OSError:
            self._cut_to_whole_records()
            raise
        self._size += sum(map(len, self._waiting))
        self._waiting.clear()

    def sync(self) -> None:
        """Wait until the device has the records."""
        os.fsync(self._fd)

    def close(self) -> None:
        """Close the file; records that were not flushed are lost. Safe to call twice."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _cut_to_whole_records(self) -> None:
        there = os.fstat(self._fd).st_size
        whole = 0
        while self._size + len(self._waiting[whole]) <= there:
            self._size += len(self._waiting[whole])
            whole += 1
            if whole == len(self._waiting):
                break
        del self._waiting[:whole]
        os.ftruncate(self._fd, self._size)


def replace_atomically(path: Path, content: bytes) -> None:
    """Make ``content`` the file's whole content; a reader sees the old or the new, never half.

    The draft beside it carries the number of this process: of two programs that write one file
    at once, where a file system knows no locks either, each puts a whole one in place.

    Raises:
        OSError: If it could not be written; the old content is still there.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    with suppress(FileNotFoundError):  # what a killed process, or somebody else, has left there
        draft.unlink()
    try:
        fd = open_own(draft, os.O_WRONLY | os.O_EXCL)
        try:
            write_all(fd, content)
            os.fsync(fd)
        finally:
            os.close(fd)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def forget_drafts(path: Path) -> None:
    """Remove the drafts of a file that killed processes have left.

    One that is being written is lost, too: its writer gets an OSError.
    """
    for draft in path.parent.glob(f".{path.name}*.new"):
        with suppress(OSError):
            draft.unlink()
