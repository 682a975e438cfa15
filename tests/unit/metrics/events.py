"""Short spellings of events, all instants in ms."""

from typing import Any

from app.core.clock import Nanoseconds
from app.core.events import (
    AgentSpeechEnded,
    AgentSpeechStarted,
    CancelSent,
    ClockJumped,
    CommitSent,
    InputCommitted,
    InputTranscriptDelta,
    InputTranscriptDone,
    PlaybackAudible,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStalled,
    PlaybackStarted,
    ResponseAudio,
    ResponseAudioDone,
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
    TokenUsage,
    ToolArgumentsDelta,
    ToolCalled,
    ToolResultSent,
    TruncateSent,
    UserSpeechEnded,
    UserSpeechStarted,
)
from app.core.ids import CallId, ItemId, ResponseId
from app.metrics.timeline import TurnTimeline

ITEM = ItemId("item")
R1 = ResponseId("r1")
R2 = ResponseId("r2")


def ns(ms: float) -> Nanoseconds:
    return Nanoseconds(round(ms * 1_000_000))


def played_through(*events: SessionEvent) -> TurnTimeline:
    timeline = TurnTimeline()
    for event in events:
        timeline = timeline.after(event)
    return timeline


def user_on(at: float) -> UserSpeechStarted:
    return UserSpeechStarted(at_ns=ns(at), method=SpeechEndMethod.ANNOTATED)


def user_off(
    at: float, sent: float | None = None, method: SpeechEndMethod = SpeechEndMethod.ANNOTATED
) -> UserSpeechEnded:
    sent_ns = None if sent is None else ns(sent)
    return UserSpeechEnded(at_ns=ns(at), method=method, sent_ns=sent_ns)


def vad_on(at: float) -> SpeechStarted:
    return SpeechStarted(at_ns=ns(at), audio_ms=0, item_id=ITEM)


def vad_off(at: float) -> SpeechStopped:
    return SpeechStopped(at_ns=ns(at), audio_ms=0, item_id=ITEM)


def committed(at: float) -> InputCommitted:
    return InputCommitted(at_ns=ns(at), item_id=ITEM, previous_item_id=None)


def commit(at: float) -> CommitSent:
    return CommitSent(at_ns=ns(at))


def typed(at: float) -> TextSent:
    return TextSent(at_ns=ns(at), text="hello")


def requested(at: float) -> ResponseRequested:
    return ResponseRequested(at_ns=ns(at))


def response(at: float, reply: ResponseId = R1) -> ResponseStarted:
    return ResponseStarted(at_ns=ns(at), response_id=reply)


def audio(at: float, ms: float, reply: ResponseId = R1) -> ResponseAudio:
    return ResponseAudio(
        at_ns=ns(at),
        response_id=reply,
        item_id=ITEM,
        output_index=0,
        content_index=0,
        pcm=b"\0\0" * round(ms * 24),
    )


def text(
    at: float,
    words: str,
    reply: ResponseId = R1,
    kind: TextKind = TextKind.TRANSCRIPT,
    item: ItemId = ITEM,
) -> ResponseText:
    return ResponseText(
        at_ns=ns(at),
        response_id=reply,
        item_id=item,
        output_index=0,
        content_index=0,
        kind=kind,
        text=words,
    )


def audio_done(at: float, reply: ResponseId = R1) -> ResponseAudioDone:
    return ResponseAudioDone(
        at_ns=ns(at), response_id=reply, item_id=ITEM, output_index=0, content_index=0
    )


def text_done(
    at: float, words: str, item: ItemId = ITEM, kind: TextKind = TextKind.TRANSCRIPT
) -> ResponseTextDone:
    return ResponseTextDone(
        at_ns=ns(at),
        response_id=R1,
        item_id=item,
        output_index=0,
        content_index=0,
        kind=kind,
        text=words,
    )


def arguments(at: float, json_text: str) -> ToolArgumentsDelta:
    return ToolArgumentsDelta(
        at_ns=ns(at),
        response_id=R1,
        item_id=ITEM,
        output_index=0,
        call_id=CallId("call"),
        text=json_text,
    )


def tool_called(at: float, call: str | None = "call") -> ToolCalled:
    return ToolCalled(
        at_ns=ns(at),
        response_id=R1,
        item_id=ITEM,
        output_index=0,
        call_id=None if call is None else CallId(call),
        name="clock",
        arguments="{}",
    )


def tool_result(at: float, call: str = "call") -> ToolResultSent:
    return ToolResultSent(at_ns=ns(at), call_id=CallId(call))


def done(
    at: float,
    reply: ResponseId = R1,
    *,
    status: str = "completed",
    reason: str | None = None,
    usage: TokenUsage | None = None,
    error_code: str | None = None,
    error_message: str | None = None,
) -> ResponseFinished:
    return ResponseFinished(
        at_ns=ns(at),
        response_id=reply,
        status=status,
        reason=reason,
        error_code=error_code,
        error_message=error_message,
        usage=usage,
        output=(),
    )


def heard(at: float, words: str, item: ItemId = ITEM) -> InputTranscriptDone:
    return InputTranscriptDone(at_ns=ns(at), item_id=item, content_index=0, text=words, usage=None)


def hearing(at: float, words: str) -> InputTranscriptDelta:
    return InputTranscriptDelta(at_ns=ns(at), item_id=ITEM, content_index=0, text=words)


def playing(at: float, reply: ResponseId = R1, buffer_ms: float | None = None) -> PlaybackStarted:
    return PlaybackStarted(at_ns=ns(at), response_id=reply, buffer_ms=buffer_ms)


def audible(at: float, reply: ResponseId = R1, media_ms: float | None = None) -> PlaybackAudible:
    return PlaybackAudible(at_ns=ns(at), response_id=reply, media_ms=media_ms)


def stalled(at: float, ms: float, reply: ResponseId = R1) -> PlaybackStalled:
    return PlaybackStalled(at_ns=ns(at), response_id=reply, stall_ms=ms)


def played_out(
    at: float, played_ms: float, audible_end: float | None = None, reply: ResponseId = R1
) -> PlaybackFinished:
    return PlaybackFinished(
        at_ns=ns(at),
        response_id=reply,
        played_ms=played_ms,
        audible_end_ns=None if audible_end is None else ns(audible_end),
    )


def flushed(
    at: float,
    played_ms: float,
    audible_end: float | None = None,
    silent: float | None = None,
    **more: Any,
) -> PlaybackFlushed:
    return PlaybackFlushed(
        at_ns=ns(at),
        response_id=R1,
        item_id=ITEM,
        played_ms=played_ms,
        dropped_ms=10.0,
        audible_end_ns=None if audible_end is None else ns(audible_end),
        silent_ns=None if silent is None else ns(silent),
        **more,
    )


def agent_on(at: float) -> AgentSpeechStarted:
    return AgentSpeechStarted(at_ns=ns(at), response_id=None)


def agent_off(at: float) -> AgentSpeechEnded:
    return AgentSpeechEnded(at_ns=ns(at), response_id=None)


def cancelled(at: float) -> CancelSent:
    return CancelSent(at_ns=ns(at))


def jumped(at: float, ms: float) -> ClockJumped:
    return ClockJumped(at_ns=ns(at), jump_ms=ms)


def truncated(at: float, ms: int) -> TruncateSent:
    return TruncateSent(at_ns=ns(at), item_id=ITEM, audio_end_ms=ms)
