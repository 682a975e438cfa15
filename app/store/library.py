"""The library of recorded sessions; implements ``Library`` over a folder of sessions.

The folders are the truth and the index is a copy of what is shown of them: it is brought up to
date by looking at the files' stamps, and can be thrown away. A folder is changed only where the
user writes on a session, and then only its ``library.json``.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from app.core.errors import StoreError
from app.core.library import Annotation, LibraryPage, LibraryQuery, Refreshed, Retention
from app.store.annotations import annotate, read_annotations
from app.store.library_entries import (
    Rewritten,
    forget_entries,
    keepable,
    move_entry,
    put_entries,
    rewrite_entries,
)
from app.store.library_index import IndexBusyError, IndexLostError, LibraryIndex
from app.store.library_query import LibraryAnswers
from app.store.library_reading import EntryReader, Figuring, bytes_of
from app.store.library_refresh import refresh
from app.store.library_scan import TRASH, Found, folder_of, look, trashed_at
from app.store.retention import Keepable, check, to_delete, to_trash
from app.store.trash import Trash

BUSY: Final = "Another program is writing the library's index."

_MOST_LOSSES: Final = 2
"""A damaged file is set aside, and what takes its place cannot be written: in memory it stays."""

_Told: TypeAlias = Callable[[int, int], bool] | None
_T = TypeVar("_T")


def _now() -> datetime:
    return datetime.now(UTC)


class FolderLibrary:
    """Sessions below a root, by their index. Calls may block on the disk; any thread.

    Args:
        root: The folder of all sessions; it need not be there.
        figures: Works out what a session's turns come to.
        price_fingerprint: Tells the price table that ``figures`` uses; a session that was priced
            by another is priced anew when the library is brought up to date, from what the index
            knows that it is billed for.
        now: Tells the present.
    """

    def __init__(
        self,
        root: Path,
        figures: Figuring,
        price_fingerprint: Callable[[], str],
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._root = root
        self._fingerprint = price_fingerprint
        self._now = now
        self._reader = EntryReader(figures)
        self._index = LibraryIndex(root)
        self._answers = LibraryAnswers(root)
        self._trash = Trash(root, now)
        self._refreshing = threading.Lock()

    def query(self, query: LibraryQuery) -> LibraryPage:
        """Return a page from the index alone; never raises for what is asked."""

        def ask() -> LibraryPage:
            with self._index.reading() as connection:
                return self._answers.page(connection, query, self._index.problem)

        try:
            return self._twice(ask)
        except IndexBusyError:
            return LibraryPage(rows=(), total=0, problem=BUSY)

    def refresh(self, told: _Told = None) -> Refreshed:
        """Bring the index up to date with the folders.

        Another program that writes the index for long breaks it off: call it again later.

        Args:
            told: Is told how many of how many are done, on this thread; False breaks off.

        Raises:
            StoreError: If the folder of all sessions is there and cannot be read, or the program
                cannot work out any figures.
        """
        with self._refreshing:
            self._index.look_again()
            return self._twice(
                lambda: refresh(self._root, self._index, self._reader, self._fingerprint(), told)
            )

    def rebuild(self, told: _Told = None) -> Refreshed:
        """Throw the index away and make it anew.

        Raises:
            StoreError: See ``refresh``.
        """
        with self._refreshing:
            self._index.look_again()
            with suppress(IndexBusyError):
                self._twice(self._index.throw_away)
        return self.refresh(told)

    def annotate(self, keys: Sequence[str], change: Annotation) -> tuple[str, ...]:
        """Write on sessions; return a sentence for each that could not be written on."""
        problems: list[str] = []
        written: list[tuple[str, bool]] = []
        for key in keys:
            try:
                written.append(self._annotate(key, change))
            except StoreError as exc:
                problems.append(exc.sentence)
        self._written_on(written)
        return tuple(problems)

    def trash(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Put sessions into the trash; return a sentence for each that stays."""
        return self._each(keys, self._trash_one)

    def restore(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Take sessions out of the trash, by their keys there or by those that they had.

        Returns a sentence for each that stays there.
        """
        return self._each(keys, self._restore_one)

    def delete(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Delete sessions that are in the trash, for good.

        Returns a sentence for each that is not there, or not wholly deleted.
        """
        return self._each(keys, self._delete_one)

    def retain(
        self, rule: Retention, *, dry: bool, go_on: Callable[[], bool] = lambda: True
    ) -> tuple[str, ...]:
        """Trash, and empty from the trash, what ``rule`` says; return the keys of those taken.

        The index is brought up to date first. Starred, running, unreadable and newer sessions
        are never taken.

        Args:
            rule: What is kept.
            dry: Only tell.
            go_on: Is asked between two sessions; False breaks off, and what is done stays done.

        Raises:
            StoreError: If a number of ``rule`` is below 0; and see ``refresh``.
        """
        check(rule)
        whole = True

        def told(_done: int, _whole: int) -> bool:
            nonlocal whole
            whole = whole and go_on()
            return whole

        self.refresh(told)
        if not (whole and go_on()):  # what was not read again may be starred by now
            return ()
        now_s = self._now().timestamp()
        going = to_trash(self._keepable(in_trash=False), rule, now_s)
        gone = to_delete(self._keepable(in_trash=True), rule, now_s)
        if dry:
            return (*gone, *going)
        deleted = [key for key in gone if go_on() and not self.delete([key])]
        return (*deleted, *(key for key in going if go_on() and not self.trash([key])))

    @property
    def index_bytes(self) -> int:
        """What the index takes on the disk."""
        return self._index.bytes_n

    def close(self) -> None:
        """Close the index's file; the next call opens it again."""
        self._index.close()

    # --- one session -----------------------------------------------------------------------------

    def _annotate(self, key: str, change: Annotation) -> tuple[str, bool]:
        for base, in_trash in ((self._root, False), (self._root / TRASH, True)):
            folder = folder_of(base, key)
            if folder is not None:
                annotate(folder, change)
                return folder.name, in_trash
        raise StoreError(f"There is no session {key[:80]!r} that could be written on.")

    def _trash_one(self, key: str) -> None:
        there = self._trash.put(key)
        at = trashed_at(there)
        told = None if at is None else at.isoformat(timespec="milliseconds")
        self._move((key, False), (there, True), told)

    def _restore_one(self, key: str) -> None:
        there, name = self._trash.take_back(key)
        self._move((there, True), (name, False), None)

    def _delete_one(self, key: str) -> None:
        there = self._trash.delete(key)
        self._write(lambda connection: forget_entries(connection, [(there, True)]))

    def _move(self, before: tuple[str, bool], after: tuple[str, bool], at: str | None) -> None:
        self._write(lambda connection: move_entry(connection, before, after, at))

    def _written_on(self, names: Iterable[tuple[str, bool]]) -> None:
        """Bring the index up to date with folders that have just been written on."""
        bases = {False: self._root, True: self._root / TRASH}
        found = [look(bases[in_trash], name, in_trash=in_trash) for name, in_trash in names]
        written = [_rewritten(each) for each in found if each is not None]
        unknown: list[Found] = []
        self._write(lambda connection: unknown.extend(rewrite_entries(connection, written)))
        if unknown:
            fingerprint = self._fingerprint()
            with suppress(StoreError):  # no figures can be worked out: the next refresh tells it
                entries = [self._reader.read(each, fingerprint) for each in unknown]
                self._write(lambda connection: put_entries(connection, entries))

    # --- all -------------------------------------------------------------------------------------

    def _each(self, keys: Sequence[str], deed: Callable[[str], None]) -> tuple[str, ...]:
        problems: list[str] = []
        for key in keys:
            try:
                deed(key)
            except StoreError as exc:
                problems.append(exc.sentence)
        return tuple(problems)

    def _keepable(self, *, in_trash: bool) -> list[Keepable]:
        def ask() -> list[Keepable]:
            with self._index.reading() as connection:
                return keepable(connection, in_trash=in_trash)

        try:
            return self._twice(ask)
        except IndexBusyError:
            raise StoreError(BUSY, hint="Try again in a moment.") from None

    def _write(self, change: Callable[[sqlite3.Connection], None]) -> None:
        """Change the index; where it cannot be now, the next refresh does."""

        def write() -> None:
            with self._index.writing() as connection:
                change(connection)

        with suppress(IndexBusyError):
            self._twice(write)

    def _twice(self, action: Callable[[], _T]) -> _T:
        """Do something with the index, once more for each time that it is lost on the way."""
        for _ in range(_MOST_LOSSES):
            try:
                return action()
            except IndexLostError:
                continue
        return action()


def _rewritten(found: Found) -> Rewritten:
    annotated, _ = read_annotations(found.folder)
    return Rewritten(found, annotated, bytes_of(found.folder))
