"""False cut-offs against delay: from turns to the points of a sweep, and what lies between.

Source: metrics specification, 4.2 (T11, T12) and 9.3.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from app.core.turn_record import TurnRecord
from app.metrics.battery_outcomes import SweepPoint
from app.metrics.battery_table import LEAST_EVENTS
from app.metrics.statistics import shown_quantile, wilson

FEW_CUT_OFF: Final = 0.05
"""The rate at which a delay is told."""

SHORT_DELAY_MS: Final = 300.0
"""The delay at which a rate is told."""

HIGH: Final = 0.95
_NS_PER_MS: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseStimulus:
    """Speech with a pause in it, whose every instant is known.

    Attributes:
        input_name: Name by which the session knows it.
        pause_ms: The pause; ``before_ms`` of speech come before it, ``after_ms`` after it.
    """

    input_name: str
    pause_ms: float
    before_ms: float
    after_ms: float

    @property
    def whole_ms(self) -> float:
        """From its first sample to its last."""
        return self.before_ms + self.pause_ms + self.after_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseTrial:
    """What became of a stimulus.

    Attributes:
        cut_off: Whether the provider took the turn before the speech was over; None where it
            neither did that nor answered.
        v2v_ms: From the end of the speech to the agent, where it was not cut off.
    """

    stimulus: PauseStimulus
    cut_off: bool | None
    v2v_ms: float | None = None


def score_pause(stimulus: PauseStimulus, turns: Sequence[TurnRecord]) -> PauseTrial:
    """Return what became of a stimulus in the session of these turns."""
    mine = [turn for turn in turns if turn.input_name == stimulus.input_name]
    first = next((turn for turn in mine if turn.u_on_ns is not None), None)
    if first is None or first.u_on_ns is None:
        return PauseTrial(stimulus=stimulus, cut_off=None)
    over_ns = first.u_on_ns + stimulus.whole_ms * _NS_PER_MS
    if any(at_ns < over_ns for at_ns in _decisions(first)):
        return PauseTrial(stimulus=stimulus, cut_off=True)
    if first.audible_ns is None:
        return PauseTrial(stimulus=stimulus, cut_off=None)
    v2v_ms = (first.audible_ns - over_ns) / _NS_PER_MS
    return PauseTrial(stimulus=stimulus, cut_off=False, v2v_ms=v2v_ms)


def _decisions(turn: TurnRecord) -> Iterator[int]:
    """Return the instants at which a provider that had taken the turn shows it."""
    instants = (turn.vad_off_ns, turn.commit_ns, turn.create_ns, turn.first_audio_ns)
    return (at_ns for at_ns in (*instants, turn.audible_ns) if at_ns is not None)


def sweep_point(setting: str, trials: Sequence[PauseTrial], folder: str = "") -> SweepPoint:
    """Return one setting's point, over all its trials."""
    known = [trial for trial in trials if trial.cut_off is not None]
    cut_n = sum(trial.cut_off is True for trial in known)
    shown = len(known) >= LEAST_EVENTS
    bounds = wilson(cut_n, len(known)) if shown else None
    delays = [trial.v2v_ms for trial in known if trial.v2v_ms is not None]
    return SweepPoint(
        setting=setting,
        n=len(known),
        failed_n=len(trials) - len(known),
        cut_off_n=cut_n,
        rate=cut_n / len(known) if shown else None,
        rate_low=None if bounds is None else bounds.low,
        rate_high=None if bounds is None else bounds.high,
        v2v_p50_ms=shown_quantile(delays, 0.5),
        v2v_p95_ms=shown_quantile(delays, HIGH),
        by_pause=tuple(_by_pause(known)),
        folder=folder,
    )


def _by_pause(trials: Sequence[PauseTrial]) -> Iterator[tuple[float, int, int]]:
    """Yield each pause, its trials, and how many of them were cut off."""
    for pause_ms in sorted({trial.stimulus.pause_ms for trial in trials}):
        same = [trial for trial in trials if trial.stimulus.pause_ms == pause_ms]
        yield pause_ms, len(same), sum(trial.cut_off is True for trial in same)


# --- between the points --------------------------------------------------------------------------


def delay_at_ms(points: Sequence[SweepPoint], rate: float = FEW_CUT_OFF) -> float | None:
    """Return the delay at which ``rate`` is cut off; None where the points do not enclose it.

    Of several the smallest: the curve of a noisy measurement may come back.
    """
    for (before_ms, high), (after_ms, low) in pairwise(_curve(points)):
        if min(high, low) <= rate <= max(high, low):
            return _between(rate, (high, before_ms), (low, after_ms))
    return None


def rate_at(points: Sequence[SweepPoint], delay_ms: float = SHORT_DELAY_MS) -> float | None:
    """Return the share that is cut off at a delay; None where the points do not enclose it."""
    for before, after in pairwise(_curve(points)):
        if before[0] <= delay_ms <= after[0]:
            return _between(delay_ms, before, after)
    return None


def _curve(points: Sequence[SweepPoint]) -> list[tuple[float, float]]:
    """Return delay and rate of the points that have both, by delay."""
    return sorted(
        (point.v2v_p50_ms, point.rate)
        for point in points
        if point.v2v_p50_ms is not None and point.rate is not None
    )


def _between(at: float, first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the value at ``at`` on the line from ``first`` to ``second``, each (at, value)."""
    span = second[0] - first[0]
    if span == 0:
        return min(first[1], second[1])
    return first[1] + (second[1] - first[1]) * (at - first[0]) / span
