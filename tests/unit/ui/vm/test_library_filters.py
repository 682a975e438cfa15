"""What narrows the library: queries, words, and what is typed."""

from datetime import timedelta, timezone
from decimal import Decimal

import pytest

from app.core.library import Outcome, SortBy
from app.ui.vm.library_filters import LibraryFilters, Wish, chips, read_bound, read_day

DASH = "\N{EN DASH}"
THIN = "\N{THIN SPACE}"
BERLIN = timezone(timedelta(hours=1))
ALL = LibraryFilters(
    providers=("openai",),
    models=("gpt\x1b-x",),
    tags=("a & b",),
    outcomes=("turns_failed",),
    starred=True,
    since="2026-11-01",
    until="2026-11-21",
    minutes=(2.0, 10.0),
    usd=(0.05, None),
    v2v_ms=(None, 800.0),
)


def test_every_filter_is_a_condition_of_the_query() -> None:
    wish = Wish(text="  paris ", filters=ALL, in_trash=True, sort=SortBy.COST, descending=False)

    query = wish.query(400, 200, BERLIN)

    assert (query.text, query.in_trash, query.starred) == ("paris", True, True)
    assert query.outcomes == (Outcome.TURNS_FAILED,)
    assert (query.least_s, query.most_s) == (120.0, 600.0)
    assert (query.least_usd, query.most_usd) == (Decimal("0.05"), None)
    assert (query.least_v2v_ms, query.most_v2v_ms) == (None, 800.0)
    assert (query.sort, query.descending) == (SortBy.COST, False)
    assert (query.offset, query.limit) == (400, 200)


def test_days_are_the_users_own_and_the_last_one_is_whole() -> None:
    query = Wish(filters=ALL).query(0, 1, BERLIN)

    assert query.since == "2026-10-31T23:00:00+00:00"
    assert query.until == "2026-11-21T23:00:00+00:00"


def test_without_filters_there_is_no_condition() -> None:
    query = Wish().query(0, 200)

    assert (query.starred, query.since, query.least_s, query.least_usd) == (None,) * 4
    assert not Wish().narrowed
    assert Wish(text="x").narrowed


def test_each_condition_is_a_chip_that_takes_it_away() -> None:
    made = chips(ALL)

    assert [each.words for each in made] == [
        "Model gpt\N{SYMBOL FOR ESCAPE}-x",
        "Provider openai",
        "Tag a & b",
        "Result turns failed",
        "Starred",
        f"2026-11-01 {DASH} 2026-11-21",
        f"Duration 2 {DASH} 10{THIN}min",
        "Cost from $0.05",
        f"V2V P50 to 800{THIN}ms",
    ]
    left = ALL
    for _each in made:
        left = chips(left)[0].without
    assert left == LibraryFilters()


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("2026-11-01", None, "Since 2026-11-01"),
        (None, "2026-11-01", "Until 2026-11-01"),
        ("2026-11-01", "2026-11-01", "On 2026-11-01"),
    ],
)
def test_days_in_words(since: str | None, until: str | None, words: str) -> None:
    assert chips(LibraryFilters(since=since, until=until))[0].words == words


def test_a_value_is_toggled() -> None:
    one = LibraryFilters().toggled("tags", "a")

    assert one.tags == ("a",)
    assert one.toggled("tags", "a") == LibraryFilters()


@pytest.mark.parametrize(
    ("text", "value"), [("", None), (" 2,5 ", 2.5), ("$0.10", 0.1), ("0", 0.0)]
)
def test_a_bound_is_read(text: str, value: float | None) -> None:
    assert read_bound(text) == value


@pytest.mark.parametrize("text", ["x", "-1", "nan", "inf"])
def test_a_bound_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_bound(text)


def test_a_day_is_read() -> None:
    assert (read_day(" 2026-11-21 "), read_day("")) == ("2026-11-21", None)


@pytest.mark.parametrize("text", ["21.11.2026", "2026-13-01", "0001-01-01", "9999-12-31", "soon"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_day(text)
