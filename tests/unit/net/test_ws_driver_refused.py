"""Real sockets on loopback: servers, certificates and proxies that do not let us in."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from app.core.config import AuthScheme, Dialect, Target
from app.core.errors import (
    AppError,
    ConfigError,
    NetworkError,
    ProviderError,
    ProviderFault,
)
from app.net.dial import ConnectLimits
from app.net.ws_driver import WsConnector
from tests.support.dialling import (
    CANARY,
    NO_UPGRADE,
    PATIENT,
    TickClock,
    connector,
    failing,
    refusing,
    run,
    target,
    without_proxies,
)
from tests.support.sockets import (
    HOST,
    connect_proxy,
    own_certificate,
    saying,
    silent,
    tcp_server,
    websocket_server,
)


@pytest.fixture(autouse=True)
def _no_proxy_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)


@pytest.mark.parametrize(
    ("status", "fault", "retryable"),
    [
        (401, ProviderFault.AUTH, False),
        (403, ProviderFault.AUTH, False),
        (402, ProviderFault.QUOTA, False),
        (404, ProviderFault.REFUSED, False),
        (400, ProviderFault.REFUSED, False),
        (302, ProviderFault.REFUSED, False),
        (429, ProviderFault.RATE, True),
        (500, ProviderFault.SERVER, True),
        (503, ProviderFault.SERVER, True),
    ],
)
def test_an_http_refusal_says_whose_fault_it_is(
    status: int,
    fault: ProviderFault,
    retryable: bool,  # noqa: FBT001
) -> None:
    told = {"error": {"code": "some_code", "message": f"Bad key {CANARY}."}}

    async def main() -> AppError:
        async with websocket_server(answer=refusing(status, json.dumps(told))) as port:
            return await failing(connector().connect(target(port), CANARY))

    error = run(main())
    assert isinstance(error, ProviderError)
    assert (error.fault, error.retryable, error.code) == (fault, retryable, "some_code")
    assert f"(HTTP {status}): Bad key ***." in str(error)
    assert error.hint


def test_where_nothing_listens() -> None:
    with socket.socket() as unused:
        unused.bind((HOST, 0))
        port = unused.getsockname()[1]

        error = run(failing(connector().connect(target(port), CANARY)))

    assert isinstance(error, NetworkError)
    assert str(error) == f"Nothing listens at {HOST}:{port}."


@pytest.mark.parametrize(
    ("talk", "says"),
    [
        (silent, "accepted the connection and then said nothing"),
        (saying(b"SSH-2.0-OpenSSH_9.6\r\n"), "does not answer as a WebSocket server"),
        (saying(b""), "does not answer as a WebSocket server"),
        (saying(b"HTTP/1.1 101 Hm\r\n\r\n"), "does not answer as a WebSocket server"),
    ],
    ids=["silent", "ssh", "closes", "half an upgrade"],
)
@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_what_is_no_websocket_server(talk: Any, says: str, scheme: str) -> None:
    opener = connector(NO_UPGRADE if talk is silent else PATIENT)

    async def main() -> tuple[AppError, int]:
        async with tcp_server(talk) as port:
            return await failing(opener.connect(target(port, scheme=scheme), CANARY)), port

    error, port = run(main())
    assert isinstance(error, NetworkError)
    assert f"{HOST}:{port}" in str(error)
    if scheme == "ws" or talk is silent:
        assert says in str(error)
    assert error.hint


@pytest.mark.parametrize("key", ["sk-canary\nX-Evil: 1", "sk canary", "sk-canäry"])
def test_a_key_that_no_header_can_carry_is_refused_unquoted(key: str) -> None:
    error = run(failing(connector().connect(target(9), key)))

    assert isinstance(error, ConfigError)
    assert "can" not in str(error).replace("cannot", "")


def test_a_key_is_not_sent_in_clear_to_another_machine() -> None:
    error = run(failing(connector().connect(target(80, host="10.0.0.1"), CANARY)))

    assert isinstance(error, ConfigError)
    assert "unencrypted" in str(error)


@pytest.mark.parametrize("url", ["", "http://host/", "ws://user:pw@host/", "ws://h/\n"])
def test_a_wrong_address_is_refused(url: str) -> None:
    wrong = Target(
        provider="custom",
        model=None,
        url=url,
        dialect=Dialect.OPENAI_GA,
        auth=AuthScheme.NONE,
        title="t",
    )

    assert isinstance(run(failing(connector().connect(wrong, None))), ConfigError)


def test_a_self_made_certificate_is_trusted_when_named_and_only_then(tmp_path: Path) -> None:
    server_tls, certificate = own_certificate(tmp_path)

    async def main() -> None:
        async with websocket_server(tls=server_tls) as port:
            limits = ConnectLimits(close_s=0.5)
            trusting = WsConnector(TickClock(), limits, ca_file=certificate)
            connection = await trusting.connect(target(port, scheme="wss"), CANARY)
            await connection.send("x")
            assert (await connection.receive())[0] == "x"
            await connection.close()

            plain = WsConnector(TickClock(), limits)
            error = await failing(plain.connect(target(port, scheme="wss"), CANARY))
            assert isinstance(error, NetworkError)
            assert "certificate" in str(error)

    run(main())


def test_plain_text_to_a_tls_server_and_tls_to_a_plain_one(tmp_path: Path) -> None:
    server_tls, _ = own_certificate(tmp_path)

    async def main() -> None:
        async with websocket_server(tls=server_tls) as port:
            error = await failing(connector().connect(target(port), CANARY))
            assert isinstance(error, NetworkError)
        async with tcp_server(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
            error = await failing(connector().connect(target(port, scheme="wss"), CANARY))
            assert isinstance(error, NetworkError)
            assert "does not speak TLS" in str(error)

    run(main())


def test_a_certificate_file_that_cannot_be_read_is_a_setting_that_cannot_work(
    tmp_path: Path,
) -> None:
    wrong = tmp_path / "cert.pem"
    for content in (None, "not a certificate"):
        if content is not None:
            wrong.write_text(content)
        opener = connector(ca_file=wrong)
        error = run(failing(opener.connect(target(9, scheme="wss"), CANARY)))
        assert isinstance(error, ConfigError)
        assert str(wrong) in str(error)


def test_a_proxy_of_the_environment_is_used_but_not_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    async def main() -> None:
        async with websocket_server() as port, tcp_server(connect_proxy(port, asked)) as proxy:
            monkeypatch.setenv("http_proxy", f"http://{HOST}:{proxy}")
            away = await connector().connect(target(7, host="far.test"), None)
            await away.send("x")
            assert (await away.receive())[0] == "x"
            assert (away.timing.dns_ms, away.timing.tcp_ms) == (None, None)
            await away.close()
            here = await connector().connect(target(port), None)
            await here.close()

    run(main())
    assert asked == ["CONNECT far.test:7 HTTP/1.1"]


def test_a_proxy_that_refuses_and_one_that_speaks_no_http(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"

    async def main() -> list[AppError]:
        async with tcp_server(saying(refusal)) as proxy:
            found = []
            for url in (f"http://user:{CANARY}@{HOST}:{proxy}", f"socks5://{HOST}:{proxy}"):
                monkeypatch.setenv("https_proxy", url)
                attempt = connector().connect(target(7, scheme="wss", host="far.test"), "k")
                found.append(await failing(attempt))
            return found

    for error in run(main()):
        assert isinstance(error, NetworkError)
        assert "proxy" in str(error)
        assert CANARY not in str(error) + error.hint


def test_a_host_that_needs_no_proxy_is_dialled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "0.0.0.0")  # noqa: S104

    async def main() -> None:
        async with websocket_server() as port:
            connection = await connector().connect(target(port, host="0.0.0.0"), None)  # noqa: S104
            await connection.close()

    run(main())
