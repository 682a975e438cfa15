"""Server messages about the provider's replies."""

from typing import Any

import pytest

from app.core.events import (
    McpProgress,
    McpStage,
    RemotePlayback,
    RemotePlaybackChanged,
    ResponseAudio,
    ResponseAudioDone,
    ResponseFinished,
    ResponseItem,
    ResponsePart,
    ResponseStarted,
    ResponseText,
    ResponseTextDone,
    SessionEvent,
    TextKind,
    TokenUsage,
    ToolArgumentsDelta,
    ToolCalled,
)
from app.core.ids import CallId, ItemId, ResponseId
from app.protocols.openai_realtime.client_fields import FieldError
from app.protocols.openai_realtime.client_reply_readers import REPLY_READERS
from tests.support.wire import NOW

REPLY = ResponseId("r1")
ITEM = ItemId("i1")
PLACE = {"response_id": "r1", "item_id": "i1", "output_index": 1, "content_index": 2}


def read(kind: str, **fields: Any) -> SessionEvent:
    return REPLY_READERS[kind](fields, NOW)


def finished(response: dict[str, Any], **more: Any) -> ResponseFinished:
    event = read("response.done", response=response, **more)
    assert isinstance(event, ResponseFinished)
    return event


def text(kind: TextKind, words: str) -> ResponseText:
    return ResponseText(
        at_ns=NOW,
        response_id=REPLY,
        item_id=ITEM,
        output_index=1,
        content_index=2,
        kind=kind,
        text=words,
    )


def text_done(kind: TextKind, words: str) -> ResponseTextDone:
    return ResponseTextDone(
        at_ns=NOW,
        response_id=REPLY,
        item_id=ITEM,
        output_index=1,
        content_index=2,
        kind=kind,
        text=words,
    )


@pytest.mark.parametrize("infix", ["output_", ""])
@pytest.mark.parametrize(
    ("name", "kind", "field"),
    [("text", TextKind.TEXT, "text"), ("audio_transcript", TextKind.TRANSCRIPT, "transcript")],
)
def test_words_are_read_in_both_spellings(
    infix: str, name: str, kind: TextKind, field: str
) -> None:
    kind_of = f"response.{infix}{name}"

    assert read(f"{kind_of}.delta", **PLACE, delta="It", obfuscation="x") == text(kind, "It")
    assert read(f"{kind_of}.delta", **PLACE, delta=None) == text(kind, "")
    assert read(f"{kind_of}.done", **PLACE, **{field: "It is."}) == text_done(kind, "It is.")


@pytest.mark.parametrize("infix", ["output_", ""])
def test_audio_is_read_in_both_spellings(infix: str) -> None:
    assert read(f"response.{infix}audio.delta", **PLACE, delta="AQL//g==") == ResponseAudio(
        at_ns=NOW,
        response_id=REPLY,
        item_id=ITEM,
        output_index=1,
        content_index=2,
        pcm=b"\x01\x02\xff\xfe",
    )
    assert read(f"response.{infix}audio.done", **PLACE) == ResponseAudioDone(
        at_ns=NOW, response_id=REPLY, item_id=ITEM, output_index=1, content_index=2
    )


@pytest.mark.parametrize(
    ("response", "started"), [({"id": "r1"}, "r1"), ({}, ""), ({"id": None}, "")]
)
def test_a_reply_starts_even_without_a_name(response: dict[str, Any], started: str) -> None:
    assert read("response.created", response=response) == ResponseStarted(
        at_ns=NOW, response_id=ResponseId(started)
    )


@pytest.mark.parametrize(("suffix", "done"), [("added", False), ("done", True)])
def test_items_and_parts_begin_and_end(suffix: str, done: bool) -> None:  # noqa: FBT001
    item = {"id": "i1", "type": "function_call", "name": "f"}

    assert read(
        f"response.output_item.{suffix}", response_id="r1", output_index=1, item=item
    ) == ResponseItem(
        at_ns=NOW,
        response_id=REPLY,
        output_index=1,
        item_id=ITEM,
        kind="function_call",
        done=done,
        item=item,
    )
    for part, kind in (({"type": "audio"}, "audio"), (None, None)):
        assert read(f"response.content_part.{suffix}", **PLACE, part=part) == ResponsePart(
            at_ns=NOW,
            response_id=REPLY,
            item_id=ITEM,
            output_index=1,
            content_index=2,
            kind=kind,
            done=done,
        )


def test_a_function_call_arrives_in_pieces_and_then_whole() -> None:
    place = {"response_id": "r1", "item_id": "i1", "call_id": "c1"}

    piece = read("response.function_call_arguments.delta", **place, delta='{"a"')
    whole = read("response.function_call_arguments.done", **place, name="f", arguments='{"a":1}')

    assert piece == ToolArgumentsDelta(
        at_ns=NOW,
        response_id=REPLY,
        item_id=ITEM,
        output_index=0,
        call_id=CallId("c1"),
        text='{"a"',
    )
    assert whole == ToolCalled(
        at_ns=NOW,
        response_id=REPLY,
        item_id=ITEM,
        output_index=0,
        call_id=CallId("c1"),
        name="f",
        arguments='{"a":1}',
    )


