"""Whatever a client sends: errors are queued, nothing is raised, every answer is valid."""

import json
from typing import Any

from hypothesis import given, settings, strategies as st

from app.protocols.openai_realtime.schema_events import EVENTS
from app.protocols.openai_realtime.server_values import ResponseRequested
from tests.support.bad_events import prepared_talk
from tests.support.realtime_server import Talk

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "id",
                    "audio",
                    "input",
                    "output",
                    "format",
                    "role",
                    "content",
                    "name",
                    "text",
                    "transcript",
                    "turn_detection",
                    "voice",
                    "tools",
                    "call_id",
                    "output",
                    "speed",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
WORDS = st.sampled_from(
    [
        *EVENTS,
        "realtime",
        "message",
        "user",
        "assistant",
        "function_call",
        "input_audio",
        "output_audio",
        "server_vad",
        "audio/pcm",
        "first",
        "spoken",
        "AAAAAA==",
    ]
)
FIELDS = st.sampled_from(
    [
        "session",
        "item",
        "response",
        "audio",
        "item_id",
        "audio_end_ms",
        "content_index",
        "previous_item_id",
        "response_id",
        "event_id",
    ]
)
MESSAGES = st.fixed_dictionaries({"type": st.sampled_from(list(EVENTS))}, optional={}).flatmap(
    lambda event: st.dictionaries(FIELDS, JSON | WORDS, max_size=4).map(lambda f: f | event)
)


@settings(max_examples=40, deadline=None)
@given(st.lists(MESSAGES | JSON, max_size=4))
def test_no_client_event_raises_and_every_answer_is_valid(messages: list[Any]) -> None:
    talk = prepared_talk()
    for message in messages:
        for request in talk.server.receive_message(json.dumps(message)):
            if isinstance(request, ResponseRequested):
                talk.server.begin_response(request.options).finish()
        talk.events()


@settings(max_examples=50, deadline=None)
@given(st.text() | st.binary())
def test_no_message_raises(message: str | bytes) -> None:
    talk = Talk()
    assert talk.server.receive_message(message) == []
    assert talk.error()["type"] == "invalid_request_error"
