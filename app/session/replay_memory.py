"""What a replay has told by moments of rest, so that going back need not begin at the start."""

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from app.core.ports import ScorePlace
from app.core.records import TurnRecord
from app.session.messages import EngineReport, HealthReport
from app.session.replay_fold import Fold
from app.session.replay_packing import DAMAGE, UNPACKABLE, Packer

EVERY_NS: Final = 30_000_000_000
"""Between two moments of rest that are kept."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A moment between turns, in which nothing is under way.

    Attributes:
        at_ns: All that was due by then has been told.
        place: Where the next event begins.
        events: So many events lie before it.
        begun_n: Turns that had begun; ``announced`` and ``local`` as ``TurnTracker`` has them.
    """

    at_ns: int
    place: ScorePlace
    events: int
    begun_n: int
    announced: bool
    local: bool

    @property
    def likely(self) -> bool:
        """Whether there may be such a moment."""
        return min(self.place.offset, self.begun_n) >= 0


class _Kept(msgspec.Struct, frozen=True):
    """A memory on the disk; ``fits``: what it was made of."""

    fits: str
    unfit: int
    rests: tuple[Rest, ...]
    told: tuple[bytes, ...]


_KEPT: Final = msgspec.msgpack.Decoder(_Kept)


class Memory:
    """Keeps what was told, without what was replaced, and the moments of rest. One owner.

    What was told is kept as bytes, a stretch between two rests each: hours of it are small.

    Args:
        turns: The session's, by their number; a turn that was told is kept as its number.

    Attributes:
        events: So many events have been told.
    """

    def __init__(self, turns: Mapping[int, TurnRecord] | None = None) -> None:
        self._packer = Packer({} if turns is None else turns)
        self._told: list[bytes] = []
        self._fresh = Fold()
        self._fresh.brief = True
        self._rests: list[Rest] = []
        self._full = False
        self.events = 0

    def hear(self, report: EngineReport) -> None:
        """Keep a report that was told; what was told before is known."""
        known = self._rests[-1].events if self._rests else 0
        new = self.events >= known and not self._full
        if new and not isinstance(report, HealthReport):
            self._fresh.put(report)

    def wants_rest(self, at_ns: int) -> bool:
        """Whether a moment of rest at ``at_ns`` would be new, and far enough from the last."""
        if self._full or not self._rests:
            return not self._full
        last = self._rests[-1]
        return self.events > last.events and at_ns - last.at_ns >= EVERY_NS

    def rest(
        self, at_ns: int, place: ScorePlace, *, begun_n: int, announced: bool, local: bool
    ) -> None:
        """Keep a moment of rest; none, and no later one, where what was told does not pack."""
        try:
            packed = self._packer.pack(self._fresh.take(len(self._fresh)))
        except UNPACKABLE:
            self._full = True
            return
        self._told.append(packed)
        self._rests.append(Rest(at_ns, place, self.events, begun_n, announced, local))

    def go_back(self, at_ns: int) -> tuple[Rest | None, Sequence[EngineReport]]:
        """Return the last rest at or before ``at_ns`` with what was told by then.

        None, and nothing, where everything must be told from the start.
        """
        self._fresh.clear()
        rest, told = self.find(at_ns)
        self.events = 0 if rest is None else rest.events
        return rest, told

    def find(self, at_ns: int) -> tuple[Rest | None, Sequence[EngineReport]]:
        """Return what ``go_back`` does, and stay where it is."""
        index = self._index(at_ns)
        if index < 0:
            return None, ()
        try:
            packed = self._told[: index + 1]
            told = [report for data in packed for report in self._packer.unpack(data)]
        except DAMAGE:
            self._told, self._rests = [], []
            return None, ()
        return self._rests[index], told

    def nearest(self, at_ns: int) -> Rest | None:
        """Return the last rest at or before ``at_ns``."""
        index = self._index(at_ns)
        return self._rests[index] if index >= 0 else None

    def dump(self, fits: str, unfit: int) -> bytes:
        """Return it as bytes, for ``restore`` where the same ``fits``."""
        kept = _Kept(fits, unfit, tuple(self._rests), tuple(self._told))
        return msgspec.msgpack.encode(kept)

    def restore(self, data: bytes | None, fits: str) -> int | None:
        """Take what ``dump`` gave, in place of everything; return its ``unfit``.

        None, and nothing, where it is of something else or damaged. Reports that turn out to be
        damaged later are forgotten, with all of it.
        """
        try:
            kept = _KEPT.decode(data or b"")
        except DAMAGE:
            return None
        instants = [rest.at_ns for rest in kept.rests]
        likely = instants == sorted(instants) and all(rest.likely for rest in kept.rests)
        if kept.fits != fits or len(kept.rests) != len(kept.told) or not likely:
            return None
        self._rests, self._told = list(kept.rests), list(kept.told)
        return kept.unfit

    def _index(self, at_ns: int) -> int:
        return bisect.bisect_right(self._rests, at_ns, key=lambda rest: rest.at_ns) - 1
