"""Calls of the user's own HTTP endpoints, well-behaved and hostile."""

import asyncio
import gzip

import pytest

from app.core.errors import ToolError
from app.net.tool_http import ANSWER_LIMIT_BYTES, HttpToolCaller
from tests.support.tool_servers import Serve, answer, endpoint


async def call(serve: Serve, arguments: str = "{}", timeout_s: float = 5.0) -> str:
    async with endpoint(serve) as url:
        return await HttpToolCaller("test/1").call(url, arguments, timeout_s)


def test_the_arguments_are_posted_as_json_and_the_answer_is_its_text() -> None:
    requests: list[bytes] = []

    async def serve(request: bytes, writer: asyncio.StreamWriter) -> None:
        requests.append(request)
        await answer('{"grüße": 1}'.encode())(request, writer)

    assert asyncio.run(call(serve, '{"a": "é"}')) == '{"grüße": 1}'

    head, _, body = requests[0].partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert lines[0] == b"post /tool http/1.1"
    assert b"content-type: application/json" in lines
    assert b"user-agent: test/1" in lines
    assert body == '{"a": "é"}'.encode()


async def _slow(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(1)


async def _early(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")


async def _nothing(_request: bytes, _writer: asyncio.StreamWriter) -> None:
    pass


async def _noise(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xff" * 100)


async def _endless(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
    for _ in range(160):
        writer.write(b"x" * 32_768)
        await writer.drain()


HOSTILE: list[tuple[Serve, str]] = [
    (answer(b"{}", "500 Internal Server Error"), "answered with HTTP 500."),
    (answer(b"{}", "404 Not Found"), "answered with HTTP 404."),
    (answer(b"", "302 Found", "location: http://127.0.0.1:9/"), "redirects elsewhere"),
    (answer(b"x" * 5_000_000), "answered more than 1024 kB"),
    (_endless, "answered more than 1024 kB"),
    (answer(b'"\xff\xfe"'), "is not UTF-8"),
    (
        answer(gzip.compress(b"0" * 10_000_000), "200 OK", "content-encoding: gzip"),
        "is compressed",
    ),
    (_early, "could not be used: peer closed connection"),
    (_nothing, "could not be used: Server disconnected"),
    (_noise, "could not be used:"),
    (_slow, "did not answer within 0.3 s."),
]


@pytest.mark.parametrize(("serve", "words"), HOSTILE)
def test_a_hostile_endpoint_is_an_error_in_a_sentence(serve: Serve, words: str) -> None:
    timeout_s = 0.3 if serve is _slow else 5.0
    with pytest.raises(ToolError, match=words):
        asyncio.run(call(serve, timeout_s=timeout_s))


def test_an_answer_of_one_megabyte_is_taken() -> None:
    body = b'"' + b"x" * (ANSWER_LIMIT_BYTES - 2) + b'"'

    assert asyncio.run(call(answer(body))) == body.decode()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/", "", "http://", "x"])
def test_only_http_is_called(url: str) -> None:
    with pytest.raises(ToolError, match="begins with http"):
        asyncio.run(HttpToolCaller("test/1").call(url, "{}", 1.0))


def test_nobody_at_the_address_is_told() -> None:
    with pytest.raises(ToolError, match="could not be used"):
        asyncio.run(HttpToolCaller("test/1").call("http://127.0.0.1:9/", "{}", 2.0))


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert asyncio.run(call(answer(b"1"))) == "1"


def test_a_call_that_is_broken_off_closes_the_connection() -> None:
    closed = asyncio.Event()

    async def serve(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
        while not writer.transport.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.01)
        closed.set()

    async def run() -> None:
        async with endpoint(serve) as url:
            calling = asyncio.create_task(HttpToolCaller("test/1").call(url, "{}", 5.0))
            await asyncio.sleep(0.3)
            calling.cancel()
            await asyncio.wait({calling})
            assert calling.cancelled()
            async with asyncio.timeout(2):
                await closed.wait()

    asyncio.run(run())
