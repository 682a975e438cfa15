"""What a session hears, on virtual time: fake engine and socket, the real protocol half."""

import asyncio
import json

import pytest

from app.core.errors import EngineError
from tests.support.serving import append, silence_of, utterance
from tests.support.speech_engine import (
    CREATE,
    SPOKEN,
    FakeEngine,
    FakeSocket,
    hold,
    listening,
    message,
    update,
)


def test_a_turns_times_are_of_the_media_with_padding_before_and_silence_after() -> None:
    async def script(socket: FakeSocket) -> None:
        socket.put(append(silence_of(1000)))
        socket.put(append(utterance(speech_ms=400, silence_ms=300)))
        await socket.until("response.done")

    socket = hold(FakeEngine(replies=[SPOKEN]), script)

    started = socket.last("input_audio_buffer.speech_started")
    stopped = socket.last("input_audio_buffer.speech_stopped")
    assert started["audio_start_ms"] == 1000 + 100 - 300
    assert stopped["audio_end_ms"] == 1000 + 100 + 400 + 200
    assert started["item_id"] == stopped["item_id"]


def test_padding_never_reaches_back_into_the_turn_before() -> None:
    async def script(socket: FakeSocket) -> None:
        socket.put(listening(create_response=False))
        socket.put(append(utterance(speech_ms=100, silence_ms=210)))
        socket.put(append(utterance(speech_ms=100, silence_ms=300)))
        await socket.until("conversation.item.input_audio_transcription.completed", 2)

    socket = hold(FakeEngine(), script)

    starts = [
        event["audio_start_ms"]
        for event in socket.events
        if event["type"] == "input_audio_buffer.speech_started"
    ]
    assert starts == [0, 400]


def test_deltas_are_what_two_interim_texts_agree_on_and_join_to_the_final_words() -> None:
    partials = ["What", "What is the", "What is a time", "What is the time now"]
    engine = FakeEngine(words=["What is the time?"], partials=partials)

    async def script(socket: FakeSocket) -> None:
        socket.put(listening(create_response=False))
        socket.put(append(utterance()))
        await socket.until("conversation.item.input_audio_transcription.completed")

    socket = hold(engine, script)

    deltas = [
        event["delta"]
        for event in socket.events
        if event["type"] == "conversation.item.input_audio_transcription.delta"
    ]
    assert deltas == ["What", " is", " the time?"]
    done = socket.last("conversation.item.input_audio_transcription.completed")
    assert done["transcript"] == "What is the time?"
    assert done["usage"]["input_token_details"]["audio_tokens"] == 7


def test_a_client_that_wants_no_transcription_is_told_no_words() -> None:
    async def script(socket: FakeSocket) -> None:
        socket.put(append(utterance()))
        await socket.until("response.done")

    engine = FakeEngine(partials=["Hello"], replies=[SPOKEN])
    socket = hold(engine, script)

    assert not [kind for kind in socket.kinds() if "transcription" in kind]
    assert engine.requests[0].messages[0].text == "Hello there."


def test_a_client_that_is_far_behind_gets_no_interim_texts_but_all_of_the_final_one() -> None:
    async def script(socket: FakeSocket) -> None:
        socket.backlog_bytes = 1_000_000
        socket.put(listening(create_response=False))
        socket.put(append(utterance()))
        await socket.until("conversation.item.input_audio_transcription.completed")

    socket = hold(FakeEngine(partials=["Hello", "Hello there."]), script)

    delta = "conversation.item.input_audio_transcription.delta"
    assert [event["delta"] for event in socket.events if event["type"] == delta] == ["Hello there."]


def test_words_that_cannot_be_recognised_are_reported_and_the_turn_is_answered() -> None:
    engine = FakeEngine(words=[EngineError("too busy")], replies=[SPOKEN])

    async def script(socket: FakeSocket) -> None:
        socket.put(listening())
        socket.put(append(utterance()))
        await socket.until("response.done")

    socket = hold(engine, script)

    failed = socket.last("conversation.item.input_audio_transcription.failed")
    assert failed["error"]["message"] == "too busy"
    assert socket.last("response.done")["response"]["status"] == "completed"


def test_push_to_talk_hears_everything_and_answers_only_when_asked() -> None:
    engine = FakeEngine(replies=[SPOKEN])

    async def script(socket: FakeSocket) -> None:
        socket.put(update(audio={"input": {"turn_detection": None}}))
        socket.put(append(utterance()))
        socket.put({"type": "input_audio_buffer.commit"})
        await socket.until("conversation.item.done")
        socket.put(CREATE)
        await socket.until("response.done")

    socket = hold(engine, script)

    assert "input_audio_buffer.speech_started" not in socket.kinds()
    assert engine.utterances[0].frames == 800 * 16
    assert [one.text for one in engine.requests[0].messages] == ["Hello there."]


