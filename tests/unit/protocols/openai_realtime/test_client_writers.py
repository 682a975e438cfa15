"""Commands as client events."""

import json
from typing import Any

import pytest

from app.core.commands import (
    CancelResponse,
    ClearInput,
    ClearOutput,
    Command,
    CommitInput,
    CreateItem,
    CreateResponse,
    DeleteItem,
    RetrieveItem,
    SendText,
    SendToolResult,
    TruncateItem,
)
from app.core.config import Dialect
from app.core.errors import LocalProtocolError
from app.core.ids import CallId, ItemId, ResponseId
from app.protocols.openai_realtime.client_writers import (
    MAX_AUDIO_BYTES,
    append_message,
    check_audio,
    command_body,
    to_json,
)
from app.protocols.openai_realtime.dialects import SPELLINGS

ITEM = ItemId("item_1")
SAID = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "a"}]}
RESPELLED = {**SAID, "content": [{"type": "output_text", "text": "a"}]}


def test_audio_goes_out_as_base64() -> None:
    message = append_message(b"\x01\x02\xff\xfe")

    assert message == '{"type":"input_audio_buffer.append","audio":"AQL//g=="}'
    assert json.loads(message)["audio"] == "AQL//g=="


@pytest.mark.parametrize("size", [1, MAX_AUDIO_BYTES + 2])
def test_half_a_sample_or_too_much_audio_is_our_bug(size: int) -> None:
    with pytest.raises(LocalProtocolError):
        check_audio(bytes(size))


def test_the_most_audio_fits_into_15_mib_of_base64() -> None:
    most = check_audio(bytes(MAX_AUDIO_BYTES))

    assert len(append_message(most)) < 15 * 1024 * 1024 + 100


@pytest.mark.parametrize(
    ("command", "body"),
    [
        (CommitInput(), {"type": "input_audio_buffer.commit"}),
        (ClearInput(), {"type": "input_audio_buffer.clear"}),
        (ClearOutput(), {"type": "output_audio_buffer.clear"}),
        (
            SendText(text="hé"),
            {
                "type": "conversation.item.create",
                "item": {
                    "type": "message",
                    "role": "user",
                    "content": [{"type": "input_text", "text": "hé"}],
                },
            },
        ),
        (
            SendToolResult(call_id=CallId("c"), output="7"),
            {
                "type": "conversation.item.create",
                "item": {"type": "function_call_output", "call_id": "c", "output": "7"},
            },
        ),
        (CreateItem(item=SAID), {"type": "conversation.item.create", "item": RESPELLED}),
        (
            CreateItem(item=SAID, previous_item_id="root"),
            {"type": "conversation.item.create", "item": RESPELLED, "previous_item_id": "root"},
        ),
        (RetrieveItem(item_id=ITEM), {"type": "conversation.item.retrieve", "item_id": "item_1"}),
        (DeleteItem(item_id=ITEM), {"type": "conversation.item.delete", "item_id": "item_1"}),
        (
            TruncateItem(item_id=ITEM, audio_end_ms=70, content_index=1),
            {
                "type": "conversation.item.truncate",
                "item_id": "item_1",
                "content_index": 1,
                "audio_end_ms": 70,
            },
        ),
        (CreateResponse(), {"type": "response.create"}),
        (
            CreateResponse(options={"conversation": "none", "input": [SAID]}),
            {"type": "response.create", "response": {"conversation": "none", "input": [RESPELLED]}},
        ),
        (CreateResponse(options={}), {"type": "response.create", "response": {}}),
        (CancelResponse(), {"type": "response.cancel"}),
        (
            CancelResponse(response_id=ResponseId("r")),
            {"type": "response.cancel", "response_id": "r"},
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_command_is_the_event_that_asks_for_it(command: Command, body: dict[str, Any]) -> None:
    assert command_body(command, SPELLINGS[Dialect.OPENAI_GA]) == body


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, b"a"], ids=repr)
def test_what_json_cannot_express_is_our_bug(value: object) -> None:
    with pytest.raises(
        LocalProtocolError, match=r"^response\.create holds what JSON cannot express"
    ):
        to_json({"type": "response.create", "response": value})
