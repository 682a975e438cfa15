import csv
import io

import pytest
from hypothesis import given, strategies as st

from app.core.cells import cell_text, csv_line, csv_rows, text_of
from app.core.rows import Cell


@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (-3, "-3"),
        (-0.5, "-0.5"),
        (512.25, "512.25"),
        ("hello", "hello"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-x", "'-x"),
        ("@sum", "'@sum"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("'quoted'", "''quoted'"),
        ("", "'"),
    ],
)
def test_a_cell_is_never_a_formula_and_a_number_stays_one(cell: Cell, stored: str) -> None:
    assert cell_text(cell) == stored


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    assert text_of(cell_text(text)) == text


def test_an_empty_cell_is_unknown() -> None:
    assert text_of("") is None


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=5))
def test_a_line_survives_quotes_commas_and_line_ends(cells: list[str]) -> None:
    line = csv_line(cells).decode()

    assert list(csv.reader(io.StringIO(line, newline=""))) == [cells]
    assert line.endswith("\r\n")


ROWS: dict[str, tuple[str, list[list[str]], bool]] = {
    "nothing": ("", [], False),
    "whole": ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]], False),
    "other line ends": ("a\nb\rc\r\n", [["a"], ["b"], ["c"]], False),
    "a row of another length": ("a,b\r\n3\r\n", [["a", "b"], ["3"]], False),
    "empty cells": (",\r\n,,\r\n", [["", ""], ["", "", ""]], False),
    "quoted": ('"a,""b""\r\n",c\r\n', [['a,"b"\r\n', "c"]], False),
    "a quote inside": ('a"b,c\r\n', [['a"b', "c"]], False),
    "more after a quote": ('"a"b,c\r\n', [["ab", "c"]], False),
    "half a cell": ("a,b\r\n1", [["a", "b"]], True),
    "half a row": ("a,b\r\n1,", [["a", "b"]], True),
    "half a line end": ("a,b\r\n1,2\r", [["a", "b"]], True),
    "a quote without its end": ('a,b\r\n1,"2\r\n', [["a", "b"]], True),
}


@pytest.mark.parametrize(("text", "rows", "torn"), ROWS.values(), ids=ROWS.keys())
def test_whole_rows_are_read_and_half_a_row_is_told(
    text: str, rows: list[list[str]], *, torn: bool
) -> None:
    assert csv_rows(text) == (rows, torn)


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2)))
def test_what_was_written_is_read(rows: list[list[str]]) -> None:
    text = b"".join(map(csv_line, rows)).decode()

    assert csv_rows(text) == ([list(row) for row in rows], False)


def test_a_cell_may_be_a_megabyte_long() -> None:
    long = 'long, "long" ' * 80_000

    assert csv_rows(csv_line([long, "x"]).decode()) == ([[long, "x"]], False)


def test_no_more_records_are_read_than_asked_for() -> None:
    assert csv_rows("a,b\r\n1,2\r\n3", most=1) == ([["a", "b"]], False)
