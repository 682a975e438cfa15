"""The whole picture of the lanes but for what moves over it, kept until something changes."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from app.ui.panes.lanes.axis import Overview, paint_axis
from app.ui.panes.lanes.geometry import Rows, Scale, rows, sound
from app.ui.panes.lanes.ink import Ink
from app.ui.panes.lanes.marks import MarksPainter
from app.ui.panes.lanes.spans import paint_gaps, paint_shades, paint_speech, paint_strip
from app.ui.panes.lanes.wave import columns_of, draw_wave
from app.ui.theme import LARGE, SMALL, L, Theme, font
from app.ui.vm.lanes import LanesViewModel

EMPTY = "Waveforms of both sides appear here."


class Picture:
    """Paints the lanes of ``widget`` into a pixmap of its size."""

    def __init__(self, widget: QWidget, vm: LanesViewModel, theme: Theme) -> None:
        self._widget = widget
        self._vm = vm
        self._theme = theme
        self._marks = MarksPainter()
        self._overview = Overview()
        self._pixmap = QPixmap()
        self._stale = True

    def outdate(self) -> None:
        """Paint anew before the next showing."""
        self._stale = True

    @property
    def rows(self) -> Rows:
        """Where the parts stand now."""
        size = self._widget.size()
        return rows(size.width(), size.height(), strip=self._vm.strip_rows)

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
        ink = Ink(painter, self._vm, self._theme, self.rows, self.scale, ratio)
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
        paint_shades(ink)
        _paint_marked(ink)
        paint_axis(ink)
        self._waves(ink)
        paint_speech(ink)
        paint_gaps(ink)
        ink.painter.setClipRect(ink.rows.time.adjusted(-4, 0, L, 0))
        self._marks.paint(ink)
        ink.painter.setClipping(False)
        if ink.vm.strip:
            paint_strip(ink)
        self._overview.paint(ink)

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
