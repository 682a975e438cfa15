"""A session of a battery that is broken off, impatiently."""

import asyncio
from pathlib import Path

from app.session.messages import EngineReport, LiveState, StateReport
from tests.support.battery import Batteries
from tests.support.clocks import run_virtual


def test_a_session_that_is_broken_off_twice_is_closed_all_the_same(tmp_path: Path) -> None:
    world = Batteries(tmp_path)
    told: list[EngineReport] = []

    async def main() -> None:
        task = asyncio.ensure_future(world.battery_hold()(world.start(), told.append))  # noqa: TID251
        while StateReport(state=LiveState.LISTENING) not in told:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.01)
        for _ in range(2):
            task.cancel()
            await asyncio.sleep(0)
        await asyncio.wait({task})
        assert task.cancelled()
        await world.end()

    run_virtual(main())

    (recording,) = world.recordings
    assert recording.closed
    assert recording.sessions[-1].end_reason == "The battery was stopped."
