"""The library behind the engine's pipe, beside sessions and imports."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

from app.core.library import LibraryQuery
from app.session.jobs import JobRequest, RunJob, Tell
from app.session.library_desk import LibraryDesk
from app.session.link import LinkMessage
from app.session.messages import (
    EndSession,
    ImportBundle,
    ImportReport,
    LibraryChanged,
    LibraryReport,
    LiveState,
    OpenReplay,
    OutputChoice,
    OutputKind,
    PlaySpan,
    QueryLibrary,
    SteerReplay,
)
from app.session.service import EngineService
from tests.support.clocks import ManualClock, run_virtual
from tests.support.session import Peer, World, start
from tests.unit.session.test_library_desk import Shelf
from tests.unit.session.test_service import Window
from tests.unit.session.test_user_actions import Obliging

SILENT = OutputChoice(kind=OutputKind.NULL)
ASKED = QueryLibrary(query=LibraryQuery(text="rain"), ticket=7)


def changes(heard: list[LinkMessage]) -> list[LibraryChanged]:
    return [message for message in heard if isinstance(message, LibraryChanged)]


def serve(
    shelf: Shelf, scenario: Callable[[Window], Awaitable[None]], run_job: RunJob | None = None
) -> list[LinkMessage]:
    async def run() -> list[LinkMessage]:
        ours, theirs = socket.socketpair()
        parts = World(Peer(Obliging(after_ms=100))).parts()

        def desk(tell: Tell) -> LibraryDesk:
            return LibraryDesk(lambda _root: shelf, parts.aside, shelf.clock, tell)

        window = Window(ours)
        service = EngineService(theirs, parts, parts.clock, run_job, desks=(desk,))
        async with asyncio.timeout(300), asyncio.TaskGroup() as group:
            group.create_task(service.run())
            await scenario(window)
            window.close()
        return window.heard

    return run_virtual(run())


def test_a_session_that_has_ended_is_told_once_its_folder_was_read() -> None:
    shelf = Shelf(ManualClock())

    async def scenario(window: Window) -> None:
        window.send(ASKED)
        await window.wait_for(lambda message: isinstance(message, LibraryReport))
        window.send(start())
        await window.state(LiveState.LISTENING)
        shelf.log.clear()
        window.send(QueryLibrary(query=LibraryQuery(), ticket=8, refresh=True))
        await window.wait_for(lambda m: isinstance(m, LibraryReport) and m.ticket == 8)
        assert shelf.log == ["query "], "no folder is read while a session runs"
        shelf.unread_n = 1
        window.send(EndSession())
        await window.wait_for(lambda message: isinstance(message, LibraryChanged))
        assert "refresh" in shelf.log

    (change,) = changes(serve(shelf, scenario))

    assert change.deed is None
    assert len(change.keys) == 1
    assert shelf.log[-1] == "close"


def test_sessions_that_were_taken_in_are_told() -> None:
    async def take_in(_request: JobRequest, tell: Tell) -> None:
        tell(ImportReport(added=("a", "b")))

    async def scenario(window: Window) -> None:
        window.send(ImportBundle(path="/b.zip"))
        await window.wait_for(lambda message: isinstance(message, LibraryChanged))

    (change,) = changes(serve(Shelf(ManualClock()), scenario, take_in))

    assert change == LibraryChanged(deed=None, keys=("a", "b"))


class Showing:
    """A desk of replays that notes what it is asked."""

    kinds = (OpenReplay, SteerReplay)

    def __init__(self) -> None:
        self.asked: list[LinkMessage] = []

    def take(self, request: LinkMessage, *, talking: bool) -> None:
        assert not talking
        self.asked.append(request)

    def make_way(self) -> None:
        pass

    async def run(self) -> None:
        await asyncio.Event().wait()


def test_a_stretch_and_a_replay_never_sound_at_once() -> None:
    desk, ends = Showing(), list[str]()

    async def play(span: PlaySpan, _tell: Tell) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ends.append(span.folder)

    async def run() -> None:
        ours, theirs = socket.socketpair()
        parts = World(Peer(Obliging())).parts()
        window = Window(ours)
        service = EngineService(theirs, parts, parts.clock, None, play, desks=(lambda _: desk,))
        async with asyncio.timeout(300), asyncio.TaskGroup() as group:
            group.create_task(service.run())
            for begins in (OpenReplay(folder="/s", output=SILENT), SteerReplay(playing=True)):
                window.send(PlaySpan(folder="/s", start_ms=0.0, end_ms=9.0, output=SILENT))
                await asyncio.sleep(1)
                assert desk.asked[-1] == SteerReplay(playing=False)
                window.send(SteerReplay(speed=2.0))
                await asyncio.sleep(1)
                before = len(ends)
                window.send(begins)
                await asyncio.sleep(1)
                assert len(ends) == before + 1
            window.close()

    run_virtual(run())
