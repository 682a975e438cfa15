"""The talk bar: talk, mute, stop, type; and what the session is doing."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolTip,
    QWidget,
)

from app.ui.theme import LARGE, L, S, Theme
from app.ui.vm.console import ConsoleViewModel
from app.ui.widgets.labels import Elided, label

STATE_WIDTH = 116
STARTS = "Start a session (Space)"
HOLDS = (
    "Hold while you speak (Space, or F2 from a field); the 300 ms before the press are sent as "
    "well, so that no first word is lost. Pressing stops a reply."
)


class TalkButton(QPushButton):
    """Leaves Space to the talk key, which tells a key that is held from one that repeats."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            event.ignore()
        else:
            super().keyReleaseEvent(event)


class TalkPane(QWidget):
    """Buttons and the message field, which keeps the keyboard and its text as sessions end.

    ``talk_pressed`` and ``talk_released`` are those of the large button.
    """

    talk_pressed = Signal()
    talk_released = Signal()

    def __init__(self, vm: ConsoleViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self._announced = ""
        self.setObjectName("talkbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.talk = TalkButton()
        self.talk.setObjectName("talk")
        self.mute = QPushButton("Mute")
        self.mute.setCheckable(True)
        self.stop = QPushButton("Stop")
        self.message = QLineEdit()
        self.send = QPushButton()
        self.dot = QLabel("\N{BLACK CIRCLE}")
        self.state = Elided()
        self.elapsed = label("", "muted")
        self._arrange()
        self.talk.pressed.connect(self.talk_pressed)
        self.talk.released.connect(self.talk_released)
        self.mute.clicked.connect(vm.toggle_muted)
        self.stop.clicked.connect(vm.stop)
        self.message.returnPressed.connect(self._send)
        self.send.clicked.connect(self._send)
        for signal in (vm.live.changed, vm.setup.changed, theme.changed):
            signal.connect(self.refresh)
        vm.health.changed.connect(self._show_elapsed)
        self.refresh()

    def _arrange(self) -> None:
        for button, hint in (
            (self.talk, STARTS),
            (self.mute, "Send silence instead of the microphone (M)"),
            (self.stop, "End the session (Esc; while a reply is spoken, Esc stops the reply)"),
            (self.send, "Send the message (Enter)"),
        ):
            button.setToolTip(hint)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.send.setAccessibleName("Send")
        self.message.setAccessibleName("Message")
        self.message.setMaxLength(20_000)
        self.message.setMinimumWidth(120)
        words = QGridLayout()
        words.setContentsMargins(S, 0, S, 0)
        words.setHorizontalSpacing(S)
        words.setVerticalSpacing(0)
        words.addWidget(self.dot, 1, 0)
        words.addWidget(self.state, 1, 1)
        words.addWidget(self.elapsed, 2, 1)
        words.setRowStretch(0, 1)
        words.setRowStretch(3, 1)
        words.setColumnStretch(1, 1)
        words.setColumnMinimumWidth(1, STATE_WIDTH)
        box = QHBoxLayout(self)
        box.setContentsMargins(L, S, L, S)
        box.setSpacing(S)
        box.addWidget(self.talk)
        box.addLayout(words, 2)
        for widget in (self.mute, self.stop, self.message, self.send):
            box.addWidget(widget, 5 if widget is self.message else 0)
            widget.setMinimumHeight(36)

    def refresh(self) -> None:
        """Show the state."""
        live, view = self._vm.live, self._vm.live.view
        self.talk.setText(live.talk_words)
        self.talk.setEnabled(view.rests or view.open)
        self.talk.setToolTip(STARTS if view.rests else HOLDS)
        self.talk.setAccessibleDescription(STARTS if view.rests else HOLDS)
        self._wear(quiet=view.live and not live.holding, held=live.holding)
        self.mute.setEnabled(view.live)
        self.mute.setChecked(live.muted)
        self.mute.setText("Muted" if live.muted else "Mute")
        muted = "mic-off" if live.muted else "mic"
        self.mute.setIcon(self._theme.icon(muted, "text" if view.live else "unknown"))
        self.stop.setEnabled(view.live)
        self.stop.setIcon(self._theme.icon("stop", "text" if view.live else "unknown"))
        can_type = self._vm.can_type
        obstacle = _obstacle(self._vm)
        self.message.setPlaceholderText(obstacle or "Type a message")
        self.message.setAccessibleDescription(obstacle)
        self.send.setEnabled(can_type)
        self.send.setIcon(self._theme.icon("send", "text" if can_type else "unknown"))
        self.dot.setStyleSheet(f"color: {getattr(self._theme.roles, view.tone.value)}")
        self.state.say(live.words + (" (muted)" if live.muted else ""))
        self.state.setStyleSheet(f"font-size: {LARGE}px; font-weight: 600")
        self._announce(live.words)
        self._show_elapsed()

    def let_go(self) -> None:
        """The window lost the keyboard: a press of the large button ends."""
        if self.talk.isDown():
            self.talk.setDown(False)
            self.talk_released.emit()

    def _wear(self, *, quiet: bool, held: bool) -> None:
        if (self.talk.property("quiet"), self.talk.property("held")) == (quiet, held):
            return
        self.talk.setProperty("quiet", quiet)
        self.talk.setProperty("held", held)
        self.talk.style().unpolish(self.talk)
        self.talk.style().polish(self.talk)

    def _show_elapsed(self) -> None:
        self.elapsed.setText(self._vm.health.elapsed or "00:00")

    def _announce(self, words: str) -> None:
        if words != self._announced and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.state, words))
        self._announced = words

    def _send(self) -> None:
        if self._vm.send_typed(self.message.text()):
            self.message.clear()
        elif obstacle := _obstacle(self._vm):
            above = QPoint(0, -self.message.height())
            QToolTip.showText(self.message.mapToGlobal(above), obstacle, self.message)


def _obstacle(vm: ConsoleViewModel) -> str:
    """Return why a message cannot be sent now, or "".

    The field itself takes letters all the while: were it disabled, the rest of a sentence would
    go on as single-letter shortcuts and as the talk key.
    """
    if vm.can_type:
        return ""
    if vm.live.view.open:
        return "This model takes no typed messages"
    return "Not connected: send once a session runs"
