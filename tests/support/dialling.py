"""Dialling the servers of ``tests.support.sockets``."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from app.core.clock import Nanoseconds
from app.core.config import AuthScheme, Dialect, Target
from app.core.errors import AppError
from app.net.dial import ConnectLimits
from app.net.ws_driver import WsConnector
from tests.support.sockets import HOST

CANARY = "sk-canary-0123456789"
PATIENT = ConnectLimits()
NO_UPGRADE = ConnectLimits(upgrade_s=0.15)
"""For servers that never answer the upgrade."""
DEAF = ConnectLimits(send_s=0.15, close_s=0.05)
"""For servers that never read."""
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class TickClock:
    """A clock that goes on by one millisecond at each reading."""

    def __init__(self) -> None:
        self.readings = 0

    def now_ns(self) -> Nanoseconds:
        self.readings += 1
        return Nanoseconds(self.readings * 1_000_000)


def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the proxies of the environment that the tests run in."""
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def target(
    port: int, *, scheme: str = "ws", host: str = HOST, auth: AuthScheme = AuthScheme.BEARER
) -> Target:
    return Target(
        provider="custom",
        model="m",
        url=f"{scheme}://{host}:{port}/v1/realtime",
        dialect=Dialect.OPENAI_GA,
        auth=auth,
        title="t",
    )


def connector(limits: ConnectLimits = PATIENT, **options: Any) -> WsConnector:
    return WsConnector(TickClock(), limits, **options)


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(main)


async def failing(attempt: Awaitable[object]) -> AppError:
    """Return the error that ``attempt`` ends in."""
    with pytest.raises(AppError) as error:
        await attempt
    return error.value


def refusing(status: int, body: str = "") -> Callable[[ServerConnection, Request], Response]:
    """Return an answer to every upgrade that is this status, which may be a redirect."""

    def answer(peer: ServerConnection, _request: Request) -> Response:
        response = peer.respond(HTTPStatus(status), body)
        response.headers["Location"] = "ws://elsewhere.example/"
        return response

    return answer


async def closes_mid_sentence(peer: ServerConnection) -> None:
    await peer.send('{"type":"resp')
    await peer.close(1011, f"out of \x1b[2J memory {CANARY}")


async def drops(peer: ServerConnection) -> None:
    peer.transport.abort()


async def deaf(peer: ServerConnection) -> None:
    peer.transport.pause_reading()
    await peer.wait_closed()
