from dataclasses import fields

import pytest

from app.core.records import TurnRecord
from app.core.rows import TURN_COLUMNS
from app.metrics.definitions import BREAKDOWN, DEFINITIONS, MetricDefinition
from app.metrics.definitions_columns import COLUMN_WORDS
from app.metrics.turn_parts import PARTS

COLUMNS = {field.name for field in fields(TurnRecord)}
NOT_BY_SUFFIX = {
    "audio_tokens_per_s",
    "chunks_n",
    "client_xruns",
    "false_interrupt",
    "interrupt_kind",
    "missed_interrupt",
    "overspeech_words",
    "premature",
    "self_interrupted",
    "stall_ratio",
    "stalls_n",
    "takeover",
    "tool_lead_in",
    "wasted_tokens",
}
MEASURED = {name for name in COLUMNS if name.endswith(("_ms", "_tps", "_x"))} | NOT_BY_SUFFIX
UNITS = {"ms": "ms", "tps": "tokens/s", "x": "x", "s": "tokens/s"}
TOLD = {
    "turn_id",
    "status",
    "error_type",
    "error_message",
    "input_name",
    "is_first_turn",
    "has_tool",
    "barge_in",
    "speech_end_method",
    "ttft_ref",
    "ttft_modality",
    "ref_text",
    "user_transcript",
    "agent_transcript",
    "usage",
    "transcription_text_in",
    "transcription_audio_in",
    "transcription_out",
    "transcription_s",
    "session_s",
    "characters",
    "text_messages",
    "interrupt_cause",
    "interrupter_name",
    "interrupter_is_turn",
    "device_clock",
    "client_limited",
    "excluded_reason",
    "reply_status",
    "reply_reason",
    "false_start",
}


def test_every_measured_column_is_defined_and_nothing_else() -> None:
    assert set(DEFINITIONS) == MEASURED


def test_what_is_neither_measured_nor_an_instant_is_told() -> None:
    instants = {name for name in COLUMNS if name.endswith("_ns")}

    assert COLUMNS - MEASURED - instants == TOLD


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=lambda row: row.id)
def test_a_definition_leaves_nothing_out(definition: MetricDefinition) -> None:
    assert definition.clock in {"session", "DAC", "media", "count"}
    assert definition.unit == UNITS.get(definition.id.rsplit("_", 1)[-1], "")
    words = (definition.name, definition.start, definition.end, definition.formula)
    for each in (*words, definition.source):
        assert each
        assert each == each.strip()
    assert definition.pitfalls.endswith(".")
    assert definition.hover.startswith(f"{definition.name}: {definition.formula}. From ")


def test_names_are_told_apart() -> None:
    assert len({row.name for row in DEFINITIONS.values()}) == len(DEFINITIONS)


def test_the_windows_of_rates_are_part_of_their_names() -> None:
    assert "within 2.0 s" in DEFINITIONS["missed_interrupt"].name
    assert "within 1.0 s" in DEFINITIONS["false_interrupt"].name


def test_the_breakdown_is_of_defined_columns() -> None:
    assert set(BREAKDOWN) < set(DEFINITIONS)
    assert set(BREAKDOWN) == set(PARTS)


def test_every_column_of_a_turn_has_a_meaning_and_no_other() -> None:
    others = [column for column in TURN_COLUMNS if column not in DEFINITIONS]

    assert list(COLUMN_WORDS) == others
    assert all(words and not words.endswith(".") for words in COLUMN_WORDS.values())
