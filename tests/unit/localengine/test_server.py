"""The server's shell over real loopback sockets, with a site that echoes."""

import asyncio
import json
import socket as sockets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from app.core.errors import ConfigError, ConnectionEndedError, EngineError
from app.localengine import http_peer, realtime_socket, server
from app.localengine.http_peer import BODY_LIMIT_BYTES, HEADER_LIMIT_BYTES
from app.localengine.http_values import HttpRequest, HttpResponse, json_response, refusal
from app.localengine.realtime_line import ClientSocket
from app.localengine.server import Site, listening, open_port
from tests.support.http import Answer, exchange

MASK = b"\x01\x02\x03\x04"


async def echo(request: HttpRequest, socket: ClientSocket) -> None:
    """Sends back what came with its kind; "close" closes, "break" is a bug."""
    while True:
        try:
            message = await socket.receive()
        except ConnectionEndedError:
            return
        if message == "break":
            raise RuntimeError("a bug")
        if message == "close":
            await socket.close(4000, "asked to")
            return
        socket.send_soon(f"{type(message).__name__} {len(message)} {message[:20]!r}")
        await socket.drained()


def post(request: HttpRequest) -> HttpResponse:
    return json_response(HTTPStatus.OK, {"bytes": len(request.body)})


def admit(request: HttpRequest) -> HttpResponse | None:
    if request.header("authorization") == "Bearer no":
        return refusal(HTTPStatus.UNAUTHORIZED, "invalid_api_key", "No.")
    return None


SITE = Site(routes={("POST", "/v1/things"): post}, admit=admit, converse=echo)


@asynccontextmanager
async def serving(site: Site = SITE) -> AsyncIterator[int]:
    port = open_port(0)
    async with listening(site, port):
        yield port.getsockname()[1]


