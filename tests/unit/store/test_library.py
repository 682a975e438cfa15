"""What the library answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.core.library import (
    Annotation,
    Facets,
    LibraryPage,
    LibraryQuery,
    Outcome,
    Refreshed,
    SortBy,
)
from app.store.library import FolderLibrary
from tests.support.libraries import (
    Figures,
    asked,
    change_account,
    keys,
    library_of,
    made_session,
    opened_library,
)


@dataclass(frozen=True)
class Five:
    root: Path
    library: FolderLibrary


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Five]:
    root = tmp_path_factory.mktemp("five")
    made_session(root, "a", user="What is the weather in Berlin?", days_ago=5, seconds=30.0)
    made_session(root, "b", agent="The weather is fine.", model="gpt", v2v_ms=900.0, days_ago=4)
    made_session(root, "c", user="\u5929\u6c14\u5f88\u597d", model="gpt", v2v_ms=None, days_ago=3)
    made_session(
        root,
        "d",
        user="Gr\u00fc\u00dfe \N{GRINNING FACE} \u0645\u0631\u062d\u0628\u0627",
        failed_n=1,
        days_ago=2,
    )
    made_session(root, "e", user="weatherman", state="interrupted", days_ago=1, v2v_ms=100.0)
    library = library_of(root)
    library.annotate(["b", "d"], Annotation(add_tags=("demo",)))
    library.annotate(["d"], Annotation(add_tags=("field test",), note="a windy day", starred=True))
    yield Five(root, library)
    library.close()


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ({}, "abcde"),
        ({"text": "weather"}, "abe"),
        ({"text": "WEATHER "}, "abe"),
        ({"text": "weather is"}, "ab"),
        ({"text": '"weather is"'}, "b"),
        ({"text": '"is the wea'}, "a"),
        ({"text": '"weather"'}, "ab"),
        ({"text": "weather berlin"}, "a"),
        ({"text": "\u6c14\u5f88"}, "c"),
        ({"text": "\u6c14\u597d"}, ""),
        ({"text": "gruss"}, ""),
        ({"text": "gru"}, "d"),
        ({"text": "\N{GRINNING FACE}"}, "d"),
        ({"text": "\u0645\u0631\u062d"}, "d"),
        ({"text": "windy"}, "d"),
        ({"text": "field"}, "d"),
        ({"text": "gpt"}, "bc"),
        ({"models": ("gpt", "nothing")}, "bc"),
        ({"providers": ("simulator",)}, "abcde"),
        ({"tags": ("demo",)}, "bd"),
        ({"tags": ("demo", "field test")}, "d"),
        ({"outcomes": (Outcome.TURNS_FAILED, Outcome.INTERRUPTED)}, "de"),
        ({"starred": True}, "d"),
        ({"starred": False}, "abce"),
        ({"since": "2026-11-18"}, "cde"),
        ({"until": "2026-11-18T12:00:00+00:00"}, "ab"),
        ({"since": "no date"}, "abcde"),
        ({"least_s": 31.0}, "bcde"),
        ({"most_s": 31.0}, "a"),
        ({"least_usd": Decimal("0.005")}, "abde"),
        ({"most_usd": Decimal("0.001")}, ""),
        ({"least_v2v_ms": 500.0, "most_v2v_ms": 500.0}, "ad"),
        ({"text": "weather", "models": ("gpt",), "tags": ("demo",)}, "b"),
        ({"in_trash": True}, ""),
    ],
    ids=str,
)
def test_what_is_asked_for_is_found(five: Five, wish: Mapping[str, Any], found: str) -> None:
    assert asked(five.library, **wish) == list(found)


@pytest.mark.parametrize(
    "text",
    ['"', '""', "*", "a*b", "NEAR(a b)", "user:x", "-x", "(", "a AND", "OR", "^a", "\0", "a\0b",
     "\u202eabc", "\ud800", "'; DROP TABLE sessions", "x" * 100_000, '"' * 999, "{a b}: c", "+",
     "\u200b", "\N{FAMILY}\u200d\N{ROCKET}"],
    ids=ascii,
)  # fmt: skip
def test_nothing_that_is_typed_is_an_error(five: Five, text: str) -> None:
    for sort in (SortBy.RELEVANCE, SortBy.BEGAN):
        wish = LibraryQuery(text=text, tags=(), models=(), sort=sort)
        assert five.library.query(wish).problem == ""
        assert five.library.query(LibraryQuery(tags=(text,), models=(text,))).total == 0


@pytest.mark.parametrize(
    "wish",
    [
        {"offset": 2**80},
        {"offset": -1, "limit": -1},
        {"limit": 2**80},
        {"least_usd": Decimal("NaN"), "most_usd": Decimal("1e9999")},
        {"least_s": float("nan")},
        {"since": "9999-12-31T23:59:59-23:59"},
        {"until": "\ud800"},
    ],
    ids=str,
)
def test_no_bound_is_an_error(five: Five, wish: Mapping[str, Any]) -> None:
    assert five.library.query(LibraryQuery(**wish)).problem == ""


@pytest.mark.parametrize(
    ("sort", "down", "up"),
    [
        (SortBy.BEGAN, "edcba", "abcde"),
        (SortBy.MODEL, "edacb", "bcade"),
        (SortBy.DURATION, "edcba", "abcde"),
        (SortBy.TURNS, "edcba", "abcde"),
        (SortBy.LATENCY, "bdaec", "eadbc"),
        (SortBy.COST, "edbac", "abdec"),
        (SortBy.RELEVANCE, "edcba", "abcde"),
    ],
)
def test_every_column_sorts_and_what_nobody_knows_comes_last(
    five: Five, sort: SortBy, down: str, up: str
) -> None:
    for descending, order in ((True, down), (False, up)):
        query = LibraryQuery(sort=sort, descending=descending)
        assert keys(five.library.query(query)) == list(order)


def test_what_fits_better_is_more_relevant(tmp_path: Path) -> None:
    made_session(tmp_path, "once", user="tea and many other words that say nothing of it")
    made_session(tmp_path, "often", user="tea tea tea")
    library = library_of(tmp_path)

    assert keys(library.query(LibraryQuery(text="tea", sort=SortBy.RELEVANCE))) == ["often", "once"]
    library.close()


def test_a_page_tells_what_all_pages_come_to(five: Five) -> None:
    page = five.library.query(LibraryQuery(limit=2, offset=1))

    assert keys(page) == ["d", "c"]
    assert (page.total, page.unpriced_n, page.usd) == (5, 1, Decimal("0.04"))
    assert page.duration_s == 270.0
    assert page.bytes_n == sum(row.bytes_n for row in five.library.query(LibraryQuery()).rows)
    assert page.facets == Facets(
        providers=(("simulator", 5),),
        models=(("simulated", 3), ("gpt", 2)),
        tags=(("demo", 2), ("field test", 1)),
        outcomes=(("ok", 3), ("interrupted", 1), ("turns_failed", 1)),
    )


def test_a_row_tells_all_that_is_known_and_where_the_words_were_said(five: Five) -> None:
    (row,) = five.library.query(LibraryQuery(text="windy grusse")).rows or (None,)

    assert row is None
    (row,) = five.library.query(LibraryQuery(text="wind")).rows
    assert (row.tags, row.note, row.starred) == (("demo", "field test"), "a windy day", True)
    assert row.folder == str(five.root / "d")
    assert row.snippet == (("a ", False), ("windy", True), (" day", False))
    assert row.figures.v2v_p50_ms == 500.0


def test_nothing_that_is_unpriced_is_nought(tmp_path: Path) -> None:
    made_session(tmp_path, "a", v2v_ms=None)
    library = library_of(tmp_path)

    page = library.query(LibraryQuery())

    assert (page.usd, page.unpriced_n, page.rows[0].figures.cost_usd) == (None, 1, None)
    library.close()


def test_a_root_that_is_not_there_is_an_empty_library_and_is_not_made(tmp_path: Path) -> None:
    root = tmp_path / "nowhere"
    library = library_of(root)

    assert library.query(LibraryQuery()) == LibraryPage(rows=(), total=0)
    assert not root.exists()
    made_session(root, "a")
    assert library.refresh() == Refreshed(added_n=1)
    assert (root / ".library.sqlite3").exists()
    library.close()


def test_a_refresh_reads_what_is_new_changed_or_gone_and_nothing_else(tmp_path: Path) -> None:
    first, second = made_session(tmp_path, "a"), made_session(tmp_path, "b")
    library = library_of(tmp_path)

    assert library.refresh() == Refreshed()
    change_account(first, state="interrupted")
    (second / "session.json").rename(tmp_path / "away")
    for path in second.iterdir():
        path.unlink()
    second.rmdir()
    made_session(tmp_path, "c")

    assert library.refresh() == Refreshed(added_n=1, changed_n=1, gone_n=1)
    assert asked(library, outcomes=(Outcome.INTERRUPTED,)) == ["a"]
    assert asked(library) == ["a", "c"]
    library.close()


def test_a_refresh_can_be_broken_off_and_keeps_what_was_done(tmp_path: Path) -> None:
    for number in range(30):
        made_session(tmp_path, f"s{number:02}")
    library = opened_library(tmp_path)
    told: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> bool:
        told.append((done, total))
        return False

    assert library.refresh(stop) == Refreshed(added_n=25)
    assert told == [(25, 30)]
    assert asked(library)[0] == "s05", "the newest first"
    assert library.refresh() == Refreshed(added_n=5)
    library.close()


def test_other_prices_price_all_sessions_anew(tmp_path: Path) -> None:
    made_session(tmp_path, "a")
    table = ["first"]
    library = FolderLibrary(tmp_path, Figures(), lambda: table[0])
    library.refresh()
    table[0] = "second"

    assert library.refresh() == Refreshed(repriced_n=1)
    assert library.refresh() == Refreshed()
    assert library.query(LibraryQuery()).rows[0].figures.cost_uses == "second"
    library.close()


def test_figures_that_cannot_be_worked_out_are_unknown(tmp_path: Path) -> None:
    class Overflown(Figures):
        def priced(self, billed: str) -> Any:
            raise OverflowError(billed)

    made_session(tmp_path, "a")
    library = FolderLibrary(tmp_path, Overflown(), lambda: "")
    library.refresh()

    (row,) = library.query(LibraryQuery()).rows
    assert row.odd == ("its figures cannot be worked out",)
    library.close()


def test_more_tags_than_a_question_holds_are_no_error(five: Five) -> None:
    tags = tuple(f"t{number}" for number in range(5_000))

    assert five.library.query(LibraryQuery(tags=("demo", "demo"))).total == 2
    assert five.library.query(LibraryQuery(tags=tags)).total == 0


def test_a_root_that_no_system_has_is_an_empty_library(tmp_path: Path) -> None:
    library = opened_library(tmp_path / ("x" * 5_000))

    assert library.query(LibraryQuery()).rows == ()
