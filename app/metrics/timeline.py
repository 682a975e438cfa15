"""One turn's instants, gathered from events; its metrics are differences between them.

Events may come in another order than their instants: a speech end is known only after the
silence that proves it, and a DAC instant may lie ahead. What is kept does not depend on it,
but where "until the reply begins" says so.

Source: metrics specification, section 1 (canonical timeline).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from app.core.clock import Nanoseconds
from app.core.events import (
    CancelSent,
    CommitSent,
    InputCommitted,
    InputTranscriptDelta,
    InputTranscriptDone,
    PlaybackAudible,
    PlaybackFlushed,
    PlaybackStalled,
    PlaybackStarted,
    ResponseAudio,
    ResponseFinished,
    ResponseRequested,
    ResponseStarted,
    ResponseText,
    ResponseTextDone,
    SessionEvent,
    SpeechEndMethod,
    SpeechStarted,
    SpeechStopped,
    TextKind,
    TextSent,
    ToolArgumentsDelta,
    ToolCalled,
    ToolResultSent,
    TruncateSent,
    UserSpeechEnded,
    UserSpeechStarted,
)
from app.core.ids import ResponseId
from app.metrics.words import Parts, joined, with_delta, with_final

_BYTES_PER_FRAME = 2


class Modality(StrEnum):
    """What the first token of a reply was."""

    TEXT = "text"
    TRANSCRIPT = "transcript"
    AUDIO = "audio"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True)
class AudioArrival:
    """A piece of reply audio reached us.

    Attributes:
        before_frames: Frames at 24 kHz of the same reply that came earlier.
        frames: Frames of this piece.
    """

    response_id: ResponseId
    at_ns: Nanoseconds
    before_frames: int
    frames: int


@dataclass(frozen=True, slots=True)
class TextArrival:
    """A piece of the reply's words reached us."""

    response_id: ResponseId
    at_ns: Nanoseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTimeline:
    """Instants of one turn on the session clock; None until seen. The first of a kind wins.

    Attributes:
        u_on_ns: The user's speech began at the microphone.
        speech_ends: Every end of the user's speech that was found; see ``user_end``.
        vad_on_ns: The provider's onset reached us.
        vad_off_ns: The provider's endpoint reached us; the last until the reply begins.
        commit_tx_ns: We ended the user's turn by hand; the last until the reply begins.
        committed_ns: The provider took the audio; the last until the reply begins.
        text_tx_ns: We sent a typed message.
        create_tx_ns: We asked for the reply; None if only for a later one of the turn.
        response_ns: The provider began the first reply.
        tok1_ns: First non-empty delta of any modality; ``tok1_modality`` says which.
        first_audio_ns: First reply audio that holds a frame.
        playback_ns: First reply frame left the DAC.
        audibles_ns: First audible frame of each reply left the DAC.
        audio: All reply audio, by arrival.
        text: All deltas of words, written or of a transcript, by arrival.
        finishes: How each reply ended.
        user_final_ns: The last final transcript of the user's words.
        tool_called_ns: First function call complete.
        tool_result_ns: Last result sent.
        cancel_tx_ns: We asked the provider to stop.
        flush: The first flush of our playback.
        truncate_sent_ms: What we first said was heard.
        stalls_ms: Each time the playback ran dry inside a reply.
    """

    u_on_ns: Nanoseconds | None = None
    speech_ends: tuple[UserSpeechEnded, ...] = ()
    vad_on_ns: Nanoseconds | None = None
    vad_off_ns: Nanoseconds | None = None
    commit_tx_ns: Nanoseconds | None = None
    committed_ns: Nanoseconds | None = None
    text_tx_ns: Nanoseconds | None = None
    create_tx_ns: Nanoseconds | None = None
    response_ns: Nanoseconds | None = None
    tok1_ns: Nanoseconds | None = None
    tok1_modality: Modality | None = None
    first_audio_ns: Nanoseconds | None = None
    playback_ns: Nanoseconds | None = None
    audibles_ns: tuple[Nanoseconds, ...] = ()
    audio: tuple[AudioArrival, ...] = ()
    text: tuple[TextArrival, ...] = ()
    finishes: tuple[ResponseFinished, ...] = ()
    user_parts: Parts = ()
    user_final_ns: Nanoseconds | None = None
    agent_parts: Parts = ()
    tool_called_ns: Nanoseconds | None = None
    tool_result_ns: Nanoseconds | None = None
    cancel_tx_ns: Nanoseconds | None = None
    flush: PlaybackFlushed | None = None
    truncate_sent_ms: int | None = None
    stalls_ms: tuple[float, ...] = ()

    def after(self, event: SessionEvent) -> "TurnTimeline":
        """Return the timeline with ``event`` taken in; itself if it says nothing about turns."""
        reader = _READERS.get(type(event))
        return self if reader is None else reader(self, event)

    @property
    def reply_begun(self) -> bool:
        """Whether the provider announced or sent anything of a reply."""
        return self.response_ns is not None or self.tok1_ns is not None

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
        the user had ended, and the first is meant.
        """
        ends = sorted(self.speech_ends, key=lambda end: end.at_ns)
        limit = self.decided_ns if self.decided_ns is not None else self.audible_ns
        if limit is None:
            return ends[-1] if ends else None
        before = [end for end in ends if end.at_ns <= limit]
        return before[-1] if before else next(iter(ends), None)

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
    def audible_ns(self) -> Nanoseconds | None:
        """First audible frame of the turn at the DAC."""
        return min(self.audibles_ns, default=None)

    @property
    def audible_after_tool_ns(self) -> Nanoseconds | None:
        """First audible frame of a reply that became audible after the tool's result left."""
        result = self.tool_result_ns
        if result is None:
            return None
        return min((at for at in self.audibles_ns if at >= result), default=None)

    @property
    def done_ns(self) -> Nanoseconds | None:
        """End of the last reply."""
        return max((finish.at_ns for finish in self.finishes), default=None)

    @property
    def user_transcript(self) -> str | None:
        """The user's words, final or so far; None where the provider said nothing of them."""
        return joined(self.user_parts)

    @property
    def agent_transcript(self) -> str | None:
        """The reply's words, all replies of the turn; None where there were none."""
        return joined(self.agent_parts)


