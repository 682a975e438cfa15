import asyncio
import threading
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from app.localengine.engine import EmbeddedEngine
from app.localengine.ports import (
    Message,
    ReplyAudio,
    ReplyCall,
    ReplyFailed,
    ReplyPiece,
    ReplyRequest,
    ReplyText,
    Role,
    WordsBy,
)
from tests.support.stages import (
    ScriptedModel,
    ScriptedRecognizer,
    ToneVoice,
    fake_engine,
    quiet,
    speech,
)


def asked(text: str, **more: object) -> ReplyRequest:
    return ReplyRequest(messages=[Message(role=Role.USER, text=text)], **more)  # type: ignore[arg-type]  # keyword values of many types


def run(
    engine: EmbeddedEngine, talk: Callable[[], Awaitable[list[ReplyPiece]]]
) -> list[ReplyPiece]:
    async def main() -> list[ReplyPiece]:
        try:
            return await talk()
        finally:
            await engine.close()
            await engine.close()

    return asyncio.run(main())


def reply(engine: EmbeddedEngine, request: ReplyRequest) -> list[ReplyPiece]:
    async def talk() -> list[ReplyPiece]:
        return [piece async for piece in engine.reply(request)]

    return run(engine, talk)


def text(pieces: list[ReplyPiece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, ReplyText))


def test_a_skill_answers_without_the_model() -> None:
    model = ScriptedModel("wrong")

    pieces = reply(fake_engine(model=model), asked("What is 12 times 7?"))

    assert text(pieces) == "12 times 7 is 84."
    assert any(isinstance(piece, ReplyAudio) for piece in pieces)
    assert model.asked == []


def test_what_no_skill_knows_goes_to_the_model_with_the_instructions() -> None:
    model = ScriptedModel("Fine.")
    request = asked("How are you?", instructions="Be brief.", max_output_tokens=20)

    pieces = reply(fake_engine(model=model), request)

    messages, max_tokens = model.asked[0]
    assert text(pieces) == "Fine."
    assert [(m.role, m.text) for m in messages] == [
        (Role.SYSTEM, "Be brief."),
        (Role.USER, "How are you?"),
    ]
    assert max_tokens == 21


def test_a_reply_in_writing_is_not_spoken() -> None:
    voice = ToneVoice()

    pieces = reply(fake_engine(voice=voice), asked("How are you?", spoken=False))

    assert {type(piece) for piece in pieces} == {ReplyText}
    assert voice.said == []


def test_an_unknown_voice_is_the_default_one() -> None:
    voice = ToneVoice()

    reply(fake_engine(voice=voice), asked("How are you?", voice="marin"))

    assert voice.said == ["Fine, thank you."]


def test_a_tool_that_is_asked_for_is_called() -> None:
    tool = {"name": "get_weather", "parameters": {"properties": {"city": {"type": "string"}}}}

    pieces = reply(fake_engine(), asked("What is the weather in Paris?", tools=[tool]))

    assert len(pieces) == 1
    assert isinstance(pieces[0], ReplyCall)
    assert pieces[0].call.arguments == '{"city": "Paris"}'


def test_a_closed_engine_fails_the_reply() -> None:
    engine = fake_engine()

    async def talk() -> list[ReplyPiece]:
        await engine.close()
        return [piece async for piece in engine.reply(asked("How are you?"))]

    assert run(engine, talk) == [
        ReplyFailed(code="server_error", message="the speech engine has been closed")
    ]


def test_it_tells_its_name_voices_and_counts() -> None:
    engine = fake_engine()

    assert engine.model == "vivavoce-local"
    assert engine.voices == ("tone",)
    assert engine.count_tokens("one two three") == 3
    assert engine.refused_jobs == 0
    run(engine, lambda: asyncio.sleep(0, []))


def test_a_detector_belongs_to_one_session() -> None:
    engine = fake_engine()
    one, other = engine.detector(), engine.detector()

    assert [mark.started for mark in one.feed(speech(5))] == [True]
    assert other.feed(speech(1)) == []
    run(engine, lambda: asyncio.sleep(0, []))


# --- replies that are begun while the speaker pauses ---


async def until(done: Callable[[], bool]) -> None:
    while not done():
        await asyncio.to_thread(lambda: None)


def foresee(
    model: ScriptedModel, *after: np.ndarray, reply_to: str = "hello there"
) -> tuple[str, int]:
    """Speak, pause, then hear ``after``; return the reply's words and the model's runs."""
    engine = fake_engine(model=model, recognizer=ScriptedRecognizer("hello there"))

    async def talk() -> list[ReplyPiece]:
        utterance = engine.listen(lambda _: None, asked)
        utterance.feed(np.concatenate((speech(15), quiet(5))), speech=True)
        await until(lambda: len(model.asked) == 1)
        for audio in after:
            utterance.feed(audio, speech=True)
        await utterance.finish()
        return [piece async for piece in engine.reply(asked(reply_to))]

    return text(run(engine, talk)), len(model.asked)


def test_a_reply_begun_in_the_pause_is_the_one_that_is_given() -> None:
    assert foresee(ScriptedModel("Hello ", "you.")) == ("Hello you.", 1)


def test_a_reply_to_other_words_is_made_anew() -> None:
    assert foresee(ScriptedModel("Hello ", "you."), reply_to="good bye") == ("Hello you.", 2)


def test_a_reply_begun_too_early_is_stopped() -> None:
    gate = threading.Event()
    model = ScriptedModel("Hello ", "you.", gate=gate)
    gate.set()

    assert foresee(model, speech(3)) == ("Hello you.", 2)


def test_a_skill_is_not_foreseen() -> None:
    model = ScriptedModel("wrong")
    engine = fake_engine(model=model, recognizer=ScriptedRecognizer("what is two plus two"))

    async def talk() -> list[ReplyPiece]:
        utterance = engine.listen(lambda _: None, asked)
        utterance.feed(np.concatenate((speech(15), quiet(5))), speech=True)
        words = await utterance.finish()
        return [piece async for piece in engine.reply(asked(words))]

    assert text(run(engine, talk)) == "2 plus 2 is 4."
    assert model.asked == []


@pytest.mark.parametrize("foretold", [None, lambda _text: None], ids=["nobody", "nothing"])
def test_without_a_foretold_reply_nothing_is_begun(foretold: None) -> None:
    model = ScriptedModel("Hello.")
    engine = fake_engine(model=model)

    async def talk() -> list[ReplyPiece]:
        utterance = engine.listen(lambda _: None, foretold)
        utterance.feed(np.concatenate((speech(15), quiet(5))), speech=True)
        await utterance.finish()
        return []

    run(engine, talk)

    assert model.asked == []


@pytest.mark.parametrize(
    ("elsewhere", "question", "expected"),
    [
        (False, "How are you?", WordsBy.HERE),
        (True, "How are you?", WordsBy.ELSEWHERE),
        (True, "What is 12 times 7?", WordsBy.KNOWN),
    ],
)
def test_it_is_known_who_writes_a_reply(
    question: str, expected: WordsBy, *, elsewhere: bool
) -> None:
    engine = fake_engine(elsewhere=elsewhere)

    async def talk() -> list[ReplyPiece]:
        assert engine.words_by(asked(question)) is expected
        return []

    run(engine, talk)
