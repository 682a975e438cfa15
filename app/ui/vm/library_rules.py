"""The rules by which sessions are put into the trash: written, tried, applied."""

from collections.abc import Callable
from typing import Final

from app.core.library import Retention
from app.core.observe import Signal
from app.session.messages import LibraryChanged, LibraryDeed
from app.ui.vm.library import LibraryViewModel, sessions
from app.ui.vm.library_kept import LibraryKept
from app.ui.vm.text import one_line

GIGABYTE: Final = 10**9
SHOWN: Final = 8


class RulesViewModel:
    """All calls on the GUI thread.

    Attributes:
        draft: The rules as they are written now.
        by_itself: Whether they are applied at every start.
        words: What they would do, or what they did; "" before they were tried.
        names: Some of the sessions that they would take.

    Signals:
        changed: There is something else to show.
    """

    def __init__(self, library: LibraryViewModel) -> None:
        self.changed = Signal[()]()
        self._library = library
        self.draft = library.kept.retention
        self.by_itself = library.kept.by_itself
        self.words = ""
        self.names: tuple[str, ...] = ()
        self._tried = False
        self.leave: Callable[[], None] = library.deed_done.connect(self._take)

    @property
    def ready(self) -> bool:
        """Whether what they would do is known, so that they can be applied."""
        return self._tried

    def write(self, draft: Retention) -> None:
        """Use other rules; what the old ones would do says nothing about them."""
        if draft != self.draft:
            self.draft = draft
            self._tried, self.words, self.names = False, "", ()
            self.changed.emit()

    def preview(self) -> None:
        """Ask what the rules would do; nothing is done."""
        self.words = "Looking what they would do."
        self._library.retain(self.draft, dry=True)
        self.changed.emit()

    def apply(self) -> None:
        """Do it, and remember the rules."""
        self.remember()
        self._library.retain(self.draft, dry=False)

    def remember(self) -> None:
        """Keep the rules without applying them now."""
        self._library.rule(LibraryKept(retention=self.draft, by_itself=self.by_itself))

    def _take(self, report: LibraryChanged) -> None:
        if report.deed is not LibraryDeed.RETAIN:
            return
        count = len(report.keys)
        if report.dry:
            self._tried = True
            self.names = tuple(one_line(each, limit=80) for each in report.keys[:SHOWN])
            which = sessions(count) if count else "Nothing"
            self.words = f"{which} would be moved to the trash."
        else:
            self._tried, self.names = False, ()
            self.words = f"{sessions(count)} moved to the trash."
        if report.problems:
            self.words += " " + " ".join(one_line(each) for each in report.problems[:3])
        self.changed.emit()
