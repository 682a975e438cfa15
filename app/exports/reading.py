"""Exported tables read back: CSV, JSON Lines and Parquet give the same rows.

Every figure of a turn survives each form bit for bit, so that what is computed from an export
is what is computed from the recording.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec

from app.core.cells import csv_rows, text_of
from app.core.errors import StoreError
from app.core.events import TokenUsage
from app.core.records import TurnRecord
from app.core.rows import USAGE_COLUMNS, Cell
from app.exports.columns import Kind
from app.exports.parquet_tables import database
from app.exports.tables import Row, Table, instant_text

MOST_BYTES: Final = 1 << 30


def read_rows(path: Path) -> list[Row]:
    """Return the rows of an exported table, cells typed; the suffix tells the form.

    Columns that this version does not know are left out; what is missing is not in the rows.

    Raises:
        StoreError: If it cannot be read, or is no such table.
    """
    reader = _READERS.get(path.suffix)
    if reader is None:
        raise StoreError(f"{path} is no table.", hint="Name a .csv, .jsonl or .parquet file.")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise StoreError(f"{path} is larger than {MOST_BYTES} bytes.")
        return list(reader(path))
    except OSError as exc:
        raise StoreError(f"{path} cannot be read: {exc.strerror}.") from exc
    except (ValueError, RecursionError) as exc:
        raise StoreError(f"{path} is damaged: {str(exc)[:120]}.") from exc


def turns_of(rows: Sequence[Row]) -> Mapping[str, tuple[TurnRecord, ...]]:
    """Return the turns of each session, by its id, in order.

    Raises:
        StoreError: If a row is none of a turn.
    """
    turns: dict[str, list[TurnRecord]] = {}
    for number, row in enumerate(rows, 1):
        try:
            turn = msgspec.convert(row, TurnRecord)
        except msgspec.ValidationError as exc:
            raise StoreError(f"Row {number} is no turn: {exc}.") from exc
        usage = {name: row.get(column) for column, name in USAGE_COLUMNS.items()}
        if any(count is not None for count in usage.values()):
            counted = msgspec.convert(usage, TokenUsage)
            turn = replace(turn, usage=counted)
        turns.setdefault(str(row.get("session_id")), []).append(turn)
    return {session: tuple(found) for session, found in turns.items()}


def _csv(path: Path) -> Iterator[Row]:
    rows, torn = csv_rows(path.read_bytes().decode("utf-8-sig"))
    if torn or not rows:
        raise ValueError("its last row is torn" if rows else "it is empty")
    header, *body = rows
    kinds = _kinds(header)
    for row in body:
        cells = dict(zip(header, row, strict=True))
        yield {
            name: _CELLS[kind](cells[name]) if cells[name] else None for name, kind in kinds.items()
        }


def _jsonl(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        for line in file:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError("a line is no object")  # noqa: TRY004 - told as a damaged file
            yield {name: row[name] for name in _kinds(tuple(row))}


def _parquet(path: Path) -> Iterator[Row]:
    """Read a copy whose name has nothing that would be taken for a pattern."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "table.parquet")
        shutil.copyfile(path, copy)
        with database(Path(folder)) as connection:
            found = connection.read_parquet(str(copy))
            kinds = _kinds(found.columns)
            for cells in found.fetchall():
                row = dict(zip(found.columns, cells, strict=True))
                yield {name: _from_sql(row[name]) for name in kinds}


def _from_sql(value: Any) -> Cell:
    if isinstance(value, datetime):
        return instant_text(value.replace(tzinfo=UTC))
    cell: Cell = value
    return cell


def _kinds(names: Sequence[str]) -> Mapping[str, Kind]:
    table = Table.TURNS if "turn_id" in names else Table.SESSIONS
    known = {column.name: column.kind for column in table.columns}
    return {name: known[name] for name in names if name in known}


def _boolean(stored: str) -> bool:
    if stored not in {"true", "false"}:
        raise ValueError(f"{stored[:20]!r} is neither true nor false")
    return stored == "true"


_CELLS: Final[Mapping[Kind, Callable[[str], Cell]]] = MappingProxyType({
    Kind.INTEGER: int,
    Kind.NUMBER: float,
    Kind.BOOLEAN: _boolean,
    Kind.TEXT: text_of,
    Kind.INSTANT: text_of,
})  # fmt: skip
_READERS: Final[Mapping[str, Callable[[Path], Iterator[Row]]]] = MappingProxyType(
    {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}
)
