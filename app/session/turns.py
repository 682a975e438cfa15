"""Which events make one turn, and when a turn is over.

A turn is one exchange: the user speaks, types or commits, the model answers, and the answer
has been heard or cut short. A turn stays open for late news of its own reply after the next
one has begun, for ``SUPERSEDED_LIMIT_NS`` at most.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from app.core.clock import Nanoseconds
from app.core.events import (
    CommitSent,
    ConnectionLost,
    InputCommitted,
    InputTranscriptDone,
    InputTranscriptFailed,
    PlaybackFinished,
    PlaybackFlushed,
    ResponseAudio,
    ResponseFinished,
    ResponseRequested,
    ResponseStarted,
    SessionEvent,
    SpeechStarted,
    SpeechStopped,
    TextSent,
    ToolCalled,
    ToolResultSent,
    UserSpeechStarted,
)
from app.core.ids import CallId, ItemId, ResponseId
from app.core.records import TurnStatus
from app.metrics.timeline import TurnTimeline

TRANSCRIPT_GRACE_NS = 2_000_000_000
"""How long a finished turn waits for the user's words, which arrive on their own time."""

SUPERSEDED_LIMIT_NS = 3_000_000_000

CONNECTION_LOST = "connection_lost"
"""The ``error_type`` of a turn that ended with its connection; the session tells why."""


@dataclass(slots=True)
class OpenTurn:
    """A turn under way. Only TurnTracker changes it.

    Attributes:
        responses: Replies of this turn that are not finished.
        sounding: Replies with audio that has neither been played to its end nor flushed.
        silenced: Replies that were flushed; what still comes of them is not played.
        calls: Function calls that wait for their result, or whose result waits for a reply.
    """

    turn_id: int
    opened_ns: Nanoseconds
    input_name: str | None
    timeline: TurnTimeline = field(default_factory=TurnTimeline)
    status: TurnStatus = TurnStatus.OK
    error_type: str | None = None
    error_message: str | None = None
    typed: bool = False
    asked_ns: Nanoseconds | None = None
    last_ns: Nanoseconds | None = None
    answered_ns: Nanoseconds | None = None
    superseded_ns: Nanoseconds | None = None
    words_settled: bool = False
    owned: set[ResponseId] = field(default_factory=set)
    responses: set[ResponseId] = field(default_factory=set)
    sounding: set[ResponseId] = field(default_factory=set)
    silenced: set[ResponseId] = field(default_factory=set)
    items: set[ItemId] = field(default_factory=set)
    calls: set[CallId] = field(default_factory=set)

    @property
    def replied(self) -> bool:
        """Whether a reply has begun."""
        return bool(self.owned)


