"""Connections to providers over WebSocket. Decides nothing about what it carries.

A key leaves no trace but the request header: it is not a local of any frame that an error
passes through, errors are raised outside the handler that caught their cause, a peer's words
are redacted, and the library's own log (which would print headers) is unattached.
"""

import asyncio
import logging
import ssl
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, WebSocketException

from app.core.clock import Clock, Nanoseconds, ms
from app.core.config import Target
from app.core.endpoint import Endpoint, endpoint_of, refuse_key_in_clear
from app.core.errors import AppError, ConfigError, ConnectionEndedError, NetworkError
from app.core.records import ConnectTiming
from app.core.wire import WireMessage
from app.net.dial import ConnectLimits, Dialled, dial
from app.net.failures import ended, stalled, upgrade_failure
from app.net.secret import Secret

_SILENT = logging.Logger("app.net.websockets", logging.CRITICAL + 1)  # noqa: LOG001 - unattached


MOST_OF_SERVER_NAME = 80


class WsConnection:
    """One open socket; see ``app.core.ports.Connection``.

    Raises ConnectionEndedError from every call but ``close`` once the socket is closed, also
    when the peer takes nothing for ``limits.send_s`` or answers no ping.
    """

    def __init__(
        self,
        socket: ClientConnection,
        endpoint: Endpoint,
        secret: Secret,
        *,
        timing: ConnectTiming,
        limits: ConnectLimits,
        clock: Clock,
    ) -> None:
        self._socket = socket
        self._endpoint = endpoint
        self._secret = secret
        self._timing = timing
        self._limits = limits
        self._clock = clock

    @property
    def timing(self) -> ConnectTiming:
        """How long opening took, as far as the socket knows."""
        return self._timing

    async def send(self, message: WireMessage) -> Nanoseconds:
        """Hand ``message`` to the socket; return the instant at which it took it."""
        failure: ConnectionEndedError
        try:
            async with asyncio.timeout(self._limits.send_s):
                await self._socket.send(message)
                return self._clock.now_ns()
        except TimeoutError:
            self._socket.transport.abort()
            failure = stalled(self._endpoint, self._limits.send_s)
        except ConnectionClosed as exc:
            failure = ended(self._endpoint, exc, self._secret)
        raise failure

    async def receive(self) -> tuple[WireMessage, Nanoseconds]:
        """Return the next message with the instant it was read, taken before parsing."""
        failure: ConnectionEndedError
        try:
            message = await self._socket.recv()
            received_ns = self._clock.now_ns()
        except ConnectionClosed as exc:
            failure = ended(self._endpoint, exc, self._secret)
        else:
            return message, received_ns
        raise failure

    async def ping_ms(self) -> float:
        """Return one ping's round trip. Ends with the connection if it is never answered."""
        failure: ConnectionEndedError
        try:
            answered = await self._socket.ping()
            return await answered * 1e3
        except ConnectionClosed as exc:
            failure = ended(self._endpoint, exc, self._secret)
        raise failure

    async def close(self) -> None:
        """Close politely, then not so politely; at most twice ``limits.close_s``."""
        try:
            async with asyncio.timeout(2 * self._limits.close_s):
                await self._socket.close()
        except TimeoutError:
            self._socket.transport.abort()


