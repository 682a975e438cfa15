"""Items that a client makes, moves, reads and removes."""

import base64
from typing import Any

import pytest

from app.core.ids import CallId, ItemId
from app.protocols.openai_realtime.server_values import ContextMessage, ItemCreated, ItemDeleted
from tests.support.realtime_server import SECOND, Talk, user_text


def _message(role: str, *content: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": list(content), **fields}


def _texts(talk: Talk) -> list[str]:
    return [message.text for message in talk.server.messages()]


def test_an_item_is_added_and_done_at_once_and_the_shell_is_told() -> None:
    talk = Talk()
    (request,) = talk.say("Hi.")
    added, done = talk.events()
    assert (added["type"], done["type"]) == ("conversation.item.added", "conversation.item.done")
    assert (
        added["item"]
        == done["item"]
        == {
            "id": added["item"]["id"],
            "object": "realtime.item",
            "type": "message",
            "status": "completed",
            "role": "user",
            "content": [{"type": "input_text", "text": "Hi."}],
        }
    )
    assert isinstance(request, ItemCreated)
    assert (request.item_id, request.audio) == (added["item"]["id"], None)


def test_items_go_where_the_client_puts_them() -> None:
    talk = Talk()
    (first,) = talk.say("one")
    assert isinstance(first, ItemCreated)
    talk.say("three")
    talk.events()
    talk.say("two", previous_item_id=first.item_id)
    talk.say("zero", previous_item_id="root")
    events = talk.events()
    assert [event["previous_item_id"] for event in events] == [first.item_id] * 2 + [None] * 2
    assert _texts(talk) == ["zero", "one", "two", "three"]


def test_an_item_keeps_the_name_that_the_client_gives() -> None:
    talk = Talk()
    item = user_text("Hi.") | {"id": "mine", "object": "realtime.item", "status": "in_progress"}
    talk.send("conversation.item.create", item=item)
    talk.events()
    talk.send("conversation.item.retrieve", item_id="mine")
    (retrieved,) = talk.events()
    assert (retrieved["item"]["id"], retrieved["item"]["status"]) == ("mine", "completed")


def test_a_deleted_item_is_gone() -> None:
    talk = Talk()
    talk.send("conversation.item.create", item=user_text("Hi.") | {"id": "mine"})
    talk.events()
    assert talk.send("conversation.item.delete", item_id="mine") == [
        ItemDeleted(item_id=ItemId("mine"))
    ]
    (event,) = talk.events()
    assert (event["type"], event["item_id"]) == ("conversation.item.deleted", "mine")
    assert talk.server.messages() == ()


def test_every_kind_of_message_is_read_for_the_model() -> None:
    talk = Talk()
    image = {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "low"}
    said = {"type": "input_audio", "transcript": "What is this?"}
    for item in (
        _message("system", {"type": "input_text", "text": "Be brief."}),
        _message("user", said, image, {"type": "input_text", "text": "Look."}),
        _message("assistant", {"type": "output_text", "text": "A cat."}),
        _message("assistant", {"type": "output_audio", "transcript": "Or a dog."}),
        _message("user"),
    ):
        talk.send("conversation.item.create", item=item)
    events = talk.events()
    assert len(events) == 10
    assert [(m.role, m.text) for m in talk.server.messages()] == [
        ("system", "Be brief."),
        ("user", "What is this? Look."),
        ("assistant", "A cat."),
        ("assistant", "Or a dog."),
    ]


def test_null_fields_of_typed_clients_count_as_absent() -> None:
    talk = Talk()
    part = {"type": "input_text", "text": "Hi.", "audio": None, "transcript": None, "detail": None}
    assert talk.send(
        "conversation.item.create",
        item=_message("user", part, id=None, status=None),
        previous_item_id=None,
        event_id=None,
    )
    assert talk.events()[0]["item"]["content"] == [{"type": "input_text", "text": "Hi."}]


@pytest.mark.parametrize(
    ("encoding", "audio", "frames"),
    [("audio/pcm", SECOND, 24_000), ("audio/pcmu", base64.b64encode(bytes(800)).decode(), 2_400)],
)
def test_audio_without_words_is_handed_to_whoever_can_hear(
    encoding: str, audio: str, frames: int
) -> None:
    talk = Talk().configured(audio={"input": {"format": {"type": encoding}}})
    item = _message("user", {"type": "input_audio", "audio": audio})
    (request,) = talk.send("conversation.item.create", item=item)
    assert isinstance(request, ItemCreated)
    assert request.audio is not None
    assert len(request.audio) == frames
    assert talk.events()[0]["item"]["content"] == [{"type": "input_audio", "transcript": None}]
    talk.server.note_words(request.item_id, "Hello.")
    assert _texts(talk) == ["Hello."]


def test_audio_with_words_needs_no_hearing() -> None:
    talk = Talk()
    part = {"type": "input_audio", "audio": SECOND, "transcript": "Hello."}
    (request,) = talk.send("conversation.item.create", item=_message("user", part))
    assert isinstance(request, ItemCreated)
    assert request.audio is None


def test_speech_of_the_history_can_be_truncated_as_far_as_it_goes() -> None:
    talk = Talk()
    part = {"type": "output_audio", "audio": SECOND, "transcript": "Hello there."}
    talk.send("conversation.item.create", item=_message("assistant", part, id="mine"))
    cut = {"item_id": "mine", "content_index": 0}
    assert talk.send("conversation.item.truncate", **cut, audio_end_ms=1_000)
    assert talk.send("conversation.item.truncate", **cut, audio_end_ms=300)
    talk.events()
    assert talk.send("conversation.item.truncate", **cut, audio_end_ms=301) == []
    assert talk.error()["message"] == "Audio content of 300ms is already shorter than 301ms"


def test_a_call_of_the_history_can_be_answered() -> None:
    talk = Talk()
    call = {"type": "function_call", "name": "f", "arguments": "{}"}
    talk.send("conversation.item.create", item=call | {"call_id": "given"})
    talk.send("conversation.item.create", item=call)
    named = talk.events()[-1]["item"]["call_id"]
    for call_id in ("given", named):
        output = {"type": "function_call_output", "call_id": call_id, "output": ""}
        assert talk.send("conversation.item.create", item=output)
    talk.events()
    assert [message.call_id for message in talk.server.messages()] == [None, None, "given", named]


def test_a_retrieved_item_shows_what_was_transcribed() -> None:
    talk = Talk()
    item_id = talk.server.commit(500)
    talk.send("conversation.item.retrieve", item_id=item_id)
    assert talk.events()[-1]["item"]["content"][0]["transcript"] is None
    talk.server._state.conversation.put(
        talk.server._state.conversation.get(item_id, "x").with_transcript("Hello.")
    )
    talk.send("conversation.item.retrieve", item_id=item_id)
    assert talk.events()[-1]["item"]["content"][0]["transcript"] == "Hello."


def test_a_response_can_be_given_its_own_context() -> None:
    talk = Talk()
    talk.send("conversation.item.create", item=user_text("Hi.") | {"id": "mine"})
    options = talk.request(
        input=[
            {"type": "item_reference", "id": "mine"},
            user_text("And this?"),
            {"type": "function_call", "name": "f", "arguments": "{}", "call_id": "c"},
        ]
    ).options
    assert options.input is not None
    first, second, third = options.input
    assert first == ContextMessage(role="user", text="Hi.", item_id=ItemId("mine"))
    assert second.text == "And this?"
    assert third.call is not None
    assert third.call.call_id == CallId("c")


def test_a_negative_truncation_is_refused_in_the_services_words() -> None:
    talk = Talk()
    part = {"type": "output_audio", "audio": SECOND, "transcript": "Hello there."}
    talk.send("conversation.item.create", item=_message("assistant", part, id="mine"))
    talk.events()

    talk.send("conversation.item.truncate", item_id="mine", content_index=0, audio_end_ms=-11)

    error = talk.error()
    assert (error["code"], error["param"]) == ("integer_below_min_value", "audio_end_ms")
    assert error["message"] == (
        "Invalid 'audio_end_ms': integer below minimum value. "
        "Expected a value >= 0, but got -11 instead."
    )


def test_a_reply_of_which_nothing_was_heard_is_cut_to_nothing() -> None:
    talk = Talk()
    part = {"type": "output_audio", "audio": SECOND, "transcript": "Hello there."}
    talk.send("conversation.item.create", item=_message("assistant", part, id="mine"))
    talk.events()

    talk.send("conversation.item.truncate", item_id="mine", content_index=0, audio_end_ms=0)

    (event,) = talk.events()
    assert (event["type"], event["audio_end_ms"]) == ("conversation.item.truncated", 0)
    assert _texts(talk) == []
