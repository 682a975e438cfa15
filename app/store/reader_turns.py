"""Rows of ``turns.csv`` as records again.

Rows of an older version have fewer columns, those of a newer one have others; a killed process
leaves half a row at the end. What can be read is read, and the rest is said in a sentence.
"""

import math
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from enum import Enum
from functools import cache, lru_cache
from typing import (
    Any,
    Final,
    NamedTuple,
    NewType,
    TypeAlias,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from app.core.cells import csv_rows, text_of
from app.core.events import TokenUsage
from app.core.records import TurnRecord
from app.core.rows import TURN_COLUMNS, USAGE_COLUMNS

MOST_BYTES: Final = 64 << 20
MOST_ROWS: Final = 50_000
"""Days of talk; what lies beyond is left out, so that a file cannot fill the memory."""
MOST_SENTENCES: Final = 20
MOST_HEADERS: Final = 8
"""Headers whose columns are remembered: sessions of one version have the same."""

_KNOWN: Final = frozenset(TURN_COLUMNS)
_LARGEST_INT = 2**63 - 1
_Reader: TypeAlias = Callable[[str], Any]
_Column: TypeAlias = tuple[int, str, str, _Reader]
"""Its place in the row, its name, the field that it fills, and what reads a cell of it."""


class _Columns(NamedTuple):
    """The columns of a file that fill a turn, those of its count of tokens, and what is odd."""

    turn: tuple[_Column, ...]
    usage: tuple[_Column, ...]
    odd: tuple[str, ...]


def read_turns(data: bytes) -> tuple[tuple[TurnRecord, ...], tuple[str, ...]]:
    """Return the rows of the file's content, and sentences about what could not be read."""
    rows, odd = _rows(data)
    if not rows:
        return (), (*odd, "turns.csv is empty")
    header, *body = rows
    columns = _columns(tuple(header))
    odd += columns.odd
    turns: list[TurnRecord] = []
    for number, row in enumerate(body, 1):
        if row == [""]:
            continue
        if len(row) != len(header):
            odd.append(f"row {number} of turns.csv has {len(row)} cells, not {len(header)}")
            continue
        turn, troubles = _turn(columns, row)
        odd += [f"row {number} of turns.csv: {trouble}" for trouble in troubles]
        if turn is not None:
            turns.append(turn)
    return tuple(turns), _bounded(odd)


def _rows(data: bytes) -> tuple[list[list[str]], list[str]]:
    """Return the records that are read, the header first, and what is left out."""
    odd: list[str] = []
    if len(data) > MOST_BYTES:
        odd.append(f"turns.csv is larger than {MOST_BYTES} bytes; its end was left out")
    rows, torn = csv_rows(data[:MOST_BYTES].decode("utf-8-sig", "replace"), MOST_ROWS + 2)
    if len(rows) > MOST_ROWS + 1:
        odd.append(f"turns.csv has more than {MOST_ROWS} rows; its end was left out")
        rows.pop()
    elif torn:
        odd.append("the last row of turns.csv is torn")
    return rows, odd


def _about_columns(header: Sequence[str]) -> tuple[str, ...]:
    unknown = [name for name in header if name not in _KNOWN]
    if not unknown:
        return ()
    named = ", ".join(_shown(name) for name in unknown[:5])
    more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""  # noqa: PLR2004 - as above
    return (f"turns.csv has columns that this version does not know: {named}{more}",)


def _bounded(odd: Sequence[str]) -> tuple[str, ...]:
    if len(odd) <= MOST_SENTENCES:
        return tuple(odd)
    return (*odd[:MOST_SENTENCES], f"and {len(odd) - MOST_SENTENCES} more oddities in turns.csv")


def _turn(columns: _Columns, row: Sequence[str]) -> tuple[TurnRecord | None, list[str]]:
    values, troubles = _values(columns.turn, row)
    usage, more = _values(columns.usage, row)
    troubles += more
    missing = [name for name in _required() if name not in values]
    if missing:
        return None, [*troubles, f"it was left out because {' and '.join(missing)} is unknown"]
    if usage:
        values["usage"] = TokenUsage(**usage)
    return TurnRecord(**values), troubles


def _values(columns: Sequence[_Column], row: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    troubles: list[str] = []
    for place, column, name, reader in columns:
        stored = row[place]
        if not stored:
            continue
        try:
            values[name] = reader(stored)
        except (ValueError, KeyError):
            troubles.append(f"{column} is {_shown(stored)!r}, which is no value of it")
    return values, troubles


@lru_cache(MOST_HEADERS)
def _columns(header: tuple[str, ...]) -> _Columns:
    """Return where the columns that are known stand; of two of one name the last holds."""
    places = {column: place for place, column in enumerate(header)}

    def known(readers: Mapping[str, tuple[str, _Reader]]) -> tuple[_Column, ...]:
        found = ((place, name) for name, place in places.items() if name in readers)
        return tuple((place, name, *readers[name]) for place, name in found)

    return _Columns(known(_turn_readers()), known(_usage_readers()), _about_columns(header))


# --- one reader a column ---------------------------------------------------------------------


@cache
def _turn_readers() -> Mapping[str, tuple[str, _Reader]]:
    hints = get_type_hints(TurnRecord)
    return {
        field.name: (field.name, _reader(hints[field.name]))
        for field in fields(TurnRecord)
        if field.name != "usage"
    }


@cache
def _usage_readers() -> Mapping[str, tuple[str, _Reader]]:
    return {column: (name, _integer) for column, name in USAGE_COLUMNS.items()}


@cache
def _required() -> tuple[str, ...]:
    return tuple(field.name for field in fields(TurnRecord) if field.default is MISSING)


def _reader(hint: Any) -> _Reader:
    """Return what reads cells of a field of this type; ``None`` is the empty cell's."""
    if get_origin(hint) in {types.UnionType, Union}:
        (hint,) = (each for each in get_args(hint) if each is not type(None))
    if isinstance(hint, NewType):
        hint = hint.__supertype__
    kind: type = hint
    return kind if issubclass(kind, Enum) else _READERS[kind]


def _integer(stored: str) -> int:
    if len(stored) > len(str(_LARGEST_INT)) + 1:
        raise ValueError(stored)
    value = int(stored)
    if abs(value) > _LARGEST_INT:
        raise ValueError(stored)
    return value


def _number(stored: str) -> float:
    value = float(stored)
    if not math.isfinite(value) or abs(value) > float(_LARGEST_INT):  # no sum of them may overflow
        raise ValueError(stored)
    return value


_READERS: Final[Mapping[type, _Reader]] = types.MappingProxyType(
    {
        bool: {"true": True, "false": False}.__getitem__,
        int: _integer,
        float: _number,
        str: text_of,
    }
)


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text[:40])
