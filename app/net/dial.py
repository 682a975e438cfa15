"""The way to a TCP connection, each stage timed and bounded."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from app.core.clock import Clock, Nanoseconds, ms
from app.core.endpoint import Endpoint
from app.core.errors import NetworkError

_MEBIBYTE = 1024 * 1024
_MOST_ADDRESSES = 6
_Address: TypeAlias = tuple[int, Any]
"""Address family and what ``socket.connect`` takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectLimits:
    """How long, and how much, a connection may take.

    Attributes:
        dns_s: Until the host's name is resolved.
        tcp_s: Until one of its addresses has answered, all of them together.
        tcp_attempt_s: Until the next address is tried instead.
        upgrade_s: Until TLS and the HTTP upgrade are done.
        send_s: Until the socket takes a message; a peer that reads nothing is gone.
        keepalive_s: Between pings, and until one must be answered.
        close_s: Until the socket is dropped without the peer's goodbye.
        message_bytes: Largest message that is taken. A delta of 10 MB of audio is 14 MB.
        queue_frames: Frames read ahead of the reader. Policy: block. A full queue stops
            reading, so TCP holds the peer back and nothing is dropped.
    """

    dns_s: float = 5.0
    tcp_s: float = 10.0
    tcp_attempt_s: float = 3.0
    upgrade_s: float = 10.0
    send_s: float = 10.0
    keepalive_s: float = 20.0
    close_s: float = 2.0
    message_bytes: int = 64 * _MEBIBYTE
    queue_frames: int = 64


@dataclass(frozen=True, slots=True)
class Dialled:
    """An open TCP connection, non-blocking, TCP_NODELAY. Who gets it owns the socket.

    ``dns_ms`` is None where the host was an address already.
    """

    sock: socket.socket
    dns_ms: float | None
    tcp_ms: float


async def dial(endpoint: Endpoint, limits: ConnectLimits, clock: Clock) -> Dialled:
    """Open a TCP connection, trying the host's addresses in the resolver's order.

    Raises:
        NetworkError: If the name is unknown, nothing answers, or a limit passes.
    """
    begun_ns = clock.now_ns()
    numeric = _numeric(endpoint)
    addresses = numeric or await _resolve(endpoint, limits)
    resolved_ns = clock.now_ns()
    sock = await _connect(endpoint, addresses, limits)
    return Dialled(
        sock=sock,
        dns_ms=None if numeric else ms(Nanoseconds(resolved_ns - begun_ns)),
        tcp_ms=ms(Nanoseconds(clock.now_ns() - resolved_ns)),
    )


def _numeric(endpoint: Endpoint) -> Sequence[_Address]:
    """Return the address that the host already is; none where it is a name."""
    try:
        address = ipaddress.ip_address(endpoint.host)
    except ValueError:
        return ()
    if isinstance(address, ipaddress.IPv4Address):
        return ((socket.AF_INET, (endpoint.host, endpoint.port)),)
    return ((socket.AF_INET6, (str(address), endpoint.port, 0, 0)),)


async def _resolve(endpoint: Endpoint, limits: ConnectLimits) -> Sequence[_Address]:
    """Return the host's addresses.

    The system's resolver runs in a thread of the loop's pool that cannot be stopped; past the
    limit it ends by itself, unheard.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(limits.dns_s):
            found = await loop.getaddrinfo(
                endpoint.host, endpoint.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
            )
    except TimeoutError as exc:
        raise NetworkError(
            f"The name {endpoint.host} was not resolved within {limits.dns_s:g} s.",
            hint="Check the network connection and the name server.",
        ) from exc
    except (socket.gaierror, UnicodeError) as exc:
        raise NetworkError(
            f"There is no host named {endpoint.host}.",
            hint="Check the spelling of the address and the network connection.",
        ) from exc
    return [(family, address) for family, _, _, _, address in found[:_MOST_ADDRESSES]]


async def _connect(
    endpoint: Endpoint, addresses: Sequence[_Address], limits: ConnectLimits
) -> socket.socket:
    last: OSError | None = None
    try:
        async with asyncio.timeout(limits.tcp_s):
            for family, address in addresses:
                try:
                    return await _attempt(family, address, limits.tcp_attempt_s)
                except OSError as exc:  # TimeoutError, of one attempt, is one too
                    last = exc
    except TimeoutError as exc:
        last = exc
    raise _unreachable(endpoint, last) from last


async def _attempt(family: int, address: Any, limit_s: float) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.timeout(limit_s):
            await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


def _unreachable(endpoint: Endpoint, last: OSError | None) -> NetworkError:
    if isinstance(last, ConnectionRefusedError):
        return NetworkError(
            f"Nothing listens at {endpoint.name}.",
            hint="Start the server, or check the port of the address.",
        )
    if isinstance(last, TimeoutError):
        return NetworkError(
            f"{endpoint.name} does not answer.",
            hint="Check the address, the network connection and the firewall.",
        )
    reason = (last.strerror if last else None) or "no address"
    return NetworkError(
        f"{endpoint.name} cannot be reached: {reason}.",
        hint="Check the address and the network connection.",
    )
