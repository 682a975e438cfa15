"""Cells and records of CSV files: of recordings and of exports.

A cell of text that a spreadsheet would run as a formula gets an apostrophe in front, and so
does one that begins with an apostrophe: a reader takes one leading apostrophe away and has
the text back. Numbers are never touched. Unknown is an empty cell; the empty text is ``'``.
"""

import csv
import io
import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

from app.core.rows import Cell

_CELL: Final = re.compile(
    r"""(?:"([^"]*+(?:""[^"]*+)*+)"([^,\r\n]*+)|((?!")[^,\r\n]*+))(,|\r\n|\n|\r(?!\Z))"""
)
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "'")


def cell_text(cell: Cell) -> str:
    """Return the cell as the file holds it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return str(cell)
    return f"'{cell}" if not cell or cell.startswith(_DANGEROUS) else cell


def text_of(stored: str) -> str | None:
    """Return the text that ``cell_text`` stored; None for an empty cell."""
    if not stored:
        return None
    return stored.removeprefix("'")


def csv_line(cells: Iterable[str]) -> bytes:
    """Return one RFC 4180 record, UTF-8."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(list(cells))
    return buffer.getvalue().encode("utf-8", "backslashreplace")


def csv_rows(text: str, most: int | None = None) -> tuple[list[list[str]], bool]:
    """Return the records of ``text``, the header included, and whether half a one follows.

    RFC 4180, with cells of any length; what follows a closing quote belongs to the cell.

    Args:
        text: The content of the file.
        most: No more records than these are read, and what follows them is not looked at.
    """
    if text.endswith("\n"):
        try:
            whole = islice(csv.reader(io.StringIO(text, newline=""), strict=True), most)
            return [row or [""] for row in whole], False
        except csv.Error:  # a cell that the library has no room for, or a quote that it forbids
            pass
    return _any_rows(text, most)


def _any_rows(text: str, most: int | None) -> tuple[list[list[str]], bool]:
    """Return what ``csv_rows`` does of any text, cell by cell, which takes many times as long."""
    rows: list[list[str]] = []
    row: list[str] = []
    position = 0
    while position < len(text):
        found = _CELL.match(text, position)
        if found is None:  # a quote that is never closed, or the last record without its end
            return rows, True
        quoted, rest, plain, ended = found.groups()
        row.append(plain if quoted is None else quoted.replace('""', '"') + rest)
        position = found.end()
        if ended != ",":
            rows.append(row)
            row = []
            if len(rows) == most:
                break
    return rows, bool(row)
