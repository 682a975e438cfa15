"""Sessions of one model against those of another.

Importing this loads the statistics library, about a second: who starts the engine or the
window must not import it, and asks for it when somebody compares.

Source: metrics specification, 9.2 and 9.3, rules 6, 7 and 9.
"""

import itertools
import math
from collections.abc import Sequence, Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from app.core.ports.store import StoredSession
from app.core.turn_record import TurnRecord
from app.metrics.comparison_pairs import (
    FAILED,
    Choice,
    Design,
    Pair,
    choose,
    design_of,
    pair_sessions,
    turns_of,
)
from app.metrics.comparison_ranks import (
    Estimate,
    Tested,
    detectable,
    holm,
    mcnemar,
    paired_estimate,
    rank_sum_test,
    signed_rank_test,
    unpaired_estimate,
)
from app.metrics.comparison_warnings import warnings_of
from app.metrics.comparison_words import verdict
from app.metrics.outcomes import Comparison, MetricComparison, RateComparison, SideFigures
from app.metrics.statistics import SortedSample, wilson

DEFAULT_METRICS: Final = (
    "v2v_ms",
    "ttfa_eos_ms",
    "ttfa_stop_ms",
    "ttft_ms",
    "endpointing_ms",
    "server_response_ms",
    "required_prebuffer_ms",
    "text_tps",
    "delivery_x",
)

_REFERENCES: Final = {"ttft_ms": ("ttft_ref", "ttft_modality")}
"""Columns that must agree within a pair: a number without its reference is not compared."""

_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class _Sides:
    """Everything that the metrics are computed from."""

    names: tuple[str, str]
    turns: tuple[Sequence[TurnRecord], Sequence[TurnRecord]]
    blocks: tuple[Sequence[Pair], ...]
    design: Design
    choice: Choice

    def values(self, side: int, metric: str) -> list[float]:
        """Return what of a side counts, in order."""
        known = (_value(turn, metric) for turn in self.turns[side] if self.choice.takes(turn))
        return [value for value in known if value is not None]

    def differences(self, metric: str) -> list[list[float]]:
        """Return second less first of each pair in which both count, by pair of sessions."""
        return [
            [
                after - before
                for one, other in block
                if self.choice.takes(one)
                and self.choice.takes(other)
                and _alike(one, other, metric)
                if (before := _value(one, metric)) is not None
                if (after := _value(other, metric)) is not None
            ]
            for block in self.blocks
        ]


def compare_sessions(
    first: Sequence[StoredSession],
    second: Sequence[StoredSession],
    metrics: Sequence[str] = DEFAULT_METRICS,
) -> Comparison:
    """Return second against first.

    Turns are paired by stimulus within sessions of one round; without a common stimulus the
    sides are compared unpaired. Failed turns count in the availability and in nothing else.

    Raises:
        AttributeError: If ``metrics`` names no column of the turn table.
    """
    names = side_names(first, second)
    blocks = tuple(pair.turns() for pair in pair_sessions(first, second))
    turns = turns_of(first), turns_of(second)
    pairs = sum(map(len, blocks))
    design = design_of(first, second, paired=pairs > 0)
    sides = _Sides(names, turns, blocks, design, choose(turns))
    compared = [_compared(sides, metric) for metric in metrics]
    counted = max((each.pairs for each in compared if each.pairs is not None), default=pairs)
    return Comparison(
        first=names[0],
        second=names[1],
        design=design.value,
        metrics=_judged([(names[1], each) for each in compared]),
        availability=_availability(sides),
        warnings=(
            *warnings_of(
                first, second, names=names, design=design, pairs=counted, choice=sides.choice
            ),
            *_of_references(sides, metrics),
        ),
    )


