"""The user's own prices on the disk."""

import json
import os
from pathlib import Path

import pytest

from app.core.errors import StoreError
from app.core.money import Meter, PriceOrigin, PriceRow
from app.store.prices import MOST_ROWS, FilePrices, prices_path
from tests.support.money import row

MINE = row({Meter.AUDIO_OUT: "1.5"}, origin=PriceOrigin.YOURS, source="the contract \N{EURO SIGN}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "prices.json"


def test_a_price_is_kept_replaced_and_forgotten(path: Path) -> None:
    kept, other_program = FilePrices(path), FilePrices(path)
    assert kept.rows() == ()

    kept.set(MINE)
    assert other_program.rows() == (MINE,)
    cheaper = row({Meter.AUDIO_OUT: "1"}, origin=PriceOrigin.YOURS)
    later = row({Meter.AUDIO_OUT: "2"}, origin=PriceOrigin.YOURS, valid_from="2027-01-01")
    kept.set(cheaper)
    kept.set(later)
    assert other_program.rows() == (cheaper, later)
    assert kept.remove("openai", "m", None)
    assert not kept.remove("openai", "m", None)
    assert other_program.rows() == (later,)
    assert other_program.odd() == ()
    assert path.stat().st_mode & 0o077 == 0


def damaged(content: bytes, path: Path) -> FilePrices:
    path.parent.mkdir()
    path.write_bytes(content)
    return FilePrices(path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "cannot be read"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "cannot be read"),
        (b"[1]", "no rows of schema 1"),
        (b'{"schema": 9, "rows": []}', "no rows of schema 1"),
        (b" " * (1 << 21), "too large"),
    ],
)
def test_a_damaged_file_is_told_and_kept_aside(content: bytes, why: str, path: Path) -> None:
    prices = damaged(content, path)

    assert prices.rows() == ()
    assert why in prices.odd()[0]
    prices.set(MINE)
    assert prices.rows() == (MINE,)
    assert path.with_name("prices.json.damaged").read_bytes() == content


def test_a_row_that_is_none_is_passed_over(path: Path) -> None:
    rows = [{"provider": "x", "model": "m", "rates": {"audio_out": 2}}, 7, {"provider": "y"}]
    prices = damaged(json.dumps({"schema": 1, "rows": rows}).encode(), path)

    assert [each.provider for each in prices.rows()] == ["x"]
    assert [sentence.partition(":")[0] for sentence in prices.odd()] == [
        "Price 2 of your own is passed over",
        "Price 3 of your own is passed over",
    ]


def test_there_is_an_end_to_what_is_read_and_kept(path: Path) -> None:
    rows = [{"provider": "x", "model": str(n), "rates": {}} for n in range(MOST_ROWS + 1)]
    prices = damaged(json.dumps({"schema": 1, "rows": rows}).encode(), path)

    assert len(prices.rows()) == MOST_ROWS
    assert "Only the first" in prices.odd()[0]
    with pytest.raises(StoreError, match="all it holds"):
        prices.set(MINE)


def test_a_pipe_does_not_hold_anybody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "prices.json")

    assert "no ordinary file" in FilePrices(tmp_path / "prices.json").odd()[0]


def test_where_it_cannot_be_written_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="cannot be kept"):
        FilePrices(tmp_path / "file" / "prices.json").set(MINE)


def test_where_the_file_is(tmp_path: Path) -> None:
    assert prices_path({"VIVAVOCE_PRICES": "/x/y.json"}) == Path("/x/y.json")
    assert prices_path({"XDG_DATA_HOME": "/d"}) == Path("/d/vivavoce/prices.json")
    assert prices_path({}) == Path.home() / ".local/share/vivavoce/prices.json"


def test_rows_are_the_users_whatever_the_file_says(path: Path) -> None:
    fields = {"provider": "x", "model": "m", "rates": {}, "origin": "shipped"}
    found: tuple[PriceRow, ...] = damaged(
        json.dumps({"schema": 1, "rows": [fields]}).encode(), path
    ).rows()

    assert found[0].origin is PriceOrigin.YOURS
