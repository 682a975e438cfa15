"""The sweep over turn detection: how often a pause is taken for an end, against the delay.

Source: metrics specification, 4.2 (T11, T12).
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from app.core.config import TurnDetection
from app.metrics.battery_outcomes import SweepPoint, SweepResult
from app.metrics.battery_sweep import (
    PauseTrial,
    delay_at_ms,
    rate_at,
    score_pause,
    sweep_point,
)
from app.session.jobs import Tell
from app.session.messages import (
    EngineReport,
    JobReport,
    ProblemReport,
    StartSession,
    StartSweep,
    SweepReport,
    TurnReport,
)
from app.trials.battery import BatteryPorts, Pace
from app.trials.battery_sessions import Trace
from app.trials.battery_stimuli import sounds_folder
from app.trials.sweep_plan import (
    PER_SESSION,
    STIMULUS_S,
    PauseTrialPlan,
    pause_session,
    plan_pauses,
    setting_words,
)


async def run_sweep(ports: BatteryPorts, request: StartSweep, tell: Tell) -> SweepResult:
    """Hold the sessions of a sweep; return what came of it.

    Args:
        ports: The outside world.
        request: Which settings of which model.
        tell: Gets a JobReport as stimuli are past, a SweepReport as points come, a
            ProblemReport for a session that failed, and the last SweepReport. Cancelled, the
            session under way ends properly, what was found is told and
            ``asyncio.CancelledError`` raised.

    Raises:
        ConfigError: If the request cannot work.
        StoreError: If the stimuli cannot be written.
    """
    run = _Run(ports, request, tell, plan_pauses(request, ports.stimuli))
    try:
        await run.hold_all()
    finally:
        run.tell_result()
    return run.result()


class _Run:
    """The points so far. All calls on the engine's loop."""

    def __init__(
        self,
        ports: BatteryPorts,
        request: StartSweep,
        tell: Tell,
        trials: Sequence[PauseTrialPlan],
    ) -> None:
        self._ports = ports
        self._request = request
        self._tell = tell
        self._planned = tuple(trials)
        total = len(trials) * len(request.settings)
        self._pace = Pace(ports.clock, total, STIMULUS_S)
        self._points: list[SweepPoint] = []
        self._problems: list[str] = []
        self._done = 0
        self._order = 0
        self._complete = False

    async def hold_all(self) -> None:
        """Hold the sessions of each setting."""
        run_id = self._ports.new_id()
        start = replace(self._request.start, run_id=run_id)
        with sounds_folder() as make_folder:
            for detection in self._request.settings:
                await self._setting(detection, start, make_folder)
        self._complete = any(point.n for point in self._points)

    async def _setting(
        self, detection: TurnDetection, start: StartSession, make_folder: Callable[[int], Path]
    ) -> None:
        """Hold a setting's sessions; its point grows with each stimulus."""
        held: list[PauseTrial] = []
        self._points.append(sweep_point(setting_words(detection), held))
        for at in range(0, len(self._planned), PER_SESSION):
            block = self._planned[at : at + PER_SESSION]
            session = pause_session(start, detection, block, make_folder(self._order))
            session = replace(session, order_idx=self._order)
            self._order += 1
            held += await self._session(session, detection, block, held)

    async def _session(
        self,
        start: StartSession,
        detection: TurnDetection,
        block: Sequence[PauseTrialPlan],
        before: Sequence[PauseTrial],
    ) -> list[PauseTrial]:
        trace, words = Trace(), setting_words(detection)
        past = 0

        def show(count: int) -> list[PauseTrial]:
            trials = [
                score_pause(each.stimulus(at), trace.turns) for at, each in enumerate(block[:count])
            ]
            folder = "" if trace.folder is None else str(trace.folder)
            self._points[-1] = sweep_point(words, [*before, *trials], folder)
            return trials

        def take(report: EngineReport) -> None:
            nonlocal past
            trace.take(report)
            if isinstance(report, TurnReport) and past < (reached := _past(block, trace)):
                past = reached
                show(past)
                self.tell_result()
                self._progress(words, past)

        self._progress(words, 0)
        try:
            outcome = await self._ports.hold(start, take)
        except asyncio.CancelledError:
            show(past)  # what was not spoken is no failure
            raise
        if outcome.problem is not None:
            self._problem(f"{words}: {outcome.problem.sentence} {outcome.problem.hint}".strip())
        trials = show(len(block))
        self._done += len(block)
        self.tell_result()
        return trials

    # --- what is told ------------------------------------------------------------------------

    def result(self) -> SweepResult:
        """Return what it all came to, so far."""
        target = self._request.start.target
        points = tuple(point for point in self._points if point.n or point.failed_n)
        return SweepResult(
            model=target.title or target.model or target.provider,
            seed=self._request.seed,
            points=points,
            delay_at_5_percent_ms=delay_at_ms(points),
            cut_off_at_300_ms=rate_at(points),
            warnings=tuple(dict.fromkeys(self._problems)),
        )

    def tell_result(self) -> None:
        """Tell it."""
        self._tell(SweepReport(result=self.result(), complete=self._complete))

    def _progress(self, words: str, past: int) -> None:
        done, total = self._done + past, self._pace.total
        at = min(done + 1, total)
        said = f"{words}: stimulus {at} of {total}; {self._pace.left(done)}"
        self._tell(JobReport(done=done, total=total, words=said))

    def _problem(self, sentence: str) -> None:
        self._problems.append(sentence)
        self._tell(ProblemReport(sentence=sentence, hint=""))


def _past(block: Sequence[PauseTrialPlan], trace: Trace) -> int:
    """Return how many stimuli are past: a later one has become a turn."""
    spoken = {turn.input_name for turn in trace.turns}
    return max(
        (at for at, each in enumerate(block) if each.stimulus(at).input_name in spoken), default=0
    )
