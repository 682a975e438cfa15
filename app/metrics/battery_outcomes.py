"""What the interruption battery and the sweep over turn detection come to: frozen values."""

from dataclasses import dataclass
from enum import StrEnum


class StimulusKind(StrEnum):
    """What a stimulus is to the agent that hears it."""

    INTERRUPTION = "interruption"
    BACKCHANNEL = "backchannel"
    NOISE = "noise"
    SIDE_TALK = "side_talk"
    BACKGROUND = "background"

    @property
    def takes_floor(self) -> bool:
        """Whether an agent should yield to it."""
        return self is StimulusKind.INTERRUPTION


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryTrial:
    """One stimulus into one reply; None is unknown, ms.

    Attributes:
        position_ms: From the agent's first audible sample to the stimulus's onset, as asked for.
        started_ms: The same as it came.
        sounding: Whether the agent spoke at the onset, its own pauses of under 1 s inside;
            without, it is no trial.
        detected: Whether the provider told of speech; None where it tells no speech.
        yielded: Whether the agent fell silent within the window of its kind.
        false_stop: Of a stimulus that takes no floor: the agent stopped within 1.0 s.
        yield_ms: Agent's audible end less the onset, where it yielded; None where the onset fell
            into a pause that the agent did not end any more, which does not say how soon it
            would have stopped; ``overspeech_ms`` and
            ``overspeech_words`` there too: a reply that goes on is cut by hand in the end.
        resumed_ms: Of a false stop: from the agent's silence to its next speech.
        wasted_audio_ms: Made and never heard, of a reply that the user's speech stopped.
        answered: Whether the agent spoke anew because of the stimulus; where it is no turn,
            within 2.0 s (T10).
        problem: Why it is no trial, or "".
    """

    stimulus: str
    kind: StimulusKind
    repeat: int
    turn_id: int | None = None
    position_ms: float | None = None
    started_ms: float | None = None
    sounding: bool = False
    detected: bool | None = None
    yielded: bool | None = None
    false_stop: bool | None = None
    interrupt_kind: str | None = None
    detection_ms: float | None = None
    local_stop_ms: float | None = None
    yield_ms: float | None = None
    overspeech_ms: float | None = None
    overspeech_words: float | None = None
    truncate_err_ms: float | None = None
    resumed_ms: float | None = None
    wasted_audio_ms: float | None = None
    wasted_tokens: float | None = None
    answered: bool | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryRow:
    """All trials of one stimulus, or of one kind (``stimulus`` "").

    Rates over fewer than 10 events are None; the counts beside them are always there.

    Attributes:
        n: Trials in which the agent was audible at the onset.
        failed_n: Trials that were none.
        stopped_n: Trials in which the agent yielded (INTERRUPTION) or stopped falsely (else).
        answered_n: Trials in which it spoke anew because of the stimulus (else than
            INTERRUPTION: a spurious response, T10).
        rate: Success (INTERRUPTION, T8) or false interruptions (else, T9), with its Wilson
            interval ``rate_low`` to ``rate_high``.
        selectivity: 1 less the rate, of a kind that takes no floor.
    """

    stimulus: str
    kind: StimulusKind
    n: int
    failed_n: int
    detected_n: int | None
    stopped_n: int
    answered_n: int | None = None
    rate: float | None = None
    rate_low: float | None = None
    rate_high: float | None = None
    selectivity: float | None = None
    detection_p50_ms: float | None = None
    detection_p95_ms: float | None = None
    local_stop_p50_ms: float | None = None
    yield_p50_ms: float | None = None
    yield_p95_ms: float | None = None
    overspeech_p50_ms: float | None = None
    truncate_err_max_ms: float | None = None
    wasted_audio_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryResult:
    """The battery of one model.

    A trial that was none and was tried again is in ``trials`` twice.

    Attributes:
        model: Name for people.
        folders: Recordings of its sessions.
        rows: One for each stimulus, then one for each kind.
        wasted_audio_ms: Audio that was made and never heard, of all replies that a stimulus
            stopped; None where there was none.
        wasted_tokens: Output audio tokens of it, by the share of each reply that was not heard;
            None where the provider reports no usage.
        warnings: Sentences about what weakens it.
    """

    model: str
    seed: int
    repeats: int
    folders: tuple[str, ...]
    trials: tuple[BatteryTrial, ...]
    rows: tuple[BatteryRow, ...]
    wasted_audio_ms: float | None = None
    wasted_tokens: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPoint:
    """One setting of turn detection, over all pauses.

    Attributes:
        setting: For people, e.g. "server VAD 300 ms".
        n: Stimuli that were answered or cut off; ``failed_n`` that were neither.
        cut_off_n: Stimuli in whose pause the agent took the turn (T12).
        rate: Of them, with its Wilson interval; None under 10 stimuli.
        v2v_p50_ms: Of the stimuli that were not cut off.
    """

    setting: str
    n: int
    failed_n: int
    cut_off_n: int
    rate: float | None
    rate_low: float | None
    rate_high: float | None
    v2v_p50_ms: float | None
    v2v_p95_ms: float | None
    by_pause: tuple[tuple[float, int, int], ...] = ()
    folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """False cut-offs against voice-to-voice, over settings.

    Attributes:
        delay_at_5_percent_ms: Interpolated v2v at which 5 % are cut off; None where the points
            do not enclose it.
        cut_off_at_300_ms: Interpolated rate at a v2v of 300 ms, likewise.
    """

    model: str
    seed: int
    points: tuple[SweepPoint, ...]
    delay_at_5_percent_ms: float | None = None
    cut_off_at_300_ms: float | None = None
    warnings: tuple[str, ...] = ()
