"""The turn lanes: what both sides sounded like, with marks. Wheel zooms, dragging pans."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.session.messages import MarkKind, MarkReport
from app.ui.theme import SMALL, XS, L, S, Theme, font
from app.ui.vm.lanes import MARK_NAMES, Envelope, LanesViewModel
from app.ui.vm.text import clock
from app.ui.widgets.frames import Frames

LABEL = 56
AXIS = 18
MARKS = 16
PITCH = 3
BAR = 2
ZOOM_STEP = 1.25
STEPS_S = (1, 2, 5, 10, 30, 60, 120, 300, 600)
TICK_ROOM = 90
SHORT = {
    MarkKind.VAD_ON: "vad",
    MarkKind.VAD_OFF: "end",
    MarkKind.COMMITTED: "commit",
    MarkKind.RESPONSE_CREATED: "created",
    MarkKind.FIRST_TOKEN: "token",
    MarkKind.FIRST_AUDIO: "audio",
    MarkKind.AUDIBLE: "audible",
    MarkKind.RESPONSE_DONE: "done",
    MarkKind.BARGE_IN: "barge-in",
    MarkKind.STALL: "stall",
}
LOUD = {MarkKind.BARGE_IN: "poor", MarkKind.STALL: "poor", MarkKind.AUDIBLE: "accent"}


class LanesPane(QWidget):
    """Paints the view-model's columns; every 3 pixels stand for one."""

    def __init__(self, vm: LanesViewModel, theme: Theme, frames: Frames) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self._frames = frames
        self._grabbed_x: float | None = None
        self._painted: tuple[object, ...] = ()
        self._widths: dict[MarkKind, int] = {}
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(84)
        self.setAccessibleName("Turn lanes: sound of both sides over time")
        self.setAccessibleDescription("Arrow keys pan, plus and minus zoom, End follows.")
        vm.changed.connect(self._dirty)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(600, 140)

    def _dirty(self) -> None:
        self._frames.mark(self._draw)

    def _draw(self) -> None:
        """Repaint, unless the newest sound has not filled another column yet."""
        now: tuple[object, ...] = (
            self._vm.view,
            self._vm.width_ms,
            self._vm.highlight,
            len(self._vm.marks),
        )
        if self._vm.following:
            column = int(self._vm.end_ms / self._vm.width_ms * self._columns)
            now = (column, *now[1:])
        if self.isVisible() and now != self._painted:
            self._painted = now
            self.update()

    @property
    def _columns(self) -> int:
        return max(int(self._room.width()) // PITCH, 1)

    @property
    def _room(self) -> QRectF:
        return QRectF(
            LABEL, MARKS, max(self.width() - LABEL - L, PITCH), self.height() - MARKS - AXIS
        )

    # --- painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("raised"))
        painter.setFont(font(SMALL))
        room = self._room
        self._paint_span(painter, room)
        self._paint_axis(painter, room)
        user, model = self._vm.columns(self._columns)
        half = room.height() / 2
        self._paint_lane(painter, QRectF(room.left(), room.top(), room.width(), half), user, "you")
        lower = QRectF(room.left(), room.top() + half, room.width(), half)
        self._paint_lane(painter, lower, model, "model")
        self._paint_marks(painter, room)
        painter.end()

    def _paint_lane(self, painter: QPainter, area: QRectF, values: Envelope, role: str) -> None:
        middle, reach = area.center().y(), area.height() / 2 - XS
        painter.setPen(self._theme.colour("muted"))
        name = QRectF(L, area.top(), LABEL - L, area.height())
        painter.drawText(
            name, int(Qt.AlignmentFlag.AlignVCenter), "You" if role == "you" else "Model"
        )
        painter.setPen(QPen(self._theme.colour("line"), 1))
        painter.drawLine(QPointF(area.left(), middle), QPointF(area.right(), middle))
        heights = (values.clip(0, 1) ** 0.5 * reach).tolist()
        left = area.left()
        bars = [
            QRectF(left + index * PITCH, middle - height, BAR, 2 * height)
            for index, height in enumerate(heights)
            if height >= BAR
        ]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(role))
        painter.drawRects(bars)

    def _paint_axis(self, painter: QPainter, room: QRectF) -> None:
        view = self._vm.view
        per_tick_s = self._vm.width_ms / 1000 * TICK_ROOM / room.width()
        step_s = next((step for step in STEPS_S if step >= per_tick_s), STEPS_S[-1])
        at_s = -(-view.start_ms // (step_s * 1000)) * step_s
        line, words = self._theme.colour("line"), self._theme.colour("muted")
        while at_s * 1000 <= view.end_ms:
            x = self._x(at_s * 1000, room)
            painter.setPen(QPen(line, 1))
            painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
            text = clock(at_s * 1000)
            if x + XS + painter.fontMetrics().horizontalAdvance(text) <= self.width() - XS:
                painter.setPen(words)
                painter.drawText(QPointF(x + XS, self.height() - XS), text)
            at_s += step_s

    def _paint_span(self, painter: QPainter, room: QRectF) -> None:
        span = self._vm.highlight
        if span is None:
            return
        left, right = self._x(span.start_ms, room), self._x(span.end_ms, room)
        shade = self._theme.colour("accent")
        shade.setAlphaF(0.18)
        painter.fillRect(QRectF(left, room.top(), right - left, room.height()), shade)

    def _paint_marks(self, painter: QPainter, room: QRectF) -> None:
        free_from = room.left()
        for mark in self._vm.visible_marks():
            x = self._x(mark.at_ms, room)
            colour = self._theme.colour(LOUD.get(mark.kind, "muted"))
            painter.setPen(QPen(colour, 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
            words = SHORT[mark.kind]
            width = self._width(painter, mark.kind)
            if x >= free_from and x + width + XS <= self.width():
                painter.setPen(colour)
                painter.drawText(QPointF(x, room.top() - XS), words)
                free_from = x + width + S

    def _width(self, painter: QPainter, kind: MarkKind) -> int:
        if kind not in self._widths:
            self._widths[kind] = painter.fontMetrics().horizontalAdvance(SHORT[kind])
        return self._widths[kind]

    def _x(self, at_ms: float, room: QRectF) -> float:
        return room.left() + (at_ms - self._vm.view.start_ms) / self._vm.width_ms * room.width()

    # --- the mouse and the keyboard

    def wheelEvent(self, event: QWheelEvent) -> None:
        room = self._room
        at = min(max((event.position().x() - room.left()) / room.width(), 0.0), 1.0)
        turned = event.angleDelta().y()
        if turned:
            self._vm.zoom(1 / ZOOM_STEP if turned > 0 else ZOOM_STEP, at)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grabbed_x = event.position().x()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed_x is not None:
            moved = event.position().x() - self._grabbed_x
            self._grabbed_x = event.position().x()
            self._vm.pan(-moved / self._room.width())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._grabbed_x = None

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self._vm.show_span(None)
        self._vm.follow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: -0.1, Qt.Key.Key_Right: 0.1}
        zooms = {Qt.Key.Key_Plus: 1 / ZOOM_STEP, Qt.Key.Key_Minus: ZOOM_STEP}
        key = Qt.Key(event.key())
        if key in moves:
            self._vm.pan(moves[key])
        elif key in zooms:
            self._vm.zoom(zooms[key], 0.5)
        elif key is Qt.Key.Key_End:
            self._vm.follow()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            near = self._mark_near(event.pos().x())
            words = "" if near is None else f"{MARK_NAMES[near.kind]} at {near.at_ms / 1000:.3f} s"
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def _mark_near(self, x: float) -> MarkReport | None:
        room = self._room
        near = [
            mark for mark in self._vm.visible_marks() if abs(self._x(mark.at_ms, room) - x) <= S
        ]
        return min(near, key=lambda mark: abs(self._x(mark.at_ms, room) - x), default=None)
