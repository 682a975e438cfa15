from dataclasses import fields

import pytest

from app.core.records import TurnRecord
from app.metrics.definitions import BREAKDOWN, DEFINITIONS, MetricDefinition

COLUMNS = {field.name for field in fields(TurnRecord)}
MEASURED = {
    name
    for name in COLUMNS
    if name.endswith(("_ms", "_tps", "_x")) or name in {"chunks_n", "stalls_n", "client_xruns"}
}


def test_every_measured_column_is_defined_and_nothing_else() -> None:
    assert set(DEFINITIONS) == MEASURED


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=lambda row: row.id)
def test_a_definition_leaves_nothing_out(definition: MetricDefinition) -> None:
    assert definition.clock in {"session", "DAC", "media", "count"}
    assert definition.unit == {"ms": "ms", "tps": "tokens/s", "x": "x"}.get(
        definition.id.rsplit("_", 1)[1], ""
    )
    for words in (definition.name, definition.start, definition.end, definition.formula):
        assert words
        assert words == words.strip()
    assert definition.pitfalls.endswith(".")
    assert definition.hover.startswith(f"{definition.name}: {definition.formula}. From ")


def test_names_are_told_apart() -> None:
    assert len({row.name for row in DEFINITIONS.values()}) == len(DEFINITIONS)


def test_the_breakdown_is_of_defined_columns() -> None:
    assert set(BREAKDOWN) < set(DEFINITIONS)
