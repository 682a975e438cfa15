"""Reading remembered choices: values of a file that anybody may have changed."""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any, TypeVar

Reader = Callable[[object], object]
"""Returns the value; raises TypeError or ValueError for one that cannot be."""

_E = TypeVar("_E", bound=StrEnum)
_T = TypeVar("_T")


def text(value: object) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise TypeError
    return value


def optional(value: object) -> str | None:
    """Return a text or None."""
    return None if value is None else text(value)


def flag(value: object) -> bool:
    """Return true or false, and nothing that merely looks like it."""
    if not isinstance(value, bool):
        raise TypeError
    return value


def texts(value: object) -> tuple[str, ...]:
    """Return a list of texts."""
    if not isinstance(value, list):
        raise TypeError
    return tuple(text(each) for each in value)


def pairs(value: object) -> tuple[tuple[str, str], ...]:
    """Return a list of pairs of texts."""
    if not isinstance(value, list):
        raise TypeError
    return tuple((text(key), text(each)) for key, each in value)


def among(*words: str) -> Callable[[object], str]:
    """Return a reader of one of these texts."""

    def read(value: object) -> str:
        if value not in words:
            raise ValueError
        return text(value)

    return read


def one_of(kind: type[_E]) -> Callable[[object], _E]:
    """Return a reader of a member of an enumeration, by its value."""

    def read(value: object) -> _E:
        return kind(text(value))

    return read


def whole(allowed: range) -> Callable[[object], int]:
    """Return a reader of a whole number within a range."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
            raise ValueError
        return value

    return read


def real(least: float, most: float) -> Callable[[object], float]:
    """Return a reader of a number from ``least`` to ``most``."""

    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError
        if not math.isfinite(value) or not least <= value <= most:
            raise ValueError
        return float(value)

    return read


def unless_none(reader: Callable[[object], _T]) -> Callable[[object], _T | None]:
    """Return a reader that takes None as well."""

    def read(value: object) -> _T | None:
        return None if value is None else reader(value)

    return read


def known(kind: type[Any], table: object, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Return the fields of ``kind`` that ``table`` has and that can be read.

    Raises:
        TypeError: If it is no table.
    """
    if not isinstance(table, Mapping):
        raise TypeError
    found: dict[str, Any] = {}
    for field in fields(kind):
        if field.name not in table:
            continue
        try:
            found[field.name] = readers.get(field.name, text)(table[field.name])
        except (TypeError, ValueError):
            continue
    return found


def value_of(kind: Callable[..., _T], readers: Mapping[str, Reader]) -> Callable[[object], _T]:
    """Return a reader of a frozen value; what is missing or wrong in it has its default."""

    def read(value: object) -> _T:
        return kind(**known(kind, value, readers))  # type: ignore[arg-type]

    return read
