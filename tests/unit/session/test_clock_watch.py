"""Clocks that leave each other: a suspended computer, a step of the wall clock, a slew."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.core.clock import Nanoseconds
from app.core.events import ClockJumped, SessionEvent
from app.core.records import TurnStatus
from app.session.clock_watch import ClockWatch
from app.session.messages import MarkKind, MarkReport, TurnReport
from app.session.running import Running
from tests.support.clocks import run_virtual
from tests.support.session import LoopClock, Peer, World
from tests.unit.session.test_user_actions import Obliging, live


class Clocks(LoopClock):
    """A session clock that may leap ahead, and a wall clock that may leave it."""

    def __init__(self) -> None:
        self.leap_ns = 0
        self.lead_ns = 0
        self.slew_ppm = 0.0

    def now_ns(self) -> Nanoseconds:
        return Nanoseconds(super().now_ns() + self.leap_ns)

    def wall_ns(self) -> int:
        now = self.now_ns()
        return now + self.lead_ns + round(now * self.slew_ppm / 1e6)


def watch(scenario: Callable[[Clocks], Awaitable[None]]) -> list[float]:
    """Let a watch run while ``scenario`` happens; return the jumps that it told, ms."""
    told: list[SessionEvent] = []

    async def run() -> None:
        clocks = Clocks()
        task = asyncio.create_task(ClockWatch(clocks, clocks.wall_ns, told.append).run())
        await asyncio.sleep(1.1)
        await scenario(clocks)
        await asyncio.sleep(2.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run_virtual(run())
    return [event.jump_ms for event in told if isinstance(event, ClockJumped)]


@pytest.mark.parametrize("step_ms", [251, -251, 3_600_000])
def test_a_step_of_the_wall_clock_is_told_once_with_its_sign(step_ms: int) -> None:
    async def scenario(clocks: Clocks) -> None:
        clocks.lead_ns += step_ms * 1_000_000

    assert watch(scenario) == [pytest.approx(step_ms)]


def test_a_small_step_is_none() -> None:
    async def scenario(clocks: Clocks) -> None:
        clocks.lead_ns += 249_000_000

    assert watch(scenario) == []


def test_the_slow_work_of_a_time_server_is_none() -> None:
    async def scenario(clocks: Clocks) -> None:
        for _ in range(1000):
            clocks.lead_ns += 500_000  # 0.5 ms each 0.1 s: 5000 ppm, half a second in all
            await asyncio.sleep(0.1)

    assert watch(scenario) == []


def test_a_loop_that_wakes_seconds_late_slept() -> None:
    async def scenario(clocks: Clocks) -> None:
        clocks.leap_ns += 5_000_000_000  # the wall clock went along

    assert watch(scenario) == [pytest.approx(5000, abs=250)]


def test_a_loop_that_is_held_up_for_less_did_not() -> None:
    async def scenario(clocks: Clocks) -> None:
        clocks.leap_ns += 1_900_000_000

    assert watch(scenario) == []


def test_a_jump_marks_and_excludes_the_turn_and_the_conversation_goes_on() -> None:
    world = World(Peer(Obliging(after_ms=400)))

    async def scenario(running: Running) -> None:
        await running.say("Hello?")
        await asyncio.sleep(0.2)
        world.wall_lead_ns += 30_000_000_000
        await asyncio.sleep(3)
        await running.say("And now?")
        await asyncio.sleep(3)

    live(world, scenario)

    first, second = (report.record for report in world.of(TurnReport))
    assert [first.status, second.status] == [TurnStatus.OK, TurnStatus.OK]
    assert first.clock_jump_ms == pytest.approx(30_000)
    assert first.client_limited == "clock_jump"
    assert first.excluded_reason == "clock_jump"
    assert second.clock_jump_ms is None
    assert second.excluded_reason is None
    marks = [mark for mark in world.of(MarkReport) if mark.kind is MarkKind.CLOCK_JUMP]
    assert len(marks) == 1
    record = world.store.recording.sessions[-1]
    assert list(record.clock_jumps_ms) == pytest.approx([30_000])
    assert record.counters.client_limited == 1
