"""Voice-to-voice as the sum of its parts, and what of it is ours.

``v2v = tx_wait + endpointing + server_response + leading_silence + playout_wait + device_out``

A negative part or total is legal: the agent may start before the user has ended. A part that
was not seen is inside its neighbour, as ``app.metrics.definitions`` says of each.

The leading silence is counted in samples as they were received, all else between instants, so
what the sum misses is a check of the clocks and not zero by construction.

Source: metrics specification, 2.3, 2.4 and 3.1.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.core.clock import Nanoseconds
from app.core.records import TurnRecord
from app.metrics.turn_facts import TurnFacts, less, span_ms
from app.metrics.uncertainty import v2v_uncertainty

SUM_TOLERANCE_MS: Final = 1.0
"""By how much the parts may miss the whole before a turn is excluded."""

PARTS: Final = (
    "tx_wait_ms",
    "endpointing_ms",
    "server_response_ms",
    "leading_silence_ms",
    "playout_wait_ms",
    "device_out_ms",
)


def breakdown(facts: TurnFacts) -> Mapping[str, Any]:
    """Return voice-to-voice, its flavours and its parts."""
    timeline, context = facts.timeline, facts.context
    v2v = span_ms(timeline.u_off_ns, timeline.audible_ns)
    parts = _parts(facts)
    tx_wait, playout_wait = parts["tx_wait_ms"], parts["playout_wait_ms"]
    buffered = _jitter_buffer_ms(facts)
    return {
        **parts,
        "v2v_ms": v2v,
        "v2v_line_ms": _at_the_line(v2v, parts["device_out_ms"], context.device_clock),
        "v2v_ear_ms": _more(v2v, context.device_residual_ms),
        "fto_ms": v2v,
        "u_v2v_ms": None if v2v is None else _uncertainty_ms(facts),
        "premature": None if v2v is None else v2v < 0,
        "breakdown_residual_ms": residual_ms(v2v, parts),
        "client_added_ms": _client_added(facts, tx_wait, playout_wait),
        "tx_quantisation_ms": None if tx_wait is None else context.tx_quantisation_ms,
        "tx_lateness_ms": less(tx_wait, context.tx_quantisation_ms),
        "jitter_buffer_ms": buffered,
        "playout_rest_ms": less(playout_wait, buffered),
    }


def residual_ms(v2v: float | None, parts: Mapping[str, float | None]) -> float | None:
    """Return ``v2v`` less the sum of its parts; None where ``v2v`` is unknown."""
    return less(v2v, *(part for part in parts.values() if part is not None))


def breakdown_residual_ms(record: TurnRecord) -> float | None:
    """Return what the parts of ``record`` miss of the whole; None where that is unknown."""
    return residual_ms(record.v2v_ms, {name: getattr(record, name) for name in PARTS})


def _parts(facts: TurnFacts) -> dict[str, float | None]:
    timeline = facts.timeline
    u_off, sent = timeline.u_off_ns, timeline.sent_ns
    left = sent if sent is not None else u_off
    asked = timeline.decided_ns if timeline.decided_ns is not None else left
    parts: dict[str, float | None] = {
        "tx_wait_ms": span_ms(u_off, sent),
        "endpointing_ms": span_ms(left, timeline.decided_ns),
    }
    if facts.way_unseen:
        return {**parts, **_unseen_reply(facts, asked)}
    return {**parts, **_seen_reply(facts, asked)}


def _unseen_reply(facts: TurnFacts, asked: Nanoseconds | None) -> dict[str, float | None]:
    """Return the parts where the way from the socket to the loudspeaker was not seen."""
    timeline = facts.timeline
    heard = timeline.audible_ns
    device_out = None if heard is None else facts.context.device_out_ms
    until = span_ms(asked, heard if heard is not None else facts.first_audio_ns)
    return {
        "server_response_ms": None if until is None else until - (device_out or 0.0),
        "leading_silence_ms": None,
        "playout_wait_ms": None,
        "device_out_ms": device_out,
    }


def _seen_reply(facts: TurnFacts, asked: Nanoseconds | None) -> dict[str, float | None]:
    timeline = facts.timeline
    device_out = facts.context.device_out_ms
    if facts.continuous:
        waited = less(span_ms(facts.first_audio_ns, timeline.audible_ns), facts.leading_ms)
    else:
        waited = _more(span_ms(facts.first_audio_ns, timeline.playback_ns), facts.stalled_ms)
    return {
        "server_response_ms": span_ms(asked, facts.first_audio_ns),
        "leading_silence_ms": facts.leading_ms,
        "playout_wait_ms": None if waited is None else waited - (device_out or 0.0),
        "device_out_ms": device_out,
    }


def _at_the_line(
    v2v: float | None, device_out: float | None, device_clock: str | None
) -> float | None:
    """Return ``v2v`` without the device's buffer; where there is no device, nothing is added."""
    none = device_clock == "digital" and device_out is None
    return v2v if none else less(v2v, device_out)


def _client_added(
    facts: TurnFacts, tx_wait: float | None, playout_wait: float | None
) -> float | None:
    """Return what we add on both ways; of a typed turn there is only the way back."""
    if playout_wait is None or (tx_wait is None and facts.timeline.text_tx_ns is None):
        return None
    return (tx_wait or 0.0) + playout_wait


def _jitter_buffer_ms(facts: TurnFacts) -> float | None:
    """Return how long the reply took to fill the jitter buffer: the wait that it costs."""
    playback = facts.timeline.playback
    if playback is None or playback.buffer_ms is None or facts.continuous:
        return None
    reply = facts.replies.get(playback.response_id)
    if reply is None:
        return None
    return span_ms(facts.first_audio_ns, reply.filled_ns(playback.buffer_ms))


def _uncertainty_ms(facts: TurnFacts) -> float | None:
    context = facts.context
    budget = v2v_uncertainty(
        facts.timeline.speech_end_method,
        context.device_clock,
        loop_lag_ms=context.loop_lag_p99_ms,
        frame_ms=context.frame_ms,
        callback_lag_ms=context.callback_lag_ms,
        device_iqr_ms=context.device_residual_iqr_ms,
    )
    return None if budget is None else budget.total_ms


def _more(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value + other
