"""The interruption battery's table: rates with their intervals, medians, and what weakens them.

Source: metrics specification, 4.2, 9.1 and 9.3.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from app.metrics.battery_outcomes import BatteryResult, BatteryRow, BatteryTrial, StimulusKind
from app.metrics.statistics import shown_quantile, wilson

LEAST_EVENTS: Final = 10
"""Rates over fewer are not shown."""

HIGH: Final = 0.95


def battery_result(
    trials: Sequence[BatteryTrial],
    *,
    model: str,
    seed: int,
    repeats: int,
    folders: Sequence[str],
    limited_n: int = 0,
    problems: Iterable[str] = (),
) -> BatteryResult:
    """Return what a battery came to.

    Args:
        trials: All that were held, also those that were none.
        model: Name for people.
        seed: What the order and the positions followed from.
        repeats: Of each stimulus, as asked for.
        folders: Recordings.
        limited_n: Trials in which our own side may have been late.
        problems: Sentences about sessions that failed.
    """
    audio = _values(trials, lambda trial: trial.wasted_audio_ms)
    tokens = _values(trials, lambda trial: trial.wasted_tokens)
    return BatteryResult(
        model=model,
        seed=seed,
        repeats=repeats,
        folders=tuple(folders),
        trials=tuple(trials),
        rows=table(trials),
        wasted_audio_ms=sum(audio) if audio else None,
        wasted_tokens=sum(tokens) if tokens else None,
        warnings=(*_warnings(trials, limited_n), *dict.fromkeys(problems)),
    )


def _warnings(trials: Sequence[BatteryTrial], limited_n: int) -> list[str]:
    failed_n = sum(bool(trial.problem) for trial in trials)
    few = [kind for kind, n in _held(trials).items() if n < LEAST_EVENTS]
    found = []
    if failed_n:
        found.append(f"{failed_n} of {len(trials)} trials were none; see each for why.")
    if few:
        kinds = ", ".join(kind.value.replace("_", " ") for kind in few)
        found.append(f"Rates over fewer than {LEAST_EVENTS} trials are not shown: {kinds}.")
    if limited_n:
        found.append(f"In {limited_n} trials this computer itself may have been late.")
    return found


def _held(trials: Iterable[BatteryTrial]) -> dict[StimulusKind, int]:
    counts: dict[StimulusKind, int] = {}
    for trial in trials:
        counts[trial.kind] = counts.get(trial.kind, 0) + (not trial.problem)
    return counts


def table(trials: Sequence[BatteryTrial]) -> tuple[BatteryRow, ...]:
    """Return a row for each stimulus, then one for each kind, each in the order of its first."""
    stimuli = dict.fromkeys(sorted(_stimuli(trials), key=_place))
    kinds = dict.fromkeys(kind for kind in StimulusKind if kind in {k for _, k in stimuli})
    return (
        *(_row(name, kind, [t for t in trials if t.stimulus == name]) for name, kind in stimuli),
        *(_row("", kind, [t for t in trials if t.kind is kind]) for kind in kinds),
    )


def _stimuli(trials: Iterable[BatteryTrial]) -> set[tuple[str, StimulusKind]]:
    return {(trial.stimulus, trial.kind) for trial in trials}


def _place(stimulus: tuple[str, StimulusKind]) -> tuple[int, str]:
    return list(StimulusKind).index(stimulus[1]), stimulus[0]


def _row(stimulus: str, kind: StimulusKind, trials: Sequence[BatteryTrial]) -> BatteryRow:
    held = [trial for trial in trials if not trial.problem]
    stopped_n = sum(trial.yielded is True for trial in held)
    told = [trial.detected for trial in held if trial.detected is not None]
    known = len(held) >= LEAST_EVENTS
    rate = stopped_n / len(held) if known else None
    bounds = wilson(stopped_n, len(held)) if known else None
    detection = _values(held, lambda trial: trial.detection_ms)
    yields = _values(held, lambda trial: trial.yield_ms)
    errors = _values(held, lambda trial: trial.truncate_err_ms)
    wasted = _values(held, lambda trial: trial.wasted_audio_ms)
    return BatteryRow(
        stimulus=stimulus,
        kind=kind,
        n=len(held),
        failed_n=len(trials) - len(held),
        detected_n=sum(told) if told else None,
        stopped_n=stopped_n,
        answered_n=sum(trial.answered is True for trial in held),
        rate=rate,
        rate_low=None if bounds is None else bounds.low,
        rate_high=None if bounds is None else bounds.high,
        selectivity=None if rate is None or kind.takes_floor else 1 - rate,
        detection_p50_ms=shown_quantile(detection, 0.5),
        detection_p95_ms=shown_quantile(detection, HIGH),
        local_stop_p50_ms=shown_quantile(_values(held, lambda t: t.local_stop_ms), 0.5),
        yield_p50_ms=shown_quantile(yields, 0.5),
        yield_p95_ms=shown_quantile(yields, HIGH),
        overspeech_p50_ms=shown_quantile(_values(held, lambda t: t.overspeech_ms), 0.5),
        truncate_err_max_ms=max(map(abs, errors), default=None),
        wasted_audio_ms=sum(wasted) if wasted else None,
    )


def _values(
    trials: Iterable[BatteryTrial], read: Callable[[BatteryTrial], float | None]
) -> list[float]:
    return [value for value in map(read, trials) if value is not None]
