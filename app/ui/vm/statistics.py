"""All turns of the session: what the plots draw, and what the figures come to."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

from app.core.observe import Signal
from app.core.records import TurnRecord
from app.metrics.counted import measured
from app.metrics.definitions import DEFINITIONS
from app.metrics.statistics import ShownQuantile, SortedSample
from app.ui.vm.hover import hover
from app.ui.vm.population import KINDS, OF_EVERY_TURN, Kind, Population, kind_of
from app.ui.vm.series import LATENCY, PLOTTED, Series, cap_of, choices, series_of, unit_of
from app.ui.vm.tally import Tally
from app.ui.vm.text import THIN_SPACE, UNKNOWN, capped, number, quantity

MAX_TURNS = 10_000
QUANTILES: Final[Mapping[str, float]] = {"P50": 0.5, "P90": 0.9, "P95": 0.95}
TAILS: Final[Mapping[str, float]] = {**QUANTILES, "P99": 0.99}
SPREAD: Final = ("n", *TAILS, "Range", "IQR", "First turn")
AT_LEAST = "\N{GREATER-THAN OR EQUAL TO}"
PENALTY_METRIC: Final = "v2v_ms"


@dataclass(frozen=True, slots=True)
class Point:
    """One turn of one series.

    Attributes:
        excluded: Left out of the figures: drawn hollow and faint.
        limited: Counted, but our own side may have spoilt it: drawn hollow.
        apart: What may set it apart from the others, e.g. "first turn, with a tool", or "".
    """

    turn_id: int
    value: float
    excluded: bool
    limited: bool = False
    apart: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRow:
    """Quantiles of one series as far as its sample size allows: ``cells`` by "P50" etc.

    A quantile whose interval has no upper end is shown as its lower end, "\u2265 810".
    """

    series: Series
    n: int
    cells: Mapping[str, str]


class _Column:
    """The known values of one metric: measured ones by kind of turn, and, if drawn, the points."""

    def __init__(self, metric: str) -> None:
        self.metric = metric
        self.points: list[Point] | None = None
        # Which kind counts changes with the turns that come, so that each has its own sample.
        one = SortedSample()
        every = metric in OF_EVERY_TURN
        self._samples = {kind: one if every else SortedSample() for kind in KINDS}

    def sample(self, population: Population) -> SortedSample:
        """Return the values that count; the rule never takes more than one kind of turn."""
        return self._samples[population.kind]

    def add(self, turn: TurnRecord, kind: Kind | None) -> None:
        """Take a turn's value, if it has one; ``kind`` None: it is not measured."""
        value = _value(turn, self.metric)
        if value is None:
            return
        if kind is not None:
            self._samples[kind].add(value)
        if self.points is not None:
            self.points.append(_point(turn, value))

    def drop(self, turn: TurnRecord, kind: Kind | None) -> None:
        """Forget the oldest turn's value, if it has one."""
        value = _value(turn, self.metric)
        if value is None:
            return
        if kind is not None:
            self._samples[kind].remove(value)
        if self.points:
            del self.points[0]

    def draw(self, turns: Sequence[TurnRecord]) -> list[Point]:
        """Return the points, which are kept from now on."""
        if self.points is None:
            found = ((turn, _value(turn, self.metric)) for turn in turns)
            self.points = [_point(turn, value) for turn, value in found if value is not None]
        return self.points


def _value(turn: TurnRecord, metric: str) -> float | None:
    value = getattr(turn, metric)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return value


def _point(turn: TurnRecord, value: float) -> Point:
    limited, apart = turn.client_limited is not None, ""
    if turn.is_first_turn or turn.has_tool:
        words = ((turn.is_first_turn, "first turn"), (turn.has_tool, "with a tool"))
        apart = ", ".join(word for holds, word in words if holds)
    return Point(turn.turn_id, value, not measured(turn), limited, apart)


def _kind(turn: TurnRecord) -> Kind | None:
    return kind_of(turn) if measured(turn) else None


