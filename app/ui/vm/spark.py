"""The newest turns of the chosen metric, small: what is left of a plot where room is short."""

from dataclasses import dataclass

from app.metrics.definitions import DEFINITIONS
from app.ui.vm.series import unit_of
from app.ui.vm.statistics import StatisticsViewModel
from app.ui.vm.text import quantity

TURNS = 40
_LEAST_SPAN = 1e-9


@dataclass(frozen=True, slots=True)
class SparkPlan:
    """What to draw.

    Attributes:
        heights: One per turn, oldest first, 0 (least) to 1 (most); None where unknown.
        middle: Height of the P50 of the whole session, or None where that is not known.
        spoken: The same in words.
    """

    heights: tuple[float | None, ...]
    middle: float | None
    spoken: str


def spark(statistics: StatisticsViewModel) -> SparkPlan:
    """Return the newest ``TURNS`` turns of the chosen metric."""
    metric = statistics.metric
    values = [getattr(turn, metric) for turn in statistics.turns[-TURNS:]]
    known = [float(value) for value in values if value is not None]
    name = DEFINITIONS[metric].name
    if not known:
        return SparkPlan((), None, f"{name}: no turns yet")
    least, most = min(known), max(known)
    span = max(most - least, _LEAST_SPAN)
    ordered = statistics.ordered(metric)
    middle = float(ordered[len(ordered) // 2]) if len(ordered) else None
    inside = middle is not None and least <= middle <= most
    unit = unit_of(metric)
    return SparkPlan(
        heights=tuple(None if each is None else (float(each) - least) / span for each in values),
        middle=(middle - least) / span if middle is not None and inside else None,
        spoken=f"{name}, the newest {len(values)} turns: {quantity(least, unit)} to "
        f"{quantity(most, unit)}",
    )
