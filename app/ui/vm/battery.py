"""The interruption battery: what to run, how far it is, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.core.observe import Signal
from app.metrics.battery_outcomes import BatteryResult, BatteryRow, BatteryTrial, StimulusKind
from app.session.messages import BatteryReport, StartBattery, StartSession
from app.ui.vm.asking import TrialRun
from app.ui.vm.text import UNKNOWN, number, one_line, quantity

NAME: Final = "Interruption battery"
STIMULI_N: Final = 9
TRIAL_S: Final = 16
"""One trial takes about so long: the reply begins, the stimulus, the wait."""
REPEATS: Final = range(1, 21)
HEADINGS: Final = (
    "Stimulus",
    "Is a",
    "Trials",
    "Stopped",
    "Rate",
    "Noticed after",
    "Silent after P50",
    "P95",
    "Spoken over",
    "Cut wrong by",
    "Wasted",
)
HINTS: Final = (
    "What was said or sounded into the reply.",
    "An interruption should stop the reply; everything else should not.",
    "Stimuli that began while the agent was audible; in brackets those that did not.",
    (
        "Interruptions that were yielded to within 2.0 s, or other stimuli that stopped the "
        "reply within 1.0 s (T8, T9)."
    ),
    "The share, with its 95 % Wilson interval; not shown under 10 trials.",
    "Median from the stimulus's onset until the provider told of speech (T1).",
    "Median from the stimulus's onset until the agent was silent at the loudspeaker (T3).",
    "Its 95th percentile, from 20 trials on.",
    "Median of what the agent said over the user (T5).",
    "Largest difference between what was heard and what the provider was told (T6).",
    "Audio that was made and never heard.",
)
KINDS: Final = {
    StimulusKind.INTERRUPTION: "interruption",
    StimulusKind.BACKCHANNEL: "backchannel",
    StimulusKind.NOISE: "noise",
    StimulusKind.SIDE_TALK: "side talk",
    StimulusKind.BACKGROUND: "background speech",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: ``cells`` as HEADINGS.

    Attributes:
        sums_up: It is a whole kind.
        good: Whether most of it went as it should; None where that cannot be said.
    """

    cells: tuple[str, ...]
    sums_up: bool
    good: bool | None


@dataclass(frozen=True, slots=True)
class Dots:
    """One stimulus drawn: how long the agent took to fall silent, in each trial.

    Attributes:
        stops_ms: One value for each trial in which it did, where it is known how soon.
        others_n: Trials in which it went on.
        should_stop: Whether stopping is right.
    """

    name: str
    stops_ms: tuple[float, ...]
    others_n: int
    should_stop: bool


class BatteryViewModel:
    """What the page shows. All calls on the GUI thread.

    Signals:
        changed: Something to show changed.

    Args:
        run: The work itself.
        model: Name of the chosen model.
    """

    def __init__(self, run: TrialRun, model: Callable[[], str]) -> None:
        self.changed = Signal[()]()
        self.run = run
        self.repeats = 5
        self.seed = 0
        self.result: BatteryResult | None = None
        self.complete = False
        self._model = model
        run.changed.connect(self.changed.emit)

    async def start(self) -> None:
        """Run it with the model and the settings of the live page."""
        seed, repeats = self.seed, self.repeats

        def make(start: StartSession) -> StartBattery:
            return StartBattery(start=start, seed=seed, repeats=repeats)

        if await self.run.begin(make, NAME):
            self.result, self.complete = None, False
            self.changed.emit()

    # --- what is shown

    @property
    def plan(self) -> str:
        """What starting it would do."""
        trials = STIMULI_N * self.repeats
        minutes = max(round(trials * TRIAL_S / 60), 1)
        return f"{one_line(self._model())}: {trials} trials, about {minutes} min."

    @property
    def title(self) -> str:
        """Of what the table is, or ""."""
        found = self.result
        if found is None:
            return ""
        sounding = sum(trial.sounding for trial in found.trials)
        rest = "" if self.complete else ", not complete"
        return one_line(f"{found.model}: {sounding} trials, seed {found.seed}{rest}")

    @property
    def lines(self) -> tuple[Line, ...]:
        """The table."""
        return () if self.result is None else tuple(_line(row) for row in self.result.rows)

    @property
    def dots(self) -> tuple[Dots, ...]:
        """The drawing: one row a stimulus, in the order of the table."""
        if self.result is None:
            return ()
        rows = [row for row in self.result.rows if row.stimulus]
        return tuple(_dots(row, self.result.trials) for row in rows)

    @property
    def footnote(self) -> str:
        """What was wasted in all, and what weakens the result."""
        found = self.result
        if found is None:
            return ""
        parts = []
        if found.wasted_audio_ms is not None:
            parts.append(f"{quantity(found.wasted_audio_ms / 1000, 's')} of audio never heard")
        if found.wasted_tokens is not None:
            parts.append(f"about {number(found.wasted_tokens)} output audio tokens of it")
        sentence = (", ".join(parts) + ".") if parts else ""
        warnings = (one_line(each) for each in found.warnings)
        return " ".join(each for each in (sentence, *warnings) if each)

    # --- what comes of it

    def take(self, report: BatteryReport) -> None:
        """Show a result, of part of the trials or of all."""
        self.result, self.complete = report.result, report.complete
        self.changed.emit()


def _line(row: BatteryRow) -> Line:
    failed = f" ({row.failed_n} not)" if row.failed_n else ""
    cells = (
        one_line(row.stimulus) or f"All of this kind: {KINDS[row.kind]}",
        KINDS[row.kind],
        f"{row.n}{failed}",
        f"{row.stopped_n} of {row.n}",
        _rate(row),
        quantity(row.detection_p50_ms, "ms"),
        quantity(row.yield_p50_ms, "ms"),
        quantity(row.yield_p95_ms, "ms"),
        quantity(row.overspeech_p50_ms, "ms"),
        quantity(row.truncate_err_max_ms, "ms"),
        _seconds(row.wasted_audio_ms),
    )
    return Line(cells, not row.stimulus, _good(row))


def _rate(row: BatteryRow) -> str:
    if row.rate is None:
        return UNKNOWN
    if row.rate_low is None or row.rate_high is None:
        return f"{row.rate:.0%}"
    return f"{row.rate:.0%} ({row.rate_low:.0%} to {row.rate_high:.0%})"


def _good(row: BatteryRow) -> bool | None:
    if not row.n:
        return None
    stopped = row.stopped_n / row.n
    return stopped > 0.5 if row.kind.takes_floor else stopped < 0.5  # noqa: PLR2004 - most of it


def _seconds(value_ms: float | None) -> str:
    return UNKNOWN if value_ms is None else quantity(value_ms / 1000, "s")


def _dots(row: BatteryRow, trials: tuple[BatteryTrial, ...]) -> Dots:
    mine = [trial for trial in trials if trial.stimulus == row.stimulus and trial.sounding]
    stopped = [trial for trial in mine if trial.yielded or trial.false_stop]
    stops = tuple(trial.yield_ms for trial in stopped if trial.yield_ms is not None)
    return Dots(row.stimulus, stops, len(mine) - len(stopped), row.kind.takes_floor)
