"""``vivavoce models`` and ``vivavoce sessions``: what there is to choose from and to look at."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from app.cli.plain import json_line, plain

_NO_VALUE = "\N{EN DASH}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options that every listing has."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def show(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    out: TextIO,
    *,
    kind: str,
    as_json: bool,
) -> None:
    """Print ``rows``: all their fields as JSON lines, or ``columns`` as a table.

    Args:
        rows: Plain values.
        columns: The fields that people are shown, in order.
        out: Standard output.
        kind: The ``type`` of the JSON lines.
        as_json: JSON lines rather than a table.
    """
    if as_json:
        for row in rows:
            print(json_line({"type": kind, **row}), file=out)
        return
    cells = [list(columns), *([_cell(row.get(name)) for name in columns] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    for line in cells:
        print(
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip(),
            file=out,
        )


def _cell(value: object) -> str:
    if value is None:
        return _NO_VALUE
    return plain(f"{value:.1f}" if isinstance(value, float) else str(value))
