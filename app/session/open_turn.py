"""A turn under way, and what each event changes in it."""

from dataclasses import dataclass, field

from app.core.clock import Nanoseconds
from app.core.events import (
    AgentSpeechEnded,
    AgentSpeechStarted,
    BargeInCause,
    CommitSent,
    ConnectionLost,
    InputCommitted,
    InputTimedOut,
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
    ToolFinished,
    ToolOutcome,
    ToolResultSent,
)
from app.core.ids import CallId, ItemId, ResponseId
from app.core.records import TurnStatus
from app.metrics.timeline import TurnTimeline
from app.metrics.turn_facts import silent_ns

CONNECTION_LOST = "connection_lost"
"""The ``error_type`` of a turn that ended with its connection; the session tells why."""

NOTICED_NS = 1_000_000_000
"""How long the provider may take to notice speech that our own ears have noticed."""


@dataclass(slots=True)
class Interrupter:
    """The user's speech that followed while a turn was not over, as far as it is known.

    Attributes:
        on_ns: Its acoustic onset, by our own detector or the script.
        vad_on_ns: Arrival of the provider's onset of it.
        off_ns: Its acoustic end.
    """

    on_ns: Nanoseconds | None = None
    vad_on_ns: Nanoseconds | None = None
    off_ns: Nanoseconds | None = None


@dataclass(slots=True)
class OpenTurn:
    """A turn under way. Only TurnTracker changes it.

    Attributes:
        local: It was made from what was heard on both sides: the provider tells no turns.
        continuous: Its reply's audio is a stream that had begun before the turn.
        before_frames: Frames of that stream, at 24 kHz, that had come before the turn's first.
        agent_speaks: The agent is audible at the loudspeaker; of a local turn.
        idle: Nobody began it: the provider speaks up after a silence of both sides.
        superseded_ns: When the next turn began; ``superseded_by`` is its number.
        played_out: A reply of it was played to its end.
        responses: Replies of this turn that are not finished.
        sounding: Replies with audio that has neither been played to its end nor flushed.
        interrupter_name: What was spoken while it was not over, where that is known beforehand;
            ``interrupter_is_turn`` whether it is meant to take the floor.
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
    idle: bool = False
    local: bool = False
    continuous: bool = False
    before_frames: int = 0
    agent_speaks: bool = False
    asked_ns: Nanoseconds | None = None
    last_ns: Nanoseconds | None = None
    answered_ns: Nanoseconds | None = None
    superseded_ns: Nanoseconds | None = None
    superseded_by: int | None = None
    played_out: bool = False
    words_settled: bool = False
    interrupter: Interrupter = field(default_factory=Interrupter)
    interrupter_name: str | None = None
    interrupter_is_turn: bool | None = None
    owned: set[ResponseId] = field(default_factory=set)
    responses: set[ResponseId] = field(default_factory=set)
    sounding: set[ResponseId] = field(default_factory=set)
    silenced: set[ResponseId] = field(default_factory=set)
    items: set[ItemId] = field(default_factory=set)
    calls: set[CallId] = field(default_factory=set)

    @property
    def replied(self) -> bool:
        """Whether a reply has begun; of an endless stream, whether any of it was audible."""
        return len(self.timeline.agent_starts) > 0 or (bool(self.owned) and not self.continuous)

    @property
    def unspoken(self) -> bool:
        """Whether no speech of the user's belongs to it: it was typed, or nobody began it."""
        return self.typed or self.idle

    @property
    def heard_out_ns(self) -> Nanoseconds:
        """Until when the provider may still notice the speech for which our own ears stopped it."""
        flushes = self.timeline.flushes
        local = (each.at_ns for each in flushes if each.cause is BargeInCause.LOCAL)
        return Nanoseconds(max(local, default=Nanoseconds(0)) + NOTICED_NS)

    def sounded_at(self, at_ns: Nanoseconds) -> bool:
        """Whether a reply of it was audible by ``at_ns`` and not over then."""
        audible_ns = self.timeline.audible_ns
        if audible_ns is None or at_ns <= audible_ns:
            return False
        return self.sounds or any(silent_ns(each) > at_ns for each in self.timeline.flushes)

    @property
    def waits(self) -> bool:
        """Whether something of its reply is still to come or to be heard."""
        pending = self.responses or self.sounding or self.calls or self.agent_speaks
        return self.answered_ns is None or bool(pending)

    @property
    def arriving(self) -> bool:
        """Whether something of it is still to come from the provider, not just to be heard."""
        return self.answered_ns is None or self.local or bool(self.responses or self.calls)

    @property
    def awaits_end(self) -> bool:
        """Whether the user spoke in it, it was decided, and no end of speech is known yet."""
        timeline = self.timeline
        spoke = timeline.vad_on_ns is not None or len(timeline.speech_starts) > 0
        return spoke and self.asked_ns is not None and not len(timeline.speech_ends)

    @property
    def interrupted(self) -> bool:
        """Whether the user spoke before it was over."""
        return self.interrupter.vad_on_ns is not None or self.interrupter.on_ns is not None

    @property
    def sounds(self) -> bool:
        """Whether a reply of it is being played, or was not over when it was last heard of."""
        return bool(self.sounding) or self.agent_speaks

    def called(self, event: SessionEvent) -> bool:
        """Whether the event is about a function call of this turn that it waits for."""
        return getattr(event, "call_id", None) in self.calls

    def take(self, event: SessionEvent) -> None:
        """Take in an event of this turn."""
        self.timeline = self.timeline.after(event)
        self.last_ns = event.at_ns
        _apply(self, event)


