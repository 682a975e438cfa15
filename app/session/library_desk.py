"""Serves a window's library beside its session, from an index that is read and kept aside.

Questions and what the user does are served at once, in turn. What reads many folders (bringing
the index up to date, making it anew, retention) waits for the end of a session that runs, and
is broken off when one begins.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeAlias, TypeVar

from app.core.clock import Clock
from app.core.errors import StoreError
from app.core.library import LibraryQuery, Refreshed
from app.core.ports import Library
from app.session.jobs import Tell
from app.session.link import LinkMessage
from app.session.messages import (
    ChangeLibrary,
    LibraryChanged,
    LibraryDeed,
    LibraryReport,
    ProblemReport,
    QueryLibrary,
)

MOST_QUESTIONS: Final = 8
"""Open questions of one wish; an older one is dropped."""
MOST_DEEDS: Final = 64
MOST_ROOTS: Final = 4
SLICE_NS: Final = 1_500_000_000
"""How long folders are read before what was found is shown."""

FULL: Final = ProblemReport(
    sentence="The library has not done yet what it was asked before.", hint="Wait a moment."
)

MakeLibrary: TypeAlias = Callable[[str | None], Library]
"""Opens the library of a folder of sessions, None for the user's own. May block."""

Aside: TypeAlias = Callable[[Callable[[], None]], Awaitable[None]]
"""Runs what blocks without holding up the loop, as ``SessionParts.aside``."""

_HEAVY: Final = (LibraryDeed.REBUILD, LibraryDeed.RETAIN)
_T = TypeVar("_T")


