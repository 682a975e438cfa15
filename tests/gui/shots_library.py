"""States of the library and of a replay, for ``tests.gui.shots``."""

from collections.abc import Callable
from dataclasses import replace

from app.session.messages import ReplayReport
from app.ui.app import WindowProgram
from app.ui.panes.rail import LIBRARY
from tests.support.reports import conversation, session
from tests.support.shelf import Shelf, rows


def _shelf(program: WindowProgram, count: int) -> Shelf:
    """Show the library of a fake engine that answers at once."""
    shelf = Shelf(list(rows(count)))

    def send(request: object) -> None:
        for report in shelf.answer(request):  # type: ignore[arg-type]
            program.vm.take(report)

    program.vm.library._send = send
    program.vm.library.pages._ask = send
    program.window.show_page(LIBRARY)
    return shelf


def full(program: WindowProgram) -> None:
    _shelf(program, 640)
    page = program.window.library.page
    page.table.choose([program.vm.library.pages.row(0).key])  # type: ignore[union-attr]


def odd(program: WindowProgram) -> None:
    _shelf(program, 640)
    page = program.window.library.page
    page.table.choose([program.vm.library.pages.row(7).key])  # type: ignore[union-attr]


def several(program: WindowProgram) -> None:
    _shelf(program, 640)
    keys = [row.key for _index, row in program.vm.library.pages.known()][:3]
    program.window.library.page.table.choose(keys)


def nothing(program: WindowProgram) -> None:
    _shelf(program, 0)


def search(program: WindowProgram) -> None:
    _shelf(program, 640)
    page = program.window.library.page
    page.filters.search.setText("restaurant")
    page.filters.search.ask_now()


def not_found(program: WindowProgram) -> None:
    search(program)
    page = program.window.library.page
    page.filters.search.setText("xylophone")
    page.filters.search.ask_now()


def filtered(program: WindowProgram) -> None:
    _shelf(program, 640)
    page = program.window.library.page
    library = program.vm.library
    page.filters.more.setChecked(True)
    library.narrow(library.wish.filters.toggled("models", "gpt-realtime-2.1-mini"))
    library.narrow(library.wish.filters.toggled("outcomes", "ok"))
    library.narrow(library.wish.filters.with_column("minutes", (1.0, 10.0)))
    library.narrow(library.wish.filters.with_column("starred", value=True))


def trash(program: WindowProgram) -> None:
    _shelf(program, 640)
    library = program.vm.library
    table = program.window.library.page.table
    keys = [row.key for _index, row in library.pages.known()][2:9]
    table.choose(keys)
    library.trash()
    library.show_trash(shown=True)
    table.choose(keys[:1])


def trashed(program: WindowProgram) -> None:
    _shelf(program, 640)
    library = program.vm.library
    keys = [row.key for _index, row in library.pages.known()][2:5]
    program.window.library.page.table.choose(keys)
    library.trash()


def replay(program: WindowProgram) -> None:
    folder = session().folder
    report = ReplayReport(
        folder=folder, at_ms=61_500.0, duration_ms=184_000.0, playing=True, restarted=True
    )
    program.vm.take(report)
    program.vm.take(session("complete"))
    for told in conversation(7):
        program.vm.take(told)
    program.vm.take(replace(report, restarted=False))


def replay_paused(program: WindowProgram) -> None:
    replay(program)
    report = program.vm.replay.report
    assert report is not None
    program.vm.take(
        ReplayReport(
            folder=report.folder,
            at_ms=20_000.0,
            duration_ms=report.duration_ms,
            speed=4.0,
            loop_turn=2,
            odd=("The recording of the model's side is missing.",),
        )
    )


LIBRARY_STATES: dict[str, Callable[[WindowProgram], None]] = {
    "library": full,
    "library-odd": odd,
    "library-several": several,
    "library-empty": nothing,
    "library-search": search,
    "library-notfound": not_found,
    "library-filter": filtered,
    "library-trash": trash,
    "library-undo": trashed,
    "replay": replay,
    "replay-paused": replay_paused,
}
