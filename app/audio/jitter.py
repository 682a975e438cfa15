"""How much of a reply must wait before it starts to sound."""

from typing import Final

FLOOR_MS: Final = 10.0
"""One block."""
CEILING_MS: Final = 120.0

_SHRINK = 0.5


class JitterDepth:
    """Depth of the jitter buffer, in milliseconds.

    Starts at one block. A reply that stalled would have needed its stalls as prebuffer, so
    the depth grows by exactly that; each reply that did not stall halves it. It changes
    between replies only: inside one, a stall has already delayed the rest by its length.
    """

    def __init__(self) -> None:
        self._ms = FLOOR_MS

    @property
    def ms(self) -> float:
        """The present depth, 10 to 120."""
        return self._ms

    def after_reply(self, stalled_ms: float) -> None:
        """Learn from a reply that is over; ``stalled_ms`` is the sum of its stalls."""
        if stalled_ms > 0:
            self._ms = min(self._ms + stalled_ms, CEILING_MS)
        else:
            self._ms = max(self._ms * _SHRINK, FLOOR_MS)
