"""What a session answers, on virtual time: fake engine and socket, the real protocol half."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.core.errors import EngineError
from app.localengine.ports import (
    ReplyCall,
    ReplyCut,
    ReplyFailed,
    ReplyIncomplete,
    ReplyPiece,
    ReplyRaw,
    ReplyRequest,
    ReplyText,
    Role,
    ToolCall,
    WordsBy,
)
from tests.support.serving import append, utterance
from tests.support.speech_engine import (
    CREATE,
    LONG,
    SPOKEN,
    FakeEngine,
    FakeSocket,
    hold,
    listening,
    message,
    update,
)


def test_a_reply_waits_for_the_words_and_counts_every_token() -> None:
    engine = FakeEngine(replies=[SPOKEN])

    async def script(socket: FakeSocket) -> None:
        for _ in range(2):
            socket.put(append(utterance()))
            await socket.until("response.done", len(engine.requests) + 1)

    socket = hold(engine, script)

    first, second = (
        event["response"]["usage"] for event in socket.events if event["type"] == "response.done"
    )
    assert first["output_token_details"] == {"text_tokens": 4, "audio_tokens": 40}
    assert first["input_token_details"]["audio_tokens"] == 7
    assert first["input_token_details"]["cached_tokens"] == 0
    assert second["input_token_details"]["audio_tokens"] == 7 + 40 + 8
    assert second["input_token_details"]["cached_tokens_details"]["audio_tokens"] == 7


def test_speaking_over_a_reply_stops_its_making_at_once() -> None:
    engine = FakeEngine(replies=[LONG])

    async def script(socket: FakeSocket) -> None:
        socket.put(append(utterance()))
        await socket.until("response.output_audio.delta")
        socket.put(append(utterance(silence_ms=0)))
        await socket.until("response.done")

    socket = hold(engine, script)

    kinds = socket.kinds()
    second = len(kinds) - 1 - kinds[::-1].index("input_audio_buffer.speech_started")
    done = socket.last("response.done")["response"]
    assert second < kinds.index("response.done")
    assert (done["status"], done["status_details"]["reason"]) == ("cancelled", "turn_detected")
    assert done["usage"]["output_token_details"]["audio_tokens"] == 20
    assert engine.closed == [0]
    assert done["output"][0]["status"] == "incomplete"


def test_without_interruption_the_reply_goes_on_and_the_turn_is_answered_after_it() -> None:
    engine = FakeEngine(replies=[LONG, SPOKEN])

    async def script(socket: FakeSocket) -> None:
        socket.put(listening(interrupt_response=False))
        socket.put(append(utterance()))
        await socket.until("response.output_audio.delta")
        socket.put(append(utterance()))
        await socket.until("response.done", 2)

    socket = hold(engine, script)

    statuses = [
        event["response"]["status"] for event in socket.events if event["type"] == "response.done"
    ]
    assert statuses == ["completed", "completed"]
    assert len(engine.requests[1].messages) == 3


def test_a_client_cancels_and_a_second_request_in_the_meantime_is_refused() -> None:
    engine = FakeEngine(replies=[LONG])

    async def script(socket: FakeSocket) -> None:
        socket.put(message("Tell a story."))
        socket.put(CREATE)
        await socket.until("response.output_audio.delta")
        socket.put(CREATE)
        await socket.until("error")
        socket.put({"type": "response.cancel"})
        await socket.until("response.done")

    socket = hold(engine, script)

    assert socket.last("error")["error"]["code"] == "conversation_already_has_active_response"
    details = socket.last("response.done")["response"]["status_details"]
    assert details["reason"] == "client_cancelled"


def test_a_truncated_reply_is_remembered_as_far_as_it_was_heard() -> None:
    engine = FakeEngine(replies=[SPOKEN])

    async def script(socket: FakeSocket) -> None:
        socket.put(message("Count."))
        socket.put(CREATE)
        done = await socket.until("response.done")
        cut = {"item_id": done["response"]["output"][0]["id"], "content_index": 0}
        socket.put({"type": "conversation.item.truncate", "audio_end_ms": 1000, **cut})
        socket.put(CREATE)
        await socket.until("response.done", 2)

    socket = hold(engine, script)

    assert [one.text for one in engine.requests[1].messages] == ["Count.", "One two"]
    usage = socket.last("response.done")["response"]["usage"]
    assert usage["input_token_details"]["audio_tokens"] == 20


def test_a_tool_call_and_its_output_reach_the_model_as_messages() -> None:
    call = ToolCall(call_id="call_1", name="get_weather", arguments='{"city":"Rome"}')
    engine = FakeEngine(replies=[(ReplyCall(call=call),), SPOKEN])
    tool = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}}

    async def script(socket: FakeSocket) -> None:
        socket.put(update(tools=[tool], tool_choice="required"))
        socket.put(message("Weather in Rome?"))
        socket.put(CREATE)
        await socket.until("response.done")
        output = {"type": "function_call_output", "call_id": "call_1", "output": "sunny"}
        socket.put({"type": "conversation.item.create", "item": output})
        socket.put({"type": "response.create", "response": {"tool_choice": "none"}})
        await socket.until("response.done", 2)

    hold(engine, script)

    first, second = engine.requests
    assert (first.tool_choice, second.tool_choice) == ("required", "none")
    assert first.tools[0]["name"] == "get_weather"
    assert [one.role for one in second.messages] == [Role.USER, Role.ASSISTANT, Role.TOOL]
    assert second.messages[1].call == call
    assert (second.messages[2].call_id, second.messages[2].text) == ("call_1", "sunny")


@pytest.mark.parametrize(
    ("piece", "status", "details"),
    [
        (
            ReplyIncomplete(reason="max_output_tokens"),
            "incomplete",
            {"type": "incomplete", "reason": "max_output_tokens"},
        ),
        (
            ReplyFailed(code="server_error", message="No luck."),
            "failed",
            {
                "type": "failed",
                "error": {"type": "server_error", "code": "server_error", "message": "No luck."},
            },
        ),
    ],
    ids=["incomplete", "failed"],
)
def test_a_reply_that_ends_early_says_why(
    piece: ReplyIncomplete | ReplyFailed, status: str, details: dict[str, Any]
) -> None:
    engine = FakeEngine(replies=[(SPOKEN[0], piece)])

    async def script(socket: FakeSocket) -> None:
        socket.put(CREATE)
        await socket.until("response.done")

    response = hold(engine, script).last("response.done")["response"]

    assert response["status"] == status
    assert response["status_details"] == details


def test_out_of_band_replies_run_beside_the_conversation_and_leave_no_trace() -> None:
    engine = FakeEngine(replies=[LONG, (ReplyText(text="Aside.", tokens=1),)])
    aside = {"conversation": "none", "metadata": {"topic": "aside"}, "output_modalities": ["text"]}

    async def script(socket: FakeSocket) -> None:
        socket.put(message("Tell a story."))
        socket.put(CREATE)
        await socket.until("response.output_audio.delta")
        socket.put(
            {"type": "response.create", "response": aside | {"input": [message("Hi?")["item"]]}}
        )
        await socket.until("response.done", 2)

    socket = hold(engine, script)

    done = [event["response"] for event in socket.events if event["type"] == "response.done"]
    assert done[0]["metadata"] == {"topic": "aside"}
    assert not engine.requests[1].spoken
    assert [one.text for one in engine.requests[1].messages] == ["Hi?"]


def test_a_simulated_break_of_the_protocol_is_sent_as_it_stands_and_a_cut_is_abrupt() -> None:
    engine = FakeEngine(replies=[(ReplyRaw(message='{"broken'), ReplyCut())])

    async def script(socket: FakeSocket) -> None:
        socket.put(CREATE)
        await asyncio.sleep(1)

    socket = hold(engine, script)

    assert socket.sent[-1] == '{"broken'
    assert socket.aborted


def test_a_reply_is_not_made_faster_than_a_slow_client_takes_it() -> None:
    engine = FakeEngine(replies=[(*SPOKEN, *SPOKEN)])

    async def script(socket: FakeSocket) -> None:
        socket.put(CREATE)
        await socket.until("response.created")
        socket.blocked.clear()
        await asyncio.sleep(10)
        stuck = socket.kinds().count("response.output_audio.delta")
        socket.blocked.set()
        await socket.until("response.done")
        assert stuck < 2
        assert socket.kinds().count("response.output_audio.delta") == 4

    hold(engine, script)


def test_a_client_that_goes_takes_its_reply_with_it() -> None:
    engine = FakeEngine(replies=[LONG])

    async def script(socket: FakeSocket) -> None:
        socket.put(CREATE)
        await socket.until("response.output_audio.delta")

    hold(engine, script)

    assert engine.closed == [0]


def test_an_engine_that_fails_fails_the_reply_and_not_the_session() -> None:
    class FailingEngine(FakeEngine):
        async def reply(self, request: ReplyRequest) -> AsyncIterator[ReplyPiece]:
            async for piece in super().reply(request):
                yield piece
            raise EngineError("the voice is gone")

    async def script(socket: FakeSocket) -> None:
        socket.put(CREATE)
        await socket.until("response.done")
        socket.put(CREATE)
        await socket.until("response.done", 2)

    socket = hold(FailingEngine(replies=[SPOKEN]), script)

    response = socket.last("response.done")["response"]
    assert response["status"] == "failed"
    assert response["status_details"]["error"]["message"] == "the voice is gone"
    assert response["output"][0]["content"][0]["transcript"] == "One two three four."


def test_a_deleted_item_is_neither_said_nor_counted_again() -> None:
    engine = FakeEngine(replies=[SPOKEN])

    async def script(socket: FakeSocket) -> None:
        socket.put(CREATE)
        done = await socket.until("response.done")
        item_id = done["response"]["output"][0]["id"]
        socket.put({"type": "conversation.item.delete", "item_id": item_id})
        socket.put(CREATE)
        await socket.until("response.done", 2)

    socket = hold(engine, script)

    assert list(engine.requests[1].messages) == []
    usage = socket.last("response.done")["response"]["usage"]
    assert usage["input_token_details"]["audio_tokens"] == 0


def test_no_reply_is_foreseen_while_one_is_being_given_or_none_would_follow() -> None:
    engine = FakeEngine(replies=[LONG])
    foreseen = []

    async def script(socket: FakeSocket) -> None:
        socket.put(listening(interrupt_response=False))
        socket.put(CREATE)
        await socket.until("response.output_audio.delta")
        socket.put(append(utterance(silence_ms=0)))
        await socket.until("input_audio_buffer.speech_started")
        assert engine.expect is not None
        foreseen.append(engine.expect("Hello."))
        socket.put({"type": "response.cancel"})
        await socket.until("response.done")
        foreseen.append(engine.expect("Hello."))
        socket.put(listening(create_response=False))
        await socket.until("session.updated", 2)
        foreseen.append(engine.expect("Hello."))

    hold(engine, script)

    assert [one is None for one in foreseen] == [True, False, True]


def test_a_reply_that_is_cancelled_before_the_words_are_known_asks_the_engine_nothing() -> None:
    engine = FakeEngine(replies=[SPOKEN])

    async def script(socket: FakeSocket) -> None:
        socket.put(append(utterance()))
        await socket.until("response.created")
        socket.put({"type": "response.cancel"})
        await socket.until("response.done")
        await asyncio.sleep(1)

    socket = hold(engine, script)

    assert engine.requests == []
    assert socket.last("response.done")["response"]["output"] == []


@pytest.mark.parametrize(
    ("writes", "replies", "read", "written", "spoken"),
    [
        (WordsBy.HERE, SPOKEN, 0, 4, 40),
        (WordsBy.ELSEWHERE, SPOKEN, 2, 4, 40),
        (WordsBy.KNOWN, SPOKEN, 0, 0, 40),
        (WordsBy.ELSEWHERE, [ReplyFailed(code="server_error", message="No.")], 0, 0, 0),
    ],
    ids=["here", "elsewhere", "a skill", "refused"],
)
def test_only_what_a_service_elsewhere_reads_and_writes_is_counted_as_its_text(
    writes: WordsBy, replies: Any, read: int, written: int, spoken: int
) -> None:
    engine = FakeEngine(replies=[replies])
    engine.writes = writes

    async def script(socket: FakeSocket) -> None:
        socket.put(append(utterance()))
        await socket.until("response.done")

    usage = hold(engine, script).last("response.done")["response"]["usage"]

    assert usage["input_token_details"]["text_tokens"] == read
    assert usage["output_token_details"] == {"text_tokens": written, "audio_tokens": spoken}
