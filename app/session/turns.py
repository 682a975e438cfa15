"""Which events make one turn, and when a turn is over.

A turn is one exchange: the user speaks, types or commits, the model answers, and the answer
has been heard or cut short. A turn stays open for late news of its own reply after the next
one has begun, for ``SUPERSEDED_LIMIT_NS`` at most.

Of a provider that tells neither where the user's turns begin and end nor when a reply begins,
the turns are made from what is heard on both sides (``local``): the user's speech makes one,
the agent's audible speech answers it, and silence ends it. The first of those events ends this
for good: replies that then come unannounced join the turn under way.
"""

from collections.abc import Callable, Iterable

from app.core.clock import Nanoseconds
from app.core.events import (
    AgentSpeechEnded,
    AgentSpeechStarted,
    ClockJumped,
    CommitSent,
    InputCommitted,
    InputTimedOut,
    InputTranscriptDone,
    InputTranscriptFailed,
    ResponseAudio,
    ResponseStarted,
    SessionEvent,
    SpeechStarted,
    SpeechStopped,
    TextSent,
    UserSpeechEnded,
    UserSpeechStarted,
)
from app.core.ids import ResponseId
from app.core.records import TurnStatus
from app.session.open_turn import CONNECTION_LOST, Interrupter, OpenTurn
from app.session.recent import Recent

__all__ = ["CONNECTION_LOST", "OpenTurn", "TurnTracker"]

TRANSCRIPT_GRACE_NS = 2_000_000_000
"""How long a finished turn waits for the user's words, which arrive on their own time."""

SUPERSEDED_LIMIT_NS = 3_000_000_000

SOUNDING_LIMIT_NS = 60_000_000_000
"""How long a turn that another has followed stays open while its reply goes on over the user."""

SETTLE_NS = 500_000_000
"""How long a turn stays open at least to learn where an interruption of it began, or where the
speech ended that it answered too soon."""

STALE_NS = 1_500_000_000
"""An onset of ours so long before the provider's is of other speech."""

LOCAL_SILENCE_NS = 2_000_000_000
"""Silence that ends the agent's turn where nothing else does. Metrics specification, 4.1."""

KEPT = 256
"""Replies of turns that are over; what comes late of them begins no turn."""

_BYTES_PER_FRAME = 2
_ANNOUNCEMENTS = (SpeechStarted, SpeechStopped, ResponseStarted)