def _apply(turn: OpenTurn, event: SessionEvent) -> None:
    match event:
        case SpeechStopped() | CommitSent() | ResponseRequested():
            turn.asked_ns = turn.asked_ns or event.at_ns
            _own_item(turn, event)
        case TextSent() | InputTimedOut():
            turn.asked_ns = turn.asked_ns or event.at_ns
            turn.typed, turn.idle = isinstance(event, TextSent), isinstance(event, InputTimedOut)
            _own_item(turn, event)
        case SpeechStarted() | InputCommitted():
            _own_item(turn, event)
        case InputTranscriptDone() | InputTranscriptFailed():
            turn.words_settled = True
        case ToolCalled(call_id=str() as call_id):
            turn.calls.add(call_id)
        case ToolResultSent():
            turn.answered_ns = None
        case ConnectionLost() if not event.clean and turn.arriving:
            turn.status, turn.error_type = TurnStatus.ERROR, CONNECTION_LOST
            turn.error_message = event.reason or "The connection closed."
        case _:
            _apply_reply(turn, event)


def _cancel_call(turn: OpenTurn, event: ToolFinished) -> None:
    """Wait no more for a call that an interruption, or its reply's failure, ended."""
    turn.calls.discard(event.call_id)
    if not turn.calls:
        turn.answered_ns = turn.answered_ns or event.at_ns
    if event.output and turn.status is TurnStatus.OK:
        turn.status = TurnStatus.INTERRUPTED


def _own_item(turn: OpenTurn, event: SessionEvent) -> None:
    item_id = getattr(event, "item_id", None)
    if item_id is not None:
        turn.items.add(item_id)


def _apply_reply(turn: OpenTurn, event: SessionEvent) -> None:
    match event:
        case ResponseStarted():
            turn.asked_ns = turn.asked_ns or event.at_ns
            turn.calls.clear()
        case ToolFinished(outcome=ToolOutcome.CANCELLED):
            _cancel_call(turn, event)
        case ResponseAudio(pcm=pcm, response_id=response_id) if pcm:
            if response_id in turn.responses and response_id not in turn.silenced:
                turn.sounding.add(response_id)
        case ResponseFinished():
            _finish(turn, event)
        case _:
            _apply_playback(turn, event)


def _apply_playback(turn: OpenTurn, event: SessionEvent) -> None:
    match event:
        case PlaybackFinished():
            turn.sounding.discard(event.response_id)
            turn.played_out = True
            turn.answered_ns = turn.answered_ns or event.at_ns
        case PlaybackFlushed():
            turn.sounding.discard(event.response_id)
            turn.silenced.add(event.response_id)
            turn.answered_ns = turn.answered_ns or event.at_ns
            turn.status = TurnStatus.INTERRUPTED
        case AgentSpeechStarted() if turn.local:
            turn.agent_speaks, turn.played_out, turn.answered_ns = True, False, None
        case AgentSpeechEnded() if turn.local:
            turn.agent_speaks, turn.answered_ns = False, event.at_ns
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
