"""What the session tells beside its problems, each in one sentence with what can be done."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from app.core.events import DeviceSide
from app.core.observe import Signal
from app.session.messages import (
    DeviceReport,
    EchoReport,
    GuardReport,
    GuardState,
    MicFault,
    MicReport,
)
from app.ui.vm.changes import ChangesViewModel
from app.ui.vm.setup import SetupViewModel
from app.ui.vm.text import one_line

PASSING_S: Final = 8
MOST: Final = 3
RANKS: Final = ("guard", "budget", "input", "output", "echo", "mic", "offer", "note")


class Act(StrEnum):
    """What a notice's button does."""

    END = "end"
    USE = "use"
    CANCEL_ECHO = "cancel_echo"
    HEADSET = "headset"
    HALF_DUPLEX = "half_duplex"


@dataclass(frozen=True, slots=True)
class Button:
    """One button of a notice. ``hint`` says what it costs; ``value`` is what it acts on."""

    act: Act
    words: str
    hint: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One line of the notice bar.

    Attributes:
        key: What it is about: a later one of the same key replaces it.
        hint: A second sentence, quieter.
        grave: Something does not work while it stands.
        lasting: It cannot be dismissed: it goes when its cause does.
    """

    key: str
    sentence: str
    hint: str = ""
    buttons: tuple[Button, ...] = ()
    grave: bool = False
    lasting: bool = False


HALF_DUPLEX = Button(
    Act.HALF_DUPLEX,
    "Half-duplex",
    "Silences the microphone while a reply sounds: you cannot interrupt by speaking, and what "
    "you say meanwhile is neither heard nor measured.",
)
HEADSET = Button(
    Act.HEADSET,
    "I use a headset",
    "Turns echo cancellation and half-duplex off: the model hears the microphone as it is.",
)
CANCEL_ECHO = Button(
    Act.CANCEL_ECHO,
    "Cancel the echo",
    "Takes the loudspeaker out of the microphone; changes what the model hears.",
)
COSTS = "Half-duplex disables interrupting by speech; a headset, echo cancellation."
BUDGET_HINT = "Settings, Cost: where it warns and where it stops."
STOP_TRYING = Button(Act.END, "Stop", "Ends the session; what was recorded is kept (Esc).")
GUARDS: Final = {
    GuardState.RECONNECTING: "The connection was cut",
    GuardState.STALLED: "The provider says nothing",
    GuardState.ROTATING: "Going on in a new session",
    GuardState.ENDING_SOON: "The session ends soon",
}


class NoticesViewModel:
    """Keeps what stands, the gravest first. All calls on the GUI thread.

    Attributes:
        lost: Names of the session's own devices that give or take no audio, by side.
        guard: How the connection fares.

    Signals:
        changed: Another notice stands, or one is gone.
    """

    def __init__(
        self, setup: SetupViewModel, changes: ChangesViewModel, end: Callable[[], None]
    ) -> None:
        self.changed = Signal[()]()
        self.lost: dict[DeviceSide, str] = {}
        self.guard = GuardReport(state=GuardState.FINE)
        self._setup = setup
        self._changes = changes
        self._end = end
        self._standing: dict[str, Notice] = {}
        self._quiet: set[MicFault] = set()
        self._faults: set[MicFault] = set()
        self._answered = 0
        self._triggers = 0
        self._left_s: dict[str, int] = {}
        self._budget = ""

    @property
    def shown(self) -> tuple[Notice, ...]:
        """The notices, the gravest first; at most ``MOST``."""
        ranked = sorted(self._standing.values(), key=lambda each: RANKS.index(_topic(each.key)))
        return tuple(ranked[:MOST])

    @property
    def reconnecting(self) -> str:
        """How the connection is sought, for the state; "" while it is there."""
        report = self.guard
        if report.state is not GuardState.RECONNECTING:
            return ""
        of = f" of {report.attempts}" if report.attempts else ""
        return f"Reconnecting {report.attempt}{of}"

    # --- from the engine

    def take_device(self, report: DeviceReport) -> None:
        """A device went, came back, or has come."""
        words = one_line(report.words)
        if report.side is not None:
            self._take_side(report.side, report)
        elif words and report.offer is None:
            self._pass(words)
        if report.offer is not None and not report.lost:
            sentence = words if report.side is None else f"{_short(report.offer)} is connected."
            self._stand(Notice(key="offer", sentence=sentence, buttons=(_use(report.offer),)))
        self.changed.emit()

    def _take_side(self, side: DeviceSide, report: DeviceReport) -> None:
        words = one_line(report.words)
        if report.lost:
            self.lost[side] = _short(report.name)
            offer = report.offer
            instead = "" if offer is None else f"{_short(offer)} is there. "
            notice = Notice(
                key=str(side),
                sentence=words,
                hint=f"{instead}The session goes on; the gap is marked.",
                buttons=() if offer is None else (_use(offer),),
                grave=True,
                lasting=True,
            )
            self._stand(notice)
            return
        self.lost.pop(side, None)
        self._gone(str(side))
        if words:
            self._pass(words)

    def take_echo(self, report: EchoReport) -> None:
        """The assistant hears itself, or does not any more."""
        self._triggers = report.self_triggers_n
        if not report.offers_help:
            self._gone("echo")
        elif report.self_triggers_n > self._answered:
            cancels = self._setup.processing.echo_cancellation
            buttons = (HEADSET, HALF_DUPLEX) if cancels else (CANCEL_ECHO, HEADSET, HALF_DUPLEX)
            times = report.self_triggers_n
            often = "once" if times == 1 else f"{times} times"
            sentence = f"The assistant hears itself ({often})."
            hint = COSTS
            self._stand(
                Notice(key="echo", sentence=sentence, hint=hint, buttons=buttons, grave=True)
            )
        self.changed.emit()

    def take_mic(self, report: MicReport) -> None:
        """Say what is wrong with the microphone; what was dismissed only once it was gone."""
        found = {each.fault: each for each in report.findings}
        self._quiet &= set(found)
        self._faults = set(found) - self._quiet
        told = [found[fault] for fault in found if fault in self._faults]
        if told:
            first, more = told[0], len(told) - 1
            sentence = one_line(first.sentence)
            measured = one_line(first.measured, limit=60)
            others = f"and {more} more" if more else ""
            hint = ", ".join(filter(None, (f"Measured: {measured}" if measured else "", others)))
            self._stand(Notice(key="mic", sentence=sentence, hint=hint))
        else:
            self._gone("mic")
        self.changed.emit()

    def take_guard(self, report: GuardReport) -> None:
        """The connection fares otherwise."""
        was, self.guard = self.guard.state, report
        words = one_line(report.words)
        if report.state in GUARDS:
            sought = report.state is GuardState.RECONNECTING
            wait = f", in {report.wait_s:.0f} s" if sought and report.wait_s >= 1 else ""
            start = f"{GUARDS[report.state]}. {self.reconnecting}{wait}".strip()
            notice = Notice(
                key="guard",
                sentence=f"{start.rstrip('.')}.",
                hint=words,
                buttons=(STOP_TRYING,) if sought else (),
                grave=sought,
                lasting=sought,
            )
            self._stand(notice)
        else:
            self._gone("guard")
            if was in {GuardState.RECONNECTING, GuardState.ROTATING}:
                self._pass(words or "The session goes on in a new connection.")
        self.changed.emit()

    def take_budget(self, words: str, *, over: bool) -> None:
        """The budget warns, or ends the session; the same words are told once."""
        if words == self._budget:
            return
        self._budget = words
        if words:
            hint = "The session ends; what was recorded is kept." if over else BUDGET_HINT
            self._stand(Notice(key="budget", sentence=words, hint=hint, grave=over))
        else:
            self._gone("budget")
        self.changed.emit()

    def tick(self) -> None:
        """A second of the session went by: what only passes goes."""
        for key in list(self._left_s):
            self._left_s[key] -= 1
            if self._left_s[key] <= 0:
                self._gone(key)
                self.changed.emit()

    def clear(self) -> None:
        """A session begins or ended: nothing of it stands any more."""
        self.lost.clear()
        self.guard = GuardReport(state=GuardState.FINE)
        self._quiet.clear()
        self._faults.clear()
        self._left_s.clear()
        self._answered = self._triggers = 0
        self._budget = ""
        self._standing.clear()
        self.changed.emit()

    # --- from the user

    def dismiss(self, key: str) -> None:
        """Take a notice away; the same fault does not bring it back before it was gone."""
        if key == "mic":
            self._quiet |= self._faults
        if key == "echo":
            self._answered = self._triggers
        self._gone(key)
        self.changed.emit()

    def press(self, key: str, button: Button) -> None:
        """Do what a button says."""
        now = self._setup.processing
        if button.act is Act.END:
            self._end()
            return
        if button.act is Act.USE:
            side = DeviceSide(key) if key in set(DeviceSide) else None
            self._changes.use_device(button.value, side)
        elif button.act is Act.HALF_DUPLEX:
            self._changes.process(replace(now, half_duplex=True))
        elif button.act is Act.CANCEL_ECHO:
            self._changes.process(replace(now, echo_cancellation=True, half_duplex=False))
        else:
            self._changes.process(replace(now, echo_cancellation=False, half_duplex=False))
        if button.act is not Act.USE or key == "offer":
            self.dismiss(key)

    # --- keeping them

    def _stand(self, notice: Notice) -> None:
        self._standing[notice.key] = notice

    def _pass(self, words: str) -> None:
        self._stand(Notice(key="note", sentence=words))
        self._left_s["note"] = PASSING_S

    def _gone(self, key: str) -> None:
        self._standing.pop(key, None)
        self._left_s.pop(key, None)


def _short(name: str) -> str:
    return one_line(name, limit=60)


def _use(name: str) -> Button:
    return Button(Act.USE, "Use it", f"Go on with {_short(name)}", name)


def _topic(key: str) -> str:
    return key if key in RANKS else "note"