def test_cleared_audio_is_never_recognised() -> None:
    engine = FakeEngine(words=["Never.", "Heard."], replies=[SPOKEN])

    async def script(socket: FakeSocket) -> None:
        socket.put(append(utterance(silence_ms=50)))
        socket.put({"type": "input_audio_buffer.clear"})
        socket.put(append(utterance()))
        await socket.until("response.done")

    hold(engine, script)

    assert engine.utterances[0].cancelled
    assert [one.text for one in engine.requests[0].messages] == ["Heard."]


def test_an_item_made_of_audio_is_recognised_for_the_model() -> None:
    engine = FakeEngine(words=["From a file."], replies=[SPOKEN])

    async def script(socket: FakeSocket) -> None:
        audio = json.loads(append(utterance()))["audio"]
        item = message("")["item"] | {"content": [{"type": "input_audio", "audio": audio}]}
        socket.put({"type": "conversation.item.create", "item": item})
        socket.put(CREATE)
        await socket.until("response.done")

    socket = hold(engine, script)

    assert [one.text for one in engine.requests[0].messages] == ["From a file."]
    usage = socket.last("response.done")["response"]["usage"]
    assert usage["input_token_details"]["audio_tokens"] == 8


def test_the_engine_may_ask_which_reply_the_words_so_far_would_bring() -> None:
    engine = FakeEngine(replies=[SPOKEN])
    foreseen = []

    async def script(socket: FakeSocket) -> None:
        socket.put(append(utterance(silence_ms=100)))
        await socket.until("input_audio_buffer.speech_started")
        await asyncio.sleep(1)
        assert engine.expect is not None
        foreseen.append(engine.expect("Hello there."))
        socket.put(append(silence_of(200)))
        await socket.until("response.done")

    hold(engine, script)

    assert foreseen[0] is not None
    assert list(foreseen[0].messages) == list(engine.requests[0].messages)
    assert foreseen[0].instructions == engine.requests[0].instructions


def test_a_client_may_commit_while_the_user_speaks_and_the_rest_is_another_turn() -> None:
    engine = FakeEngine(words=["First half.", "Second half."], replies=[SPOKEN])

    async def script(socket: FakeSocket) -> None:
        socket.put(listening(create_response=False))
        socket.put(append(utterance(silence_ms=0)))
        await socket.until("input_audio_buffer.speech_started")
        socket.put({"type": "input_audio_buffer.commit"})
        socket.put(append(utterance()))
        await socket.until("conversation.item.input_audio_transcription.completed", 2)

    socket = hold(engine, script)

    done = "conversation.item.input_audio_transcription.completed"
    texts = [event["transcript"] for event in socket.events if event["type"] == done]
    assert texts == ["First half.", "Second half."]


def test_a_commit_of_silence_is_an_item_without_words() -> None:
    engine = FakeEngine(words=[""], replies=[SPOKEN])

    async def script(socket: FakeSocket) -> None:
        socket.put(listening())
        socket.put(append(silence_of(300)))
        socket.put({"type": "input_audio_buffer.commit"})
        await socket.until("conversation.item.input_audio_transcription.completed")

    socket = hold(engine, script)

    assert engine.utterances[0].frames == 300 * 16
    assert socket.last("conversation.item.done")["item"]["role"] == "user"


def test_turning_detection_off_in_mid_speech_loses_no_word_and_on_again_hears_the_next() -> None:
    engine = FakeEngine(words=["Pushed.", "Detected."], replies=[SPOKEN])

    async def script(socket: FakeSocket) -> None:
        socket.put(append(utterance(silence_ms=0)))
        await socket.until("input_audio_buffer.speech_started")
        socket.put(update(audio={"input": {"turn_detection": None}}))
        socket.put(append(utterance()))
        socket.put({"type": "input_audio_buffer.commit"})
        await socket.until("input_audio_buffer.committed")
        socket.put(listening(create_response=False))
        socket.put(append(utterance()))
        await socket.until("conversation.item.input_audio_transcription.completed")

    socket = hold(engine, script)

    assert len(engine.utterances) == 2
    assert not engine.utterances[0].cancelled
    done = socket.last("conversation.item.input_audio_transcription.completed")
    assert done["transcript"] == "Detected."


@pytest.mark.parametrize(("eagerness", "ended"), [("high", True), ("auto", False), ("low", False)])
def test_an_eager_sense_of_turns_waits_less(
    eagerness: str,
    ended: bool,  # noqa: FBT001 - a column of the table
) -> None:
    detection = {"type": "semantic_vad", "eagerness": eagerness}

    async def script(socket: FakeSocket) -> None:
        socket.put(update(audio={"input": {"turn_detection": detection}}))
        socket.put(append(utterance(silence_ms=600)))
        await socket.until("input_audio_buffer.speech_started")
        await asyncio.sleep(1)

    socket = hold(FakeEngine(replies=[SPOKEN]), script)

    assert ("input_audio_buffer.speech_stopped" in socket.kinds()) is ended


def test_a_client_that_goes_while_its_words_are_being_recognised_stops_that() -> None:
    engine = FakeEngine()

    async def script(socket: FakeSocket) -> None:
        socket.put(append(utterance()))
        await socket.until("input_audio_buffer.committed")

    hold(engine, script)

    assert engine.utterances[0].cancelled
    assert engine.requests == []
