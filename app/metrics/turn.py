"""From a turn's instants to its row: every latency with its reference, signs kept.

Voice-to-voice is a sum of parts, and they must add up:

``v2v = tx_wait + endpointing + server_response + leading_silence + playout_wait + device_out``

A negative part or total is legal: the agent may start before the user has ended. A part that
was not seen is inside its neighbour, as ``app.metrics.definitions`` says of each.

Source: metrics specification, 3.1 and 3.2.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from app.core.clock import Nanoseconds, ms
from app.core.events import ResponseFinished, TokenUsage
from app.core.ids import ResponseId
from app.core.records import TurnRecord, TurnStatus
from app.metrics.chunks import delivery
from app.metrics.timeline import TurnTimeline

SUM_TOLERANCE_MS: Final = 1.0
"""By how much the parts may miss the whole before a turn is excluded."""

BURST_NS: Final = 20_000_000
"""Deltas closer together than this came in one burst."""

EXCLUDED_XRUN: Final = "xrun"
EXCLUDED_SUM: Final = "breakdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnContext:
    """What a turn's own events do not say.

    Attributes:
        status: How the session says it ended, e.g. TIMEOUT; None to read it from the reply.
        interrupted_by_ns: When the speech that interrupted the reply began, or None.
        leading_silence_ms: Silence at the head of the reply's audio as received; None takes
            the time between its first and its first audible frame at the DAC.
        device_out_ms: What the device's own output buffer holds, or None where unknown.
        loop_lag_p99_ms: Lateness of the engine's loop in this turn.
        client_xruns: Xruns of our own devices in this turn.
        device_clock: "measured", "assumed" or "digital".
    """

    turn_id: int
    is_first_turn: bool = False
    status: TurnStatus | None = None
    error_type: str | None = None
    error_message: str | None = None
    input_name: str | None = None
    ref_text: str | None = None
    interrupted_by_ns: Nanoseconds | None = None
    leading_silence_ms: float | None = None
    device_out_ms: float | None = None
    loop_lag_p99_ms: float | None = None
    client_xruns: int | None = None
    device_clock: str | None = None


def span_ms(start: Nanoseconds | None, end: Nanoseconds | None) -> float | None:
    """Return ``end - start`` in ms, or None unless both were seen. Unknown is never zero."""
    if start is None or end is None:
        return None
    return ms(Nanoseconds(end - start))


def turn_record(timeline: TurnTimeline, context: TurnContext) -> TurnRecord:
    """Return the row of a turn, whole or still under way."""
    record = TurnRecord(
        turn_id=context.turn_id,
        status=_status(timeline, context),
        error_type=context.error_type,
        error_message=context.error_message,
        input_name=context.input_name,
        is_first_turn=context.is_first_turn,
        has_tool=timeline.tool_called_ns is not None,
        barge_in=context.interrupted_by_ns is not None,
        ref_text=context.ref_text,
        user_transcript=timeline.user_transcript,
        agent_transcript=timeline.agent_transcript,
        usage=total_usage(timeline.finishes),
        loop_lag_p99_ms=context.loop_lag_p99_ms,
        client_xruns=context.client_xruns,
        device_clock=context.device_clock,
    )
    record = _with_failure(record, timeline)
    record = _with_instants(record, timeline)
    record = _with_breakdown(record, timeline, context)
    record = _with_first_token(record, timeline)
    record = _with_stream(record, timeline)
    record = _with_interruption(record, timeline, context)
    return replace(record, excluded_reason=_excluded_reason(record))


def _with_instants(record: TurnRecord, timeline: TurnTimeline) -> TurnRecord:
    return replace(
        record,
        u_on_ns=timeline.u_on_ns,
        u_off_ns=timeline.u_off_ns,
        speech_end_method=timeline.speech_end_method,
        vad_on_ns=timeline.vad_on_ns,
        vad_off_ns=timeline.vad_off_ns,
        first_audio_ns=timeline.first_audio_ns,
        audible_ns=timeline.audible_ns,
        done_ns=timeline.done_ns,
    )


def _with_breakdown(record: TurnRecord, timeline: TurnTimeline, context: TurnContext) -> TurnRecord:
    u_off = timeline.u_off_ns
    left = timeline.sent_ns if timeline.sent_ns is not None else u_off
    asked = timeline.decided_ns if timeline.decided_ns is not None else left
    waited = span_ms(timeline.first_audio_ns, timeline.playback_ns)
    device_out = context.device_out_ms if waited is not None else None
    playout_wait = waited - (device_out or 0.0) if waited is not None else None
    leading = context.leading_silence_ms
    if leading is None:
        leading = span_ms(timeline.playback_ns, timeline.audible_ns)
    tx_wait = span_ms(u_off, timeline.sent_ns)
    return replace(
        record,
        v2v_ms=span_ms(u_off, timeline.audible_ns),
        tx_wait_ms=tx_wait,
        endpointing_ms=span_ms(left, timeline.decided_ns),
        server_response_ms=span_ms(asked, timeline.first_audio_ns),
        leading_silence_ms=leading,
        playout_wait_ms=playout_wait,
        device_out_ms=device_out,
        client_added_ms=_client_added(tx_wait, playout_wait, timeline),
    )


def _client_added(
    tx_wait: float | None, playout_wait: float | None, timeline: TurnTimeline
) -> float | None:
    """Return what we add on both ways; of a typed turn there is only the way back."""
    if playout_wait is None or (tx_wait is None and timeline.text_tx_ns is None):
        return None
    return (tx_wait or 0.0) + playout_wait


def _with_first_token(record: TurnRecord, timeline: TurnTimeline) -> TurnRecord:
    tok1, a0 = timeline.tok1_ns, timeline.first_audio_ns
    eos = timeline.u_off_ns
    stop = timeline.vad_off_ns
    commit = _either(timeline.commit_tx_ns, timeline.committed_ns)
    create = _either(timeline.create_tx_ns, timeline.response_ns)
    ref, start = _reference(timeline)
    ttfa = span_ms(start, a0)
    leading = record.leading_silence_ms
    modality = timeline.tok1_modality
    return replace(
        record,
        ttft_ms=span_ms(start, tok1),
        ttft_ref=ref,
        ttft_modality=modality.value if modality is not None else None,
        ttft_eos_ms=span_ms(eos, tok1),
        ttft_stop_ms=span_ms(stop, tok1),
        ttft_commit_ms=span_ms(commit, tok1),
        ttft_create_ms=span_ms(create, tok1),
        ttfa_eos_ms=span_ms(eos, a0),
        ttfa_stop_ms=span_ms(stop, a0),
        ttfa_commit_ms=span_ms(commit, a0),
        ttfa_create_ms=span_ms(create, a0),
        ttfaa_ms=ttfa + leading if ttfa is not None and leading is not None else None,
        done_ms=span_ms(start, timeline.done_ns),
        user_final_transcript_ms=span_ms(eos, timeline.user_final_ns),
        tool_exec_ms=span_ms(timeline.tool_called_ns, timeline.tool_result_ns),
        tool_v2v_ms=span_ms(eos, timeline.audible_after_tool_ns),
    )


def _reference(timeline: TurnTimeline) -> tuple[str | None, Nanoseconds | None]:
    """Return the reference of ``ttft_ms``: the provider's stop, else a commit, else a create."""
    candidates = (
        ("stop", timeline.vad_off_ns),
        ("commit", _either(timeline.commit_tx_ns, timeline.committed_ns)),
        ("create", _either(timeline.create_tx_ns, timeline.response_ns)),
    )
    return next(((name, at) for name, at in candidates if at is not None), (None, None))


