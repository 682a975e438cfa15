"""Quantiles, their intervals, and rates, each with the sample size it needs.

Source: metrics specification, 9.1, 9.3 and A1. Hyndman and Fan (1996), definition 7, for
values that are shown; exact order statistics for their intervals; Wilson (1927) for rates.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

CONFIDENCE: Final = 0.95

MEDIAN: Final = 0.5

RANGE_FROM: Final = 5
"""From this many values on the median and the range are shown; below, only the points."""

ROUGH_FROM: Final = 20
"""From here the median has its interval, and the higher quantiles are shown as rough."""

BOUNDED_FROM: Final = 59
"""From here P95 has a one-sided upper bound."""

FULL_FROM: Final = 72
"""From here P95 has a two-sided interval."""

EXTREME_FROM: Final = 299
"""From here P99 is shown, with an upper bound."""

EXTREME_FULL_FROM: Final = 368
"""From here P99 has a two-sided interval."""

_HIGH: Final = 0.95
"""Beyond it a quantile is extreme: its gates are those of P99."""

_Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided interval; a bound is None where the data cannot give it."""

    low: float | None
    high: float | None


def quantile(values: Sequence[float], q: float) -> float | None:
    """Return the ``q`` quantile, 0 to 1, interpolated; None for no values.

    Raises:
        ValueError: If ``q`` is not within 0 to 1.
    """
    return sorted_quantile(sorted(values), q)


def sorted_quantile(ordered: Sequence[float], q: float) -> float | None:
    """Return the ``q`` quantile of values in ascending order; None for no values.

    Raises:
        ValueError: If ``q`` is not within 0 to 1.
    """
    if not 0 <= q <= 1:
        raise ValueError(f"{q} is no quantile")
    if not ordered:
        return None
    position = q * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def minimum_n(q: float) -> int:
    """Return the sample size from which the ``q`` quantile may be shown: 5, 20 or 299."""
    if q <= MEDIAN:
        return RANGE_FROM
    return EXTREME_FROM if q > _HIGH else ROUGH_FROM


def shown_quantile(values: Sequence[float], q: float) -> float | None:
    """Return the quantile, or None where the sample is too small to name it."""
    return shown(values, q).point


def quantile_ranks(n: int, q: float, confidence: float = CONFIDENCE) -> tuple[int, int]:
    """Return the 1-based ranks of the exact interval; 0 or ``n + 1`` mean unbounded."""
    tail = (1 - confidence) / 2
    return _rank(n, q, tail), _rank(n, q, 1 - tail) + 1


def quantile_ci(values: Sequence[float], q: float, confidence: float = CONFIDENCE) -> Interval:
    """Return the distribution-free interval of the ``q`` quantile."""
    if not values:
        return Interval(None, None)
    ordered = sorted(values)
    low, high = quantile_ranks(len(ordered), q, confidence)
    return Interval(
        ordered[low - 1] if low >= 1 else None,
        ordered[high - 1] if high <= len(ordered) else None,
    )


def upper_rank(n: int, q: float, confidence: float = CONFIDENCE) -> int:
    """Return the 1-based rank of the one-sided upper bound; ``n + 1`` means unbounded."""
    return _rank(n, q, confidence) + 1


def upper_bound(values: Sequence[float], q: float, confidence: float = CONFIDENCE) -> float | None:
    """Return the one-sided upper bound of the ``q`` quantile; None where n is too small."""
    rank = upper_rank(len(values), q, confidence)
    return sorted(values)[rank - 1] if rank <= len(values) else None


def wilson(successes: int, attempts: int) -> Interval:
    """Return the 95 % interval of a rate; unknown for no attempts.

    Raises:
        ValueError: If ``successes`` is not within 0 to ``attempts``.
    """
    if not 0 <= successes <= attempts:
        raise ValueError(f"{successes} successes of {attempts} attempts")
    if not attempts:
        return Interval(None, None)
    rate = successes / attempts
    spread = _Z_95**2 / attempts
    centre = (rate + spread / 2) / (1 + spread)
    half = _Z_95 * math.sqrt(rate * (1 - rate) / attempts + spread / (4 * attempts)) / (1 + spread)
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


class Quality(StrEnum):
    """How far a quantile can be trusted.

    RAW: it is not shown, only the points are. ROUGH: a point estimate without an upper bound
    that the data would bear out. BOUNDED: with a one-sided upper bound. FULL: with a two-sided
    interval.
    """

    RAW = "raw"
    ROUGH = "rough"
    BOUNDED = "bounded"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownQuantile:
    """A quantile as far as its sample bears it out; None is what must not be shown.

    Attributes:
        q: Which, 0 to 1.
        n: Values it is of.
        point: Hyndman and Fan, definition 7.
        low: Bounds of the distribution-free 95 % interval, each where the data gives it.
        upper: One-sided 95 % upper bound.
        smallest: The range of the values; None only without values.
        reason: One sentence about what is not shown; "" where everything is.
    """

    q: float
    n: int
    point: float | None
    low: float | None
    high: float | None
    upper: float | None
    quality: Quality
    smallest: float | None
    largest: float | None
    reason: str = ""


def shown(values: Sequence[float], q: float) -> ShownQuantile:
    """Return what of the ``q`` quantile of ``values``, in any order, may be shown.

    Raises:
        ValueError: If ``q`` is not within 0 to 1.
    """
    return shown_sorted(sorted(values), q)