def with_server(script: Callable[[int], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        async with asyncio.timeout(20), serving() as port:
            return await script(port)

    return asyncio.run(main())


def with_socket(script: Callable[[ClientConnection], Awaitable[Any]], **options: Any) -> Any:
    async def main(port: int) -> Any:
        uri = f"ws://127.0.0.1:{port}/v1/realtime?model=x"
        async with websockets.connect(uri, max_size=None, proxy=None, **options) as socket:
            return await script(socket)

    return with_server(main)


def get(path: str, **headers: str) -> bytes:
    lines = {"Host": "localhost", **{k.replace("_", "-"): v for k, v in headers.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()


def posting(path: str, body: bytes, host: str = "localhost") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


UPGRADE = get(
    "/v1/realtime",
    Connection="Upgrade",
    Upgrade="websocket",
    Sec_WebSocket_Key="AAAAAAAAAAAAAAAAAAAAAA==",
    Sec_WebSocket_Version="13",
)
REQUESTS: dict[str, tuple[bytes, int]] = {
    "a body is read": (posting("/v1/things", b"x" * 1000), 200),
    "another path": (get("/v1/other"), 404),
    "another method": (get("/v1/things"), 405),
    "a rebound name": (posting("/v1/things", b"", host="evil.example"), 403),
    "no WebSocket": (get("/v1/realtime"), 426),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400),
    "no Host": (b"GET /v1/things HTTP/1.1\r\n\r\n", 400),
    "two lengths": (
        posting("/v1/things", b"xx").replace(b"\r\n\r\n", b"\r\nContent-Length: 1\r\n\r\n"),
        400,
    ),
    "headers too large": (get("/v1/things", x="y" * HEADER_LIMIT_BYTES), 431),
    "a body too large": (posting("/v1/things", b"x" * (BODY_LIMIT_BYTES + 1)), 413),
    "a key that is refused": (
        get(
            "/v1/realtime",
            Connection="Upgrade",
            Upgrade="websocket",
            Authorization="Bearer no",
        ),
        401,
    ),
    "a handshake without a nonce": (
        get("/v1/realtime", Connection="Upgrade", Upgrade="websocket"),
        400,
    ),
}


@pytest.mark.parametrize(("request_bytes", "status"), REQUESTS.values(), ids=REQUESTS)
def test_every_request_gets_an_answer_in_the_services_shape(
    request_bytes: bytes, status: int
) -> None:
    answer = with_server(lambda port: exchange(port, request_bytes))

    assert answer.status == status
    assert ("error" in json.loads(answer.body)) == (status != 200)


def test_a_page_of_another_origin_is_answered_before_and_after_it_posts() -> None:
    ask = b"OPTIONS /v1/things HTTP/1.1\r\nHost: localhost\r\nOrigin: https://a.example\r\n\r\n"
    body = posting("/v1/things", b"{}").replace(
        b"\r\n\r\n", b"\r\nOrigin: https://a.example\r\n\r\n"
    )

    async def script(port: int) -> tuple[Answer, Answer]:
        return await exchange(port, ask), await exchange(port, body)

    before, after = with_server(script)

    assert before.status == 204
    assert "POST" in before.headers["access-control-allow-methods"]
    assert after.headers["access-control-allow-origin"] == "*"


def test_one_connection_serves_many_requests() -> None:
    two = posting("/v1/things", b"abc") + posting("/v1/things", b"de")

    answer = with_server(lambda port: exchange(port, two, answers=2))

    assert answer.body == b'{"bytes": 2}'


def test_a_client_that_waits_for_leave_to_send_its_body_gets_it() -> None:
    head = (
        b"POST /v1/things HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
        b"Expect: 100-continue\r\n\r\n"
    )

    async def script(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        leave = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"ab")
        answer = await reader.readuntil(b"}")
        writer.close()
        return leave + answer

    said = with_server(script)

    assert said.startswith(b"HTTP/1.1 100")
    assert said.endswith(b'{"bytes": 2}')


def test_a_client_that_sends_its_request_drop_by_drop_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_peer, "REQUEST_DEADLINE_S", 0.1)

    async def script(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /v1/things HT")
        answer = await reader.read()
        writer.close()
        return answer

    assert with_server(script) == b""


def test_a_client_that_goes_in_the_middle_of_a_request_leaves_nothing_behind() -> None:
    async def script(port: int) -> Answer:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /v1/things HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nab")
        writer.close()
        return await exchange(port, posting("/v1/things", b""))

    assert with_server(script).status == 200


def test_beyond_the_most_connections_a_client_is_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "CONNECTIONS_LIMIT", 1)

    async def script(port: int) -> tuple[int, int]:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        full = await exchange(port, posting("/v1/things", b""))
        writer.close()
        await writer.wait_closed()
        statuses = [full.status]
        while statuses[-1] != 200:
            statuses.append((await exchange(port, posting("/v1/things", b""))).status)
        return statuses[0], statuses[-1]

    assert with_server(script) == (503, 200)


def test_a_client_that_takes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realtime_socket, "WRITE_DEADLINE_S", 0.2)
    ended: asyncio.Queue[ConnectionEndedError] = asyncio.Queue()

    async def flood(request: HttpRequest, socket: ClientSocket) -> None:
        try:
            while True:
                socket.send_soon("x" * 1_000_000)
                await socket.drained()
        except ConnectionEndedError as error:
            ended.put_nowait(error)

    async def main() -> None:
        site = Site(routes={}, admit=admit, converse=flood)
        async with asyncio.timeout(20), serving(site) as port:
            client = sockets.create_connection(("127.0.0.1", port))
            client.sendall(UPGRADE)
            error = await ended.get()
            client.close()
            assert error.code is None

    asyncio.run(main())


# --- WebSocket -------------------------------------------------------------------------------


def test_text_binary_and_fragmented_messages_arrive_whole() -> None:
    async def script(socket: ClientConnection) -> list[str | bytes]:
        replies = []
        for message in ("text", b"\x00\x01", ["frag", "ment", "ed"]):
            await socket.send(message)
            replies.append(await socket.recv())
        return replies

    assert with_socket(script) == [
        "str 4 'text'",
        "bytes 2 b'\\x00\\x01'",
        "str 10 'fragmented'",
    ]


def test_a_message_of_20_mb_is_taken() -> None:
    async def script(socket: ClientConnection) -> str | bytes:
        await socket.send("x" * 20_000_000)
        return await socket.recv()

    assert str(with_socket(script)).startswith("str 20000000")


@pytest.mark.parametrize(
    ("payload", "code"),
    [(b"x" * 33_600_000, 1009), (b"\xff\xfe", 1007)],
    ids=["too large", "not UTF-8"],
)
def test_a_message_that_cannot_be_taken_closes_with_the_code_for_it(
    payload: bytes, code: int
) -> None:
    async def script(port: int) -> int | None:
        uri = f"ws://127.0.0.1:{port}/v1/realtime"
        socket = await websockets.connect(uri, max_size=None, proxy=None)
        with suppress(websockets.ConnectionClosed):  # the server may answer before all is sent
            await socket.send(payload, text=True)
        await socket.wait_closed()
        return socket.close_code

    assert with_server(script) == code


def test_pings_are_answered_and_a_close_is_a_handshake() -> None:
    async def script(socket: ClientConnection) -> tuple[int | None, str | None]:
        await (await socket.ping())
        await socket.send("close")
        await socket.wait_closed()
        return socket.close_code, socket.close_reason

    assert with_socket(script) == (4000, "asked to")


def test_realtime_is_the_subprotocol_and_the_key_is_not_echoed() -> None:
    offered = ["openai-insecure-api-key.tok", "realtime"]

    async def script(socket: ClientConnection) -> tuple[str | None, str]:
        assert socket.response is not None
        return socket.subprotocol, str(socket.response.headers)

    chosen, headers = with_socket(script, subprotocols=offered)

    assert chosen == "realtime"
    assert "tok" not in headers


def test_compression_is_declined() -> None:
    async def script(socket: ClientConnection) -> bool:
        assert socket.response is not None
        return "Sec-WebSocket-Extensions" in socket.response.headers

    assert with_socket(script, compression="deflate") is False


@pytest.mark.expects_log
def test_a_bug_in_one_session_ends_it_with_1011_and_leaves_the_others() -> None:
    async def script(port: int) -> tuple[int | None, str | bytes]:
        uri = f"ws://127.0.0.1:{port}/v1/realtime"
        async with (
            websockets.connect(uri, proxy=None) as broken,
            websockets.connect(uri, proxy=None) as other,
        ):
            await broken.send("break")
            await broken.wait_closed()
            await other.send("on")
            return broken.close_code, await other.recv()

    assert with_server(script) == (1011, "str 2 'on'")


def test_leaving_the_server_closes_its_sockets_with_1001() -> None:
    async def main() -> int | None:
        async with serving() as port:
            socket = await websockets.connect(f"ws://127.0.0.1:{port}/v1/realtime", proxy=None)
            await socket.send("hello")
            await socket.recv()
        await socket.wait_closed()
        return socket.close_code

    assert asyncio.run(main()) == 1001


def test_bytes_that_follow_the_upgrade_request_at_once_are_not_lost() -> None:
    frame = b"\x81\x82" + MASK + bytes(a ^ b for a, b in zip(b"hi", MASK, strict=False))

    async def script(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(UPGRADE + frame)
        await reader.readuntil(b"\r\n\r\n")
        answer = await reader.readexactly(2 + len("str 2 'hi'"))
        writer.close()
        return answer

    assert with_server(script)[2:] == b"str 2 'hi'"


def test_a_port_in_use_and_a_foreign_address_are_refused_in_one_sentence() -> None:
    with open_port(0) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(EngineError, match=f"port {number} .* in use"):
            open_port(number)
    with pytest.raises(ConfigError, match="loopback only"):
        open_port(0, host="0.0.0.0")  # noqa: S104 - refused, not bound


def test_the_system_does_not_hold_small_messages_back() -> None:
    undelayed: list[int] = []

    async def look(request: HttpRequest, client: ClientSocket) -> None:
        assert isinstance(client, realtime_socket.RealtimeSocket)
        raw = client._writer.get_extra_info("socket")
        undelayed.append(raw.getsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY))
        await client.close(1000)

    async def main() -> None:
        site = Site(routes={}, admit=lambda _: None, converse=look)
        async with asyncio.timeout(20), serving(site) as port:
            uri = f"ws://127.0.0.1:{port}/v1/realtime"
            async with websockets.connect(uri, proxy=None) as client:
                await client.wait_closed()

    asyncio.run(main())
    assert undelayed == [1]
