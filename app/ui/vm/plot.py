"""What a plot over the turns draws: scales, grid and points, ready for any painter."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from app.metrics.statistics import RANGE_FROM, quantile
from app.ui.vm.series import Series
from app.ui.vm.statistics import Point, StatisticsViewModel

STEPS: Final = (1.0, 2.0, 2.5, 5.0)
SMALLEST_STEP: Final = 1e-3
SHORTEST: Final = 20
LONGEST: Final = 200
STRIDE: Final = 10
HEADROOM: Final = 1.08
X_TICKS: Final = 5
MARGIN: Final = 0.0125

_VALUE: Final = attrgetter("value")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One series. ``height`` of a point is its place on the left axis."""

    series: Series
    points: Sequence[Point]
    scale: float

    def height(self, point: Point) -> float:
        """Return where ``point`` stands: at the cap if above it, at 0 if below."""
        return max(_capped(self.series, point) * self.scale, 0.0)


Spot = tuple[Drawn, Point]


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
        median: Median of the first series; None where too few turns are in view.
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
    def margin(self) -> float:
        """Room beside the first and the last turn, in turns."""
        return max(0.5, MARGIN * (self.last - self.first))

    @property
    def empty(self) -> bool:
        """Whether there is no point at all."""
        return not any(each.points for each in self.drawn)

    @property
    def spots(self) -> Sequence[Spot]:
        """Every mark."""
        return [(each, point) for each in self.drawn for point in each.points]

    def came_since(self, before: "PlotPlan") -> Sequence[Spot] | None:
        """Return the marks that a plan ``before`` lacks; None if its own stand elsewhere now."""
        found: list[Spot] = []
        for mine, old in zip(self.drawn, before.drawn, strict=True):
            last = old.points[-1] if old.points else None
            start = 0 if last is None else _until(last.turn_id, mine.points)
            kept = last is None or (start > 0 and mine.points[start - 1] is last)
            if not kept or mine.scale != old.scale:
                return None
            found += [(mine, point) for point in mine.points[start:]]
        return found


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
    """Return the plot of ``series`` over the newest turns, 200 at most.

    The room for turns grows and moves by 10 turns at a time, so that the scale rests between.

    Args:
        statistics: The turns.
        series: What to draw; the first has its median drawn.
        second: Whether the last series has an axis of its own, on the right.
        lines: At most so many grid lines above zero.
    """
    newest = statistics.turns[-1].turn_id if statistics.turns else 1
    last = max(-(-newest // STRIDE) * STRIDE, SHORTEST)
    first = max(last - LONGEST + 1, 1)
    found = [(each, _since(first, statistics.points(each))) for each in series]
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
    step = max((last - first + 1) // X_TICKS, 1)
    return PlotPlan(
        drawn=drawn,
        heights=heights,
        left=tuple(f"{height:g}" for height in heights),
        right=tuple(f"{height / scale:g}" for height in heights) if second else (),
        first=first,
        last=last,
        turns=tuple(turn for turn in range(first, last + 1) if turn % step == 0),
        median=_median(drawn[0].points),
    )


def _median(points: Sequence[Point]) -> float | None:
    counted = [point.value for point in points if not point.excluded]
    return quantile(counted, 0.5) if len(counted) >= RANGE_FROM else None


def _until(last: int, points: Sequence[Point]) -> int:
    return bisect_right(points, last, key=lambda point: point.turn_id)


def _since(first: int, points: Sequence[Point]) -> Sequence[Point]:
    return points[bisect_left(points, first, key=lambda point: point.turn_id) :]


def _capped(series: Series, point: Point) -> float:
    return point.value if series.cap is None else min(point.value, series.cap)


def _highest(found: Sequence[tuple[Series, Sequence[Point]]]) -> float:
    """Return the highest value that is drawn, or 1 where none is above zero."""
    tops = [_capped(series, max(points, key=_VALUE)) for series, points in found if points]
    return top if (top := max(tops, default=0.0)) > 0 else 1.0
