"""Where the agent speaks at the loudspeaker, whatever the provider says of its turns."""

from typing import Final

from app.core.clock import Nanoseconds
from app.core.events import AgentSpeechEnded, AgentSpeechStarted, SessionEvent
from app.core.ids import ResponseId

PAUSE_NS: Final = 200_000_000
"""Silence from this length on ends the agent's speech."""

_KNOWN_AFTER_NS = 30_000_000
"""An onset is known that much sound after it."""


class AgentSpeech:
    """Joins audible stretches, in the order in which they sounded, to speech. One owner."""

    def __init__(self) -> None:
        self._speaker: ResponseId | None = None
        self._speaking = False
        self._end_ns: Nanoseconds | None = None

    def hear(
        self,
        start_ns: Nanoseconds,
        end_ns: Nanoseconds,
        response_id: ResponseId,
        media_ms: float | None = None,
    ) -> list[SessionEvent]:
        """``response_id`` was audible from ``start_ns`` to ``end_ns``; return what follows.

        ``media_ms`` is where the first frame of it stands in the reply's audio as received.
        """
        if self._end_ns is None or start_ns - self._end_ns >= PAUSE_NS:
            ended = self._ended()
            self._speaking, self._speaker, self._end_ns = True, response_id, end_ns
            started = AgentSpeechStarted(at_ns=start_ns, response_id=response_id, media_ms=media_ms)
            return [*ended, started]
        if self._speaking:
            self._end_ns = max(self._end_ns, end_ns)
        return []  # else the rest of a block, judged long after it sounded

    def reach(self, until_ns: Nanoseconds) -> list[SessionEvent]:
        """All that sounded before ``until_ns`` was told; return the end of speech if it is one."""
        if self._end_ns is None or until_ns - self._end_ns < PAUSE_NS + _KNOWN_AFTER_NS:
            return []
        return self._ended()

    def _ended(self) -> list[SessionEvent]:
        if not self._speaking or self._end_ns is None:
            return []
        self._speaking = False
        return [AgentSpeechEnded(at_ns=self._end_ns, response_id=self._speaker)]
