"""A figure that explains itself: hover tells what it means, a click marks and plays its span."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from app.ui.theme import XS
from app.ui.widgets.labels import Steady, tip

PRESSES = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class FigureLabel(Steady):
    """Shows one figure. ``pressed`` tells its metric: by mouse, or by Enter or Space.

    Args:
        explain: Returns the text on hover for a metric; called only when it is to be shown.
        name: Its look in the style sheet.
    """

    pressed = Signal(str)

    def __init__(
        self, explain: Callable[[str], str], name: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(name, parent)
        self._explain = explain
        self.column = ""
        self.clickable = False

    def show_figure(self, metric: str, words: str, *, clickable: bool, spoken: str) -> None:
        """Show ``words``; ``spoken`` is the figure with its name, for screen readers."""
        self.column = metric
        self.say(words)
        if spoken != self.accessibleName():
            self.setAccessibleName(spoken)
        if clickable is self.clickable:
            return
        self.clickable = clickable
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if clickable else Qt.FocusPolicy.NoFocus)
        shape = Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        self.setAccessibleDescription("Press Enter to mark and play it" if clickable else "")

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            words = self._explain(self.column) if self.column else ""
            QToolTip.showText(event.globalPos(), tip(words), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.clickable and event.button() is Qt.MouseButton.LeftButton:
            self.pressed.emit(self.column)
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.clickable and event.key() in PRESSES and not event.isAutoRepeat():
            self.pressed.emit(self.column)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(self.palette().highlight().color(), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), XS, XS)
            painter.end()
