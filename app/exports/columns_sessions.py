"""The columns of the table of sessions, and where each comes from.

Source: metrics specification, section 12.2.
"""

import json
import statistics
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from app.core.ports import StoredSession
from app.core.privacy import RecordingMode
from app.core.records import TurnStatus
from app.core.rows import Cell
from app.exports.columns import MONEY_COLUMNS, Column, Kind

_Get: TypeAlias = Callable[[StoredSession], Cell]
_Row: TypeAlias = tuple[str, Kind, str, str, str | _Get]
"""Name, kind, unit, meaning, and where in the record it stands."""

_FAILED: Final = frozenset({TurnStatus.TIMEOUT, TurnStatus.ERROR})


def _machine(name: str) -> _Get:
    def get(stored: StoredSession) -> Cell:
        value = stored.record.machine.get(name)
        return None if value is None else str(value)

    return get


def _cores(stored: StoredSession) -> Cell:
    value = stored.record.machine.get("cores")
    return value if type(value) is int else None


def _host(stored: StoredSession) -> Cell:
    return urlsplit(stored.record.target.url).hostname


def _instructions(stored: StoredSession) -> Cell:
    text = stored.record.settings.instructions
    return None if text is None else sha256(text.encode("utf-8", "replace")).hexdigest()


def _rtt(stored: StoredSession) -> Cell:
    rtts = stored.record.rtts_ms
    return statistics.median(rtts) if rtts else None


def _consents(stored: StoredSession) -> Cell:
    told = [{"who": each.who, "at_utc": each.at_utc} for each in stored.record.consents]
    return json.dumps(told, ensure_ascii=False) if told else None


def _failed(stored: StoredSession) -> Cell:
    return sum(turn.status in _FAILED for turn in stored.turns)


def _interrupted(stored: StoredSession) -> Cell:
    return sum(turn.status is TurnStatus.INTERRUPTED for turn in stored.turns)


def _total(name: str) -> _Get:
    """Return the sum over the turns; None where one that has an account does not say."""

    def get(stored: StoredSession) -> Cell:
        told = [turn.usage for turn in stored.turns if turn.usage is not None]
        counts = [getattr(usage, name) for usage in told]
        return sum(counts) if counts and None not in counts else None

    return get


_N, _F, _B, _T, _I = Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN, Kind.TEXT, Kind.INSTANT

