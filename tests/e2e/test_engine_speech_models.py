"""Other models in the place of the built-in ones."""

import asyncio
import threading
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
import xllamacpp

from app.core.errors import EngineError
from app.localengine.loading import EngineChoice
from app.localengine.ports import Message, ReplyAudio, ReplyPiece, ReplyRequest, ReplyText, Role
from app.localengine.stages.openai_chat import OpenAiChat, chat_base
from app.localengine.stages.prompts import PlainPrompt
from app.localengine.stages.smollm import LlamaModel
from app.localengine.weights import PIPER_JOE, SMOLLM
from app.localengine.weights_store import WeightStore
from tests.support.engines import open_real_engine

pytestmark = pytest.mark.timeout(180)

HELLO = [Message(role=Role.USER, text="What is the capital of Italy?")]


def reply(choice: EngineChoice) -> tuple[list[str], list[ReplyPiece]]:
    async def main() -> tuple[list[str], list[ReplyPiece]]:
        engine = await open_real_engine(choice)
        try:
            request = ReplyRequest(messages=HELLO, max_output_tokens=12)
            return list(engine.voices), [piece async for piece in engine.reply(request)]
        finally:
            await engine.close()

    return asyncio.run(main())


def test_a_model_and_a_voice_by_path_are_used(weights: WeightStore) -> None:
    voice, model = weights.path(PIPER_JOE), weights.path(SMOLLM)

    voices, pieces = reply(EngineChoice(llm=str(model), voice=str(voice)))

    assert voices[0] == "en_US-joe-medium"
    assert "".join(p.text for p in pieces if isinstance(p, ReplyText)).strip()
    assert any(np.any(p.samples) for p in pieces if isinstance(p, ReplyAudio))


@pytest.fixture(scope="module")
def endpoint(weights: WeightStore) -> Iterator[str]:
    """Give the base URL of a chat endpoint that we did not write: llama.cpp's own."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights.path(SMOLLM))
    parameters.n_ctx = 512
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.verbosity = -1
    parameters.api_keys = ["sk-of-this-test"]
    server = xllamacpp.Server(parameters)
    yield f"{server.listening_address}/v1"
    del server


def chat(base: str, key: str | None) -> OpenAiChat:
    return OpenAiChat(chat_base(base), None, key, PlainPrompt())


def test_an_endpoint_of_another_make_answers_and_no_proxy_is_asked(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    said: list[str] = []

    chat(endpoint, "sk-of-this-test").reply(
        HELLO, max_tokens=8, stop=threading.Event(), emit=said.append
    )

    assert "".join(said).strip()
    assert len(said) <= 9


def test_it_stops_in_the_middle(endpoint: str) -> None:
    said, stop = list[str](), threading.Event()

    def emit(text: str) -> None:
        said.append(text)
        stop.set()

    story = [Message(role=Role.USER, text="Tell me a very long story.")]
    chat(endpoint, "sk-of-this-test").reply(story, max_tokens=400, stop=stop, emit=emit)

    assert 1 <= len(said) < 100


def test_a_wrong_key_is_refused_by_it_and_not_repeated_by_us(endpoint: str) -> None:
    with pytest.raises(EngineError, match="refused the key") as caught:
        chat(endpoint, "sk-wrong").reply(
            HELLO, max_tokens=8, stop=threading.Event(), emit=lambda _: None
        )

    assert "sk-wrong" not in f"{caught.value} {caught.value.hint}"


def test_nobody_there_is_said() -> None:
    with pytest.raises(EngineError, match="could not be reached"):
        OpenAiChat(httpx.URL("http://127.0.0.1:9/v1"), "m", None, PlainPrompt()).reply(
            HELLO, max_tokens=8, stop=threading.Event(), emit=lambda _: None
        )


def test_a_conversation_that_is_too_long_is_refused_and_said(weights: WeightStore) -> None:
    model = LlamaModel(weights.path(SMOLLM), PlainPrompt(), context_tokens=256)
    long = [Message(role=Role.USER, text="word " * 500)]

    with pytest.raises(EngineError, match="refused the conversation"):
        model.reply(long, max_tokens=5, stop=threading.Event(), emit=lambda _: None)