def shown_sorted(ordered: Sequence[float], q: float) -> ShownQuantile:
    """Return the same for values in ascending order, without sorting them.

    Raises:
        ValueError: If ``q`` is not within 0 to 1.
    """
    n = len(ordered)
    point = sorted_quantile(ordered, q)
    quality, reason = _gate(n, q)
    bounds = quality is not Quality.RAW and n >= ROUGH_FROM
    low, high = quantile_ranks(n, q) if bounds else (0, n + 1)
    upper = upper_rank(n, q) if bounds else n + 1
    return ShownQuantile(
        q=q,
        n=n,
        point=None if quality is Quality.RAW else point,
        low=ordered[low - 1] if low >= 1 else None,
        high=ordered[high - 1] if high <= n else None,
        upper=ordered[upper - 1] if upper <= n else None,
        quality=quality,
        smallest=ordered[0] if n else None,
        largest=ordered[-1] if n else None,
        reason=reason,
    )


def _gate(n: int, q: float) -> tuple[Quality, str]:
    """Return how far the quantile may be trusted, and why not further."""
    name = f"P{q * 100:g}"
    if not n:
        return Quality.RAW, "There is no value yet."
    if n < RANGE_FROM:
        return Quality.RAW, f"Only {n} of {RANGE_FROM} values: the points themselves are shown."
    if q <= MEDIAN:
        return _gate_of_median(n, name)
    return _gate_of_extreme(n, name) if q > _HIGH else _gate_of_high(n, name)


def _gate_of_median(n: int, name: str) -> tuple[Quality, str]:
    if n < ROUGH_FROM:
        return Quality.ROUGH, f"The interval of {name} is shown from {ROUGH_FROM} values on."
    return Quality.FULL, ""


def _gate_of_high(n: int, name: str) -> tuple[Quality, str]:
    if n < ROUGH_FROM:
        return Quality.RAW, f"{name} needs {ROUGH_FROM} values; there are {n}."
    if n < BOUNDED_FROM:
        return Quality.ROUGH, f"Rough: {name} has an upper bound from {BOUNDED_FROM} values on."
    if n < FULL_FROM:
        return Quality.BOUNDED, f"{name} has a two-sided interval from {FULL_FROM} values on."
    return Quality.FULL, ""


def _gate_of_extreme(n: int, name: str) -> tuple[Quality, str]:
    if n < EXTREME_FROM:
        return Quality.RAW, f"{name} needs {EXTREME_FROM} values; there are {n}."
    if n < EXTREME_FULL_FROM:
        return (
            Quality.BOUNDED,
            f"{name} has a two-sided interval from {EXTREME_FULL_FROM} values on.",
        )
    return Quality.FULL, ""


class SortedSample:
    """Values kept in ascending order; adding one costs a search, not a sort. One thread.

    Args:
        values: The first ones, in any order.

    Raises:
        ValueError: If one of them is not finite.
    """

    def __init__(self, values: Iterable[float] = ()) -> None:
        self._ordered = sorted(map(_finite, values))
        self._shown: dict[float, ShownQuantile] = {}

    def __len__(self) -> int:
        return len(self._ordered)

    @property
    def ordered(self) -> Sequence[float]:
        """The values in ascending order; not to be changed."""
        return self._ordered

    def add(self, value: float) -> None:
        """Add a value.

        Raises:
            ValueError: If it is not finite.
        """
        insort(self._ordered, _finite(value))
        self._shown.clear()

    def remove(self, value: float) -> None:
        """Forget one that was added.

        Raises:
            ValueError: If there is no such value.
        """
        place = bisect_left(self._ordered, value)
        if place == len(self._ordered) or self._ordered[place] != value:
            raise ValueError(f"{value} is not in the sample")
        del self._ordered[place]
        self._shown.clear()

    def clear(self) -> None:
        """Forget them all."""
        self._ordered.clear()
        self._shown.clear()

    def quantile(self, q: float) -> float | None:
        """Return the ``q`` quantile; None for no values.

        Raises:
            ValueError: If ``q`` is not within 0 to 1.
        """
        return sorted_quantile(self._ordered, q)

    def shown(self, q: float) -> ShownQuantile:
        """Return what of the ``q`` quantile may be shown; computed once for a state.

        Raises:
            ValueError: If ``q`` is not within 0 to 1.
        """
        if q not in self._shown:
            self._shown[q] = shown_sorted(self._ordered, q)
        return self._shown[q]


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a number that can be ranked")
    return value


@lru_cache(maxsize=4096)  # the columns of a session ask for the same ranks
def _rank(n: int, q: float, chance: float) -> int:
    """Return the least k with P(X <= k) >= ``chance``, X binomial with ``n`` trials of ``q``."""
    if q in {0.0, 1.0}:
        return round(n * q)
    spread = 12 * math.sqrt(n * q * (1 - q)) + 40  # beyond it the chance is below 1e-20
    first, last = max(0, math.floor(n * q - spread)), min(n, math.ceil(n * q + spread))
    choices = math.lgamma(n + 1) - math.lgamma(first + 1) - math.lgamma(n - first + 1)
    term = math.exp(choices + first * math.log(q) + (n - first) * math.log1p(-q))
    odds = q / (1 - q)
    total = 0.0
    for k in range(first, last):
        total += term
        if total >= chance:
            return k
        term *= odds * (n - k) / (k + 1)
    return last
