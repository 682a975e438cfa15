"""The interruption battery of a model: sessions in which known sounds fall into long replies.

Source: metrics specification, 4.2, standard interruption battery.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Final

from app.core.clock import Clock
from app.metrics.battery import score
from app.metrics.battery_outcomes import BatteryResult, BatteryTrial
from app.metrics.battery_table import battery_result
from app.session.jobs import Tell
from app.session.messages import (
    BatteryReport,
    EngineReport,
    JobReport,
    ProblemReport,
    SpanReport,
    StartBattery,
    StartSession,
    TurnReport,
)
from app.trials.battery_plan import PER_SESSION, TRIAL_S, Trial, blocks, check, plan, session_of
from app.trials.battery_sessions import Hold, Trace
from app.trials.battery_stimuli import StimulusSet, sounds_folder

FRUITLESS: Final = 2
"""So many sessions in a row without a single trial end the battery."""

MOST_AGAIN: Final = PER_SESSION
"""More trials that were none are no bad luck: they are not tried again."""

_MINUTE_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryPorts:
    """What a battery needs of the outside.

    Attributes:
        hold: Holds the sessions.
        new_id: Makes a unique name for the run.
    """

    hold: Hold
    clock: Clock
    stimuli: StimulusSet
    new_id: Callable[[], str]


async def run_battery(ports: BatteryPorts, request: StartBattery, tell: Tell) -> BatteryResult:
    """Hold the sessions of a battery; return what came of it.

    Args:
        ports: The outside world.
        request: What to do with which model.
        tell: Gets a JobReport and a BatteryReport as trials end, a ProblemReport for a session
            that failed, and the last BatteryReport, which is complete unless the battery was
            given up. Cancelled, the session under way ends properly, what was found is told and
            ``asyncio.CancelledError`` raised.

    Raises:
        ConfigError: If the request cannot work.
        StoreError: If the stimuli cannot be written.
    """
    check(request.start)
    trials = plan(ports.stimuli.named(request.stimuli), repeats=request.repeats, seed=request.seed)
    run = _Run(ports, request, tell, trials)
    try:
        await run.hold_all()
    finally:
        run.tell_result()
    return run.result()


class _Run:
    """The trials so far. All calls on the engine's loop."""

    def __init__(
        self, ports: BatteryPorts, request: StartBattery, tell: Tell, trials: Sequence[Trial]
    ) -> None:
        self._ports = ports
        self._request = request
        self._tell = tell
        self._planned = tuple(trials)
        self._pace = Pace(ports.clock, len(trials), TRIAL_S)
        self._done: list[BatteryTrial] = []
        self._live: list[BatteryTrial] = []
        self._folders: list[str] = []
        self._problems: list[str] = []
        self._limited_n = 0
        self._fruitless = 0
        self._order = count()
        self._complete = False

    async def hold_all(self) -> None:
        """Hold the sessions, and once more the trials that were none."""
        run_id = self._ports.new_id()
        with sounds_folder() as make_folder:
            again = await self._hold(self._planned, run_id, make_folder)
            if len(again) <= MOST_AGAIN:
                self._pace.total += len(again)
                await self._hold(again, run_id, make_folder)
        self._complete = self._fruitless < FRUITLESS

    async def _hold(
        self, trials: Sequence[Trial], run_id: str, make_folder: Callable[[int], Path]
    ) -> list[Trial]:
        """Return those that were none."""
        failed: list[Trial] = []
        for block in blocks(trials):
            if self._fruitless >= FRUITLESS:
                return []
            idx = next(self._order)
            prompt, folder = self._ports.stimuli.prompt, make_folder(idx)
            start = session_of(self._request.start, prompt, block, folder)
            held = await self._session(replace(start, run_id=run_id, order_idx=idx), block)
            none = [trial for trial, came in zip(block, held, strict=True) if came.problem]
            self._fruitless = 0 if len(none) < len(block) else self._fruitless + 1
            failed += none
        return failed

    async def _session(self, start: StartSession, block: Sequence[Trial]) -> list[BatteryTrial]:
        """Hold one session; return what came of its trials."""
        trace = Trace()

        def take(report: EngineReport) -> None:
            trace.take(report)
            if isinstance(report, TurnReport | SpanReport):
                self._settle(block, trace)

        self._progress(block)
        try:
            outcome = await self._ports.hold(start, take)
        except asyncio.CancelledError:
            self._keep(trace, self._live)  # what was not held is no failure
            raise
        if outcome.problem is not None:
            self._problem(f"{outcome.problem.sentence} {outcome.problem.hint}".strip())
        held = _scored(block, trace)
        self._keep(trace, held)
        self.tell_result()
        return held

    def _settle(self, block: Sequence[Trial], trace: Trace) -> None:
        """Tell the trials that the session under way is past, once for each."""
        settled_n = _settled_n(block, trace)
        if settled_n == len(self._live):
            return
        self._live = _scored(block[:settled_n], trace)
        self.tell_result()
        self._progress(block)

    def _keep(self, trace: Trace, held: Sequence[BatteryTrial]) -> None:
        self._done += held
        self._live = []
        if trace.folder is not None:
            self._folders.append(str(trace.folder))
        self._limited_n += sum(
            turn.client_limited is not None and turn.interrupted_ns is not None
            for turn in trace.turns
        )

    # --- what is told ------------------------------------------------------------------------

    def result(self) -> BatteryResult:
        """Return what it all came to, so far."""
        target = self._request.start.target
        return battery_result(
            [*self._done, *self._live],
            model=target.title or target.model or target.provider,
            seed=self._request.seed,
            repeats=self._request.repeats,
            folders=self._folders,
            limited_n=self._limited_n,
            problems=self._problems,
        )

    def tell_result(self) -> None:
        """Tell it."""
        self._tell(BatteryReport(result=self.result(), complete=self._complete))

    def _progress(self, block: Sequence[Trial]) -> None:
        done, place = len(self._done) + len(self._live), len(self._live)
        trial = block[min(place, len(block) - 1)]
        where = f"{trial.stimulus.name}, {trial.position_ms / 1000:.1f} s into the reply"
        total = self._pace.total
        words = f"trial {min(done + 1, total)} of {total}: {where}; {self._pace.left(done)}"
        self._tell(JobReport(done=done, total=total, words=words))

    def _problem(self, sentence: str) -> None:
        self._problems.append(sentence)
        self._tell(ProblemReport(sentence=sentence, hint=""))


