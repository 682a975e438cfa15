"""The engine behind its pipe, in virtual time."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from app.session.link import Decoder, Hello, LinkMessage, encode
from app.session.messages import (
    DevicesReport,
    EndSession,
    EngineRequest,
    EnvelopeReport,
    HoldToTalk,
    Interrupt,
    ListDevices,
    LiveState,
    MeterReport,
    ProblemReport,
    SendTyped,
    SetMuted,
    Shutdown,
    StateReport,
    TurnReport,
)
from app.session.service import OUTBOX_LIMIT, EngineService, Outbox
from tests.support.clocks import run_virtual
from tests.support.session import Peer, World, start
from tests.unit.session.test_user_actions import Obliging


class Window:
    """The other end of the pipe."""

    def __init__(self, pipe: socket.socket) -> None:
        self._pipe = pipe
        self._decoder = Decoder()
        self.heard: list[LinkMessage] = []
        pipe.setblocking(False)

    def send(self, *requests: EngineRequest) -> None:
        self._pipe.sendall(encode(list(requests)))

    async def wait_for(self, wanted: Callable[[LinkMessage], bool]) -> LinkMessage:
        loop = asyncio.get_running_loop()
        while True:
            for message in self.heard:
                if wanted(message):
                    return message
            data = await loop.sock_recv(self._pipe, 65_536)
            assert data, f"the engine closed the pipe after {self.heard[-3:]}"
            self.heard += self._decoder.feed(data)

    async def state(self, state: LiveState) -> None:
        await self.wait_for(lambda m: isinstance(m, StateReport) and m.state is state)

    def close(self) -> None:
        self._pipe.close()


def serve(world: World, scenario: Callable[[Window], Awaitable[None]]) -> list[LinkMessage]:
    async def run() -> list[LinkMessage]:
        ours, theirs = socket.socketpair()
        parts = world.parts()
        window = Window(ours)
        async with asyncio.timeout(300), asyncio.TaskGroup() as group:
            group.create_task(EngineService(theirs, parts, parts.clock).run())
            await scenario(window)
            window.close()
        return window.heard

    return run_virtual(run())


def test_a_session_runs_over_the_pipe_and_ends_with_it() -> None:
    world = World(Peer(Obliging(after_ms=100)))

    async def scenario(window: Window) -> None:
        window.send(start(key="sk-canary"))
        await window.state(LiveState.LISTENING)
        window.send(SetMuted(muted=True), HoldToTalk(down=True), HoldToTalk(down=False))
        window.send(SendTyped("Hello?"), Interrupt())
        window.send(EndSession())
        await window.state(LiveState.STOPPED)

    heard = serve(world, scenario)

    assert isinstance(heard[0], Hello)
    assert any(isinstance(message, TurnReport) for message in heard)
    assert world.store.recording.closed


def test_a_window_that_goes_away_closes_the_recording() -> None:
    world = World(Peer(Obliging()))

    async def scenario(window: Window) -> None:
        window.send(start())
        await window.state(LiveState.LISTENING)

    serve(world, scenario)

    assert world.store.recording.closed
    assert world.store.recording.sessions[-1].end_reason == "The window closed."


def test_a_second_start_ends_the_first_session() -> None:
    world = World(Peer(Obliging()))

    async def scenario(window: Window) -> None:
        window.send(start())
        await window.state(LiveState.LISTENING)
        window.send(start(), Shutdown())
        await window.state(LiveState.STOPPED)

    serve(world, scenario)

    reasons = [record.end_reason for record in world.store.recording.sessions]
    assert "Another session was started." in reasons


@pytest.mark.parametrize("request_", [SendTyped("x"), Interrupt(), HoldToTalk(down=True)])
def test_an_action_without_a_session_says_so(request_: EngineRequest) -> None:
    async def scenario(window: Window) -> None:
        window.send(request_)
        problem = await window.wait_for(lambda m: isinstance(m, ProblemReport))
        assert isinstance(problem, ProblemReport)
        assert problem.sentence == "No session is running."

    serve(World(Peer(Obliging())), scenario)


def test_devices_are_told_when_asked_for() -> None:
    async def scenario(window: Window) -> None:
        window.send(ListDevices())
        assert await window.wait_for(lambda m: isinstance(m, DevicesReport)) == DevicesReport(
            devices=()
        )

    serve(World(Peer(Obliging())), scenario)


def test_nonsense_on_the_pipe_ends_the_engine() -> None:
    async def scenario(window: Window) -> None:
        await window.wait_for(lambda m: isinstance(m, Hello))
        window._pipe.sendall(b"\xff\xff\xff\xff")

    serve(World(Peer(Obliging())), scenario)


def test_the_outbox_keeps_the_latest_meter_only() -> None:
    def meter(level: float) -> MeterReport:
        return MeterReport(
            input_rms_dbfs=level,
            input_peak_dbfs=level,
            output_rms_dbfs=None,
            output_peak_dbfs=None,
        )

    outbox = Outbox()
    outbox.put(meter(-40.0))
    outbox.put(StateReport(state=LiveState.LISTENING))
    outbox.put(meter(-20.0))

    assert outbox.take() == [StateReport(state=LiveState.LISTENING), meter(-20.0)]
    assert outbox.take() == []


def test_a_full_outbox_drops_envelopes_and_counts_them() -> None:
    outbox = Outbox()
    envelope = EnvelopeReport(start_ms=0.0, step_ms=20.0, user=(), model=())
    for _ in range(OUTBOX_LIMIT):
        outbox.put(envelope)

    outbox.put(envelope)
    outbox.put(StateReport(state=LiveState.FAILED))

    assert outbox.dropped == 1
    assert len(outbox.take()) == OUTBOX_LIMIT + 1
