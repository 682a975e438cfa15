"""A recorded session's events as the reports that a front end was given when it was live."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Final

from app.core.clock import Nanoseconds
from app.core.events import (
    ConnectionLost,
    SessionEvent,
    SessionReady,
    UserSpeechEnded,
    UserSpeechStarted,
)
from app.core.ports import ScorePlace, SessionScore
from app.core.records import SessionRecord, TurnRecord, TurnStatus
from app.session.messages import (
    EngineReport,
    GuardReport,
    LiveState,
    SessionReport,
    TranscriptReport,
    TurnReport,
)
from app.session.open_turn import OpenTurn
from app.session.replay_events import Recalled, TurnOver
from app.session.replay_memory import Memory, Rest
from app.session.replay_upkeep import Upkeep
from app.session.reporter import Reporter
from app.session.spans import Spans
from app.session.speech_ends import SpeechEdge
from app.session.states import Cause
from app.session.transcript import TranscriptBook
from app.session.turns import TurnTracker

UNHEARD: Final = "unheard"
_INSTANTS: Final = tuple(field.name for field in fields(TurnRecord) if field.name.endswith("_ns"))


def over_ns(turn: TurnRecord, t0_ns: Nanoseconds) -> Nanoseconds:
    """Return the last instant that is known of a turn, where nobody noted when it was told."""
    known = (getattr(turn, name) for name in _INSTANTS)
    return Nanoseconds(max((each for each in known if each is not None), default=t0_ns))


class Cast:
    """Plays the parts of a session that told its front end what happened. One replay of it.

    The same members as in a live session follow the same events in the same order.

    Args:
        record: The session's account.
        folder: Its folder, for people.
        turns: Its turns by their number.
        report: Gets what a live session would have told.
        edges: Whether the user's speech was noted as the turn lanes show it; otherwise what
            belongs to turns is shown.
        words: Whether there are any.
    """

    def __init__(
        self,
        record: SessionRecord,
        folder: str,
        turns: Mapping[int, TurnRecord],
        report: Callable[[EngineReport], None],
        *,
        edges: bool = True,
        words: bool = True,
    ) -> None:
        self._record = record
        self._folder = folder
        self._turns = turns
        self._report = report
        self._edges = edges
        self._ready = False
        self._over = False
        self._told: set[int] = set()
        self._reporter = Reporter(report)
        self._reporter.begin(record.t0_ns)
        self._tracker = TurnTracker(
            closed=self._closed,
            input_name=lambda: None,
            reply_timeout_ns=Nanoseconds(0),
            wants_words=True,
        )
        self._transcript = TranscriptBook(record.t0_ns, report if words else _unsaid)
        self._spans = Spans(report, self._tracker.turn_of, record.t0_ns)
        self._upkeep = Upkeep(record.t0_ns, report)

    def begin(self, *, ready: bool) -> None:
        """Tell that it connects; ``ready``: and that it listens, since nobody noted when."""
        self._reporter.move(Cause.CONNECT)
        if ready:
            self._listen()

    @property
    def rests(self) -> bool:
        """Whether nothing is under way: a replay may go on from here."""
        listens = self._reporter.state is LiveState.LISTENING
        return self._ready and listens and not self._tracker.busy and not self._over

    def rest(self, memory: Memory, at_ns: int, place: ScorePlace) -> None:
        """Keep this moment of rest."""
        tracker = self._tracker
        memory.rest(
            at_ns,
            place,
            begun_n=tracker.begun_n,
            announced=tracker.announced,
            local=tracker.local,
        )

    def resume(self, rest: Rest, told: Sequence[EngineReport]) -> None:
        """Go on from a moment of rest, in place of ``begin``; ``told`` was told by then."""
        self._ready = True
        self._reporter.state = LiveState.LISTENING
        self._told = {each.record.turn_id for each in told if isinstance(each, TurnReport)}
        self._tracker.resume(rest.begun_n, announced=rest.announced, local=rest.local)
        self._transcript.resume(each for each in told if isinstance(each, TranscriptReport))
        guard = (each.renewals_n for each in told if isinstance(each, GuardReport))
        self._upkeep.renewals_n = max(guard, default=0)

    def take(self, event: Recalled) -> None:
        """Take in one event."""
        match event:
            case TurnOver(turn_id=turn_id):
                self.close_turn(turn_id)
            case SpeechEdge():
                self._spans.hear(event)
            case _:
                self._take(event)

    def close_turn(self, turn_id: int) -> None:
        """Tell a turn that is over, once."""
        record = self._turns.get(turn_id)
        if turn_id in self._told:
            return
        self._told.add(turn_id)
        if record is None:
            self._tracker.close(turn_id)
        elif record.error_type == UNHEARD:
            self._tracker.fail_unheard(over_ns(record, self._record.t0_ns), "")
        elif not self._tracker.close(turn_id):
            self._report(TurnReport(record=record))

    def end(self) -> None:
        """Tell that the session is over."""
        if self._over:
            return
        self._over = True
        self._spans.close_all()
        self._report(SessionReport(record=self._record, folder=self._folder))
        failed = self._record.state == "failed"
        if not failed:
            self._reporter.move(Cause.STOP)
        self._reporter.move(Cause.FAILED if failed else Cause.STOPPED)

    def _listen(self) -> None:
        if not self._ready:
            self._ready = True
            self._reporter.move(Cause.READY)
            self._report(SessionReport(record=self._record, folder=self._folder))

    def _take(self, event: SessionEvent) -> None:
        if not self._tracker.local and self._tracker.unannounced(event):
            self._tracker.local = True
        self._reporter.local = self._tracker.local
        self._tracker.take(event)
        self._transcript.take(event)
        self._reporter.take(event)
        self._spans.take(event)
        self._upkeep.take(event)
        self._follow(event)

    def _follow(self, event: SessionEvent) -> None:
        if isinstance(event, UserSpeechStarted | UserSpeechEnded) and not self._edges:
            started = isinstance(event, UserSpeechStarted)
            self._spans.hear(SpeechEdge(event.at_ns, event.method, started))
        elif isinstance(event, SessionReady):
            self._listen()
        elif isinstance(event, ConnectionLost):
            self._reporter.move(Cause.ANSWERED)

    def _closed(self, turn: OpenTurn) -> None:
        record = self._turns.get(turn.turn_id)
        if record is None:
            return
        if record.status is TurnStatus.TIMEOUT:
            self._reporter.move(Cause.ANSWERED)
            self._reporter.move(Cause.SILENT)
        self._spans.close(turn, record)
        self._report(TurnReport(record=record))


def _unsaid(_entry: EngineReport) -> None:
    """Tell nothing of words that were not kept."""


def turns_of(score: SessionScore) -> Mapping[int, TurnRecord]:
    """Return the turns of a session by their number; of namesakes the last."""
    return {turn.turn_id: turn for turn in score.stored.turns}
