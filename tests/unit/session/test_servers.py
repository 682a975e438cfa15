import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from app.core.errors import EngineError
from app.core.ports import RunningServer
from app.session.servers import SharedServers
from tests.support.clocks import run_virtual

LOADING_S = 10.0


class Starter:
    """Implements ``SpeechServers``: a start takes 10 s; ``fail`` lets the next ones fail."""

    def __init__(self) -> None:
        self.began: list[tuple[bool, tuple[str, ...]]] = []
        self.given_up = 0
        self.fail = False
        self.running: set[int] = set()
        self.closed = 0

    async def start(self, *, simulated: bool, arguments: Sequence[str] = ()) -> RunningServer:
        self.began.append((simulated, tuple(arguments)))
        pid = len(self.began)
        try:
            await asyncio.sleep(LOADING_S)
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        if self.fail:
            raise EngineError("no memory")
        self.running.add(pid)
        return RunningServer(url="ws://127.0.0.1:1", token="t", pid=pid)

    def alive(self, server: RunningServer) -> bool:
        return server.pid in self.running

    async def close(self) -> None:
        self.closed += 1
        self.running.clear()


def play(script: Callable[[SharedServers, Starter], Awaitable[Any]]) -> Starter:
    starter = Starter()

    async def main() -> None:
        servers = SharedServers(starter)
        await script(servers, starter)
        await servers.close()

    run_virtual(main())
    return starter


async def give_up(servers: SharedServers, after_s: float) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(after_s):
            await servers.start(simulated=False)


def test_starts_that_are_given_up_leave_one_server_for_the_next() -> None:
    async def script(servers: SharedServers, starter: Starter) -> None:
        for _ in range(3):
            await give_up(servers, 0.1)
        first = await servers.start(simulated=False)
        again = await servers.start(simulated=False)
        assert (first.pid, again.pid) == (1, 1)

    starter = play(script)

    assert starter.began == [(False, ())]
    assert (starter.given_up, starter.closed) == (0, 1)


def test_two_that_wait_get_the_same_server() -> None:
    async def script(servers: SharedServers, starter: Starter) -> None:
        starts = [servers.start(simulated=True, arguments=("--tls",)) for _ in range(2)]
        first, second = await asyncio.gather(*starts)
        assert first is second

    assert play(script).began == [(True, ("--tls",))]


def test_each_kind_has_a_server_of_its_own() -> None:
    async def script(servers: SharedServers, starter: Starter) -> None:
        await servers.start(simulated=True)
        await servers.start(simulated=False)
        await servers.start(simulated=True, arguments=("--tls",))

    assert len(play(script).began) == 3


def test_a_server_that_has_ended_is_started_anew() -> None:
    async def script(servers: SharedServers, starter: Starter) -> None:
        first = await servers.start(simulated=False)
        starter.running.clear()
        assert not servers.alive(first)
        assert servers.alive(await servers.start(simulated=False))

    assert len(play(script).began) == 2


def test_a_start_that_failed_is_forgotten() -> None:
    async def script(servers: SharedServers, starter: Starter) -> None:
        starter.fail = True
        with pytest.raises(EngineError, match="no memory"):
            await servers.start(simulated=False)
        starter.fail = False
        assert servers.alive(await servers.start(simulated=False))

    assert len(play(script).began) == 2


def test_a_start_that_fails_after_it_was_given_up_disturbs_nobody() -> None:
    told: list[str] = []

    async def script(servers: SharedServers, starter: Starter) -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: told.append(context["message"])
        )
        starter.fail = True
        await give_up(servers, 0.1)
        await asyncio.sleep(2 * LOADING_S)
        starter.fail = False
        await servers.start(simulated=False)

    assert len(play(script).began) == 2
    assert told == []


def test_closing_ends_a_start_under_way_and_tells_who_waits_for_it() -> None:
    async def script(servers: SharedServers, starter: Starter) -> None:
        waiting = asyncio.create_task(servers.start(simulated=False))
        await asyncio.sleep(1)
        await servers.close()
        with pytest.raises(EngineError, match="closed before it was ready"):
            await waiting

    starter = play(script)

    assert (starter.given_up, starter.closed) == (1, 2)
