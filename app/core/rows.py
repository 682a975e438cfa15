"""A turn as one flat row: the columns of ``turns.csv`` and of ``--json``.

Source: the export schema, section 12.2 of the metrics specification. Columns that this
version cannot measure yet are absent rather than empty.
"""

from dataclasses import fields
from enum import Enum
from typing import TypeAlias

from app.core.events import TokenUsage
from app.core.records import SCHEMA_VERSION, SessionRecord, TurnRecord

Cell: TypeAlias = str | int | float | bool | None

_USAGE_COLUMNS = {
    "text_in": "input_text",
    "audio_in": "input_audio",
    "image_in": "input_image",
    "text_in_cached": "cached_text",
    "audio_in_cached": "cached_audio",
    "image_in_cached": "cached_image",
    "text_out": "output_text",
    "audio_out": "output_audio",
    "tokens_in": "input_total",
    "tokens_cached": "cached_total",
    "tokens_out": "output_total",
}
_TURN_FIELDS = tuple(field.name for field in fields(TurnRecord) if field.name != "usage")

TURN_COLUMNS: tuple[str, ...] = (
    "schema_version",
    "session_id",
    "provider",
    "model",
    "vad_mode",
    "vad_silence_ms",
    *_TURN_FIELDS,
    *_USAGE_COLUMNS,
)
"""Every column, in order."""


def turn_row(session: SessionRecord, turn: TurnRecord) -> dict[str, Cell]:
    """Return ``turn`` as a mapping of all TURN_COLUMNS, in order; unknown is None."""
    detection = session.settings.turn_detection
    usage = turn.usage or TokenUsage()
    row: dict[str, Cell] = {
        "schema_version": SCHEMA_VERSION,
        "session_id": session.session_id,
        "provider": session.target.provider,
        "model": session.target.model,
        "vad_mode": detection.mode.value,
        "vad_silence_ms": detection.silence_ms,
    }
    for name in _TURN_FIELDS:
        value = getattr(turn, name)
        row[name] = value.value if isinstance(value, Enum) else value
    row.update({column: getattr(usage, name) for column, name in _USAGE_COLUMNS.items()})
    return row