class TurnTracker:
    """Groups events into turns and tells each turn once, when it is over.

    Attributes:
        closed_n: Turns that are over.

    Args:
        closed: Gets a turn that is over.
        input_name: Name of what speaks at the moment, or None.
        reply_timeout_ns: How long the model may keep silent before the turn counts as failed.
        wants_words: Whether the user's transcript is expected at all.
    """

    def __init__(
        self,
        *,
        closed: Callable[[OpenTurn], None],
        input_name: Callable[[], str | None],
        reply_timeout_ns: Nanoseconds,
        wants_words: bool,
    ) -> None:
        self._closed = closed
        self._input_name = input_name
        self._reply_timeout_ns = reply_timeout_ns
        self._wants_words = wants_words
        self._open: list[OpenTurn] = []
        self._count = 0
        self.closed_n = 0

    @property
    def current(self) -> OpenTurn | None:
        """The turn that new events belong to, or None between turns."""
        latest = self._open[-1] if self._open else None
        return None if latest is None or latest.superseded_ns is not None else latest

    @property
    def busy(self) -> bool:
        """Whether any turn is not over."""
        return bool(self._open)

    def take(self, event: SessionEvent) -> None:
        """Take in one event."""
        turn = self._owner(event)
        if turn is None:
            return
        turn.timeline = turn.timeline.after(event)
        turn.last_ns = event.at_ns
        _apply(turn, event)

    def poll(self, now_ns: Nanoseconds, *, active: bool) -> None:
        """Close the turns that are over, and those that waited too long.

        Args:
            now_ns: The present instant.
            active: Whether the user is speaking or a reply is sounding: nobody waits then.
        """
        for turn in tuple(self._open):
            if active:
                turn.last_ns = now_ns
            if self._expired(turn, now_ns) or self._over(turn, now_ns):
                self._close(turn)

    def close_all(self, status: TurnStatus, reason: str) -> None:
        """Close every open turn: those without a whole reply get ``status``."""
        for turn in tuple(self._open):
            if not turn.answered_ns and turn.status is TurnStatus.OK:
                turn.status, turn.error_type, turn.error_message = status, status.value, reason
            self._close(turn)

    def fail_unheard(self, at_ns: Nanoseconds, sentence: str) -> None:
        """Record a turn in which the user spoke and the provider never noticed."""
        turn = self._begin(at_ns)
        turn.status, turn.error_type, turn.error_message = TurnStatus.TIMEOUT, "unheard", sentence
        self._close(turn)

    def _close(self, turn: OpenTurn) -> None:
        self._open.remove(turn)
        self.closed_n += 1
        self._closed(turn)

    def _begin(self, at_ns: Nanoseconds) -> OpenTurn:
        for turn in self._open:
            turn.superseded_ns = turn.superseded_ns or at_ns
        self._count += 1
        turn = OpenTurn(turn_id=self._count, opened_ns=at_ns, input_name=self._input_name())
        self._open.append(turn)
        return turn

    def _owner(self, event: SessionEvent) -> OpenTurn | None:
        """Return the turn that ``event`` belongs to, opening one where it begins one."""
        response_id = getattr(event, "response_id", None)
        if response_id is not None:
            return self._of_response(event, response_id)
        item_id = getattr(event, "item_id", None)
        by_item = next((turn for turn in self._open if item_id in turn.items), None)
        match event:
            case SpeechStarted():
                return self._at_speech(event)
            case UserSpeechStarted() | TextSent() | CommitSent():
                current = self.current
                fresh = current is None or current.replied
                return self._begin(event.at_ns) if fresh else current
            case InputTranscriptDone() | InputTranscriptFailed() | InputCommitted():
                return by_item or self.current
            case _:
                return by_item or self.current or (self._open[-1] if self._open else None)

    def _at_speech(self, event: SpeechStarted) -> OpenTurn:
        current = self.current
        if current is None or current.replied or current.asked_ns is not None:
            return self._begin(event.at_ns)
        return current

    def _of_response(self, event: SessionEvent, response_id: ResponseId) -> OpenTurn | None:
        for turn in self._open:
            if response_id in turn.owned:
                return turn
        if isinstance(event, ResponseStarted | ResponseAudio):
            turn = self.current or self._begin(event.at_ns)
            turn.owned.add(response_id)
            turn.responses.add(response_id)
            return turn
        return None

    def _over(self, turn: OpenTurn, now_ns: Nanoseconds) -> bool:
        if turn.superseded_ns is not None and now_ns - turn.superseded_ns > SUPERSEDED_LIMIT_NS:
            if turn.answered_ns is None and turn.status is TurnStatus.OK:
                turn.status = TurnStatus.CANCELLED
            return True
        if turn.answered_ns is None or turn.responses or turn.sounding or turn.calls:
            return False
        settled = turn.words_settled or turn.typed or not self._wants_words
        return settled or now_ns - turn.answered_ns > TRANSCRIPT_GRACE_NS

    def _expired(self, turn: OpenTurn, now_ns: Nanoseconds) -> bool:
        waits = turn.answered_ns is None or turn.responses or turn.sounding or turn.calls
        since = turn.last_ns or turn.opened_ns
        if not waits or now_ns - since <= self._reply_timeout_ns:
            return False
        seconds = self._reply_timeout_ns / 1e9
        turn.status = TurnStatus.TIMEOUT
        turn.error_type = "timeout"
        turn.error_message = f"The model said nothing for {seconds:g} s."
        return True


def _apply(turn: OpenTurn, event: SessionEvent) -> None:
    match event:
        case SpeechStopped() | CommitSent() | ResponseRequested():
            turn.asked_ns = turn.asked_ns or event.at_ns
            _own_item(turn, event)
        case TextSent():
            turn.asked_ns, turn.typed = turn.asked_ns or event.at_ns, True
        case SpeechStarted() | InputCommitted():
            _own_item(turn, event)
        case InputTranscriptDone() | InputTranscriptFailed():
            turn.words_settled = True
        case ToolCalled(call_id=str() as call_id):
            turn.calls.add(call_id)
        case ToolResultSent():
            turn.answered_ns = None
        case ConnectionLost() if not event.clean:
            turn.status, turn.error_type = TurnStatus.ERROR, CONNECTION_LOST
            turn.error_message = event.reason or "The connection closed."
        case _:
            _apply_reply(turn, event)


def _own_item(turn: OpenTurn, event: SessionEvent) -> None:
    item_id = getattr(event, "item_id", None)
    if item_id is not None:
        turn.items.add(item_id)


def _apply_reply(turn: OpenTurn, event: SessionEvent) -> None:
    match event:
        case ResponseStarted():
            turn.asked_ns = turn.asked_ns or event.at_ns
            turn.calls.clear()
        case ResponseAudio(pcm=pcm, response_id=response_id) if pcm:
            if response_id in turn.responses and response_id not in turn.silenced:
                turn.sounding.add(response_id)
        case PlaybackFinished():
            turn.sounding.discard(event.response_id)
            turn.answered_ns = turn.answered_ns or event.at_ns
        case PlaybackFlushed():
            turn.sounding.discard(event.response_id)
            turn.silenced.add(event.response_id)
            turn.answered_ns = turn.answered_ns or event.at_ns
            turn.status = TurnStatus.INTERRUPTED
        case ResponseFinished():
            _finish(turn, event)
        case _:
            pass


_STATUSES = {"cancelled": TurnStatus.CANCELLED, "failed": TurnStatus.ERROR}


def _finish(turn: OpenTurn, event: ResponseFinished) -> None:
    if event.response_id is not None:
        turn.responses.discard(event.response_id)
    turn.answered_ns = turn.answered_ns or event.at_ns
    if event.status == "failed":
        turn.error_type = event.error_code or "failed"
        turn.error_message = event.error_message
    if event.reason == "turn_detected":
        turn.status = TurnStatus.INTERRUPTED
    elif turn.status is TurnStatus.OK:
        turn.status = _STATUSES.get(event.status, TurnStatus.OK)
