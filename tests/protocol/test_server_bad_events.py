"""What bad client events get: one error that names them, and nothing else changes."""

import base64

import pytest

from app.protocols.openai_realtime.schema_events import EVENTS
from app.protocols.openai_realtime.server import HANDLERS
from app.protocols.openai_realtime.server_values import (
    AudioAppended,
    CancelRequested,
    ItemCreated,
    ResponseRequested,
)
from tests.support.bad_events import BAD, Bad, prepared_talk, snapshot
from tests.support.realtime_server import SECOND, Talk

DEEP = "[" * 100 + "]" * 100


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_a_bad_event_gets_one_error_and_changes_nothing(bad: Bad) -> None:
    talk = prepared_talk()
    before = snapshot(talk)
    assert talk.send(bad.kind, event_id="mine", **bad.fields) == []
    error = talk.error()
    assert (error["code"], error["param"]) == (bad.code, bad.param)
    assert (error["type"], error["event_id"]) == ("invalid_request_error", "mine")
    assert error["message"]
    assert len(error["message"]) < 700
    assert snapshot(talk) == before


@pytest.mark.parametrize(
    ("message", "code", "event_id"),
    [
        (b'{"type":"response.create"}', "invalid_event", None),
        ("", "invalid_event", None),
        ("{", "invalid_event", None),
        ('"response.create"', "invalid_event", None),
        ("[]", "invalid_event", None),
        ("[" * 100_000, "invalid_event", None),
        (f'{{"type":"response.create","response":{DEEP}}}', "invalid_event", None),
        ('{"type":"session.update","session":NaN}', "invalid_event", None),
        ('{"type":"response.cancel","event_id":"\\ud800"}', "invalid_event", None),
        ('{"type":"response.cancel","event_id":' + "9" * 5_000 + "}", "invalid_event", None),
        ('{"event_id":"mine"}', "invalid_event", "mine"),
        ('{"type":null,"event_id":"mine"}', "invalid_event", "mine"),
        ('{"type":3,"event_id":"mine"}', "invalid_type", "mine"),
        ('{"type":"response.cancel","event_id":3}', "invalid_type", None),
        ('{"type":"response.cancel","response_id":"\\u00e9"}', "response_cancel_not_active", None),
    ],
)
def test_a_message_that_is_no_event_gets_an_error(
    message: str | bytes, code: str, event_id: str | None
) -> None:
    talk = prepared_talk()
    before = snapshot(talk)
    assert talk.server.receive_message(message) == []
    error = talk.error()
    assert (error["code"], error["event_id"]) == (code, event_id)
    assert snapshot(talk) == before


def test_a_short_turn_cannot_be_committed() -> None:
    talk = Talk()
    talk.send("input_audio_buffer.append", audio=base64.b64encode(bytes(4_798)).decode())
    assert talk.send("input_audio_buffer.commit") == []
    assert "only has 99.96ms" in talk.error()["message"]
    talk.send("input_audio_buffer.append", audio="AAA=")
    assert len(talk.send("input_audio_buffer.commit")) == 1
    talk.events()
    assert talk.send("input_audio_buffer.commit") == []
    assert "only has 0.00ms" in talk.error()["message"]


def test_a_second_reply_in_the_conversation_is_refused() -> None:
    talk = Talk()
    writer = talk.server.begin_response(talk.request().options)
    talk.events()
    assert talk.send("response.create", event_id="again") == []
    error = talk.error()
    assert error["code"] == "conversation_already_has_active_response"
    assert (writer.response_id in error["message"], error["event_id"]) == (True, "again")
    writer.finish()
    assert talk.send("response.create")


def test_open_replies_are_bounded() -> None:
    talk = Talk()
    for _ in range(16):
        talk.server.begin_response(talk.request(conversation="none").options)
    talk.events()
    assert talk.send("response.create", response={"conversation": "none"}) == []
    assert talk.error()["code"] == "too_many_responses"


def test_a_conversation_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.protocols.openai_realtime.conversation.MAX_ITEMS", 2)
    talk = prepared_talk()
    assert talk.say("One more.") == []
    assert talk.error()["code"] == "conversation_full"


def test_the_session_is_alive_after_every_bad_event() -> None:
    talk = prepared_talk()
    for bad in BAD:
        talk.send(bad.kind, **bad.fields)
    talk.events()
    assert isinstance(talk.send("input_audio_buffer.append", audio=SECOND)[0], AudioAppended)
    assert isinstance(talk.say("Hi.")[0], ItemCreated)
    request = talk.request()
    assert isinstance(request, ResponseRequested)
    writer = talk.server.begin_response(request.options)
    assert isinstance(talk.send("response.cancel")[0], CancelRequested)
    writer.finish()
    assert talk.kinds()[-1] == "response.done"


def test_every_documented_client_event_has_a_reader_and_a_shape() -> None:
    assert HANDLERS.keys() == EVENTS.keys()
    assert len(EVENTS) == 11
