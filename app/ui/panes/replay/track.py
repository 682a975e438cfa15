"""Where a replay is, as a slider with a tick where each turn begins."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSlider

from app.ui.theme import HIT, Theme
from app.ui.vm.replay import STEP_MS, ReplayViewModel
from app.ui.vm.text import clock

GROOVE: Final = 6.0
KNOB: Final = 7.0
TICK: Final = 5.0
APART: Final = 4.0
"""Turns that begin nearer to each other than that on the average have no ticks."""


class ReplayTrack(QSlider):
    """A press jumps there, a drag looks where it would be; it goes there when let go.

    ``looked_at`` carries a session time, ms, while the knob is held.
    """

    looked_at = Signal(float)

    def __init__(self, vm: ReplayViewModel, theme: Theme) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._vm = vm
        self._theme = theme
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumWidth(120)
        self.setFixedHeight(HIT + 8)
        self.setSingleStep(int(STEP_MS))
        self.setPageStep(int(2 * STEP_MS))
        self.setAccessibleName("Position in the session")
        self.actionTriggered.connect(self._moved_by_key)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, HIT)

    def refresh(self) -> None:
        """Show where it is now."""
        if not self.isSliderDown():
            with QSignalBlocker(self):
                self.setRange(0, max(int(self._vm.duration_ms), 1))
                self.setValue(int(self._vm.at_ms))
        turns = len(self._vm.ticks)
        self.setAccessibleDescription(f"{self._vm.times}, {turns} turns so far")
        self.update()

    def _moved_by_key(self, _action: int) -> None:
        if not self.isSliderDown():
            self._vm.seek(float(self.sliderPosition()))

    # --- the mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._look(event.position().x())
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._look(event.position().x())
        else:
            at_ms = self.at_ms(event.position().x())
            self.setToolTip(clock(at_ms))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown() and event.button() is Qt.MouseButton.LeftButton:
            at_ms = self.at_ms(event.position().x())
            with QSignalBlocker(self):
                self.setSliderDown(False)
            self._vm.seek(at_ms)

    def _look(self, x: float) -> None:
        at_ms = self.at_ms(x)
        with QSignalBlocker(self):
            self.setSliderPosition(int(at_ms))
        self.looked_at.emit(at_ms)
        self.update()

    def at_ms(self, x: float) -> float:
        """Return the session time at a place, ms."""
        room = max(self.width() - 2 * KNOB, 1.0)
        return min(max((x - KNOB) / room, 0.0), 1.0) * self._vm.duration_ms

    def _x(self, at_ms: float) -> float:
        share = at_ms / self._vm.duration_ms if self._vm.duration_ms > 0 else 0.0
        return KNOB + min(max(share, 0.0), 1.0) * (self.width() - 2 * KNOB)

    # --- the picture

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        here = self._x(float(self.sliderPosition()))
        groove = QRectF(KNOB, middle - GROOVE / 2, self.width() - 2 * KNOB, GROOVE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("line"))
        painter.drawRoundedRect(groove, GROOVE / 2, GROOVE / 2)
        played = QRectF(groove.left(), groove.top(), here - groove.left(), GROOVE)
        painter.setBrush(self._theme.colour("accent"))
        painter.drawRoundedRect(played, GROOVE / 2, GROOVE / 2)
        self._draw_ticks(painter, groove)
        painter.setPen(QPen(self._theme.colour("raised"), 2))
        painter.setBrush(self._theme.colour("accent"))
        painter.drawEllipse(QPointF(here, middle), KNOB, KNOB)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.colour("focus"), 2))
            painter.drawEllipse(QPointF(here, middle), KNOB + 1, KNOB + 1)
        painter.end()

    def _draw_ticks(self, painter: QPainter, groove: QRectF) -> None:
        looped = None if self._vm.report is None else self._vm.report.loop_turn
        dense = len(self._vm.ticks) * APART > groove.width()
        for turn, at_ms in self._vm.ticks:
            if dense and turn != looped:
                continue
            x = self._x(at_ms)
            role = "accent" if turn == looped else "muted"
            painter.setPen(QPen(self._theme.colour(role), 3 if turn == looped else 1))
            painter.drawLine(
                QPointF(x, groove.bottom() + 2), QPointF(x, groove.bottom() + 2 + TICK)
            )
