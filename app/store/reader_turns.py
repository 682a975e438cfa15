"""Rows of ``turns.csv`` as records again.

Rows of an older version have fewer columns, those of a newer one have others; a killed process
leaves half a row at the end. What can be read is read, and the rest is said in a sentence.
"""

import math
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from enum import Enum
from functools import cache
from typing import Any, Final, NewType, TypeAlias, Union, get_args, get_origin, get_type_hints

from app.core.cells import csv_rows, text_of
from app.core.events import TokenUsage
from app.core.records import TurnRecord
from app.core.rows import TURN_COLUMNS, USAGE_COLUMNS

MOST_BYTES: Final = 64 << 20
MOST_ROWS: Final = 50_000
"""Days of talk; what lies beyond is left out, so that a file cannot fill the memory."""
MOST_SENTENCES: Final = 20

_LARGEST_INT = 2**63 - 1
_Reader: TypeAlias = Callable[[str], Any]


def read_turns(data: bytes) -> tuple[tuple[TurnRecord, ...], tuple[str, ...]]:
    """Return the rows of the file's content, and sentences about what could not be read."""
    rows, odd = _rows(data)
    if not rows:
        return (), (*odd, "turns.csv is empty")
    header, *body = rows
    odd += _about_columns(header)
    turns: list[TurnRecord] = []
    for number, row in enumerate(body, 1):
        if row == [""]:
            continue
        if len(row) != len(header):
            odd.append(f"row {number} of turns.csv has {len(row)} cells, not {len(header)}")
            continue
        turn, troubles = _turn(dict(zip(header, row, strict=True)))
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


def _about_columns(header: Sequence[str]) -> list[str]:
    unknown = [name for name in header if name not in TURN_COLUMNS]
    if not unknown:
        return []
    named = ", ".join(_shown(name) for name in unknown[:5])
    more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""  # noqa: PLR2004 - as above
    return [f"turns.csv has columns that this version does not know: {named}{more}"]


def _bounded(odd: Sequence[str]) -> tuple[str, ...]:
    if len(odd) <= MOST_SENTENCES:
        return tuple(odd)
    return (*odd[:MOST_SENTENCES], f"and {len(odd) - MOST_SENTENCES} more oddities in turns.csv")


def _turn(cells: Mapping[str, str]) -> tuple[TurnRecord | None, list[str]]:
    values, troubles = _values(_turn_readers(), cells)
    usage, more = _values(_usage_readers(), cells)
    troubles += more
    missing = [name for name in _required() if name not in values]
    if missing:
        return None, [*troubles, f"it was left out because {' and '.join(missing)} is unknown"]
    if usage:
        values["usage"] = TokenUsage(**usage)
    return TurnRecord(**values), troubles


def _values(
    readers: Mapping[str, tuple[str, _Reader]], cells: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    troubles: list[str] = []
    for column, stored in cells.items():
        if not stored or column not in readers:
            continue
        name, reader = readers[column]
        try:
            values[name] = reader(stored)
        except (ValueError, KeyError):
            troubles.append(f"{column} is {_shown(stored)!r}, which is no value of it")
    return values, troubles


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