class LibraryDesk:
    """Answers ``QueryLibrary`` and does ``ChangeLibrary``; implements ``Desk``.

    Of questions only those of the latest wish are answered (its pages differ in offset and
    limit). A ``LibraryChanged`` that it takes in says that folders have changed by themselves.
    All calls on the engine's loop.

    Args:
        make: Opens libraries; used aside only.
        aside: Runs what blocks.
        clock: Tells how long folders have been read.
        tell: Tells the window.
    """

    kinds = (QueryLibrary, ChangeLibrary, LibraryChanged)

    def __init__(self, make: MakeLibrary, aside: Aside, clock: Clock, tell: Tell) -> None:
        self._make = make
        self._run_aside = aside
        self._clock = clock
        self._tell = tell
        self._libraries: OrderedDict[str | None, Library] = OrderedDict()
        self._questions: deque[QueryLibrary] = deque(maxlen=MOST_QUESTIONS)
        self._latest: QueryLibrary | None = None
        self._deeds: deque[ChangeLibrary] = deque()
        self._heavy: deque[ChangeLibrary] = deque()
        self._stale: OrderedDict[str | None, None] = OrderedDict()
        self._news: LibraryChanged | None = None
        self._asked = asyncio.Event()
        self._due = asyncio.Event()
        self._talking = False
        self._leaving = False

    def take(self, request: LinkMessage, *, talking: bool) -> None:
        """Note what is asked for."""
        self._talking = talking
        match request:
            case QueryLibrary():
                self._note(request)
            case ChangeLibrary() if len(self._deeds) + len(self._heavy) >= MOST_DEEDS:
                self._tell(FULL)
            case ChangeLibrary():
                (self._heavy if request.deed in _HEAVY else self._deeds).append(request)
            case LibraryChanged():
                earlier = () if self._news is None else self._news.keys
                self._news = replace(request, keys=(*earlier, *request.keys))
                self._stale.update(dict.fromkeys(self._libraries))
            case _:
                pass
        self._asked.set()
        self._due.set()

    def make_way(self) -> None:
        """A session begins: folders are read after its end."""
        self._talking = True

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._serve(), name="library")
                group.create_task(self._keep_fresh(), name="library index")
        finally:
            self._leaving = True
            for library in self._libraries.values():
                library.close()

    def _note(self, question: QueryLibrary) -> None:
        if self._latest is not None and _wish(question) != _wish(self._latest):
            self._questions.clear()
        self._questions.append(question)
        self._latest = question
        if question.refresh or question.root not in self._libraries:
            self._stale[question.root] = None

    # --- questions and deeds ---------------------------------------------------------------------

    async def _serve(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            while self._deeds or self._questions:
                if self._deeds:
                    await self._do(self._deeds.popleft())
                else:
                    await self._answer(self._questions.popleft())

    async def _answer(self, question: QueryLibrary) -> None:
        library = await self._library(question.root)
        page = await self._done(lambda: library.query(question.query))
        self._tell(LibraryReport(ticket=question.ticket, page=page))
        if page.problem:
            self._stale[question.root] = None
            self._due.set()

    async def _do(self, change: ChangeLibrary) -> bool:
        """Do what the user does with sessions, and tell what came of it; False if nothing did."""
        library = await self._library(change.root)
        try:
            keys, problems = await self._done(lambda: _done_with(library, change, self._go_on))
        except StoreError as error:
            keys, problems = (), (f"{error.sentence} {error.hint}".rstrip(),)
        if change.deed is LibraryDeed.RETAIN and self._talking and not (keys or problems):
            return False
        self._tell(LibraryChanged(deed=change.deed, keys=keys, problems=problems, dry=change.dry))
        return True

    # --- reading folders -------------------------------------------------------------------------

    async def _keep_fresh(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            while not self._talking and (self._heavy or self._stale):
                if self._heavy:
                    await self._do_heavy(self._heavy.popleft())
                else:
                    root, _ = self._stale.popitem(last=False)
                    await self._refresh(root)
            if self._news is not None and not self._talking:
                news, self._news = self._news, None
                self._tell(news)

    async def _do_heavy(self, change: ChangeLibrary) -> None:
        if change.deed is LibraryDeed.RETAIN:
            told = await self._do(change)
            if self._talking and not (told and change.dry):  # it may have been broken off
                self._heavy.appendleft(change)
            return
        await self._refresh(change.root, anew=True)
        self._tell(LibraryChanged(deed=change.deed))

    async def _refresh(self, root: str | None, *, anew: bool = False) -> None:
        """Read the folders of a root, and show now and then what was found."""
        library = await self._library(root)
        whole = False
        while not whole and not self._leaving:
            reading = library.rebuild if anew else library.refresh
            watch = _Watch(self._clock, self._go_on)
            try:
                found: Refreshed = await self._done(lambda: reading(watch.told))  # noqa: B023
            except StoreError as error:
                self._tell(ProblemReport(sentence=error.sentence, hint=error.hint))
                return
            anew, whole = False, watch.whole
            if found.anything:
                await self._answer_again(root)
            if self._talking:
                self._stale.update({} if whole else {root: None})
                return

    async def _answer_again(self, root: str | None) -> None:
        latest = self._latest
        if latest is not None and latest.root == root:
            await self._answer(latest)

    def _go_on(self) -> bool:
        """Whether folders may be read on; called on a worker's thread."""
        return not (self._talking or self._leaving)

    # --- libraries -------------------------------------------------------------------------------

    async def _library(self, root: str | None) -> Library:
        known = self._libraries.get(root)
        if known is not None:
            return known
        library = await self._done(lambda: self._make(root))
        if (there := self._libraries.get(root)) is not None:  # made meanwhile
            library.close()
            return there
        self._libraries[root] = library
        if len(self._libraries) > MOST_ROOTS:
            _, oldest = self._libraries.popitem(last=False)
            oldest.close()
        return library

    async def _done(self, action: Callable[[], _T]) -> _T:
        results: list[_T] = []
        await self._run_aside(lambda: results.append(action()))
        return results[0]


class _Watch:
    """Breaks reading off where it must make way, or something is to be shown."""

    def __init__(self, clock: Clock, go_on: Callable[[], bool]) -> None:
        self.whole = True
        self._clock = clock
        self._go_on = go_on
        self._until_ns = clock.now_ns() + SLICE_NS

    def told(self, done: int, total: int) -> bool:
        """Whether to read on; on a worker's thread."""
        if done < total and not (self._go_on() and self._clock.now_ns() < self._until_ns):
            self.whole = False
        return self.whole


def _done_with(
    library: Library, change: ChangeLibrary, go_on: Callable[[], bool]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Do what is asked; return which sessions it was done with, and what went wrong."""
    if change.deed is LibraryDeed.RETAIN:
        return library.retain(change.retention, dry=change.dry, go_on=go_on), ()
    if change.deed is LibraryDeed.ANNOTATE:
        return change.keys, library.annotate(change.keys, change.annotation)
    deed = {
        LibraryDeed.TRASH: library.trash,
        LibraryDeed.RESTORE: library.restore,
        LibraryDeed.DELETE: library.delete,
    }[change.deed]
    return change.keys, deed(change.keys)


def _wish(question: QueryLibrary) -> tuple[str | None, LibraryQuery]:
    return question.root, replace(question.query, offset=0, limit=0)
