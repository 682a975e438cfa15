"""Finds out that the clocks left each other: a suspended computer, or a step of the wall clock."""

import asyncio
from collections.abc import Callable

from app.core.clock import Clock, Nanoseconds
from app.core.events import ClockJumped, SessionEvent

PERIOD_S = 0.25
JUMP_NS = 250_000_000
"""A change at once by more than this is a jump; less is the slow work of a time server."""

LATE_NS = 2_000_000_000
"""A loop that wakes so much too late slept with its computer."""

_BRACKET_NS = 50_000_000


class ClockWatch:
    """Holds the wall clock against the session clock. All calls on the engine's loop.

    Args:
        clock: The session's.
        wall_ns: The wall clock, which is used for nothing else.
        publish: Gets a ClockJumped for each jump.
    """

    def __init__(
        self, clock: Clock, wall_ns: Callable[[], int], publish: Callable[[SessionEvent], None]
    ) -> None:
        self._clock = clock
        self._wall_ns = wall_ns
        self._publish = publish
        self._lead_ns: int | None = None

    async def run(self) -> None:
        """Watch until cancelled."""
        self._look(late_ns=0)
        while True:
            before_ns = self._clock.now_ns()
            await asyncio.sleep(PERIOD_S)
            late_ns = self._clock.now_ns() - before_ns - round(PERIOD_S * 1e9)
            self._look(late_ns)

    def _look(self, late_ns: int) -> None:
        before_ns = self._clock.now_ns()
        wall_ns = self._wall_ns()
        after_ns = self._clock.now_ns()
        jump_ns = 0
        if after_ns - before_ns < _BRACKET_NS:  # else we were held up between the two readings
            lead_ns = wall_ns - (before_ns + after_ns) // 2
            jump_ns = 0 if self._lead_ns is None else lead_ns - self._lead_ns
            self._lead_ns = lead_ns
        if abs(jump_ns) <= JUMP_NS:
            jump_ns = late_ns if late_ns > LATE_NS else 0
        if jump_ns:
            self._publish(ClockJumped(at_ns=Nanoseconds(after_ns), jump_ms=jump_ns / 1e6))
