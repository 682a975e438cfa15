"""What lies before a replay, gone over beside it, so that every place of it is soon reached."""

from app.core.clock import Nanoseconds
from app.core.ports import PriceBook, SessionScore
from app.session.messages import EngineReport
from app.session.replay_memory import Memory
from app.session.replay_showing import Showing


class ReadAhead:
    """Goes over a session once, to its end, and tells nothing. Blocks on the disk; one owner.

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
        self._showing: Showing | None = Showing(score, _untold, prices)
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
        over = showing.advance(showing.end_ns, most)
        self.gone_ns = showing.gone_ns
        if over:
            self.unfit, self.gone_ns = showing.unfit, showing.end_ns
            self._showing = None

    def take_unfit(self) -> int:
        """Return ``unfit`` once."""
        unfit, self.unfit = self.unfit, 0
        return unfit


def _untold(_report: EngineReport) -> None:
    """Tell nothing."""
