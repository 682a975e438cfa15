"""Which sessions a rule takes."""

from datetime import timedelta
from itertools import chain, repeat
from pathlib import Path

import pytest

from app.core.errors import StoreError
from app.core.library import Annotation, Retention
from app.store.library_refresh import AT_ONCE
from app.store.retention import Keepable, to_delete, to_trash
from tests.support.libraries import NOW, asked, library_of, made_session, opened_library

DAY_S = 86_400.0
NOW_S = 100 * DAY_S
MADE = tuple(
    Keepable(key=key, began_s=began_s, bytes_n=bytes_n, fixed=key.isupper())
    for key, began_s, bytes_n in (
        ("a", 10 * DAY_S, 100),
        ("B", 20 * DAY_S, 100),
        ("c", 90 * DAY_S, 50),
        ("d", 99 * DAY_S, 10),
        ("e", None, 1),
    )
)


@pytest.mark.parametrize(
    ("rule", "going"),
    [
        (Retention(), ""),
        (Retention(older_than_days=30), "a"),
        (Retention(older_than_days=0), "acd"),
        (Retention(older_than_days=10), "a"),
        (Retention(most_sessions=5), ""),
        (Retention(most_sessions=3), "ac"),
        (Retention(most_sessions=0), "acde"),
        (Retention(most_bytes=261), ""),
        (Retention(most_bytes=160), "ac"),
        (Retention(most_bytes=161), "a"),
        (Retention(most_bytes=0), "acde"),
        (Retention(older_than_days=30, most_sessions=4), "a"),
        (Retention(older_than_days=30, most_sessions=3, most_bytes=10**9), "ac"),
    ],
    ids=str,
)
def test_the_oldest_go_first_and_what_is_fixed_stays(rule: Retention, going: str) -> None:
    assert to_trash(MADE, rule, NOW_S) == tuple(going)


@pytest.mark.parametrize(("days", "gone"), [(None, ""), (30, "a"), (0, "acd"), (10, "a")])
def test_the_trash_is_emptied_of_what_has_been_there_long(days: int | None, gone: str) -> None:
    assert to_delete(MADE, Retention(empty_trash_after_days=days), NOW_S) == tuple(gone)


def test_a_rule_is_told_first_and_then_done(tmp_path: Path) -> None:
    for number in range(4):
        made_session(tmp_path, f"s{number}", days_ago=number * 10)
    made_session(tmp_path, "broken", days_ago=99, state="dancing")
    made_session(tmp_path, "newer", days_ago=99, schema_version="99.0.0")
    library = library_of(tmp_path)
    library.annotate(["s3"], Annotation(starred=True))
    rule = Retention(older_than_days=5)

    assert library.retain(rule, dry=True) == ("s2", "s1")
    assert len(asked(library)) == 6
    assert library.retain(rule, dry=False) == ("s2", "s1")
    assert asked(library) == ["broken", "newer", "s0", "s3"]
    library.close()

    later = opened_library(tmp_path, now=NOW + timedelta(days=31))
    assert {key[-2:] for key in later.retain(Retention(), dry=False)} == {"s1", "s2"}
    assert asked(later, in_trash=True) == []
    later.close()


def test_a_rule_waits_where_not_all_was_read_again(tmp_path: Path) -> None:
    for number in range(AT_ONCE + 1):
        made_session(tmp_path, f"s{number:03}", days_ago=number)
    library = opened_library(tmp_path)
    answers = chain([False], repeat(True))

    assert library.retain(Retention(most_sessions=1), dry=False, go_on=lambda: next(answers)) == ()

    assert asked(library, in_trash=True) == []
    library.close()


def test_a_rule_of_more_days_than_there_are_takes_nothing() -> None:
    rule = Retention(older_than_days=10**400, empty_trash_after_days=10**400)

    assert to_trash(MADE, rule, NOW_S) == to_delete(MADE, rule, NOW_S) == ()


@pytest.mark.parametrize(
    "name", ["older_than_days", "most_bytes", "most_sessions", "empty_trash_after_days"]
)
def test_a_number_below_nothing_takes_no_session(tmp_path: Path, name: str) -> None:
    made_session(tmp_path, "s")

    library = library_of(tmp_path)

    with pytest.raises(StoreError, match="no numbers below 0"):
        library.retain(Retention(**{name: -1}), dry=False)
