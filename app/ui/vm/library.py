"""The library's page without its widgets: what is shown, what is chosen, what is done with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.core.library import Facets, Retention, SortBy
from app.core.observe import Signal
from app.session.messages import (
    ChangeLibrary,
    EngineRequest,
    ImportReport,
    LibraryChanged,
    LibraryDeed,
    LibraryReport,
)
from app.ui.vm.library_chosen import ChosenViewModel
from app.ui.vm.library_filters import Chip, LibraryFilters, Wish, chips
from app.ui.vm.library_kept import LibraryKept
from app.ui.vm.library_lines import footer
from app.ui.vm.library_pages import BLOCK
from app.ui.vm.text import one_line

TOLD_PROBLEMS: Final = 3
DEEDS: Final = {
    LibraryDeed.TRASH: "moved to the trash",
    LibraryDeed.RESTORE: "restored",
    LibraryDeed.DELETE: "deleted for good",
    LibraryDeed.RETAIN: "moved to the trash by the rules",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of something. ``undo``: the sessions that it can be taken back for."""

    words: str
    undo: tuple[str, ...] = ()
    bad: bool = False


class LibraryViewModel(ChosenViewModel):
    """All calls on the GUI thread.

    Attributes:
        kept: What is remembered.
        told: What became of the last deed, or None.

    Signals:
        changed: Filters, sums, facets, the deed's outcome: what stands around the table.
        choose_wanted: These sessions are to be chosen in the table, by their keys.
        deed_done: The engine did something, or folders changed by themselves.

    Args:
        send: To the engine.
        root: The folder of sessions, or None for the user's own.
        kept: What was remembered.
        keep: Remembers.
    """

    def __init__(
        self,
        send: Callable[[EngineRequest], None],
        root: Callable[[], str | None],
        kept: LibraryKept,
        keep: Callable[[LibraryKept], None],
    ) -> None:
        super().__init__(send, root)
        self.changed = Signal[()]()
        self.choose_wanted = Signal[tuple[str, ...]]()
        self.deed_done = Signal[LibraryChanged]()
        self.kept = kept
        self.told: Told | None = None
        self._keep = keep
        self._shown = False
        self._begun = False
        self._seek: tuple[str, ...] = ()
        self.pages.wish = Wish(filters=kept.filters, sort=kept.sort, descending=kept.descending)
        self.pages.reset.connect(self._look_for)
        self.pages.told.connect(self._look_among)

    # --- the page

    def begin(self) -> None:
        """The program has started: have the rules applied, where that is wanted, once.

        The engine does so while no session runs; ``told`` says what came of it.
        """
        if self.kept.by_itself and not self._begun:
            self.retain(self.kept.retention, dry=False)
        self._begun = True

    def open(self) -> None:
        """The page is shown: ask for its rows, and have the folders read."""
        self._shown = True
        self.pages.again(refresh=True)

    def close(self) -> None:
        """The page is hidden: it asks anew when it is shown."""
        self._shown = False

    def look_again(self) -> None:
        """Have the folders read anew."""
        self.pages.again(refresh=True)

    def session_ended(self) -> None:
        """There is another session."""
        if self._shown:
            self.look_again()

    def engine_lost(self) -> None:
        """Nobody will answer."""
        self.pages.lost()

    def engine_back(self) -> None:
        """There is somebody to ask again."""
        if self._shown:
            self.look_again()

    @property
    def facets(self) -> Facets:
        """What can be asked for."""
        return Facets() if self.pages.page is None else self.pages.page.facets

    @property
    def chips(self) -> tuple[Chip, ...]:
        """The conditions in words."""
        return chips(self.wish.filters)

    @property
    def footer(self) -> str:
        """What the sessions found come to."""
        return "" if self.pages.page is None else footer(self.pages.page)

    @property
    def trash_n(self) -> int:
        """Sessions in the trash."""
        return 0 if self.pages.page is None else self.pages.page.trash_n

    @property
    def problem(self) -> str:
        """Why the index cannot be kept, or ""."""
        return "" if self.pages.page is None else one_line(self.pages.page.problem)

    @property
    def waiting(self) -> bool:
        """Whether nothing is known yet."""
        return self.pages.page is None

    @property
    def empty(self) -> str:
        """Why there is no row: "sessions", "found" or "trash"; "" if there is one."""
        if self.waiting or self.pages.total:
            return ""
        if self.wish.narrowed:
            return "found"
        return "trash" if self.wish.in_trash else "sessions"

    # --- narrowing

    def search(self, text: str) -> None:
        """Show sessions in which this was said; the best first, until another order is chosen."""
        words = text.strip()
        if words != self.wish.text.strip():
            self._show(replace(self.wish, text=text, sort=self._order(words)))

    def _order(self, words: str) -> SortBy:
        """Return the order for a search: by relevance where the newest would be shown first."""
        now, kept = self.wish.sort, self.kept.sort
        if words:
            return SortBy.RELEVANCE if now is SortBy.BEGAN and self.wish.descending else now
        return kept if now is SortBy.RELEVANCE else now

    def narrow(self, filters: LibraryFilters) -> None:
        """Use other filters, and remember them."""
        if filters != self.wish.filters:
            self._remember(filters=filters)
            self._show(replace(self.wish, filters=filters))

    def clear_filters(self) -> None:
        """Show every session."""
        self._remember(filters=LibraryFilters())
        sort = self._order("")
        self._show(replace(self.wish, text="", filters=LibraryFilters(), sort=sort))

    def sort(self, by: SortBy, *, descending: bool) -> None:
        """Use another order, and remember it."""
        if by is not SortBy.RELEVANCE:
            self._remember(sort=by, descending=descending)
        self._show(replace(self.wish, sort=by, descending=descending))

    def show_trash(self, *, shown: bool) -> None:
        """Show what is in the trash, or the library again."""
        if shown is not self.wish.in_trash:
            self._show(replace(self.wish, in_trash=shown))

    def widen(self, widths: Sequence[int]) -> None:
        """Remember the widths of the columns."""
        self._remember(widths=tuple(widths))

    def _remember(self, **changes: object) -> None:
        kept = replace(self.kept, **changes)  # type: ignore[arg-type]
        if kept != self.kept:
            self.kept = kept
            self._keep(kept)

    def rule(self, kept: LibraryKept) -> None:
        """Remember other rules."""
        self._remember(retention=kept.retention, by_itself=kept.by_itself)

    def _show(self, wish: Wish) -> None:
        self._seek = ()
        self.pages.show(wish)
        self.changed.emit()

    def undo(self) -> None:
        """Take the last deed back."""
        if self.told is not None and self.told.undo:
            self._ask(ChangeLibrary(deed=LibraryDeed.RESTORE, keys=self.told.undo))
            self.dismiss()

    def retain(self, rules: Retention, *, dry: bool) -> None:
        """Apply rules, or only ask what they would do."""
        self._ask(ChangeLibrary(deed=LibraryDeed.RETAIN, retention=rules, dry=dry))

    def rebuild(self) -> None:
        """Have the index made anew from the folders."""
        self._tell(Told(words="The index is made anew from the folders."))
        self._ask(ChangeLibrary(deed=LibraryDeed.REBUILD))

    def dismiss(self) -> None:
        """Take away what was told."""
        self.told = None
        self.changed.emit()

    # --- from the engine

    def take(self, report: LibraryReport) -> None:
        """Show rows."""
        self.pages.take(report)
        self.changed.emit()

    def take_changed(self, report: LibraryChanged) -> None:
        """Something was done: say so, and show what there is now."""
        self.deed_done.emit(report)
        if report.dry:
            return
        self._tell_deed(report)
        if self._shown:
            self.pages.again()

    def _tell_deed(self, report: LibraryChanged) -> None:
        problems = [one_line(each) for each in report.problems]
        done = DEEDS.get(report.deed) if report.deed is not None else None
        words = []
        if done is not None and report.keys:
            words.append(f"{sessions(len(report.keys))} {done}.")
        words += problems[:TOLD_PROBLEMS]
        if len(problems) > TOLD_PROBLEMS:
            words.append(f"And {len(problems) - TOLD_PROBLEMS} more.")
        if words:
            takes_back = report.deed in {LibraryDeed.TRASH, LibraryDeed.RETAIN}
            undo = report.keys if takes_back else ()
            self._tell(Told(words=" ".join(words), undo=undo, bad=bool(problems)))

    def take_import(self, report: ImportReport) -> None:
        """Sessions came in: show them, chosen."""
        words = [f"{sessions(len(report.added))} imported."]
        if report.known:
            verb = "was" if len(report.known) == 1 else "were"
            words.append(f"{sessions(len(report.known))} {verb} there before: nothing changed.")
        words += [one_line(each) for each in report.odd[:TOLD_PROBLEMS]]
        self._seek = report.added or report.known
        self._tell(Told(words=" ".join(words), bad=bool(report.odd)))
        self._remember(filters=LibraryFilters())
        self.pages.show(Wish(sort=SortBy.BEGAN), refresh=True)
        self.changed.emit()

    def tell(self, words: str, *, bad: bool = False) -> None:
        """Say something on the page."""
        self._tell(Told(words=words, bad=bad))

    def _tell(self, told: Told) -> None:
        self.told = told
        self.changed.emit()

    def _look_among(self, _first: int, _end: int) -> None:
        self._look_for()

    def _look_for(self) -> None:
        """Choose the imported sessions once all of them are among the rows."""
        if not self._seek or not self.pages.settled:
            return
        found = [key for key in self._seek if self.pages.find(key) is not None]
        there = {index // BLOCK for index, _row in self.pages.known()}
        left = [b for b in range(-(-self.pages.total // BLOCK)) if b not in there]
        if len(found) == len(self._seek):
            self._seek = ()
            self.choose_wanted.emit(tuple(found))
        elif left:
            self.pages.need(left[0])


def sessions(count: int) -> str:
    """Return so many sessions in words."""
    return "1 session" if count == 1 else f"{count:,} sessions".replace(",", "\N{THIN SPACE}")
