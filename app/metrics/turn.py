"""From a turn's instants to its row: every latency with its reference, signs kept.

Source: metrics specification, sections 2 to 4.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, Final

from app.core.events import ResponseFinished, TokenUsage
from app.core.records import TurnRecord, TurnStatus
from app.metrics.timeline import TurnTimeline
from app.metrics.turn_context import TurnContext
from app.metrics.turn_end import ending
from app.metrics.turn_facts import TurnFacts, either, facts_of, span_ms
from app.metrics.turn_health import (
    EXCLUDED_CLOCK,
    EXCLUDED_SUM,
    EXCLUDED_XRUN,
    LAG_LIMIT_MS,
    client_limited,
    excluded_reason,
)
from app.metrics.turn_meters import metered
from app.metrics.turn_parts import SUM_TOLERANCE_MS, breakdown, breakdown_residual_ms
from app.metrics.turn_reply import BURST_NS, first_token, stream, text_tps, tools, words
from app.metrics.turn_taking import YIELD_WINDOW_MS, taking
from app.metrics.turn_unheard import unheard

__all__ = [
    "BURST_NS",
    "EXCLUDED_CLOCK",
    "EXCLUDED_SUM",
    "EXCLUDED_XRUN",
    "LAG_LIMIT_MS",
    "SUM_TOLERANCE_MS",
    "YIELD_WINDOW_MS",
    "TurnContext",
    "breakdown_residual_ms",
    "span_ms",
    "text_tps",
    "total_usage",
    "turn_record",
]


def turn_record(timeline: TurnTimeline, context: TurnContext) -> TurnRecord:
    """Return the row of a turn, whole or still under way."""
    facts = facts_of(timeline, context)
    columns = {
        **_told(facts),
        **_instants(facts),
        **breakdown(facts),
        **first_token(facts),
        **words(facts),
        **tools(facts),
        **stream(facts),
        **taking(facts),
        **ending(facts),
        **unheard(facts),
        **metered(timeline),
    }
    record = _with_failure(TurnRecord(**columns), timeline)
    return replace(
        record, client_limited=client_limited(record), excluded_reason=excluded_reason(record)
    )


def _told(facts: TurnFacts) -> Mapping[str, Any]:
    """Return what the session said of the turn, and its money."""
    context, timeline = facts.context, facts.timeline
    jump = context.clock_jump_ms if context.clock_jump_ms is not None else timeline.clock_jump_ms
    return {
        "turn_id": context.turn_id,
        "status": _status(timeline, context),
        "error_type": context.error_type,
        "error_message": context.error_message,
        "input_name": context.input_name,
        "is_first_turn": context.is_first_turn,
        "ref_text": context.ref_text,
        "usage": total_usage(timeline.finishes),
        "rtt_ms": context.rtt_ms,
        "loop_lag_p99_ms": context.loop_lag_p99_ms,
        "callback_lag_ms": context.callback_lag_ms,
        "client_xruns": context.client_xruns,
        "clock_jump_ms": jump,
        "device_clock": context.device_clock,
    }


def _instants(facts: TurnFacts) -> Mapping[str, Any]:
    timeline = facts.timeline
    return {
        "u_on_ns": timeline.u_on_ns,
        "u_off_ns": timeline.u_off_ns,
        "speech_end_method": timeline.speech_end_method,
        "sent_ns": timeline.sent_ns,
        "vad_on_ns": timeline.vad_on_ns,
        "vad_off_ns": timeline.vad_off_ns,
        "commit_ns": either(timeline.commit_tx_ns, timeline.committed_ns),
        "create_ns": either(timeline.create_tx_ns, timeline.response_ns),
        "decided_ns": timeline.decided_ns,
        "tok1_ns": None if facts.first_token is None else facts.first_token[0],
        "first_audio_ns": facts.first_audio_ns,
        "last_audio_ns": timeline.last_audio_ns,
        "playback_ns": timeline.playback_ns,
        "audible_ns": timeline.audible_ns,
        "audible_end_ns": timeline.audible_end_ns,
        "done_ns": timeline.done_ns,
        "user_final_ns": timeline.user_final_ns,
        "tool_called_ns": timeline.tool_called_ns,
        "tool_result_ns": timeline.tool_result_ns,
    }


_STATUS: Final[Mapping[tuple[str, str | None], TurnStatus]] = {
    ("cancelled", "turn_detected"): TurnStatus.INTERRUPTED,
    ("incomplete", "max_output_tokens"): TurnStatus.OK,
    ("completed", None): TurnStatus.OK,
    ("cancelled", None): TurnStatus.CANCELLED,
}
"""By the wire's status and reason; a reason that is not named falls back on None."""


def _status(timeline: TurnTimeline, context: TurnContext) -> TurnStatus:
    if context.status is not None:
        return context.status
    if timeline.flush is not None:
        return TurnStatus.INTERRUPTED
    last = timeline.last_finish
    if last is not None:
        fallback = _STATUS.get((last.status, None), TurnStatus.ERROR)
        return _STATUS.get((last.status, last.reason), fallback)
    answered = timeline.tok1_ns is not None or timeline.audible_ns is not None
    return TurnStatus.OK if answered else TurnStatus.TIMEOUT


def _with_failure(record: TurnRecord, timeline: TurnTimeline) -> TurnRecord:
    """Fill in the provider's own words where the session gave none."""
    last = timeline.last_finish
    if record.status is not TurnStatus.ERROR or last is None:
        return record
    return replace(
        record,
        error_type=record.error_type or last.error_code or last.reason or last.status,
        error_message=record.error_message or last.error_message,
    )


def total_usage(finishes: Iterable[ResponseFinished]) -> TokenUsage | None:
    """Return the tokens of the replies that reported theirs, added up; None if none did."""
    reports = [finish.usage for finish in finishes if finish.usage is not None]
    if not reports:
        return None
    totals: dict[str, int | None] = {}
    for field in fields(TokenUsage):
        known = [n for n in (getattr(usage, field.name) for usage in reports) if n is not None]
        totals[field.name] = sum(known) if known else None
    return TokenUsage(**totals)
