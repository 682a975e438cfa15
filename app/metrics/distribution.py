"""How values are spread: steps of their distribution, places of their points, quartiles.

Source: metrics specification, 3.3 and 9.1; Dvoretzky, Kiefer and Wolfowitz (1956) with the
constant of Massart (1990) for the band.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.metrics.statistics import CONFIDENCE, sorted_quantile

Values: TypeAlias = Sequence[float] | NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ecdf:
    """The empirical distribution as steps: F is ``share[i]`` from ``x[i]`` up to ``x[i + 1]``.

    All arrays are float64 of one length and cannot be written.

    Attributes:
        n: Values it is of.
        x: Values at which it steps, ascending, each once.
        share: Share of the values up to and with ``x``, above 0 to 1.
        low: The whole true distribution lies between ``low`` and ``high`` in 95 of 100
            samples, 0 to 1.
    """

    n: int
    x: NDArray[np.float64]
    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def ecdf(values: Values, *, at_most: int | None = None, confidence: float = CONFIDENCE) -> Ecdf:
    """Return the empirical distribution of finite ``values``, in any order.

    Args:
        values: May be empty.
        at_most: With more steps than this, as many are kept, so that the drawn curve is never
            further than ``1 / at_most`` from the true one.
        confidence: Of the band.

    Raises:
        ValueError: If ``at_most`` is below 1.
    """
    if at_most is not None and at_most < 1:
        raise ValueError(f"{at_most} steps draw nothing")
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered)
    if at_most is None or n <= at_most:
        ranks = np.arange(1, n + 1)
    else:
        ranks = -(-np.arange(1, at_most + 1) * n // at_most)
    x = np.unique(ordered[ranks - 1])
    share = np.searchsorted(ordered, x, side="right") / max(n, 1)
    half = math.sqrt(math.log(2 / (1 - confidence)) / (2 * n)) if n else 1.0
    return Ecdf(
        n=n,
        x=_fixed(x),
        share=_fixed(share),
        low=_fixed(np.clip(share - half, 0, 1)),
        high=_fixed(np.clip(share + half, 0, 1)),
    )


def strip(values: Values, point: float, *, lanes: int = 31) -> NDArray[np.int64]:
    """Return for each value, in its order, the lane that its point is drawn in.

    Points of the extent ``point``, in the unit of the values, do not overlap: 0 is the line
    itself, then 1, -1, 2, -2 and so on. With no lane free the one that is longest unused is
    taken. The same values get the same lanes, whatever their order.

    Raises:
        ValueError: If ``point`` is not above 0 or ``lanes`` below 1.
    """
    if not point > 0 or lanes < 1:
        raise ValueError(f"points of {point} in {lanes} lanes")
    array = np.asarray(values, dtype=np.float64)
    free_from = [-math.inf] * lanes
    places = np.zeros(len(array), dtype=np.int64)
    for index in np.argsort(array, kind="stable"):
        value = float(array[index])
        lane = next((k for k, start in enumerate(free_from) if start <= value), None)
        if lane is None:
            lane = free_from.index(min(free_from))
        free_from[lane] = value + point
        places[index] = (lane + 1) // 2 * (1 if lane % 2 else -1)
    return places


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Five numbers of a sample."""

    n: int
    smallest: float
    lower_quartile: float
    median: float
    upper_quartile: float
    largest: float

    @property
    def iqr(self) -> float:
        """Interquartile range."""
        return self.upper_quartile - self.lower_quartile

    @property
    def range(self) -> float:
        """From the smallest to the largest."""
        return self.largest - self.smallest


def spread(values: Sequence[float]) -> Spread | None:
    """Return the five numbers; None for no values."""
    ordered = sorted(values)
    numbers = [sorted_quantile(ordered, q) for q in (0.0, 0.25, 0.5, 0.75, 1.0)]
    known = [number for number in numbers if number is not None]
    if not known:
        return None
    smallest, lower, median, upper, largest = known
    return Spread(
        n=len(ordered),
        smallest=smallest,
        lower_quartile=lower,
        median=median,
        upper_quartile=upper,
        largest=largest,
    )


def _fixed(array: NDArray[np.float64]) -> NDArray[np.float64]:
    array.setflags(write=False)
    return array