Reader = Callable[[TurnTimeline, Any], TurnTimeline]


def _first(field: str) -> Reader:
    """Return a reader that keeps the first instant of an event."""

    def read(timeline: TurnTimeline, event: SessionEvent) -> TurnTimeline:
        if getattr(timeline, field) is not None:
            return timeline
        change: dict[str, Any] = {field: event.at_ns}
        return replace(timeline, **change)

    return read


def _last_until_reply(field: str) -> Reader:
    """Return a reader that keeps the last instant until the reply begins, else the first."""

    def read(timeline: TurnTimeline, event: SessionEvent) -> TurnTimeline:
        if timeline.reply_begun and getattr(timeline, field) is not None:
            return timeline
        change: dict[str, Any] = {field: event.at_ns}
        return replace(timeline, **change)

    return read


def _requested(timeline: TurnTimeline, event: ResponseRequested) -> TurnTimeline:
    if timeline.reply_begun or timeline.create_tx_ns is not None:
        return timeline
    return replace(timeline, create_tx_ns=event.at_ns)


def _speech_ended(timeline: TurnTimeline, event: UserSpeechEnded) -> TurnTimeline:
    return replace(timeline, speech_ends=(*timeline.speech_ends, event))


def _token(timeline: TurnTimeline, at_ns: Nanoseconds, modality: Modality) -> TurnTimeline:
    if timeline.tok1_ns is not None:
        return timeline
    return replace(timeline, tok1_ns=at_ns, tok1_modality=modality)


def _audio(timeline: TurnTimeline, event: ResponseAudio) -> TurnTimeline:
    frames = len(event.pcm) // _BYTES_PER_FRAME
    if not frames:
        return timeline
    earlier = next(
        (a for a in reversed(timeline.audio) if a.response_id == event.response_id), None
    )
    before = 0 if earlier is None else earlier.before_frames + earlier.frames
    arrival = AudioArrival(event.response_id, event.at_ns, before, frames)
    first = timeline.first_audio_ns if timeline.first_audio_ns is not None else event.at_ns
    seen = replace(timeline, audio=(*timeline.audio, arrival), first_audio_ns=first)
    return _token(seen, event.at_ns, Modality.AUDIO)


