"""Playability of a reply that arrives in pieces.

``J[i] = (a[i] - a[0]) - m[i]``: how late piece ``i`` is, if playing began when the first
arrived; ``m[i]`` is the audio before it. Gaps between arrivals alone say nothing, because
delivery is faster than real time.

Source: metrics specification, L8 to L11 and A2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import SESSION_RATE_HZ
from app.metrics.timeline import AudioArrival

FRAMES_PER_MS = SESSION_RATE_HZ / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How the audio of a turn arrived, its replies taken together; None where not defined.

    Attributes:
        audio_ms: Audio received.
        chunks_n: Pieces it came in.
        required_prebuffer_ms: Smallest delay of the start with which no reply runs dry.
        jitter_p95_ms: 95th percentile of the change of ``J`` from piece to piece.
        delivery_x: Audio received for each second of receiving it; None for single pieces.
    """

    audio_ms: float | None
    chunks_n: int | None
    required_prebuffer_ms: float | None
    jitter_p95_ms: float | None
    delivery_x: float | None


NOTHING = Delivery(
    audio_ms=None, chunks_n=None, required_prebuffer_ms=None, jitter_p95_ms=None, delivery_x=None
)


def delivery(arrivals: Sequence[AudioArrival]) -> Delivery:
    """Return how ``arrivals`` came; all unknown if there were none."""
    if not arrivals:
        return NOTHING
    replies = by_reply(arrivals)
    changes = np.concatenate([np.abs(np.diff(lateness_ms(reply))) for reply in replies])
    many = [reply for reply in replies if len(reply) > 1]
    receiving_ms = sum((reply[-1].at_ns - reply[0].at_ns) / 1e6 for reply in many)
    received_ms = sum(_audio_ms(reply) for reply in many)
    return Delivery(
        audio_ms=_audio_ms(arrivals),
        chunks_n=len(arrivals),
        required_prebuffer_ms=max(required_prebuffer_ms(reply) for reply in replies),
        jitter_p95_ms=float(np.percentile(changes, 95)) if len(changes) else None,
        delivery_x=received_ms / receiving_ms if receiving_ms > 0 else None,
    )


def by_reply(arrivals: Sequence[AudioArrival]) -> list[list[AudioArrival]]:
    """Return the arrivals of each reply, in order of arrival within it."""
    ordered = sorted(arrivals, key=lambda arrival: arrival.response_id)
    return [list(group) for _, group in groupby(ordered, key=lambda a: a.response_id)]


def lateness_ms(reply: Sequence[AudioArrival]) -> NDArray[np.float64]:
    """Return ``J`` of one reply, shape (pieces,); the first is 0."""
    arrived = np.array([arrival.at_ns - reply[0].at_ns for arrival in reply], dtype=np.float64)
    before = np.array([arrival.before_frames for arrival in reply], dtype=np.float64)
    late: NDArray[np.float64] = arrived / 1e6 - before / FRAMES_PER_MS
    return late


def required_prebuffer_ms(reply: Sequence[AudioArrival]) -> float:
    """Return the smallest delay of the start with which this reply never runs dry."""
    return max(0.0, float(lateness_ms(reply).max()))


def stalls_ms(reply: Sequence[AudioArrival], prebuffer_ms: float) -> tuple[float, ...]:
    """Return how long each stall would last for a player that waits ``prebuffer_ms`` first.

    The player goes on as soon as the late piece is there.
    """
    waited = prebuffer_ms
    stalls = []
    for late in lateness_ms(reply):
        if late > waited:
            stalls.append(float(late) - waited)
            waited = float(late)
    return tuple(stalls)


def _audio_ms(arrivals: Sequence[AudioArrival]) -> float:
    return sum(arrival.frames for arrival in arrivals) / FRAMES_PER_MS
