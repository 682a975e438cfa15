"""Readers of server messages about the session, the user's input and the items."""

from collections.abc import Callable

from app.core.clock import Nanoseconds
from app.core.events import (
    ConversationCreated,
    InputCleared,
    InputCommitted,
    InputTimedOut,
    InputTranscriptDelta,
    InputTranscriptDone,
    InputTranscriptFailed,
    InputTranscriptSegment,
    ItemChange,
    ItemChanged,
    ItemDeleted,
    ItemTruncated,
    KeypadPressed,
    ProviderErrorReported,
    RateLimit,
    RateLimitsUpdated,
    SessionCreated,
    SessionEvent,
    SessionReady,
    SpeechStarted,
    SpeechStopped,
    TranscriptionUsage,
)
from app.core.ids import ItemId
from app.protocols.openai_realtime.client_fields import (
    FieldError,
    Fields,
    index,
    known_count,
    known_mapping,
    known_number,
    known_text,
    mapping,
    mappings,
    number,
    text,
    text_or_empty,
    whole,
)


def item_id(m: Fields) -> ItemId:
    """Return the message's item."""
    return ItemId(text(m, "item_id"))


def known_item_id(m: Fields, name: str = "item_id") -> ItemId | None:
    """Return the item that ``name`` tells, or None."""
    value = known_text(m, name)
    return None if value is None else ItemId(value)


