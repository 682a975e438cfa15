"""Notices when the provider falls silent after a turn that wants an answer."""

from collections.abc import Callable

from app.core.clock import Nanoseconds, ms
from app.core.config import VadMode
from app.core.events import (
    ConnectionLost,
    InputTranscriptDelta,
    InputTranscriptDone,
    ResponseAudio,
    ResponseFinished,
    ResponseItem,
    ResponsePart,
    ResponseRequested,
    ResponseStarted,
    ResponseText,
    SessionEvent,
    SpeechStarted,
    SpeechStopped,
    StallNoticed,
    ToolArgumentsDelta,
    ToolCalled,
    ToolFinished,
    ToolResultSent,
)
from app.session.guard_news import GuardNews
from app.session.messages import GuardState
from app.session.stage import Stage

_SIGNS = (
    InputTranscriptDelta,
    InputTranscriptDone,
    ResponseStarted,
    ResponseItem,
    ResponsePart,
    ResponseText,
    ResponseAudio,
    ResponseFinished,
    SpeechStarted,
    ToolArgumentsDelta,
    ToolCalled,
)
"""What says that the provider is at work. Limits, pings and unknown messages say nothing."""


class StallWatch:
    """Counts silences of the provider. It sends nothing. All calls on the engine's loop.

    Time in which somebody else is to act does not count: the user speaks, a reply sounds, a
    tool is being answered, the connection is lost.

    Args:
        stage: The session; its guard's ``stall_s`` says how long is too long.
        news: Tells the front end.
        tell: Tells everybody of an event of ours.
    """

    def __init__(self, stage: Stage, news: GuardNews, tell: Callable[[SessionEvent], None]) -> None:
        self._line = stage.line
        self._limit_ns = round(stage.start.conduct.guard.stall_s * 1e9)
        self._news = news
        self._tell = tell
        self._since_ns: Nanoseconds | None = None
        self._noticed = False
        self._tools: set[str] = set()

    def take(self, event: SessionEvent) -> None:
        """Take in one event."""
        if isinstance(event, _SIGNS):
            self._heard(event.at_ns)
        match event:
            case SpeechStopped() if self._answers_by_itself or self._since_ns is not None:
                self._await(event.at_ns)
            case ResponseRequested() | ResponseStarted():
                self._await(event.at_ns)
            case ResponseFinished():
                self._since_ns = None
            case SpeechStarted() | ConnectionLost():
                self._since_ns = None
                self._tools.clear()
            case ToolCalled(call_id=str() as call_id):
                self._tools.add(call_id)
            case ToolResultSent() | ToolFinished():
                self._tools.discard(event.call_id)
            case _:
                pass

    def poll(self, now_ns: Nanoseconds, *, excused: bool) -> None:
        """Notice a silence that has lasted too long.

        Args:
            now_ns: The present instant.
            excused: Somebody else is to act, or nobody waits.
        """
        if self._since_ns is None or not self._limit_ns or self._noticed:
            return
        if excused or self._tools or not self._line.up:
            self._since_ns = now_ns
            return
        silent_ns = now_ns - self._since_ns
        if silent_ns < self._limit_ns:
            return
        self._noticed = True
        self._news.stalls_n += 1
        silent_ms = ms(Nanoseconds(silent_ns))
        self._tell(StallNoticed(at_ns=now_ns, silent_ms=silent_ms, times=self._news.stalls_n))
        words = f"The provider has said nothing for {silent_ms / 1e3:.0f} s."
        self._news.tell(GuardState.STALLED, words)

    @property
    def _answers_by_itself(self) -> bool:
        turns = self._line.settings.turn_detection
        return turns.create_response and turns.mode is not VadMode.MANUAL

    def _await(self, at_ns: Nanoseconds) -> None:
        self._since_ns, self._noticed = at_ns, False

    def _heard(self, at_ns: Nanoseconds) -> None:
        if self._since_ns is not None:
            self._since_ns = at_ns
        if self._noticed:
            self._noticed = False
            self._news.calm("The provider speaks again.")
