"""What a plot over the turns draws: scales, grid and points, ready for any painter."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.metrics.statistics import quantile
from app.ui.vm.statistics import Point, Series, StatisticsViewModel

STEPS: Final = (1.0, 2.0, 2.5, 5.0)
SMALLEST_STEP: Final = 1e-3
SHORTEST: Final = 20
LONGEST: Final = 200
HEADROOM: Final = 1.08
X_TICKS: Final = 5


@dataclass(frozen=True, slots=True)
class Drawn:
    """One series. ``height`` of a point is its place on the left axis."""

    series: Series
    points: Sequence[Point]
    scale: float

    def height(self, point: Point) -> float:
        """Return where ``point`` stands; one above the cap stands at the cap."""
        return _capped(self.series, point) * self.scale


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotPlan:
    """One plot.

    Attributes:
        heights: Where the grid's lines are, on the left axis, from 0 up.
        left: Words beside each line.
        right: Words of the second axis beside each line; empty where there is none.
        first: Number of the first turn shown.
        last: Number of the last turn that there is room for.
        turns: Turns that have their number under the axis.
        median: Median of the first series, or None.
    """

    drawn: tuple[Drawn, ...]
    heights: tuple[float, ...]
    left: tuple[str, ...]
    right: tuple[str, ...]
    first: int
    last: int
    turns: tuple[int, ...]
    median: float | None

    @property
    def top(self) -> float:
        """Height of the highest line."""
        return self.heights[-1]

    @property
    def empty(self) -> bool:
        """Whether there is no point at all."""
        return not any(each.points for each in self.drawn)


def nice_step(span: float, lines: int) -> float:
    """Return the smallest of 1, 2, 2.5 and 5 times a power of ten that needs ``lines`` at most."""
    scale = SMALLEST_STEP
    while True:
        for step in STEPS:
            if span / (step * scale) <= lines:
                return step * scale
        scale *= 10


def ticks(top: float, lines: int) -> tuple[float, ...]:
    """Return round values from 0 to at least ``top``, at most ``lines`` above zero."""
    step = nice_step(max(top, SMALLEST_STEP), lines)
    count = max(int(-(-top // step)), 1)
    return tuple(round(index * step, 9) for index in range(count + 1))


def plan(
    statistics: StatisticsViewModel, series: Sequence[Series], *, second: bool, lines: int
) -> PlotPlan:
    """Return the plot of ``series`` over the newest 200 turns.

    Args:
        statistics: The turns.
        series: What to draw; the first has its median drawn.
        second: Whether the last series has an axis of its own, on the right.
        lines: At most so many grid lines above zero.
    """
    last = max((turn.turn_id for turn in statistics.turns), default=1)
    first = max(last - LONGEST + 1, 1)
    found = [
        (each, tuple(point for point in statistics.points(each) if point.turn_id >= first))
        for each in series
    ]
    on_left = found[:-1] if second else found
    heights = ticks(_highest(on_left) * HEADROOM, lines)
    scale = 1.0
    if second:
        count = len(heights) - 1
        scale = heights[-1] / (nice_step(_highest(found[-1:]) * HEADROOM, count) * count)
    drawn = tuple(
        Drawn(each, points, 1.0 if index < len(on_left) else scale)
        for index, (each, points) in enumerate(found)
    )
    last = max(last, SHORTEST)
    step = max((last - first + 1) // X_TICKS, 1)
    return PlotPlan(
        drawn=drawn,
        heights=heights,
        left=tuple(f"{height:g}" for height in heights),
        right=tuple(f"{height / scale:g}" for height in heights) if second else (),
        first=first,
        last=last,
        turns=tuple(turn for turn in range(first, last + 1) if turn % step == 0),
        median=quantile([point.value for point in drawn[0].points if not point.excluded], 0.5),
    )


def _capped(series: Series, point: Point) -> float:
    return point.value if series.cap is None else min(point.value, series.cap)


def _highest(found: Sequence[tuple[Series, Sequence[Point]]]) -> float:
    values = [_capped(series, point) for series, points in found for point in points]
    return max((value for value in values if value > 0), default=1.0)