def _text(timeline: TurnTimeline, event: ResponseText) -> TurnTimeline:
    if not event.text:
        return timeline
    arrival = TextArrival(event.response_id, event.at_ns)
    parts = with_delta(timeline.agent_parts, event.item_id, event.content_index, event.text)
    modality = Modality.TEXT if event.kind is TextKind.TEXT else Modality.TRANSCRIPT
    seen = replace(timeline, text=(*timeline.text, arrival), agent_parts=parts)
    return _token(seen, event.at_ns, modality)


def _text_done(timeline: TurnTimeline, event: ResponseTextDone) -> TurnTimeline:
    parts = with_final(timeline.agent_parts, event.item_id, event.content_index, event.text)
    return replace(timeline, agent_parts=parts)


def _arguments(timeline: TurnTimeline, event: ToolArgumentsDelta) -> TurnTimeline:
    return _token(timeline, event.at_ns, Modality.FUNCTION) if event.text else timeline


def _audible(timeline: TurnTimeline, event: PlaybackAudible) -> TurnTimeline:
    return replace(timeline, audibles_ns=(*timeline.audibles_ns, event.at_ns))


def _finished(timeline: TurnTimeline, event: ResponseFinished) -> TurnTimeline:
    return replace(timeline, finishes=(*timeline.finishes, event))


def _user_delta(timeline: TurnTimeline, event: InputTranscriptDelta) -> TurnTimeline:
    parts = with_delta(timeline.user_parts, event.item_id, event.content_index, event.text)
    return replace(timeline, user_parts=parts)


def _user_done(timeline: TurnTimeline, event: InputTranscriptDone) -> TurnTimeline:
    parts = with_final(timeline.user_parts, event.item_id, event.content_index, event.text)
    return replace(timeline, user_parts=parts, user_final_ns=event.at_ns)


def _tool_result(timeline: TurnTimeline, event: ToolResultSent) -> TurnTimeline:
    return replace(timeline, tool_result_ns=event.at_ns)


def _flushed(timeline: TurnTimeline, event: PlaybackFlushed) -> TurnTimeline:
    return timeline if timeline.flush is not None else replace(timeline, flush=event)


def _truncated(timeline: TurnTimeline, event: TruncateSent) -> TurnTimeline:
    if timeline.truncate_sent_ms is not None:
        return timeline
    return replace(timeline, truncate_sent_ms=event.audio_end_ms)


def _stalled(timeline: TurnTimeline, event: PlaybackStalled) -> TurnTimeline:
    return replace(timeline, stalls_ms=(*timeline.stalls_ms, event.stall_ms))


_READERS: Mapping[type, Reader] = {
    UserSpeechStarted: _first("u_on_ns"),
    UserSpeechEnded: _speech_ended,
    SpeechStarted: _first("vad_on_ns"),
    SpeechStopped: _last_until_reply("vad_off_ns"),
    CommitSent: _last_until_reply("commit_tx_ns"),
    InputCommitted: _last_until_reply("committed_ns"),
    TextSent: _first("text_tx_ns"),
    ResponseRequested: _requested,
    ResponseStarted: _first("response_ns"),
    ResponseAudio: _audio,
    ResponseText: _text,
    ResponseTextDone: _text_done,
    ToolArgumentsDelta: _arguments,
    ToolCalled: _first("tool_called_ns"),
    ToolResultSent: _tool_result,
    ResponseFinished: _finished,
    InputTranscriptDelta: _user_delta,
    InputTranscriptDone: _user_done,
    PlaybackStarted: _first("playback_ns"),
    PlaybackAudible: _audible,
    PlaybackStalled: _stalled,
    PlaybackFlushed: _flushed,
    CancelSent: _first("cancel_tx_ns"),
    TruncateSent: _truncated,
}
