"""What a replay has told by moments of rest, so that going back need not begin at the start."""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.ports import ScorePlace
from app.session.messages import EngineReport, HealthReport
from app.session.replay_fold import Fold

EVERY_NS: Final = 30_000_000_000
"""Between two moments of rest that are kept."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A moment between turns, in which nothing is under way.

    Attributes:
        at_ns: All that was due by then has been told.
        place: Where the next event begins.
        events: So many events lie before it; ``reports``: so many reports are kept of them.
        begun_n: Turns that had begun; ``announced`` and ``local`` as ``TurnTracker`` has them.
    """

    at_ns: int
    place: ScorePlace
    events: int
    reports: int
    begun_n: int
    announced: bool
    local: bool


class Memory:
    """Keeps what was told, without what was replaced, and the moments of rest. One owner."""

    def __init__(self) -> None:
        self._told: list[EngineReport] = []
        self._fresh = Fold()
        self._fresh.brief = True
        self._rests: list[Rest] = []
        self._events = 0

    def hear(self, report: EngineReport) -> None:
        """Keep a report that was told; what was told before is known."""
        known = self._rests[-1].events if self._rests else 0
        if self._events >= known and not isinstance(report, HealthReport):
            self._fresh.put(report)

    def passed(self) -> None:
        """One more event has been told."""
        self._events += 1

    def wants_rest(self, at_ns: int) -> bool:
        """Whether a moment of rest at ``at_ns`` would be new, and far enough from the last."""
        if not self._rests:
            return True
        last = self._rests[-1]
        return self._events > last.events and at_ns - last.at_ns >= EVERY_NS

    def rest(
        self, at_ns: int, place: ScorePlace, *, begun_n: int, announced: bool, local: bool
    ) -> None:
        """Keep a moment of rest."""
        self._told += self._fresh.take(len(self._fresh))
        self._rests.append(
            Rest(at_ns, place, self._events, len(self._told), begun_n, announced, local)
        )

    def go_back(self, at_ns: int) -> tuple[Rest | None, Sequence[EngineReport]]:
        """Return the last rest at or before ``at_ns`` with what was told by then.

        None, and nothing, where everything must be told from the start.
        """
        self._fresh.clear()
        rest, told = self.find(at_ns)
        self._events = 0 if rest is None else rest.events
        return rest, told

    def find(self, at_ns: int) -> tuple[Rest | None, Sequence[EngineReport]]:
        """Return what ``go_back`` does, and stay where it is."""
        rest = self.nearest(at_ns)
        return rest, () if rest is None else self._told[: rest.reports]

    def nearest(self, at_ns: int) -> Rest | None:
        """Return the last rest at or before ``at_ns``."""
        index = bisect.bisect_right(self._rests, at_ns, key=lambda rest: rest.at_ns) - 1
        return self._rests[index] if index >= 0 else None
