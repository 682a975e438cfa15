"""How the chosen metric is spread: the steps of its distribution, ready for any painter."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.metrics.definitions import DEFINITIONS
from app.metrics.distribution import ecdf
from app.ui.vm.plot import nice_step
from app.ui.vm.series import cap_of, unit_of
from app.ui.vm.statistics import StatisticsViewModel

MOST_STEPS: Final = 400
X_LINES: Final = 6
MARKED: Final = (("P50", 0.5), ("P95", 0.95))
SHARES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class QuantileMark:
    """A quantile to be marked; ``low`` and ``high`` bound it where the sample allows."""

    name: str
    at: float
    words: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionPlan:
    """One curve.

    Attributes:
        values: Where it steps, ascending; ``shares`` is its height from there on, 0 to 1.
        low: The band that holds the whole true curve in 95 of 100 samples.
        ticks: Round values below the axis, which ends at the first and the last of them.
        name: What is drawn, with its unit.
    """

    name: str
    n: int
    values: NDArray[np.float64]
    shares: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    ticks: tuple[float, ...]
    marks: tuple[QuantileMark, ...]

    @property
    def empty(self) -> bool:
        """Whether there is no value at all."""
        return not self.n

    @property
    def spoken(self) -> str:
        """The curve in one sentence, for screen readers."""
        marks = "".join(f", {mark.name} {mark.words}" for mark in self.marks)
        return f"Distribution of {self.name}: n {self.n}{marks}"


def distribution(statistics: StatisticsViewModel) -> DistributionPlan:
    """Return the distribution of the chosen metric over the turns that count."""
    metric = statistics.metric
    cap, unit = cap_of(metric), unit_of(metric)
    ordered = np.asarray(statistics.ordered(metric), dtype=np.float64)
    found = ecdf(ordered if cap is None else np.minimum(ordered, cap), at_most=MOST_STEPS)
    name = DEFINITIONS[metric].name
    return DistributionPlan(
        name=f"{name}, {unit}" if unit else name,
        n=found.n,
        values=found.x,
        shares=found.share,
        low=found.low,
        high=found.high,
        ticks=_ticks(found.x),
        marks=tuple(
            QuantileMark(label, shown.point, statistics.cell(metric, q), shown.low, shown.high)
            for label, q in MARKED
            if (shown := statistics.shown(metric, q)).point is not None
        ),
    )


def _ticks(values: NDArray[np.float64]) -> tuple[float, ...]:
    if not len(values):
        return (0.0, 1.0)
    smallest, largest = float(values[0]), float(values[-1])
    step = nice_step(max(largest - smallest, abs(largest) * 0.05, 1e-3), X_LINES - 2)
    first, last = int(smallest // step), int(-(-largest // step))
    last = max(last, first + 1)
    return tuple(round(index * step, 9) for index in range(first, last + 1))
