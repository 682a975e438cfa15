"""What a session's turns come to. Always computed from the turns, never stored as truth.

Latencies are those of turns that did not fail and are not excluded; both are counted here,
and a failed turn stays in the denominator of the availability. The first turn and those with
a tool are told apart where there are others.

Source: metrics specification, rules 6 and 9, L17, L21, T8, 3.3 and 9.1 to 9.3.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.core.records import TurnRecord, TurnStatus
from app.metrics.counted import FAILED, choose, measured
from app.metrics.statistics import RANGE_FROM, quantile, shown, shown_quantile, wilson

__all__ = ["FAILED", "RATE_FROM", "Glance", "Summary", "glance", "summarise"]

RATE_FROM: Final = 10
"""A rate over fewer events is hidden."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A session in numbers; None where the turns do not give one.

    Percentiles above the median need 20 values, P99 299, a range between quartiles 5, a rate
    10 events, an interval of the median 20, one of P95 72. ``_p50`` is a median, of any number
    of values unless the summary is for people. Unless it says otherwise, a figure is of the
    turns that did not fail, are not excluded, have no tool and are not the first, the last
    two where there are others.

    Attributes:
        turns: Turns attempted.
        failed: Of them, timed out or ended in an error; ``error_classes`` counts them by
            class, most frequent first.
        interrupted: Of them, cut short by the user.
        excluded: Of those that did not fail, kept out of the latencies; see ``excluded_by``.
        excluded_by: Reasons of the exclusions and how often, most frequent first.
        client_limited_n: Turns marked as limited by this machine, excluded or not;
            ``client_limited_by`` counts their causes, of which a turn may have several.
        availability: Share of turns that did not fail, with its 95 % interval.
        v2v_n: How many voice-to-voice latencies there are.
        v2v_p50_low_ms: Bounds of the 95 % interval of the median; None where open.
        v2v_p95_low_ms: The same of the 95th percentile.
        v2v_p95_upper_ms: One-sided 95 % upper bound, from 59 values on.
        v2v_iqr_ms: Between the quartiles.
        u_v2v_p50_ms: Usual uncertainty of one of them, one standard deviation.
        first_turn_v2v_ms: The first turn's own; warm-up and caches tell here.
        v2v_later_p50_ms: Median of all turns but the first.
        first_turn_penalty_ms: The first less that median.
        tool_turns: Turns with a tool; ``tool_v2v_p50_ms`` to the audible answer after it.
        premature_n: Answers before the user had ended, the first turn included;
            ``premature_rate`` of the turns without a tool.
        interruptions_n: Interruptions of which it is known whether the agent yielded.
        yield_rate: Share of them after which it fell silent within 2.0 s; ``missed_n`` not.
        overlap_ms: Of all replies.
        required_prebuffer_p95_ms: Start delay with which 95 % of the replies never stall.
        stalls_n: Stalls of all replies, failed ones included; ``stall_ms`` their time.
        stall_ratio: That time / all reply audio.
        client_added_p50_ms: What our own side adds; ``tx_*``, ``jitter_buffer_*`` and
            ``playout_*`` are its parts.
    """

    turns: int
    failed: int
    error_classes: tuple[tuple[str, int], ...]
    interrupted: int
    excluded: int
    excluded_by: tuple[tuple[str, int], ...]
    client_limited_n: int
    client_limited_by: tuple[tuple[str, int], ...]
    availability: float | None
    availability_low: float | None
    availability_high: float | None
    v2v_n: int
    v2v_p50_ms: float | None
    v2v_p50_low_ms: float | None
    v2v_p50_high_ms: float | None
    v2v_p90_ms: float | None
    v2v_p95_ms: float | None
    v2v_p95_low_ms: float | None
    v2v_p95_high_ms: float | None
    v2v_p95_upper_ms: float | None
    v2v_p99_ms: float | None
    v2v_max_ms: float | None
    v2v_iqr_ms: float | None
    u_v2v_p50_ms: float | None
    first_turn_v2v_ms: float | None
    v2v_later_p50_ms: float | None
    first_turn_penalty_ms: float | None
    tool_turns: int
    tool_v2v_p50_ms: float | None
    tool_exec_p50_ms: float | None
    ttft_p50_ms: float | None
    ttfa_stop_p50_ms: float | None
    endpointing_p50_ms: float | None
    server_response_p50_ms: float | None
    leading_silence_p50_ms: float | None
    model_latency_p50_ms: float | None
    premature_n: int
    premature_rate: float | None
    interruptions_n: int
    missed_n: int
    yield_rate: float | None
    yield_p50_ms: float | None
    local_stop_p50_ms: float | None
    vad_on_latency_p50_ms: float | None
    overspeech_p50_ms: float | None
    overlap_ms: float | None
    required_prebuffer_p95_ms: float | None
    stalls_n: int | None
    stall_ms: float | None
    stall_ratio: float | None
    delivery_x_p50: float | None
    jitter_p95_p50_ms: float | None
    text_tps_p50: float | None
    total_tps_p50: float | None
    audio_tokens_per_s_p50: float | None
    client_added_p50_ms: float | None
    client_added_p95_ms: float | None
    tx_wait_p50_ms: float | None
    tx_wait_p95_ms: float | None
    tx_quantisation_p50_ms: float | None
    tx_lateness_p50_ms: float | None
    playout_wait_p50_ms: float | None
    playout_wait_p95_ms: float | None
    jitter_buffer_p50_ms: float | None
    playout_rest_p50_ms: float | None


_MEDIANS: Final[Mapping[str, str]] = {
    "u_v2v_p50_ms": "u_v2v_ms",
    "ttft_p50_ms": "ttft_ms",
    "ttfa_stop_p50_ms": "ttfa_stop_ms",
    "endpointing_p50_ms": "endpointing_ms",
    "server_response_p50_ms": "server_response_ms",
    "leading_silence_p50_ms": "leading_silence_ms",
    "model_latency_p50_ms": "model_latency_ms",
    "delivery_x_p50": "delivery_x",
    "jitter_p95_p50_ms": "jitter_p95_ms",
    "text_tps_p50": "text_tps",
    "total_tps_p50": "total_tps",
    "audio_tokens_per_s_p50": "audio_tokens_per_s",
    "client_added_p50_ms": "client_added_ms",
    "tx_wait_p50_ms": "tx_wait_ms",
    "tx_quantisation_p50_ms": "tx_quantisation_ms",
    "tx_lateness_p50_ms": "tx_lateness_ms",
    "playout_wait_p50_ms": "playout_wait_ms",
    "jitter_buffer_p50_ms": "jitter_buffer_ms",
    "playout_rest_p50_ms": "playout_rest_ms",
}
"""Figures that are the median of a column."""

_MEDIANS_OF_ALL: Final[Mapping[str, str]] = {
    "tool_v2v_p50_ms": "tool_v2v_ms",
    "tool_exec_p50_ms": "tool_exec_ms",
    "yield_p50_ms": "yield_ms",
    "local_stop_p50_ms": "local_stop_ms",
    "vad_on_latency_p50_ms": "vad_on_latency_ms",
    "overspeech_p50_ms": "overspeech_ms",
}
"""The same, of first turns and those with a tool too."""

_P95: Final[Mapping[str, str]] = {
    "required_prebuffer_p95_ms": "required_prebuffer_ms",
    "client_added_p95_ms": "client_added_ms",
    "tx_wait_p95_ms": "tx_wait_ms",
    "playout_wait_p95_ms": "playout_wait_ms",
}
"""Figures that are the 95th percentile of a column."""


def summarise(turns: Sequence[TurnRecord], *, for_people: bool = False) -> Summary:
    """Return the summary of a session's turns, in any order.

    Args:
        turns: Whole turns.
        for_people: Medians of less than five values are left out: to be shown as points.
    """
    answered = [turn for turn in turns if turn.status not in FAILED]
    every = [turn for turn in answered if measured(turn)]
    choice = choose([turns])
    counted = [turn for turn in every if choice.takes(turn)]
    median = shown_quantile if for_people else quantile
    columns: dict[str, Any] = {
        **{name: median(_known(counted, column), 0.5) for name, column in _MEDIANS.items()},
        **{name: median(_known(every, column), 0.5) for name, column in _MEDIANS_OF_ALL.items()},
        **{name: shown_quantile(_known(counted, column), 0.95) for name, column in _P95.items()},
        **_outcomes(turns, answered),
        **_voice_to_voice(counted),
        "v2v_p50_ms": median(_known(counted, "v2v_ms"), 0.5),
        **_apart(every),
        **_floor(every),
        **_stalls(turns),
    }
    return Summary(**columns)


@dataclass(frozen=True, slots=True)
class Glance:
    """What a list shows of a session, see ``Summary``."""

    v2v_p50_ms: float | None
    v2v_p95_ms: float | None
    interruptions_n: int


def glance(turns: Sequence[TurnRecord]) -> Glance:
    """Return those figures of ``summarise`` that a list shows, in a fifth of its time."""
    every = [turn for turn in turns if turn.status not in FAILED and measured(turn)]
    choice = choose([turns])
    v2v = _known((turn for turn in every if choice.takes(turn)), "v2v_ms")
    return Glance(
        v2v_p50_ms=quantile(v2v, 0.5),
        v2v_p95_ms=shown(v2v, 0.95).point,
        interruptions_n=len(_known(every, "missed_interrupt")),
    )


def _known(turns: Iterable[TurnRecord], column: str) -> list[float]:
    values = (getattr(turn, column) for turn in turns)
    return [value for value in values if value is not None]


def _outcomes(turns: Sequence[TurnRecord], answered: Sequence[TurnRecord]) -> Mapping[str, Any]:
    failed = [turn for turn in turns if turn.status in FAILED]
    reasons = [turn.excluded_reason for turn in answered if turn.excluded_reason]
    limits = [turn.client_limited for turn in turns if turn.client_limited]
    rate = wilson(len(answered), len(turns))
    return {
        "turns": len(turns),
        "failed": len(failed),
        "error_classes": _counted(turn.error_type or turn.status.value for turn in failed),
        "interrupted": sum(turn.status is TurnStatus.INTERRUPTED for turn in turns),
        "excluded": len(reasons),
        "excluded_by": _counted(reasons),
        "client_limited_n": len(limits),
        "client_limited_by": _counted(code for codes in limits for code in codes.split("+")),
        "availability": len(answered) / len(turns) if turns else None,
        "availability_low": rate.low,
        "availability_high": rate.high,
    }


def _counted(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Return each name and how often it comes: most frequent first, then by name."""
    return tuple(sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))


