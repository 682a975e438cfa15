"""Whether comparisons keep what they say: power, smallest difference shown, cover, false alarms.

Latencies are drawn from a log-normal body around 700 ms with a slow tail of 6 %, which has the
power that the metrics specification, 9.2, gives for +100 ms: 10 pairs .17, 20 .32, 30 .42,
50 .64, 100 .90. Prints, in this order:

* the power to see +100 ms by pairs;
* the power at the difference that ``detectable`` names: 0.8 if it tells the truth;
* how often the interval holds the true difference: by turns, and by sessions that differ;
* false alarms under a slow drift: interleaved, and one side after the other.
"""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.metrics.comparison_ranks import detectable, paired_estimate, signed_rank_test

MEDIAN_MS: Final = 700.0
SPREAD: Final = 0.23
SLOW_SHARE: Final = 0.06
SLOW_FACTOR: Final = 2.5
SPECIFIED: Final = {10: 0.17, 20: 0.32, 30: 0.42, 50: 0.64, 100: 0.90}
DIFFERENCE_MS: Final = 100.0
LEVEL: Final = 0.05
SEED: Final = 9

Draws = NDArray[np.float64]


def latencies(rng: np.random.Generator, *shape: int) -> Draws:
    """Return latencies of one model, ms."""
    body = MEDIAN_MS * np.exp(rng.normal(0, SPREAD, shape))
    drawn: Draws = np.where(rng.random(shape) < SLOW_SHARE, body * SLOW_FACTOR, body)
    return drawn


def differences(rng: np.random.Generator, draws: int, n: int, shift: float) -> Draws:
    """Return ``draws`` rows of ``n`` paired differences around ``shift``."""
    return shift + latencies(rng, draws, n) - latencies(rng, draws, n)


def shown(rows: Draws) -> float:
    """Return in which share of the rows the signed-rank test shows a difference."""
    tests = [signed_rank_test(row.tolist()) for row in rows]
    return sum(each is not None and each.p < LEVEL for each in tests) / len(rows)


def power(n: int, draws: int, shift: float = DIFFERENCE_MS, seed: int = SEED) -> float:
    """Return the chance to see ``shift`` with ``n`` pairs."""
    return shown(differences(np.random.default_rng(seed), draws, n, shift))


def usual_detectable(n: int, draws: int, seed: int = SEED) -> float:
    """Return the median of what ``n`` pairs say they would have shown."""
    found = []
    for row in differences(np.random.default_rng(seed), draws, n, 0.0):
        estimate = paired_estimate([row.tolist()])
        least = detectable(estimate.low, estimate.high)
        assert least is not None
        found.append(least)
    return float(np.median(found))


def cover(make: Callable[[np.random.Generator], Sequence[Sequence[float]]], draws: int) -> float:
    """Return in which share of draws the interval holds the true difference of 0."""
    rng = np.random.default_rng(SEED)
    held = 0
    for _ in range(draws):
        estimate = paired_estimate(make(rng))
        assert estimate.low is not None
        assert estimate.high is not None
        held += estimate.low <= 0 <= estimate.high
    return held / draws


def by_turn(n: int) -> Callable[[np.random.Generator], Sequence[Sequence[float]]]:
    """Return pairs that are independent of each other."""
    return lambda rng: [differences(rng, 1, n, 0.0)[0].tolist()]


def by_session(
    sessions: int, turns: int, apart_ms: float
) -> Callable[[np.random.Generator], Sequence[Sequence[float]]]:
    """Return pairs of which those of one session share a shift of their own."""

    def make(rng: np.random.Generator) -> Sequence[Sequence[float]]:
        shifts = rng.normal(0, apart_ms, (sessions, 1))
        rows: list[list[float]] = (differences(rng, sessions, turns, 0.0) + shifts).tolist()
        return rows

    return make


def together(
    make: Callable[[np.random.Generator], Sequence[Sequence[float]]],
) -> Callable[[np.random.Generator], Sequence[Sequence[float]]]:
    """Return the same pairs without a word about their sessions."""
    return lambda rng: [[value for block in make(rng) for value in block]]


def false_alarms(n: int, draws: int, *, interleaved: bool, drift: float = 0.25) -> float:
    """Return how often a drift of ``drift`` of the latency over the run shows a difference."""
    rng = np.random.default_rng(SEED)
    slower = 1 + drift * np.linspace(0, 1, 2 * n)
    values = latencies(rng, draws, 2 * n) * slower
    if interleaved:
        first = np.array([2 * k + k % 2 for k in range(n)])
        rows = values[:, first ^ 1] - values[:, first]
    else:
        rows = values[:, n:] - values[:, :n]
    return shown(rows)


def run(draws: int = 300) -> dict[str, object]:
    """Return all figures."""
    least = {n: usual_detectable(n, draws) for n in (10, 20, 50, 100)}
    unlike = 200.0
    return {
        "draws": draws,
        "power_of_100_ms": {n: round(power(n, draws), 3) for n in SPECIFIED},
        "power_specified": SPECIFIED,
        "detectable_ms": {n: round(value, 1) for n, value in least.items()},
        "power_at_detectable": {n: round(power(n, draws, least[n], seed=1), 3) for n in least},
        "cover_by_turn": {n: round(cover(by_turn(n), draws), 3) for n in (6, 20, 60)},
        "cover_by_session": {n: round(cover(by_session(n, 5, unlike), draws), 3) for n in (8, 16)},
        "cover_of_the_same_by_turn": round(cover(together(by_session(8, 5, unlike)), draws), 3),
        "false_alarms_interleaved": {
            n: round(false_alarms(n, draws, interleaved=True), 3) for n in (10, 100)
        },
        "false_alarms_in_sequence": {
            n: round(false_alarms(n, draws, interleaved=False), 3) for n in (10, 100)
        },
    }


def main() -> int:
    """Print the figures as one line of JSON."""
    print(json.dumps(run()))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
