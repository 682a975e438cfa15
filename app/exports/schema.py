"""Rows held against the schema of their table before they are put in place."""

import json
import math
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from app.core.errors import StoreError
from app.core.resources import resource
from app.core.rows import Cell
from app.exports.tables import Row, Table

LARGEST_INTEGER: Final = 2**63 - 1

_TYPES: Final[Mapping[type, str]] = MappingProxyType(
    {type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string"}
)


@cache
def schema_of(table: Table) -> Mapping[str, Any]:
    """Return a table's JSON Schema as it comes with the program.

    Raises:
        StoreError: If the program's own file is missing or damaged.
    """
    path = resource("schema", f"{table.value}.schema.json")
    try:
        schema: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as exc:
        raise StoreError(
            f"The schema {path.name} of this program cannot be read.",
            hint="Install the program again.",
        ) from exc
    return MappingProxyType(schema)


class Checker:
    """Tells whether rows are what the schema of their table says.

    Raises:
        StoreError: As ``schema_of``.
    """

    def __init__(self, table: Table) -> None:
        properties: Mapping[str, Mapping[str, Any]] = schema_of(table)["properties"]
        self._table = table
        self._names = tuple(properties)
        self._types = {name: frozenset(each["type"]) for name, each in properties.items()}
        self._words = {
            name: frozenset(each["enum"]) for name, each in properties.items() if "enum" in each
        }

    def check(self, row: Row) -> Row:
        """Return ``row``.

        Raises:
            StoreError: If it has other columns, or a value that its column does not allow.
        """
        if tuple(row) != self._names:
            different = set(row) ^ set(self._names)
            named = ", ".join(sorted(different)) or "their order"
            raise StoreError(f"The table of {self._table} differs from its schema: {named}.")
        for name, cell in row.items():
            if not self._allowed(name, cell):
                raise StoreError(
                    f"{name} in the table of {self._table} is {str(cell)[:40]!r}, which its "
                    "schema does not allow."
                )
        return row

    def _allowed(self, name: str, cell: Cell) -> bool:
        kind = _TYPES.get(type(cell), "")
        if kind not in self._types[name] and not (
            kind == "integer" and "number" in self._types[name]
        ):
            return False
        if isinstance(cell, float) and not math.isfinite(cell):
            return False
        if type(cell) is int and abs(cell) > LARGEST_INTEGER:
            return False
        return name not in self._words or cell in self._words[name]
