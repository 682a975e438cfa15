"""The way to TCP: names, addresses, limits."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

from app.core.clock import MonotonicClock
from app.core.endpoint import Endpoint
from app.core.errors import NetworkError
from app.net.dial import ConnectLimits, Dialled, dial
from tests.support.sockets import HOST

LIMITS = ConnectLimits(dns_s=0.05, tcp_s=0.3, tcp_attempt_s=0.05)
Found = list[tuple[Any, ...]]


class NamingLoop(asyncio.SelectorEventLoop):
    """A loop whose resolver and TCP connections answer as a test says."""

    def __init__(
        self, found: Found | BaseException | None, *, hanging: frozenset[str] = frozenset()
    ) -> None:
        super().__init__()
        self._found = found
        self._hanging = hanging

    async def getaddrinfo(self, *_args: Any, **_options: Any) -> Any:
        if self._found is None:
            await asyncio.Event().wait()
        if isinstance(self._found, BaseException):
            raise self._found
        return self._found

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        if address[0] in self._hanging:
            await asyncio.Event().wait()
        await super().sock_connect(sock, address)


def at(address: str, port: int) -> tuple[Any, ...]:
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))


def run(main: Callable[[], Any], loop: Callable[[], asyncio.AbstractEventLoop]) -> Any:
    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(main())


async def dialled(host: str, port: int) -> Dialled:
    return await dial(Endpoint(secure=False, host=host, port=port), LIMITS, MonotonicClock())


def failure(host: str, loop: Callable[[], asyncio.AbstractEventLoop]) -> NetworkError:
    with pytest.raises(NetworkError) as error:
        run(lambda: dialled(host, 9), loop)
    return error.value


def test_the_next_address_is_tried_where_one_refuses_or_hangs() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        addresses = [at("127.0.0.3", port), at("127.0.0.2", 1), at(HOST, port)]

        found = run(
            lambda: dialled("some.host", port),
            lambda: NamingLoop(addresses, hanging=frozenset({"127.0.0.3"})),
        )

        assert found.sock.getpeername() == (HOST, port)
        assert not found.sock.getblocking()
        assert found.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert found.dns_ms is not None
        assert found.tcp_ms >= 50
        found.sock.close()


def test_an_address_needs_no_resolver() -> None:
    with socket.create_server((HOST, 0)) as listener:
        found = run(lambda: dialled(HOST, listener.getsockname()[1]), lambda: NamingLoop(None))

        assert found.dns_ms is None
        found.sock.close()


def test_an_ipv6_address_is_dialled_as_such() -> None:
    error = failure("::1", lambda: NamingLoop(None))

    assert "[::1]:9" in str(error)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (None, "The name some.host was not resolved within 0.05 s."),
        (socket.gaierror(-2, "Name or service not known"), "There is no host named some.host."),
        (UnicodeError("label too long"), "There is no host named some.host."),
        ([], "some.host:9 cannot be reached: no address."),
        ([at("127.0.0.1", 1)], "Nothing listens at some.host:9."),
        ([at("127.0.0.4", 1)], "some.host:9 does not answer."),
        ([at("255.255.255.255", 1)], "some.host:9 cannot be reached: "),
        ([at("127.0.0.4", 1)] * 9, "some.host:9 does not answer."),
    ],
    ids=["slow", "unknown", "unspeakable", "none", "refused", "hanging", "broadcast", "many"],
)
def test_a_failure_names_the_host_and_what_to_do(found: Any, says: str) -> None:
    error = failure("some.host", lambda: NamingLoop(found, hanging=frozenset({"127.0.0.4"})))

    assert str(error).startswith(says)
    assert error.hint
