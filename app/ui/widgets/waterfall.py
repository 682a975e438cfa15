"""Stages one after the other, each a bar that begins where the one before ended."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.ui.theme import BODY, L, S, Theme, font
from app.ui.vm.connection import Stage

ROW = 26
NAME = 128
VALUE = 76
BAR = 12


class Waterfall(QWidget):
    """Shows stages of connecting in the order of time."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._stages: Sequence[Stage] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Stages of connecting")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(480, ROW * max(len(self._stages), 1))

    def show_stages(self, stages: Sequence[Stage]) -> None:
        """Show ``stages``."""
        self._stages = stages
        self.setAccessibleDescription(", ".join(f"{each.name} {each.text}" for each in stages))
        self.updateGeometry()
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            row = event.pos().y() // ROW
            words = self._stages[row].hover if 0 <= row < len(self._stages) else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(BODY))
        for row, stage in enumerate(self._stages):
            self._draw(painter, stage, row * ROW)
        painter.end()

    def _draw(self, painter: QPainter, stage: Stage, top: int) -> None:
        room = max(self.width() - NAME - VALUE - L, 1)
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        painter.setPen(self._theme.colour("text" if stage.known else "muted"))
        painter.drawText(QRectF(0, top, NAME, ROW), middle, stage.name)
        painter.drawText(
            QRectF(self.width() - VALUE, top, VALUE, ROW),
            middle | int(Qt.AlignmentFlag.AlignRight),
            stage.text,
        )
        y = top + (ROW - BAR) / 2
        painter.fillRect(QRectF(NAME, top + ROW / 2 - 0.5, room, 1), self._theme.colour("line"))
        if stage.known:
            left, width = NAME + stage.start * room, max(stage.share * room, 2.0)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("accent"))
            painter.drawRoundedRect(QRectF(left, y, min(width, room), BAR), S / 4, S / 4)
