"""The interruption battery: from a session's turns and speech to what became of each trial.

A reply that was stopped by the user's speech says when it fell silent (T3). One that nobody
stopped may fall silent by itself, as full-duplex models do: silence of a second and more is
that, since one who counts slowly pauses too.

Source: metrics specification, 4.2 (T1 to T10, T15) and 9.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from app.core.clock import Nanoseconds
from app.core.events import BargeInCause
from app.core.turn_record import InterruptKind, TurnRecord
from app.metrics.battery_outcomes import BatteryTrial, StimulusKind
from app.metrics.turn_taking import FALSE_STOP_MS, YIELD_WINDOW_MS

LEAST_REPLY_MS: Final = 6000.0
"""A reply that is shorter may have ended by itself before it could be seen to yield."""

PAUSE_MS: Final = 1000.0
"""Shorter silence inside a reply is a pause of the speaker's."""

SPURIOUS_MS: Final = 2000.0
"""A stimulus that is no turn is answered if the agent speaks so soon after it (T10)."""

_NS_PER_MS: Final = 1e6
_NEAR_NS: Final = 500e6
"""A stimulus that no turn knows of began so near to where it was to begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A trial before it was held.

    Attributes:
        position_ms: Agent's first audible sample to the stimulus.
        prompt_name: Name by which the session knows what asked for the reply.
        input_name: Likewise the stimulus.
        sound_ms: How long the stimulus sounds.
    """

    stimulus: str
    kind: StimulusKind
    repeat: int
    position_ms: float
    prompt_name: str
    input_name: str
    sound_ms: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """When somebody was heard, on the session clock."""

    start_ns: Nanoseconds
    end_ns: Nanoseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardSession:
    """What a session says of its trials, so far.

    Attributes:
        agent: When the agent was audible, oldest first; gaps under 200 ms are inside.
        user: When the user was.
    """

    turns: Sequence[TurnRecord]
    agent: Sequence[Stretch]
    user: Sequence[Stretch]

    @property
    def tells_speech(self) -> bool:
        """Whether the provider tells of the user's speech at all."""
        return any(turn.vad_on_ns is not None for turn in self.turns)


def score(planned: Planned, heard: HeardSession) -> BatteryTrial:
    """Return what became of a trial."""
    prompt = _prompt_turn(planned, heard)
    if prompt is None or prompt.audible_ns is None:
        return _none(planned, _unanswered(prompt))
    onset_ns = _onset_ns(planned, prompt, heard)
    if onset_ns is None:
        problem = "The stimulus was not spoken while the reply was being heard."
        return _none(planned, problem, prompt)
    started_ms = (onset_ns - prompt.audible_ns) / _NS_PER_MS
    stretch = _around(heard.agent, onset_ns, prompt)
    if _too_short(prompt, over=stretch is None):
        problem = f"The reply was only {(prompt.audio_out_ms or 0.0) / 1000:.1f} s long."
        return _none(planned, problem, prompt, started_ms)
    if stretch is None:
        return _none(planned, _silent(prompt), prompt, started_ms)
    return replace(_scored(_Case(planned, heard, prompt, onset_ns, stretch)), started_ms=started_ms)


@dataclass(frozen=True, slots=True)
class _Case:
    """A trial that is one. ``stretch``: the agent's speech that it fell into."""

    planned: Planned
    heard: HeardSession
    prompt: TurnRecord
    onset_ns: Nanoseconds
    stretch: Stretch

    @property
    def by_speech(self) -> bool:
        """Whether the user's speech stopped the reply at our side."""
        return self.prompt.interrupt_cause in {BargeInCause.SERVER, BargeInCause.LOCAL}

    @property
    def stop_ns(self) -> Nanoseconds | None:
        """When the agent fell silent because of the stimulus; None if it did not."""
        prompt = self.prompt
        if self.by_speech and prompt.yield_ms is not None:
            return Nanoseconds(self.onset_ns + round(prompt.yield_ms * _NS_PER_MS))
        cut_ns = prompt.flush_ns
        if cut_ns is not None and cut_ns - self.stretch.end_ns < PAUSE_MS * _NS_PER_MS:
            return None  # it spoke until it was cut by hand
        return self.stretch.end_ns


def _scored(case: _Case) -> BatteryTrial:
    planned, prompt = case.planned, case.prompt
    window_ms = YIELD_WINDOW_MS if planned.kind.takes_floor else FALSE_STOP_MS
    stop_ns = case.stop_ns
    took_ms = None if stop_ns is None else (stop_ns - case.onset_ns) / _NS_PER_MS
    yielded = took_ms is not None and took_ms <= window_ms
    noticed = prompt.vad_on_latency_ms is not None
    return BatteryTrial(
        stimulus=planned.stimulus,
        kind=planned.kind,
        repeat=planned.repeat,
        turn_id=prompt.turn_id,
        position_ms=planned.position_ms,
        sounding=True,
        detected=noticed if case.heard.tells_speech else None,
        yielded=yielded,
        false_stop=None if planned.kind.takes_floor else yielded,
        interrupt_kind=None if prompt.interrupt_kind is None else prompt.interrupt_kind.value,
        detection_ms=prompt.vad_on_latency_ms,
        local_stop_ms=prompt.local_stop_ms if case.by_speech else None,
        yield_ms=took_ms if yielded and took_ms is not None and took_ms > 0 else None,
        overspeech_ms=prompt.overspeech_ms if yielded else None,
        overspeech_words=prompt.overspeech_words if yielded else None,
        truncate_err_ms=prompt.truncate_err_ms,
        resumed_ms=_resumed_ms(case, stop_ns) if yielded else None,
        wasted_audio_ms=prompt.wasted_audio_ms if case.by_speech else None,
        wasted_tokens=prompt.wasted_tokens if case.by_speech else None,
        answered=_answered(case, stop_ns),
    )