class StatisticsViewModel:
    """Keeps the newest ``MAX_TURNS`` turns.

    Args:
        metric: Column of the turn table whose figures are shown; an unknown one is
            voice to voice.

    Signals:
        changed: A turn came, all went, or another metric is shown.
    """

    def __init__(self, metric: str = PENALTY_METRIC) -> None:
        self.turns: list[TurnRecord] = []
        self.tally = Tally()
        self.population = Population()
        self.changed = Signal[()]()
        self.metrics = choices()
        self.metric = metric if metric in self.metrics else PENALTY_METRIC
        self._first: TurnRecord | None = None
        self._columns = self._new_columns()
        self._rows: dict[str, SummaryRow] = {}

    def _new_columns(self) -> dict[str, _Column]:
        return {metric: _Column(metric) for metric in self.metrics}

    # --- counts

    @property
    def title(self) -> str:
        """E.g. "23 turns, 1 failed"; "" before the first."""
        count = len(self.turns)
        if not count:
            return ""
        parts = (
            (self.tally.failed, "failed"),
            (self.tally.excluded.total(), "left out"),
            (self.tally.limited_turns, "client-limited"),
        )
        words = [f"{count} turn{'' if count == 1 else 's'}"]
        return ", ".join([*words, *(f"{n} {what}" for n, what in parts if n)])

    # --- what is shown

    def choose(self, metric: str) -> bool:
        """Show the figures of another metric; False if there is none of that name."""
        if metric not in self.metrics or metric == self.metric:
            return metric in self.metrics
        self.metric = metric
        self.changed.emit()
        return True

    @property
    def drawn(self) -> tuple[Series, ...]:
        """What the first plot shows: the latencies, or the chosen metric where it is another."""
        usual = {each.metric for each in PLOTTED}
        return LATENCY if self.metric in usual else (series_of(self.metric),)

    def turn(self, turn_id: int) -> TurnRecord | None:
        """Return a turn by its number, if it is still kept."""
        place = self.place(turn_id)
        found = self.turns[place] if place < len(self.turns) else None
        return found if found is not None and found.turn_id == turn_id else None

    def place(self, turn_id: int) -> int:
        """Return where the first turn of at least this number stands among ``turns``."""
        return bisect_left(self.turns, turn_id, key=lambda turn: turn.turn_id)

    def points(self, series: Series) -> Sequence[Point]:
        """Return the known values of a series, in order of the turns."""
        return self._columns[series.metric].draw(self.turns)

    def ordered(self, metric: str) -> Sequence[float]:
        """Return the values that count, in ascending order; not to be changed."""
        return self._sample(metric).ordered

    def _sample(self, metric: str) -> SortedSample:
        return self._columns[metric].sample(self.population)

    def shown(self, metric: str, q: float) -> ShownQuantile:
        """Return a quantile as far as the sample bears it out."""
        return self._sample(metric).shown(q)

    # --- in words

    def summary(self, series: Series) -> SummaryRow:
        """Return the quantiles of a series, gated by its sample size."""
        if series.metric not in self._rows:
            cells = {name: self.cell(series.metric, q) for name, q in QUANTILES.items()}
            self._rows[series.metric] = SummaryRow(
                series=series,
                n=len(self.ordered(series.metric)),
                cells=cells,
            )
        return self._rows[series.metric]

    def explain(self, metric: str, *, reported: bool = False) -> str:
        """Return the definition of a metric with its quantiles and their intervals."""
        return hover(metric, session=self.words(metric), reported=reported)

    def hover(self, series: Series) -> str:
        """Return the same of a series."""
        return self.explain(series.metric, reported=series.reported)

    def cell(self, metric: str, q: float) -> str:
        """Return a quantile, or its lower bound where there is no upper one, or an en dash."""
        found, cap = self.shown(metric, q), cap_of(metric)
        if found.point is None:
            return UNKNOWN
        bounded = found.high is not None or found.upper is not None
        if q > QUANTILES["P50"] and not bounded and found.low is not None:
            return f"{AT_LEAST}{THIN_SPACE}{capped(found.low, cap)}"
        return capped(found.point, cap)

    def interval(self, metric: str, q: float) -> str:
        """Return the 95 % interval of a quantile in words, "" where there is none to show."""
        found, cap = self.shown(metric, q), cap_of(metric)
        if found.low is None and found.high is None:
            return ""
        low = "unbounded" if found.low is None else capped(found.low, cap)
        if found.high is not None:
            return f"{low} to {capped(found.high, cap)}"
        if found.upper is not None:
            return f"{low} to {capped(found.upper, cap)} (one-sided)"
        return f"{low} to unbounded"

    def out_of(self, metric: str) -> str:
        """Return how many values count, of how many turns, and what became of the others.

        E.g. "10 of 13 turns (first turn apart, 1 with a tool apart, 1 failed)".
        """
        count, turns = len(self.ordered(metric)), len(self.turns)
        if count == turns:
            return str(count)
        outcomes = ((self.tally.failed, "failed"), (self.tally.excluded.total(), "left out"))
        why = [self.population.apart(metric), *(f"{n} {words}" for n, words in outcomes if n)]
        counted = self.population.measured if metric in OF_EVERY_TURN else self.population.counted
        unknown = counted - count
        why += [f"{unknown} without it"] if unknown else []
        return f"{count} of {turns} turns ({', '.join(each for each in why if each)})"

    def words(self, metric: str) -> str:
        """Return n, the quantiles and their intervals in one line, for the hover."""
        parts = [f"n {self.out_of(metric)}"]
        unit = f"{THIN_SPACE}{unit_of(metric)}" if unit_of(metric) else ""
        for name, q in TAILS.items():
            cell, interval = self.cell(metric, q), self.interval(metric, q)
            told = f" ({interval})" if interval and not cell.startswith(AT_LEAST) else ""
            if cell != UNKNOWN:
                parts.append(f"{name} {cell}{unit}{told}")
        reason = next((why for q in TAILS.values() if (why := self.shown(metric, q).reason)), "")
        return "; ".join([*parts, reason] if reason else parts)

    def spread(self) -> tuple[tuple[str, str, str], ...]:
        """Return the chosen metric's figures: name, words, and what they mean."""
        metric = self.metric
        count, turns = len(self.ordered(metric)), len(self.turns)
        words = str(count) if count == turns else f"{count} of {turns}"
        hover = f"Turns with a known, counted {self._name}\ncounted\t{self.out_of(metric)}"
        cells = [("n", words, hover)]
        for name, q in TAILS.items():
            found = self.shown(metric, q)
            interval = self.interval(metric, q)
            told = f"95 % interval\t{interval or UNKNOWN}"
            note = f"\nnote\t{found.reason}" if found.reason else ""
            words = self.cell(metric, q)
            if name == "P50" and interval:
                words = f"{words} ({interval})"
            cells.append((name, words, f"{name} of {self._name}\n{told}{note}"))
        return (*cells, self._range(), self._iqr(), self._first_turn())

    @property
    def _name(self) -> str:
        return DEFINITIONS[self.metric].name

    def _range(self) -> tuple[str, str, str]:
        ordered = self.ordered(self.metric)
        cap = cap_of(self.metric)
        words = f"{capped(ordered[0], cap)} to {capped(ordered[-1], cap)}" if ordered else UNKNOWN
        return "Range", words, f"Smallest and largest of {self._name}"

    def _iqr(self) -> tuple[str, str, str]:
        sample = self._sample(self.metric)
        low, high = sample.quantile(0.25), sample.quantile(0.75)
        enough = low is not None and high is not None and self.shown(self.metric, 0.5).point
        words = number(high - low) if enough and low is not None and high is not None else UNKNOWN
        return "IQR", words, f"Interquartile range of {self._name}: P75 less P25"

    def _first_turn(self) -> tuple[str, str, str]:
        """The first turn apart: warm-up and caches tell there."""
        value = None if self._first is None else _value(self._first, self.metric)
        told = f"First turn of the session: {self._name}"
        if value is None:
            return "First turn", UNKNOWN, f"{told}\nunknown\tnot measured, or no longer kept"
        words = capped(value, cap_of(self.metric))
        penalty = self._penalty(value)
        if penalty is not None:
            told += f"\npenalty\t{quantity(penalty, unit_of(self.metric))}"
            told += "\nformula\tfirst turn - median of the later ones"
            told += "\nsource\tmetrics specification, L17"
        return "First turn", words, told

    def _penalty(self, first: float) -> float | None:
        """Of a first turn that is told apart from the later ones, as the summary has it."""
        turn, sample = self._first, self._sample(self.metric)
        told = self.population.choice.drops_first and self.metric not in OF_EVERY_TURN
        if turn is None or not told or not measured(turn) or turn.has_tool:
            return None
        median = sample.quantile(QUANTILES["P50"])
        return None if median is None else first - median

    # --- changes

    def take(self, turn: TurnRecord) -> None:
        """Add a turn; the oldest goes where there are more than ``MAX_TURNS``."""
        self.turns.append(turn)
        self.tally.add(turn)
        self.population.add(turn)
        if turn.is_first_turn:
            self._first = turn
        kind = _kind(turn)
        for column in self._columns.values():
            column.add(turn, kind)
        if len(self.turns) > MAX_TURNS:
            self._drop(self.turns.pop(0))
        self._rows.clear()
        self.changed.emit()

    def _drop(self, oldest: TurnRecord) -> None:
        self.tally.add(oldest, -1)
        self.population.add(oldest, -1)
        if oldest is self._first:
            self._first = None
        kind = _kind(oldest)
        for column in self._columns.values():
            column.drop(oldest, kind)

    def clear(self) -> None:
        """A new session begins."""
        self.turns.clear()
        self.tally = Tally()
        self.population = Population()
        self._first = None
        self._columns = self._new_columns()
        self._rows.clear()
        self.changed.emit()
