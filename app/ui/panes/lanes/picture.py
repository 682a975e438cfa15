"""The whole picture of the lanes but for what moves over it, kept until something changes.

While the view only moves on with the session, what is under the sound and what is over it is
kept as well, painted a little further than can be seen, and shifted by whole pixels. It begins
at whole multiples of a pixel's time, as the columns of the sound do, so that both move as one.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from app.ui.panes.lanes.axis import Overview, paint_axis
from app.ui.panes.lanes.geometry import Rows, Scale, rows, sound
from app.ui.panes.lanes.ink import Ink
from app.ui.panes.lanes.marks import MarksPainter
from app.ui.panes.lanes.spans import paint_gaps, paint_shades, paint_speech, paint_strip
from app.ui.panes.lanes.wave import columns_of, draw_wave
from app.ui.theme import LARGE, SMALL, L, Roles, Theme, font
from app.ui.vm.lanes import LanesViewModel, Span

EMPTY = "Waveforms of both sides appear here."
LEAD: Final = 48
"""So many units further than can be seen are painted ahead while the view follows."""

GLYPH_ROOM: Final = 4
"""Shapes of marks reach so far out of their row, to the left."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What the layers depend on, the instant of the view's left edge aside."""

    version: int
    length_ms: float
    rows: Rows
    size: QSize
    ratio: float
    roles: Roles
    following: bool


@dataclass(frozen=True, slots=True)
class _Layers:
    """What is under the sound and over it, for a view that began at ``start_ms``.

    ``reach``: it serves until the view has moved on by so many units.
    """

    look: _Look
    start_ms: float
    reach: float
    under: QPixmap
    over: QPixmap

    def moved(self, look: _Look, view: Span) -> int | None:
        """Return by how many pixels of the screen to shift it; None if it does not serve."""
        units = (view.start_ms - self.start_ms) / view.length_ms * look.rows.you.width()
        if look != self.look or not 0 <= units < self.reach:
            return None
        return int(units * look.ratio + 1e-6)


