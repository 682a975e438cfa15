"""What the cost plot draws: a bar a turn, the sum as a line, and the cached share below."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.ui.vm.cost import CostPoint
from app.ui.vm.cost_text import share, usd
from app.ui.vm.plot import LONGEST, SHORTEST, STRIDE, X_TICKS, ticks
from app.ui.vm.text import UNKNOWN

LINES: Final = 4
HEADROOM: Final = 1.08


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPlan:
    """One plot.

    Attributes:
        points: The turns shown, oldest first.
        heights: Lines of the left axis, US dollars a turn, from 0 up.
        sums: The same lines on the right axis, US dollars in all.
        first: Number of the first turn that there is room for; ``last`` of the last.
        turns: Turns that have their number under the axis.
    """

    points: tuple[CostPoint, ...]
    heights: tuple[float, ...]
    sums: tuple[float, ...]
    first: int
    last: int
    turns: tuple[int, ...]

    @property
    def empty(self) -> bool:
        """Whether there is no turn at all."""
        return not self.points

    @property
    def unpriced(self) -> int:
        """Turns shown whose cost is not known."""
        return sum(point.usd is None for point in self.points)

    @property
    def spoken(self) -> str:
        """The plot in words."""
        if self.empty:
            return "No turn has a cost yet"
        newest = self.points[-1]
        told = [
            f"{len(self.points)} turns",
            f"newest {UNKNOWN if newest.usd is None else usd(newest.usd)}",
            f"in all {UNKNOWN if newest.total_usd is None else usd(newest.total_usd)}",
            f"cached {share(newest.cached_share)}",
        ]
        told += [f"{self.unpriced} unpriced"] if self.unpriced else []
        return "Cost per turn: " + ", ".join(told)


def money_ticks(values: Sequence[Decimal | None], lines: int) -> tuple[float, ...]:
    """Return round values from 0 to above the highest, however small it is."""
    top = max((float(value) for value in values if value is not None), default=0.0) or 1.0
    scale = 1.0
    while top * scale < 1:
        scale *= 10
    return tuple(tick / scale for tick in ticks(top * scale * HEADROOM, lines))


def cost_plan(points: Sequence[CostPoint], *, lines: int = LINES) -> CostPlan:
    """Return the plot of the newest turns, 200 at most."""
    newest = points[-1].turn_id if points else 1
    last = max(-(-newest // STRIDE) * STRIDE, SHORTEST)
    first = max(last - LONGEST + 1, 1)
    shown = tuple(point for point in points if point.turn_id >= first)
    heights = money_ticks([point.usd for point in shown], lines)
    sums = money_ticks([point.total_usd for point in shown], len(heights) - 1)
    step = max((last - first + 1) // X_TICKS, 1)
    return CostPlan(
        points=shown,
        heights=heights,
        sums=_as_many(sums, len(heights)),
        first=first,
        last=last,
        turns=tuple(turn for turn in range(first, last + 1) if turn % step == 0),
    )


def _as_many(values: tuple[float, ...], count: int) -> tuple[float, ...]:
    """Return as many round values as the other axis has lines, by the same step."""
    step = values[1] - values[0]
    return tuple(round(step * number, 12) for number in range(count))


def point_words(point: CostPoint) -> str:
    """Return one turn in words, for the hover."""
    least = "at least " if point.partial else ""
    cost = "unpriced" if point.usd is None else f"{least}{usd(point.usd)}"
    rows = [
        f"Turn {point.turn_id}",
        f"cost\t{cost}",
        f"cached share\t{share(point.cached_share)}",
        f"in all\t{UNKNOWN if point.total_usd is None else usd(point.total_usd)}",
    ]
    rows += [f"wasted\t{usd(point.wasted_usd)}"] if point.wasted_usd else []
    return "\n".join(rows)