def judged_together(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Return comparisons of one run, each p corrected for the metrics of all of them."""
    every = [(each.second, metric) for each in comparisons for metric in each.metrics]
    judged = iter(_judged(every))
    return tuple(
        replace(each, metrics=tuple(itertools.islice(judged, len(each.metrics))))
        for each in comparisons
    )


def side_names(first: Sequence[StoredSession], second: Sequence[StoredSession]) -> tuple[str, str]:
    """Return what to call the sides: by model, else by the server's options, else by place."""
    usual = [set(each.record.engine_arguments) for each in (*first, *second)]
    shared = set.intersection(*usual) if usual else set()
    for left_out in (None, shared):
        one, other = (_name(side, left_out) for side in (first, second))
        if one and other and one != other:
            return one, other
    one, other = (_name(side, None) for side in (first, second))
    return f"{one or 'nothing'} (first)", f"{other or 'nothing'} (second)"


def _model(session: StoredSession, left_out: AbstractSet[str] | None) -> str:
    """Return the model, with the server's options but for ``left_out``; None: without any."""
    target = session.record.target
    told = () if left_out is None else session.record.engine_arguments
    options = (option for option in told if option not in (left_out or ()))
    return " ".join((target.model or target.title or target.provider, *options))


def _name(side: Sequence[StoredSession], left_out: AbstractSet[str] | None) -> str:
    models = sorted({_model(session, left_out) for session in side})
    text = "".join(c if c.isprintable() else " " for c in " + ".join(models))
    if len(text) <= _LONGEST_NAME:
        return text
    return f"{text[: _LONGEST_NAME - 1]}\N{HORIZONTAL ELLIPSIS}"


def _value(turn: TurnRecord, metric: str) -> float | None:
    """Return a column's value; what a damaged file made of it must not spoil the ranks."""
    value = getattr(turn, metric)
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _alike(one: TurnRecord, other: TurnRecord, metric: str) -> bool:
    columns = _REFERENCES.get(metric, ())
    return all(getattr(one, column) == getattr(other, column) for column in columns)


def _of_references(sides: _Sides, metrics: Sequence[str]) -> list[str]:
    """Tell of pairs that are not compared because they do not mean the same."""
    told = []
    for metric in set(metrics) & set(_REFERENCES):
        unlike = sum(not _alike(*pair, metric) for block in sides.blocks for pair in block)
        if unlike:
            told.append(
                f"{metric} is not compared in {unlike} of {sum(map(len, sides.blocks))} pairs: its "
                "reference point or modality differs between the sides."
            )
    return told


def _compared(sides: _Sides, metric: str) -> MetricComparison:
    """Return one metric, without what needs the others: Holm's p and the verdict."""
    first, second = sides.values(0, metric), sides.values(1, metric)
    pairs: int | None = None
    estimate: Estimate
    tested: Tested | None
    if sides.design is Design.UNPAIRED:
        estimate, tested = unpaired_estimate(first, second), rank_sum_test(first, second)
    else:
        blocks = sides.differences(metric)
        pairs = sum(map(len, blocks))
        estimate = paired_estimate(blocks)
        tested = signed_rank_test([value for block in blocks for value in block])
    ways = ("Hodges-Lehmann", estimate.method, *((tested.method,) if tested else ()))
    return MetricComparison(
        metric=metric,
        first=_figures(sides, 0, first),
        second=_figures(sides, 1, second),
        pairs=pairs,
        difference=estimate.point,
        low=estimate.low,
        high=estimate.high,
        p=tested.p if tested else None,
        p_holm=None,
        detectable=detectable(estimate.low, estimate.high) if tested else None,
        verdict="",
        method="; ".join(ways),
    )


def _figures(sides: _Sides, side: int, values: Sequence[float]) -> SideFigures:
    turns = sides.turns[side]
    sample = SortedSample(values)
    median, high = sample.shown(0.5), sample.shown(0.95)
    return SideFigures(
        name=sides.names[side],
        n=len(values),
        failed=sum(turn.status in FAILED for turn in turns),
        p50=median.point,
        p50_low=median.low,
        p50_high=median.high,
        p95=high.point,
        values=tuple(values),
        p95_low=high.low,
        p95_high=high.high,
        p95_upper=high.upper,
        p95_reason=high.reason,
        excluded=sum(
            turn.status not in FAILED and turn.excluded_reason is not None for turn in turns
        ),
    )


def _judged(compared: Sequence[tuple[str, MetricComparison]]) -> tuple[MetricComparison, ...]:
    """Return metrics, each with the name of its second side, with Holm's p and the verdict."""
    corrected = holm([each.p for _, each in compared])
    tested = sum(p is not None for p in corrected)
    judged = []
    for (second, each), p_holm in zip(compared, corrected, strict=True):
        sentence = verdict(
            metric=each.metric,
            second=second,
            n=each.pairs if each.pairs is not None else min(each.first.n, each.second.n),
            noun="turns a side" if each.pairs is None else "pairs",
            difference=each.difference,
            bounds=(each.low, each.high),
            p=each.p,
            p_holm=p_holm,
            metrics_n=tested,
            detectable=each.detectable,
        )
        judged.append(replace(each, p_holm=p_holm, verdict=sentence))
    return tuple(judged)


def _availability(sides: _Sides) -> RateComparison:
    ok = [sum(turn.status not in FAILED for turn in side) for side in sides.turns]
    one, other = (wilson(good, len(side)) for good, side in zip(ok, sides.turns, strict=True))
    pairs = [(a.status not in FAILED, b.status not in FAILED) for block in sides.blocks
             for a, b in block]  # fmt: skip
    p = mcnemar(pairs.count((True, False)), pairs.count((False, True))) if pairs else None
    return RateComparison(
        first_ok=ok[0],
        first_n=len(sides.turns[0]),
        first_low=one.low,
        first_high=one.high,
        second_ok=ok[1],
        second_n=len(sides.turns[1]),
        second_low=other.low,
        second_high=other.high,
        p=p,
    )
