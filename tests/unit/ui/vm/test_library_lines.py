"""A session as a line of the table, and in full."""

from dataclasses import replace
from datetime import timedelta, timezone
from decimal import Decimal

import pytest

from app.core.library import LibraryPage, LibraryRow, Outcome, SessionFigures
from app.core.money import CostStatus
from app.ui.vm.library_details import common_tags, facts, headline, together
from app.ui.vm.library_lines import Column, cost, duration, footer, line, local_time, size
from tests.support.shelf import row

DASH = "\N{EN DASH}"
THIN = "\N{THIN SPACE}"
BERLIN = timezone(timedelta(hours=1))
BARE = LibraryRow(key="20261121T1", folder="/s/1", outcome=Outcome.UNREADABLE)


def test_a_session_in_words_with_utc_on_hover() -> None:
    shown = line(row(0), BERLIN)

    assert shown.cells[Column.BEGAN] == "2026-11-21 10:30"
    assert shown.hovers[Column.BEGAN] == "2026-11-21 09:30:00 UTC"
    assert shown.cells[Column.V2V] == f"480{THIN}ms"
    assert shown.cells[Column.TURNS] == "3"
    assert shown.cells[Column.RESULT] == "ok"
    assert (shown.starred, shown.tone) == (True, "good")


def test_what_nobody_knows_is_a_dash_and_never_0() -> None:
    shown = line(BARE)

    assert shown.cells[Column.MODEL] == "20261121T1"
    assert [
        shown.cells[each]
        for each in (Column.BEGAN, Column.DURATION, Column.TURNS, Column.FAILED, Column.V2V)
    ] == [DASH] * 5
    assert shown.cells[Column.COST] == "unpriced"
    assert (shown.cells[Column.RESULT], shown.tone) == ("unreadable", "poor")


def test_what_is_odd_is_marked_and_said_on_hover() -> None:
    shown = line(replace(BARE, odd=("Of a newer\x1b version.",)))

    assert shown.cells[Column.RESULT] == "unreadable *"
    assert shown.hovers[Column.RESULT] == "unreadable\nOf a newer\N{SYMBOL FOR ESCAPE} version."


def test_found_words_are_harmless_and_keep_their_hits() -> None:
    pieces = (("I said\n ", False), ("\u202eevil <b>", True), (" \x07!", False))

    shown = line(replace(BARE, snippet=pieces))

    assert shown.snippet == (
        ("I said ", False),
        ("evil <b>", True),
        (" \N{SYMBOL FOR BELL}!", False),
    )


def test_a_long_snippet_is_cut() -> None:
    shown = line(replace(BARE, snippet=(("a" * 1_000, False), ("b", True))))

    assert len(shown.snippet) == 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, DASH),
        (0.0, f"0{THIN}s"),
        (42.04, f"42.0{THIN}s"),
        (185.2, f"3{THIN}min 05{THIN}s"),
        (36_000.0, f"10{THIN}h 00{THIN}min"),
    ],
)
def test_lengths_of_time(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("bytes_n", "words"),
    [(0, f"0{THIN}B"), (999, f"999{THIN}B"), (1_840_000, f"1.84{THIN}MB"), (10**16, "10 000 TB")],
)
def test_sizes(bytes_n: int, words: str) -> None:
    assert size(bytes_n) == words.replace(" ", THIN)


@pytest.mark.parametrize(
    ("usd", "status", "words"),
    [
        (Decimal("0.041"), CostStatus.PRICED, "$0.041"),
        (Decimal("0.041"), CostStatus.PARTIAL, "from $0.041"),
        (None, CostStatus.UNPRICED, "unpriced"),
        (None, CostStatus.PARTIAL, "unpriced"),
        (Decimal(0), CostStatus.LOCAL, "0 (local)"),
    ],
)
def test_costs(usd: Decimal | None, status: CostStatus, words: str) -> None:
    assert cost(SessionFigures(cost_usd=usd, cost_status=status)) == words


@pytest.mark.parametrize("began", ["yesterday", "0001-01-01T00:00:00+00:00", None])
def test_an_instant_that_is_none_is_a_dash(began: str | None) -> None:
    assert local_time(began, timezone(timedelta(hours=-5))) == DASH


def test_an_instant_without_a_zone_is_utc() -> None:
    assert local_time("2026-11-21T09:30:00", BERLIN) == "2026-11-21 10:30"
    assert line(replace(BARE, began_utc="soon\n")).hovers[Column.BEGAN] == "soon UTC"


def test_the_footer_says_how_many_are_unpriced() -> None:
    page = LibraryPage(
        rows=(), total=1_234, bytes_n=10**9, duration_s=60.0, usd=Decimal("12.3"), unpriced_n=34
    )

    assert footer(page).split("  \N{MIDDLE DOT}  ") == [
        f"1{THIN}234 sessions",
        f"1{THIN}min 00{THIN}s",
        f"1.00{THIN}GB",
        "$12.30 (34 unpriced)",
    ]
    assert footer(replace(page, usd=None, total=1)).endswith("34 unpriced")
    assert footer(replace(page, unpriced_n=0)).endswith("$12.30")
    assert footer(replace(page, usd=None, unpriced_n=0)).endswith("GB")


def test_one_session_in_full() -> None:
    shown = dict(facts(replace(row(0), run_id="run\n1")))

    assert shown["V2V P95"] == f"910{THIN}ms"
    assert (shown["Voice"], shown["Run"]) == ("marin", "run 1")
    assert headline(row(0), BERLIN) == "2026-11-21 10:30\nopenai / gpt-realtime-2.1-mini"


def test_several_sessions_together() -> None:
    shown = dict(together([row(0), row(3), row(3)]))

    assert shown["Cost"] == "$0.0137, 2 unpriced"
    assert shown["Turns"] == "15"
    assert dict(together([BARE]))["Turns"] == DASH
    assert dict(together([replace(BARE, figures=row(1).figures)]))["Cost"] == "$0"
    assert together([]) == ()


def test_common_tags() -> None:
    rows = [replace(BARE, tags=("a", "b", "c")), replace(BARE, tags=("c", "b"))]

    assert common_tags(rows) == ("b", "c")
    assert common_tags([]) == ()
