"""Every (state, cause) pair: either the table's arrow or an error, and nothing in between."""

import json

import pytest

from app.core.commands import CommitInput
from app.core.config import SessionSettings
from app.core.errors import LocalProtocolError, RemoteProtocolError
from app.core.events import SessionReady
from app.protocols.openai_realtime.client import READERS, OpenAIRealtimeClient, cause_of
from app.protocols.openai_realtime.states import TRANSITIONS, Cause, State
from tests.support.wire import NOW, example_event

SAMPLES = {
    Cause.CREATED: example_event("ga", "server", "session.created", optional="absent"),
    Cause.UPDATED: example_event("ga", "server", "session.updated", optional="absent"),
    Cause.WORK: {"type": "input_audio_buffer.cleared"},
    Cause.NOTICE: {"type": "rate_limits.updated", "rate_limits": []},
}


def client_in(state: State) -> OpenAIRealtimeClient:
    client = OpenAIRealtimeClient(SessionSettings())
    client.state = state
    return client


@pytest.mark.parametrize("cause", SAMPLES)
@pytest.mark.parametrize("state", State)
def test_a_server_message_follows_the_table(state: State, cause: Cause) -> None:
    client = client_in(state)
    message = json.dumps(SAMPLES[cause])

    if cause in TRANSITIONS[state]:
        client.receive_message(message, NOW)
        assert client.state is TRANSITIONS[state][cause]
        assert client.events_received()
    else:
        with pytest.raises(RemoteProtocolError, match=f"is not allowed while {state}"):
            client.receive_message(message, NOW)
        assert client.state is state
        assert client.events_received() == []
        assert client.messages_to_send() == []


@pytest.mark.parametrize("state", State)
def test_a_command_follows_the_table(state: State) -> None:
    client = client_in(state)

    if Cause.COMMAND in TRANSITIONS[state]:
        client.send_command(CommitInput())
        assert client.state is TRANSITIONS[state][Cause.COMMAND]
        assert len(client.messages_to_send()) == 1
    else:
        with pytest.raises(LocalProtocolError, match=f"CommitInput is not allowed while {state}"):
            client.send_command(CommitInput())
        assert client.messages_to_send() == []


def test_every_state_is_in_the_table_and_every_cause_in_some_state() -> None:
    assert set(TRANSITIONS) == set(State)
    assert {cause for arrows in TRANSITIONS.values() for cause in arrows} == set(Cause)


def test_every_kind_has_the_cause_that_its_name_says() -> None:
    by_cause: dict[Cause, set[str]] = {}
    for kind in READERS:
        by_cause.setdefault(cause_of(kind), set()).add(kind)

    assert by_cause[Cause.CREATED] == {"session.created"}
    assert by_cause[Cause.UPDATED] == {"session.updated", "transcription_session.updated"}
    assert by_cause[Cause.NOTICE] == {
        "conversation.created",
        "error",
        "rate_limits.updated",
        "mcp_list_tools.in_progress",
        "mcp_list_tools.completed",
        "mcp_list_tools.failed",
    }


@pytest.mark.parametrize("kind", ["response.event", "ping", "conversation.item.sung"])
def test_an_unknown_kind_is_a_notice_whatever_it_is_called(kind: str) -> None:
    assert cause_of(kind) is Cause.NOTICE


def test_work_of_a_server_that_never_says_updated_makes_the_session_ready_once() -> None:
    client = OpenAIRealtimeClient(SessionSettings())
    created = {"type": "session.created", "session": {"id": "s1", "model": "m"}}
    client.receive_message(json.dumps(created), NOW)
    client.events_received()

    for _ in range(2):
        client.receive_message('{"type":"input_audio_buffer.cleared"}', NOW)

    ready, cleared, again = client.events_received()
    assert ready == SessionReady(at_ns=NOW, session_id="s1", effective={"id": "s1", "model": "m"})
    assert type(cleared) is type(again) is not SessionReady
