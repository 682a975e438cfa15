"""What a session's turns come to. Always computed from the turns, never stored as truth.

Latencies are those of turns that did not fail and are not excluded; both are counted here,
and a failed turn stays in the denominator of the availability.

Source: metrics specification, rules 6 and 9, and 9.1.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.records import TurnRecord, TurnStatus
from app.metrics.statistics import quantile, quantile_ci, shown_quantile, wilson

FAILED: Final = frozenset({TurnStatus.TIMEOUT, TurnStatus.ERROR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A session in numbers; None where the turns do not give one.

    Percentiles above the median need 20 values.

    Attributes:
        turns: Turns attempted.
        failed: Of them, timed out or ended in an error.
        interrupted: Of them, cut short by the user.
        excluded: Of those that did not fail, kept out of the latencies; see ``excluded_by``.
        excluded_by: Reasons of the exclusions and how often, most frequent first.
        availability: Share of turns that did not fail, with its 95 % interval.
        v2v_n: How many voice-to-voice latencies there are.
        v2v_p50_low_ms: Bounds of the 95 % interval of the median; None where open.
        first_turn_v2v_ms: The first turn's own; warm-up and caches tell here.
        v2v_later_p50_ms: Median of all turns but the first.
        tool_v2v_p50_ms: Median over the turns with a tool, to the audible answer after it.
        stalls_n: Stalls of all replies.
    """

    turns: int
    failed: int
    interrupted: int
    excluded: int
    excluded_by: tuple[tuple[str, int], ...]
    availability: float | None
    availability_low: float | None
    availability_high: float | None
    v2v_n: int
    v2v_p50_ms: float | None
    v2v_p50_low_ms: float | None
    v2v_p50_high_ms: float | None
    v2v_p90_ms: float | None
    v2v_p95_ms: float | None
    v2v_max_ms: float | None
    first_turn_v2v_ms: float | None
    v2v_later_p50_ms: float | None
    tool_v2v_p50_ms: float | None
    ttft_p50_ms: float | None
    ttfa_stop_p50_ms: float | None
    endpointing_p50_ms: float | None
    server_response_p50_ms: float | None
    text_tps_p50: float | None
    client_added_p50_ms: float | None
    client_added_p95_ms: float | None
    stalls_n: int | None


def summarise(turns: Sequence[TurnRecord]) -> Summary:
    """Return the summary of a session's turns, in any order."""
    failed = [turn for turn in turns if turn.status in FAILED]
    answered = [turn for turn in turns if turn.status not in FAILED]
    reasons = Counter(turn.excluded_reason for turn in answered if turn.excluded_reason)
    counted = [turn for turn in answered if turn.excluded_reason is None]
    rate = wilson(len(answered), len(turns))
    v2v = _known(turn.v2v_ms for turn in counted)
    median = quantile_ci(v2v, 0.5)
    client_added = _known(turn.client_added_ms for turn in counted)
    stalls = _known(turn.stalls_n for turn in turns)
    return Summary(
        turns=len(turns),
        failed=len(failed),
        interrupted=sum(turn.status is TurnStatus.INTERRUPTED for turn in turns),
        excluded=reasons.total(),
        excluded_by=tuple(reasons.most_common()),
        availability=len(answered) / len(turns) if turns else None,
        availability_low=rate.low,
        availability_high=rate.high,
        v2v_n=len(v2v),
        v2v_p50_ms=quantile(v2v, 0.5),
        v2v_p50_low_ms=median.low,
        v2v_p50_high_ms=median.high,
        v2v_p90_ms=shown_quantile(v2v, 0.9),
        v2v_p95_ms=shown_quantile(v2v, 0.95),
        v2v_max_ms=max(v2v, default=None),
        first_turn_v2v_ms=_median(counted, _v2v_of_first),
        v2v_later_p50_ms=_median(counted, _v2v_of_later),
        tool_v2v_p50_ms=_median(counted, lambda turn: turn.tool_v2v_ms),
        ttft_p50_ms=_median(counted, lambda turn: turn.ttft_ms),
        ttfa_stop_p50_ms=_median(counted, lambda turn: turn.ttfa_stop_ms),
        endpointing_p50_ms=_median(counted, lambda turn: turn.endpointing_ms),
        server_response_p50_ms=_median(counted, lambda turn: turn.server_response_ms),
        text_tps_p50=_median(counted, lambda turn: turn.text_tps),
        client_added_p50_ms=quantile(client_added, 0.5),
        client_added_p95_ms=shown_quantile(client_added, 0.95),
        stalls_n=int(sum(stalls)) if stalls else None,
    )


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _median(
    turns: Sequence[TurnRecord], value: Callable[[TurnRecord], float | None]
) -> float | None:
    return quantile(_known(value(turn) for turn in turns), 0.5)


def _v2v_of_first(turn: TurnRecord) -> float | None:
    return turn.v2v_ms if turn.is_first_turn else None


def _v2v_of_later(turn: TurnRecord) -> float | None:
    return None if turn.is_first_turn else turn.v2v_ms