# fmt: off
_ACCOUNT: Final[tuple[_Row, ...]] = (
    ("schema_version", _T, "", "version of the session's own files", "schema_version"),
    ("session_id", _T, "", "the session", "session_id"),
    ("run_id", _T, "", "the run of several sessions that it belongs to", "run_id"),
    ("order_idx", _N, "", "its place in that run, from 0", "order_idx"),
    ("rerun_of", _T, "", "the recorded session whose user is heard again", "rerun_of"),
    ("folder", _T, "", "name of its folder", lambda stored: stored.folder.name),
    ("state", _T, "", "complete, interrupted, failed or running", "state"),
    ("end_reason", _T, "", "why it ended", "end_reason"),
    ("t0_utc", _I, "", "when it began: the zero of the recording", "t0_utc"),
    ("ended_utc", _I, "", "when it ended", "ended_utc"),
    ("app_version", _T, "", "version of this program", "app_version"),
    ("system", _T, "", "operating system", _machine("system")),
    ("processor", _T, "", "kind of processor", _machine("processor")),
    ("cores", _N, "", "its cores", _cores),
    ("python", _T, "", "version of Python", _machine("python")),
    ("provider", _T, "", "who serves the model", "target.provider"),
    ("model", _T, "", "the model that was asked for", "target.model"),
    ("title", _T, "", "its name for people", "target.title"),
    ("endpoint_host", _T, "", "the host that was connected to", _host),
    ("dialect", _T, "", "spelling of the wire protocol", "target.dialect"),
    ("voice", _T, "", "the voice that was asked for", "settings.voice"),
    ("instructions_sha256", _T, "", "SHA-256 of the instructions, UTF-8", _instructions),
    ("tools_n", _N, "", "functions that were offered", lambda s: len(s.record.settings.tools)),
    ("input_name", _T, "", "microphone or file", "input_name"),
    ("output_name", _T, "", "loudspeaker", "output_name"),
    ("speech_ends", _T, "", "how ends of speech are found: annotated, silero or energy",
     "speech_ends"),
    ("echo_cancellation", _B, "", "whether echo was taken out of the microphone",
     "conduct.processing.echo_cancellation"),
    ("noise_suppression", _B, "", "whether noise was", "conduct.processing.noise_suppression"),
    ("auto_gain", _B, "", "whether its level was set by itself", "conduct.processing.auto_gain"),
    ("half_duplex", _B, "", "whether it was silent while a reply sounded",
     "conduct.processing.half_duplex"),
    ("barge_in_enabled", _B, "", "whether speech stopped a reply", "conduct.barge_in.enabled"),
    ("recording_mode", _T, "", "full, or figures: neither sound nor words were kept",
     "recording_mode"),
    ("consents_n", _N, "", "people who agreed to being recorded",
     lambda stored: len(stored.record.consents)),
    ("consents", _T, "", "who they are and when they did, JSON", _consents),
    ("budget_warn_usd", _F, "USD", "cost above which the user was warned", "budget.warn_usd"),
    ("budget_stop_usd", _F, "USD", "cost above which the session ended", "budget.stop_usd"),
)
_MEASURED: Final[tuple[_Row, ...]] = (
    ("engine_calibration_id", _T, "", "the calibration of this program against known delays",
     "calibration.engine.calibration_id"),
    ("engine_v2v_error_p50_ms", _F, "ms", "its median error of voice to voice",
     "calibration.engine.v2v_error_p50_ms"),
    ("engine_v2v_error_p95_ms", _F, "ms", "its 95th percentile",
     "calibration.engine.v2v_error_p95_ms"),
    ("engine_v2v_bias_ms", _F, "ms", "its median with the sign",
     "calibration.engine.v2v_bias_ms"),
    ("device_calibration_id", _T, "", "the calibration of this pair of devices",
     "calibration.devices.calibration_id"),
    ("device_residual_ms", _F, "ms", "what it adds for an ear",
     "calibration.devices.residual_ms"),
    ("device_residual_iqr_ms", _F, "ms", "between the quartiles of that",
     "calibration.devices.residual_iqr_ms"),
    ("device_loop_ms", _F, "ms", "handed over until captured, median",
     "calibration.devices.loop_ms"),
    ("device_clock", _T, "", "measured or assumed", "calibration.devices.device_clock"),
    ("dns_ms", _F, "ms", "name to addresses", "connect.dns_ms"),
    ("tcp_ms", _F, "ms", "first SYN until an address answered", "connect.tcp_ms"),
    ("tls_ms", _F, "ms", "encryption", "connect.tls_ms"),
    ("upgrade_ms", _F, "ms", "request until the switch of protocols", "connect.upgrade_ms"),
    ("created_ms", _F, "ms", "that until the provider's first event", "connect.created_ms"),
    ("ready_ms", _F, "ms", "that until our configuration was accepted", "connect.ready_ms"),
    ("connect_total_ms", _F, "ms", "all stages", "connect.total_ms"),
    ("connect_cold", _B, "", "the process's first connection to the host", "connect.cold"),
    ("connected_s", _F, "s", "how long it was open at its provider, as counted", "connected_s"),
    ("connect_address", _T, "", "the address that answered", "connect.address"),
    ("tls_version", _T, "", "e.g. TLSv1.3", "connect.tls_version"),
    ("rtts_n", _N, "", "round trips of pings", lambda stored: len(stored.record.rtts_ms)),
    ("rtt_p50_ms", _F, "ms", "their median", _rtt),
    ("lost_after_ms", _F, "ms", "life of a connection whose end was not ours", "lost_after_ms"),
    ("renewals", _N, "", "new connections that it went on in", "renewals"),
    ("provider_stalls", _N, "", "turns after which the provider fell silent", "provider_stalls"),
    ("self_triggers", _N, "", "times the agent's voice was taken for the user's",
     "self_triggers"),
    ("clock_jumps_n", _N, "", "times the wall clock left the session's",
     lambda stored: len(stored.record.clock_jumps_ms)),
)
_COUNTERS: Final[tuple[_Row, ...]] = tuple(
    (f"{name}_n", _N, "", meaning, f"counters.{name}")
    for name, meaning in (
        ("unknown_messages", "messages that the protocol does not know"),
        ("protocol_errors", "messages that break it"),
        ("provider_errors", "errors that the provider told"),
        ("dropped_capture_frames", "frames of the microphone that were lost"),
        ("dropped_playback_frames", "frames of replies that were lost"),
        ("dropped_journal_lines", "lines of the journal that were lost"),
        ("dropped_reports", "reports to the front end that were lost"),
        ("client_limited", "turns that our own side may have spoilt"),
    )
)
_STREAMS: Final[tuple[_Row, ...]] = tuple(
    (f"{side}_{name}", kind, unit, f"{of}: {meaning}", f"counters.{side}.{name}")
    for side, of in (("capture", "microphone"), ("playback", "loudspeaker"))
    for name, kind, unit, meaning in (
        ("xruns", _N, "", "overflows or underflows"),
        ("restarts", _N, "", "times it was lost and opened anew"),
        ("callback_lag_ms", _F, "ms", "largest lateness of a callback"),
        ("measured_rate_hz", _F, "Hz", "frames a second, measured"),
    )
)
_TOTALS: Final[tuple[_Row, ...]] = (
    ("turns_n", _N, "", "rows in the table of turns", lambda stored: len(stored.turns)),
    ("failed_n", _N, "", "of them, timed out or ended in an error", _failed),
    ("interrupted_n", _N, "", "of them, cut short by the user", _interrupted),
    ("tokens_in", _N, "", "tokens read; empty where one turn does not say",
     _total("input_total")),
    ("tokens_cached", _N, "", "of them, cached", _total("cached_total")),
    ("tokens_out", _N, "", "tokens of the replies", _total("output_total")),
    ("odd", _T, "", "what was missing or damaged when it was read",
     lambda stored: "; ".join(stored.odd) or None),
)
# fmt: on
_TOLD: Final = (*_ACCOUNT, *_MEASURED, *_COUNTERS, *_STREAMS, *_TOTALS)
_WORDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"recording_mode": tuple(mode.value for mode in RecordingMode)}
)
_REQUIRED: Final = frozenset({"schema_version", "session_id", "turns_n"})
_FILES: Final = (
    Column(name="recording_bytes", kind=_N, unit="B", meaning="size of stereo.wav"),
    Column(name="recording_sha256", kind=_T, meaning="SHA-256 of stereo.wav as it is stored"),
)

SESSION_COLUMNS: Final = (
    *(
        Column(
            name=name,
            kind=kind,
            unit=unit,
            meaning=meaning,
            words=_WORDS.get(name, ()),
            required=name in _REQUIRED,
        )
        for name, kind, unit, meaning, _ in _TOLD
    ),
    *_FILES,
    *MONEY_COLUMNS,
)
"""In order."""


def told_of(stored: StoredSession) -> dict[str, Cell]:
    """Return what a session's account says, without the columns of files and of money."""
    return {name: _cell(stored, where) for name, _, _, _, where in _TOLD}


def _cell(stored: StoredSession, where: str | _Get) -> Cell:
    if not isinstance(where, str):
        return where(stored)
    value: Any = stored.record
    for name in where.split("."):
        value = None if value is None else getattr(value, name)
    if isinstance(value, Decimal):
        return float(value)
    cell: Cell = value.value if isinstance(value, Enum) else value
    return cell