def _none(
    planned: Planned,
    problem: str,
    prompt: TurnRecord | None = None,
    started_ms: float | None = None,
) -> BatteryTrial:
    return BatteryTrial(
        stimulus=planned.stimulus,
        kind=planned.kind,
        repeat=planned.repeat,
        turn_id=None if prompt is None else prompt.turn_id,
        position_ms=planned.position_ms,
        started_ms=started_ms,
        problem=problem,
    )


def _prompt_turn(planned: Planned, heard: HeardSession) -> TurnRecord | None:
    """Return the turn of the prompt; of several, the last that was heard."""
    turns = [turn for turn in heard.turns if turn.input_name == planned.prompt_name]
    audible = [turn for turn in turns if turn.audible_ns is not None]
    return next(reversed(audible or turns), None)


def _unanswered(prompt: TurnRecord | None) -> str:
    if prompt is None:
        return "The prompt did not become a turn."
    return prompt.error_message or "The prompt was not answered by speech."


def _silent(prompt: TurnRecord) -> str:
    if prompt.stall_ms:
        return "The reply had run dry, or was silent, when the stimulus came."
    return "The agent was not speaking when the stimulus came."


def _onset_ns(planned: Planned, prompt: TurnRecord, heard: HeardSession) -> Nanoseconds | None:
    """Return where the stimulus began: as the turn has it, else as it was heard."""
    if prompt.interrupter_name not in {None, planned.input_name}:
        return None
    if prompt.interrupted_ns is not None:
        return prompt.interrupted_ns
    assert prompt.audible_ns is not None
    due_ns = prompt.audible_ns + planned.position_ms * _NS_PER_MS
    near = (each.start_ns for each in heard.user if abs(each.start_ns - due_ns) <= _NEAR_NS)
    return next(near, None)


def _around(agent: Sequence[Stretch], at_ns: Nanoseconds, prompt: TurnRecord) -> Stretch | None:
    """Return the agent's speech at an instant, its own pauses inside it.

    A reply that was cut off after that instant was not over: who counts slowly is often silent
    for a moment, and the pause in which it was stopped is a pause all the same. One that had
    run dry is another matter.
    """
    more = prompt.flush_ns is not None and prompt.flush_ns >= at_ns and not prompt.stall_ms
    pause_ns = PAUSE_MS * _NS_PER_MS if more else 0.0
    joined = _joined(agent)
    return next((s for s in joined if s.start_ns <= at_ns < s.end_ns + pause_ns), None)


def _joined(agent: Sequence[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for each in agent:
        last = joined[-1] if joined else None
        if last is not None and each.start_ns - last.end_ns < PAUSE_MS * _NS_PER_MS:
            joined[-1] = Stretch(last.start_ns, max(last.end_ns, each.end_ns))
        else:
            joined.append(each)
    return joined


def _too_short(prompt: TurnRecord, *, over: bool) -> bool:
    """Whether the whole reply is known and was no long one.

    Args:
        prompt: Its turn.
        over: Nothing was heard of it at the stimulus any more.
    """
    if prompt.audio_out_ms is None or (prompt.interrupt_kind is None and not over):
        return False  # an endless stream, of which the reply is a part
    whole = prompt.interrupt_kind is InterruptKind.PLAYBACK_ONLY or prompt.flush_ns is None
    return whole and prompt.audio_out_ms < LEAST_REPLY_MS


def _resumed_ms(case: _Case, stop_ns: Nanoseconds | None) -> float | None:
    """Return from the agent's silence to its next speech, of a stop that was none of its own."""
    if stop_ns is None or case.planned.kind.takes_floor:
        return None
    until_ns = _next_prompt_ns(case)
    later = (each.start_ns for each in case.heard.agent if stop_ns < each.start_ns < until_ns)
    start_ns = min(later, default=None)
    return None if start_ns is None else (start_ns - stop_ns) / _NS_PER_MS


def _next_prompt_ns(case: _Case) -> float:
    """Return when the user next spoke after the stimulus, which is the next prompt."""
    end_ns = case.onset_ns + case.planned.sound_ms * _NS_PER_MS
    return min((each.start_ns for each in case.heard.user if each.start_ns > end_ns), default=inf)


def _answered(case: _Case, stop_ns: Nanoseconds | None) -> bool:
    """Return whether the agent answered the stimulus; one that is no turn: soon after it."""
    ended_ns = case.onset_ns + case.planned.sound_ms * _NS_PER_MS
    if stop_ns is not None:
        ended_ns = max(ended_ns, float(stop_ns))
    within_ms = inf if case.planned.kind.takes_floor else SPURIOUS_MS
    return any(
        (turn.audible_ns - ended_ns) / _NS_PER_MS <= within_ms
        for turn in case.heard.turns
        if turn.input_name == case.planned.input_name and turn.audible_ns is not None
    )