def _voice_to_voice(counted: Sequence[TurnRecord]) -> Mapping[str, Any]:
    v2v = _known(counted, "v2v_ms")
    median, high = shown(v2v, 0.5), shown(v2v, 0.95)
    return {
        "v2v_n": len(v2v),
        "v2v_p50_low_ms": median.low,
        "v2v_p50_high_ms": median.high,
        "v2v_p90_ms": shown_quantile(v2v, 0.9),
        "v2v_p95_ms": high.point,
        "v2v_p95_low_ms": high.low,
        "v2v_p95_high_ms": high.high,
        "v2v_p95_upper_ms": high.upper,
        "v2v_p99_ms": shown_quantile(v2v, 0.99),
        "v2v_max_ms": max(v2v, default=None),
        "v2v_iqr_ms": _iqr(v2v),
    }


def _apart(every: Sequence[TurnRecord]) -> Mapping[str, Any]:
    """Return what is told of first turns, of those with a tool, and of premature answers."""
    plain = [turn for turn in every if not turn.has_tool]
    v2v = _known(plain, "v2v_ms")
    first = quantile(_known((turn for turn in plain if turn.is_first_turn), "v2v_ms"), 0.5)
    later = quantile(_known((turn for turn in plain if not turn.is_first_turn), "v2v_ms"), 0.5)
    premature = sum(value < 0 for value in v2v)
    return {
        "first_turn_v2v_ms": first,
        "v2v_later_p50_ms": later,
        "first_turn_penalty_ms": None if first is None or later is None else first - later,
        "tool_turns": len(every) - len(plain),
        "premature_n": premature,
        "premature_rate": _rate(premature, len(v2v)),
    }


def _iqr(values: Sequence[float]) -> float | None:
    low, high = quantile(values, 0.25), quantile(values, 0.75)
    if low is None or high is None or len(values) < RANGE_FROM:
        return None
    return high - low


def _rate(events: int, attempts: int) -> float | None:
    return events / attempts if attempts >= RATE_FROM else None


def _floor(counted: Sequence[TurnRecord]) -> Mapping[str, Any]:
    missed = _known(counted, "missed_interrupt")
    overlaps = _known(counted, "overlap_ms")
    return {
        "interruptions_n": len(missed),
        "missed_n": int(sum(missed)),
        "yield_rate": _rate(len(missed) - int(sum(missed)), len(missed)),
        "overlap_ms": sum(overlaps) if overlaps else None,
    }


def _stalls(turns: Sequence[TurnRecord]) -> Mapping[str, Any]:
    played = [turn for turn in turns if turn.stalls_n is not None]
    stalled_ms = sum(_known(played, "stall_ms"))
    audio_ms = sum(_known(played, "audio_out_ms"))
    return {
        "stalls_n": int(sum(_known(played, "stalls_n"))) if played else None,
        "stall_ms": stalled_ms if played else None,
        "stall_ratio": stalled_ms / audio_ms if audio_ms else None,
    }
