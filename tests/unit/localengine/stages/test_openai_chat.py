import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from app.core.errors import ConfigError, EngineError
from app.localengine.ports import Message, Role
from app.localengine.stages.openai_chat import OpenAiChat, chat_base, is_loopback
from app.localengine.stages.prompts import PlainPrompt

KEY = "sk-not-a-real-key"
Handler = Callable[[httpx.Request], httpx.Response]


def part(text: str) -> bytes:
    return f"data: {json.dumps({'choices': [{'delta': {'content': text}}]})}\n\n".encode()


class Pieces(httpx.AsyncByteStream):
    """A body that arrives piece by piece, and breaks off or goes on for ever if told to."""

    def __init__(self, *pieces: bytes, fails: bool = False, endless: bool = False) -> None:
        self._pieces, self._fails, self._endless = pieces, fails, endless

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
        if self._fails:
            raise httpx.RemoteProtocolError("peer closed connection")
        if self._endless:
            await asyncio.Event().wait()


def answers(body: Pieces, kind: str = "text/event-stream") -> Handler:
    return lambda _: httpx.Response(200, headers={"content-type": kind}, stream=body)


def chat(handler: Handler, *, model: str | None = "m", key: str | None = KEY) -> OpenAiChat:
    base = chat_base("http://127.0.0.1:9/v1")
    return OpenAiChat(base, model, key, PlainPrompt(), httpx.MockTransport(handler))


def reply(model: OpenAiChat, stop: threading.Event | None = None) -> list[str]:
    said: list[str] = []
    model.reply(
        [Message(role=Role.USER, text="Hi")],
        max_tokens=9,
        stop=stop or threading.Event(),
        emit=said.append,
    )
    return said


def test_words_are_given_out_as_they_come() -> None:
    wire = b": hi\n\n" + part("Caf\u00e9 ") + part("au lait") + b"data: [DONE]\n\n" + part("late")

    said = reply(chat(answers(Pieces(*(wire[n : n + 1] for n in range(len(wire)))))))

    assert "".join(said) == "Caf\u00e9 au lait"


def test_the_request_is_what_such_endpoints_expect() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=part("ok"))

    reply(chat(handler))

    assert str(seen[0].url) == "http://127.0.0.1:9/v1/chat/completions"
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert json.loads(seen[0].content) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 9,
        "stream": True,
    }


def test_a_usage_part_and_a_missing_end_mark_do_no_harm() -> None:
    usage = b'data: {"choices": [], "usage": {"total_tokens": 3}}\n\n'
    role = b'data: {"choices": [{"delta": {"role": "assistant", "content": null}}]}\n\n'

    said = reply(chat(answers(Pieces(role, part("Yes"), usage, part(".").rstrip()))))

    assert "".join(said) == "Yes."


def test_an_answer_that_comes_whole_is_taken_too() -> None:
    body = json.dumps({"choices": [{"message": {"content": "All at once."}}]}).encode()

    assert reply(chat(answers(Pieces(body), "application/json"))) == ["All at once."]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (Pieces(part("I "), b'data: {"error": {"message": "boom"}}\n\n'), "reported an error"),
        (Pieces(part("I "), b"data: {broken\n\n"), "no chat stream"),
        (Pieces(part("I "), b"data: [1]\n\n"), "no chat stream"),
        (Pieces(part("I "), fails=True), "broke off"),
    ],
    ids=["error part", "bad JSON", "not an object", "connection lost"],
)
def test_a_failure_in_the_middle_is_said(body: Pieces, message: str) -> None:
    with pytest.raises(EngineError, match=message) as caught:
        reply(chat(answers(body)))

    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "message"),
    [(401, "refused the key"), (404, "does not know"), (429, "over its limit"),
     (500, "failed"), (302, "failed")],
)  # fmt: skip
def test_a_refusal_says_why_and_never_the_key(status: int, message: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, text=f"bad key {KEY}", headers={"location": "http://e.il/"})

    with pytest.raises(EngineError, match=message) as caught:
        reply(chat(handler))

    assert KEY not in f"{caught.value} {caught.value.hint}"


def test_a_silent_endpoint_is_said() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("nothing", request=request)

    with pytest.raises(EngineError, match="did not answer in time"):
        reply(chat(handler))


def test_an_endpoint_that_is_not_there_is_said() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(EngineError, match="could not be reached"):
        reply(chat(handler))


def test_stopping_closes_an_endless_answer() -> None:
    stop = threading.Event()
    said: list[str] = []
    model = chat(answers(Pieces(part("On "), endless=True)))

    def emit(text: str) -> None:
        said.append(text)
        stop.set()

    model.reply([Message(role=Role.USER, text="Hi")], max_tokens=9, stop=stop, emit=emit)

    assert said == ["On "]


@pytest.mark.parametrize(
    ("listed", "message"),
    [({"data": [{"id": "first"}, {"id": "second"}]}, ""), ({"data": []}, "lists no models")],
)
def test_without_a_name_the_first_model_is_asked(listed: object, message: str) -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/models":
            return httpx.Response(200, json=listed)
        asked.append(json.loads(request.content)["model"])
        return httpx.Response(200, content=part("ok"))

    if message:
        with pytest.raises(EngineError, match=message):
            reply(chat(handler, model=None))
    else:
        reply(chat(handler, model=None, key=None))

    assert asked == ([] if message else ["first"])


def test_a_whole_answer_without_end_is_refused() -> None:
    body = Pieces(*[b" " * 100_000] * 11)

    with pytest.raises(EngineError, match="too long"):
        reply(chat(answers(body, "application/json")))


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://localhost:11434", "http://localhost:11434/v1"),
        ("http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("https://llm.example/api/v1/chat/completions", "https://llm.example/api/v1"),
    ],
)
def test_a_base_is_made_of_what_people_paste(url: str, base: str) -> None:
    assert str(chat_base(url)) == base


@pytest.mark.parametrize(
    "url",
    ["http://llm.example/v1", "ftp://localhost", "localhost:1", "", "http://", "http://a b/",
     "https://user:secret@llm.example/v1"],
)  # fmt: skip
def test_a_url_that_a_key_may_not_travel_to_is_refused(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        chat_base(url)

    assert "secret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.3.2.1", True), ("::1", True), ("10.0.0.1", False), ("x", False)],
)
def test_this_machine_is_known(host: str, *, expected: bool) -> None:
    assert is_loopback(host) is expected
