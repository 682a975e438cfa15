"""Whole turns as a client sees them: each event, in the order of the real service."""

import base64

import pytest

from app.core.ids import CallId, ItemId
from app.protocols.openai_realtime.server_response import Failure, ResponseWriter
from app.protocols.openai_realtime.server_values import (
    AudioAppended,
    CancelRequested,
    ContextCall,
    ContextMessage,
    DurationUsage,
    Finish,
    InputCleared,
    InputCommitted,
    ItemTruncated,
    TokenUsage,
    Usage,
)
from tests.support.realtime_server import SECOND, Talk

HALF_SECOND = bytes(24_000)

REPLY = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
]
SPOKEN_END = [
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
]
COMMITTED = ["input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"]


def _spoken(talk: Talk) -> ResponseWriter:
    writer = talk.server.begin_response(talk.server.default_options())
    writer.text("Hi")
    writer.text(" there!")
    writer.audio(HALF_SECOND)
    return writer


def test_a_session_begins_with_the_defaults_of_the_service() -> None:
    talk = Talk()
    talk.server.session_created()
    (event,) = talk.events()
    session = event["session"]
    assert session["audio"]["input"] == {
        "format": {"type": "audio/pcm", "rate": 24_000},
        "transcription": None,
        "noise_reduction": None,
        "turn_detection": {
            "type": "server_vad",
            "threshold": 0.5,
            "prefix_padding_ms": 300,
            "silence_duration_ms": 200,
            "idle_timeout_ms": None,
            "create_response": True,
            "interrupt_response": True,
        },
    }
    assert session["audio"]["output"] == {
        "format": {"type": "audio/pcm", "rate": 24_000},
        "voice": "amy",
        "speed": 1.0,
    }
    assert (session["id"], session["expires_at"]) == ("sess_1", 1_800_000_000)


def test_a_spoken_turn_has_the_order_of_the_real_service() -> None:
    talk = Talk()
    talk.server.session_created()
    talk.send("input_audio_buffer.append", audio=SECOND)
    promised = talk.server.speech_started(120)
    talk.server.speech_stopped(900)
    item_id = talk.server.commit(780)
    talk.server.transcription_delta(item_id, "Hel")
    writer = _spoken(talk)
    talk.server.transcription_completed(item_id, "Hello.", DurationUsage(0.78))
    writer.finish(usage=Usage(input_text=3, input_audio=8, output_text=4, output_audio=10))
    events = talk.events()
    assert [event["type"] for event in events] == [
        "session.created",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        *COMMITTED,
        "conversation.item.input_audio_transcription.delta",
        *REPLY,
        "response.output_audio_transcript.delta",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "conversation.item.input_audio_transcription.completed",
        *SPOKEN_END,
    ]
    assert promised == item_id == events[1]["item_id"] == events[3]["item_id"]
    assert talk.server.messages() == (
        ContextMessage(role="user", text="Hello.", item_id=item_id),
        ContextMessage(role="assistant", text="Hi there!", item_id=ItemId(str(writer.item_id))),
    )
    response = events[-1]["response"]
    assert response["status"] == "completed"
    assert response["output"][0]["content"] == [{"type": "output_audio", "transcript": "Hi there!"}]
    assert response["usage"] == {
        "total_tokens": 25,
        "input_tokens": 11,
        "output_tokens": 14,
        "input_token_details": {
            "text_tokens": 3,
            "audio_tokens": 8,
            "image_tokens": 0,
            "cached_tokens": 0,
            "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": 4, "audio_tokens": 10},
    }
    assert writer.audio_ms == 500
    assert len({event["event_id"] for event in events}) == len(events)


def test_push_to_talk_commits_what_was_appended() -> None:
    talk = Talk().configured(audio={"input": {"turn_detection": None}})
    (appended,) = talk.send("input_audio_buffer.append", audio=SECOND)
    assert isinstance(appended, AudioAppended)
    assert len(appended.samples) == 24_000
    assert not appended.samples.flags.writeable
    (committed,) = talk.send("input_audio_buffer.commit")
    assert isinstance(committed, InputCommitted)
    assert committed.audio_ms == 1_000
    events = talk.events()
    assert [event["type"] for event in events] == COMMITTED
    assert events[0]["previous_item_id"] is None
    assert events[1]["item"]["content"] == [{"type": "input_audio", "transcript": None}]
    talk.server.note_words(committed.item_id, "Hello.")
    assert [message.text for message in talk.server.messages()] == ["Hello."]
    assert talk.events() == []


