"""One turn's instants, gathered from events; its metrics are differences between them.

Events may come in another order than their instants: a speech end is known only after the
silence that proves it, and a DAC instant may lie ahead. What is kept does not depend on it.

Source: metrics specification, section 1 (canonical timeline).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from app.core.clock import Nanoseconds
from app.core.events import (
    PlaybackAudible,
    PlaybackFlushed,
    PlaybackStarted,
    ResponseFinished,
    SessionEvent,
    SpeechEndMethod,
    TruncateSent,
    UserSpeechEnded,
)
from app.metrics.timeline_fields import TimelineFields
from app.metrics.timeline_readers import READERS
from app.metrics.timeline_values import (
    FOREVER,
    AudioArrival,
    Modality,
    Series,
    Span,
    TextArrival,
)
from app.metrics.words import joined

__all__ = ["AudioArrival", "Modality", "Series", "Span", "TextArrival", "TurnTimeline"]


class _Dated(Protocol):
    @property
    def at_ns(self) -> Nanoseconds: ...


E = TypeVar("E", bound=_Dated)

_ENDED = frozenset({"completed", "incomplete"})
"""The wire's status of replies that nobody stopped."""


@dataclass(frozen=True, kw_only=True)
class TurnTimeline(TimelineFields):
    """Instants of one turn on the session clock; None until seen.

    A value: ``after`` gives another one. The cost of an event does not grow with the turn.
    """

    def after(self, event: SessionEvent) -> "TurnTimeline":
        """Return the timeline with ``event`` taken in; itself if it says nothing about turns."""
        reader = READERS.get(type(event))
        changes = reader(self, event) if reader is not None else None
        if not changes:
            return self
        later = TurnTimeline.__new__(TurnTimeline)
        later.__dict__.update(self.__dict__)
        later.__dict__.update(changes)
        return later

    # --- the user's turn ----------------------------------------------------------------------

    @property
    def u_on_ns(self) -> Nanoseconds | None:
        """The user's speech began at the microphone."""
        return min(self.speech_starts, default=None)

    @property
    def reply_begun_ns(self) -> Nanoseconds | None:
        """The provider announced or sent the first of a reply."""
        known = [at for at in (self.response_ns, self.tok1_ns) if at is not None]
        return min(known, default=None)

    @property
    def reply_begun(self) -> bool:
        """Whether the provider announced or sent anything of a reply."""
        return self.reply_begun_ns is not None

    @property
    def vad_off_ns(self) -> Nanoseconds | None:
        """The provider's endpoint reached us; the last until the reply begins, else the first."""
        return self._last_until_reply(self.vad_offs)

    @property
    def commit_tx_ns(self) -> Nanoseconds | None:
        """We ended the user's turn by hand; the last until the reply begins, else the first."""
        return self._last_until_reply(self.commits)

    @property
    def committed_ns(self) -> Nanoseconds | None:
        """The provider took the audio; the last until the reply begins, else the first."""
        return self._last_until_reply(self.commit_acks)

    @property
    def create_tx_ns(self) -> Nanoseconds | None:
        """We asked for the first reply; None if only for a later one of the turn."""
        begun = self.reply_begun_ns
        return min((at for at in self.requests if begun is None or at <= begun), default=None)

    @property
    def decided_ns(self) -> Nanoseconds | None:
        """When the user's turn was known to be over: VAD, our commit, theirs, our request."""
        known = (self.vad_off_ns, self.commit_tx_ns, self.committed_ns, self.create_tx_ns)
        return next((instant for instant in known if instant is not None), None)

    @property
    def user_end(self) -> UserSpeechEnded | None:
        """The end of speech that the reply answers.

        The last at or before the turn was decided (without a decision: before the agent was
        audible); an earlier one was a pause. If all came later, the agent answered before
        the user had ended, and the first is meant; where it has not answered, the end belongs
        to what the user went on to say, and that of this turn is not known.
        """
        ends = sorted(self.speech_ends, key=lambda end: end.at_ns)
        limit = self.decided_ns if self.decided_ns is not None else self.audible_ns
        if limit is None:
            return ends[-1] if ends else None
        before = [end for end in ends if end.at_ns <= limit]
        later = ends if self.answered else []
        return before[-1] if before else next(iter(later), None)

    @property
    def u_off_ns(self) -> Nanoseconds | None:
        """Acoustic end of the user's speech."""
        return self.user_end.at_ns if self.user_end else None

    @property
    def sent_ns(self) -> Nanoseconds | None:
        """When the frame with that end was handed to the socket."""
        return self.user_end.sent_ns if self.user_end else None

    @property
    def speech_end_method(self) -> SpeechEndMethod:
        """How that end was found."""
        return self.user_end.method if self.user_end else SpeechEndMethod.NONE

    @property
    def user_spans(self) -> tuple[Span, ...]:
        """The user's speech of this turn."""
        return paired(self.speech_starts, (end.at_ns for end in self.speech_ends))

    @property
    def user_transcript(self) -> str | None:
        """The user's words, final or so far; None where the provider said nothing of them."""
        return joined(self.user_parts)

    # --- the reply ----------------------------------------------------------------------------

    @property
    def answered(self) -> bool:
        """Whether anything of a reply was audible, or one without sound came to its end."""
        if self.audible_ns is not None:
            return True
        ended = any(finish.status in _ENDED for finish in self.finishes)
        return ended and not self.audio_pieces

    @property
    def playback(self) -> PlaybackStarted | None:
        """The first reply frame that left the DAC."""
        return earliest(self.playbacks)

    @property
    def audible(self) -> PlaybackAudible | None:
        """The first audible frame of a reply, as the playback tells it."""
        return earliest(self.audibles)

    @property
    def playback_ns(self) -> Nanoseconds | None:
        """First reply frame at the DAC."""
        return self.playback.at_ns if self.playback else None

    @property
    def audible_ns(self) -> Nanoseconds | None:
        """First audible frame of the turn at the DAC.

        By the playback's own account; where it has none, because the reply began before the
        turn (one endless reply), by what was found in the sound.
        """
        if self.audible is not None:
            return self.audible.at_ns
        return min(self.agent_starts, default=None)

    @property
    def audible_end_ns(self) -> Nanoseconds | None:
        """Last audible frame of the turn at the DAC, None while it sounds.

        By the playback's own account, unless the agent was heard again after it.
        """
        told = [event.audible_end_ns for event in self.playback_ends]
        told += [event.audible_end_ns for event in self.flushes]
        known = [at for at in told if at is not None]
        if known and not any(start > max(known) for start in self.agent_starts):
            return max(known)
        ends = [span.end_ns for span in paired(self.agent_starts, self.agent_ends)]
        return ends[-1] if ends else None

    @property
    def agent_spans(self) -> tuple[Span, ...]:
        """The agent's speech of this turn; one span where only its two ends are known."""
        if self.agent_starts:
            return paired(self.agent_starts, self.agent_ends)
        return () if self.audible_ns is None else (Span(self.audible_ns, self.audible_end_ns),)

    def audible_after(self, at_ns: Nanoseconds | None) -> Nanoseconds | None:
        """Return the first audible frame of a reply that became audible at or after ``at_ns``."""
        if at_ns is None:
            return None
        audible = [event.at_ns for event in self.audibles] or self.agent_starts
        return min((at for at in audible if at >= at_ns), default=None)

    @property
    def last_finish(self) -> ResponseFinished | None:
        """How the last reply ended."""
        return max(self.finishes, key=_instant, default=None)

    @property
    def done_ns(self) -> Nanoseconds | None:
        """End of the last reply."""
        return self.last_finish.at_ns if self.last_finish else None

    @property
    def agent_transcript(self) -> str | None:
        """The reply's words, all replies of the turn; None where there were none."""
        return joined(self.agent_parts)

    @property
    def tool_called_ns(self) -> Nanoseconds | None:
        """First function call complete."""
        return min((call.at_ns for call in self.calls), default=None)

    @property
    def tool_result_ns(self) -> Nanoseconds | None:
        """Last result sent."""
        return max((result.at_ns for result in self.results), default=None)

    @property
    def flush(self) -> PlaybackFlushed | None:
        """The first flush of our playback."""
        return earliest(self.flushes)

    @property
    def truncation(self) -> TruncateSent | None:
        """The first time that we said what was heard."""
        return earliest(self.truncations)

    @property
    def truncate_sent_ms(self) -> int | None:
        """What we then said was heard."""
        return None if self.truncation is None else self.truncation.audio_end_ms

    @property
    def clock_jump_ms(self) -> float | None:
        """The largest jump, with its sign."""
        return max((event.jump_ms for event in self.clock_jumps), key=abs, default=None)

    def _last_until_reply(self, instants: Iterable[Nanoseconds]) -> Nanoseconds | None:
        ordered = sorted(instants)
        begun = self.reply_begun_ns
        before = [at for at in ordered if begun is None or at <= begun]
        return before[-1] if before else next(iter(ordered), None)


def paired(starts: Iterable[Nanoseconds], ends: Iterable[Nanoseconds]) -> tuple[Span, ...]:
    """Return the spans of the onsets: each to the first end before the next onset, if there is one.

    An end without an onset belongs to speech of another turn.
    """
    onsets = sorted(set(starts))
    offsets = sorted(ends)
    limits = [*onsets[1:], FOREVER]
    return tuple(
        Span(start, next((end for end in offsets if start <= end <= limit), None))
        for start, limit in zip(onsets, limits, strict=False)
    )


def earliest(events: Iterable[E]) -> E | None:
    """Return the event with the earliest instant, the first told of several; None of none."""
    return min(events, key=_instant, default=None)


def _instant(event: _Dated) -> Nanoseconds:
    return event.at_ns
