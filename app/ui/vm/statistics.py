"""All turns of the session: two plots and their summaries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.core.observe import Signal
from app.core.records import TurnRecord, TurnStatus
from app.metrics.statistics import minimum_n, quantile_ci, shown_quantile
from app.ui.vm.hover import hover
from app.ui.vm.text import THIN_SPACE, UNKNOWN, number

MAX_TURNS = 10_000


class Shape(StrEnum):
    """Mark of a series, so that it is told apart without its colour."""

    DISC = "disc"
    TRIANGLE = "triangle"
    SQUARE = "square"
    DIAMOND = "diamond"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One metric drawn over the turns.

    Attributes:
        role: Role of the theme it is drawn in.
        reported: Told by the provider: drawn hollow.
    """

    name: str
    metric: str
    unit: str
    shape: Shape
    role: str
    read: Callable[[TurnRecord], float | None]
    reported: bool = False


V2V = Series(
    name="V2V",
    metric="v2v_ms",
    unit="ms",
    shape=Shape.DISC,
    role="accent",
    read=lambda turn: turn.v2v_ms,
)
TTFA = Series(
    name="TTFA (stop)",
    metric="ttfa_stop_ms",
    unit="ms",
    shape=Shape.TRIANGLE,
    role="model",
    read=lambda turn: turn.ttfa_stop_ms,
)
TTFT = Series(
    name="TTFT",
    metric="ttft_ms",
    unit="ms",
    shape=Shape.SQUARE,
    role="you",
    read=lambda turn: turn.ttft_ms,
)
TOKENS = Series(
    name="Tokens/s",
    metric="text_tps",
    unit="tok/s",
    shape=Shape.DIAMOND,
    role="you",
    read=lambda turn: turn.text_tps,
    reported=True,
)
DELIVERY = Series(
    name="Delivery",
    metric="delivery_x",
    unit="\N{MULTIPLICATION SIGN}",
    shape=Shape.DISC,
    role="model",
    read=lambda turn: turn.delivery_x,
)
LATENCY = (V2V, TTFA, TTFT)
THROUGHPUT = (TOKENS, DELIVERY)
QUANTILES: Final[Mapping[str, float]] = {"P50": 0.5, "P90": 0.9, "P95": 0.95}


@dataclass(frozen=True, slots=True)
class Point:
    """One turn of one series. ``excluded`` turns are drawn faint and not counted."""

    turn_id: int
    value: float
    excluded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRow:
    """Quantiles of one series as far as its sample size allows: ``cells`` by "P50" etc.

    A quantile whose interval has no upper end is shown as its lower end, "\u2265 810".
    """

    series: Series
    n: int
    cells: Mapping[str, str]
    hover: str


def _cell(values: Sequence[float], q: float) -> str:
    point = shown_quantile(values, q)
    if point is None:
        return UNKNOWN
    bounds = quantile_ci(values, q)
    if q > 0.5 and bounds.high is None and bounds.low is not None:  # noqa: PLR2004 - the median
        return f"\N{GREATER-THAN OR EQUAL TO}{THIN_SPACE}{number(bounds.low)}"
    return number(point)


def _words(name: str, values: Sequence[float], q: float) -> str:
    point = shown_quantile(values, q)
    if point is None:
        return f"{name}: unknown, needs n \N{GREATER-THAN OR EQUAL TO} {minimum_n(q)}"
    bounds = quantile_ci(values, q)
    low = "unbounded" if bounds.low is None else number(bounds.low)
    high = "unbounded" if bounds.high is None else number(bounds.high)
    return f"{name}: {number(point)}, 95 % interval {low} to {high}"


class StatisticsViewModel:
    """Keeps the newest ``MAX_TURNS`` turns.

    Signals:
        changed: A turn came, or all went.
    """

    def __init__(self) -> None:
        self.turns: list[TurnRecord] = []
        self.changed = Signal[()]()

    @property
    def failed(self) -> int:
        """Turns without a reply; they stay in the denominator."""
        bad = {TurnStatus.ERROR, TurnStatus.TIMEOUT}
        return sum(turn.status in bad for turn in self.turns)

    @property
    def excluded(self) -> int:
        """Turns left out of the figures, e.g. because of an xrun."""
        return sum(turn.excluded_reason is not None for turn in self.turns)

    @property
    def title(self) -> str:
        """E.g. "23 turns, 1 failed"; "" before the first."""
        count = len(self.turns)
        if not count:
            return ""
        words = [f"{count} turn{'' if count == 1 else 's'}"]
        words += [f"{self.failed} failed"] if self.failed else []
        words += [f"{self.excluded} left out"] if self.excluded else []
        return ", ".join(words)

    def points(self, series: Series) -> list[Point]:
        """Return the known values of a series, in order of the turns."""
        read = ((turn, series.read(turn)) for turn in self.turns)
        return [
            Point(turn.turn_id, value, turn.excluded_reason is not None)
            for turn, value in read
            if value is not None
        ]

    def summary(self, series: Series) -> SummaryRow:
        """Return the quantiles of a series, gated by its sample size."""
        values = [point.value for point in self.points(series) if not point.excluded]
        cells = {name: _cell(values, q) for name, q in QUANTILES.items()}
        lines = [hover(series.metric, reported=series.reported), f"n {len(values)}"]
        lines += [_words(name, values, q) for name, q in QUANTILES.items()]
        return SummaryRow(series=series, n=len(values), cells=cells, hover="\n".join(lines))

    def take(self, turn: TurnRecord) -> None:
        """Add a turn."""
        self.turns.append(turn)
        del self.turns[:-MAX_TURNS]
        self.changed.emit()

    def clear(self) -> None:
        """A new session begins."""
        self.turns.clear()
        self.changed.emit()
