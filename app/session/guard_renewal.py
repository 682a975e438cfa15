"""Keeps a session alive when its connection ends: another one, with the conversation told.

What the user says in between is recorded and not sent: stale speech is worse than none. A turn
whose reply has not arrived whole ends with the connection; what has arrived is still played.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable

from app.core.clock import Nanoseconds, ms
from app.core.commands import ConfigureSession
from app.core.errors import AppError, ConnectionEndedError, RemoteProtocolError
from app.core.events import ConnectionLost, ConnectionRenewed, Reconnecting, SessionEvent
from app.session.guard_candidate import Candidate
from app.session.guard_news import GuardNews
from app.session.guard_rules import Backoff, CutRule, worth_another
from app.session.history import History
from app.session.messages import GuardState, SpanKind, SpanReport
from app.session.receiver import Receiver
from app.session.stage import Stage
from app.session.states import Cause
from app.session.turns import TurnTracker
from app.session.uplink import Uplink

STEADY_S = 10.0
"""A new connection that held so long has earned a fresh count of attempts."""

GAP = "the connection"
"""Words of the connection's gaps."""


class Renewal:
    """Receives on one connection after the other. All calls on the engine's loop.

    Args:
        stage: The session; its ``conduct.guard`` says how often to try.
        uplink: The way out.
        receiver: The way in.
        tracker: Knows the turns.
        history: The conversation so far.
        news: Tells the front end.
        take: Acts on an event of the connection and tells everybody of it.
        broken: Gets every message's breach of the protocol.

    Attributes:
        rule: Judges what the provider said before a connection ended.
    """

    def __init__(
        self,
        stage: Stage,
        uplink: Uplink,
        receiver: Receiver,
        tracker: TurnTracker,
        *,
        history: History,
        news: GuardNews,
        take: Callable[[SessionEvent], Awaitable[None]],
        broken: Callable[[RemoteProtocolError], None],
    ) -> None:
        self._stage = stage
        self._line = stage.line
        self._clock = stage.clock
        self._uplink = uplink
        self._receiver = receiver
        self._tracker = tracker
        self._history = history
        self._news = news
        self._take = take
        self._broken = broken
        self._attempts = stage.start.conduct.guard.reconnect_attempts
        self._backoff = Backoff(zlib.crc32(stage.account.record.session_id.encode()))
        self._renewing = asyncio.Lock()
        self._cut_ns: Nanoseconds | None = None
        self._renewed_ns: Nanoseconds | None = None
        self._spent = 0
        self.rule = CutRule()

    async def run(self) -> None:
        """Receive until cancelled, on one connection after the other.

        Raises:
            ConnectionEndedError: If the connection ended for good.
            ProviderError: If the provider refused another.
        """
        while True:
            try:
                await self._receiver.run()
            except ConnectionEndedError as cut:
                await self._lose(cut)
                if not self._attempts or not self.rule.recoverable(cut):
                    raise
                await self._recover(cut)

    async def open(self) -> Candidate:
        """Open another connection, configured, that knows the conversation so far.

        Raises:
            AppError: What a session's start raises.
        """
        candidate = await Candidate.open(self._stage, self._broken)
        try:
            await candidate.tell(self._history)
        except BaseException:
            await candidate.close()
            raise
        return candidate

    async def rotate(self, find: Callable[[], Awaitable[Candidate | None]]) -> bool:
        """Go on in the connection that ``find`` returns, and close the present one.

        A cut that comes meanwhile waits for it, and is mended by it. Returns whether there was
        another connection. A turn whose reply has not arrived ends.

        Raises:
            AppError: What ``find`` raises.
        """
        async with self._renewing:
            candidate = await find()
            if candidate is None:
                return False
            if self._line.up:
                self._tracker.lose("The provider's session was over.")
            await self._go_on(candidate)
        await self._line.retire()
        return True

    async def _lose(self, cut: ConnectionEndedError) -> None:
        """Tell everybody that the connection has ended, and end the turns under way."""
        self._line.drop()
        self._cut_ns = self._clock.now_ns()
        await self._take(
            ConnectionLost(at_ns=self._cut_ns, code=cut.code, reason=str(cut), clean=False)
        )
        self._tracker.lose(str(cut))
        self._stage.reporter.move(Cause.ANSWERED)

    async def _recover(self, cut: ConnectionEndedError) -> None:
        async with self._renewing:
            if not self._line.up:
                await self._go_on(await self._reconnect(cut))

    async def _reconnect(self, cut: ConnectionEndedError) -> Candidate:
        if self._held_s > STEADY_S:
            self._spent = 0
        reason: AppError = cut
        while self._spent < self._attempts:
            self._spent += 1
            wait_s = self._backoff.wait_s(self._spent)
            await self._tell_attempt(wait_s, reason.sentence)
            await asyncio.gather(asyncio.sleep(wait_s), self._line.connection.close())
            try:
                return await self.open()
            except AppError as error:
                if not worth_another(error):
                    raise
                reason = error
        raise ConnectionEndedError(
            str(cut),
            code=cut.code,
            reason=cut.reason,
            clean=cut.clean,
            hint=f"{self._attempts} attempts to connect again failed: {reason.sentence}",
        )

    async def _tell_attempt(self, wait_s: float, reason: str) -> None:
        self._news.tell(
            GuardState.RECONNECTING,
            reason,
            attempt=self._spent,
            attempts=self._attempts,
            wait_s=wait_s,
        )
        await self._take(
            Reconnecting(
                at_ns=self._clock.now_ns(),
                attempt=self._spent,
                wait_ms=wait_s * 1e3,
                reason=reason,
            )
        )

    async def _go_on(self, candidate: Candidate) -> None:
        since_ns, planned = self._cut_ns or self._clock.now_ns(), self._cut_ns is None
        try:
            await self._uplink.go_on_with(candidate.line)
        except BaseException:
            await candidate.close()
            raise
        self._renewed_ns = now_ns = self._clock.now_ns()
        self._cut_ns = None
        self._news.renewals_n += 1
        self._news.ending_words = ""
        await self._take(
            ConnectionRenewed(
                at_ns=now_ns,
                planned=planned,
                gap_ms=ms(Nanoseconds(now_ns - since_ns)),
                carried_items=candidate.carried_items,
            )
        )
        for event in candidate.events:
            await self._take(event)
        if candidate.line.settings != self._line.settings:
            await self._uplink.send(ConfigureSession(self._line.settings))
        if not planned:
            self._tell_gap(since_ns, now_ns)
        self._news.calm(_renewed(candidate, planned=planned))

    def _tell_gap(self, since_ns: Nanoseconds, until_ns: Nanoseconds) -> None:
        t0_ns = self._stage.account.record.t0_ns
        self._stage.report(
            SpanReport(
                kind=SpanKind.GAP,
                start_ms=ms(Nanoseconds(since_ns - t0_ns)),
                end_ms=ms(Nanoseconds(until_ns - t0_ns)),
                words=GAP,
            )
        )

    @property
    def _held_s(self) -> float:
        """How long the connection held that was lost last; the first one always held."""
        if self._renewed_ns is None or self._cut_ns is None:
            return STEADY_S + 1.0
        return (self._cut_ns - self._renewed_ns) / 1e9


def _renewed(candidate: Candidate, *, planned: bool) -> str:
    where = "before the provider's limit" if planned else "after a cut"
    left = f", {candidate.left_out} could not be" if candidate.left_out else ""
    return (
        f"The session goes on in a new connection, {where}; "
        f"{candidate.carried_items} items were carried over{left}."
    )