def test_a_written_turn_uses_text_events_and_parts() -> None:
    talk = Talk().configured(output_modalities=["text"])
    talk.say("Say hi.")
    talk.events()
    writer = talk.server.begin_response(talk.request().options)
    writer.text("Hi")
    writer.text("")
    writer.text("!")
    writer.finish()
    events = talk.events()
    assert [event["type"] for event in events] == [
        *REPLY,
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ]
    assert events[3]["part"] == {"type": "text", "text": ""}
    assert events[6]["text"] == "Hi!"
    assert events[-1]["response"]["output"][0]["content"] == [
        {"type": "output_text", "text": "Hi!"}
    ]


def test_a_function_call_is_in_the_conversation_before_its_arguments_are_done() -> None:
    talk = Talk()
    writer = talk.server.begin_response(talk.server.default_options())
    call_id = writer.new_call_id()
    writer.text("Let me look.")
    writer.audio(HALF_SECOND)
    writer.call(ContextCall(call_id=call_id, name="weather", arguments='{"city":"Rome"}'))
    writer.finish()
    events = talk.events()
    assert [event["type"] for event in events] == [
        *REPLY,
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        *SPOKEN_END[:-1],
        "response.output_item.added",
        "conversation.item.added",
        "response.function_call_arguments.delta",
        "conversation.item.done",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.done",
    ]
    added, done = events[11], events[16]
    assert (added["item"]["status"], added["item"]["arguments"]) == ("in_progress", "")
    assert (done["item"]["status"], done["output_index"]) == ("completed", 1)
    assert [item["type"] for item in events[-1]["response"]["output"]] == [
        "message",
        "function_call",
    ]
    talk.send(
        "conversation.item.create",
        item={"type": "function_call_output", "call_id": call_id, "output": "18 degrees"},
    )
    said, called, answered = talk.server.messages()
    assert said.text == "Let me look."
    assert called.call == ContextCall(call_id=call_id, name="weather", arguments='{"city":"Rome"}')
    assert (answered.role, answered.call_id, answered.text) == ("tool", call_id, "18 degrees")