def _either(ours: Nanoseconds | None, theirs: Nanoseconds | None) -> Nanoseconds | None:
    return ours if ours is not None else theirs


def _with_stream(record: TurnRecord, timeline: TurnTimeline) -> TurnRecord:
    came = delivery(timeline.audio)
    played = timeline.playback_ns is not None
    return replace(
        record,
        audio_out_ms=came.audio_ms,
        chunks_n=came.chunks_n,
        required_prebuffer_ms=came.required_prebuffer_ms,
        jitter_p95_ms=came.jitter_p95_ms,
        delivery_x=came.delivery_x,
        stalls_n=len(timeline.stalls_ms) if played else None,
        stall_ms=float(sum(timeline.stalls_ms)) if played else None,
        text_tps=text_tps(timeline),
    )


def text_tps(timeline: TurnTimeline) -> float | None:
    """Return text tokens per second between the first and the last delta of each reply.

    A reply's tokens are those its usage reports, else its deltas are counted as tokens.
    None without a reply whose deltas took BURST_NS: words that come at once have no rate.
    """
    reported = {f.response_id: f.usage.output_text for f in timeline.finishes if f.usage}
    replies: defaultdict[ResponseId, list[Nanoseconds]] = defaultdict(list)
    for arrival in timeline.text:
        replies[arrival.response_id].append(arrival.at_ns)
    steps = 0
    span_ns = 0
    for response_id, stamps in replies.items():
        if stamps[-1] - stamps[0] >= BURST_NS:
            steps += (reported.get(response_id) or len(stamps)) - 1
            span_ns += stamps[-1] - stamps[0]
    return steps / (span_ns / 1e9) if steps > 0 else None


