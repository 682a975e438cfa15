"""Quantiles, their intervals, and rates, each with the sample size it needs.

Source: metrics specification, 9.1, 9.3 and A1. Hyndman and Fan (1996), definition 7, for
values that are shown; exact order statistics for their intervals; Wilson (1927) for rates.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

CONFIDENCE: Final = 0.95

_MEDIAN_FROM = 1
_POINT_FROM: Final = ((0.5, _MEDIAN_FROM), (0.95, 20), (1.0, 299))
"""Largest quantile, and the sample size from which its point estimate is shown."""

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
    if not 0 <= q <= 1:
        raise ValueError(f"{q} is no quantile")
    if not values:
        return None
    ordered = sorted(values)
    position = q * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def minimum_n(q: float) -> int:
    """Return the sample size from which the ``q`` quantile may be shown: 1, 20 or 299."""
    return next(n for largest, n in _POINT_FROM if q <= largest)


def shown_quantile(values: Sequence[float], q: float) -> float | None:
    """Return the quantile, or None where the sample is too small to name it."""
    return quantile(values, q) if len(values) >= minimum_n(q) else None


def quantile_ranks(n: int, q: float, confidence: float = CONFIDENCE) -> tuple[int, int]:
    """Return the 1-based ranks of the exact interval; 0 or ``n + 1`` mean unbounded."""
    tail = (1 - confidence) / 2
    cumulative = _binomial_cdf(n, q)
    low = next(k for k, p in enumerate(cumulative) if p >= tail)
    high = next(k for k, p in enumerate(cumulative) if p >= 1 - tail or k == n) + 1
    return low, high


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


def upper_bound(values: Sequence[float], q: float, confidence: float = CONFIDENCE) -> float | None:
    """Return the one-sided upper bound of the ``q`` quantile; None where n is too small."""
    cumulative = _binomial_cdf(len(values), q)
    rank = next((k for k, p in enumerate(cumulative) if p >= confidence), len(values)) + 1
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


def _binomial_cdf(n: int, q: float) -> list[float]:
    """Return P(X <= k) for k of 0 to n, X binomial with ``n`` trials of chance ``q``."""
    if q in {0.0, 1.0}:
        return [1.0 if k >= n * q else 0.0 for k in range(n + 1)]
    log_q, log_p = math.log(q), math.log1p(-q)
    total = 0.0
    cumulative = []
    for k in range(n + 1):
        choices = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        total += math.exp(choices + k * log_q + (n - k) * log_p)
        cumulative.append(total)
    return cumulative
