import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest

from app.cli.sessions import _column
from app.core.errors import StoreError
from app.core.resources import resource
from app.core.rows import TURN_COLUMNS
from app.exports.columns import MONEY_COLUMNS
from app.exports.schema import Checker, schema_of
from app.exports.tables import Row, Rows, Table
from tests.support import bundles

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(name="generator")
def _generator(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("schemas", ROOT / "packaging" / "schemas.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "path", [*sys.path])
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("table", Table)
def test_the_files_are_what_the_program_means_now(table: Table, generator: ModuleType) -> None:
    path = resource("schema", f"{table.value}.schema.json")

    assert path.read_text("utf-8") == generator.text_of(table), "run packaging/schemas.py"


@pytest.mark.parametrize("table", Table)
def test_the_schemas_are_json_schema_and_say_what_each_column_is(table: Table) -> None:
    schema: dict[str, Any] = dict(schema_of(table))
    jsonschema.Draft202012Validator.check_schema(schema)

    assert list(schema["properties"]) == schema["required"]
    for name, column in schema["properties"].items():
        assert column["description"], name
        assert column["title"], name
        assert "unit" in column, name


def test_a_column_means_what_the_program_says_that_it_means() -> None:
    properties = schema_of(Table.TURNS)["properties"]
    assert list(properties) == [*TURN_COLUMNS, *(column.name for column in MONEY_COLUMNS)]

    for name in TURN_COLUMNS:
        told = _column(name)
        if told["formula"] is None:
            assert properties[name]["description"] == told["definition"]
        else:
            assert properties[name]["title"] == told["definition"]
            assert properties[name]["description"] == told["formula"]
            assert properties[name]["unit"] == told["unit"]


def rows(tmp_path: Path, table: Table) -> list[Row]:
    folder = bundles.recorded(tmp_path)
    return list(Rows(bundles.job(tmp_path / "x.csv", folder)).of(table))


@pytest.mark.parametrize("table", Table)
def test_rows_keep_to_the_published_schema(table: Table, tmp_path: Path) -> None:
    (row,) = rows(tmp_path, table)

    jsonschema.validate(json.loads(json.dumps(Checker(table).check(row))), dict(schema_of(table)))


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("turn_id", None),
        ("turn_id", 1.5),
        ("turn_id", True),
        ("turn_id", 2**63),
        ("v2v_ms", "512"),
        ("v2v_ms", float("inf")),
        ("v2v_ms", float("nan")),
        ("status", "fine"),
        ("barge_in", 1),
        ("user_transcript", 5),
    ],
)
def test_what_a_column_does_not_allow_is_told_by_its_name(
    name: str, cell: Any, tmp_path: Path
) -> None:
    (row,) = rows(tmp_path, Table.TURNS)

    with pytest.raises(StoreError, match=name):
        Checker(Table.TURNS).check({**row, name: cell})


def test_a_whole_number_is_a_number(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, Table.TURNS)

    assert Checker(Table.TURNS).check({**row, "v2v_ms": 512})["v2v_ms"] == 512


@pytest.mark.parametrize("change", ["more", "fewer", "order"])
def test_other_columns_are_told(change: str, tmp_path: Path) -> None:
    (row,) = rows(tmp_path, Table.TURNS)
    first, *rest = row.items()
    wrong = {
        "more": {**row, "novel": 1},
        "fewer": dict(rest),
        "order": dict([*rest, first]),
    }[change]

    with pytest.raises(StoreError, match="differs from its schema"):
        Checker(Table.TURNS).check(wrong)