class Picture:
    """Paints the lanes of ``widget`` into a pixmap of its size.

    ``painted`` counts how often the layers were painted.
    """

    def __init__(self, widget: QWidget, vm: LanesViewModel, theme: Theme) -> None:
        self._widget = widget
        self._vm = vm
        self._theme = theme
        self._marks = MarksPainter()
        self._overview = Overview()
        self._pixmap = QPixmap()
        self._layers: _Layers | None = None
        self._rows: tuple[tuple[QSize, int], Rows] | None = None
        self._stale = True
        self.painted = 0

    def outdate(self) -> None:
        """Paint anew before the next showing."""
        self._stale = True

    @property
    def rows(self) -> Rows:
        """Where the parts stand now."""
        key = self._widget.size(), self._vm.strip_rows
        if self._rows is None or self._rows[0] != key:
            size, strip = key
            self._rows = key, rows(size.width(), size.height(), strip=strip)
        return self._rows[1]

    @property
    def scale(self) -> Scale:
        """Session time against pixels, now."""
        lane = self.rows.you
        return Scale(self._vm.view, lane.left(), lane.width())

    @property
    def pixmap(self) -> QPixmap:
        """The picture, painted now if it was outdated or has another size."""
        ratio = self._widget.devicePixelRatioF()
        size = (self._widget.size().toSizeF() * ratio).toSize()
        if self._pixmap.size() != size:
            self._pixmap = QPixmap(size)
            self._pixmap.setDevicePixelRatio(ratio)
            self._stale = True
        if self._stale:
            self._stale = False
            self._paint(ratio)
        return self._pixmap

    def _paint(self, ratio: float) -> None:
        painter = QPainter(self._pixmap)
        painter.setFont(font(SMALL))
        ink = Ink(
            painter, self._vm, self._theme, self.rows, self.scale, ratio, self.rows.you.right()
        )
        ink.fill(QRectF(self._widget.rect()), "raised")
        self._names(ink)
        if self._vm.empty:
            ink.pen("muted")
            painter.setFont(font(LARGE))
            painter.drawText(ink.rows.lanes, int(Qt.AlignmentFlag.AlignCenter), EMPTY)
        else:
            self._contents(ink)
        painter.end()

    def _contents(self, ink: Ink) -> None:
        layers, shift = self._kept(ink)
        time = QRectF(ink.rows.you.left(), 0, ink.rows.you.width() + 1, ink.rows.axis.bottom())
        _blit(ink, layers.under, time, shift)
        self._waves(ink)
        events = ink.rows.events
        _blit(ink, layers.over, events.adjusted(-GLYPH_ROOM, 0, L, 0), shift)
        _blit(ink, layers.over, time.adjusted(0, events.height(), 0, 0), shift)
        self._overview.paint(ink)

    def _kept(self, ink: Ink) -> tuple[_Layers, int]:
        """Return layers that serve, painted now if need be, and by how much to shift them."""
        vm, view = self._vm, ink.scale.view
        look = _Look(
            version=vm.version,
            length_ms=view.length_ms,
            rows=ink.rows,
            size=self._pixmap.size(),
            ratio=ink.ratio,
            roles=self._theme.roles,
            following=vm.following,
        )
        shift = None if self._layers is None else self._layers.moved(look, view)
        if self._layers is None or shift is None:
            self._layers, shift = self._layered(look, ink), 0
        return self._layers, shift

    def _layered(self, look: _Look, seen: Ink) -> _Layers:
        """Paint both layers; further than can be seen where the view will get there."""
        self.painted += 1
        lead = float(LEAD) if look.following else 0.0
        size = QSizeF(self._widget.width() + lead, self._widget.height())
        wide = rows(size.width(), size.height(), strip=self._vm.strip_rows)
        view, lane = seen.scale.view, wide.you
        share = lane.width() / seen.rows.you.width()
        column_ms = view.length_ms / columns_of(seen.rows.you, look.ratio)
        start_ms = math.floor(view.start_ms / column_ms + 1e-9) * column_ms
        scale = Scale(Span(start_ms, start_ms + view.length_ms * share), lane.left(), lane.width())
        late: list[float] = []
        made = []
        for colour, paint in (
            (self._theme.colour("raised"), _paint_under),
            (Qt.GlobalColor.transparent, self._paint_over),
        ):
            layer = QPixmap((size * look.ratio).toSize())
            layer.setDevicePixelRatio(look.ratio)
            layer.fill(colour)
            painter = QPainter(layer)
            painter.setFont(font(SMALL))
            paint(Ink(painter, self._vm, self._theme, wide, scale, look.ratio, seen.right, late))
            painter.end()
            made.append(layer)
        reach = min([max(lead, 1.0), *late])
        return _Layers(look, start_ms, reach, made[0], made[1])

    def _paint_over(self, ink: Ink) -> None:
        paint_speech(ink)
        paint_gaps(ink)
        ink.painter.setClipRect(ink.rows.time.adjusted(-GLYPH_ROOM, 0, L, 0))
        self._marks.paint(ink)
        ink.painter.setClipping(False)
        if ink.vm.strip:
            paint_strip(ink)

    def _names(self, ink: Ink) -> None:
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        ink.pen("muted")
        for words, row in (("You", ink.rows.you), ("Model", ink.rows.model)):
            ink.painter.drawText(QRectF(L, row.top(), row.left() - L, row.height()), middle, words)

    def _waves(self, ink: Ink) -> None:
        sides = self._vm.columns(columns_of(ink.rows.you, ink.ratio))
        end = min(ink.scale.x(self._vm.end_ms), ink.rows.you.right())
        for row, values, role in zip(
            (ink.rows.you, ink.rows.model), sides, ("you", "model"), strict=True
        ):
            area = sound(row)
            middle = int(area.center().y()) + 0.5
            ink.pen("line")
            ink.painter.drawLine(QPointF(area.left(), middle), QPointF(end, middle))
            draw_wave(ink.painter, area, values, ink.colour(role), ink.ratio)


def _blit(ink: Ink, layer: QPixmap, area: QRectF, shift: int) -> None:
    """Show the part of a layer that has come to stand in ``area``."""
    source = QRectF(area.topLeft() * ink.ratio, area.size() * ink.ratio).translated(shift, 0)
    ink.painter.drawPixmap(area, layer, source)


def _paint_under(ink: Ink) -> None:
    paint_shades(ink)
    _paint_marked(ink)
    paint_axis(ink)


def _paint_marked(ink: Ink) -> None:
    """Shade the marked stretch and draw its edges."""
    marked = ink.vm.marked.span
    if marked is None:
        return
    span, view = marked.forward, ink.scale.view
    if span.end_ms < view.start_ms or span.start_ms > view.end_ms:
        return
    ends = np.array([[span.start_ms, span.end_ms]])
    ink.blocks(ink.scale.areas(ends, ink.rows.lanes), "accent", strength=0.18)
    ink.pen("accent")
    inside = [ink.scale.x(at) for at in (span.start_ms, span.end_ms) if view.holds(at)]
    ink.upright(inside, ink.rows.lanes)
