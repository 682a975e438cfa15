"""Turns events into what a front end is told: state, marks, transcript, turns."""

from collections import OrderedDict
from collections.abc import Callable

from app.core.clock import Nanoseconds, ms
from app.core.events import (
    AgentSpeechEnded,
    AgentSpeechStarted,
    CommitSent,
    FormatDiffers,
    InputTimedOut,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    ProviderErrorReported,
    ResponseAudio,
    ResponseFinished,
    ResponseRequested,
    ResponseText,
    SessionEvent,
    SpeechStarted,
    SpeechStopped,
    TextSent,
    UserSpeechEnded,
    UserSpeechStarted,
)
from app.core.ids import ResponseId
from app.session.marks import MARKS
from app.session.messages import EngineReport, LiveState, MarkKind, MarkReport, StateReport
from app.session.problems import format_problem, provider_problem
from app.session.states import TRANSITIONS, Cause

_CAUSES: dict[type, Cause] = {
    SpeechStarted: Cause.USER_STARTED,
    SpeechStopped: Cause.USER_STOPPED,
    CommitSent: Cause.USER_STOPPED,
    TextSent: Cause.ASKED,
    ResponseRequested: Cause.ASKED,
    InputTimedOut: Cause.ASKED,
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
        if kind in MARKS:
            self._mark(MARKS[kind], event.at_ns)
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
            case FormatDiffers() | ProviderErrorReported():
                self._complain(event)
            case _:
                pass

    def _complain(self, event: FormatDiffers | ProviderErrorReported) -> None:
        if isinstance(event, FormatDiffers):
            self._report(format_problem(event))
            return
        problem = provider_problem(event)
        if problem is not None:
            self._report(problem)

    def _over(self, event: ResponseFinished | AgentSpeechEnded) -> bool:
        """Whether nothing more will sound of a reply: it had no audio, or was stopped by hand.

        A reply that the user spoke into was stopped too, but then the user speaks.
        """
        if self.state is LiveState.INTERRUPTED:
            return True
        if not isinstance(event, ResponseFinished) or event.response_id in self._first_audio:
            return False
        return self.state is not LiveState.YOU_SPEAK or event.status != "cancelled"

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