def _session_created(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    session = mapping(m, "session")
    return SessionCreated(
        at_ns=at_ns,
        session_id=known_text(session, "id"),
        model=known_text(session, "model"),
        expires_at_s=known_count(session, "expires_at"),
    )


def _session_ready(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    session = mapping(m, "session")
    return SessionReady(at_ns=at_ns, session_id=known_text(session, "id"), effective=session)


def _conversation_created(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    conversation = known_mapping(m, "conversation")
    return ConversationCreated(at_ns=at_ns, conversation_id=known_text(conversation, "id"))


def _rate_limits(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    limits = tuple(
        RateLimit(
            name=known_text(limit, "name"),
            limit=known_count(limit, "limit"),
            remaining=known_count(limit, "remaining"),
            reset_s=known_number(limit, "reset_seconds"),
        )
        for limit in mappings(m, "rate_limits")
    )
    return RateLimitsUpdated(at_ns=at_ns, limits=limits)


def _error(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    """Read the complaint wherever it is: a report of an error must not be lost to its form."""
    complaint = m.get("error")
    if isinstance(complaint, str):
        complaint = {"message": complaint}
    elif complaint is None:
        complaint = {**m, "type": None, "event_id": None}
    elif not isinstance(complaint, dict):
        raise FieldError("error is not an object")
    code = known_text(complaint, "code")
    kind = known_text(complaint, "type")
    return ProviderErrorReported(
        at_ns=at_ns,
        kind=kind,
        code=code,
        message=known_text(complaint, "message") or code or kind or "no reason given",
        param=known_text(complaint, "param"),
        caused_by=known_text(complaint, "event_id"),
    )


def _speech_started(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    return SpeechStarted(at_ns=at_ns, audio_ms=whole(m, "audio_start_ms"), item_id=known_item_id(m))


def _speech_stopped(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    return SpeechStopped(at_ns=at_ns, audio_ms=whole(m, "audio_end_ms"), item_id=known_item_id(m))


def _committed(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    previous = known_item_id(m, "previous_item_id")
    return InputCommitted(at_ns=at_ns, item_id=item_id(m), previous_item_id=previous)


def _cleared(_m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    return InputCleared(at_ns=at_ns)


def _timed_out(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    return InputTimedOut(
        at_ns=at_ns,
        item_id=known_item_id(m),
        audio_start_ms=whole(m, "audio_start_ms"),
        audio_end_ms=whole(m, "audio_end_ms"),
    )


def _keypad(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    return KeypadPressed(at_ns=at_ns, key=text(m, "event"))


def _transcript_delta(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    return InputTranscriptDelta(
        at_ns=at_ns,
        item_id=item_id(m),
        content_index=index(m, "content_index"),
        text=text_or_empty(m, "delta"),
    )


def _transcript_done(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    return InputTranscriptDone(
        at_ns=at_ns,
        item_id=item_id(m),
        content_index=index(m, "content_index"),
        text=text_or_empty(m, "transcript"),
        usage=_usage(known_mapping(m, "usage")),
    )


def _usage(usage: Fields) -> TranscriptionUsage | None:
    """Return what an object of ``type`` tokens or duration counts.

    Tokens in whose kind is not told are audio's: what is written down is audio.
    """
    if not usage:
        return None
    kinds = known_mapping(usage, "input_token_details")
    text_in, audio_in = known_count(kinds, "text_tokens"), known_count(kinds, "audio_tokens")
    if text_in is None and audio_in is None:
        audio_in = known_count(usage, "input_tokens")
    seconds = known_number(usage, "seconds")
    return TranscriptionUsage(
        text_in=text_in,
        audio_in=audio_in,
        text_out=known_count(usage, "output_tokens"),
        seconds=None if seconds is None or seconds < 0 else float(seconds),
    )


def _transcript_segment(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    return InputTranscriptSegment(
        at_ns=at_ns,
        item_id=item_id(m),
        content_index=index(m, "content_index"),
        text=text(m, "text"),
        speaker=known_text(m, "speaker"),
        start_s=number(m, "start"),
        end_s=number(m, "end"),
    )


def _transcript_failed(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    error = known_mapping(m, "error")
    return InputTranscriptFailed(
        at_ns=at_ns,
        item_id=item_id(m),
        content_index=index(m, "content_index"),
        message=known_text(error, "message") or known_text(error, "code") or "no reason given",
    )


def _item(change: ItemChange) -> Callable[[Fields, Nanoseconds], SessionEvent]:
    def read(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
        item = mapping(m, "item")
        return ItemChanged(
            at_ns=at_ns,
            change=change,
            item_id=known_item_id(item, "id"),
            previous_item_id=known_item_id(m, "previous_item_id"),
            item=item,
        )

    return read


def _item_truncated(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    return ItemTruncated(
        at_ns=at_ns,
        item_id=item_id(m),
        content_index=index(m, "content_index"),
        audio_end_ms=whole(m, "audio_end_ms"),
    )


def _item_deleted(m: Fields, at_ns: Nanoseconds) -> SessionEvent:
    return ItemDeleted(at_ns=at_ns, item_id=item_id(m))


_TRANSCRIPTION = "conversation.item.input_audio_transcription"

INPUT_READERS: dict[str, Callable[[Fields, Nanoseconds], SessionEvent]] = {
    "session.created": _session_created,
    "session.updated": _session_ready,
    "transcription_session.updated": _session_ready,
    "conversation.created": _conversation_created,
    "rate_limits.updated": _rate_limits,
    "error": _error,
    "input_audio_buffer.speech_started": _speech_started,
    "input_audio_buffer.speech_stopped": _speech_stopped,
    "input_audio_buffer.committed": _committed,
    "input_audio_buffer.cleared": _cleared,
    "input_audio_buffer.timeout_triggered": _timed_out,
    "input_audio_buffer.dtmf_event_received": _keypad,
    f"{_TRANSCRIPTION}.delta": _transcript_delta,
    f"{_TRANSCRIPTION}.completed": _transcript_done,
    f"{_TRANSCRIPTION}.segment": _transcript_segment,
    f"{_TRANSCRIPTION}.failed": _transcript_failed,
    "conversation.item.created": _item(ItemChange.CREATED),
    "conversation.item.added": _item(ItemChange.ADDED),
    "conversation.item.done": _item(ItemChange.DONE),
    "conversation.item.retrieved": _item(ItemChange.RETRIEVED),
    "conversation.item.truncated": _item_truncated,
    "conversation.item.deleted": _item_deleted,
}
"""Message kind to its reader; both spellings, whatever the dialect."""
