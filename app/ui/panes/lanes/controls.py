"""The buttons on the lanes: freeze, live, the length of what is marked, and how it is played."""

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from app.ui.panes.lanes.geometry import Rows, Scale
from app.ui.theme import HIT, XS, L, S, Theme
from app.ui.vm.lanes import LanesViewModel, Span

ICON: Final = 16


class Controls:
    """Places and words of the buttons; each has a key too. None takes the keyboard."""

    def __init__(self, owner: QWidget, vm: LanesViewModel, theme: Theme) -> None:
        self._vm = vm
        self._theme = theme
        self.freeze = QToolButton(owner)
        self.freeze.setObjectName("plain")
        self.freeze.setCheckable(True)
        self.freeze.setFixedSize(HIT, HIT)
        self.freeze.setAccessibleName("Freeze the turn lanes")
        self.freeze.setToolTip("Freeze, or follow again (F)")
        self.freeze.clicked.connect(vm.viewport.toggle)
        self.live = QPushButton("Live", owner)
        self.live.setAccessibleName("Follow the session again")
        self.live.setToolTip("Follow the session again (End)")
        self.live.clicked.connect(vm.follow)
        self.play = QPushButton(owner)
        self.play.clicked.connect(vm.marked.toggle_playing)
        self.phone = QToolButton(owner)
        self.phone.setObjectName("chip")
        self.phone.setCheckable(True)
        self.phone.setFixedSize(HIT, HIT)
        self.phone.setAccessibleName("Hear as a telephone does")
        self.phone.setToolTip("Hear as a telephone does: 8 kHz, mu-law; nothing changes (T)")
        self.phone.clicked.connect(vm.toggle_telephone)
        self.phone.hide()
        for chip in (self.live, self.play):
            chip.setObjectName("chip")
            chip.setFixedHeight(HIT)
            chip.hide()
        for button in (self.freeze, self.live, self.play, self.phone):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setIconSize(QSize(ICON, ICON))
            button.setCursor(Qt.CursorShape.ArrowCursor)
        self.dress()

    def dress(self) -> None:
        """Wear the colours of the theme."""
        self.freeze.setIcon(self._theme.icon("live" if self.freeze.isChecked() else "pause"))
        self.live.setIcon(self._theme.icon("live", "on_accent"))
        name = "play" if self._vm.marked.playing is None else "stop"
        self.play.setIcon(self._theme.icon(name, "on_accent"))
        phone = "on_accent" if self._vm.telephone else "accent"
        self.phone.setIcon(self._theme.icon("phone", phone))

    def arrange(self, rows: Rows, scale: Scale, height: int) -> None:
        """Show what applies now, where it belongs."""
        frozen = not self._vm.following
        self.freeze.setChecked(frozen)
        self.freeze.setEnabled(not self._vm.empty)
        self.freeze.move(L - XS, height - HIT - 2)
        self.live.setVisible(frozen and not self._vm.empty)
        if frozen:
            self.live.resize(self.live.sizeHint().width(), HIT)
            self.live.move(int(rows.you.right()) - self.live.width(), int(rows.you.top()) + 2)
        self._arrange_play(rows, scale)
        self.dress()

    def _arrange_play(self, rows: Rows, scale: Scale) -> None:
        marked = self._vm.marked.span
        visible = marked is not None and _in_view(marked.forward, scale.view)
        if marked is None or not visible:
            self.play.hide()
            self.phone.hide()
            return
        words = self._vm.marked.words
        if words != self.play.text():
            self.play.setText(words)
        playing = self._vm.marked.playing is not None
        self.play.setAccessibleName(f"{'Stop' if playing else 'Play'} the marked {words}")
        self.play.setToolTip("Stop (Esc)" if playing else f"Play the marked {words} (Enter)")
        self.play.resize(self.play.sizeHint().width(), HIT)
        self.play.move(self._left(marked.forward, rows, scale), self._top(rows))
        self.play.show()
        self.phone.setChecked(self._vm.telephone)
        self.phone.move(self.play.geometry().right() + XS, self.play.y())
        self.phone.show()

    def _top(self, rows: Rows) -> int:
        return int(rows.model.top()) - HIT // 2 - XS

    @property
    def _wide(self) -> int:
        """Width of what plays, both buttons."""
        return self.play.width() + XS + HIT

    def _left(self, span: Span, rows: Rows, scale: Scale) -> int:
        """Return the left edge: inside the stretch where it fits, else beside it."""
        left, right = rows.you.left(), rows.you.right() - self._wide
        begin = max(scale.x(span.start_ms), rows.you.left())
        end = min(scale.x(span.end_ms), rows.you.right())
        if end - begin >= self._wide + S:
            wanted = (begin + end - self._wide) / 2
        else:
            wanted = end + XS if end + XS <= right else begin - XS - self._wide
        return int(min(max(wanted, left), max(right, left)))


def _in_view(span: Span, view: Span) -> bool:
    return span.end_ms >= view.start_ms and span.start_ms <= view.end_ms
