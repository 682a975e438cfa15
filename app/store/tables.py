"""Rows of ``turns.csv``.

A cell of text that a spreadsheet would run as a formula gets an apostrophe in front, and so
does one that begins with an apostrophe: a reader takes one leading apostrophe away and has
the text back. Numbers are never touched. Unknown is an empty cell; the empty text is ``'``.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from app.core.rows import Cell

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


def complete_rows(text: str, columns: int) -> Sequence[Sequence[str]]:
    """Return the records of ``text`` that have all their columns, the header included."""
    return [row for row in csv.reader(io.StringIO(text, newline="")) if len(row) == columns]
