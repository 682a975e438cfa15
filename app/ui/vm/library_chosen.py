"""The chosen sessions of the library, and what is done with them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from app.core.library import Annotation, LibraryRow
from app.core.observe import Signal
from app.session.messages import ChangeLibrary, EngineRequest, LibraryDeed
from app.ui.vm.library_filters import Wish
from app.ui.vm.library_pages import BLOCK, LibraryPages
from app.ui.vm.text import one_line

MAX_NOTE: Final = 20_000
MAX_TAG: Final = 60
AT_ONCE: Final = 500
"""So many keys go in one request."""


class ChosenViewModel:
    """All calls on the GUI thread. What is done is shown at once, before the engine has done it.

    Attributes:
        pages: The rows, as far as they are known.
        selected: The chosen sessions that are known, in the order of the table.
        selected_n: How many are chosen, those whose rows have yet to come among them.

    Signals:
        selection_changed: Other sessions are chosen, or they are known otherwise.

    Args:
        send: To the engine.
        root: The folder of sessions, or None for the user's own.
    """

    def __init__(
        self, send: Callable[[EngineRequest], None], root: Callable[[], str | None]
    ) -> None:
        self.selection_changed = Signal[()]()
        self.selected: tuple[LibraryRow, ...] = ()
        self.selected_n = 0
        self.pages = LibraryPages(send, root)
        self._send = send
        self._root = root
        self._chosen: frozenset[str] = frozenset()
        self._all = False
        self._emptying = False
        self.pages.reset.connect(self._take_selected)
        self.pages.told.connect(self._rows_told)

    @property
    def wish(self) -> Wish:
        """What is asked for."""
        return self.pages.wish

    def _rows_told(self, _first: int, _end: int) -> None:
        if self._all and self._fetch_rest():
            return
        self._take_selected()
        if self._emptying:
            self._empty_or_read()

    # --- choosing

    def choose(self, keys: Sequence[str], count: int | None = None) -> None:
        """These sessions are chosen; ``count`` says how many, where not all are known."""
        chosen = frozenset(keys)
        self._emptying = False
        self.selected_n = len(chosen) if count is None else count
        self._all = self.selected_n == self.pages.total and self.selected_n > len(chosen)
        self._chosen = chosen
        self._take_selected()
        if self._all:
            self._fetch_rest()

    def _take_selected(self) -> None:
        rows = dict(self.pages.known())
        wanted = self._chosen
        found = tuple(
            row
            for _index, row in sorted(rows.items(), key=lambda each: each[0])
            if self._all or row.key in wanted
        )
        if found != self.selected:
            self.selected = found
        self.selection_changed.emit()

    def _fetch_rest(self) -> bool:
        """Have the next missing block fetched; False if none is missing."""
        there = {index // BLOCK for index, _row in self.pages.known()}
        missing = next((b for b in range(-(-self.pages.total // BLOCK)) if b not in there), None)
        if missing is not None:
            self.pages.need(missing)
        return missing is not None

    @property
    def all_known(self) -> bool:
        """Whether every chosen session is known, so that something can be done with all."""
        return len(self.selected) >= self.selected_n > 0

    @property
    def keys(self) -> tuple[str, ...]:
        """Of the chosen sessions."""
        return tuple(row.key for row in self.selected)

    @property
    def folders(self) -> tuple[str, ...]:
        """Of the chosen sessions."""
        return tuple(row.folder for row in self.selected)

    # --- what is done

    def star(self) -> None:
        """Star what is chosen; take the stars away where all have one."""
        starred = not all(row.starred for row in self.selected)
        self._annotate(Annotation(starred=starred), lambda row: replace(row, starred=starred))

    def star_one(self, row: LibraryRow) -> None:
        """Star one session, or take its star away."""
        flipped = not row.starred
        self.pages.change((row.key,), lambda each: replace(each, starred=flipped))
        self._ask_annotate((row.key,), Annotation(starred=flipped))

    def tag(self, *tags: str) -> None:
        """Add tags to what is chosen."""
        found = (one_line(each, limit=MAX_TAG).strip(" ,#") for each in tags)
        clean = tuple(dict.fromkeys(each for each in found if each))
        if clean:
            self._annotate(Annotation(add_tags=clean), lambda row: _tagged(row, clean))

    def untag(self, tag: str) -> None:
        """Take a tag away from what is chosen."""
        self._annotate(
            Annotation(remove_tags=(tag,)),
            lambda row: replace(row, tags=tuple(each for each in row.tags if each != tag)),
        )

    def write_note(self, key: str, note: str) -> None:
        """Keep a note on one session."""
        words = note[:MAX_NOTE]
        row = next((each for _i, each in self.pages.known() if each.key == key), None)
        if row is not None and row.note != words:
            self.pages.change((key,), lambda each: replace(each, note=words))
            self._ask_annotate((key,), Annotation(note=words))

    def _annotate(self, note: Annotation, edit: Callable[[LibraryRow], LibraryRow]) -> None:
        if self.selected:
            keys = self.keys
            self._ask_annotate(keys, note)
            self.pages.change(keys, edit)

    def _ask_annotate(self, keys: tuple[str, ...], note: Annotation) -> None:
        for few in _few(keys):
            self._ask(ChangeLibrary(deed=LibraryDeed.ANNOTATE, keys=few, annotation=note))

    def trash(self) -> None:
        """Move what is chosen to the trash; it can be undone."""
        if not self.wish.in_trash:
            self._do(LibraryDeed.TRASH)

    def restore(self) -> None:
        """Take what is chosen out of the trash."""
        if self.wish.in_trash:
            self._do(LibraryDeed.RESTORE)

    def delete(self) -> None:
        """Delete what is chosen for good: the caller has asked."""
        if self.wish.in_trash:
            self._do(LibraryDeed.DELETE)

    def empty_trash(self) -> None:
        """Delete everything in the trash for good, once every row is known."""
        if self.wish.in_trash and self.pages.total:
            self._emptying = True
            self._all, self.selected_n = True, self.pages.total
            self._take_selected()
            self._empty_or_read()

    def _empty_or_read(self) -> None:
        if self.all_known:
            self._emptying = False
            self._do(LibraryDeed.DELETE)
        else:
            self._fetch_rest()

    def _do(self, deed: LibraryDeed) -> None:
        keys = self.keys
        for few in _few(keys):
            self._ask(ChangeLibrary(deed=deed, keys=few))
        if keys:
            self.choose(())
            self.pages.remove(keys)

    def _ask(self, request: ChangeLibrary) -> None:
        self._send(replace(request, root=self._root()))


def _few(keys: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Return the keys in parts that a request can carry."""
    return (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))


def _tagged(row: LibraryRow, tags: tuple[str, ...]) -> LibraryRow:
    return replace(row, tags=(*row.tags, *(each for each in tags if each not in row.tags)))