def test_a_remote_tool_call_has_no_call_id() -> None:
    event = read("response.mcp_call_arguments.done", item_id="i1", arguments="{}")

    assert event == ToolCalled(
        at_ns=NOW,
        response_id=None,
        item_id=ITEM,
        output_index=0,
        call_id=None,
        name=None,
        arguments="{}",
    )


@pytest.mark.parametrize("stage", McpStage)
@pytest.mark.parametrize(
    ("prefix", "listing"), [("mcp_list_tools", True), ("response.mcp_call", False)]
)
def test_remote_tools_tell_their_stage(stage: McpStage, prefix: str, listing: bool) -> None:  # noqa: FBT001
    assert read(f"{prefix}.{stage.value}", item_id="i1") == McpProgress(
        at_ns=NOW, item_id=ITEM, listing=listing, stage=stage
    )


@pytest.mark.parametrize("change", RemotePlayback)
def test_the_providers_own_playback_is_told(change: RemotePlayback) -> None:
    event = read(f"output_audio_buffer.{change.value}", response_id="r1")

    assert event == RemotePlaybackChanged(at_ns=NOW, response_id=REPLY, change=change)


def test_a_reply_ends_with_its_cost() -> None:
    usage = {
        "total_tokens": 253,
        "input_tokens": 132,
        "output_tokens": 121,
        "input_token_details": {
            "text_tokens": 119,
            "audio_tokens": 13,
            "image_tokens": 0,
            "cached_tokens": 64,
            "cached_tokens_details": {"text_tokens": 60, "audio_tokens": 4, "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": 30, "audio_tokens": 91, "reasoning_tokens": 12},
    }
    output = [{"id": "i1", "type": "message"}]

    event = finished({"id": "r1", "status": "completed", "output": output, "usage": usage})

    assert event == ResponseFinished(
        at_ns=NOW,
        response_id=REPLY,
        status="completed",
        reason=None,
        error_code=None,
        error_message=None,
        usage=TokenUsage(
            total=253,
            input_total=132,
            output_total=121,
            input_text=119,
            input_audio=13,
            input_image=0,
            cached_total=64,
            cached_text=60,
            cached_audio=4,
            cached_image=0,
            output_text=30,
            output_audio=91,
            output_reasoning=12,
        ),
        output=({"id": "i1", "type": "message"},),
    )


@pytest.mark.parametrize("usage", [None, {}, [], "unimplemented"], ids=repr)
def test_a_reply_without_usage_has_an_unknown_cost(usage: Any) -> None:
    assert finished({"id": "r1", "status": "completed", "usage": usage}).usage is None


def test_counts_that_are_not_told_are_unknown_and_not_zero() -> None:
    event = finished({"id": "r1", "usage": {"total_tokens": 7, "output_tokens": "many"}})

    assert event.usage == TokenUsage(total=7)


def test_usage_beside_the_reply_counts_too() -> None:
    assert finished({"id": "r1"}, usage={"total_tokens": 7}).usage == TokenUsage(total=7)


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (
            {
                "status": "cancelled",
                "status_details": {"type": "cancelled", "reason": "turn_detected"},
            },
            ("cancelled", "turn_detected", None, None),
        ),
        (
            {
                "status": "failed",
                "status_details": {"error": {"code": "rate_limit_exceeded", "message": "Wait."}},
            },
            ("failed", None, "rate_limit_exceeded", "Wait."),
        ),
        (
            {"status": "failed", "status_details": {"error": {"type": "server_error"}}},
            ("failed", None, "server_error", None),
        ),
        ({"status_details": {"type": "incomplete"}}, ("incomplete", None, None, None)),
        (
            {"status": "completed", "status_details": "unimplemented"},
            ("completed", None, None, None),
        ),
        ({"status": None, "output": None}, ("completed", None, None, None)),
    ],
    ids=str,
)
def test_how_a_reply_ended(response: dict[str, Any], expected: tuple[str | None, ...]) -> None:
    event = finished(response)

    assert (event.status, event.reason, event.error_code, event.error_message) == expected
    assert event.response_id is None
    assert event.output == ()


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("response.created", {}, "response"),
        ("response.done", {"response": "r1"}, "response"),
        ("response.output_audio.delta", {"response_id": "r1", "item_id": "i1"}, "delta"),
        ("response.output_text.delta", {"item_id": "i1"}, "response_id"),
        ("response.output_text.delta", {"response_id": "r1"}, "item_id"),
        ("response.output_item.added", {"response_id": "r1"}, "item"),
        ("output_audio_buffer.started", {}, "response_id"),
    ],
)
def test_a_missing_field_is_named(kind: str, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldError, match=f"^{field} is "):
        read(kind, **fields)
