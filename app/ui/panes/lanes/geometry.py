"""Where the parts of the turn lanes stand, and where instants are across."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from app.ui.theme import XS, L
from app.ui.vm.lanes import Span

LABEL: Final = 60
EVENTS: Final = 20
STRIP: Final = 16
AXIS: Final = 18
MAP: Final = 14
BAR_SHARE: Final = 0.12
THINNEST_BAR: Final = 4
THICKEST_BAR: Final = 8
UNDER_BAR: Final = 3
LEAST_HEIGHT: Final = 104
ROWS_FROM: Final = 150
MAP_FROM: Final = 118
"""Lower panes have no overview, so that the lanes keep their room."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The parts from the top; ``strip`` and ``overview`` are empty where they take no room."""

    events: QRectF
    you: QRectF
    model: QRectF
    strip: QRectF
    axis: QRectF
    overview: QRectF

    @property
    def lanes(self) -> QRectF:
        """Both lanes together."""
        return self.you.united(self.model)

    @property
    def time(self) -> QRectF:
        """All that stands on the time axis."""
        return QRectF(self.you.left(), 0, self.you.width(), self.axis.top())


def sound(lane: QRectF) -> QRectF:
    """Return the part of a lane that the waveform takes."""
    return lane.adjusted(0, 2, 0, -(_bar(lane) + UNDER_BAR + 1))


def foot(lane: QRectF) -> QRectF:
    """Return the bar under the waveform of a lane, for stretches."""
    tall = _bar(lane)
    return QRectF(lane.left(), lane.bottom() - UNDER_BAR - tall, lane.width(), tall)


def _bar(lane: QRectF) -> int:
    return int(min(max(lane.height() * BAR_SHARE, THINNEST_BAR), THICKEST_BAR))


def rows(width: float, height: float, *, strip: int) -> Rows:
    """Return the parts of a pane of this size; ``strip`` is how many rows the strip has.

    A low pane has one at most, so that the lanes keep their room.
    """
    strip = strip if height >= ROWS_FROM else min(strip, 1)
    left, across = float(LABEL), max(width - LABEL - L, 1.0)
    overview = float(MAP) if height >= MAP_FROM else 0.0
    foot = XS if overview else 0.0
    map_top = height - foot - overview
    axis_top = map_top - AXIS
    strip_top = axis_top - STRIP * strip
    lane = max((strip_top - EVENTS) / 2, 1.0)
    return Rows(
        events=QRectF(left, 0, across, EVENTS),
        you=QRectF(left, EVENTS, across, lane),
        model=QRectF(left, EVENTS + lane, across, lane),
        strip=QRectF(left, strip_top, across, axis_top - strip_top),
        axis=QRectF(left, axis_top, across, AXIS),
        overview=QRectF(left, map_top, across, overview),
    )


@dataclass(frozen=True, slots=True)
class Scale:
    """Session time against pixels."""

    view: Span
    left: float
    width: float

    def x(self, at_ms: float) -> float:
        """Return where an instant stands; far away ones are brought near, for the painter."""
        share = (at_ms - self.view.start_ms) / self.view.length_ms
        return self.left + min(max(share, -1.0), 2.0) * self.width

    def xs(self, instants: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where instants in view stand."""
        return self.left + (instants - self.view.start_ms) / self.view.length_ms * self.width

    def at_ms(self, x: float) -> float:
        """Return the instant at a place, within the view."""
        share = min(max((x - self.left) / self.width, 0.0), 1.0)
        return self.view.start_ms + share * self.view.length_ms

    def reach_ms(self, pixels: float) -> float:
        """Return how long so many pixels are."""
        return pixels / self.width * self.view.length_ms

    def areas(self, spans: NDArray[np.float64], row: QRectF, *, least: float = 1.0) -> list[QRectF]:
        """Return the part of ``row`` that each stretch takes, ``least`` pixels wide or more.

        ``spans`` has shape (n, 2): start and end, ms; all of them reach into the view.
        """
        shares = (spans - self.view.start_ms) / self.view.length_ms
        xs = self.left + shares.clip(0.0, 1.0) * self.width
        top, tall = row.top(), row.height()
        return [QRectF(a, top, max(b - a, least), tall) for a, b in xs.tolist()]
