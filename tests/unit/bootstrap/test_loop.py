"""The engine's loop keeps the fractions of a millisecond."""

import asyncio
import selectors

from app.bootstrap.loop import run_precisely


def test_timers_are_not_rounded_up_to_whole_milliseconds() -> None:
    async def selector() -> object:
        return getattr(asyncio.get_running_loop(), "_selector", None)

    assert isinstance(run_precisely(selector()), selectors.SelectSelector)


def test_it_returns_what_the_work_returns_and_leaves_no_loop() -> None:
    async def work() -> int:
        return 7

    assert run_precisely(work()) == 7
