"""The library beside a session, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from app.core.errors import StoreError
from app.core.library import Annotation, LibraryPage, LibraryQuery, Refreshed, Retention
from app.session.library_desk import FULL, MOST_DEEDS, SLICE_NS, LibraryDesk
from app.session.messages import (
    ChangeLibrary,
    EngineReport,
    LibraryChanged,
    LibraryDeed,
    LibraryReport,
    ProblemReport,
    QueryLibrary,
)
from tests.support.clocks import ManualClock, run_virtual

_Told = Callable[[int, int], bool] | None


@dataclass
class Shelf:
    """A library that is told what its folders hold, and remembers what was done with it."""

    clock: ManualClock
    unread_n: int = 0
    error: StoreError | None = None
    problem: str = ""
    log: list[str] = field(default_factory=list)
    read_n: int = 0

    def query(self, query: LibraryQuery) -> LibraryPage:
        self.log.append(f"query {query.text}{query.offset or ''}")
        return LibraryPage(rows=(), total=self.read_n, problem=self.problem)

    def refresh(self, told: _Told = None) -> Refreshed:
        """Read one session each half a slice."""
        self.log.append("refresh")
        if self.error is not None:
            raise self.error
        before = self.read_n
        while self.unread_n:
            self.unread_n -= 1
            self.read_n += 1
            self.clock.advance_ms(SLICE_NS / 2e6)
            if told is not None and not told(self.read_n, self.read_n + self.unread_n):
                break
        return Refreshed(added_n=self.read_n - before)

    def rebuild(self, told: _Told = None) -> Refreshed:
        self.log.append("rebuild")
        self.unread_n, self.read_n = self.read_n, 0
        return self.refresh(told)

    def annotate(self, keys: Sequence[str], change: Annotation) -> tuple[str, ...]:
        self.log.append(f"annotate {' '.join(keys)} {change.note}")
        return ()

    def trash(self, keys: Sequence[str]) -> tuple[str, ...]:
        self.log.append(f"trash {' '.join(keys)}")
        return ("b runs.",)

    def restore(self, keys: Sequence[str]) -> tuple[str, ...]:
        self.log.append(f"restore {' '.join(keys)}")
        return ()

    def delete(self, keys: Sequence[str]) -> tuple[str, ...]:
        self.log.append(f"delete {' '.join(keys)}")
        return ()

    def retain(
        self, rule: Retention, *, dry: bool, go_on: Callable[[], bool] = lambda: True
    ) -> tuple[str, ...]:
        self.refresh(lambda _done, _whole: go_on())
        if not go_on():
            return ()
        self.log.append(f"retain {rule.most_sessions} {dry}")
        return ("old",)

    def close(self) -> None:
        self.log.append("close")


@dataclass
class Rig:
    """A desk, its libraries by root, and what it has told."""

    clock: ManualClock = field(default_factory=ManualClock)
    told: list[EngineReport] = field(default_factory=list)
    shelves: dict[str | None, Shelf] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.desk = LibraryDesk(self.open, self.aside, self.clock, self.told.append)

    def open(self, root: str | None) -> Shelf:
        return self.shelves.setdefault(root, Shelf(self.clock))

    async def aside(self, action: Callable[[], None]) -> None:
        await asyncio.sleep(0.01)
        action()

    def ask(self, *requests: QueryLibrary | ChangeLibrary | LibraryChanged) -> None:
        for request in requests:
            self.desk.take(request, talking=False)

    @property
    def shelf(self) -> Shelf:
        return self.open(None)

    def hold(self, scenario: Callable[[], Awaitable[None]]) -> None:
        async def run() -> None:
            task = asyncio.get_running_loop().create_task(self.desk.run())
            await scenario()
            await asyncio.sleep(1)
            task.cancel()
            await asyncio.wait({task})

        run_virtual(run())

    def tickets(self) -> list[int]:
        return [report.ticket for report in self.told if isinstance(report, LibraryReport)]


def question(
    ticket: int, text: str = "", *, offset: int = 0, refresh: bool = False
) -> QueryLibrary:
    query = LibraryQuery(text=text, offset=offset)
    return QueryLibrary(query=query, ticket=ticket, refresh=refresh)


def doing(rig: Rig, *requests: QueryLibrary | ChangeLibrary) -> Callable[[], Awaitable[None]]:
    async def scenario() -> None:
        rig.ask(*requests)

    return scenario


def test_the_first_question_is_answered_at_once_and_again_once_the_folders_are_read() -> None:
    rig = Rig()
    rig.shelf.unread_n = 1

    rig.hold(doing(rig, question(1)))

    assert rig.tickets() == [1, 1]
    assert [page.page.total for page in rig.told if isinstance(page, LibraryReport)] == [0, 1]
    assert rig.shelf.log[-1] == "close"


def test_where_nothing_has_changed_nothing_is_told_again() -> None:
    rig = Rig()

    rig.hold(doing(rig, question(1), question(2, refresh=True)))

    assert rig.tickets() == [1, 2]
    assert rig.shelf.log.count("refresh") >= 1


def test_only_the_latest_wish_is_answered_and_each_of_its_pages() -> None:
    rig = Rig()

    rig.hold(doing(rig, question(1, "a"), question(2, "b"), question(3, "b", offset=200)))

    assert rig.tickets() == [2, 3]


def test_many_folders_are_shown_while_they_are_read() -> None:
    rig = Rig()
    rig.shelf.unread_n = 6

    rig.hold(doing(rig, question(1)))

    totals = [page.page.total for page in rig.told if isinstance(page, LibraryReport)]
    assert totals == [0, 2, 4, 6]


def test_a_session_breaks_reading_off_and_it_goes_on_after_its_end() -> None:
    rig = Rig()
    rig.shelf.unread_n = 4

    async def scenario() -> None:
        rig.ask(question(1))
        await asyncio.sleep(0.025)
        rig.desk.make_way()
        await asyncio.sleep(1)
        assert rig.shelf.unread_n > 0
        rig.desk.take(question(2, "while it runs"), talking=True)
        await asyncio.sleep(1)
        assert rig.tickets()[-1] == 2
        assert rig.shelf.unread_n > 0
        rig.ask(LibraryChanged(deed=None, keys=("new",)))

    rig.hold(scenario)

    assert rig.shelf.unread_n == 0
    assert rig.told[-1] == LibraryChanged(deed=None, keys=("new",))


def test_what_the_user_does_is_done_and_told() -> None:
    rig = Rig()
    note = ChangeLibrary(deed=LibraryDeed.ANNOTATE, keys=("a",), annotation=Annotation(note="hi"))
    others = [
        ChangeLibrary(deed=deed, keys=("a", "b"))
        for deed in (LibraryDeed.TRASH, LibraryDeed.RESTORE, LibraryDeed.DELETE)
    ]

    rig.hold(doing(rig, note, *others))

    assert rig.shelf.log[:-1] == ["annotate a hi", "trash a b", "restore a b", "delete a b"]
    assert rig.told == [
        LibraryChanged(deed=LibraryDeed.ANNOTATE, keys=("a",)),
        LibraryChanged(deed=LibraryDeed.TRASH, keys=("a", "b"), problems=("b runs.",)),
        LibraryChanged(deed=LibraryDeed.RESTORE, keys=("a", "b")),
        LibraryChanged(deed=LibraryDeed.DELETE, keys=("a", "b")),
    ]


def test_making_anew_and_retention_wait_for_the_end_of_a_session() -> None:
    rig = Rig()
    retain = ChangeLibrary(deed=LibraryDeed.RETAIN, retention=Retention(most_sessions=5), dry=True)
    rebuild = ChangeLibrary(deed=LibraryDeed.REBUILD)

    async def scenario() -> None:
        rig.desk.take(retain, talking=True)
        rig.desk.take(rebuild, talking=True)
        await asyncio.sleep(1)
        assert rig.told == []
        rig.ask(LibraryChanged(deed=None))

    rig.hold(scenario)

    assert rig.told[:2] == [
        LibraryChanged(deed=LibraryDeed.RETAIN, keys=("old",), dry=True),
        LibraryChanged(deed=LibraryDeed.REBUILD),
    ]


@pytest.mark.parametrize("dry", [False, True])
def test_retention_is_broken_off_by_a_session_and_done_after_it(*, dry: bool) -> None:
    rig = Rig()
    rig.shelf.unread_n = 1
    retain = ChangeLibrary(deed=LibraryDeed.RETAIN, dry=dry)

    async def scenario() -> None:
        rig.ask(retain)
        await asyncio.sleep(0.015)  # its library is open, and it is about to be read
        rig.desk.make_way()
        await asyncio.sleep(1)
        assert rig.told == []
        rig.ask(LibraryChanged(deed=None))

    rig.hold(scenario)

    assert [each for each in rig.shelf.log if each.startswith("retain")] == [f"retain None {dry}"]
    assert LibraryChanged(deed=LibraryDeed.RETAIN, keys=("old",), dry=dry) in rig.told


def test_a_root_that_cannot_be_read_is_told_and_the_desk_goes_on() -> None:
    rig = Rig()
    rig.shelf.error = StoreError("The sessions cannot be listed.", hint="Look.")
    retain = ChangeLibrary(deed=LibraryDeed.RETAIN)

    rig.hold(doing(rig, question(1), retain, question(2)))

    assert ProblemReport(sentence="The sessions cannot be listed.", hint="Look.") in rig.told
    (changed,) = (each for each in rig.told if isinstance(each, LibraryChanged))
    assert changed.problems == ("The sessions cannot be listed. Look.",)
    assert rig.tickets() == [1, 2]


def test_there_is_an_end_to_what_waits() -> None:
    rig = Rig()
    deeds = [ChangeLibrary(deed=LibraryDeed.TRASH, keys=("a",))] * (MOST_DEEDS + 1)

    rig.hold(doing(rig, *deeds))

    assert rig.told.count(FULL) == 1
    assert len(rig.told) == MOST_DEEDS + 1


def test_only_a_few_libraries_stay_open() -> None:
    rig = Rig()

    async def scenario() -> None:
        for number in range(6):
            query = LibraryQuery(text=str(number))
            rig.ask(QueryLibrary(query=query, ticket=number, root=f"/r{number}"))
            await asyncio.sleep(0.1)

    rig.hold(scenario)

    assert rig.tickets() == list(range(6))
    assert "close" in rig.shelves["/r0"].log
