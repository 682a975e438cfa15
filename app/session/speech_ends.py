"""Where the user's speech ends at the microphone, by the best method there is."""

from collections import deque
from dataclasses import dataclass

from app.core.audio_format import SESSION_RATE_HZ, AudioFormat, Samples
from app.core.clock import Nanoseconds
from app.core.events import SpeechEndMethod
from app.core.ports import AudioSource
from app.dsp.activity import SpeechActivity

HANGOVER_MS = 120
"""Shorter than the shortest server silence, so that an end is known before it is asked for."""

_FORMAT = AudioFormat(SESSION_RATE_HZ)


@dataclass(frozen=True, slots=True)
class SpeechEnd:
    """The acoustic end of the user's speech and how it was found."""

    at_ns: Nanoseconds
    method: SpeechEndMethod


class SpeechEnds:
    """Answers when the user last spoke: from the file's annotation, else by energy.

    Args:
        source: The microphone; its annotation wins where it has one.
    """

    def __init__(self, source: AudioSource) -> None:
        self._source = source
        self._activity = SpeechActivity(SESSION_RATE_HZ, hangover_ms=HANGOVER_MS)
        self._anchor: tuple[int, Nanoseconds] = (0, Nanoseconds(0))
        self._frames = 0
        self._ends: deque[Nanoseconds] = deque(maxlen=64)

    def feed(self, at_ns: Nanoseconds, frame: Samples) -> None:
        """Take what the microphone gave, 24 kHz, its first frame captured at ``at_ns``."""
        self._anchor = (self._frames, at_ns)
        self._frames += len(frame)
        for edge in self._activity.push(frame):
            if not edge.started:
                self._ends.append(self._instant(edge.frame))

    def before(self, at_ns: Nanoseconds) -> SpeechEnd | None:
        """Return the last end of speech at or before ``at_ns``, or None if there was none."""
        annotated = self._source.speech_end_before(at_ns)
        if annotated is not None:
            return SpeechEnd(annotated, SpeechEndMethod.ANNOTATED)
        found = next((end for end in reversed(self._ends) if end <= at_ns), None)
        return None if found is None else SpeechEnd(found, SpeechEndMethod.ENERGY)

    def _instant(self, frame: int) -> Nanoseconds:
        index, at_ns = self._anchor
        return Nanoseconds(at_ns + _FORMAT.span_ns(frame - index))