class TurnTracker:
    """Groups events into turns and tells each turn once, when it is over.

    Attributes:
        closed_n: Turns that are over.
        local: The provider tells no turns: what is heard makes them.

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
        self._announced = False
        self._over_replies: Recent[ResponseId] = Recent(KEPT)
        self._stream: ResponseId | None = None
        self._stream_frames = 0
        self.closed_n = 0
        self.local = False

    @property
    def current(self) -> OpenTurn | None:
        """The turn that new events belong to, or None between turns."""
        latest = self._open[-1] if self._open else None
        return None if latest is None or latest.superseded_ns is not None else latest

    @property
    def busy(self) -> bool:
        """Whether any turn is not over."""
        return bool(self._open)

    @property
    def begun_n(self) -> int:
        """Turns that have begun; the last one's ``turn_id``."""
        return self._count

    def turn_of(self, response_id: ResponseId) -> int | None:
        """Return the ``turn_id`` of the open turn that a reply belongs to, or None."""
        owners = [turn.turn_id for turn in self._open if response_id in turn.owned]
        return max(owners, default=None)

    def unannounced(self, event: SessionEvent) -> bool:
        """Whether ``event`` is audio of a provider that has told nothing about turns so far."""
        return isinstance(event, ResponseAudio) and bool(event.pcm) and not self._announced

    def take(self, event: SessionEvent) -> None:
        """Take in one event."""
        if isinstance(event, _ANNOUNCEMENTS):
            self._announced, self.local = True, False
        if isinstance(event, ClockJumped):
            for each in self._open:
                each.timeline = each.timeline.after(event)
            return
        turn = self._owner(event)
        if isinstance(event, ResponseAudio) and event.pcm:
            self._count_stream(event, turn)
        if turn is None:
            return
        waited_since = turn.last_ns
        turn.take(event)
        if turn.local and isinstance(event, ResponseAudio):
            turn.last_ns = waited_since  # an endless reply answers nothing by its silence
        self._tell_interrupted(turn, event)

    def hear_user(self, at_ns: Nanoseconds, *, started: bool) -> None:
        """Note speech of the user that the provider has not told of: it may not notice at all."""
        for turn in self._open:
            interrupter = turn.interrupter
            if turn.superseded_ns is not None and started and at_ns > turn.superseded_ns:
                continue  # the next turn's, or later: it was not the first to interrupt
            if started and turn.sounded_at(at_ns):
                interrupter.on_ns, interrupter.off_ns = at_ns, None
            elif not started and interrupter.on_ns is not None and at_ns > interrupter.on_ns:
                interrupter.off_ns = interrupter.off_ns or at_ns

    def expect_interrupter(self, name: str | None, *, is_turn: bool | None) -> None:
        """Note what is about to be spoken into the replies that are not over, and its class."""
        for turn in self._open:
            if turn.silenced and not turn.sounds:
                continue  # it was stopped before
            turn.interrupter_name, turn.interrupter_is_turn = name, is_turn

    def poll(self, now_ns: Nanoseconds, *, active: bool) -> None:
        """Close the turns that are over, and those that waited too long.

        Args:
            now_ns: The present instant.
            active: Whether the user is speaking or a reply is sounding: nobody waits then.
        """
        for turn in tuple(self._open):
            if active or turn.agent_speaks:
                turn.last_ns = now_ns
            if self._expired(turn, now_ns) or self._over(turn, now_ns):
                self._close(turn)

    @property
    def announced(self) -> bool:
        """Whether the provider has told where turns or replies begin."""
        return self._announced

    def resume(self, begun_n: int, *, announced: bool, local: bool) -> None:
        """Go on between two turns, after so many; a replay does, of a new tracker."""
        self._count = self.closed_n = begun_n
        self._announced, self.local = announced, local

    def close(self, turn_id: int) -> bool:
        """Close an open turn that is known to be over; False if there is none of that number.

        A turn that is replayed is over when it was over.
        """
        turn = next((each for each in self._open if each.turn_id == turn_id), None)
        if turn is not None:
            self._close(turn)
        return turn is not None

    def close_all(self, status: TurnStatus, reason: str) -> None:
        """Close every open turn: those without a whole reply get ``status`` and the reason."""
        self._fail(tuple(self._open), status, reason, status.value)

    def lose(self, reason: str) -> None:
        """Close the turns that a lost connection leaves without a whole reply.

        What has arrived whole is played on: such a turn is over when it was heard.
        """
        lost = tuple(turn for turn in self._open if turn.arriving)
        self._fail(lost, TurnStatus.ERROR, reason, CONNECTION_LOST)

    def _fail(
        self, turns: Iterable[OpenTurn], status: TurnStatus, reason: str, error_type: str
    ) -> None:
        for turn in turns:
            if not turn.answered_ns and turn.status is TurnStatus.OK:
                turn.status, turn.error_message = status, reason
                turn.error_type = error_type
            self._close(turn)

    def fail_unheard(self, at_ns: Nanoseconds, sentence: str) -> None:
        """Record a turn in which the user spoke and the provider never noticed."""
        turn = self._begin(at_ns)
        turn.status, turn.error_type, turn.error_message = TurnStatus.TIMEOUT, "unheard", sentence
        self._close(turn)

    def _close(self, turn: OpenTurn) -> None:
        self._open.remove(turn)
        if not turn.local:
            for response_id in turn.owned:
                self._over_replies.add(response_id)
        self.closed_n += 1
        self._closed(turn)

    def _begin(self, at_ns: Nanoseconds, *, vad_on_ns: Nanoseconds | None = None) -> OpenTurn:
        self._count += 1
        for turn in self._open:
            if turn.superseded_ns is None:
                turn.superseded_ns, turn.superseded_by = at_ns, self._count
                turn.interrupter = _interrupter(turn, vad_on_ns)
        turn = OpenTurn(turn_id=self._count, opened_ns=at_ns, input_name=self._input_name())
        turn.local = self.local
        self._open.append(turn)
        return turn

    def _tell_interrupted(self, turn: OpenTurn, event: SessionEvent) -> None:
        """Let the turns that ``turn`` followed know where its speech is."""
        if not isinstance(event, UserSpeechStarted | UserSpeechEnded):
            return
        for earlier in self._open:
            if earlier.superseded_by != turn.turn_id:
                continue
            if isinstance(event, UserSpeechStarted):
                earlier.interrupter.on_ns = event.at_ns
            elif earlier.awaits_end:  # answered before its own speech had ended: here
                earlier.timeline = earlier.timeline.after(event)
            else:
                earlier.interrupter.off_ns = event.at_ns

    def _count_stream(self, event: ResponseAudio, turn: OpenTurn | None) -> None:
        if event.response_id != self._stream:
            self._stream, self._stream_frames = event.response_id, 0
        if turn is not None and not turn.timeline.audio_pieces:
            turn.before_frames = self._stream_frames
        self._stream_frames += len(event.pcm) // _BYTES_PER_FRAME

    # --- whose event --------------------------------------------------------------------------

    def _owner(self, event: SessionEvent) -> OpenTurn | None:
        """Return the turn that ``event`` belongs to, opening one where it begins one."""
        response_id = getattr(event, "response_id", None)
        if response_id is not None:
            heard = isinstance(event, AgentSpeechStarted | AgentSpeechEnded)
            if heard and (self.local or any(turn.local for turn in self._open)):
                return self._of_agent_speech(event, response_id)
            return self._of_response(event, response_id)
        item_id = getattr(event, "item_id", None)
        by_item = next((turn for turn in self._open if item_id in turn.items), None)
        by_call = next((turn for turn in self._open if turn.called(event)), None)
        match event:
            case SpeechStarted() | InputTimedOut():
                return self._at_speech(event)
            case UserSpeechStarted() | TextSent() | CommitSent():
                return self._at_our_side(event)
            case InputTranscriptDone() | InputTranscriptFailed() | InputCommitted():
                return by_item or self.current
            case _:
                known = by_call or by_item or self.current
                return known or (self._open[-1] if self._open else None)

    def _at_speech(self, event: SpeechStarted | InputTimedOut) -> OpenTurn:
        current = self.current
        if current is None or current.replied or current.asked_ns is not None:
            heard = isinstance(event, SpeechStarted)
            return self._begin(event.at_ns, vad_on_ns=event.at_ns if heard else None)
        return current

    def _at_our_side(self, event: SessionEvent) -> OpenTurn | None:
        current = self.current
        if isinstance(event, UserSpeechStarted) and not self.local:
            return current  # where the provider tells turns, our ears begin none
        fresh = current is None or current.replied
        return self._begin(event.at_ns) if fresh else current

    def _of_response(self, event: SessionEvent, response_id: ResponseId) -> OpenTurn | None:
        owners = [turn for turn in self._open if response_id in turn.owned]
        current = self.current
        if owners and (current in owners or not self._goes_on(response_id, current)):
            return current if current in owners else owners[-1]
        if not isinstance(event, ResponseStarted | ResponseAudio):
            return None
        if response_id in self._over_replies:
            return None  # late, after its turn was over
        if current is None and self.local:
            return None  # an endless reply between two turns
        turn = current or self._begin(event.at_ns)
        if isinstance(event, ResponseAudio) and not turn.owned:
            turn.local = True  # unannounced: nothing promises that its end will be told
            turn.continuous = response_id == self._stream
        turn.owned.add(response_id)
        if not turn.local:
            turn.responses.add(response_id)
        return turn

    def _goes_on(self, response_id: ResponseId, current: OpenTurn | None) -> bool:
        """Whether a reply of an earlier turn may be the answer of ``current``: a stream is."""
        waits = current is not None and len(current.timeline.speech_ends) > 0
        return self.local and waits and response_id == self._stream

    def _of_agent_speech(self, event: SessionEvent, response_id: ResponseId) -> OpenTurn | None:
        """Return whose answer is audible, where the provider does not say."""
        if isinstance(event, AgentSpeechEnded):
            return next((turn for turn in self._open if turn.agent_speaks), None)
        current = self.current
        if current is None:
            return self._begin(event.at_ns) if self.local else None
        if not len(current.timeline.speech_ends):
            earlier = [turn for turn in self._open if response_id in turn.owned]
            return next((turn for turn in earlier if turn.superseded_ns is not None), current)
        return current

    # --- when it is over ------------------------------------------------------------------------

    def _over(self, turn: OpenTurn, now_ns: Nanoseconds) -> bool:
        if turn.superseded_ns is not None:
            since_ns = now_ns - turn.superseded_ns
            if since_ns > (SOUNDING_LIMIT_NS if turn.sounding else SUPERSEDED_LIMIT_NS):
                if turn.answered_ns is None and turn.status is TurnStatus.OK:
                    turn.status = TurnStatus.CANCELLED
                return True
        if _learns(turn, now_ns) or turn.waits or turn.answered_ns is None:
            return False
        if turn.awaits_end and turn.last_ns is not None and now_ns - turn.last_ns < SETTLE_NS:
            return False  # the whole reply was heard before the user had finished
        silent_ns = now_ns - turn.answered_ns
        if turn.local and not turn.played_out and silent_ns < LOCAL_SILENCE_NS:
            return turn.superseded_ns is not None
        settled = turn.words_settled or turn.unspoken or not self._wants_words
        return settled or silent_ns > TRANSCRIPT_GRACE_NS

    def _expired(self, turn: OpenTurn, now_ns: Nanoseconds) -> bool:
        since = turn.last_ns or turn.opened_ns
        if not turn.waits or now_ns - since <= self._reply_timeout_ns:
            return False
        if turn.idle and not turn.replied:
            turn.status = TurnStatus.CANCELLED  # nobody asked for anything: nothing has failed
            return True
        seconds = self._reply_timeout_ns / 1e9
        turn.status = TurnStatus.TIMEOUT
        turn.error_type = "timeout"
        turn.error_message = f"The model said nothing {_more(turn)}for {seconds:g} s."
        return True


def _learns(turn: OpenTurn, now_ns: Nanoseconds) -> bool:
    """Whether it may still be told where an interruption of it began, and when it was noticed."""
    if turn.superseded_ns is None:
        return now_ns < turn.heard_out_ns
    return turn.interrupted and now_ns - turn.superseded_ns < SETTLE_NS


def _more(turn: OpenTurn) -> str:
    begun = turn.timeline.tok1_ns is not None and not turn.local
    return "more, nor that its reply was over, " if begun else ""


def _interrupter(turn: OpenTurn, vad_on_ns: Nanoseconds | None) -> Interrupter:
    """Return what is known of speech that follows a turn, which the provider may hear now.

    Where the reply was silent already, later speech is no interruption of it, and what was
    known before stands.
    """
    known = turn.interrupter
    if vad_on_ns is None:
        return known
    if known.on_ns is not None and vad_on_ns - known.on_ns <= STALE_NS:
        return Interrupter(known.on_ns, vad_on_ns, known.off_ns)
    stopped_now = any(flush.at_ns >= vad_on_ns for flush in turn.timeline.flushes)
    if known.on_ns is not None and not turn.sounds and not stopped_now:
        return known
    return Interrupter(vad_on_ns=vad_on_ns)
