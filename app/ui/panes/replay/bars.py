"""The replay of a recorded session: a strip that says so, and the transport bar."""

from functools import partial
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.session.messages import Solo
from app.ui.panes.replay.track import ReplayTrack
from app.ui.theme import XS, L, M, S, Theme
from app.ui.vm.live import STATES
from app.ui.vm.meters import MetersViewModel
from app.ui.vm.replay import SOLOS, SPEEDS, STEP_MS, ReplayViewModel
from app.ui.vm.text import clock
from app.ui.widgets.frames import Frames
from app.ui.widgets.labels import Elided, Steady, label, tip
from app.ui.widgets.meter import Meter

PLAY: Final = 36


class ReplayStrip(QFrame):
    """Stands where the pickers are while a replay is shown. ``rerun_wanted``: its button."""

    rerun_wanted = Signal()

    def __init__(
        self, vm: ReplayViewModel, meters: MetersViewModel, theme: Theme, frames: Frames
    ) -> None:
        super().__init__()
        self._vm = vm
        self._meters = meters
        self._frames = frames
        self.setObjectName("replay")
        self.badge = label("REPLAY", "badge")
        self.title = Elided("sentence")
        self.state = Elided("muted")
        self.input_meter = Meter("Level of the user", "you", theme)
        self.output_meter = Meter("Level of the model", "model", theme)
        self.rerun = QPushButton("Re-run\N{HORIZONTAL ELLIPSIS}")
        self.shut = QPushButton("Close replay")
        self._arrange()
        self.rerun.clicked.connect(self.rerun_wanted)
        self.shut.clicked.connect(vm.close)
        vm.changed.connect(self.refresh)
        meters.changed.connect(self._meters_moved)
        self.refresh()

    def _arrange(self) -> None:
        self.rerun.setToolTip("Send this session's user side to another model")
        self.shut.setToolTip("Bring the live view back (Esc)")
        row = QHBoxLayout(self)
        row.setContentsMargins(L, S, L, S)
        row.setSpacing(M)
        row.addWidget(self.badge)
        row.addWidget(self.title, 4)
        row.addWidget(self.state, 2)
        for meter in (self.input_meter, self.output_meter):
            row.addWidget(meter, 1)
        row.addWidget(self.rerun)
        row.addWidget(self.shut)

    def refresh(self) -> None:
        """Show which session it is."""
        vm = self._vm
        self.setVisible(vm.open)
        self.title.say(vm.title())
        odd = " ".join(vm.odd)
        state = STATES[vm.state.state].words
        self.state.say(f"{odd}" if odd else f"then: {state.lower()}")
        self.state.setToolTip(tip(odd or "What the session did at this time"))
        self.setAccessibleName(f"{vm.title()}. {odd}".strip())

    def _meters_moved(self) -> None:
        if self._vm.open:
            self._frames.mark(self._draw_meters)

    def _draw_meters(self) -> None:
        self.input_meter.show_level(self._meters.input)
        self.output_meter.show_level(self._meters.output)


class TransportPane(QWidget):
    """Stands where the talk bar is while a replay is shown."""

    def __init__(self, vm: ReplayViewModel, theme: Theme, frames: Frames) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self._frames = frames
        self.setObjectName("talkbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.previous = _tool("Previous turn (Ctrl+Left)")
        self.back = _tool("Back 5 s (Left)")
        self.play = QPushButton()
        self.forth = _tool("On 5 s (Right)")
        self.next = _tool("Next turn (Ctrl+Right)")
        self.track = ReplayTrack(vm, theme)
        self.times = Steady("")
        self.speed = QPushButton()
        self.loop = QPushButton("Loop turn")
        self.solo = QButtonGroup(self)
        self._menu = QMenu(self.speed)
        self._arrange()
        self._connect()
        self.refresh()

    def _arrange(self) -> None:
        self.play.setObjectName("talk")
        self.play.setProperty("transport", True)
        self.play.setFixedSize(PLAY + L, PLAY)
        self.play.setToolTip("Play or pause (Space)")
        self.speed.setToolTip("How fast it goes; sound is played up to 2 times")
        self.speed.setMenu(self._menu)
        self.speed.setObjectName("menu")
        self.loop.setCheckable(True)
        self.loop.setToolTip("Repeat the turn that is heard (L)")
        self.back.setText("\N{MINUS SIGN}5 s")
        self.forth.setText("+5 s")
        for speed in SPEEDS:
            action = self._menu.addAction(_times(speed))
            action.setCheckable(True)
            action.triggered.connect(partial(self._choose_speed, speed))
        above = QHBoxLayout()
        above.setSpacing(M)
        above.addWidget(self.track, 1)
        above.addWidget(self.times)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, XS, L, S)
        box.setSpacing(0)
        box.addLayout(above)
        box.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(XS)
        for widget in (self.speed, self.loop):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(widget)
        row.addStretch(1)
        for button in (self.previous, self.back, self.play, self.forth, self.next):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(label("Hear", "muted"))
        for place, (solo, words) in enumerate(SOLOS.items()):
            button = QPushButton(words)
            button.setObjectName("segment")
            button.setCheckable(True)
            button.setToolTip(_HINTS[solo])
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.solo.addButton(button, place)
            row.addWidget(button)
        return row

    def _connect(self) -> None:
        vm = self._vm
        self.previous.clicked.connect(partial(vm.step, -1))
        self.next.clicked.connect(partial(vm.step, 1))
        self.back.clicked.connect(partial(vm.skip, -STEP_MS))
        self.forth.clicked.connect(partial(vm.skip, STEP_MS))
        self.play.clicked.connect(vm.toggle)
        self.loop.clicked.connect(vm.toggle_loop)
        self.solo.idClicked.connect(lambda place: vm.choose_solo(tuple(SOLOS)[place]))
        self.track.looked_at.connect(self._look)
        vm.changed.connect(lambda: self._frames.mark(self.refresh))
        self._theme.changed.connect(self.refresh)

    def _choose_speed(self, speed: float, _checked: bool = False) -> None:  # noqa: FBT001,FBT002 - Qt's signal
        self._vm.choose_speed(speed)

    def _look(self, at_ms: float) -> None:
        self.times.say(f"{clock(at_ms)} / {clock(self._vm.duration_ms)}")

    def refresh(self) -> None:
        """Show where it is and what it does."""
        vm = self._vm
        self.setVisible(vm.open)
        self.play.setIcon(self._theme.icon("pause" if vm.playing else "play", "on_accent"))
        self.play.setAccessibleName("Pause" if vm.playing else "Play")
        self.previous.setIcon(self._theme.icon("previous"))
        self.next.setIcon(self._theme.icon("next"))
        self.speed.setText(_times(vm.speed) + (", silent" if vm.silent else ""))
        for speed, action in zip(SPEEDS, self._menu.actions(), strict=True):
            action.setChecked(speed == vm.speed)
        with QSignalBlocker(self.loop):
            self.loop.setChecked(vm.loops)
        self.solo.button(tuple(SOLOS).index(vm.solo)).setChecked(True)
        if not self.track.isSliderDown():
            self.times.say(vm.times)
        self.track.refresh()


_HINTS: Final = {
    Solo.BOTH: "Both sides sound",
    Solo.USER: "Only the user sounds",
    Solo.AGENT: "Only the model sounds",
}


def _times(speed: float) -> str:
    return f"{speed:g} \N{MULTIPLICATION SIGN}"


def _tool(hint: str) -> QToolButton:
    made = QToolButton()
    made.setToolTip(hint)
    made.setAccessibleName(hint)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made
