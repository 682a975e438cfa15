"""The additive breakdown of a turn: one bar, and under it each part with its figure."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.ui.theme import SMALL, XS, S, Theme, font
from app.ui.vm.turn import Part
from app.ui.widgets.figure import PRESSES
from app.ui.widgets.labels import tip

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
    """Shows the parts of the voice-to-voice latency in the order of time.

    ``pressed`` tells the metric of a part: clicked, or chosen by the arrow keys and Enter.
    """

    pressed = Signal(str)

    def __init__(
        self, theme: Theme, explain: Callable[[str], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._explain = explain
        self._parts: Sequence[Part] = ()
        self._chosen = 0
        self.setAccessibleName("Breakdown of voice to voice")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(320, BAR + XS + 2 * (SMALL + XS))

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Show ``parts``."""
        self._parts = parts
        self._chosen = min(self._chosen, max(len(parts) - 1, 0))
        self.setAccessibleDescription(", ".join(f"{each.name} {each.text}" for each in parts))
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            hit = self._part_at(event.pos().x(), event.pos().y())
            words = tip(self._explain(hit.metric)) if hit else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hit = self._part_at(event.position().x(), event.position().y())
        over = hit is not None and hit.clickable
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        hit = self._part_at(event.position().x(), event.position().y())
        if hit is not None and hit.clickable:
            self._chosen = self._parts.index(hit)
            self.pressed.emit(hit.metric)
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if not self._parts or (event.key() not in steps and event.key() not in PRESSES):
            super().keyPressEvent(event)
            return
        if event.key() in steps:
            moved = self._chosen + steps[Qt.Key(event.key())]
            self._chosen = min(max(moved, 0), len(self._parts) - 1)
            self._speak()
            self.update()
        elif not event.isAutoRepeat() and self._parts[self._chosen].clickable:
            self.pressed.emit(self._parts[self._chosen].metric)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _speak(self) -> None:
        part = self._parts[self._chosen]
        self.setAccessibleName(f"Breakdown of voice to voice: {part.name} {part.text}")

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
        if self.hasFocus() and self._parts:
            painter.setPen(QPen(self._theme.colour("focus"), 2))
            area = self._columns()[self._chosen][1]
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), XS, XS)
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
