"""Distribution-free estimates of a difference, and what they are worth.

All differences are second less first. Nothing here assumes a shape of the distribution but
the signed-rank test and its interval, which take the differences to be symmetric.

Source: metrics specification, 9.2; Hodges and Lehmann (1963); Wilcoxon (1945); Mann and
Whitney (1947); Holm (1979); McNemar (1947); Moses and Bauer for the intervals, as Hollander
and Wolfe (1999), 3.3 and 4.3, give them.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import stats

PAIRS_FROM: Final = 6
"""Fewer pairs can show nothing at 5 %: the smallest p of five is 0.0625."""

SESSIONS_FROM: Final = 8
"""From this many sessions on they are resampled; below, turns are taken for independent."""

_TAIL: Final = 0.025
_Z: Final = 1.959963984540054
_Z_POWER: Final = 0.8416212335729143
"""Quantiles of the normal distribution for a level of 0.05 and a power of 0.8."""

_EXACT_UP_TO: Final = 50
_EXPLICIT_SUMS: Final = 10_000
"""So many sums are held and partitioned; more are counted, which is quicker."""

_RESAMPLES: Final = 999
_RESAMPLES_OF_MANY: Final = 399
_MANY: Final = 200
_SEED: Final = 20_260_917
_DECIMALS: Final = 9
"""Differences closer than this are ties: below it there is only rounding."""

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A difference with its 95 % interval; None where the sample gives none."""

    point: float | None
    low: float | None
    high: float | None
    method: str


@dataclass(frozen=True, slots=True)
class Tested:
    """A two-sided p, and how it was computed."""

    p: float
    method: str


# --- pairs -----------------------------------------------------------------------------------


def paired_estimate(blocks: Sequence[Sequence[float]]) -> Estimate:
    """Return the Hodges-Lehmann estimate of paired differences, with its interval.

    Args:
        blocks: The differences, those of one pair of sessions together.
    """
    filled = [_array(block) for block in blocks if block]
    differences = np.concatenate(filled) if filled else np.zeros(0)
    if not len(differences):
        return Estimate(None, None, None, "no pair")
    point = hodges_lehmann(differences)
    if len(filled) >= SESSIONS_FROM:
        low, high = _resampled(filled, point)
        told = f"interval by resampling {len(filled)} pairs of sessions"
        return Estimate(point, low, high, told)
    tail, exact = _signed_rank_tail(len(differences))
    if tail is None:
        return Estimate(point, None, None, "no interval: too few pairs")
    total = len(differences) * (len(differences) + 1) // 2
    low, high = _walsh(differences, (tail + 1, total - tail))
    return Estimate(point, low, high, f"signed-rank interval, {exact}, turn level: optimistic")


