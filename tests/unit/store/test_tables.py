import csv
import io

import pytest
from hypothesis import given, strategies as st

from app.core.rows import Cell
from app.store.tables import cell_text, complete_rows, csv_line, text_of


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


def test_rows_without_all_their_columns_are_not_complete() -> None:
    assert complete_rows("a,b\r\n1,2\r\n3\r\n", 2) == [["a", "b"], ["1", "2"]]
