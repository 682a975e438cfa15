"""What a battery holds: which stimulus goes into which reply, where, and in which session.

Source: metrics specification, 4.2, standard interruption battery.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from app.core.config import VadMode
from app.core.errors import ConfigError
from app.metrics.battery import Planned
from app.session.messages import InputChoice, InputKind, StartSession
from app.trials.battery_stimuli import Sound, Stimulus, copy_sound

POSITION_MS: Final = 1500.0
"""From the agent's first audible sample to the stimulus."""

JITTER_MS: Final = 400.0
"""Added to it at random, up to so much."""

CUT_MS: Final = 3500.0
"""So long after a stimulus whatever is being said is stopped, for the next trial to begin."""

PER_SESSION: Final = 12
"""Trials of one session at most: its length stays far below any provider's limit."""

MOST_REPEATS: Final = 100
TRIAL_S: Final = 14.0
"""About what a trial takes, before any has been held."""

INSTRUCTIONS: Final = (
    "When you are asked to count, count aloud and slowly, one number after the other, all the "
    "way to the end, and say nothing else."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One stimulus into one reply, so long after that became audible."""

    stimulus: Stimulus
    repeat: int
    position_ms: float

    def planned(self, place: int) -> Planned:
        """Return what is known of it as the trial of that place in its session, from 0."""
        return Planned(
            stimulus=self.stimulus.name,
            kind=self.stimulus.kind,
            repeat=self.repeat,
            position_ms=self.position_ms,
            prompt_name=f"{place:02d}-prompt.wav",
            input_name=f"{place:02d}-{self.stimulus.name}.wav",
            sound_ms=self.stimulus.sound.sound_ms,
        )


def plan(stimuli: Sequence[Stimulus], *, repeats: int, seed: int) -> tuple[Trial, ...]:
    """Return all trials in a random order; the same seed gives the same.

    Raises:
        ConfigError: If there is no trial, or there are too many.
    """
    if not 1 <= repeats <= MOST_REPEATS:
        raise ConfigError(f"The number of repeats must be from 1 to {MOST_REPEATS}.")
    if seed < 0:
        raise ConfigError("The seed must not be negative.")
    random = np.random.default_rng(seed)
    trials = [
        Trial(
            stimulus=stimulus,
            repeat=repeat,
            position_ms=round(POSITION_MS + JITTER_MS * float(random.random()), 1),
        )
        for repeat in range(1, repeats + 1)
        for stimulus in stimuli
    ]
    return tuple(trials[at] for at in random.permutation(len(trials)))


def blocks(trials: Sequence[Trial]) -> list[tuple[Trial, ...]]:
    """Return the trials of each session: as few sessions as can be, of about one length."""
    if not trials:
        return []
    sessions = -(-len(trials) // PER_SESSION)
    cuts = [len(trials) * at // sessions for at in range(sessions + 1)]
    return [tuple(trials[first:last]) for first, last in pairwise(cuts)]


def session_of(
    start: StartSession, prompt: Sound, block: Sequence[Trial], folder: Path
) -> StartSession:
    """Write what a session says below ``folder``; return the session.

    Args:
        start: What it is held with; its input is replaced.
        prompt: Asks for a long reply.
        block: Its trials.
        folder: Empty, and there.

    Raises:
        StoreError: If a file cannot be written.
    """
    paths: list[str] = []
    for place, trial in enumerate(block):
        planned = trial.planned(place)
        paths.append(str(copy_sound(prompt, folder / planned.prompt_name)))
        paths.append(str(copy_sound(trial.stimulus.sound, folder / planned.input_name)))
    return replace(
        start,
        settings=replace(start.settings, instructions=_instructions(start)),
        input=InputChoice(
            kind=InputKind.FILES,
            paths=tuple(paths),
            cues_ms=tuple(cue for trial in block for cue in (None, trial.position_ms)),
            cuts_ms=tuple(cut for _ in block for cut in (None, CUT_MS)),
            takes_floor=tuple(
                takes for trial in block for takes in (True, trial.stimulus.kind.takes_floor)
            ),
        ),
        end_with_input=True,
    )


def check(start: StartSession) -> None:
    """Refuse a session in which nobody could interrupt.

    Raises:
        ConfigError: Saying what to change.
    """
    if start.settings.turn_detection.mode is VadMode.MANUAL:
        raise ConfigError(
            "With push-to-talk the model is never interrupted by speech.",
            hint="Choose server or semantic turn detection.",
        )
    if not start.settings.audio_replies:
        raise ConfigError("Replies without audio cannot be interrupted.")
    if not start.conduct.barge_in.enabled:
        raise ConfigError(
            "Interruption by speech is switched off.", hint="Switch it on for the battery."
        )
    if start.conduct.processing.half_duplex:
        raise ConfigError(
            "In half-duplex mode nobody is heard while a reply sounds.",
            hint="Switch it off for the battery.",
        )


def _instructions(start: StartSession) -> str:
    given = start.settings.instructions
    return INSTRUCTIONS if not given else f"{given}\n{INSTRUCTIONS}"
