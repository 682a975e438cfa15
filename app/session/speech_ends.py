"""Where the user's speech ends at the microphone, by the best method there is."""

from collections import deque
from dataclasses import dataclass

from app.core.audio_format import SESSION_RATE_HZ, AudioFormat, Samples
from app.core.clock import Nanoseconds
from app.core.events import SpeechEndMethod
from app.dsp.activity import SpeechActivity
from app.session.parts import OpenedInput

HANGOVER_MS = 120
"""Shorter than the shortest server silence, so that an end is known before it is asked for."""

_FORMAT = AudioFormat(SESSION_RATE_HZ)


@dataclass(frozen=True, slots=True)
class SpeechEdge:
    """An acoustic bound of the user's speech and how it was found."""

    at_ns: Nanoseconds
    method: SpeechEndMethod


class SpeechEnds:
    """Answers when the user last spoke: from the file's annotation, else by energy.

    Args:
        opened: The microphone; its annotation wins where it has one.
    """

    def __init__(self, opened: OpenedInput) -> None:
        self._source = opened.source
        self._script = opened.script
        self._activity = SpeechActivity(SESSION_RATE_HZ, hangover_ms=HANGOVER_MS)
        self._anchor: tuple[int, Nanoseconds] = (0, Nanoseconds(0))
        self._frames = 0
        self._starts: deque[Nanoseconds] = deque(maxlen=64)
        self._ends: deque[Nanoseconds] = deque(maxlen=64)

    @property
    def speaking(self) -> bool:
        """Whether the user is speaking, as far as the energy of what was sent tells."""
        return self._activity.speaking

    def feed(self, at_ns: Nanoseconds, frame: Samples) -> None:
        """Take what was sent, 24 kHz, its first frame captured at ``at_ns``."""
        self._anchor = (self._frames, at_ns)
        self._frames += len(frame)
        for edge in self._activity.push(frame):
            edges = self._starts if edge.started else self._ends
            edges.append(self._instant(edge.frame))

    def start_before(self, at_ns: Nanoseconds) -> SpeechEdge | None:
        """Return where the last speech at or before ``at_ns`` began, or None."""
        annotated = None if self._script is None else self._script.speech_start_before(at_ns)
        if annotated is not None:
            return SpeechEdge(annotated, SpeechEndMethod.ANNOTATED)
        found = next((start for start in reversed(self._starts) if start <= at_ns), None)
        return None if found is None else SpeechEdge(found, SpeechEndMethod.ENERGY)

    def before(self, at_ns: Nanoseconds) -> SpeechEdge | None:
        """Return the last end of speech at or before ``at_ns``, or None if there was none."""
        annotated = self._source.speech_end_before(at_ns)
        if annotated is not None:
            return SpeechEdge(annotated, SpeechEndMethod.ANNOTATED)
        found = next((end for end in reversed(self._ends) if end <= at_ns), None)
        return None if found is None else SpeechEdge(found, SpeechEndMethod.ENERGY)

    def _instant(self, frame: int) -> Nanoseconds:
        index, at_ns = self._anchor
        return Nanoseconds(at_ns + _FORMAT.span_ns(frame - index))
