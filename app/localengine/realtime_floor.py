"""Who has the floor: when a user who speaks into a reply is noticed, and when the reply stops."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

from app.core.clock import Clock, Nanoseconds
from app.localengine.ports import Manners, Yielding

PLAYER_SLACK_MS: Final = 200.0
"""After a reply that is not given up, so long passes until its player is surely through."""

_STEP_MS: Final = 20.0


class Speaking(Protocol):
    """The replies of a session, as far as they give way."""

    @property
    def sounding(self) -> int | None:
        """The reply that a player would be playing now, counted from 1, or None."""
        ...

    def sounds_for_ms(self) -> float | None:
        """Return how long what was sent of it goes on; 0 while more may come, then None."""
        ...

    def interrupt(self) -> None:
        """Stop the reply under way, if there is one."""
        ...

    def give_way(self, turn: int) -> None:
        """Stop the reply under way if it is that one, and answer what is owed."""
        ...


class Floor:
    """Lets one session's replies give way. All calls on the server's loop.

    Args:
        manners: Says how.
        replies: What gives way.
        release: Gets the instant at which a user who was not noticed at once is noticed.
    """

    def __init__(
        self,
        *,
        manners: Manners,
        replies: Speaking,
        tasks: asyncio.TaskGroup,
        clock: Clock,
        release: Callable[[Nanoseconds], None],
    ) -> None:
        self._manners = manners
        self._replies = replies
        self._tasks = tasks
        self._clock = clock
        self._release = release
        self._waiting: set[asyncio.Task[None]] = set()
        self._into: tuple[int, Yielding, Nanoseconds] | None = None

    def least_ms(self) -> float:
        """Return how long sound that begins now must last to be taken for the user's speech."""
        turn = self._replies.sounding
        return 0.0 if turn is None else self._manners.yielding(turn).ignores_below_ms

    def notice(self, onset_ns: Nanoseconds) -> bool:
        """Return whether the user, whose onset arrived at ``onset_ns``, is noticed at once."""
        turn = self._replies.sounding
        if turn is None:
            return True
        rule = self._manners.yielding(turn)
        self._into = (turn, rule, onset_ns)
        self._manners.note("onset", turn, onset_ns, self._clock.now_ns())
        if rule.detect_ms == 0.0:
            return True
        self._wait(self._notice_later(rule, onset_ns), f"notice into reply {turn}")
        return False

    def noticed(self, *, interrupts: bool) -> None:
        """The client has been told that the user speaks: the reply stops, if it is to."""
        into, self._into = self._into, None
        if into is None:
            if interrupts:
                self._replies.interrupt()
            return
        turn, rule, onset_ns = into
        now_ns = self._clock.now_ns()
        due_ns = now_ns if rule.detect_ms is None else _after(onset_ns, rule.detect_ms)
        self._manners.note("detected", turn, due_ns, now_ns)
        if interrupts and rule.stop_ms == 0.0:
            self._stop(turn, due_ns)
        elif interrupts:
            stop_ns = _after(due_ns, rule.stop_ms)
            self._wait(self._stop_later(turn, stop_ns), f"stop reply {turn}")

    def end(self) -> None:
        """Wait for nothing any more."""
        for task in self._waiting:
            task.cancel()

    # --- later -----------------------------------------------------------------------------------

    async def _notice_later(self, rule: Yielding, onset_ns: Nanoseconds) -> None:
        if rule.detect_ms is None:
            # A reply's end is an instant of its player's, which tells nobody.
            while (left_ms := self._replies.sounds_for_ms()) is not None:  # noqa: ASYNC110
                await asyncio.sleep(max(left_ms, _STEP_MS) / 1e3)
            await asyncio.sleep(PLAYER_SLACK_MS / 1e3)
        else:
            await self._until(_after(onset_ns, rule.detect_ms))
        self._release(self._clock.now_ns())

    async def _stop_later(self, turn: int, at_ns: Nanoseconds) -> None:
        await self._until(at_ns)
        self._stop(turn, at_ns)

    def _stop(self, turn: int, due_ns: Nanoseconds) -> None:
        self._replies.give_way(turn)
        self._manners.note("stopped", turn, due_ns, self._clock.now_ns())

    async def _until(self, at_ns: Nanoseconds) -> None:
        left_ns = at_ns - self._clock.now_ns()
        if left_ns > 0:
            await asyncio.sleep(left_ns / 1e9)

    def _wait(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = self._tasks.create_task(work, name=name)
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)


def _after(instant: Nanoseconds, span_ms: float) -> Nanoseconds:
    return Nanoseconds(instant + round(span_ms * 1e6))
