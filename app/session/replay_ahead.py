"""What lies before a replay, gone over beside it, so that every place of it is soon reached."""

from typing import Final

from app.core.clock import Nanoseconds
from app.core.ports import PriceBook, SessionScore
from app.core.version import VERSION
from app.session.messages import EngineReport
from app.session.replay_memory import Memory
from app.session.replay_showing import Showing

EDITION: Final = 1
"""Rises when what is told of the same events changes."""


class ReadAhead:
    """Goes over a session once, to its end, and tells nothing. Blocks on the disk; one owner.

    What it came by is kept with the score, and a session that was gone over before is known.

    Attributes:
        memory: The moments of rest that it came by, with what is told by then.
        gone_ns: Session time that it has come to.
        over: Whether it has come to the end.
        unfit: So many events were left out because their fields do not fit.

    Args:
        score: The session.
        prices: What models cost, if anybody knows.
    """

    def __init__(self, score: SessionScore, prices: PriceBook | None) -> None:
        self._score = score
        self._fits = f"{VERSION} {EDITION} {'' if prices is None else prices.fingerprint}"
        self._looked = False
        self._showing: Showing | None = Showing(score, _untold, prices, joins=True)
        self.memory: Memory = self._showing.memory
        self.gone_ns = Nanoseconds(0)
        self.unfit = 0

    @property
    def over(self) -> bool:
        """See the class."""
        return self._showing is None

    def knows(self, at_ns: Nanoseconds) -> bool:
        """Whether it has been at session time ``at_ns``."""
        return self.over or self.gone_ns > at_ns

    def go_on(self, most: int) -> None:
        """Go over at most so many events more."""
        showing = self._showing
        if showing is None:
            return
        if not self._looked:
            self._looked = True
            unfit = self.memory.restore(self._score.kept(), self._fits)
            if unfit is not None:
                self._end(showing, unfit)
                return
        over = showing.advance(showing.end_ns, most)
        self.gone_ns = showing.gone_ns
        if over:
            self._end(showing, showing.unfit)
            self._score.keep(self.memory.dump(self._fits, self.unfit))

    def _end(self, showing: Showing, unfit: int) -> None:
        self.unfit, self.gone_ns = unfit, showing.end_ns
        self._showing = None

    def take_unfit(self) -> int:
        """Return ``unfit`` once."""
        unfit, self.unfit = self.unfit, 0
        return unfit


def _untold(_report: EngineReport) -> None:
    """Tell nothing."""
