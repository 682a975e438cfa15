"""Playability of a reply that arrives in pieces.

``J[i] = (a[i] - a[0]) - m[i]``: how late piece ``i`` is, if playing began when the first
arrived; ``m[i]`` is the audio before it. Gaps between arrivals alone say nothing, because
delivery is faster than real time.

Source: metrics specification, L8 to L11 and A2; the smoothed jitter: RFC 3550, 6.4.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import SESSION_RATE_HZ
from app.core.clock import Nanoseconds
from app.core.ids import ResponseId
from app.metrics.statistics import quantile
from app.metrics.timeline_values import AudioArrival

FRAMES_PER_MS: Final = SESSION_RATE_HZ / 1000

_SMOOTHING: Final = 16
"""The gain of RFC 3550 is its inverse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How the audio of a turn arrived, its replies taken together; None where not defined.

    Attributes:
        audio_ms: Audio received.
        chunks_n: Pieces it came in.
        required_prebuffer_ms: Smallest delay of the start with which no reply runs dry.
        jitter_p95_ms: 95th percentile of the change of ``J`` from piece to piece.
        jitter_smoothed_ms: The same change as a receiver of RTP reports it, at the end.
        delivery_x: Audio received for each second of receiving it; None for single pieces.
    """

    audio_ms: float | None
    chunks_n: int | None
    required_prebuffer_ms: float | None
    jitter_p95_ms: float | None
    jitter_smoothed_ms: float | None
    delivery_x: float | None


NOTHING = Delivery(
    audio_ms=None,
    chunks_n=None,
    required_prebuffer_ms=None,
    jitter_p95_ms=None,
    jitter_smoothed_ms=None,
    delivery_x=None,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The pieces of one reply in order of arrival, shape (pieces,), int64.

    Attributes:
        at_ns: When each piece arrived.
        before: Frames at 24 kHz of the reply before each piece.
        frames: Frames of each piece.
    """

    at_ns: NDArray[np.int64]
    before: NDArray[np.int64]
    frames: NDArray[np.int64]

    @property
    def audio_ms(self) -> float:
        """Audio received."""
        return float(self.frames.sum()) / FRAMES_PER_MS

    @property
    def receiving_ms(self) -> float:
        """From the first piece to the last."""
        return float(self.at_ns[-1] - self.at_ns[0]) / 1e6

    @property
    def lateness_ms(self) -> NDArray[np.float64]:
        """``J``, shape (pieces,); the first is 0."""
        late: NDArray[np.float64] = (self.at_ns - self.at_ns[0]) / 1e6 - self.before / FRAMES_PER_MS
        return late

    @property
    def required_prebuffer_ms(self) -> float:
        """The smallest delay of the start with which this reply never runs dry."""
        return max(0.0, float(self.lateness_ms.max()))

    def filled_ns(self, depth_ms: float) -> Nanoseconds:
        """Return when ``depth_ms`` of audio had arrived; of a shorter reply, when it all had."""
        arrived = self.before + self.frames
        index = int(np.searchsorted(arrived, depth_ms * FRAMES_PER_MS))
        return Nanoseconds(int(self.at_ns[min(index, len(self.at_ns) - 1)]))

    def holding(self, media_ms: float) -> tuple[Nanoseconds, float]:
        """Return when the piece with the frame at ``media_ms`` arrived, and its own start, ms."""
        index = int(np.searchsorted(self.before, media_ms * FRAMES_PER_MS, side="right")) - 1
        return Nanoseconds(int(self.at_ns[index])), float(self.before[index]) / FRAMES_PER_MS


def by_reply(arrivals: Sequence[AudioArrival]) -> dict[ResponseId, Reply]:
    """Return the pieces of each reply, in the order in which the replies began to arrive.

    Pieces of one instant keep the order in which they were told.
    """
    pieces: dict[ResponseId, tuple[list[int], list[int]]] = {}
    for response_id, at_ns, frames in sorted(arrivals, key=_arrived):
        instants, counts = pieces.setdefault(response_id, ([], []))
        instants.append(at_ns)
        counts.append(frames)
    return {response_id: _reply(*columns) for response_id, columns in pieces.items()}


def _arrived(arrival: AudioArrival) -> int:
    return arrival.at_ns


def _reply(instants: list[int], counts: list[int]) -> Reply:
    frames = np.array(counts, dtype=np.int64)
    before = np.cumsum(frames) - frames
    return Reply(at_ns=np.array(instants, dtype=np.int64), before=before, frames=frames)


def delivery(replies: Sequence[Reply]) -> Delivery:
    """Return how ``replies`` came; all unknown if there were none."""
    if not replies:
        return NOTHING
    changes = np.concatenate([np.abs(np.diff(reply.lateness_ms)) for reply in replies])
    many = [reply for reply in replies if len(reply.frames) > 1]
    receiving_ms = sum(reply.receiving_ms for reply in many)
    return Delivery(
        audio_ms=sum(reply.audio_ms for reply in replies),
        chunks_n=sum(len(reply.frames) for reply in replies),
        required_prebuffer_ms=max(reply.required_prebuffer_ms for reply in replies),
        jitter_p95_ms=quantile(changes.tolist(), 0.95),
        jitter_smoothed_ms=smoothed(changes) if len(changes) else None,
        delivery_x=sum(r.audio_ms for r in many) / receiving_ms if receiving_ms > 0 else None,
    )


def smoothed(changes_ms: NDArray[np.float64]) -> float:
    """Return the running jitter after ``changes_ms``: ``j += (|d| - j) / 16``, from 0."""
    jitter = 0.0
    for change in changes_ms.tolist():
        jitter += (change - jitter) / _SMOOTHING
    return jitter


def stalls_ms(reply: Reply, prebuffer_ms: float) -> tuple[float, ...]:
    """Return how long each stall would last for a player that waits ``prebuffer_ms`` first.

    The player goes on as soon as the late piece is there.
    """
    waited = prebuffer_ms
    stalls = []
    for late in reply.lateness_ms.tolist():
        if late > waited:
            stalls.append(late - waited)
            waited = late
    return tuple(stalls)
