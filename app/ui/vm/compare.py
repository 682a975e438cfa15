"""Recorded sessions side by side: which to compare, and what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from app.core.observe import Signal
from app.metrics.definitions import DEFINITIONS
from app.metrics.distribution import Ecdf, ecdf
from app.metrics.outcomes import Comparison, MetricComparison, RateComparison, SideFigures
from app.session.messages import ComparisonReport, SessionLine, SessionsReport
from app.ui.vm.jobs import JobsViewModel
from app.ui.vm.library_lines import local_time, utc
from app.ui.vm.text import THIN_SPACE, UNKNOWN, number, one_line, quantity

HEADINGS: Final = ("Metric", "A, P50", "B, P50", "B less A", "Pairs", "p", "p (Holm)", "Detectable")
HINTS: Final = (
    "",
    "Median of the first side with its 95 % interval and the number of its turns.",
    "Median of the second side with its 95 % interval and the number of its turns.",
    "Hodges-Lehmann estimate of the difference, with its 95 % interval.",
    "Turns of both sides on the same stimulus.",
    "Two-sided Wilcoxon signed-rank.",
    "The same, corrected for the number of metrics by Holm's method.",
    "The smallest difference that this many pairs would show with a power of 80 %.",
)
CURVE_POINTS: Final = 400
_SMALL_P: Final = 0.0001


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A session that can be put on a side. ``side`` is "A", "B" or "".

    ``began`` is by the user's clock, ``began_utc`` to the second.
    """

    folder: str
    title: str
    began: str
    began_utc: str
    turns: str
    v2v: str
    side: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One metric of the result: ``cells`` as HEADINGS; ``verdict`` says it in a sentence."""

    metric: str
    cells: tuple[str, ...]
    verdict: str


class CompareViewModel:
    """What the page shows. All calls on the GUI thread.

    Signals:
        changed: Something to show changed.

    Args:
        jobs: Tells how far the work is.
        compare: Asks for a comparison of two sets of folders.
        list_sessions: Asks which sessions there are.
    """

    def __init__(
        self,
        jobs: JobsViewModel,
        compare: Callable[[tuple[str, ...], tuple[str, ...]], None],
        list_sessions: Callable[[], None],
        zone: tzinfo | None = None,
    ) -> None:
        self.changed = Signal[()]()
        self._jobs = jobs
        self._compare = compare
        self._list_sessions = list_sessions
        self._zone = zone
        self._sessions: tuple[SessionLine, ...] | None = None
        self._sides: dict[str, str] = {}
        self._comparison: Comparison | None = None
        self._metric = ""
        self._asked = False
        self._shown = False
        jobs.changed.connect(self._job_changed)

    # --- what the user does

    def open(self) -> None:
        """The page is shown: ask which sessions there are."""
        self._shown = True
        self._list_sessions()

    def close(self) -> None:
        """The page is hidden: it asks again when it is shown."""
        self._shown = False

    def look_again(self) -> None:
        """Ask which sessions there are now."""
        self._list_sessions()

    def session_ended(self) -> None:
        """There is another recorded session: ask, if the page is there to show it."""
        if self._shown:
            self._list_sessions()

    def put(self, folder: str, side: str) -> None:
        """Put a session on side "A" or "B"; on the side where it is, take it away."""
        if self._sides.get(folder) == side:
            del self._sides[folder]
        else:
            self._sides[folder] = side
        self.changed.emit()

    def oppose(self, first: str, second: str) -> None:
        """Compare one session with another, whatever was chosen before."""
        self._sides = {first: "A", second: "B"}
        self.compare()
        self.changed.emit()

    def compare(self) -> None:
        """Ask for the comparison of the chosen sessions."""
        if self.ready:
            self._asked = True
            self._compare(self._chosen("A"), self._chosen("B"))

    def choose_metric(self, metric: str) -> None:
        """Draw this metric's distributions."""
        self._metric = metric
        self.changed.emit()

    # --- what is shown

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The sessions, newest first; those without a turn cannot be compared."""
        if self._sessions is None:
            return ()
        return tuple(self._candidate(each) for each in self._sessions if each.turns_n)

    def _candidate(self, line: SessionLine) -> Candidate:
        return Candidate(
            folder=line.folder,
            title=one_line(line.title or "a session"),
            began=local_time(line.began_utc, self._zone),
            began_utc="" if line.began_utc is None else f"{utc(line.began_utc)} UTC",
            turns=UNKNOWN if line.turns_n is None else str(line.turns_n),
            v2v=quantity(line.v2v_p50_ms, "ms"),
            side=self._sides.get(line.folder, ""),
        )

    @property
    def ready(self) -> bool:
        """Whether there is something on both sides and nothing under way."""
        return bool(self._chosen("A") and self._chosen("B")) and not self._jobs.running

    @property
    def hint(self) -> str:
        """What to do, what is under way, or what went wrong."""
        if self._asked and self._jobs.words:
            return self._jobs.words
        if self._sessions is None:
            return "Looking for recorded sessions."
        if not self.candidates:
            return "No recorded session has a turn yet. Talk with a model first."
        if not (self._chosen("A") and self._chosen("B")):
            return (
                "Tick A for one model's sessions and B for the other's. Sessions held turn about, "
                "as `vivavoce compare` holds them, tell most."
            )
        return ""

    @property
    def title(self) -> str:
        """What was compared, e.g. "B: two against A: one, interleaved"; "" before."""
        found = self._comparison
        if found is None:
            return ""
        return one_line(f"B: {found.second}, against A: {found.first} ({found.design})")

    @property
    def warnings(self) -> tuple[str, ...]:
        """What weakens the comparison."""
        found = self._comparison
        return () if found is None else tuple(one_line(each) for each in found.warnings)

    @property
    def lines(self) -> tuple[Line, ...]:
        """One line a metric."""
        found = self._comparison
        return () if found is None else tuple(_line(each) for each in found.metrics)

    @property
    def availability(self) -> str:
        """Turns that did not fail, of both sides, in one line."""
        found = self._comparison
        return "" if found is None else _availability(found.availability)

    @property
    def metric(self) -> str:
        """The metric that is drawn, or ""."""
        return self._metric

    @property
    def unit(self) -> str:
        """Its unit."""
        return DEFINITIONS[self._metric].unit if self._metric in DEFINITIONS else ""

    @property
    def curves(self) -> tuple[Ecdf, Ecdf] | None:
        """Distributions of the drawn metric, A and B; None without values on both sides."""
        found = next((each for each in self._metrics() if each.metric == self._metric), None)
        if found is None or not found.first.values or not found.second.values:
            return None
        return (
            ecdf(found.first.values, at_most=CURVE_POINTS),
            ecdf(found.second.values, at_most=CURVE_POINTS),
        )

    # --- from the engine

    def take_sessions(self, report: SessionsReport) -> None:
        """Show which sessions there are; those that are gone leave their side."""
        self._sessions = report.sessions
        there = {each.folder for each in report.sessions}
        self._sides = {folder: side for folder, side in self._sides.items() if folder in there}
        self.changed.emit()

    def take_comparison(self, report: ComparisonReport) -> None:
        """Show a result."""
        self._comparison = report.comparison
        metrics = [each.metric for each in report.comparison.metrics]
        if self._metric not in metrics:
            self._metric = metrics[0] if metrics else ""
        self.changed.emit()

    def _chosen(self, side: str) -> tuple[str, ...]:
        return tuple(folder for folder, where in self._sides.items() if where == side)

    def _metrics(self) -> tuple[MetricComparison, ...]:
        return () if self._comparison is None else self._comparison.metrics

    def _job_changed(self) -> None:
        self.changed.emit()


def _line(found: MetricComparison) -> Line:
    definition = DEFINITIONS.get(found.metric)
    name = definition.name if definition else found.metric
    unit = definition.unit if definition else ""
    cells = (
        f"{name}, {unit}" if unit else name,
        _side(found.first),
        _side(found.second),
        _interval(found.difference, found.low, found.high),
        UNKNOWN if found.pairs is None else str(found.pairs),
        _chance(found.p),
        _chance(found.p_holm),
        number(found.detectable),
    )
    return Line(metric=found.metric, cells=cells, verdict=one_line(found.verdict))


def _side(side: SideFigures) -> str:
    return f"{_interval(side.p50, side.p50_low, side.p50_high)}  n{THIN_SPACE}{side.n}"


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return UNKNOWN
    if low is None and high is None:
        return number(value)
    return f"{number(value)} [{number(low)}, {number(high)}]"


def _chance(p: float | None) -> str:
    if p is None:
        return UNKNOWN
    return f"< {_SMALL_P:g}" if p < _SMALL_P else f"{p:.2g}"


def _availability(rate: RateComparison) -> str:
    first = _rate(rate.first_ok, rate.first_n, rate.first_low, rate.first_high)
    second = _rate(rate.second_ok, rate.second_n, rate.second_low, rate.second_high)
    return f"Answered: A {first}, B {second}; McNemar p {_chance(rate.p)}"


def _rate(ok: int, n: int, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"{ok} of {n}"
    return f"{ok} of {n} ({low:.0%} to {high:.0%})"
