"""Where the user's speech begins and ends at the microphone, by the best method there is."""

from collections import deque
from dataclasses import dataclass

from app.core.audio_format import Samples
from app.core.clock import Nanoseconds
from app.core.events import SpeechEndMethod
from app.session.parts import OpenedInput
from app.session.speech_detectors import HANGOVER_MS, EnergyDetector, SpeechDetector

KEPT = 64

_HANGOVER_NS = HANGOVER_MS * 1_000_000


@dataclass(frozen=True, slots=True)
class SpeechEdge:
    """An acoustic bound of the user's speech and how it was found."""

    at_ns: Nanoseconds
    method: SpeechEndMethod
    started: bool = False


class SpeechEnds:
    """Answers when the user last spoke: from the file's annotation, else by a detector.

    Args:
        opened: The microphone; its annotation wins where it has one.
        detector: What hears a user without a script.
    """

    def __init__(self, opened: OpenedInput, detector: SpeechDetector | None = None) -> None:
        self._source = opened.source
        self._script = opened.script
        self._detector = detector or EnergyDetector()
        self._starts: deque[Nanoseconds] = deque(maxlen=KEPT)
        self._ends: deque[Nanoseconds] = deque(maxlen=KEPT)
        self._fresh: deque[SpeechEdge] = deque(maxlen=KEPT)
        self._told: dict[bool, Nanoseconds] = {}

    @property
    def method(self) -> SpeechEndMethod:
        """How ends are found."""
        return SpeechEndMethod.ANNOTATED if self._script is not None else self._detector.method

    @property
    def speaking(self) -> bool:
        """Whether the user is speaking, as far as what was captured tells."""
        return self._detector.speaking

    @property
    def heard_ms(self) -> float:
        """How long the speech under way has lasted, hangover left out; 0.0 in silence.

        Of samples, also where an annotation knows better: it is asked for at once.
        """
        return self._detector.heard_ms

    def feed(self, at_ns: Nanoseconds, frame: Samples) -> None:
        """Take what the model may hear, 24 kHz, its first frame captured at ``at_ns``."""
        for edge in self._detector.feed(at_ns, frame):
            edges = self._starts if edge.started else self._ends
            edges.append(edge.at_ns)
            self._fresh.append(SpeechEdge(edge.at_ns, self._detector.method, edge.started))

    def start_before(self, at_ns: Nanoseconds) -> SpeechEdge | None:
        """Return where the last speech at or before ``at_ns`` began, or None."""
        annotated = None if self._script is None else self._script.speech_start_before(at_ns)
        if annotated is not None:
            return SpeechEdge(annotated, SpeechEndMethod.ANNOTATED, started=True)
        found = next((start for start in reversed(self._starts) if start <= at_ns), None)
        return None if found is None else SpeechEdge(found, self._detector.method, started=True)

    def before(self, at_ns: Nanoseconds) -> SpeechEdge | None:
        """Return the last end of speech at or before ``at_ns``, or None if there was none.

        Where the user is speaking at ``at_ns``, an annotation calls that the end: right for
        speech that is cut off by hand.
        """
        annotated = self._source.speech_end_before(at_ns)
        if annotated is not None:
            return SpeechEdge(annotated, SpeechEndMethod.ANNOTATED)
        found = next((end for end in reversed(self._ends) if end <= at_ns), None)
        return None if found is None else SpeechEdge(found, self._detector.method)

    def ended_before(self, at_ns: Nanoseconds) -> SpeechEdge | None:
        """Return the last end at or before ``at_ns`` that silence had followed by then.

        Speech that goes on at ``at_ns`` has not ended: the end before it is then returned.
        """
        last = self.before(at_ns)
        if last is None or last.method is not SpeechEndMethod.ANNOTATED:
            return last
        if at_ns - last.at_ns >= _HANGOVER_NS or not self._goes_on:
            return last
        start = self.start_before(at_ns)
        return None if start is None else self.before(Nanoseconds(start.at_ns - 1))

    def spoke_between(self, start_ns: Nanoseconds, end_ns: Nanoseconds) -> bool:
        """Whether the user was heard at some time between two instants, not long ago."""
        last = self.before(end_ns)
        begun = self.start_before(end_ns)
        heard = last is not None and last.at_ns >= start_ns
        going_on = begun is not None and (last is None or begun.at_ns > last.at_ns)
        return heard or going_on

    def take(self, now_ns: Nanoseconds) -> list[SpeechEdge]:
        """Return the edges that became known since the last call, oldest first."""
        if self._script is None:
            fresh = list(self._fresh)
            self._fresh.clear()
            return fresh
        known = (self.start_before(now_ns), self.ended_before(now_ns))
        edges = sorted((edge for edge in known if edge is not None), key=lambda e: e.at_ns)
        return [edge for edge in edges if self._is_new(edge)]

    @property
    def _goes_on(self) -> bool:
        return self._script is not None and self._script.speaking

    def _is_new(self, edge: SpeechEdge) -> bool:
        if edge.at_ns <= self._told.get(edge.started, -1):
            return False
        self._told[edge.started] = edge.at_ns
        return True
