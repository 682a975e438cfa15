"""The sweep over turn detection: false cut-offs against voice-to-voice."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from app.core.config import TurnDetection, VadMode
from app.core.observe import Signal
from app.metrics.battery_outcomes import SweepPoint, SweepResult
from app.session.messages import StartSession, StartSweep, SweepReport
from app.ui.vm.asking import TrialRun
from app.ui.vm.text import UNKNOWN, one_line, quantity

NAME: Final = "Endpointing sweep"
SILENCES: Final = "200, 300, 500, 800"
MOST_SETTINGS: Final = 12
SILENCE_MS: Final = range(50, 5_001)
REPEATS: Final = range(1, 11)
PAUSES_N: Final = 4
TRIAL_S: Final = 9
EAGERNESS: Final = ("low", "medium", "high")
HEADINGS: Final = ("Turn detection", "Stimuli", "Cut off", "Rate", "V2V P50", "V2V P95")
HINTS: Final = (
    "One session was held with each.",
    "Sentences with a pause inside; in brackets those that were not answered at all.",
    "Of them, those that the agent took for finished in their pause (T12).",
    "The share, with its 95 % Wilson interval; not shown under 10 stimuli.",
    "Median over the sentences that were not cut off.",
    "95th percentile, from 20 on.",
)


@dataclass(frozen=True, slots=True)
class Point:
    """One setting drawn: ``share`` is cut_off_n / n, 0 to 1, whatever n is."""

    name: str
    v2v_ms: float
    share: float
    n: int


class SweepViewModel:
    """What the page shows. All calls on the GUI thread.

    Signals:
        changed: Something to show changed.

    Args:
        run: The work itself.
        modes: The kinds of turn detection that the chosen model has.
    """

    def __init__(self, run: TrialRun, modes: Callable[[], tuple[VadMode, ...]]) -> None:
        self.changed = Signal[()]()
        self.run = run
        self.silences = SILENCES
        self.semantic = False
        self.repeats = 3
        self.result: SweepResult | None = None
        self.complete = False
        self._modes = modes
        run.changed.connect(self.changed.emit)

    async def start(self) -> None:
        """Run it with the model and the other settings of the live page."""
        settings, repeats = self.settings, self.repeats

        def make(start: StartSession) -> StartSweep:
            mine = start.settings.turn_detection
            kept = tuple(
                replace(mine, mode=each.mode, silence_ms=each.silence_ms, eagerness=each.eagerness)
                for each in settings
            )
            return StartSweep(start=start, settings=kept, repeats=repeats)

        if await self.run.begin(make, NAME, fault=self.fault):
            self.result, self.complete = None, False
            self.changed.emit()

    # --- what is shown

    @property
    def can_semantic(self) -> bool:
        """Whether the chosen model ends turns by meaning, too."""
        return VadMode.SEMANTIC in self._modes()

    @property
    def settings(self) -> tuple[TurnDetection, ...]:
        """The settings that are asked for; none where they cannot be read."""
        numbers = self._numbers()
        if numbers is None:
            return ()
        server = [TurnDetection(silence_ms=each) for each in numbers]
        semantic = EAGERNESS if self.semantic and self.can_semantic else ()
        eager = [TurnDetection(mode=VadMode.SEMANTIC, eagerness=each) for each in semantic]
        return (*server, *eager)[:MOST_SETTINGS]

    @property
    def fault(self) -> str:
        """Why the settings cannot be used, or ""."""
        if self.settings:
            return ""
        return (
            f"Write up to {MOST_SETTINGS} silences from {SILENCE_MS.start} to "
            f"{SILENCE_MS.stop - 1} ms with commas between, e.g. {SILENCES}."
        )

    @property
    def plan(self) -> str:
        """What starting it would do, or why it cannot be started."""
        stimuli = len(self.settings) * PAUSES_N * self.repeats
        minutes = max(round(stimuli * TRIAL_S / 60), 1)
        return self.fault or f"{stimuli} sentences, about {minutes} min."

    @property
    def title(self) -> str:
        """Of what the plot and the table are, or ""."""
        found = self.result
        if found is None:
            return ""
        stimuli = sum(point.n for point in found.points)
        rest = "" if self.complete else ", not complete"
        return one_line(f"{found.model}: {stimuli} sentences, seed {found.seed}{rest}")

    @property
    def lines(self) -> tuple[tuple[str, ...], ...]:
        """The table: cells as HEADINGS."""
        return () if self.result is None else tuple(_cells(each) for each in self.result.points)

    @property
    def points(self) -> tuple[Point, ...]:
        """The drawing; settings that answered nothing are not in it."""
        if self.result is None:
            return ()
        return tuple(
            Point(one_line(each.setting), each.v2v_p50_ms, each.cut_off_n / each.n, each.n)
            for each in self.result.points
            if each.v2v_p50_ms is not None and each.n
        )

    @property
    def footnote(self) -> str:
        """The two figures that the field quotes, and what weakens the result."""
        found = self.result
        if found is None:
            return ""
        parts = []
        if found.delay_at_5_percent_ms is not None:
            delay = quantity(found.delay_at_5_percent_ms, "ms")
            parts.append(f"5 % are cut off at a voice-to-voice of {delay}.")
        if found.cut_off_at_300_ms is not None:
            parts.append(f"At 300 ms {found.cut_off_at_300_ms:.0%} are cut off.")
        return " ".join((*parts, *(one_line(each) for each in found.warnings)))

    # --- what comes of it

    def take(self, report: SweepReport) -> None:
        """Show a result, of part of the settings or of all."""
        self.result, self.complete = report.result, report.complete
        self.changed.emit()

    def _numbers(self) -> list[int] | None:
        words = [word for word in re.split(r"[\s,;]+", self.silences.strip()) if word]
        if not all(re.fullmatch(r"\d{1,4}", word) for word in words):
            return None
        numbers = sorted({int(word) for word in words})
        fits = all(number in SILENCE_MS for number in numbers)
        return numbers if fits and len(numbers) <= MOST_SETTINGS else None


def _cells(point: SweepPoint) -> tuple[str, ...]:
    failed = f" ({point.failed_n} not)" if point.failed_n else ""
    return (
        one_line(point.setting),
        f"{point.n}{failed}",
        f"{point.cut_off_n} of {point.n}",
        _rate(point),
        quantity(point.v2v_p50_ms, "ms"),
        quantity(point.v2v_p95_ms, "ms"),
    )


def _rate(point: SweepPoint) -> str:
    if point.rate is None:
        return UNKNOWN
    if point.rate_low is None or point.rate_high is None:
        return f"{point.rate:.0%}"
    return f"{point.rate:.0%} ({point.rate_low:.0%} to {point.rate_high:.0%})"
