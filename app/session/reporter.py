"""Turns events into what a front end is told: state, marks, transcript, turns."""

from collections.abc import Callable

from app.core.clock import Nanoseconds, ms
from app.core.events import (
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


class Reporter:
    """Follows one session for its front end. All calls on the engine's loop."""

    def __init__(self, report: Callable[[EngineReport], None]) -> None:
        self._report = report
        self._t0_ns = Nanoseconds(0)
        self._first_token: set[ResponseId] = set()
        self._first_audio: set[ResponseId] = set()
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
        if kind in _CAUSES:
            self.move(_CAUSES[kind])
        match event:
            case ResponseText():
                self._first(self._first_token, event.response_id, MarkKind.FIRST_TOKEN, event.at_ns)
            case ResponseAudio(pcm=pcm) if pcm:
                self._first(self._first_token, event.response_id, MarkKind.FIRST_TOKEN, event.at_ns)
                self._first(self._first_audio, event.response_id, MarkKind.FIRST_AUDIO, event.at_ns)
            case ResponseFinished() if event.response_id not in self._first_audio:
                self.move(Cause.ANSWERED)
            case ProviderErrorReported():
                problem = provider_problem(event)
                if problem is not None:
                    self._report(problem)
            case _:
                pass

    def _first(
        self, seen: set[ResponseId], response_id: ResponseId, kind: MarkKind, at_ns: Nanoseconds
    ) -> None:
        if response_id not in seen:
            seen.add(response_id)
            self._mark(kind, at_ns)

    def _mark(self, kind: MarkKind, at_ns: Nanoseconds) -> None:
        self._report(MarkReport(kind=kind, at_ms=ms(Nanoseconds(at_ns - self._t0_ns))))
