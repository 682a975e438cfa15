"""Any OpenAI-compatible chat endpoint as the language model, streamed.

A key travels in the Authorization header only, over https or to this machine; redirects are
not followed, and neither key nor answer bodies reach an error message.
"""

import asyncio
import ipaddress
import json
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import httpx

from app.core.errors import ConfigError, EngineError
from app.localengine.ports import Message
from app.localengine.stages.prompts import ChatPrompt, estimate_tokens
from app.localengine.stages.sse import EventStream

_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_STOP_POLL_S = 0.02
_MOST_BODY = 1_000_000
_DONE = "[DONE]"
_REFUSALS = {
    401: ("refused the key", "Check the key."),
    403: ("refused the key", "Check the key."),
    404: ("does not know the model or the path", "Check the URL and the model name."),
    429: ("is over its limit", "Wait, or check the account."),
}


def chat_base(url: str) -> httpx.URL:
    """Return the base of an endpoint, e.g. ``http://127.0.0.1:11434/v1``.

    ``/v1`` is added where the URL has no path; ``/chat/completions`` at its end is taken off.

    Raises:
        ConfigError: If it is not a URL that a key may be sent to.
    """
    try:
        parsed = httpx.URL(url.strip())
    except httpx.InvalidURL as exc:
        raise ConfigError("the chat endpoint is not a URL", hint=_URL_HINT) from exc
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.userinfo:
        raise ConfigError("the chat endpoint is not an http or https URL", hint=_URL_HINT)
    if parsed.scheme == "http" and not is_loopback(parsed.host):
        raise ConfigError("a chat endpoint on another machine must use https", hint=_URL_HINT)
    path = parsed.path.rstrip("/").removesuffix("/chat/completions") or "/v1"
    return parsed.copy_with(path=path, query=None, fragment=None)


_URL_HINT = "Name one like http://127.0.0.1:11434/v1 or https://HOST/v1."


def is_loopback(host: str) -> bool:
    """Say whether ``host`` is this machine by its name or number."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class OpenAiChat:
    """A ``LanguageModel`` over HTTP. One thread at a time: it runs a loop of its own there.

    Args:
        base: From ``chat_base``.
        model: Model name; None takes the first that the endpoint lists.
        key: Sent as a bearer token, kept in memory only.
        prompt: How a conversation becomes the endpoint's messages.
        transport: Another way to the endpoint, for tests.
    """

    def __init__(
        self,
        base: httpx.URL,
        model: str | None,
        key: str | None,
        prompt: ChatPrompt,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._base = base
        self._model = model
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._prompt = prompt
        self._transport = transport

    @property
    def here(self) -> bool:
        """Whether the endpoint is on this machine, by its very name."""
        return is_loopback(self._base.host)

    def reply(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        stop: threading.Event,
        emit: Callable[[str], None],
    ) -> None:
        """Write a reply; ``stop`` closes the connection within 20 ms.

        Raises:
            EngineError: If the endpoint cannot be reached, refuses or breaks off.
        """
        body = {
            "messages": list(self._prompt.wire_messages(messages)),
            "max_tokens": max_tokens,
            "stream": True,
        }
        try:
            asyncio.run(self._until(stop, self._converse(body, emit)))
        except httpx.TimeoutException as exc:
            raise EngineError("the chat endpoint did not answer in time") from exc
        except (httpx.HTTPError, OSError) as exc:
            raise EngineError(
                "the chat endpoint could not be reached or broke off",
                hint="Check that the server runs and the URL is right.",
            ) from exc

    def count_tokens(self, text: str) -> int:
        """Return about how many tokens ``text`` takes."""
        return estimate_tokens(text)

    async def _until(self, stop: threading.Event, work: Any) -> None:
        task = asyncio.create_task(work, name="chat")
        try:
            while not task.done() and not stop.is_set():
                await asyncio.wait({task}, timeout=_STOP_POLL_S)
        finally:
            if not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        if not task.cancelled():
            task.result()

    async def _converse(self, body: dict[str, Any], emit: Callable[[str], None]) -> None:
        async with httpx.AsyncClient(
            headers=self._headers,
            timeout=_TIMEOUT,
            transport=self._transport,
            trust_env=not self.here,
        ) as client:
            self._model = self._model or await self._first_model(client)
            url = f"{self._base}/chat/completions"
            async with client.stream("POST", url, json=body | {"model": self._model}) as response:
                _refuse(response)
                async for text in _texts(response):
                    if text:  # a role, a usage count
                        emit(text)

    async def _first_model(self, client: httpx.AsyncClient) -> str:
        response = await client.get(f"{self._base}/models")
        _refuse(response)
        try:
            return str(response.json()["data"][0]["id"])
        except (ValueError, KeyError, IndexError, TypeError) as exc:
            raise EngineError(
                "the chat endpoint lists no models", hint="Name the model (--llm-model)."
            ) from exc


def _refuse(response: httpx.Response) -> None:
    """Raise EngineError unless the endpoint said yes."""
    if response.is_success:
        return
    said, hint = _REFUSALS.get(response.status_code, ("failed", "Look at the endpoint's log."))
    raise EngineError(f"the chat endpoint {said} (HTTP {response.status_code})", hint=hint)


async def _texts(response: httpx.Response) -> AsyncIterator[str]:
    """Yield the words of a streamed answer, or of one that came whole."""
    if "json" in response.headers.get("content-type", ""):
        yield _text(await _body(response))
        return
    stream = EventStream()
    try:
        async for data in response.aiter_bytes():
            for event in stream.push(data):
                if event.strip() == _DONE:
                    return
                yield _text(event)
        for event in stream.flush():
            if event.strip() != _DONE:
                yield _text(event)
    except ValueError as exc:
        raise EngineError("the chat endpoint sent what is no chat stream") from exc


async def _body(response: httpx.Response) -> str:
    collected = bytearray()
    async for data in response.aiter_bytes():
        collected += data
        if len(collected) > _MOST_BODY:
            raise EngineError("the chat endpoint sent too long an answer")
    return collected.decode("utf-8", errors="replace")


def _text(event: str) -> str:
    """Return the words in one part of an answer; a part without choices (usage) has none.

    Raises:
        ValueError: If the part is not JSON.
        EngineError: If the part is an error.
    """
    part: Any = json.loads(event)
    if not isinstance(part, Mapping):
        raise ValueError("not an object")  # noqa: TRY004 - bad JSON, not a wrong call
    if part.get("error"):
        raise EngineError("the chat endpoint reported an error in the middle of its answer")
    choices = part.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    delta = first.get("delta") or first.get("message") if isinstance(first, Mapping) else None
    content = delta.get("content") if isinstance(delta, Mapping) else None
    return content if isinstance(content, str) else ""
