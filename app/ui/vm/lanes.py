"""The turn lanes: both sides on session time, with marks, spans and a view that moves."""

import math
from typing import Final

import numpy as np

from app.core.observe import Signal
from app.session.messages import EnvelopeReport, MarkReport, PlayingReport, SpanKind, SpanReport
from app.ui.vm.lanes_envelope import Envelope, EnvelopePyramid
from app.ui.vm.lanes_events import Bars, LaneEvents, MarkGroup, MarkGroups
from app.ui.vm.lanes_marked import Cursor, Marked
from app.ui.vm.lanes_track import Column
from app.ui.vm.lanes_view import Span, Viewport
from app.ui.vm.lanes_words import MARK_NAMES

__all__ = ["MARK_NAMES", "Bars", "Envelope", "LanesViewModel", "MarkGroup", "MarkGroups", "Span"]

STRIP_KINDS: Final = (SpanKind.TOOL, SpanKind.INTERRUPTION, SpanKind.CLIENT_LIMITED)


OVERVIEW_MS: Final = 1_000.0
"""The newest column of the overview is drawn again so often."""


class LanesViewModel:
    """Keeps the whole session; bounds are those of ``EnvelopePyramid`` and ``LaneEvents``.

    All calls on the thread that owns the window.

    Attributes:
        viewport: What is shown, and every way to move it.
        marked: The marked stretch, and what plays.
        cursor: Where the pointer or the keyboard looks.
        telephone: Recordings are played as a telephone would carry them.
        version: Rises with everything that changes the picture but the envelope and the view.

    Signals:
        changed: Something to draw changed.
        grown: The sound of both sides went on, as it does all the while.
        overlay_changed: Only the cursor moved, or what plays went on.
        play_wanted: This ``Span`` is to be played, its earlier instant first.
        stop_wanted: What plays is to stop.
        telephone_wanted: Recordings are to be played as a telephone would carry them, or not.
    """

    def __init__(self) -> None:
        self.changed = Signal[()]()
        self.grown = Signal[()]()
        self.overlay_changed = Signal[()]()
        self.version = 0
        self.envelope = EnvelopePyramid()
        self.events = LaneEvents()
        self.viewport = Viewport(lambda: self.end_ms, self.changed.emit)
        self.marked = Marked(self._redraw)
        self.cursor = Cursor(self.viewport, self.marked, self.overlay_changed.emit)
        self.play_wanted = self.marked.play_wanted
        self.stop_wanted = self.marked.stop_wanted
        self.telephone = False
        self.telephone_wanted = Signal[bool]()

    # --- what comes from the engine

    def clear(self) -> None:
        """Forget everything: a new session begins."""
        self.envelope = EnvelopePyramid()
        self.events = LaneEvents()
        self.marked.clear()
        self.cursor.look(None)
        self.viewport.follow()
        self._redraw()

    def taken_down(self) -> tuple[EnvelopePyramid, LaneEvents]:
        """Return the picture for ``put_up``, and forget it."""
        picture = self.envelope, self.events
        self.clear()
        return picture

    def put_up(self, picture: tuple[EnvelopePyramid, LaneEvents]) -> None:
        """Show a picture that was taken down."""
        self.clear()
        self.envelope, self.events = picture
        self._redraw()

    def take_envelope(self, report: EnvelopeReport) -> None:
        """Add peaks of both sides; what cannot be is ignored."""
        if self.envelope.add(report):
            self.grown.emit()

    def take_mark(self, report: MarkReport) -> None:
        """Add a mark; one at an impossible time is ignored and counted."""
        if self.events.add_mark(report):
            self._redraw()

    def take_span(self, report: SpanReport) -> None:
        """Add a span; one of impossible times is ignored and counted."""
        if self.events.add_span(report):
            self._redraw()

    def take_playing(self, report: PlayingReport) -> None:
        """Move the line that shows what sounds now; ``at_ms`` None takes it away."""
        if self.marked.take_playing(report):
            self._redraw()
        else:
            self.overlay_changed.emit()

    def _redraw(self) -> None:
        self.version += 1
        self.changed.emit()

    # --- what others ask for

    def show_span(self, span: Span | None) -> None:
        """Mark a stretch and bring it into view; None takes the mark away.

        A stretch of impossible times marks nothing.
        """
        if self.marked.show(span) and span is not None:
            self.viewport.show(span)

    def toggle_telephone(self) -> None:
        """Ask that recordings be played as a telephone would carry them, or as they are."""
        self.telephone_wanted.emit(not self.telephone)

    def set_telephone(self, *, telephone: bool) -> None:
        """Recordings are played so from now on."""
        if telephone != self.telephone:
            self.telephone = telephone
            self._redraw()

    def follow(self) -> None:
        """Go to the newest instant and stay there."""
        self.viewport.follow()

    def freeze(self) -> None:
        """Stay where the view is, whatever comes."""
        self.viewport.freeze()

    @property
    def following(self) -> bool:
        """Whether the view stays at the newest instant."""
        return self.viewport.following

    @property
    def highlight(self) -> Span | None:
        """The stretch that a number stands for, or None."""
        return self.marked.highlight

    @property
    def selection(self) -> Span | None:
        """The stretch that was selected by hand, or None."""
        return self.marked.selection

    # --- what is shown

    @property
    def end_ms(self) -> float:
        """Session time of the newest sound; without any, of the newest mark or span."""
        return self.envelope.end_ms or self.events.newest_ms

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.envelope.end_ms and not len(self.events)

    @property
    def view(self) -> Span:
        """The stretch that is shown."""
        return self.viewport.span

    @property
    def strip(self) -> tuple[SpanKind, ...]:
        """The kinds that the strip under the lanes shows; empty: it takes no room."""
        return tuple(kind for kind in STRIP_KINDS if self.events.has(kind))

    @property
    def strip_rows(self) -> int:
        """How many rows the strip needs: tools that run at once stand under each other."""
        return max(self.events.tool_rows, 1) if self.strip else 0

    def columns(self, count: int) -> tuple[Envelope, Envelope]:
        """Return the peaks of ``count`` equal columns of the view, per side."""
        view = self.view
        return self.envelope.columns(view.start_ms, view.end_ms, count)

    def overview(self, count: int) -> tuple[Envelope, Envelope]:
        """Return the peaks of ``count`` equal columns of the whole session, per side."""
        return self.envelope.columns(0.0, max(self.end_ms, 1.0), count)

    def overview_place(self, count: int) -> tuple[object, ...]:
        """Return what rises when the overview of ``count`` columns looks otherwise.

        Its columns move as the session grows, all of them by less than one until its length
        has grown by the share of one; its newest column fills meanwhile.
        """
        end_ms = max(self.end_ms, 1.0)
        return int(math.log(end_ms) * count), int(end_ms / OVERVIEW_MS), self.envelope.step_ms

    def groups(self, count: int, stretch: Span | None = None) -> MarkGroups:
        """Return the marks in view, or of a stretch, those of one of ``count`` columns together."""
        view = stretch or self.view
        found = self.events.groups(self._edges(view, count))
        return found.where((found.at_ms >= view.start_ms) & (found.at_ms <= view.end_ms))

    def bars(self, kind: SpanKind, count: int, stretch: Span | None = None) -> Bars:
        """Return what to draw of one kind of span, for ``count`` columns of the view or stretch."""
        return self.events.bars(kind, self._edges(stretch or self.view, count))

    def _edges(self, view: Span, count: int) -> Column:
        """Return edges at whole multiples of a column's width that enclose the view, ms.

        So the same marks share a column while the view moves on.
        """
        column = view.length_ms / count
        first = math.floor(view.start_ms / column)
        return (first + np.arange(count + 2, dtype=np.float64)) * column