def hodges_lehmann(differences: Array) -> float:
    """Return the median of all averages of two differences, each with itself included."""
    total = len(differences) * (len(differences) + 1) // 2
    low, high = _walsh(differences, ((total + 1) // 2, total // 2 + 1))
    return (low + high) / 2


def signed_rank_test(differences: Sequence[float]) -> Tested | None:
    """Return Wilcoxon's signed-rank test, zeros dropped; None below 6 pairs."""
    if len(differences) < PAIRS_FROM:
        return None
    array = _array(differences)
    rest = array[array != 0]
    zeros, ties = len(array) - len(rest), len(rest) - len(np.unique(np.abs(rest)))
    told = "".join(
        f", {count} {name}" for count, name in ((ties, "tied"), (zeros, "zero")) if count
    )
    if not len(rest):
        return Tested(1.0, f"no pair differs{told}")
    if len(rest) <= _EXACT_UP_TO:
        return Tested(_exact_signed_rank(rest), f"Wilcoxon, exact{told}")
    found = stats.wilcoxon(rest, method="asymptotic", correction=True)
    return Tested(_p(found), f"Wilcoxon, normal approximation{told}")


# --- two samples that cannot be paired ---------------------------------------------------------


def unpaired_estimate(first: Sequence[float], second: Sequence[float]) -> Estimate:
    """Return the Hodges-Lehmann shift of two samples, with its interval."""
    if not first or not second:
        return Estimate(None, None, None, "a side is empty")
    a, b = np.sort(_array(first)), np.sort(_array(second))
    total = len(a) * len(b)
    below, above = _shifts(a, b, ((total + 1) // 2, total // 2 + 1))
    point = (below + above) / 2
    tail, exact = _rank_sum_tail(len(a), len(b))
    if tail is None:
        return Estimate(point, None, None, "no interval: too few turns")
    low, high = _shifts(a, b, (tail + 1, total - tail))
    return Estimate(point, low, high, f"rank-sum interval, {exact}, turn level: optimistic")


def rank_sum_test(first: Sequence[float], second: Sequence[float]) -> Tested | None:
    """Return the test of Mann and Whitney; None below 6 values on a side."""
    if min(len(first), len(second)) < PAIRS_FROM:
        return None
    a, b = _array(first), _array(second)
    ties = len(a) + len(b) - len(np.unique(np.concatenate((a, b))))
    exact = not ties and len(a) + len(b) <= _EXACT_UP_TO
    found = stats.mannwhitneyu(b, a, method="exact" if exact else "asymptotic")
    told = f", {ties} tied" if ties else ""
    way = "exact" if exact else "normal approximation"
    return Tested(_p(found), f"Mann-Whitney, {way}{told}")


# --- several metrics, rates, power -------------------------------------------------------------


def holm(chances: Sequence[float | None]) -> list[float | None]:
    """Return each p corrected for there being several; None stays None and is not counted."""
    known = sorted((p, index) for index, p in enumerate(chances) if p is not None)
    corrected: list[float | None] = [None] * len(chances)
    largest = 0.0
    for rank, (p, index) in enumerate(known):
        largest = max(largest, min(1.0, p * (len(known) - rank)))
        corrected[index] = largest
    return corrected


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p of pairs that one side alone got right; 1 for none."""
    if not only_first + only_second:
        return 1.0
    return float(stats.binomtest(only_first, only_first + only_second, 0.5).pvalue)


def detectable(low: float | None, high: float | None) -> float | None:
    """Return the smallest difference that such an interval would show with a power of 0.8.

    An interval of half-width w stands for a standard error of w / 1.96, and a difference of
    1.96 + 0.84 of those is found in 8 of 10 repetitions, at a level of 0.05. So it follows
    from the spread of the data and from nothing assumed about its shape.
    """
    if low is None or high is None:
        return None
    return (high - low) / 2 * (_Z + _Z_POWER) / _Z


# --- the machinery -----------------------------------------------------------------------------


def _array(values: Sequence[float]) -> Array:
    rounded: Array = np.asarray(values, dtype=np.float64).round(_DECIMALS)
    return rounded


def _p(result: object) -> float:
    return min(1.0, float(getattr(result, "pvalue")))  # noqa: B009 - the library has no types


def _resampled(blocks: Sequence[Array], point: float) -> tuple[float, float]:
    """Return the percentile interval of the estimate over resampled blocks; the same each time.

    Few blocks resampled vary too little: by the square root of (n - 1) / n, and as a normal
    variable where Student's would be right. Both are undone.
    """
    count = sum(map(len, blocks))
    resamples = _RESAMPLES if count <= _MANY else _RESAMPLES_OF_MANY
    draws = np.random.default_rng(_SEED).integers(len(blocks), size=(resamples, len(blocks)))
    points = [hodges_lehmann(np.concatenate([blocks[k] for k in draw])) for draw in draws]
    low, high = np.quantile(points, (_TAIL, 1 - _TAIL))
    n = len(blocks)
    wider = float(stats.t.ppf(1 - _TAIL, n - 1)) / _Z * math.sqrt(n / (n - 1))
    return point - (point - float(low)) * wider, point + (float(high) - point) * wider


def _signed_rank_tail(n: int) -> tuple[int | None, str]:
    """Return the largest rank sum whose chance to be met or undercut is at most 0.025."""
    if n > _EXACT_UP_TO:
        spread = math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        return math.floor(n * (n + 1) / 4 - 0.5 - _Z * spread), "normal approximation"
    ways = np.zeros(n * (n + 1) // 2 + 1)
    ways[0] = 1
    for rank in range(1, n + 1):
        ways[rank:] = ways[rank:] + ways[:-rank]
    return _tail(ways / 2.0**n), "exact"


def _exact_signed_rank(differences: Array) -> float:
    """Return the two-sided p over all signs, given the ranks as they are, ties included."""
    doubled = np.rint(2 * stats.rankdata(np.abs(differences))).astype(np.int64)
    ways = np.zeros(int(doubled.sum()) + 1)
    ways[0] = 1
    for rank in doubled:
        ways[rank:] = ways[rank:] + ways[:-rank]
    positive = int(doubled[differences > 0].sum())
    least = min(ways[: positive + 1].sum(), ways[positive:].sum())
    return min(1.0, 2 * float(least) / 2.0 ** len(differences))


def _rank_sum_tail(n: int, m: int) -> tuple[int | None, str]:
    if n + m > _EXACT_UP_TO:
        spread = math.sqrt(n * m * (n + m + 1) / 12)
        tail = math.floor(n * m / 2 - 0.5 - _Z * spread)
        return (tail if tail >= 0 else None), "normal approximation"
    ways = [1]  # coefficients of the Gaussian binomial: exact in integers
    for k in range(1, n + 1):
        ways += [0] * m
        for place in range(len(ways) - 1, m + k - 1, -1):
            ways[place] -= ways[place - m - k]
        for place in range(k, len(ways)):
            ways[place] += ways[place - k]
    return _tail(np.array(ways, dtype=np.float64) / math.comb(n + m, n)), "exact"


def _tail(chances: Array) -> int | None:
    within = int(np.searchsorted(np.cumsum(chances), _TAIL, side="right"))
    return within - 1 if within else None


def _walsh(differences: Array, ranks: tuple[int, int]) -> tuple[float, float]:
    """Return two order statistics, ranks from 1, of the averages of two differences."""
    n = len(differences)
    if n * (n + 1) // 2 <= _EXPLICIT_SUMS:
        one, other = _each_with_each(n)
        return _ranked((differences[one] + differences[other]) / 2, ranks)
    ordered = np.sort(differences)
    index = np.arange(n)

    def count(limit: float) -> int:
        upto = np.searchsorted(ordered, 2 * limit - ordered, side="right")
        return int(np.maximum(upto - index, 0).sum())

    return _searched(count, (float(ordered[0]), float(ordered[-1])), ranks)


@lru_cache(maxsize=4)  # resampling asks for the same few sizes a thousand times
def _each_with_each(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.triu_indices(n)


def _shifts(first: Array, second: Array, ranks: tuple[int, int]) -> tuple[float, float]:
    """Return two order statistics, ranks from 1, of all differences of two sorted samples."""
    if len(first) * len(second) <= _EXPLICIT_SUMS:
        return _ranked((second[:, None] - first[None, :]).ravel(), ranks)

    def count(limit: float) -> int:
        return int(np.searchsorted(second, first + limit, side="right").sum())

    ends = float(second[0] - first[-1]), float(second[-1] - first[0])
    return _searched(count, ends, ranks)


def _ranked(sums: Array, ranks: tuple[int, int]) -> tuple[float, float]:
    low, high = ranks
    placed = np.partition(sums, (low - 1, high - 1))
    return float(placed[low - 1]), float(placed[high - 1])


def _searched(
    count: Callable[[float], int], ends: tuple[float, float], ranks: tuple[int, int]
) -> tuple[float, float]:
    """Return the ranked sums by halving: too many to be held are still counted quickly."""
    found = {}
    for rank in set(ranks):
        low, high = ends
        while (high - low) > 1e-10 * max(1.0, abs(low), abs(high)):
            middle = (low + high) / 2
            low, high = (low, middle) if count(middle) >= rank else (middle, high)
        found[rank] = high
    return found[ranks[0]], found[ranks[1]]
