"""What a sweep over turn detection holds: the same pause stimuli for every setting.

Source: metrics specification, 4.2 (T12).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from app.core.config import TurnDetection, VadMode
from app.core.errors import ConfigError
from app.metrics.battery_sweep import PauseStimulus
from app.session.messages import InputChoice, InputKind, StartSession, StartSweep
from app.trials.battery_stimuli import Sound, StimulusSet, write_with_pause

PER_SESSION: Final = 24
MOST_SETTINGS: Final = 20
MOST_TRIALS: Final = 500
LONGEST_PAUSE_MS: Final = 10_000.0
SHORTEST_PAUSE_MS: Final = 50.0
STIMULUS_S: Final = 8.0
"""About what a stimulus takes, before any has been spoken."""

INSTRUCTIONS: Final = "Answer in one short sentence."


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseTrialPlan:
    """One sentence with one pause."""

    halves: tuple[Sound, Sound]
    pause_ms: float

    def stimulus(self, place: int) -> PauseStimulus:
        """Return it as what is spoken in that place of its session, from 0."""
        first, second = self.halves
        return PauseStimulus(
            input_name=f"{place:02d}-pause-{self.pause_ms:g}.wav",
            pause_ms=self.pause_ms,
            before_ms=first.sound_ms,
            after_ms=second.sound_ms,
        )


def plan_pauses(request: StartSweep, stimuli: StimulusSet) -> tuple[PauseTrialPlan, ...]:
    """Return the stimuli of each setting in a random order, the same for all.

    Raises:
        ConfigError: If the request cannot work.
    """
    _check(request)
    random = np.random.default_rng(request.seed)
    sentences = stimuli.halves
    trials = [
        PauseTrialPlan(halves=sentences[(at + repeat) % len(sentences)], pause_ms=pause_ms)
        for repeat in range(request.repeats)
        for at, pause_ms in enumerate(request.pauses_ms)
    ]
    return tuple(trials[at] for at in random.permutation(len(trials)))


def pause_session(
    start: StartSession,
    detection: TurnDetection,
    block: Sequence[PauseTrialPlan],
    folder: Path,
) -> StartSession:
    """Write what a session says below ``folder``; return the session.

    Raises:
        StoreError: If a file cannot be written.
    """
    paths = [
        str(write_with_pause(*trial.halves, trial.pause_ms, folder / name))
        for trial, name in ((each, each.stimulus(at).input_name) for at, each in enumerate(block))
    ]
    settings = replace(
        start.settings,
        turn_detection=detection,
        instructions=start.settings.instructions or INSTRUCTIONS,
    )
    return replace(
        start,
        settings=settings,
        input=InputChoice(
            kind=InputKind.FILES,
            paths=tuple(paths),
            takes_floor=(True,) * len(paths),
        ),
        end_with_input=True,
    )


def setting_words(detection: TurnDetection) -> str:
    """Return a setting for people."""
    if detection.mode is VadMode.SEMANTIC:
        return f"semantic VAD {detection.eagerness}"
    usual = TurnDetection()
    words = f"server VAD {detection.silence_ms} ms"
    if detection.threshold != usual.threshold:
        words += f", threshold {detection.threshold:g}"
    if detection.prefix_padding_ms != usual.prefix_padding_ms:
        words += f", padding {detection.prefix_padding_ms} ms"
    return words


def _check(request: StartSweep) -> None:
    if not 1 <= len(request.settings) <= MOST_SETTINGS:
        raise ConfigError(f"A sweep needs from 1 to {MOST_SETTINGS} settings of turn detection.")
    if any(setting.mode is VadMode.MANUAL for setting in request.settings):
        raise ConfigError("With push-to-talk the model never ends a turn by itself.")
    pauses = request.pauses_ms
    if not pauses or not all(SHORTEST_PAUSE_MS <= each <= LONGEST_PAUSE_MS for each in pauses):
        raise ConfigError(
            f"Pauses must be between {SHORTEST_PAUSE_MS:g} and {LONGEST_PAUSE_MS:g} ms."
        )
    if not 1 <= request.repeats * len(pauses) * len(request.settings) <= MOST_TRIALS:
        raise ConfigError(f"A sweep has from 1 to {MOST_TRIALS} stimuli in all.")
    if request.seed < 0:
        raise ConfigError("The seed must not be negative.")
