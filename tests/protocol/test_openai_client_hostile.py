"""Whatever arrives: events, or the peer's fault. Never another error, never half a change."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from app.core.config import Dialect, SessionSettings
from app.core.errors import RemoteProtocolError
from app.protocols.openai_realtime.client import READERS, OpenAIRealtimeClient
from app.protocols.openai_realtime.states import State
from tests.support.wire import NOW, TRACE_NAMES, example_event, load_trace

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(st.characters(codec=None, exclude_categories=()), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
REAL = [line.message for name in TRACE_NAMES for line in load_trace(name) if not line.sent]
REAL += [
    example_event("ga", "server", kind, optional="filled")
    for kind in sorted(READERS)
    if kind in {"response.mcp_call.failed", "input_audio_buffer.timeout_triggered"}
]


def client_at_work() -> OpenAIRealtimeClient:
    client = OpenAIRealtimeClient(SessionSettings(), Dialect.OPENAI_GA)
    client.state = State.READY
    return client


def refused(client: OpenAIRealtimeClient, message: str | bytes) -> RemoteProtocolError | None:
    try:
        client.receive_message(message, NOW)
    except RemoteProtocolError as exc:
        return exc
    return None


def survives(client: OpenAIRealtimeClient, message: str | bytes) -> None:
    before = client.state

    error = refused(client, message)

    events = client.events_received()
    if error is None:
        assert all(event.at_ns == NOW for event in events)
    else:
        assert len(str(error)) < 300
        assert client.state is before
        assert events == []
        assert client.messages_to_send() == []


@given(st.text() | st.binary())
@settings(max_examples=40, deadline=None)
def test_any_text_or_octets(message: str | bytes) -> None:
    survives(client_at_work(), message)


@given(JSON)
@settings(max_examples=40, deadline=None)
def test_any_json(value: Any) -> None:
    survives(client_at_work(), json.dumps(value))


@given(kind=st.sampled_from(sorted(READERS)), fields=st.dictionaries(st.text(max_size=8), JSON))
@settings(max_examples=40, deadline=None)
def test_any_fields_in_a_known_kind(kind: str, fields: dict[str, Any]) -> None:
    survives(client_at_work(), json.dumps({**fields, "type": kind}))


@given(message=st.sampled_from(REAL), data=st.data())
@settings(max_examples=80, deadline=None)
def test_a_real_message_with_a_field_replaced_or_gone(message: Any, data: st.DataObject) -> None:
    mutated = copy.deepcopy(message)
    place = mutated
    while True:
        name = data.draw(st.sampled_from(sorted(place)))
        inner = place[name]
        if not isinstance(inner, dict) or not inner or data.draw(st.booleans()):
            break
        place = inner
    if data.draw(st.booleans()):
        del place[name]
    else:
        place[name] = data.draw(JSON)

    for state in State:
        client = client_at_work()
        client.state = state
        survives(client, json.dumps(mutated))


@given(message=st.sampled_from(REAL), data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_real_message_cut_short(message: Any, data: st.DataObject) -> None:
    text = json.dumps(message)

    survives(client_at_work(), text[: data.draw(st.integers(0, len(text) - 1))])


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "null",
        "7",
        "{}",
        '{"type":null}',
        '{"type":["session.created"]}',
        '{"type":{"a":1}}',
        '{"type":"response.done"}',
        '{"type":"response.done","response":null}',
        '{"type":"session.updated","session":[]}',
        '{"type":"response.output_audio.delta","response_id":"r","item_id":"i","delta":"A"}',
        '{"type":"response.output_audio.delta","response_id":"r","item_id":"i","delta":"A-_="}',
        '{"type":"response.output_audio.delta","response_id":"r","item_id":"i","delta":7}',
        '{"type":"response.output_audio.delta","item_id":"i","delta":"AAAA"}',
        '{"type":"input_audio_buffer.speech_started","audio_start_ms":true}',
        '{"type":"input_audio_buffer.speech_started","audio_start_ms":1e999}',
        '{"type":"error","error":7}',
        "[" * 100_000,
        '{"type":' + '{"a":' * 100_000,
        '{"type":"ping","n":' + "9" * 5_000 + "}",
        b"\xff\xfe\x00",
    ],
)
def test_a_malformed_message_is_the_peers_fault(message: str | bytes) -> None:
    client = client_at_work()

    with pytest.raises(RemoteProtocolError):
        client.receive_message(message, NOW)

    assert client.state is State.READY
    assert client.events_received() == []


def test_an_error_tells_which_field_and_not_what_it_held() -> None:
    message = '{"type":"error","error":["a secret of the peer"]}'

    with pytest.raises(RemoteProtocolError, match="malformed error: error is not an object") as e:
        client_at_work().receive_message(message, NOW)

    assert "secret" not in str(e.value)
