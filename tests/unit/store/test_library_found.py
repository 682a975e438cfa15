"""Finding: in the same order by every way, once for all pages, and anew when the index changes."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.library import Annotation, LibraryQuery, SortBy
from app.store import library_found
from app.store.library import FolderLibrary
from app.store.library_found import Finder
from app.store.library_index import INDEX_FILE
from app.store.library_query import LibraryAnswers
from tests.support.libraries import keys, library_of, made_session

RAIN = LibraryQuery(text="rain")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[FolderLibrary]:
    for number, said in enumerate(("rain", "rain rain rain", "snow", "rain and snow", "rain")):
        made_session(tmp_path, f"s{number}", user=said, days_ago=number)
    with closing(library_of(tmp_path)) as made:
        yield made


@pytest.fixture
def connection(library: FolderLibrary, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Open the index of ``library``, which is there as long."""
    library.query(RAIN)
    with closing(sqlite3.connect(tmp_path / INDEX_FILE, isolation_level=None)) as opened:
        yield opened


@pytest.mark.parametrize("sort", SortBy)
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("offset", [0, 1])
def test_few_and_many_are_in_one_order(
    sort: SortBy,
    offset: int,
    library: FolderLibrary,
    monkeypatch: pytest.MonkeyPatch,
    *,
    descending: bool,
) -> None:
    query = replace(RAIN, sort=sort, descending=descending, offset=offset, limit=2)
    few = keys(library.query(query))
    library.query(LibraryQuery())
    monkeypatch.setattr(library_found, "_SPARSE", 0)

    assert keys(library.query(query)) == few
    assert len(few) == 2


def test_what_fits_best_comes_first_and_words_that_are_everywhere_rank_nothing(
    library: FolderLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranked = replace(RAIN, sort=SortBy.RELEVANCE)

    assert keys(library.query(ranked))[0] == "s1"
    library.query(LibraryQuery())
    monkeypatch.setattr(library_found, "MOST_RANKED", 3)

    assert keys(library.query(ranked)) == keys(library.query(RAIN)) == ["s0", "s1", "s3", "s4"]
    only = replace(ranked, text="snow")
    assert sorted(keys(library.query(only))) == ["s2", "s3"]


def test_words_are_looked_up_once_for_all_pages_and_orders(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    answers = LibraryAnswers(tmp_path)

    def lookups(query: LibraryQuery) -> int:
        statements.clear()
        answers.page(connection, query, "")
        return sum("MATCH" in each for each in statements)

    pages = (RAIN, replace(RAIN, offset=2), replace(RAIN, sort=SortBy.SIZE), RAIN)
    assert [lookups(each) for each in pages] == [1, 0, 0, 0]
    ranked = replace(RAIN, sort=SortBy.RELEVANCE)
    assert [lookups(each) for each in (ranked, replace(ranked, offset=1), RAIN)] == [2, 0, 0]
    assert lookups(replace(RAIN, tags=("demo",))) == 1
    assert lookups(replace(RAIN, in_trash=True)) == 1


def test_another_program_s_change_is_found(library: FolderLibrary, tmp_path: Path) -> None:
    assert library.query(RAIN).total == 4
    with closing(library_of(tmp_path)) as other:
        other.trash(["s0"])
        other.annotate(["s2"], Annotation(note="rain in the north"))

    assert keys(library.query(RAIN)) == ["s1", "s2", "s3", "s4"]
    assert library.query(replace(RAIN, in_trash=True)).total == 1


def test_what_is_rolled_back_is_looked_up_anew(
    connection: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = LibraryAnswers(tmp_path)
    answers.page(connection, replace(RAIN, text="snow"), "")

    def broken(*_: object) -> list[int]:
        raise sqlite3.OperationalError

    connection.execute("BEGIN")
    with monkeypatch.context() as patch:
        patch.setattr(Finder, "sorted", broken)
        with pytest.raises(sqlite3.OperationalError):
            answers.page(connection, RAIN, "")
    connection.execute("ROLLBACK")

    assert keys(answers.page(connection, RAIN, "")) == ["s0", "s1", "s3", "s4"]


def test_what_could_be_asked_for_counts_the_library_and_not_its_trash(
    library: FolderLibrary,
) -> None:
    library.annotate(["s0", "s1"], Annotation(add_tags=("demo", "noisy")))
    library.annotate(["s2"], Annotation(add_tags=("demo",)))
    library.annotate(["s3"], Annotation(add_tags=("gone",)))
    library.trash(["s1", "s3"])

    facets = library.query(LibraryQuery()).facets

    assert facets.tags == (("demo", 2), ("noisy", 1))
    assert facets.models == (("simulated", 3),)
    assert facets.outcomes == (("ok", 3),)
