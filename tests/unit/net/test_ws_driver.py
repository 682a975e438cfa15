"""Real sockets on loopback: what goes over, what is measured, and how it ends."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from app.core.config import AuthScheme
from app.core.errors import (
    ConnectionEndedError,
)
from app.core.ports import Connection, Connector
from app.net.dial import ConnectLimits
from app.net.ws_driver import WsConnection, WsConnector, printable, with_model
from tests.support.dialling import (
    CANARY,
    DEAF,
    PATIENT,
    TickClock,
    closes_mid_sentence,
    connector,
    deaf,
    drops,
    failing,
    run,
    target,
    without_proxies,
)
from tests.support.sockets import (
    own_certificate,
    websocket_server,
)


@pytest.fixture(autouse=True)
def _no_proxy_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)


def test_messages_go_both_ways_and_are_stamped() -> None:
    async def main() -> None:
        async with websocket_server() as port:
            clock = TickClock()
            connection = await WsConnector(clock, PATIENT).connect(target(port), None)
            before = clock.readings

            sent_ns = await connection.send("hé")
            message, received_ns = await connection.receive()
            await connection.send(b"\x00\xff")
            octets, _ = await connection.receive()
            await connection.close()

            assert (message, octets) == ("hé", b"\x00\xff")
            assert sent_ns == (before + 1) * 1_000_000
            assert received_ns == (before + 2) * 1_000_000

    run(main())


def test_the_request_names_the_model_the_key_and_the_program_and_offers_no_compression() -> None:
    asked: list[Request] = []

    def note(_socket: ServerConnection, request: Request) -> Response | None:
        asked.append(request)
        return None

    async def main() -> None:
        async with websocket_server(answer=note) as port:
            opener = connector(user_agent="vivavoce/1.2")
            for auth in AuthScheme:
                await (await opener.connect(target(port, auth=auth), f" {CANARY}\n")).close()
            await (await opener.connect(target(port), None)).close()

    run(main())
    assert {request.path for request in asked} == {"/v1/realtime?model=m"}
    assert {request.headers["User-Agent"] for request in asked} == {"vivavoce/1.2"}
    assert not any("Sec-WebSocket-Extensions" in request.headers for request in asked)
    sent = [(r.headers.get("Authorization"), r.headers.get("api-key")) for r in asked]
    assert dict(zip(AuthScheme, sent[:3], strict=True)) == {
        AuthScheme.NONE: (None, None),
        AuthScheme.BEARER: (f"Bearer {CANARY}", None),
        AuthScheme.API_KEY_HEADER: (None, CANARY),
    }
    assert sent[3] == (None, None)


@pytest.mark.parametrize(
    ("url", "model", "uri"),
    [
        ("wss://h/p", None, "wss://h/p"),
        ("wss://h/p", "m 1&a=b", "wss://h/p?model=m+1%26a%3Db"),
        ("wss://h/p?api-version=2", "m", "wss://h/p?api-version=2&model=m"),
    ],
)
def test_the_model_is_added_to_the_query(url: str, model: str | None, uri: str) -> None:
    assert with_model(url, model) == uri


def test_a_delta_of_10_mb_of_audio_passes() -> None:
    async def main() -> None:
        async with websocket_server() as port:
            connection = await connector().connect(target(port), None)
            delta = "A" * 13_981_016
            await connection.send(delta)
            message, _ = await connection.receive()
            await connection.close()
            assert message == delta

    run(main())


def test_opening_is_timed_stage_by_stage_and_small_writes_are_not_held_back() -> None:
    async def main() -> None:
        async with websocket_server() as port:
            opener = connector()
            first = await opener.connect(target(port), None)
            second = await opener.connect(target(port), None)
            named = await opener.connect(target(port, host="localhost"), None)

            assert first.timing.dns_ms is None
            assert first.timing.tcp_ms == 1.0
            assert first.timing.tls_ms is None
            assert first.timing.upgrade_ms == 2.0
            assert first.timing.total_ms == 3.0
            assert first.timing.address == "127.0.0.1"
            assert "websockets" in (first.timing.server or "")
            assert named.timing.dns_ms == 1.0
            cold = [each.timing.cold for each in (first, second, named)]
            assert cold == [True, False, True]
            raw = first._socket.transport.get_extra_info("socket")
            assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            for each in (first, second, named):
                await each.close()

    run(main())


def test_tls_and_the_upgrade_are_timed_apart(tmp_path: Path) -> None:
    async def main() -> None:
        context, authority = own_certificate(tmp_path)
        async with websocket_server(tls=context) as port:
            opener = WsConnector(TickClock(), PATIENT, ca_file=authority)
            connection = await opener.connect(target(port, scheme="wss"), None)

            timing = connection.timing
            assert (timing.tcp_ms, timing.tls_ms, timing.upgrade_ms) == (1.0, 1.0, 1.0)
            assert (timing.tls_version or "").startswith("TLSv1.")
            await connection.close()

    run(main())


@pytest.mark.parametrize(
    ("said", "kept"),
    [("cloudflare", "cloudflare"), ("a\x1b[31mb\x07", "a[31mb"), ("x" * 500, "x" * 80)],
)
def test_what_a_server_calls_itself_is_cut_and_cannot_drive_a_terminal(
    said: str, kept: str
) -> None:
    assert printable(said) == kept


def test_a_ping_is_answered() -> None:
    async def main() -> None:
        async with websocket_server() as port:
            connection = await connector().connect(target(port), None)
            assert 0 < await connection.ping_ms() < 5_000
            await connection.close()

    run(main())


def test_it_fits_the_ports() -> None:
    opener: Connector = connector()
    made: Callable[..., Connection] = WsConnection

    assert opener is not None
    assert made is WsConnection


def test_a_close_is_told_with_its_code_and_its_cleaned_reason() -> None:
    async def main() -> None:
        async with websocket_server(closes_mid_sentence) as port:
            connection = await connector().connect(target(port), CANARY)
            await connection.receive()
            for attempt in (connection.receive, connection.ping_ms):
                ended = await failing(attempt())
                assert isinstance(ended, ConnectionEndedError)
                assert (ended.code, ended.clean) == (1011, True)
                assert ended.reason == "out of [2J memory ***"
                assert "(code 1011: out of" in str(ended)
                assert ended.hint
            ended = await failing(connection.send("x"))
            assert isinstance(ended, ConnectionEndedError)
            await connection.close()

    run(main())


def test_a_dropped_connection_has_no_code() -> None:
    async def main() -> None:
        async with websocket_server(drops) as port:
            connection = await connector().connect(target(port), None)
            ended = await failing(connection.receive())
            assert isinstance(ended, ConnectionEndedError)
            assert (ended.code, ended.reason, ended.clean) == (None, "", False)
            assert "was lost" in str(ended)
            await connection.close()

    run(main())


def test_a_message_beyond_the_limit_ends_the_connection_as_too_big() -> None:
    async def main() -> None:
        async with websocket_server() as port:
            opener = connector(ConnectLimits(message_bytes=100))
            connection = await opener.connect(target(port), None)
            await connection.send("x" * 101)
            ended = await failing(connection.receive())
            assert isinstance(ended, ConnectionEndedError)
            assert (ended.code, ended.clean) == (1009, False)
            await connection.close()

    run(main())


def test_our_own_close_is_bounded_and_may_be_repeated() -> None:
    async def main() -> None:
        async with websocket_server(deaf) as port:
            connection = await connector(DEAF).connect(target(port), None)
            await connection.close()
            await connection.close()
            ended = await failing(connection.receive())
            assert isinstance(ended, ConnectionEndedError)

    run(main())


def test_a_peer_that_takes_nothing_is_given_up() -> None:
    async def main() -> None:
        async with websocket_server(deaf) as port:
            connection = await connector(DEAF).connect(target(port), None)
            ended = await failing(connection.send("x" * 30_000_000))
            assert isinstance(ended, ConnectionEndedError)
            assert (ended.code, ended.clean) == (None, False)
            assert "took nothing for 0.15 s" in str(ended)
            await connection.close()

    run(main())


def test_a_close_that_cannot_even_be_written_is_bounded_too() -> None:
    async def main() -> None:
        async with websocket_server(deaf) as port:
            connection = await connector(DEAF).connect(target(port), None)
            connection._socket.transport.write(b"\x82\x00" * 10_000_000)
            await connection.close()

    run(main())
