"""The widget of the turn lanes."""

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.ui.panes.lanes.controls import Controls
from app.ui.panes.lanes.geometry import LEAST_HEIGHT
from app.ui.panes.lanes.hands import HELP, Hands
from app.ui.panes.lanes.overlay import Overlay
from app.ui.panes.lanes.picture import Picture
from app.ui.theme import FRAME_MS, S, Theme
from app.ui.vm.lanes import LanesViewModel
from app.ui.widgets.frames import Frames
from app.ui.widgets.labels import tip

GROWING_MS = 2 * FRAME_MS


class LanesPane(QWidget):
    """Shows the view-model. A picture is kept; the cursor and what plays move over it."""

    def __init__(self, vm: LanesViewModel, theme: Theme, frames: Frames) -> None:
        super().__init__()
        self._vm = vm
        self._frames = frames
        self._painted: tuple[object, ...] = ()
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setAccessibleName("Turn lanes: sound of both sides over time")
        self.setAccessibleDescription(HELP)
        self._picture = Picture(self, vm, theme)
        self._overlay = Overlay(vm, theme)
        self._hands = Hands(vm, self._picture)
        self.controls = Controls(self, vm, theme)
        vm.changed.connect(self._dirty)
        vm.grown.connect(self._grown)
        vm.overlay_changed.connect(self._overlay_dirty)
        theme.changed.connect(self._dress)
        self.controls.arrange(self._picture.rows, self._picture.scale, self.height())

    def sizeHint(self) -> QSize:
        return QSize(600, 160)

    def _dirty(self) -> None:
        self._frames.mark(self._draw)

    def _grown(self) -> None:
        """What only moves on is painted half as often as what answers a hand."""
        self._frames.mark(self._draw, every_ms=GROWING_MS)

    def _overlay_dirty(self) -> None:
        self._frames.mark(self._draw_overlay)

    def _dress(self) -> None:
        self._painted = ()
        self._draw()

    def _draw(self) -> None:
        """Paint anew, unless nothing in the picture changed by a pixel."""
        now = self._state()
        if self.isVisible() and now != self._painted:
            self._painted = now
            self._renew()
            self._hands.look_again()
            self._draw_overlay()
            self.update()

    def _renew(self) -> None:
        self._picture.outdate()
        self.controls.arrange(self._picture.rows, self._picture.scale, self.height())

    def _draw_overlay(self) -> None:
        if self.isVisible():
            self.update(self._overlay.moved(self._picture.rows, self._picture.scale))

    def _state(self) -> tuple[object, ...]:
        """Return what the picture depends on; what is less than a pixel is left out."""
        vm, columns = self._vm, max(self.width(), 1)
        view = vm.view
        column = view.length_ms / columns
        whole = vm.overview_place(columns)
        place = int(vm.end_ms / column) if vm.following else view
        inside = int(min(vm.end_ms, view.end_ms) / column)
        return place, inside, view.length_ms, vm.following, vm.version, whole

    # --- Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        pixmap, area = self._picture.pixmap, event.rect()
        ratio = pixmap.devicePixelRatio()
        source = QRectF(area.topLeft() * ratio, area.size() * ratio)
        painter.drawPixmap(QRectF(area), pixmap, source)
        self._overlay.paint(painter, self._picture.rows, self._picture.scale)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._renew()

    def showEvent(self, event: QShowEvent) -> None:
        """What came while it was hidden was not painted."""
        super().showEvent(event)
        self._renew()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._hands.wheel(event)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._hands.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hands.move(event)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._hands.release()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self._vm.show_span(None)
        self._vm.follow()

    def leaveEvent(self, event: QEvent) -> None:
        self._hands.leave()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        looked = self._vm.cursor.at_ms
        if not self._hands.key(event):
            super().keyPressEvent(event)
        elif self._vm.cursor.at_ms != looked:
            self._tell()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), tip(self._words_at(event.pos())), self)
            return True
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture:
                self._hands.pinch(event.value(), event.position())
            return True
        if event.type() is QEvent.Type.ShortcutOverride and self._wants(event):
            event.accept()
            return True
        return super().event(event)

    def _wants(self, event: QEvent) -> bool:
        """Whether a key is wanted here, before the window's own ones."""
        return isinstance(event, QKeyEvent) and self._hands.knows(event)

    def _words_at(self, place: QPoint) -> str:
        inside = self._picture.rows.time.contains(place.toPointF()) and not self._vm.empty
        return self._about(self._picture.scale.at_ms(place.x())) if inside else ""

    def _about(self, at_ms: float) -> str:
        return self._vm.cursor.about(self._vm.events, at_ms, self._picture.scale.reach_ms(S))

    def _tell(self) -> None:
        """Say what the keyboard's cursor stands at, to eyes and to screen readers."""
        at_ms = self._vm.cursor.at_ms
        if at_ms is not None:
            words = self._about(at_ms)
            self.setAccessibleDescription(f"{words}\n{HELP}")
            place = QPoint(round(self._picture.scale.x(at_ms)), self.height())
            QToolTip.showText(self.mapToGlobal(place), tip(words), self)
