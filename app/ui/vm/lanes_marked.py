"""The marked stretch of the turn lanes, what plays, and the cursor."""

import math
from collections.abc import Callable
from typing import Final

from app.core.observe import Signal
from app.session.messages import PlayingReport
from app.ui.vm.lanes_envelope import LATEST_MS
from app.ui.vm.lanes_events import LaneEvents
from app.ui.vm.lanes_view import Span, Viewport
from app.ui.vm.lanes_words import instant, length

LEAST_SELECTION_MS: Final = 1.0


class Marked:
    """At most one stretch: the one a number stands for, or the one selected by hand.

    Attributes:
        highlight: The stretch that a number stands for, or None.
        selection: The stretch that was selected by hand, or None. Never both.
        playing: The stretch that sounds now, or None; ``playing_ms`` is how far it is.

    Signals:
        play_wanted: This stretch is to be played, its earlier instant first.
        stop_wanted: What plays is to stop.
    """

    def __init__(self, redraw: Callable[[], None]) -> None:
        self.play_wanted = Signal[Span]()
        self.stop_wanted = Signal[()]()
        self._redraw = redraw
        self.clear()

    def clear(self) -> None:
        """Forget all of it, and tell nobody."""
        self.highlight: Span | None = None
        self.selection: Span | None = None
        self.playing: Span | None = None
        self.playing_ms: float | None = None

    @property
    def span(self) -> Span | None:
        """What is marked."""
        return self.selection or self.highlight

    @property
    def words(self) -> str:
        """Its length, e.g. ``612 ms``; "" without one."""
        return "" if self.span is None else length(self.span.length_ms)

    def show(self, span: Span | None) -> bool:
        """Mark what a number stands for; None, or impossible times, mark nothing: False."""
        possible = span is not None and _possible(span)
        self.highlight, self.selection = span if possible else None, None
        self._redraw()
        return possible

    def select(self, start_ms: float, end_ms: float) -> None:
        """Mark from one instant to another, either first; too short a stretch unmarks."""
        first, last = sorted((start_ms, end_ms))
        wide = last - first >= LEAST_SELECTION_MS
        self.highlight, self.selection = None, Span(first, last) if wide else None
        self._redraw()

    def take_playing(self, report: PlayingReport) -> bool:
        """Note how far it plays; return whether it began, changed or ended."""
        at_ms = report.at_ms
        self.playing_ms = at_ms if at_ms is not None and math.isfinite(at_ms) else None
        span = None if self.playing_ms is None else Span(report.start_ms, report.end_ms)
        changed, self.playing = span != self.playing, span
        return changed

    def play(self) -> None:
        """Ask that the marked stretch be played."""
        if self.span is not None and self.span.length_ms:
            self.play_wanted.emit(self.span.forward)

    def stop(self) -> None:
        """Ask that what plays stops."""
        self.stop_wanted.emit()

    def toggle_playing(self) -> None:
        """Play the marked stretch, or stop what plays."""
        if self.playing is None:
            self.play()
        else:
            self.stop()

    @property
    def escapable(self) -> bool:
        """Whether ``escape`` would do something."""
        return self.playing is not None or self.span is not None

    def escape(self) -> bool:
        """Stop what plays, else unmark the stretch; False if there was neither."""
        if not self.escapable:
            return False
        if self.playing is not None:
            self.stop()
        else:
            self.show(None)
        return True


class Cursor:
    """Where the pointer or the keyboard looks; ``at_ms`` is None when neither does.

    ``moved`` is called after every move.
    """

    def __init__(self, viewport: Viewport, marked: Marked, moved: Callable[[], None]) -> None:
        self.at_ms: float | None = None
        self._viewport = viewport
        self._marked = marked
        self._moved = moved

    def look(self, at_ms: float | None) -> None:
        """Move to an instant; None takes the cursor away."""
        if at_ms != self.at_ms:
            self.at_ms = at_ms
            self._moved()

    def look_beside(self, events: LaneEvents, *, later: bool) -> None:
        """Go to the next mark or span, or the one before, and bring it into view."""
        view = self._viewport.span
        edge = view.start_ms if later else view.end_ms
        found = events.beside(edge if self.at_ms is None else self.at_ms, later=later)
        if found is None:
            return
        if not view.holds(found):
            self._viewport.centre(found)
        self.look(found)

    def extend(self, share: float) -> None:
        """Move by ``share`` of the view and select what lies between; begins in its middle."""
        view, selected = self._viewport.span, self._marked.selection
        begun = (view.start_ms + view.end_ms) / 2 if self.at_ms is None else self.at_ms
        fixed = begun
        if selected is not None and begun in (selected.start_ms, selected.end_ms):
            fixed = selected.end_ms if begun == selected.start_ms else selected.start_ms
        moved = min(max(begun + share * view.length_ms, view.start_ms), view.end_ms)
        self.look(moved)
        self._marked.select(fixed, moved)

    def about(self, events: LaneEvents, at_ms: float, reach_ms: float) -> str:
        """Return an instant, then a line for each mark and span within ``reach_ms`` of it."""
        return "\n".join((instant(at_ms), *events.near(at_ms, reach_ms)))


def _possible(span: Span) -> bool:
    return all(math.isfinite(at) and abs(at) <= LATEST_MS for at in (span.start_ms, span.end_ms))
