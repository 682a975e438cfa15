"""The time axis and the overview of the whole session."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from app.ui.panes.lanes.geometry import Rows
from app.ui.panes.lanes.ink import Ink
from app.ui.panes.lanes.wave import columns_of, draw_wave
from app.ui.theme import XS
from app.ui.vm.lanes import Span
from app.ui.vm.lanes_words import tick_step, ticks

TICK_ROOM: Final = 90
FRAME: Final = 8


def paint_axis(ink: Ink) -> None:
    """Paint lines through the lanes at round times, each with its words if they fit."""
    axis, view = ink.rows.axis, ink.scale.view
    step_ms = tick_step(ink.scale.reach_ms(TICK_ROOM))
    found = [(ink.scale.x(at), words) for at, words in ticks(view.start_ms, view.end_ms, step_ms)]
    ink.pen("line")
    ink.upright([x for x, _words in found], QRectF(ink.rows.you.topLeft(), axis.bottomRight()))
    metrics = ink.painter.fontMetrics()
    ink.pen("muted")
    for x, words in found:
        if ink.fits(x + metrics.horizontalAdvance(words)):
            ink.painter.drawText(QPointF(x + XS, axis.bottom() - XS), words)


class Overview:
    """The whole session, small; kept until it has grown by a pixel, looks else or is resized."""

    def __init__(self) -> None:
        self._kept = QPixmap()
        self._key: tuple[object, ...] = ()

    def paint(self, ink: Ink) -> None:
        """Paint you above the model, with a frame around the view."""
        row = ink.rows.overview
        if not row.height():
            return
        key = (row.size(), ink.ratio, ink.theme.roles, ink.vm.overview_place(int(row.width())))
        if key != self._key:
            self._key = key
            self._draw(ink, row)
        ink.painter.drawPixmap(row.topLeft(), self._kept)
        frame = overview_frame(ink.rows, ink.scale.view, ink.vm.end_ms)
        ink.fill(frame, "accent", 0.15)
        ink.painter.setPen(QPen(ink.colour("accent"), 1))
        ink.painter.setBrush(Qt.BrushStyle.NoBrush)
        ink.painter.drawRect(frame.adjusted(0.5, 0.5, -0.5, -0.5))

    def _draw(self, ink: Ink, row: QRectF) -> None:
        self._kept = QPixmap((row.size() * ink.ratio).toSize())
        self._kept.setDevicePixelRatio(ink.ratio)
        self._kept.fill(ink.colour("sunken"))
        painter = QPainter(self._kept)
        user, model = ink.vm.overview(columns_of(row, ink.ratio))
        half = row.height() / 2
        upper = QRectF(0, 0, row.width(), half)
        draw_wave(painter, upper, user, ink.colour("you"), ink.ratio)
        draw_wave(painter, upper.translated(0, half), model, ink.colour("model"), ink.ratio)
        painter.end()


def overview_frame(rows: Rows, view: Span, end_ms: float) -> QRectF:
    """Return where the view stands in the overview, wide enough to be seen."""
    row, whole = rows.overview, max(end_ms, 1.0)
    left = min(view.start_ms / whole, 1.0) * row.width()
    right = min(view.end_ms / whole, 1.0) * row.width()
    width = max(right - left, float(FRAME))
    left = min(left, row.width() - width)
    return QRectF(row.left() + left, row.top(), width, row.height())