class Pace:
    """How long the rest takes, by what the trials so far took.

    Args:
        clock: Tells the time.
        total: Trials in all.
        trial_s: What one is thought to take before any has been held.
    """

    def __init__(self, clock: Clock, total: int, trial_s: float) -> None:
        self._clock = clock
        self._begun_ns = clock.now_ns()
        self._trial_s = trial_s
        self.total = total

    def left(self, done: int) -> str:
        """Return in words how long the trials after the first ``done`` will take."""
        each_s = (self._clock.now_ns() - self._begun_ns) / 1e9 / done if done else self._trial_s
        left_s = each_s * (self.total - done)
        if left_s < _MINUTE_S:
            return "less than a minute left"
        return f"about {left_s / _MINUTE_S:.0f} min left"


def _settled_n(block: Sequence[Trial], trace: Trace) -> int:
    """Return how many trials are past: what was said after them has been heard."""
    spoken = {turn.input_name for turn in trace.turns}
    by_sound = max((len(trace.user) - 1) // 2, 0)
    by_turn = max(
        (at for at, trial in enumerate(block) if trial.planned(at).prompt_name in spoken),
        default=0,
    )
    return min(max(by_sound, by_turn), len(block))


def _scored(block: Sequence[Trial], trace: Trace) -> list[BatteryTrial]:
    heard = trace.heard()
    return [score(trial.planned(at), heard) for at, trial in enumerate(block)]
