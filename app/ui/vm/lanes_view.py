"""Which stretch of the session the turn lanes show: following, frozen, zoomed, panned."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

SHORTEST_VIEW_MS: Final = 50.0
FIRST_VIEW_MS: Final = 20_000.0
# A span that is brought into view fills about a quarter of it, unless it does well enough.
SPAN_ROOM: Final = 4.0
LEAST_SPAN_VIEW_MS: Final = 1_000.0
SMALLEST_SHARE: Final = 0.05
LARGEST_SHARE: Final = 2 / 3


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of session time, ms. ``end_ms`` before ``start_ms``: a negative length."""

    start_ms: float
    end_ms: float

    @property
    def length_ms(self) -> float:
        """End minus start, signed."""
        return self.end_ms - self.start_ms

    @property
    def forward(self) -> "Span":
        """The same stretch with its earlier instant first."""
        return self if self.end_ms >= self.start_ms else Span(self.end_ms, self.start_ms)

    def holds(self, at_ms: float) -> bool:
        """Whether an instant is inside, its edges included."""
        return self.start_ms <= at_ms <= self.end_ms


class Viewport:
    """A window onto session time, from ``SHORTEST_VIEW_MS`` to the whole session.

    ``end_ms`` tells where the session ends; while the view follows, that is its right edge.
    ``moved`` is called after every move.
    """

    def __init__(self, end_ms: Callable[[], float], moved: Callable[[], None]) -> None:
        self.following = True
        self.width_ms = FIRST_VIEW_MS
        self._right_ms = 0.0
        self._end_ms = end_ms
        self._moved = moved

    @property
    def span(self) -> Span:
        """The stretch that is shown."""
        right = max(self._end_ms() if self.following else self._right_ms, self.width_ms)
        return Span(right - self.width_ms, right)

    @property
    def widest_ms(self) -> float:
        """The largest width: the whole session, or the first view if that is longer."""
        return max(self._end_ms(), FIRST_VIEW_MS)

    def follow(self) -> None:
        """Go to the end and stay there."""
        self.following = True
        self._moved()

    def freeze(self) -> None:
        """Stay where the view is now, whatever comes."""
        self._right_ms = self.span.end_ms
        self.following = False
        self._moved()

    def toggle(self) -> None:
        """Freeze while following, and follow while frozen."""
        if self.following:
            self.freeze()
        else:
            self.follow()

    def zoom(self, factor: float, at: float) -> None:
        """Scale the width by ``factor`` around ``at``, 0 (left) to 1 (right).

        While it follows, the end stays where it is. A factor that cannot be does nothing.
        """
        if not math.isfinite(factor) or factor <= 0:
            return
        anchor = self.span.start_ms + at * self.width_ms
        self.width_ms = min(max(self.width_ms * factor, SHORTEST_VIEW_MS), self.widest_ms)
        if not self.following:
            self._go(anchor + (1 - at) * self.width_ms)
        self._moved()

    def pan(self, share: float) -> None:
        """Move by ``share`` of the width; reaching the end follows again."""
        self._go(self.span.end_ms + share * self.width_ms)
        self.following = self._right_ms >= self._end_ms()
        self._moved()

    def centre(self, at_ms: float) -> None:
        """Bring ``at_ms`` into the middle and stay there, as far as the session reaches."""
        self._go(at_ms + self.width_ms / 2)
        self.following = False
        self._moved()

    def show(self, span: Span) -> None:
        """Bring ``span`` into view, at a width that lets its length be seen, and stay there."""
        asked = span.forward
        if not SMALLEST_SHARE <= asked.length_ms / self.width_ms <= LARGEST_SHARE:
            wanted = max(asked.length_ms * SPAN_ROOM, LEAST_SPAN_VIEW_MS)
            self.width_ms = min(wanted, max(self.widest_ms, asked.length_ms / LARGEST_SHARE))
        self.following = False
        self._right_ms = max((asked.start_ms + asked.end_ms + self.width_ms) / 2, self.width_ms)
        self._moved()

    def show_all(self) -> None:
        """Show the whole session, and its end from now on."""
        self.width_ms = self.widest_ms
        self.follow()

    def _go(self, right_ms: float) -> None:
        """Move the right edge, no further past the end than it is already."""
        end_ms = self._end_ms()
        furthest = end_ms if self.following else max(end_ms, self._right_ms)
        self._right_ms = max(min(right_ms, furthest), self.width_ms)
