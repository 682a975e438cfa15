"""Writes the schemas of the exported tables: ``python packaging/schemas.py``.

What a column of turns means comes from the program's definitions, so that an export, the window
and ``vivavoce sessions columns`` say the same. A test holds the files against this.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.core.records import SCHEMA_VERSION  # noqa: E402
from app.exports.columns import Column, Kind  # noqa: E402
from app.exports.tables import Table  # noqa: E402
from app.metrics.definitions import DEFINITIONS  # noqa: E402
from app.metrics.definitions_columns import COLUMN_WORDS  # noqa: E402

FOLDER = ROOT / "resources" / "schema"
TITLES = {
    Table.TURNS: ("Turns", "One row for each exchange of a user and an agent."),
    Table.SESSIONS: ("Sessions", "One row for each recorded session."),
}


def main() -> int:
    """Write both files."""
    for table in Table:
        path = FOLDER / f"{table.value}.schema.json"
        path.write_text(text_of(table), "utf-8")
        print(path.relative_to(ROOT))
    return 0


def text_of(table: Table) -> str:
    """Return the schema of a table as its file holds it."""
    return json.dumps(_schema(table), ensure_ascii=False, indent=2) + "\n"


def _schema(table: Table) -> Mapping[str, Any]:
    title, told = TITLES[table]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:vivavoce:schema:{table.value}:{SCHEMA_VERSION}",
        "title": title,
        "description": f"{told} See exports.md.",
        "type": "object",
        "additionalProperties": False,
        "required": [column.name for column in table.columns],
        "properties": {column.name: _property(column) for column in table.columns},
    }


def _property(column: Column) -> Mapping[str, Any]:
    known = DEFINITIONS.get(column.name)
    meaning = column.meaning or (known.formula if known else COLUMN_WORDS[column.name])
    kind = "string" if column.kind is Kind.INSTANT else column.kind.value
    told: dict[str, Any] = {
        "title": known.name if known else column.name,
        "description": meaning,
        "unit": column.unit or (known.unit if known else _unit(column.name)),
        "type": [kind] if column.required else [kind, "null"],
    }
    if column.kind is Kind.INSTANT:
        told["format"] = "date-time"
    if column.words:
        told["enum"] = list(column.words) if column.required else [*column.words, None]
    return told


def _unit(name: str) -> str:
    return next((unit for unit in ("ns", "ms", "s") if name.endswith(f"_{unit}")), "")


if __name__ == "__main__":
    sys.exit(main())
