"""The additive breakdown of a turn: one bar, and under it each part with its figure."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.ui.theme import SMALL, XS, S, Theme, font
from app.ui.vm.turn import Part

BAR = 14
GAP = 2
# How much of the accent each part wears; neighbours differ, and words stand under each.
STRENGTH = {
    "sending": 0.25,
    "endpointing": 0.55,
    "response": 1.0,
    "lead-in": 0.4,
    "playout": 0.7,
    "device": 0.3,
}


class StackBar(QWidget):
    """Shows the parts of the voice-to-voice latency in the order of time."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parts: Sequence[Part] = ()
        self.setAccessibleName("Breakdown of voice to voice")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(320, BAR + XS + 2 * (SMALL + XS))

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Show ``parts``."""
        self._parts = parts
        self.setAccessibleDescription(", ".join(f"{each.name} {each.text}" for each in parts))
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            hit = self._part_at(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), hit.hover if hit else "", self)
            return True
        return super().event(event)

    def _colour(self, part: Part) -> QColor:
        accent, ground = self._theme.colour("accent"), self._theme.colour("raised")
        share = STRENGTH.get(part.name, 0.5)
        pairs = (
            (accent.redF(), ground.redF()),
            (accent.greenF(), ground.greenF()),
            (accent.blueF(), ground.blueF()),
        )
        red, green, blue = (share * mine + (1 - share) * base for mine, base in pairs)
        return QColor.fromRgbF(red, green, blue)

    def _bars(self) -> list[tuple[Part, QRectF]]:
        room = self.width() - GAP * max(len(self._parts) - 1, 0)
        left, found = 0.0, []
        for part in self._parts:
            width = max(part.share * room, 2.0)
            found.append((part, QRectF(left, 0, width, BAR)))
            left += width + GAP
        return found

    def _columns(self) -> list[tuple[Part, QRectF]]:
        width = self.width() / max(len(self._parts), 1)
        return [
            (part, QRectF(index * width, BAR + XS, width - XS, 2 * (SMALL + XS)))
            for index, part in enumerate(self._parts)
        ]

    def _part_at(self, x: float, y: float) -> Part | None:
        for part, area in (*self._bars(), *self._columns()):
            if area.contains(x, y):
                return part
        return None

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if not self._parts:
            painter.fillRect(QRectF(0, 0, self.width(), BAR), self._theme.colour("line"))
        for part, area in self._bars():
            painter.fillRect(area, self._colour(part))
        for part, area in self._columns():
            self._draw_words(painter, part, area)
        painter.end()

    def _draw_words(self, painter: QPainter, part: Part, area: QRectF) -> None:
        painter.fillRect(QRectF(area.left(), area.top() + 3, S, S), self._colour(part))
        painter.setFont(font(SMALL))
        words = area.adjusted(S + XS, 0, 0, 0)
        metrics = painter.fontMetrics()
        name = metrics.elidedText(part.name, Qt.TextElideMode.ElideRight, int(words.width()))
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(words, int(Qt.AlignmentFlag.AlignTop), name)
        painter.setPen(self._theme.colour("text"))
        painter.drawText(words, int(Qt.AlignmentFlag.AlignBottom), part.text)