class _Connect(connect):
    """A connect that follows no redirect, because the key is for the host that was named.

    ``encrypted`` is called once TLS is done, or at once where there is none: between that and
    the end of the connect lies the HTTP upgrade alone.
    """

    def __init__(self, uri: str, *, encrypted: Callable[[], None], **options: Any) -> None:
        super().__init__(uri, **options)
        self._encrypted = encrypted

    async def create_connection(self) -> ClientConnection:
        connection = await super().create_connection()
        self._encrypted()
        return connection

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class _Stages:
    """Stamps the two stages of an upgrade, ms."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun_ns = self._encrypted_ns = clock.now_ns()

    def encrypted(self) -> None:
        """TLS is done."""
        self._encrypted_ns = self._clock.now_ns()

    def timing(self, socket: ClientConnection, dialled: Dialled | None) -> ConnectTiming:
        """Return the stages of an open connection. Behind a proxy only the upgrade is known."""
        now_ns = self._clock.now_ns()
        tls = socket.transport.get_extra_info("ssl_object")
        encrypting_ms = ms(Nanoseconds(self._encrypted_ns - self._begun_ns))
        asked_ns = self._begun_ns if tls is None else self._encrypted_ns
        peer = socket.remote_address if dialled else None
        answer = socket.response
        return ConnectTiming(
            dns_ms=dialled.dns_ms if dialled else None,
            tcp_ms=dialled.tcp_ms if dialled else None,
            tls_ms=encrypting_ms if dialled and tls is not None else None,
            upgrade_ms=ms(Nanoseconds(now_ns - asked_ns)),
            address=str(peer[0]) if peer else None,
            tls_version=tls.version() if tls is not None else None,
            server=printable(answer.headers.get("Server")) if answer else None,
        )


def printable(words: str | None) -> str | None:
    """Return the words of a peer, cut and without what a terminal would obey."""
    if words is None:
        return None
    return "".join(letter for letter in words if letter.isprintable())[:MOST_OF_SERVER_NAME]


@dataclass(frozen=True, slots=True)
class _Way:
    """How to get there: the endpoint, the whole URI, TLS if any, and a proxy if any."""

    endpoint: Endpoint
    uri: str
    tls: ssl.SSLContext | None
    proxy: str | None


class WsConnector:
    """Opens connections; see ``app.core.ports.Connector``.

    A proxy of the environment (HTTPS_PROXY, NO_PROXY) is used except for this machine; the
    stages before it are then unknown. Redirects are refused.

    Args:
        clock: The session clock.
        limits: Deadlines and sizes.
        ca_file: PEM certificates to trust besides the system's, e.g. that of ``serve --tls``.
        user_agent: What the upgrade request says we are.
    """

    def __init__(
        self,
        clock: Clock,
        limits: ConnectLimits | None = None,
        *,
        ca_file: Path | None = None,
        user_agent: str = "vivavoce",
    ) -> None:
        self._clock = clock
        self._limits = limits or ConnectLimits()
        self._ca_file = ca_file
        self._user_agent = user_agent
        self._known: set[str] = set()

    async def connect(self, target: Target, key: str | None) -> WsConnection:
        """Open a connection; see ``Connector.connect``.

        Raises:
            ConfigError: If the URL, the key or the certificate file cannot work, or the key
                would travel unencrypted to another machine.
            ProviderError: If the server refused (key, model, quota).
            NetworkError: If it could not be reached in time.
        """
        secret = Secret(key)
        del key
        secret.check()
        way = self._way(target)
        refuse_key_in_clear(way.endpoint, has_key=bool(secret))
        dialled = None if way.proxy else await dial(way.endpoint, self._limits, self._clock)
        stages = _Stages(self._clock)
        opened = await self._upgrade(way, dialled, target, secret, stages)
        if isinstance(opened, AppError):
            raise opened
        cold = way.endpoint.name not in self._known
        self._known.add(way.endpoint.name)
        return WsConnection(
            opened,
            way.endpoint,
            secret,
            timing=replace(stages.timing(opened, dialled), cold=cold),
            limits=self._limits,
            clock=self._clock,
        )

    def _way(self, target: Target) -> _Way:
        endpoint = endpoint_of(target.url)
        uri = with_model(target.url, target.model)
        tls = self._tls_context() if endpoint.secure else None
        return _Way(endpoint, uri, tls, _proxy_to(endpoint))

    def _tls_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._ca_file is not None:
            try:
                context.load_verify_locations(self._ca_file)
            except (OSError, ssl.SSLError) as exc:
                raise ConfigError(
                    f"The certificate file {self._ca_file} cannot be used.",
                    hint="Name a readable file of PEM certificates.",
                ) from exc
        return context

    async def _upgrade(
        self,
        way: _Way,
        dialled: Dialled | None,
        target: Target,
        secret: Secret,
        stages: _Stages,
    ) -> ClientConnection | AppError:
        """Return the open WebSocket, or what went wrong: raised only where no cause clings."""
        limits = self._limits
        options: dict[str, Any] = {"sock": dialled.sock} if dialled else {}
        if way.tls is not None:
            options["ssl"] = way.tls
        try:
            async with asyncio.timeout(limits.upgrade_s):
                return await _Connect(
                    way.uri,
                    encrypted=stages.encrypted,
                    compression=None,
                    additional_headers=secret.headers(target.auth),
                    user_agent_header=self._user_agent,
                    proxy=way.proxy,
                    open_timeout=None,
                    ping_interval=limits.keepalive_s,
                    ping_timeout=limits.keepalive_s,
                    close_timeout=limits.close_s,
                    max_size=limits.message_bytes,
                    max_queue=limits.queue_frames,
                    logger=_SILENT,
                    **options,
                )
        except (InvalidHandshake, WebSocketException, OSError, EOFError) as exc:
            return upgrade_failure(way.endpoint, exc, secret)


def with_model(url: str, model: str | None) -> str:
    """Return ``url`` with ``model`` added to its query; as it is where there is none."""
    if model is None:
        return url
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode({"model": model})) if part)
    return urlunsplit(parts._replace(query=query))


def _proxy_to(endpoint: Endpoint) -> str | None:
    """Return the URL of the environment's proxy for ``endpoint``, or None.

    Raises:
        NetworkError: If it is of a kind that is not spoken here.
    """
    if endpoint.loopback:
        return None
    known = urllib.request.getproxies()
    proxy = known.get("https") if endpoint.secure else known.get("http")
    proxy = proxy or known.get("all")
    if not proxy or urllib.request.proxy_bypass(endpoint.name):
        return None
    if urlsplit(proxy).scheme not in {"http", "https"}:
        raise NetworkError(
            "The environment names a proxy that does not speak HTTP.",
            hint="Set HTTPS_PROXY to an HTTP proxy, or NO_PROXY to the host.",
        )
    return proxy
