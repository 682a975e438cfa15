"""A train of chirps: when each is played, and which of those that were heard is which.

The pauses are irregular, so that only one delay lays the heard train upon the played one.
"""

import random
from collections.abc import Sequence
from typing import Final, NamedTuple

from app.core.clock import Nanoseconds

SHORTEST_S: Final = 0.3
LONGEST_S: Final = 0.45
"""From the beginning of a chirp to the next one's."""
EARLIEST_NS: Final = -500_000_000
LATEST_NS: Final = 2_000_000_000
"""Delays that are looked for. Below zero where stamps lie; a wireless device adds 300 ms."""
TOLERANCE_NS: Final = 20_000_000
"""By how much one chirp's delay may differ from the others'."""


class Matched(NamedTuple):
    """Chirp ``played`` of the train is chirp ``heard`` of those that were found."""

    played: int
    heard: int


def offsets_s(chirps: int, seed: int) -> tuple[float, ...]:
    """Return when each chirp begins after the first, seconds. The same seed gives the same."""
    rng = random.Random(seed)  # noqa: S311 - not a secret
    steps = [rng.uniform(SHORTEST_S, LONGEST_S) for _ in range(chirps - 1)]
    return tuple(sum(steps[:index]) for index in range(chirps))


def match(played: Sequence[Nanoseconds], heard: Sequence[Nanoseconds]) -> tuple[Matched, ...]:
    """Return the pairs that lie at one common delay, in the order in which they were played.

    The delay is the one that most chirps share, the shortest of several.
    """
    delays = sorted(h - p for h in heard for p in played if EARLIEST_NS <= h - p <= LATEST_NS)
    if not delays:
        return ()
    low = _densest(delays)
    found: list[Matched] = []
    for index, at_ns in enumerate(played):
        near = (j for j, h in enumerate(heard) if low <= h - at_ns <= low + 2 * TOLERANCE_NS)
        nearest = next(near, None)
        if nearest is not None:
            found.append(Matched(index, nearest))
    return tuple(found)


def _densest(delays: Sequence[int]) -> int:
    """Return the delay from which on the most lie within twice the tolerance."""
    best, most, first = delays[0], 0, 0
    for last, delay in enumerate(delays):
        while delay - delays[first] > 2 * TOLERANCE_NS:
            first += 1
        if last - first + 1 > most:
            best, most = delays[first], last - first + 1
    return best
