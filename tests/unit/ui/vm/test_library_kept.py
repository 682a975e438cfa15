"""What the library's page remembers, read from a file that anybody may have changed."""

import json
from dataclasses import asdict

import pytest

from app.core.library import Retention, SortBy
from app.ui.vm.library_filters import LibraryFilters
from app.ui.vm.library_kept import LibraryKept
from app.ui.vm.preferences import Preferences, parse

KEPT = LibraryKept(
    widths=(30, 128),
    sort=SortBy.COST,
    descending=False,
    filters=LibraryFilters(
        models=("m",),
        outcomes=("ok",),
        starred=True,
        since="2026-11-01",
        minutes=(1.0, None),
        usd=(None, 0.5),
    ),
    retention=Retention(older_than_days=30, most_bytes=10**9, empty_trash_after_days=None),
    by_itself=True,
)


def test_what_is_kept_comes_back() -> None:
    table = json.loads(json.dumps(asdict(Preferences(library=KEPT))))

    assert parse(table).library == KEPT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("widths", [30, "x"]),
        ("widths", [True]),
        ("widths", [10**9]),
        ("widths", 30),
        ("sort", "colour"),
        ("descending", 1),
        ("filters", {"outcomes": ["lost"]}),
        ("filters", {"since": "tomorrow"}),
        ("filters", {"minutes": [1.0]}),
        ("filters", {"minutes": [-1.0, None]}),
        ("filters", {"usd": "many"}),
        ("filters", {"tags": [1]}),
        ("filters", {"starred": None}),
        ("retention", {"older_than_days": 0}),
        ("retention", {"most_bytes": -1}),
        ("by_itself", "yes"),
    ],
)
def test_what_is_wrong_has_its_default(name: str, value: object) -> None:
    assert parse({"library": {name: value}}).library == LibraryKept()


def test_only_so_many_names_are_read() -> None:
    names = [str(number) for number in range(1_000)]

    assert len(parse({"library": {"filters": {"tags": names}}}).library.filters.tags) == 100
