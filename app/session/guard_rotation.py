"""Before the provider's session limit: another session first, then the end of this one."""

import asyncio
from collections.abc import Callable

from app.core.clock import Nanoseconds
from app.core.errors import AppError
from app.core.events import SessionCreated, SessionEvent
from app.session.guard_candidate import Candidate
from app.session.guard_news import GuardNews
from app.session.guard_renewal import Renewal
from app.session.guard_rules import worth_another
from app.session.history import History
from app.session.messages import GuardState
from app.session.stage import Stage

ENDING_SOON_S = 120.0
"""So long before the limit the front end is told, once."""

FORCED_S = 5.0
"""So long before the limit a turn under way is no reason to wait any more."""

RETRY_S = 10.0
WAIT_S = 0.05


class Rotation:
    """Follows the limit that the provider told. All calls on the engine's loop.

    Args:
        stage: The session; its ``conduct.guard`` says whether, and how early.
        renewal: Exchanges the connection.
        history: The conversation so far.
        news: Tells the front end.
        quiet: Tells whether nobody speaks and no turn is under way.
    """

    def __init__(
        self,
        stage: Stage,
        renewal: Renewal,
        history: History,
        news: GuardNews,
        quiet: Callable[[], bool],
    ) -> None:
        self._stage = stage
        self._renewal = renewal
        self._history = history
        self._news = news
        self._quiet = quiet
        self._conduct = stage.start.conduct.guard
        self._lifetime_s: float | None = None
        self._warned = False
        self._next_ns = Nanoseconds(0)
        self._wanted = self._conduct.rotate

    def take(self, event: SessionEvent) -> None:
        """Take in one event, after the account has: another session has another limit."""
        if isinstance(event, SessionCreated):
            self._lifetime_s = self._left_s
            self._warned = False

    async def poll(self) -> None:
        """Warn, or exchange the connection, once it is time. May take as long as a connect."""
        left_s, lifetime_s = self._left_s, self._lifetime_s
        if left_s is None or lifetime_s is None or lifetime_s <= 0 or not self._stage.line.up:
            return  # no limit was told, or the clocks disagree about it
        self._warn(left_s)
        early_s = max(self._conduct.rotate_before_s, FORCED_S)
        if self._wanted and left_s < min(early_s, lifetime_s / 2):
            await self._rotate()

    def _warn(self, left_s: float) -> None:
        if self._warned or left_s > ENDING_SOON_S:
            return
        self._warned = True
        then = "a new one is opened before" if self._wanted else self._unrotated
        self._news.ending_words = f"The provider ends the session in {left_s:.0f} s; {then}."
        if self._news.state is GuardState.FINE:
            self._news.calm("")

    @property
    def _unrotated(self) -> str:
        connects = self._conduct.reconnect_attempts > 0
        return "then a new one is opened" if connects else "then it is lost"

    async def _rotate(self) -> None:
        now_ns = self._stage.clock.now_ns()
        if now_ns < self._next_ns:
            return
        self._next_ns = Nanoseconds(now_ns + round(RETRY_S * 1e9))
        try:
            await self._renewal.rotate(self._find)
        except AppError as error:
            self._wanted = worth_another(error)
            self._news.ending_words = f"A new session could not be opened: {error.sentence}"
            self._news.calm("")
        else:
            self._next_ns = Nanoseconds(0)

    async def _find(self) -> Candidate | None:
        """Open another connection and wait for the moment to go on in it."""
        self._news.tell(GuardState.ROTATING, "A new session is opened before this one ends.")
        candidate = await self._renewal.open()
        try:
            while (  # noqa: ASYNC110 - a person's pause is polled
                not self._may_go() or await candidate.tell(self._history)
            ):
                await asyncio.sleep(WAIT_S)
        except BaseException:
            await candidate.close()
            raise
        return candidate

    def _may_go(self) -> bool:
        left_s = self._left_s
        forced = left_s is not None and left_s < min(FORCED_S, (self._lifetime_s or 0.0) / 4)
        return self._quiet() or forced or not self._stage.line.up

    @property
    def _left_s(self) -> float | None:
        account = self._stage.account
        elapsed_ns = Nanoseconds(self._stage.clock.now_ns() - account.record.t0_ns)
        return account.expires_in_s(elapsed_ns)
