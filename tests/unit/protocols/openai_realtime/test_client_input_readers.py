"""Server messages about the session, the user's input and the items."""

from typing import Any

import pytest

from app.core.events import (
    ConversationCreated,
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
from app.protocols.openai_realtime.client_fields import FieldError
from app.protocols.openai_realtime.client_input_readers import INPUT_READERS
from tests.support.wire import NOW

ITEM = ItemId("i1")
TRANSCRIPTION = "conversation.item.input_audio_transcription"


def read(kind: str, **fields: Any) -> SessionEvent:
    return INPUT_READERS[kind](fields, NOW)


EXAMPLES: list[tuple[str, dict[str, Any], SessionEvent]] = [
    (
        "session.created",
        {"session": {"id": "s", "model": "m", "expires_at": 1795258800}},
        SessionCreated(at_ns=NOW, session_id="s", model="m", expires_at_s=1795258800),
    ),
    (
        "session.created",
        {"session": {"expires_at": None}},
        SessionCreated(at_ns=NOW, session_id=None, model=None, expires_at_s=None),
    ),
    (
        "session.updated",
        {"session": {"id": "s", "voice": {"name": "ara"}}},
        SessionReady(at_ns=NOW, session_id="s", effective={"id": "s", "voice": {"name": "ara"}}),
    ),
    (
        "conversation.created",
        {"conversation": {"id": "c"}},
        ConversationCreated(at_ns=NOW, conversation_id="c"),
    ),
    ("conversation.created", {}, ConversationCreated(at_ns=NOW, conversation_id=None)),
    (
        "rate_limits.updated",
        {
            "rate_limits": [
                {"name": "requests", "limit": 1000, "remaining": 999, "reset_seconds": 0.5},
                {"name": None, "remaining": -1},
            ]
        },
        RateLimitsUpdated(
            at_ns=NOW,
            limits=(
                RateLimit(name="requests", limit=1000, remaining=999, reset_s=0.5),
                RateLimit(name=None, limit=None, remaining=None, reset_s=None),
            ),
        ),
    ),
    (
        "input_audio_buffer.speech_started",
        {"audio_start_ms": 820, "item_id": "i1"},
        SpeechStarted(at_ns=NOW, audio_ms=820, item_id=ITEM),
    ),
    (
        "input_audio_buffer.speech_stopped",
        {"audio_end_ms": 2480.4, "item_id": None},
        SpeechStopped(at_ns=NOW, audio_ms=2480, item_id=None),
    ),
    (
        "input_audio_buffer.committed",
        {"item_id": "i1", "previous_item_id": "i0"},
        InputCommitted(at_ns=NOW, item_id=ITEM, previous_item_id=ItemId("i0")),
    ),
    (
        "input_audio_buffer.timeout_triggered",
        {"item_id": "i1", "audio_start_ms": 5, "audio_end_ms": 9},
        InputTimedOut(at_ns=NOW, item_id=ITEM, audio_start_ms=5, audio_end_ms=9),
    ),
    (
        "input_audio_buffer.dtmf_event_received",
        {"event": "#", "received_at": 1},
        KeypadPressed(at_ns=NOW, key="#"),
    ),
    (
        f"{TRANSCRIPTION}.delta",
        {"item_id": "i1", "delta": " Hel", "obfuscation": "x9"},
        InputTranscriptDelta(at_ns=NOW, item_id=ITEM, content_index=0, text=" Hel"),
    ),
    (
        f"{TRANSCRIPTION}.delta",
        {"item_id": "i1", "delta": None, "content_index": None},
        InputTranscriptDelta(at_ns=NOW, item_id=ITEM, content_index=0, text=""),
    ),
    (
        f"{TRANSCRIPTION}.completed",
        {"item_id": "i1", "content_index": 1, "transcript": "Hello.", "usage": {"seconds": 3}},
        InputTranscriptDone(
            at_ns=NOW,
            item_id=ITEM,
            content_index=1,
            text="Hello.",
            usage=TranscriptionUsage(seconds=3.0),
        ),
    ),
    (
        f"{TRANSCRIPTION}.completed",
        {
            "item_id": "i1",
            "transcript": "Hello.",
            "usage": {
                "type": "tokens",
                "total_tokens": 22,
                "input_tokens": 13,
                "input_token_details": {"text_tokens": 0, "audio_tokens": 13},
                "output_tokens": 9,
            },
        },
        InputTranscriptDone(
            at_ns=NOW,
            item_id=ITEM,
            content_index=0,
            text="Hello.",
            usage=TranscriptionUsage(text_in=0, audio_in=13, text_out=9),
        ),
    ),
    (
        f"{TRANSCRIPTION}.completed",
        {"item_id": "i1", "transcript": "", "usage": {"input_tokens": 13, "seconds": -1}},
        InputTranscriptDone(
            at_ns=NOW,
            item_id=ITEM,
            content_index=0,
            text="",
            usage=TranscriptionUsage(audio_in=13),
        ),
    ),
    (
        f"{TRANSCRIPTION}.completed",
        {"item_id": "i1", "transcript": "", "usage": {"input_token_details": "x", "seconds": "3"}},
        InputTranscriptDone(
            at_ns=NOW, item_id=ITEM, content_index=0, text="", usage=TranscriptionUsage()
        ),
    ),
    (
        f"{TRANSCRIPTION}.completed",
        {"item_id": "i1", "transcript": "Hello."},
        InputTranscriptDone(at_ns=NOW, item_id=ITEM, content_index=0, text="Hello.", usage=None),
    ),
    (
        f"{TRANSCRIPTION}.segment",
        {"item_id": "i1", "text": "Hi", "speaker": "A", "start": 0, "end": 1.5},
        InputTranscriptSegment(
            at_ns=NOW, item_id=ITEM, content_index=0, text="Hi", speaker="A", start_s=0, end_s=1.5
        ),
    ),
    (
        f"{TRANSCRIPTION}.failed",
        {"item_id": "i1", "error": {"code": "DeploymentNotFound", "message": None}},
        InputTranscriptFailed(
            at_ns=NOW, item_id=ITEM, content_index=0, message="DeploymentNotFound"
        ),
    ),
    (
        f"{TRANSCRIPTION}.failed",
        {"item_id": "i1"},
        InputTranscriptFailed(at_ns=NOW, item_id=ITEM, content_index=0, message="no reason given"),
    ),
    (
        "conversation.item.added",
        {"item": {"id": "i1", "type": "message"}, "previous_item_id": None},
        ItemChanged(
            at_ns=NOW,
            change=ItemChange.ADDED,
            item_id=ITEM,
            previous_item_id=None,
            item={"id": "i1", "type": "message"},
        ),
    ),
    (
        "conversation.item.truncated",
        {"item_id": "i1", "content_index": 0, "audio_end_ms": 1500},
        ItemTruncated(at_ns=NOW, item_id=ITEM, content_index=0, audio_end_ms=1500),
    ),
    ("conversation.item.deleted", {"item_id": "i1"}, ItemDeleted(at_ns=NOW, item_id=ITEM)),
]


@pytest.mark.parametrize(("kind", "fields", "event"), EXAMPLES)
def test_a_message_becomes_its_event(
    kind: str, fields: dict[str, Any], event: SessionEvent
) -> None:
    assert read(kind, **fields) == event


@pytest.mark.parametrize("change", ItemChange)
def test_each_change_of_an_item_has_its_kind(change: ItemChange) -> None:
    event = read(f"conversation.item.{change.value}", item={})

    assert isinstance(event, ItemChanged)
    assert event.change is change
    assert event.item_id is None


def error(**fields: Any) -> ProviderErrorReported:
    event = read("error", **fields)
    assert isinstance(event, ProviderErrorReported)
    return event


def test_an_error_tells_all_that_it_knows() -> None:
    told = {
        "type": "invalid_request_error",
        "code": "invalid_value",
        "message": "Bad voice.",
        "param": "session.audio.output.voice",
        "event_id": "session.update-1",
    }

    assert error(error=told, event_id="event_7") == ProviderErrorReported(
        at_ns=NOW,
        kind="invalid_request_error",
        code="invalid_value",
        message="Bad voice.",
        param="session.audio.output.voice",
        caused_by="session.update-1",
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"error": "It broke."}, "It broke."),
        ({"message": "It broke.", "type": "error", "event_id": "event_7"}, "It broke."),
        ({"error": {"code": "server_error", "message": None}}, "server_error"),
        ({"error": {"type": "server_error"}}, "server_error"),
        ({"error": {}}, "no reason given"),
        ({}, "no reason given"),
    ],
    ids=str,
)
def test_an_error_in_any_form_has_a_message_and_blames_no_message_of_ours(
    fields: dict[str, Any], message: str
) -> None:
    event = error(**fields)

    assert event.message == message
    assert event.caused_by is None


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("session.created", {}, "session"),
        ("session.updated", {"session": None}, "session"),
        ("error", {"error": 7}, "error"),
        ("input_audio_buffer.committed", {}, "item_id"),
        ("conversation.item.done", {"item": []}, "item"),
        ("conversation.item.truncated", {"item_id": "i", "audio_end_ms": None}, "audio_end_ms"),
        (f"{TRANSCRIPTION}.delta", {"item_id": "i", "delta": 7}, "delta"),
        (f"{TRANSCRIPTION}.segment", {"item_id": "i", "text": "a", "start": None}, "start"),
    ],
)
def test_a_missing_field_is_named(kind: str, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldError, match=f"^{field} is "):
        read(kind, **fields)
