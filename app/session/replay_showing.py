"""A recorded session, told again from its start to wherever it has got."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from app.core.clock import Nanoseconds
from app.core.ports import PriceBook, ScoreLine, ScorePlace, SessionScore
from app.core.privacy import RecordingMode
from app.metrics.cost import session_row
from app.session.messages import EngineReport, HealthReport, TurnReport
from app.session.monitor import ClientDelays
from app.session.replay_cast import Cast, over_ns, turns_of
from app.session.replay_cost import ReplayCost
from app.session.replay_events import SPEECH_EDGE, TURN_OVER, Recalled, knows
from app.session.replay_gather import Gather
from app.session.replay_memory import Memory, Rest
from app.session.replay_pieces import Piece, gone_over, run_of
from app.session.replay_sight import Sight

AHEAD_NS: Final = 2_000_000_000
"""So much of the score is read at once."""
SLICE_LINES: Final = 2_000
"""Events taken in at once: some ten milliseconds of work."""
LEAP_BYTES: Final = 1 << 18
"""Of the journal; so far is gone in about one slice."""
HEALTH_NS: Final = 1_000_000_000
RESTS_NS: Final = 300_000_000
"""So long nothing happens after a moment of rest."""
_READY = "SessionReady"
_Taken: TypeAlias = Recalled | Piece | Sequence[Piece]


class Showing:
    """Tells a session anew, as it was told when it was live. Blocks on the disk; one owner.

    Attributes:
        told_ns: Session time up to which it has been told.
        memory: Moments of rest that it has come by.
        gone_ns: Session time of the last event that it went over.
        unfit: Events it came by whose fields do not fit.

    Args:
        score: The session.
        report: Gets what is told.
        prices: What models cost; None where nobody knows, and then no cost is told.
        memory: Of another one, which goes ahead: it is read only. None: of its own.
        joins: It goes to the end, and never stays between the pieces of a reply: that is faster.
    """

    def __init__(
        self,
        score: SessionScore,
        report: Callable[[EngineReport], None],
        prices: PriceBook | None = None,
        memory: Memory | None = None,
        *,
        joins: bool = False,
    ) -> None:
        self._score = score
        self._prices = prices
        self._report = report
        self._t0_ns = score.stored.record.t0_ns
        self._turns = turns_of(score)
        self._wordless = score.stored.record.recording_mode is RecordingMode.FIGURES
        self.memory = Memory(self._turns) if memory is None else memory
        self._notes = memory is None
        self._joins = joins and not self._wordless
        self.unfit = 0
        self.restart(Nanoseconds(0))

    @property
    def end_ns(self) -> Nanoseconds:
        """Length of the session."""
        return Nanoseconds(self._score.end_ns - self._t0_ns)

    def restart(self, until_ns: Nanoseconds) -> None:
        """Begin anew, to be advanced to ``until_ns``; everything told before is void."""
        score = self._score
        folder = str(score.stored.folder)
        names = score.names
        self.told_ns = Nanoseconds(0)
        self._cast = Cast(
            score.stored.record,
            folder,
            self._turns,
            self._hear,
            edges=SPEECH_EDGE in names,
            words=not self._wordless,
        )
        self._begun = self._over = False
        self._queue: deque[tuple[ScoreLine, _Taken]] = deque()
        self._place: ScorePlace | None = score.start
        self._read_ns = int(self._t0_ns)
        self._overs = deque(() if TURN_OVER in names else self._reckoned())
        self._delays = ClientDelays()
        self._newest: TurnReport | None = None
        self._cost: ReplayCost | None = None
        self._limited_n = 0
        self._health_ns = 0
        self.sight = Sight(self._report, score.sound, score.frames)
        self.gone_ns = Nanoseconds(0)
        self._offset = 0
        self._gather = Gather(self._cast.take, score.cut_off)
        seek = self.memory.go_back if self._notes else self.memory.find
        rest, told = seek(self._t0_ns + until_ns)
        if rest is not None:
            self._resume(rest, told)

    def _resume(self, rest: Rest, told: Sequence[EngineReport]) -> None:
        """Go on from a moment of rest: what was told by then is told again at once."""
        self._begin()
        self._cast.resume(rest, told)
        self._place, self._offset = rest.place, rest.place.offset
        self.gone_ns = Nanoseconds(rest.at_ns - self._t0_ns)
        over = {each.record.turn_id for each in told if isinstance(each, TurnReport)}
        self._overs = deque(each for each in self._overs if each[1] not in over)
        for report in told:
            if isinstance(report, TurnReport):
                self._count(report, tell=False)
            self._report(report)

    def leaps(self, until_ns: Nanoseconds) -> bool:
        """Whether to begin anew is the shorter way to ``until_ns``."""
        rest = self.memory.nearest(self._t0_ns + until_ns)
        return rest is not None and rest.place.offset - self._offset > LEAP_BYTES

    def advance(self, until_ns: Nanoseconds, most: int = SLICE_LINES) -> bool:
        """Tell what happened before session time ``until_ns``; return whether that was all.

        At most so many events are taken in at once.
        """
        if not self._begun:
            self._begin()
            self._cast.begin(ready=_READY not in self._score.names)
        due_ns = Nanoseconds(self._t0_ns + until_ns)
        for _ in range(most):
            if not self._queue and not self._fetch(due_ns):
                break
            if self._queue[0][0].due_ns > due_ns:
                break
            self._pass(*self._queue.popleft())
        else:
            return False
        self._gather.flush()
        self._tell_overs(due_ns)
        self.told_ns = Nanoseconds(max(self.told_ns, until_ns))
        self._tell_health(until_ns)
        if until_ns >= self.end_ns and not self._over:
            self._over = True
            self._tell_overs(None)
            self._cast.end()
        return True

    def _pass(self, line: ScoreLine, event: "_Taken") -> None:
        """Go over one event."""
        if self._overs and self._overs[0][0] <= line.due_ns:
            self._gather.flush()
            self._tell_overs(line.due_ns)
        if isinstance(event, Sequence):
            self._gather.put_run(event)
        else:
            self._gather.put(event)
        self._offset = line.offset
        self.gone_ns = Nanoseconds(line.due_ns - self._t0_ns)
        if self._notes:
            self.memory.events += 1
            self._rest_after(line)

    def _begin(self) -> None:
        self._begun = True
        if self._prices is not None:
            record = self._score.stored.record
            self._cost = ReplayCost(record, session_row(record, self._prices), self._keep)

    def _rest_after(self, line: ScoreLine) -> None:
        """Keep the moment after an event that a stretch without any follows, if all rests."""
        if not self._queue or self._queue[0][0].due_ns - line.due_ns < RESTS_NS:
            return
        self._gather.flush()
        if self._cast.rests and self.memory.wants_rest(line.due_ns):
            self._cast.rest(self.memory, line.due_ns, self._queue[0][0].before)

    # --- the score ----------------------------------------------------------------------------

    def _fetch(self, due_ns: Nanoseconds) -> bool:
        """Read on as far as is wanted; return whether anything came."""
        while not self._queue and self._place is not None and self._read_ns <= due_ns:
            wanted_ns = Nanoseconds(due_ns + AHEAD_NS)
            page = self._score.read(self._place, wanted_ns, joined=self._joins)
            for line in page.lines:
                event = self._decoded(line)
                if event is not None:
                    self._queue.append((line, event))
            if not page.lines and page.after in {None, self._place}:
                self._read_ns = wanted_ns
            self._place = page.after
        return bool(self._queue)

    def _decoded(self, line: ScoreLine) -> "_Taken | None":
        """Return what a line tells; what is of no known kind is not told."""
        if not line.name:
            pieces, unfit = run_of(line.fields)
            self.unfit += unfit
            return pieces or None
        event = gone_over(line, wordless=self._wordless)
        self.unfit += event is None and knows(line.name)
        return event

    # --- turns and health ---------------------------------------------------------------------

    def _reckoned(self) -> list[tuple[int, int]]:
        """Return when turns were over of which nobody noted when they were told."""
        turns = self._turns.values()
        return sorted((over_ns(turn, self._t0_ns), turn.turn_id) for turn in turns)

    def _tell_overs(self, due_ns: int | None) -> None:
        """Tell the turns that were over by then; None: all."""
        while self._overs and (due_ns is None or self._overs[0][0] <= due_ns):
            self._cast.close_turn(self._overs.popleft()[1])
        if due_ns is None:
            for turn_id in self._turns:
                self._cast.close_turn(turn_id)

    def _hear(self, report: EngineReport) -> None:
        self._keep(report)
        if isinstance(report, TurnReport):
            self._count(report, tell=True)

    def _keep(self, report: EngineReport) -> None:
        if self._notes:
            self.memory.hear(report)
        self._report(report)

    def _count(self, report: TurnReport, *, tell: bool) -> None:
        """Add a turn to what the health and the cost are reckoned from."""
        self._newest = report
        self._delays.add(report.record)
        self._limited_n += bool(report.record.client_limited)
        if self._cost is not None:
            over = over_ns(report.record, self._t0_ns)
            self._cost.add(report.record, (over - self._t0_ns) / 1e9, tell=tell)

    def _tell_health(self, at_ns: Nanoseconds) -> None:
        if at_ns - self._health_ns < HEALTH_NS:
            return
        self._health_ns = at_ns - at_ns % HEALTH_NS
        newest = None if self._newest is None else self._newest.record
        self._report(
            HealthReport(
                elapsed_s=at_ns / 1e9,
                loop_lag_p99_ms=None if newest is None else newest.loop_lag_p99_ms,
                callback_lag_ms=None if newest is None else newest.callback_lag_ms,
                client_added_p95_ms=self._delays.p95_ms,
                client=self._delays.report,
                client_limited_n=self._limited_n,
                u_v2v_ms=None if newest is None else newest.u_v2v_ms,
                rtt_ms=None if newest is None else newest.rtt_ms,
            )
        )
