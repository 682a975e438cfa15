"""HTTP and WebSocket on one loopback port.

websockets' own server refuses request bodies, which client secrets need; so requests are read
with h11 and upgrades handed to websockets' sans-IO protocol.
"""

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeAlias

from websockets.frames import CloseCode

from app.core.errors import ConnectionEndedError, EngineError
from app.localengine.http_guard import check_bind, cors, host_is_local, preflight
from app.localengine.http_peer import HttpPeer, HttpRefusedError
from app.localengine.http_values import HttpRequest, HttpResponse, refusal
from app.localengine.realtime_line import ClientSocket
from app.localengine.realtime_socket import UpgradeRefusedError, upgrade

LOOPBACK: Final = "127.0.0.1"
REALTIME_PATH: Final = "/v1/realtime"
CONNECTIONS_LIMIT: Final = 256
"""Connections at once; a slot is free the moment its connection ends."""

TLS_DEADLINE_S: Final = 10.0
_log = logging.getLogger("app.localengine.server")

Route: TypeAlias = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the server serves.

    Attributes:
        routes: Answers by method and path.
        admit: None for a client that may open a session, else its refusal.
        converse: Holds a session until it ends. It owns the socket's closing.
    """

    routes: Mapping[tuple[str, str], Route]
    admit: Callable[[HttpRequest], HttpResponse | None]
    converse: Callable[[HttpRequest, ClientSocket], Awaitable[None]]


def open_port(port: int, host: str = LOOPBACK) -> socket.socket:
    """Return a listening socket; connections wait in it until ``listening`` takes them.

    Raises:
        ConfigError: If ``host`` is not loopback.
        EngineError: If the port is in use.
    """
    check_bind(host)
    try:
        return socket.create_server((host, port))
    except OSError as exc:
        raise EngineError(
            f"port {port} on {host} cannot be used: {os.strerror(exc.errno or 0).lower()}",
            hint="Choose another with --port, or leave it out for a free one.",
        ) from exc


@asynccontextmanager
async def listening(
    site: Site, port: socket.socket, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[None]:
    """Serve ``site`` while the block runs. Leaving ends every connection."""
    async with asyncio.TaskGroup() as tasks:
        shell = _Shell(site, tasks)
        handshake = None if tls is None else TLS_DEADLINE_S
        server = await asyncio.start_server(
            shell.accept, sock=port, ssl=tls, ssl_handshake_timeout=handshake
        )
        try:
            yield
        finally:
            server.close()
            shell.end()


class _Shell:
    """Accepts connections and owns their tasks."""

    def __init__(self, site: Site, tasks: asyncio.TaskGroup) -> None:
        self._site = site
        self._tasks = tasks
        self._live: set[asyncio.Task[None]] = set()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # asyncio itself turns Nagle's algorithm off only where the listening socket names its
        # protocol, which ``create_server`` leaves at 0; with it on, audio waits 8 ms for an ACK.
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = self._tasks.create_task(self._attend(reader, writer), name="connection")
        self._live.add(task)
        task.add_done_callback(self._live.discard)

    def end(self) -> None:
        for task in self._live:
            task.cancel()

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection. The only place of the server that may catch everything."""
        try:
            await self._serve(HttpPeer(reader, writer), reader, writer)
        except (ConnectionError, ConnectionEndedError, TimeoutError):
            _log.debug("= connection ended")
        except Exception:  # noqa: BLE001 - the boundary that keeps the other sessions alive
            _log.exception("! a connection failed")
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    async def _serve(
        self, peer: HttpPeer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while True:
            try:
                request = await peer.request()
            except HttpRefusedError as exc:
                await peer.respond(refusal(exc.status, None, str(exc)))
                return
            if request is None:
                return
            answer = self._answer(request)
            if answer is None:
                answer = await self._converse(request, peer, reader, writer)
            if answer is None or not await peer.respond(answer):
                return

    def _answer(self, request: HttpRequest) -> HttpResponse | None:
        """Return the answer, or None for an upgrade that may go ahead."""
        if not host_is_local(request):
            return refusal(HTTPStatus.FORBIDDEN, None, "This server answers to loopback names.")
        if len(self._live) > CONNECTIONS_LIMIT:
            return refusal(HTTPStatus.SERVICE_UNAVAILABLE, None, "Too many open connections.")
        if request.path.rstrip("/") == REALTIME_PATH and request.method == "GET":
            return self._gate(request)
        return self._route(request)

    def _gate(self, request: HttpRequest) -> HttpResponse | None:
        if not request.upgrades:
            return refusal(
                HTTPStatus.UPGRADE_REQUIRED, None, "Connect to this address with a WebSocket."
            )
        return self._site.admit(request)

    def _route(self, request: HttpRequest) -> HttpResponse:
        routes = self._site.routes
        methods = [method for method, path in routes if path == request.path]
        if not methods:
            message = f"Invalid URL ({request.method} {request.path})"
            return refusal(HTTPStatus.NOT_FOUND, None, message)
        if request.method == "OPTIONS":
            return HttpResponse(status=HTTPStatus.NO_CONTENT, headers=preflight())
        route = routes.get((request.method, request.path))
        if route is None:
            message = f"Not allowed ({request.method} {request.path})"
            return refusal(HTTPStatus.METHOD_NOT_ALLOWED, None, message)
        answer = route(request)
        return HttpResponse(
            status=answer.status, headers=(*answer.headers, *cors(request)), body=answer.body
        )

    async def _converse(
        self,
        request: HttpRequest,
        peer: HttpPeer,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> HttpResponse | None:
        try:
            socket = upgrade(request, reader, writer)
        except UpgradeRefusedError as exc:
            return exc.response
        socket.feed(peer.surplus)
        code = CloseCode.INTERNAL_ERROR
        try:
            await self._site.converse(request, socket)
        except asyncio.CancelledError:
            code = CloseCode.GOING_AWAY
            raise
        finally:
            socket.leave(code)
        return None
