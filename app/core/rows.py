"""A turn as one flat row: the columns of ``turns.csv`` and of ``--json``.

Source: the export schema, section 12.2 of the metrics specification. Columns that no figure
of this version stands behind are absent rather than empty.
"""

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import urlsplit

from app.core.calibration import CalibrationNote, DeviceCalibration, EngineCalibration
from app.core.config import VadMode
from app.core.events import TokenUsage
from app.core.records import SCHEMA_VERSION, SessionRecord, TurnRecord

Cell: TypeAlias = str | int | float | bool | None

USAGE_COLUMNS: Mapping[str, str] = MappingProxyType({
    "text_in": "input_text",
    "audio_in": "input_audio",
    "image_in": "input_image",
    "text_in_cached": "cached_text",
    "audio_in_cached": "cached_audio",
    "image_in_cached": "cached_image",
    "text_out": "output_text",
    "audio_out": "output_audio",
    "reasoning_out": "output_reasoning",
    "tokens_in": "input_total",
    "tokens_cached": "cached_total",
    "tokens_out": "output_total",
    "tokens_total": "total",
})  # fmt: skip
"""Columns of a reply's tokens, and their names in ``TokenUsage``."""

_TURN_FIELDS = tuple(field.name for field in fields(TurnRecord) if field.name != "usage")

TURN_COLUMNS: tuple[str, ...] = (
    "schema_version",
    "run_id",
    "session_id",
    "order_idx",
    "provider",
    "model",
    "endpoint_host",
    "transport",
    "voice",
    "vad_mode",
    "vad_silence_ms",
    "vad_threshold",
    "audio_format_in",
    "audio_format_out",
    "tools_n",
    "t0_utc",
    "engine_calibration_id",
    "device_calibration_id",
    "device_residual_ms",
    *_TURN_FIELDS,
    *USAGE_COLUMNS,
)
"""Every column, in order."""


def turn_row(session: SessionRecord, turn: TurnRecord) -> dict[str, Cell]:
    """Return ``turn`` as a mapping of all TURN_COLUMNS, in order; unknown is None."""
    detection = session.settings.turn_detection
    by_server = detection.mode is VadMode.SERVER
    usage = turn.usage or TokenUsage()
    engine, devices = _calibrations(session)
    row: dict[str, Cell] = {
        "schema_version": SCHEMA_VERSION,
        "run_id": session.run_id,
        "session_id": session.session_id,
        "order_idx": session.order_idx,
        "provider": session.target.provider,
        "model": session.target.model,
        "endpoint_host": urlsplit(session.target.url).hostname,
        "transport": "websocket",
        "voice": session.settings.voice,
        "vad_mode": detection.mode.value,
        "vad_silence_ms": detection.silence_ms if by_server else None,
        "vad_threshold": detection.threshold if by_server else None,
        "audio_format_in": session.settings.input_format.value,
        "audio_format_out": session.settings.output_format.value,
        "tools_n": len(session.settings.tools),
        "t0_utc": session.t0_utc,
        "engine_calibration_id": None if engine is None else engine.calibration_id,
        "device_calibration_id": None if devices is None else devices.calibration_id,
        "device_residual_ms": None if devices is None else devices.residual_ms,
    }
    for name in _TURN_FIELDS:
        value = getattr(turn, name)
        row[name] = value.value if isinstance(value, Enum) else value
    row.update({column: getattr(usage, name) for column, name in USAGE_COLUMNS.items()})
    return row


def _calibrations(
    session: SessionRecord,
) -> tuple[EngineCalibration | None, DeviceCalibration | None]:
    note = session.calibration or CalibrationNote()
    return note.engine, note.devices
