"""The table of a calibration: every condition, and every check as a whole, against its bound."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from app.core.calibration import CalibrationRow
from app.metrics.statistics import quantile
from app.trials.calibrating_checks import Point
from app.trials.calibrating_plan import Check

ALL: Final = "all conditions"
_ENOUGH_FOR_P95: Final = 20


class Bound(NamedTuple):
    """What the magnitudes of the errors may be at most: their median, their 95th percentile."""

    p50: float
    p95: float


EXACT: Final = Bound(0.0, 0.0)
BOUNDS: Final[Mapping[tuple[Check, str], Bound]] = {
    (Check.LATENCY, "v2v_ms"): Bound(3.0, 6.0),
    (Check.LATENCY, "endpoint_delay_ms"): Bound(5.0, 10.0),
    (Check.LATENCY, "ttft_stop_ms"): Bound(5.0, 10.0),
    (Check.LATENCY, "ttft_eos_ms"): Bound(5.0, 10.0),
    (Check.LATENCY, "ttfa_stop_ms"): Bound(5.0, 10.0),
    (Check.LATENCY, "ttfa_eos_ms"): Bound(5.0, 10.0),
    (Check.LATENCY, "leading_silence_ms"): Bound(1.0, 1.0),
    (Check.LATENCY, "breakdown_residual_ms"): Bound(1.0, 1.0),
    (Check.STALLS, "required_prebuffer_ms"): Bound(3.0, 6.0),
    (Check.STALLS, "stalls_n"): EXACT,
    (Check.INTERRUPTIONS, "vad_on_latency_ms"): Bound(5.0, 15.0),
    (Check.INTERRUPTIONS, "yield_ms"): Bound(20.0, 20.0),
    (Check.INTERRUPTIONS, "missed_interrupt"): EXACT,
    (Check.INTERRUPTIONS, "truncate_err_ms"): Bound(20.0, 20.0),
    (Check.NO_EVENTS, "v2v_ms"): Bound(15.0, 15.0),
    (Check.PREMATURE, "v2v_ms"): Bound(10.0, 10.0),
    (Check.PREMATURE, "premature"): EXACT,
}
"""In ms where the metric is. Source: metrics specification, 15, 3.2 (L1, L2) and 4.2."""

_ONLY_AS_A_WHOLE: Final = frozenset(
    (check, metric) for check, metric in BOUNDS if check is Check.LATENCY and metric != "v2v_ms"
)
"""What is the same thing in every condition."""


def table(points: Iterable[Point]) -> tuple[CalibrationRow, ...]:
    """Return a row for each metric of each condition, and after them one over all of a metric.

    A bound is promised over all conditions of a check; a single one has too few turns. A value
    that is missing fails its row.
    """
    known = tuple(points)
    rows = []
    for key in dict.fromkeys((point.check, point.metric) for point in known):
        mine = [point for point in known if (point.check, point.metric) == key]
        apart = () if key in _ONLY_AS_A_WHOLE else _conditions(mine)
        rows += [_row([p for p in mine if p.condition == each], each, None) for each in apart]
        rows.append(_row(mine, ALL, BOUNDS[key]))
    return tuple(rows)


def _conditions(points: Iterable[Point]) -> Sequence[str]:
    """Return the conditions in the order of their numbers; none where there is but one."""
    found = sorted(dict.fromkeys(point.condition for point in points), key=_natural)
    return found if len(found) > 1 else ()


def _row(points: Sequence[Point], condition: str, bound: Bound | None) -> CalibrationRow:
    errors = [abs(point.error) for point in points if point.error is not None]
    whole = len(errors) == len(points)
    p50, p95 = quantile(errors, 0.5), _high(points)
    within = bound is None or (
        p50 is not None and p95 is not None and p50 <= bound.p50 and p95 <= bound.p95
    )
    compared = [point for point in points if point.error is not None]
    return CalibrationRow(
        check=points[0].check.value,
        condition=condition,
        metric=points[0].metric,
        unit="ms" if points[0].metric.endswith("_ms") else "",
        n=len(errors),
        expected=quantile([p.expected for p in compared if p.expected is not None], 0.5),
        measured=quantile([p.measured for p in compared if p.measured is not None], 0.5),
        error_p50=p50,
        error_p95=p95,
        bound=None if bound is None else bound.p95,
        passed=whole and within,
    )


def _high(points: Sequence[Point]) -> float | None:
    """Return the 95th percentile of the errors; where they are too few, the largest.

    One hiccup of the machine would make up the largest of a few: turns that are marked
    client-limited are left out there, unless all are. They stay in the medians, in a percentile
    proper, and in the count that the calibration tells.
    """
    known = [(abs(point.error), point.limited) for point in points if point.error is not None]
    steady = [size for size, limited in known if not limited]
    if len(known) < _ENOUGH_FOR_P95 and steady:
        return max(steady)
    return high([size for size, _ in known])


def high(sizes: Sequence[float]) -> float | None:
    """Return the 95th percentile of ``sizes``; the largest where they are too few for one."""
    if len(sizes) < _ENOUGH_FOR_P95:
        return max(sizes, default=None)
    return quantile(sizes, 0.95)


def _natural(text: str) -> list[tuple[int, str]]:
    """Return a key that orders the numbers in texts by value."""
    parts = ("".join(part) for _, part in groupby(text, str.isdigit))
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]