def test_a_barge_in_cancels_and_a_truncation_takes_the_words_back() -> None:
    talk = Talk()
    writer = _spoken(talk)
    item_id = ItemId(str(writer.item_id))
    talk.server.speech_started(3_000)
    writer.finish(Finish.CANCELLED, reason="turn_detected", usage=Usage(output_text=2))
    events = talk.events()
    assert [event["type"] for event in events[-7:]] == [
        "input_audio_buffer.speech_started",
        *SPOKEN_END,
    ]
    response = events[-1]["response"]
    assert response["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    assert response["output"][0]["status"] == "incomplete"
    assert response["usage"]["output_tokens"] == 2
    cut = {"item_id": item_id, "content_index": 0, "audio_end_ms": 240}
    assert talk.send("conversation.item.truncate", **cut) == [
        ItemTruncated(item_id=item_id, audio_end_ms=240)
    ]
    assert talk.events()[0]["audio_end_ms"] == 240
    assert talk.server.messages() == ()
    talk.server.note_words(item_id, "Hi")
    assert [message.text for message in talk.server.messages()] == ["Hi"]
    talk.send("conversation.item.retrieve", item_id=item_id)
    (retrieved,) = talk.events()
    assert retrieved["item"]["content"] == [{"type": "output_audio", "transcript": None}]
    talk.send("conversation.item.truncate", **cut | {"audio_end_ms": 100})
    assert talk.server.messages() == ()


def test_a_reply_truncated_while_it_runs_stays_cut() -> None:
    talk = Talk()
    writer = _spoken(talk)
    cut = {"item_id": writer.item_id, "content_index": 0, "audio_end_ms": 500}
    talk.send("conversation.item.truncate", **cut)
    writer.text(" More.")
    writer.audio(HALF_SECOND)
    writer.finish(Finish.CANCELLED, reason="turn_detected")
    assert talk.events()[-1]["response"]["output"][0]["content"][0]["transcript"] is None
    assert talk.server.messages() == ()
    talk.send("conversation.item.truncate", **cut | {"audio_end_ms": 501})
    assert "500ms is already shorter than 501ms" in talk.error()["message"]


def test_a_reply_deleted_while_it_runs_is_finished_without_conversation_events() -> None:
    talk = Talk()
    writer = _spoken(talk)
    talk.send("conversation.item.delete", item_id=writer.item_id)
    talk.events()
    writer.audio(HALF_SECOND)
    writer.finish()
    kinds = talk.kinds()
    assert "conversation.item.done" not in kinds
    assert kinds[-2:] == ["response.output_item.done", "response.done"]
    assert talk.server.messages() == ()


def test_the_client_cancels_by_name_or_without() -> None:
    talk = Talk()
    writer = _spoken(talk)
    wanted = [CancelRequested(response_id=writer.response_id)]
    assert talk.send("response.cancel") == wanted
    assert talk.send("response.cancel", response_id=writer.response_id) == wanted
    writer.finish(Finish.CANCELLED, reason="client_cancelled")
    assert writer.finished
    assert talk.server.active_response is None


def test_an_out_of_band_reply_leaves_the_conversation_alone() -> None:
    talk = Talk()
    talk.say("Hello.")
    beside = _spoken(talk)
    talk.events()
    options = talk.request(
        conversation="none", metadata={"topic": "greeting"}, output_modalities=["text"], input=[]
    ).options
    assert (options.in_conversation, options.input) == (False, ())
    writer = talk.server.begin_response(options)
    assert talk.server.active_response is beside
    assert talk.server.open_responses() == (beside, writer)
    assert talk.send("response.cancel", response_id=writer.response_id) == [
        CancelRequested(response_id=writer.response_id)
    ]
    writer.text("A greeting.")
    writer.call(ContextCall(call_id=CallId("call_x"), name="f", arguments="{}"))
    writer.finish()
    events = talk.events()
    assert not [event for event in events if event["type"].startswith("conversation.")]
    response = events[-1]["response"]
    assert (response["conversation_id"], response["metadata"]) == (None, {"topic": "greeting"})
    assert len(talk.server.messages()) == 2


def test_a_reply_can_end_incomplete_or_failed() -> None:
    talk = Talk()
    _spoken(talk).finish(Finish.INCOMPLETE, reason="max_output_tokens")
    cut = talk.events()[-1]["response"]
    assert cut["status_details"] == {"type": "incomplete", "reason": "max_output_tokens"}
    writer = talk.server.begin_response(talk.server.default_options())
    writer.finish(Finish.FAILED, failure=Failure(code="server_error", message="It broke."))
    events = talk.events()
    assert [event["type"] for event in events] == ["response.created", "response.done"]
    assert events[-1]["response"]["status_details"] == {
        "type": "failed",
        "error": {"type": "server_error", "code": "server_error", "message": "It broke."},
    }
    assert events[-1]["response"]["output"] == []


@pytest.mark.parametrize("kind", ["audio/pcmu", "audio/pcma"])
def test_telephone_audio_is_expanded_and_compressed(kind: str) -> None:
    telephone = {"format": {"type": kind}}
    talk = Talk().configured(audio={"input": telephone, "output": telephone})
    octets = bytes([0xD5]) * 1_600
    requests = talk.send("input_audio_buffer.append", audio=base64.b64encode(octets).decode())
    requests += talk.send("input_audio_buffer.commit")
    blocks = [r.samples for r in requests if isinstance(r, AudioAppended)]
    assert sum(len(block) for block in blocks) == 4_800
    assert isinstance(requests[-1], InputCommitted)
    assert requests[-1].audio_ms == 200
    talk.events()
    writer = _spoken(talk)
    writer.finish()
    deltas = [e["delta"] for e in talk.events() if e["type"] == "response.output_audio.delta"]
    assert sum(len(base64.b64decode(delta)) for delta in deltas) == 4_000
    assert writer.audio_ms == 500


def test_cleared_audio_is_gone_to_the_last_sample() -> None:
    talk = Talk().configured(audio={"input": {"format": {"type": "audio/pcmu"}}})
    octets = base64.b64encode(bytes(800)).decode()
    talk.send("input_audio_buffer.append", audio=octets)
    assert talk.send("input_audio_buffer.clear") == [InputCleared()]
    requests = talk.send("input_audio_buffer.append", audio=octets)
    requests += talk.send("input_audio_buffer.commit")
    assert sum(len(r.samples) for r in requests if isinstance(r, AudioAppended)) == 2_400


def test_an_idle_user_gets_a_timeout_and_an_empty_turn() -> None:
    talk = Talk()
    item_id = talk.server.timeout_triggered(1_000, 7_000)
    assert talk.server.commit(0) == item_id
    assert talk.kinds() == ["input_audio_buffer.timeout_triggered", *COMMITTED]


def test_a_transcription_may_fail_or_be_billed_by_tokens() -> None:
    talk = Talk()
    item_id = talk.server.commit(500)
    talk.server.transcription_failed(item_id, code="audio_unintelligible", message="No words.")
    talk.server.transcription_completed(item_id, "Yes.", TokenUsage(input_audio=5, output_text=2))
    talk.send("conversation.item.delete", item_id=item_id)
    talk.server.transcription_completed(item_id, "Late.", DurationUsage(0.5))
    talk.server.note_words(item_id, "Late.")
    failed, completed, _deleted, late = talk.events()[3:]
    assert failed["error"]["message"] == "No words."
    assert completed["usage"]["total_tokens"] == 7
    assert late["transcript"] == "Late."
    assert talk.server.messages() == ()


def test_the_shell_reports_errors_of_its_own() -> None:
    talk = Talk()
    talk.server.report_error("session_expired", "The session is over.")
    error = talk.error()
    assert (error["type"], error["code"]) == ("server_error", "session_expired")
