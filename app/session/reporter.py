"""Turns events into what a front end is told: state, marks, transcript, turns."""

from collections import OrderedDict
from collections.abc import Callable

from app.core.clock import Nanoseconds, ms
from app.core.events import (
    AgentSpeechEnded,
    AgentSpeechStarted,
    CancelSent,
    ClockJumped,
    CommitSent,
    InputCommitted,
    PlaybackAudible,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStalled,
    PlaybackStarted,
    ProviderErrorReported,
    ResponseAudio,
    ResponseFinished,
    ResponseRequested,
    ResponseStarted,
    ResponseText,
    SessionEvent,
    SpeechStarted,
    SpeechStopped,
    TextSent,
    ToolCalled,
    ToolResultSent,
    TruncateSent,
    UserSpeechEnded,
    UserSpeechStarted,
)
from app.core.ids import ResponseId
from app.session.messages import EngineReport, LiveState, MarkKind, MarkReport, StateReport
from app.session.problems import provider_problem
from app.session.states import TRANSITIONS, Cause

_MARKS: dict[type, MarkKind] = {
    SpeechStarted: MarkKind.VAD_ON,
    SpeechStopped: MarkKind.VAD_OFF,
    InputCommitted: MarkKind.COMMITTED,
    ResponseStarted: MarkKind.RESPONSE_CREATED,
    PlaybackAudible: MarkKind.AUDIBLE,
    ResponseFinished: MarkKind.RESPONSE_DONE,
    PlaybackFlushed: MarkKind.BARGE_IN,
    PlaybackStalled: MarkKind.STALL,
    ToolCalled: MarkKind.TOOL_CALLED,
    ToolResultSent: MarkKind.TOOL_RESULT,
    CancelSent: MarkKind.CANCELLED,
    TruncateSent: MarkKind.TRUNCATED,
    ClockJumped: MarkKind.CLOCK_JUMP,
}

_CAUSES: dict[type, Cause] = {
    SpeechStarted: Cause.USER_STARTED,
    SpeechStopped: Cause.USER_STOPPED,
    CommitSent: Cause.USER_STOPPED,
    TextSent: Cause.ASKED,
    ResponseRequested: Cause.ASKED,
    PlaybackStarted: Cause.SOUNDING,
    PlaybackFinished: Cause.SILENT,
    PlaybackFlushed: Cause.INTERRUPTED,
}

_LOCAL_CAUSES: dict[type, Cause] = {
    UserSpeechStarted: Cause.USER_STARTED,
    UserSpeechEnded: Cause.USER_STOPPED,
    AgentSpeechStarted: Cause.SOUNDING,
    AgentSpeechEnded: Cause.SILENT,
}
"""Of a provider that tells no turns."""

_KEPT = 256
"""Replies whose first token and audio are remembered as told."""


class Reporter:
    """Follows one session for its front end. All calls on the engine's loop.

    Attributes:
        local: The provider tells no turns: what is heard on both sides moves the state.
    """

    def __init__(self, report: Callable[[EngineReport], None]) -> None:
        self._report = report
        self._t0_ns = Nanoseconds(0)
        self._first_token: OrderedDict[ResponseId, None] = OrderedDict()
        self._first_audio: OrderedDict[ResponseId, None] = OrderedDict()
        self.local = False
        self.state = LiveState.IDLE

    def begin(self, t0_ns: Nanoseconds) -> None:
        """Tell session time from ``t0_ns`` on."""
        self._t0_ns = t0_ns

    def move(self, cause: Cause, detail: str = "") -> None:
        """Go where the table leads for ``cause``, and tell it."""
        state = TRANSITIONS[self.state].get(cause, self.state)
        if state is self.state and not detail:
            return
        self.state = state
        self._report(StateReport(state=state, detail=detail))

    def take(self, event: SessionEvent) -> None:
        """Take in one event."""
        kind = type(event)
        if kind in _MARKS:
            self._mark(_MARKS[kind], event.at_ns)
        cause = (_LOCAL_CAUSES if self.local else _CAUSES).get(kind)
        if cause is not None:
            self.move(cause)
        match event:
            case ResponseText():
                self._first(self._first_token, event.response_id, MarkKind.FIRST_TOKEN, event.at_ns)
            case ResponseAudio(pcm=pcm) if pcm:
                self._first(self._first_token, event.response_id, MarkKind.FIRST_TOKEN, event.at_ns)
                self._first(self._first_audio, event.response_id, MarkKind.FIRST_AUDIO, event.at_ns)
            case ResponseFinished() | AgentSpeechEnded() if self._over(event):
                self.move(Cause.ANSWERED)
            case ProviderErrorReported():
                problem = provider_problem(event)
                if problem is not None:
                    self._report(problem)
            case _:
                pass

    def _over(self, event: ResponseFinished | AgentSpeechEnded) -> bool:
        """Whether nothing more will sound of a reply: it had no audio, or was stopped by hand.

        A reply that the user spoke into was stopped too, but then the user speaks.
        """
        if self.state is LiveState.INTERRUPTED:
            return True
        return isinstance(event, ResponseFinished) and event.response_id not in self._first_audio

    def _first(
        self,
        seen: OrderedDict[ResponseId, None],
        response_id: ResponseId,
        kind: MarkKind,
        at_ns: Nanoseconds,
    ) -> None:
        if response_id not in seen:
            seen[response_id] = None
            while len(seen) > _KEPT:
                seen.popitem(last=False)
            self._mark(kind, at_ns)

    def _mark(self, kind: MarkKind, at_ns: Nanoseconds) -> None:
        self._report(MarkReport(kind=kind, at_ms=ms(Nanoseconds(at_ns - self._t0_ns))))
