"""Tells where the user's speech begins and ends, at the time at which it matters."""

from collections import OrderedDict
from collections.abc import Callable

from app.core.clock import Nanoseconds, ms
from app.core.events import (
    CommitSent,
    ResponseAudio,
    ResponseStarted,
    SessionEvent,
    SpeechStarted,
    SpeechStopped,
    UserSpeechEnded,
    UserSpeechStarted,
)
from app.session.capture import Capture
from app.session.speech_ends import SpeechEdge, SpeechEnds
from app.session.turns import TurnTracker

FRESH_NS = 1_500_000_000
"""Speech of ours that had ended so long before the provider's onset is other speech."""

SILENT_NS = 1_000_000_000
"""For how long the user must have been silent for an onset of the provider's to be an echo."""

_KEPT = 64


class Hearing:
    """Puts the user's acoustic speech beside the provider's events. On the engine's loop.

    A provider that tells where the user's turns begin and end is answered by the instants of
    ours that belong to it. Of one that does not, our own instants make the turns.

    Args:
        ends: Knows the speech.
        tracker: Knows the turns.
        capture: Knows which frames were sent.
        publish: Tells everybody of an event of ours.
        heard: Gets every edge of speech that the model may hear, noticed or not.
        timeout_ns: Speech that ended longer ago is not answered any more.
        was_echo: Tells whether what the provider heard at an instant was the agent itself, or
            None where nobody can tell.
    """

    def __init__(
        self,
        ends: SpeechEnds,
        tracker: TurnTracker,
        capture: Capture,
        *,
        publish: Callable[[SessionEvent], None],
        heard: Callable[[SpeechEdge], None],
        timeout_ns: Nanoseconds,
        was_echo: Callable[[Nanoseconds], bool | None] = lambda _: None,
    ) -> None:
        self._ends = ends
        self._tracker = tracker
        self._capture = capture
        self._publish = publish
        self._heard = heard
        self._timeout_ns = timeout_ns
        self._was_echo = was_echo
        self._last_start_ns = Nanoseconds(-1)
        self._last_end_ns = Nanoseconds(-1)
        self._quantisation_ms: OrderedDict[Nanoseconds, float] = OrderedDict()

    def quantisation_ms(self, u_off_ns: Nanoseconds | None) -> float | None:
        """Return the rest of the sent frame that holds an end of speech, or None."""
        return None if u_off_ns is None else self._quantisation_ms.get(u_off_ns)

    def user_was_silent(self, at_ns: Nanoseconds | None) -> bool | None:
        """Whether no user spoke at ``at_ns`` nor shortly before; None for no instant.

        The agent's own voice, leaked into the microphone, is no user.
        """
        if at_ns is None:
            return None
        was_echo = self._was_echo(at_ns)
        if was_echo is not None:
            return was_echo
        return not self._ends.spoke_between(Nanoseconds(at_ns - SILENT_NS), at_ns)

    def before(self, event: SessionEvent) -> None:
        """Act before ``event`` is told: on the first reply of a provider without turn events."""
        if self._tracker.local or not self._tracker.unannounced(event):
            return
        self._tracker.local = True
        current = self._tracker.current
        if current is None or not current.unspoken:
            self._tell_past(event.at_ns)

    def after(self, event: SessionEvent) -> None:
        """Act on an event that everybody knows by now."""
        match event:
            case SpeechStarted():
                self._tell_fresh_start(event.at_ns)
            case SpeechStopped():
                self._tell_end(self._ends.ended_before(event.at_ns))
            case CommitSent():
                self._tell_end(self._ends.before(event.at_ns))
            case ResponseStarted() | ResponseAudio() if not self._tracker.local:
                self._settle(event.at_ns)
            case _:
                pass

    def poll(self, now_ns: Nanoseconds) -> None:
        """Tell what has become known of the user's speech by now."""
        for edge in self._ends.take(now_ns):
            if not self._capture.reaches_model:
                continue  # speech that the model does not hear
            self._heard(edge)
            if self._tracker.local:
                self._tell(edge)
            else:
                self._tracker.hear_user(edge.at_ns, started=edge.started)
                self._tell_late(edge)

    def _tell_past(self, now_ns: Nanoseconds) -> None:
        """Tell the speech that is answered now, if there was any lately."""
        start, end = self._ends.start_before(now_ns), self._ends.ended_before(now_ns)
        recent_ns = now_ns - self._timeout_ns
        if start is None or (end is not None and start.at_ns <= end.at_ns <= recent_ns):
            return
        self._tell_start(start)
        if end is not None and end.at_ns > start.at_ns:
            self._tell_end(end)

    def _tell_fresh_start(self, at_ns: Nanoseconds) -> None:
        """Tell where the speech began that the provider has noticed now; an echo has no such."""
        start = self._ends.start_before(at_ns)
        spoke = self._ends.spoke_between(Nanoseconds(at_ns - FRESH_NS), at_ns)
        if start is not None and spoke:
            self._tell_start(start)

    def _settle(self, at_ns: Nanoseconds) -> None:
        """Give a turn that is answered the speech that it answers, if nothing has yet."""
        turn = self._tracker.current
        if turn is None or turn.unspoken or turn.timeline.audio_pieces > 1:
            return
        if len(turn.timeline.speech_ends):
            return
        end = self._ends.ended_before(at_ns)
        start = self._ends.start_before(at_ns)
        new = end is not None and end.at_ns > self._last_end_ns
        if new and start is not None and turn.timeline.u_on_ns is None:
            self._tell_start(start)
        self._tell_end(end)

    def _tell_late(self, edge: SpeechEdge) -> None:
        """Tell an edge that was not yet known when the provider's event asked for it."""
        turn = self._tracker.current
        if turn is None or turn.unspoken:
            return
        heard = turn.timeline.vad_on_ns
        if edge.started and turn.timeline.u_on_ns is None and heard is not None:
            if edge.at_ns - heard <= FRESH_NS and heard - edge.at_ns <= FRESH_NS:
                self._tell_start(edge)
        elif not edge.started and turn.awaits_end:
            self._tell_end(edge)

    def _tell(self, edge: SpeechEdge) -> None:
        if edge.started:
            self._tell_start(edge)
        else:
            self._tell_end(edge)

    def _tell_start(self, edge: SpeechEdge) -> None:
        if edge.at_ns > self._last_start_ns:
            self._last_start_ns = edge.at_ns
            self._publish(UserSpeechStarted(at_ns=edge.at_ns, method=edge.method))

    def _tell_end(self, edge: SpeechEdge | None) -> None:
        if edge is None or edge.at_ns <= self._last_end_ns:
            return
        self._last_end_ns = edge.at_ns
        frame = self._capture.frame_of(edge.at_ns)
        if frame is not None:
            self._quantisation_ms[edge.at_ns] = ms(Nanoseconds(frame.end_ns - edge.at_ns))
            while len(self._quantisation_ms) > _KEPT:
                self._quantisation_ms.popitem(last=False)
        sent_ns = None if frame is None else frame.sent_ns
        self._publish(UserSpeechEnded(at_ns=edge.at_ns, method=edge.method, sent_ns=sent_ns))
