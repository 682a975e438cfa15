"""Reaching a model, in virtual time: every stage counts from the end of the one before."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from app.core.errors import ConnectionEndedError, RemoteProtocolError
from app.core.records import ConnectTiming
from app.trials.pinging import OPEN_LIMIT_S, Pinger, Reached
from tests.support.clocks import run_virtual
from tests.support.session import Peer, World, start


class Slow(World):
    """A world whose peer greets after ``greeting_ms``."""

    greeting_ms = 40.0

    async def connect(self, target: object, key: str | None) -> Peer:
        self.peer.closed = False
        self.peer.say("session.created", self.greeting_ms, session={"id": "s1"})
        return self.peer


class Mute(World):
    """A world whose peer says nothing."""

    async def connect(self, target: object, key: str | None) -> Peer:
        return self.peer


def accepting(after_ms: float) -> Any:
    def react(peer: Peer, message: dict[str, Any]) -> None:
        if message["type"] == "session.update":
            peer.say("session.updated", after_ms, session={"id": "s1", **message["session"]})

    return react


async def reached(world: World, *, connections: int = 1, pings: int = 2) -> list[Reached]:
    pinger = Pinger(world.parts(), start())
    return [each async for each in pinger.run(connections, pings)]


def test_created_and_ready_are_timed_apart_and_every_ping_is_kept() -> None:
    peer = Peer(accepting(25.0))

    (one,) = run_virtual(reached(Slow(peer=peer), pings=3))

    expected = ConnectTiming(tcp_ms=1.0, created_ms=40.0, ready_ms=25.0)
    rounded = replace(
        one.timing,
        created_ms=round(one.timing.created_ms or -1, 3),
        ready_ms=round(one.timing.ready_ms or -1, 3),
    )
    assert rounded == expected
    assert one.timing.total_ms == pytest.approx(66.0, abs=0.01)
    assert one.rtts_ms == (1.0, 1.0, 1.0)
    assert peer.closed


def test_it_connects_as_often_as_it_is_told() -> None:
    assert len(run_virtual(reached(Slow(peer=Peer(accepting(1.0))), connections=3))) == 3


def test_a_provider_that_confirms_no_settings_has_no_ready_time() -> None:
    peer = Peer(lambda _peer, _message: None)

    (one,) = run_virtual(reached(Slow(peer=peer)))

    assert one.timing.created_ms == pytest.approx(40.0, abs=0.01)
    assert one.timing.ready_ms is None


def test_a_server_that_opens_no_session_is_an_error_and_is_closed() -> None:
    peer = Peer(lambda _peer, _message: None)

    with pytest.raises(RemoteProtocolError, match=f"within {OPEN_LIMIT_S:.0f} s"):
        run_virtual(reached(Mute(peer=peer)))

    assert peer.closed


def test_a_server_that_closes_is_an_error() -> None:
    peer = Peer(lambda _peer, _message: None)
    gone = ConnectionEndedError("It closed.", code=1011, reason="", clean=False)

    async def main() -> list[Reached]:
        peer.put(gone)
        return await reached(Mute(peer=peer))

    with pytest.raises(ConnectionEndedError):
        run_virtual(main())


class Deaf(Peer):
    """A peer that answers its first ping and no other."""

    asked = 0

    async def ping_ms(self) -> float:
        self.asked += 1
        if self.asked > 1:
            await asyncio.Event().wait()
        return 1.0


def test_a_ping_that_is_not_answered_costs_no_stage() -> None:
    peer = Deaf(accepting(25.0))

    (one,) = run_virtual(reached(Slow(peer=peer), pings=3))

    assert (one.rtts_ms, peer.asked) == ((1.0,), 2)
    assert one.timing.ready_ms == pytest.approx(25.0, abs=0.01)
    assert peer.closed
