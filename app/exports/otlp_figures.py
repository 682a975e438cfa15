"""What telemetry tells of a turn where the conventions have no names: ours, and their columns.

Figures of time are seconds and keep their sign. What is unknown is absent, never 0. Money is
computed when telemetry is written, by the prices of the session's date (metrics specification,
sections 11 and 12.3).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.core.money import Cost
from app.core.records import TurnRecord
from app.exports.job import Pricing
from app.exports.otlp_session import seconds
from app.exports.otlp_wire import Attributes, Value

CURRENCY: Final = "USD"

_SECONDS: Final[Mapping[str, str]] = MappingProxyType({
    "vc.latency.v2v": "v2v_ms",
    "vc.latency.uncertainty": "u_v2v_ms",
    "vc.latency.ttfa": "ttfa_eos_ms",
    "vc.latency.ttft": "ttft_ms",
    "vc.latency.endpointing": "endpointing_ms",
    "vc.latency.server_response": "server_response_ms",
    "vc.turn.overlap": "overlap_ms",
    "vc.interruption.detection": "vad_on_latency_ms",
    "vc.interruption.local_stop": "local_stop_ms",
    "vc.interruption.server_stop": "server_stop_ms",
    "vc.interruption.yield": "yield_ms",
    "vc.interruption.overspeech": "overspeech_ms",
    "vc.interruption.resumed": "resumed_ms",
    "vc.interruption.wasted_audio": "wasted_audio_ms",
    "vc.interruption.truncation_error": "truncate_err_ms",
    "vc.audio.length": "audio_out_ms",
    "vc.audio.stalled": "stall_ms",
    "vc.audio.longest_stall": "stall_longest_ms",
    "vc.audio.prebuffer": "required_prebuffer_ms",
    "vc.audio.jitter": "jitter_p95_ms",
})  # fmt: skip
"""Attributes in seconds, and the columns, in milliseconds, that they are of."""

_PLAIN: Final[Mapping[str, str]] = MappingProxyType({
    "vc.turn.id": "turn_id",
    "vc.turn.status": "status",
    "vc.turn.excluded_reason": "excluded_reason",
    "vc.turn.client_limited": "client_limited",
    "vc.turn.reply_status": "reply_status",
    "vc.turn.false_start": "false_start",
    "vc.turn.premature": "premature",
    "vc.turn.takeover": "takeover",
    "vc.latency.ttft_ref": "ttft_ref",
    "vc.interruption.kind": "interrupt_kind",
    "vc.interruption.cause": "interrupt_cause",
    "vc.interruption.missed": "missed_interrupt",
    "vc.interruption.false": "false_interrupt",
    "vc.interruption.self": "self_interrupted",
    "vc.interruption.wasted_tokens": "wasted_tokens",
    "vc.audio.stalls": "stalls_n",
    "vc.audio.delivery": "delivery_x",
})  # fmt: skip

HISTOGRAMS: Final[Mapping[str, str]] = MappingProxyType({
    name: _SECONDS[name]
    for name in (
        "vc.latency.v2v", "vc.latency.ttfa", "vc.latency.endpointing", "vc.turn.overlap",
        "vc.interruption.detection", "vc.interruption.local_stop", "vc.interruption.yield",
        "vc.interruption.overspeech", "vc.interruption.wasted_audio", "vc.audio.stalled",
    )
})  # fmt: skip
"""Metrics of turns, and the columns that they are of."""


def turn_figures(turn: TurnRecord) -> dict[str, Value | None]:
    """Return what is known of a turn, by our own names."""
    told: dict[str, Value | None] = {
        name: seconds(getattr(turn, column)) for name, column in _SECONDS.items()
    }
    told |= {name: _word(getattr(turn, column)) for name, column in _PLAIN.items()}
    told["vc.interruption.heard"] = seconds(turn.heard_ms) if turn.barge_in else None
    return told


def _word(value: Value | None) -> Value | None:
    """Return a word of a closed vocabulary as a plain text."""
    return str(value) if isinstance(value, str) else value


def interruption_outcome(turn: TurnRecord) -> str | None:
    """Return what the agent made of a sound of the user while it spoke; None where nobody judged.

    Of what was meant to take the floor "yielded" or "missed"; of what was not, "false" where it
    stopped all the same and "ignored" where it went on.
    """
    if turn.missed_interrupt is not None:
        return "missed" if turn.missed_interrupt else "yielded"
    if turn.false_interrupt is not None:
        return "false" if turn.false_interrupt else "ignored"
    return None


def cost_attributes(cost: Cost | None, pricing: Pricing | None) -> Attributes:
    """Return what something comes to, its parts, and what it was priced by; {} for nobody knows.

    An amount is absent where nothing is priced; 0 is what nobody bills. A part is absent where
    it is nothing or unknown.
    """
    if cost is None or pricing is None:
        return {}
    told: dict[str, Value | None] = {
        "vc.cost.status": cost.status.value,
        "vc.cost.unpriced": tuple(meter.value for meter in cost.unpriced) or None,
    }
    if cost.usd is not None:
        told |= {"vc.cost.amount": float(cost.usd), "vc.cost.currency": CURRENCY}
        parts = pricing.split(cost)
        told |= {f"vc.cost.{name}": float(usd) for name, usd in parts.items() if usd}
    if cost.row is not None:
        told |= {
            "vc.cost.price_date": cost.row.as_of,
            "vc.cost.price_origin": cost.row.origin.value,
            "vc.cost.price_source": cost.row.source or None,
        }
    return told
