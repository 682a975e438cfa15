"""What the mouse and the keyboard do in the turn lanes."""

from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from app.ui.panes.lanes.picture import Picture
from app.ui.vm.lanes import LanesViewModel

ZOOM_STEP: Final = 1.25
NOTCH: Final = 120
SMALL_STEP: Final = 0.1
PAGE: Final = 0.9
NUDGE: Final = 0.01
MIDDLE: Final = 0.5
SELECTING: Final = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier

HELP: Final = (
    "Arrow keys pan and plus and minus zoom; Page Up and Page Down move by a page, Home goes to "
    "the beginning, End follows, 0 shows the whole session, F freezes. Ctrl with an arrow key "
    "goes from mark to mark, Shift with an arrow key selects, Enter plays, T plays as a "
    "telephone would and Escape stops."
)


class Grip(Enum):
    """What a drag does."""

    PAN = auto()
    SELECT = auto()
    OVERVIEW = auto()


class Hands:
    """Turns events into calls of the view-model."""

    def __init__(self, vm: LanesViewModel, picture: Picture) -> None:
        self._vm = vm
        self._picture = picture
        self._grip: Grip | None = None
        self._last_x = 0.0
        self._anchor_ms = 0.0
        self._place: QPointF | None = None
        key = Qt.Key
        self._keys: dict[Qt.Key, Callable[[], object]] = {
            key.Key_Left: lambda: vm.viewport.pan(-SMALL_STEP),
            key.Key_Right: lambda: vm.viewport.pan(SMALL_STEP),
            key.Key_PageUp: lambda: vm.viewport.pan(-PAGE),
            key.Key_PageDown: lambda: vm.viewport.pan(PAGE),
            key.Key_Plus: lambda: self._zoom(1 / ZOOM_STEP),
            key.Key_Equal: lambda: self._zoom(1 / ZOOM_STEP),
            key.Key_Minus: lambda: self._zoom(ZOOM_STEP),
            key.Key_Home: lambda: vm.viewport.centre(0.0),
            key.Key_End: vm.viewport.follow,
            key.Key_0: vm.viewport.show_all,
            key.Key_F: vm.viewport.toggle,
            key.Key_T: vm.toggle_telephone,
            key.Key_Return: vm.marked.toggle_playing,
            key.Key_Enter: vm.marked.toggle_playing,
        }
        self._shifted: dict[Qt.Key, Callable[[], object]] = {
            key.Key_Left: lambda: vm.cursor.extend(-NUDGE),
            key.Key_Right: lambda: vm.cursor.extend(NUDGE),
            key.Key_Plus: lambda: self._zoom(1 / ZOOM_STEP),
        }
        self._controlled: dict[Qt.Key, Callable[[], object]] = {
            key.Key_Left: lambda: vm.cursor.look_beside(vm.events, later=False),
            key.Key_Right: lambda: vm.cursor.look_beside(vm.events, later=True),
        }

    # --- the keyboard

    def key(self, event: QKeyEvent) -> bool:
        """Do what a key stands for; False if it stands for nothing here."""
        key = Qt.Key(event.key())
        if key is Qt.Key.Key_Escape:
            return self._vm.marked.escape()
        call = self._meant(event)
        if call is None:
            return False
        if _held(event):
            self._place = None
        call()
        return True

    def knows(self, event: QKeyEvent) -> bool:
        """Whether a key stands for something here, whatever it means elsewhere in the window."""
        if event.key() == Qt.Key.Key_Escape:
            return self._vm.marked.escapable
        return self._meant(event) is not None

    def _meant(self, event: QKeyEvent) -> Callable[[], object] | None:
        tables = {
            Qt.KeyboardModifier.NoModifier: self._keys,
            Qt.KeyboardModifier.ShiftModifier: self._shifted,
            Qt.KeyboardModifier.ControlModifier: self._controlled,
        }
        return tables.get(_held(event), {}).get(Qt.Key(event.key()))

    def _zoom(self, factor: float) -> None:
        """Zoom around the cursor if it is in view, else around the middle."""
        view, cursor = self._vm.view, self._vm.cursor.at_ms
        at = MIDDLE
        if cursor is not None and view.holds(cursor):
            at = (cursor - view.start_ms) / view.length_ms
        self._vm.viewport.zoom(factor, at)

    # --- the mouse

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom at the pointer; with Shift, or turned sideways, pan."""
        turned = event.angleDelta()
        across = turned.x()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            across = across or turned.y()
        if across:
            self._vm.viewport.pan(-across / NOTCH * SMALL_STEP)
        elif turned.y():
            self._vm.viewport.zoom(ZOOM_STEP ** (-turned.y() / NOTCH), self.share(event.position()))

    def pinch(self, value: float, at: QPointF) -> None:
        """Zoom by what two fingers spread; ``value`` is the change of their distance."""
        self._vm.viewport.zoom(1 / max(1 + value, SMALL_STEP), self.share(at))

    def share(self, at: QPointF) -> float:
        """Return where in the view a place is, 0 to 1."""
        lane = self._picture.rows.you
        return min(max((at.x() - lane.left()) / lane.width(), 0.0), 1.0)

    def press(self, event: QMouseEvent) -> None:
        """Take hold of the view, of the overview, or of the begin of a selection."""
        at = event.position()
        self._last_x = at.x()
        if self._picture.rows.overview.contains(at):
            self._grip = Grip.OVERVIEW
            self._go(at.x())
        elif event.modifiers() & SELECTING:
            self._grip = Grip.SELECT
            self._anchor_ms = self._picture.scale.at_ms(at.x())
            self._vm.freeze()
        else:
            self._grip = Grip.PAN

    def move(self, event: QMouseEvent) -> None:
        """Drag what is held, or look at what is under the pointer."""
        x = event.position().x()
        if self._grip is Grip.OVERVIEW:
            self._go(x)
        elif self._grip is Grip.PAN:
            self._vm.viewport.pan((self._last_x - x) / self._picture.rows.you.width())
            self._last_x = x
        elif self._grip is Grip.SELECT:
            self._vm.marked.select(self._anchor_ms, self._picture.scale.at_ms(x))
        self._look(event.position())

    def release(self) -> None:
        """Let go."""
        self._grip = None

    def leave(self) -> None:
        """The pointer is elsewhere."""
        self._place = None
        self._vm.cursor.look(None)

    def look_again(self) -> None:
        """The view moved under a pointer that rests: what it points at is another instant."""
        if self._place is not None:
            self._look(self._place)

    def _look(self, at: QPointF) -> None:
        self._place = at
        inside = self._picture.rows.time.contains(at) and not self._vm.empty
        self._vm.cursor.look(self._picture.scale.at_ms(at.x()) if inside else None)

    def _go(self, x: float) -> None:
        row = self._picture.rows.overview
        share = min(max((x - row.left()) / row.width(), 0.0), 1.0)
        self._vm.viewport.centre(share * self._vm.end_ms)


def _held(event: QKeyEvent) -> Qt.KeyboardModifier:
    return event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