def _with_interruption(
    record: TurnRecord, timeline: TurnTimeline, context: TurnContext
) -> TurnRecord:
    flush = timeline.flush
    return replace(
        record,
        vad_on_latency_ms=span_ms(timeline.u_on_ns, timeline.vad_on_ns),
        local_stop_ms=span_ms(context.interrupted_by_ns, flush.at_ns if flush else None),
        heard_ms=flush.played_ms if flush else None,
        truncate_sent_ms=timeline.truncate_sent_ms,
    )


def _excluded_reason(record: TurnRecord) -> str | None:
    """Return why a turn's latencies do not count, or None. It stays in the denominator."""
    if record.client_xruns:
        return EXCLUDED_XRUN
    residual = breakdown_residual_ms(record)
    if residual is not None and abs(residual) > SUM_TOLERANCE_MS:
        return EXCLUDED_SUM
    return None


def breakdown_residual_ms(record: TurnRecord) -> float | None:
    """Return ``v2v`` less the sum of its parts; None where ``v2v`` is unknown."""
    parts = (
        record.tx_wait_ms,
        record.endpointing_ms,
        record.server_response_ms,
        record.leading_silence_ms,
        record.playout_wait_ms,
        record.device_out_ms,
    )
    if record.v2v_ms is None:
        return None
    return record.v2v_ms - sum(part for part in parts if part is not None)


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
    if context.interrupted_by_ns is not None:
        return TurnStatus.INTERRUPTED
    if timeline.finishes:
        last = timeline.finishes[-1]
        fallback = _STATUS.get((last.status, None), TurnStatus.ERROR)
        return _STATUS.get((last.status, last.reason), fallback)
    return TurnStatus.TIMEOUT if timeline.tok1_ns is None else TurnStatus.OK


def _with_failure(record: TurnRecord, timeline: TurnTimeline) -> TurnRecord:
    """Fill in the provider's own words where the session gave none."""
    if record.status is not TurnStatus.ERROR or not timeline.finishes:
        return record
    last = timeline.finishes[-1]
    return replace(
        record,
        error_type=record.error_type or last.error_code or last.reason or last.status,
        error_message=record.error_message or last.error_message,
    )


def total_usage(finishes: tuple[ResponseFinished, ...]) -> TokenUsage | None:
    """Return the tokens of the replies that reported theirs, added up; None if none did."""
    reports = [finish.usage for finish in finishes if finish.usage is not None]
    if not reports:
        return None
    totals: dict[str, int | None] = {}
    for field in fields(TokenUsage):
        known = [n for n in (getattr(usage, field.name) for usage in reports) if n is not None]
        totals[field.name] = sum(known) if known else None
    return TokenUsage(**totals)
