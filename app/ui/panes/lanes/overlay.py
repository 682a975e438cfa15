"""What moves over the picture: the cursor with its time, and the line of what sounds."""

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QRegion

from app.ui.panes.lanes.geometry import Rows, Scale
from app.ui.theme import SMALL, XS, Theme, font
from app.ui.vm.lanes import LanesViewModel
from app.ui.vm.lanes_words import instant

PILL = 88
PLAYING = 2


class Overlay:
    """Paints the two lines, and knows which part of the pane they dirty."""

    def __init__(self, vm: LanesViewModel, theme: Theme) -> None:
        self._vm = vm
        self._theme = theme
        self._last = QRegion()

    def moved(self, rows: Rows, scale: Scale) -> QRegion:
        """Return what is to be painted anew: where the lines were, and where they are."""
        now = QRegion()
        for at_ms in (self._vm.cursor.at_ms, self._vm.marked.playing_ms):
            if at_ms is not None:
                x = scale.x(at_ms)
                line = QRectF(x - PLAYING, 0, 2 * PLAYING + 1, rows.axis.bottom())
                now = now.united(line.toAlignedRect()).united(_pill(x, rows).toAlignedRect())
        dirty, self._last = self._last.united(now), now
        return dirty

    def paint(self, painter: QPainter, rows: Rows, scale: Scale) -> None:
        """Paint the lines that are in view."""
        view = scale.view
        for at_ms, role, width in (
            (self._vm.marked.playing_ms, "accent", PLAYING),
            (self._vm.cursor.at_ms, "text", 1),
        ):
            if at_ms is None or not view.holds(at_ms):
                continue
            x = int(scale.x(at_ms)) + 0.5
            painter.setPen(QPen(self._theme.colour(role), width))
            painter.drawLine(QLineF(x, rows.events.top(), x, rows.axis.top()))
            self._time(painter, _pill(x, rows), instant(at_ms), role)

    def _time(self, painter: QPainter, area: QRectF, words: str, role: str) -> None:
        painter.setFont(font(SMALL))
        painter.fillRect(area, self._theme.colour("raised"))
        painter.setPen(self._theme.colour(role))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), words)


def _pill(x: float, rows: Rows) -> QRectF:
    """Return the room of the cursor's time in the axis, kept inside it."""
    left = min(max(x - PILL / 2, rows.axis.left()), rows.axis.right() - PILL)
    return QRectF(left, rows.axis.top() + 1, PILL, rows.axis.height() - XS)
