"""What the session is doing, in words, and what may be done about it."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.observe import Signal
from app.session.messages import LiveState, StateReport
from app.ui.vm.text import one_line


class Tone(StrEnum):
    """Which role of the theme a state wears; its words always stand beside it."""

    QUIET = "muted"
    BUSY = "accent"
    YOU = "you"
    MODEL = "model"
    BAD = "poor"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateView:
    """How one state looks.

    Attributes:
        live: A session is open or being opened: it can be stopped.
        rests: No session is there, so that one can be started.
        open: The provider listens: talking, typing and muting make sense.
    """

    words: str
    tone: Tone
    live: bool = False
    open: bool = False
    rests: bool = False


STATES = {
    LiveState.IDLE: StateView(words="Ready", tone=Tone.QUIET, rests=True),
    LiveState.STARTING_ENGINE: StateView(words="Starting engine", tone=Tone.BUSY, live=True),
    LiveState.CONNECTING: StateView(words="Connecting", tone=Tone.BUSY, live=True),
    LiveState.LISTENING: StateView(words="Listening", tone=Tone.BUSY, live=True, open=True),
    LiveState.YOU_SPEAK: StateView(words="You speak", tone=Tone.YOU, live=True, open=True),
    LiveState.THINKING: StateView(words="Thinking", tone=Tone.BUSY, live=True, open=True),
    LiveState.MODEL_SPEAKS: StateView(words="Model speaks", tone=Tone.MODEL, live=True, open=True),
    LiveState.INTERRUPTED: StateView(words="Interrupted", tone=Tone.YOU, live=True, open=True),
    LiveState.STOPPING: StateView(words="Stopping", tone=Tone.BUSY),
    LiveState.STOPPED: StateView(words="Stopped", tone=Tone.QUIET, rests=True),
    LiveState.FAILED: StateView(words="Failed", tone=Tone.BAD, rests=True),
}


WAIT = "Wait to speak"
"""The talk key is down and nothing that is said is sure to be heard yet."""

_AFTER_RELEASE = frozenset({LiveState.YOU_SPEAK, LiveState.THINKING})


class LiveViewModel:
    """State, mute and the talk key.

    Attributes:
        holding: The talk key is down.
        sent: It came up again, and nothing has come of it yet.
        seeking: How a cut connection is sought, or "".

    Signals:
        changed: One of the attributes changed.
    """

    def __init__(self) -> None:
        self.state = LiveState.IDLE
        self.detail = ""
        self.muted = False
        self.holding = False
        self.sent = False
        self.seeking = ""
        self.changed = Signal[()]()

    @property
    def view(self) -> StateView:
        """How the present state looks; without a connection nothing is heard."""
        if self.seeking:
            return StateView(words=self.seeking, tone=Tone.BUSY, live=True)
        return STATES[self.state]

    @property
    def under_way(self) -> bool:
        """Whether a session is there, or has yet to close its recording."""
        return not self.view.rests

    @property
    def words(self) -> str:
        """The state and its stage, for the label and for screen readers."""
        return f"{self.view.words}: {self.detail}" if self.detail else self.view.words

    @property
    def talk_words(self) -> str:
        """Words of the large button."""
        if self.view.rests:
            return "Talk"
        if self.seeking:
            return "Reconnecting"
        if self.holding:  # the microphone may not be open before the connection is
            return "Release to send" if self.view.open else WAIT
        if self.sent:
            return "Sent"
        return "Hold to talk" if self.view.open else self.view.words

    def take(self, report: StateReport) -> None:
        """Follow the engine."""
        self.state, self.detail = report.state, one_line(report.detail, limit=80)
        if not STATES[self.state].live:
            self.muted = self.holding = False
            self.seeking = ""
        if self.state not in _AFTER_RELEASE:
            self.sent = False
        self.changed.emit()

    def set_guard(self, words: str) -> None:
        """Say how a cut connection is sought; "" once it is there."""
        if words != self.seeking:
            self.seeking = words if STATES[self.state].live else ""
            self.changed.emit()

    def set_muted(self, *, muted: bool) -> None:
        """Remember that the microphone is muted."""
        self.muted = muted
        self.changed.emit()

    def set_holding(self, *, holding: bool) -> None:
        """Remember that the talk key is down, or that it came up."""
        self.sent = self.holding and not holding and self.view.open
        self.holding = holding
        self.changed.emit()
