"""The server half's state tables, walked pair by pair."""

from collections.abc import Callable

import pytest

from app.core.errors import LocalProtocolError
from app.core.ids import CallId, ItemId
from app.protocols.openai_realtime import server_input, server_response
from app.protocols.openai_realtime.conversation import Conversation
from app.protocols.openai_realtime.items import assistant_message
from app.protocols.openai_realtime.server_input import InputBuffer, InputCause, InputState
from app.protocols.openai_realtime.server_response import (
    ResponseWriter,
    WriterCause,
    WriterState,
)
from app.protocols.openai_realtime.server_values import ContextCall, Encoding
from tests.support.realtime_server import CountingIds, Talk

INPUT_PAIRS = [(state, cause) for state in InputState for cause in InputCause]
WRITER_PAIRS = [(state, cause) for state in WriterState for cause in WriterCause]
CALL = ContextCall(call_id=CallId("c"), name="f", arguments="{}")
DO: dict[WriterCause, Callable[[ResponseWriter], None]] = {
    WriterCause.CONTENT: lambda writer: writer.text("word"),
    WriterCause.CALL: lambda writer: writer.call(CALL),
    WriterCause.FINISH: lambda writer: writer.finish(),
}
REACH: dict[WriterState, Callable[[ResponseWriter], None]] = {
    WriterState.BETWEEN: lambda writer: None,
    WriterState.MESSAGE: lambda writer: writer.audio(bytes(960)),
    WriterState.DONE: lambda writer: writer.finish(),
}


@pytest.mark.parametrize(("state", "cause"), INPUT_PAIRS)
def test_input_moves_only_as_its_table_says(state: InputState, cause: InputCause) -> None:
    buffer = InputBuffer(CountingIds(), Encoding.PCM)
    buffer.state = state
    after = server_input.TRANSITIONS[state].get(cause)
    if after is None:
        with pytest.raises(LocalProtocolError, match=f"{state} cannot have {cause}"):
            buffer.move(cause)
        assert buffer.state is state
    else:
        buffer.move(cause)
        assert buffer.state is after


@pytest.mark.parametrize(("state", "cause"), WRITER_PAIRS)
def test_a_response_moves_only_as_its_table_says(state: WriterState, cause: WriterCause) -> None:
    talk = Talk()
    writer = talk.server.begin_response(talk.server.default_options())
    REACH[state](writer)
    assert writer.state is state
    talk.events()
    after = server_response.TRANSITIONS[state].get(cause)
    if after is None:
        with pytest.raises(LocalProtocolError, match=cause.value):
            DO[cause](writer)
        assert talk.events() == []
    else:
        DO[cause](writer)
        assert writer.state is after
        assert talk.events()


def test_the_shell_cannot_break_the_order_of_things() -> None:
    talk = Talk()
    writer = talk.server.begin_response(talk.server.default_options())
    with pytest.raises(LocalProtocolError, match="not finished"):
        talk.server.begin_response(talk.server.default_options())
    with pytest.raises(ValueError, match="whole number"):
        writer.audio(b"\0")
    writer.audio(b"")
    assert writer.state is WriterState.BETWEEN
    writer.finish()
    text = talk.server.begin_response(talk.request(output_modalities=["text"]).options)
    with pytest.raises(LocalProtocolError, match="no audio"):
        text.audio(bytes(2))
    with pytest.raises(LocalProtocolError, match="no item"):
        Conversation("conv").put(assistant_message(ItemId("gone")))


def test_clearing_forgets_a_turn_that_had_begun() -> None:
    talk = Talk()
    first = talk.server.speech_started(0)
    talk.send("input_audio_buffer.clear")
    assert talk.server.input_state is InputState.QUIET
    assert talk.server.speech_started(10) != first
