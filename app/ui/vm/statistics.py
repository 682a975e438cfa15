"""All turns of the session: two plots and their summaries."""

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.core.observe import Signal
from app.core.records import TurnRecord, TurnStatus
from app.metrics.statistics import minimum_n, quantile_ranks, shown_quantile
from app.ui.vm.hover import hover
from app.ui.vm.text import THIN_SPACE, UNKNOWN, capped

MAX_TURNS = 10_000
DELIVERY_CAP = 50.0


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
        cap: Values above are shown as "more than" it; None where every value tells.
    """

    name: str
    metric: str
    unit: str
    shape: Shape
    role: str
    read: Callable[[TurnRecord], float | None]
    reported: bool = False
    cap: float | None = None


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
    cap=DELIVERY_CAP,
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


@dataclass(frozen=True, slots=True)
class _Quantile:
    """A quantile with the bounds of its 95 % interval; None where the sample is too small."""

    name: str
    cap: float | None
    least_n: int
    point: float | None
    low: float | None
    high: float | None

    @property
    def cell(self) -> str:
        """The value, or its lower bound where there is no upper one, or an en dash."""
        if self.point is None:
            return UNKNOWN
        if self.name != "P50" and self.high is None and self.low is not None:
            return f"\N{GREATER-THAN OR EQUAL TO}{THIN_SPACE}{capped(self.low, self.cap)}"
        return capped(self.point, self.cap)

    @property
    def words(self) -> str:
        """A line of the hover text."""
        if self.point is None:
            return f"{self.name}: unknown, needs n \N{GREATER-THAN OR EQUAL TO} {self.least_n}"
        low = "unbounded" if self.low is None else capped(self.low, self.cap)
        high = "unbounded" if self.high is None else capped(self.high, self.cap)
        return f"{self.name}: {capped(self.point, self.cap)}, 95 % interval {low} to {high}"


class _Column:
    """The known values of one series: in order of the turns, and those that count by size."""

    def __init__(self, series: Series) -> None:
        self._series = series
        self.points: list[Point] = []
        self.ordered: list[float] = []

    def add(self, turn: TurnRecord) -> None:
        """Take a turn's value, if it has one."""
        value = self._series.read(turn)
        if value is None:
            return
        point = Point(turn.turn_id, value, turn.excluded_reason is not None)
        self.points.append(point)
        if not point.excluded:
            insort(self.ordered, value)

    def drop(self, turn: TurnRecord) -> None:
        """Forget the oldest turn's value, if it has one."""
        value = self._series.read(turn)
        if value is None:
            return
        del self.points[0]
        if turn.excluded_reason is None:
            del self.ordered[bisect_left(self.ordered, value)]


class StatisticsViewModel:
    """Keeps the newest ``MAX_TURNS`` turns.

    Signals:
        changed: A turn came, or all went.
    """

    def __init__(self) -> None:
        self.turns: list[TurnRecord] = []
        self.changed = Signal[()]()
        self._columns = _columns()
        self._rows: dict[str, SummaryRow] = {}
        self._ranks: dict[tuple[int, float], tuple[int, int]] = {}

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

    def points(self, series: Series) -> Sequence[Point]:
        """Return the known values of a series, in order of the turns."""
        return self._columns[series.metric].points

    def summary(self, series: Series) -> SummaryRow:
        """Return the quantiles of a series, gated by its sample size."""
        if series.metric not in self._rows:
            self._rows[series.metric] = self._summary(series)
        return self._rows[series.metric]

    def _summary(self, series: Series) -> SummaryRow:
        ordered = self._columns[series.metric].ordered
        found = [self._quantile(ordered, series, name, q) for name, q in QUANTILES.items()]
        lines = [hover(series.metric, reported=series.reported), f"n {len(ordered)}"]
        return SummaryRow(
            series=series,
            n=len(ordered),
            cells={each.name: each.cell for each in found},
            hover="\n".join([*lines, *(each.words for each in found)]),
        )

    def _quantile(self, ordered: Sequence[float], series: Series, name: str, q: float) -> _Quantile:
        point = shown_quantile(ordered, q)
        if point is None:
            return _Quantile(name, series.cap, minimum_n(q), None, None, None)
        low, high = self._ranks_of(len(ordered), q)
        return _Quantile(
            name,
            series.cap,
            minimum_n(q),
            point,
            ordered[low - 1] if low >= 1 else None,
            ordered[high - 1] if high <= len(ordered) else None,
        )

    def _ranks_of(self, n: int, q: float) -> tuple[int, int]:
        """Return the interval's ranks: the same for every series of ``n`` turns, so kept."""
        if (n, q) not in self._ranks:
            self._ranks[n, q] = quantile_ranks(n, q)
        return self._ranks[n, q]

    def take(self, turn: TurnRecord) -> None:
        """Add a turn; the oldest goes where there are more than ``MAX_TURNS``."""
        self.turns.append(turn)
        for column in self._columns.values():
            column.add(turn)
        if len(self.turns) > MAX_TURNS:
            oldest = self.turns.pop(0)
            for column in self._columns.values():
                column.drop(oldest)
        self._rows.clear()
        self.changed.emit()

    def clear(self) -> None:
        """A new session begins."""
        self.turns.clear()
        self._columns = _columns()
        self._rows.clear()
        self._ranks.clear()
        self.changed.emit()


def _columns() -> dict[str, _Column]:
    return {each.metric: _Column(each) for each in (*LATENCY, *THROUGHPUT)}
