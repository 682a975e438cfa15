"""What the library reads to answer and to keep up, and what it leaves unread."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from app.core.errors import StoreError
from app.core.library import Annotation, LibraryQuery, Refreshed, SessionFigures, SortBy
from app.core.ports import StoredSession
from app.store import library_reading, library_refresh
from app.store.library import FolderLibrary
from app.store.library_index import INDEX_FILE
from app.store.library_query import LibraryAnswers
from tests.support.libraries import (
    NOW,
    Figures,
    asked,
    change_account,
    library_of,
    made_session,
    opened_library,
    told_of,
)


@dataclass
class Watched:
    """A library over one session that tells which sessions were read."""

    root: Path
    library: FolderLibrary = field(init=False)
    figures: Figures = field(default_factory=Figures)
    prices: str = "first"

    def __post_init__(self) -> None:
        self.library = FolderLibrary(self.root, self.figures, lambda: self.prices, lambda: NOW)

    @property
    def read(self) -> list[str]:
        return self.figures.read


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made_session(tmp_path, "a", user="rain")
    made_session(tmp_path, "b", user="snow")
    watched = Watched(tmp_path)
    watched.library.refresh()
    watched.read.clear()
    yield watched
    watched.library.close()


def test_writing_on_sessions_reads_none_of_them(watched: Watched) -> None:
    library = watched.library

    first = Annotation(add_tags=("demo", "field test"), note="a windy day", starred=True)
    assert library.annotate(["a", "b"], first) == ()
    second = Annotation(remove_tags=("demo",), note="calm", starred=False)
    assert library.annotate(["a"], second) == ()

    assert watched.read == []
    assert asked(library, text="windy") == asked(library, tags=("demo",)) == ["b"]
    assert asked(library, text="calm") == asked(library, text="rain field") == ["a"]
    assert asked(library, starred=True) == ["b"]
    told = told_of(watched.root, library)
    assert not library.refresh().anything
    library.rebuild()
    assert told_of(watched.root, library) == told


def _account(root: Path) -> None:
    change_account(root / "a", failed_n=1)


def _turns(root: Path) -> None:
    (root / "a" / "turns.csv").unlink()


def _notes(root: Path) -> None:
    (root / "a" / "library.json").write_text("no JSON")


@pytest.mark.parametrize("change", [_account, _turns, _notes])
def test_one_that_has_changed_meanwhile_is_read_whole(
    change: Callable[[Path], None], watched: Watched
) -> None:
    change(watched.root)
    if change is _notes:
        watched.library.refresh()
        watched.read.clear()

    assert watched.library.annotate(["a", "b"], Annotation(note="mine")) == ()

    assert watched.read == ["a"]
    told = told_of(watched.root, watched.library)
    assert not watched.library.refresh().anything
    watched.library.rebuild()
    assert told_of(watched.root, watched.library) == told


def test_what_could_be_asked_for_is_counted_once_until_the_index_changes(tmp_path: Path) -> None:
    made_session(tmp_path, "a", user="rain")
    library_of(tmp_path).close()
    statements: list[str] = []
    with closing(sqlite3.connect(tmp_path / INDEX_FILE, isolation_level=None)) as connection:
        connection.set_trace_callback(statements.append)
        answers = LibraryAnswers(tmp_path)

        def counted(text: str = "") -> int:
            statements.clear()
            answers.page(connection, LibraryQuery(text=text), "")
            return sum("GROUP BY" in each for each in statements)

        assert counted() == 3
        assert [counted(text) for text in ("rain", "", "snow", "r")] == [0] * 4
        connection.execute("UPDATE sessions SET model = 'another'")
        assert [counted("rain"), counted()] == [3, 0]
        with closing(library_of(tmp_path)) as other:
            other.annotate(["a"], Annotation(starred=True))
        assert [counted("rain"), counted()] == [3, 0]


@pytest.mark.parametrize("sort", SortBy)
@pytest.mark.parametrize("descending", [False, True])
def test_wide_rows_are_read_for_the_page_alone(
    sort: SortBy, *, descending: bool, tmp_path: Path
) -> None:
    made_session(tmp_path, "a")
    library_of(tmp_path).close()
    statements: list[str] = []
    with closing(sqlite3.connect(tmp_path / INDEX_FILE, isolation_level=None)) as connection:
        connection.set_trace_callback(statements.append)
        LibraryAnswers(tmp_path).page(
            connection, LibraryQuery(sort=sort, descending=descending, starred=False), ""
        )
        connection.set_trace_callback(None)
        over_all = [each for each in statements if "FROM sessions AS s WHERE" in each]
        plans = [
            " ".join(detail for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {each}"))
            for each in over_all
        ]
    assert len(plans) == 2, "the sums, and the order"
    assert all("COVERING INDEX sessions_narrow" in plan for plan in plans), plans


def test_other_prices_are_applied_without_reading_a_folder(watched: Watched) -> None:
    watched.figures.cent, watched.prices = Decimal("0.5"), "second"

    assert watched.library.refresh() == Refreshed(repriced_n=2)

    rows = watched.library.query(LibraryQuery(sort=SortBy.COST)).rows
    assert [(row.figures.cost_usd, row.figures.cost_uses) for row in rows] == [
        (Decimal("0.5"), "second")
    ] * 2
    assert watched.read == []
    assert watched.library.refresh() == Refreshed()
    told = told_of(watched.root, watched.library)
    watched.library.rebuild()
    assert told_of(watched.root, watched.library) == told


def test_pricing_anew_is_broken_off_and_goes_on_the_next_time(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_refresh, "PRICED_AT_ONCE", 1)
    watched.prices = "second"
    told: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> bool:
        told.append((done, total))
        return False

    assert watched.library.refresh(stop) == Refreshed(repriced_n=1)
    assert told == [(1, 2)]
    assert watched.library.refresh() == Refreshed(repriced_n=1)
    assert watched.read == []


@pytest.mark.parametrize("billed", ["", "no number"])
def test_where_the_index_does_not_know_what_is_billed_the_folder_is_read(
    billed: str, watched: Watched
) -> None:
    with closing(sqlite3.connect(watched.root / INDEX_FILE)) as index, index:
        unfigured = "" if billed else library_reading.UNFIGURED
        asked = "UPDATE sessions SET billed = ?, stamp = stamp || ? WHERE key = 'a'"
        index.execute(asked, [billed, unfigured])
    watched.prices = "second"

    assert watched.library.refresh() == Refreshed(repriced_n=2)

    assert "a" in watched.read
    assert watched.library.refresh() == Refreshed()
    assert {row.figures.cost_uses for row in watched.library.query(LibraryQuery()).rows} == {
        "second"
    }


def test_a_folder_that_is_moved_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    class Moving(Figures):
        def of(self, stored: StoredSession) -> tuple[SessionFigures, str]:
            if not self.read:  # another program trashes it, and takes it back
                folder = stored.folder.rename(tmp_path / ".away")
                folder.rename(stored.folder)
            return super().of(stored)

    made_session(tmp_path, "a")
    with closing(FolderLibrary(tmp_path, Moving(), lambda: "first", lambda: NOW)) as library:
        assert library.refresh() == Refreshed(added_n=1)
        assert library.refresh() == Refreshed(changed_n=1)
        assert library.refresh() == Refreshed()


class Faulty(Figures):
    """Figures that a fault of the program keeps from being worked out."""

    def of(self, stored: StoredSession) -> tuple[SessionFigures, str]:
        raise ValueError(stored.folder)


def _tried(root: Path, figures: Figures) -> Refreshed:
    library = FolderLibrary(root, figures, lambda: "first", lambda: NOW)
    found = library.refresh()
    library.close()
    return found


def test_another_version_of_the_program_tries_again_what_one_could_not_work_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_session(tmp_path, "a")
    _tried(tmp_path, Faulty())

    assert _tried(tmp_path, Figures()) == Refreshed(), "the same one does not, each time"
    monkeypatch.setattr(library_reading, "UNFIGURED", "|another")
    assert _tried(tmp_path, Figures()) == Refreshed(changed_n=1)
    library = opened_library(tmp_path)
    (row,) = library.query(LibraryQuery()).rows
    assert (row.odd, row.figures.v2v_p50_ms) == ((), 500.0)
    monkeypatch.setattr(library_reading, "UNFIGURED", "|a third")
    assert library.refresh() == Refreshed(), "what is known is not read again"
    library.close()


def test_where_the_program_itself_is_at_fault_nothing_is_kept_of_it(tmp_path: Path) -> None:
    class Broken(Figures):
        def of(self, stored: StoredSession) -> tuple[SessionFigures, str]:
            raise StoreError("A part of the program cannot be loaded.")

    made_session(tmp_path, "a")

    with pytest.raises(StoreError, match="cannot be loaded"):
        _tried(tmp_path, Broken())
    library = FolderLibrary(tmp_path, Broken(), lambda: "first", lambda: NOW)
    assert library.annotate(["a"], Annotation(note="so")) == (), "what is written is written"
    library.close()
    assert _tried(tmp_path, Figures()) == Refreshed(added_n=1)
