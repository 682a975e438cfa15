"""Where a live user's speech begins and ends, by a network or by energy."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ, AudioFormat, Samples
from app.core.clock import Nanoseconds
from app.core.events import SpeechEndMethod
from app.core.ports import VoiceActivity
from app.dsp.activity import SpeechActivity
from app.dsp.pcm import concat, silence, to_float
from app.dsp.resample import Resampler

HANGOVER_MS: Final = 120
"""Shorter than the shortest server silence, so that an end is known before it is asked for."""

NETWORK_RATE_HZ: Final = 16_000
HOP: Final = 512
"""Samples of one step of the network: 32 ms."""
ENTER: Final = 0.5
EXIT: Final = 0.35
END_BIAS_MS: Final = 40
"""By how much the network finds ends too late: subtracted. Metrics specification, 2.4."""

_FORMAT = AudioFormat(SESSION_RATE_HZ)
_HANGOVER_HOPS = -(-HANGOVER_MS * NETWORK_RATE_HZ // (HOP * 1000))


@dataclass(frozen=True, slots=True)
class DetectedEdge:
    """Speech began (``started``) or ended at ``at_ns``, the acoustic instant."""

    started: bool
    at_ns: Nanoseconds


class SpeechDetector(Protocol):
    """Finds speech in what it is fed."""

    @property
    def method(self) -> SpeechEndMethod:
        """How it does."""
        ...

    @property
    def speaking(self) -> bool:
        """Whether speech is under way, hangover included."""
        ...

    @property
    def heard_ms(self) -> float:
        """How long the speech under way has lasted, hangover left out; 0.0 in silence."""
        ...

    def feed(self, at_ns: Nanoseconds, frame: Samples) -> list[DetectedEdge]:
        """Take 24 kHz audio captured at ``at_ns``; return the edges that became known."""
        ...


class _Anchored:
    """Instants of frame positions: every piece that is fed anchors them anew."""

    def __init__(self) -> None:
        self._anchor: tuple[int, Nanoseconds] = (0, Nanoseconds(0))
        self._frames = 0

    def anchor(self, at_ns: Nanoseconds, frames: int) -> None:
        self._anchor = (self._frames, at_ns)
        self._frames += frames

    def instant(self, frame: int) -> Nanoseconds:
        index, at_ns = self._anchor
        return Nanoseconds(at_ns + _FORMAT.span_ns(frame - index))


class EnergyDetector:
    """By energy over an adaptive noise floor: in noise it loses quiet endings."""

    def __init__(self) -> None:
        self._activity = SpeechActivity(SESSION_RATE_HZ, hangover_ms=HANGOVER_MS)
        self._place = _Anchored()

    @property
    def method(self) -> SpeechEndMethod:
        """By energy."""
        return SpeechEndMethod.ENERGY

    @property
    def speaking(self) -> bool:
        """Whether speech is under way, hangover included."""
        return self._activity.speaking

    @property
    def heard_ms(self) -> float:
        """How long the speech under way has lasted, hangover left out; 0.0 in silence."""
        return self._activity.heard_frames * 1000 / SESSION_RATE_HZ

    def feed(self, at_ns: Nanoseconds, frame: Samples) -> list[DetectedEdge]:
        """Take 24 kHz audio captured at ``at_ns``; return the edges that became known."""
        self._place.anchor(at_ns, len(frame))
        return [
            DetectedEdge(edge.started, self._place.instant(edge.frame))
            for edge in self._activity.push(frame)
        ]


class VoiceDetector:
    """By a network that hears speech: in from ``ENTER``, out under ``EXIT`` for the hangover.

    Ends are told with the network's known bias subtracted.

    Args:
        activity: The network, for this stream only.
    """

    def __init__(self, activity: VoiceActivity) -> None:
        self._activity = activity
        self._resampler = Resampler(SESSION_RATE_HZ, NETWORK_RATE_HZ)
        self._rest = silence(0)
        self._place = _Anchored()
        self._hops = self._began = 0
        self._quiet_hops = 0
        self._speaking = False

    @property
    def method(self) -> SpeechEndMethod:
        """By the network."""
        return SpeechEndMethod.SILERO

    @property
    def speaking(self) -> bool:
        """Whether speech is under way, hangover included."""
        return self._speaking

    @property
    def heard_ms(self) -> float:
        """How long the speech under way has lasted, hangover left out; 0.0 in silence."""
        hops = self._hops - self._began - self._quiet_hops if self._speaking else 0
        return hops * HOP * 1000 / NETWORK_RATE_HZ

    def feed(self, at_ns: Nanoseconds, frame: Samples) -> list[DetectedEdge]:
        """Take 24 kHz audio captured at ``at_ns``; return the edges that became known."""
        self._place.anchor(at_ns, len(frame))
        pending = concat((self._rest, self._resampler.push(frame)))
        whole = len(pending) // HOP * HOP
        self._rest = pending[whole:].copy()
        hops = np.split(to_float(pending[:whole]), whole // HOP) if whole else []
        edges = [self._take(self._activity.probability(hop)) for hop in hops]
        return [edge for edge in edges if edge is not None]

    def _take(self, probability: float) -> DetectedEdge | None:
        self._hops += 1
        if not self._speaking:
            return self._begin(self._hops - 1) if probability >= ENTER else None
        self._quiet_hops = self._quiet_hops + 1 if probability < EXIT else 0
        if self._quiet_hops < _HANGOVER_HOPS:
            return None
        self._speaking = False
        return self._edge(started=False, hop=self._hops - self._quiet_hops, less_ms=END_BIAS_MS)

    def _begin(self, hop: int) -> DetectedEdge:
        self._speaking, self._quiet_hops, self._began = True, 0, hop
        return self._edge(started=True, hop=hop)

    def _edge(self, *, started: bool, hop: int, less_ms: int = 0) -> DetectedEdge:
        frame = hop * HOP * SESSION_RATE_HZ // NETWORK_RATE_HZ
        at_ns = self._place.instant(frame) - less_ms * 1_000_000
        return DetectedEdge(started, Nanoseconds(at_ns))
