"""Keeping the session: stalls, the provider's limit, a connection that is cut."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker

from app.ui.panes.settings.form import Section
from app.ui.vm.console import ConsoleViewModel
from app.ui.vm.preferences import LEAST_ROTATE_S, MAX_STALL_S, MOST_ROTATE_S, RECONNECTS
from app.ui.widgets.fields import Decimal, Number


class KeepingSection(Section):
    """All of it from the next session on."""

    def __init__(self, vm: ConsoleViewModel) -> None:
        super().__init__("Keeping the session")
        self._vm = vm
        self.stall = Decimal((0.0, MAX_STALL_S), 1.0, 1, "s", "Never")
        self.before = Number(range(int(LEAST_ROTATE_S), int(MOST_ROTATE_S) + 1), 10, "s")
        self.attempts = Number(RECONNECTS, 1, "", "Never: the session ends")
        self.field(
            "Stalled after",
            self.stall,
            "Silence of the provider after your turn that is counted and marked; nothing is sent.",
        )
        self.rotate, _row = self.switch(
            "Go on in a new session before the provider's limit",
            "Between two turns, with the conversation carried over. Off: the session ends there.",
        )
        self._before = self.field(
            "At the latest", self.before, "So long before the limit, even in the middle of a turn."
        )
        self.field(
            "Reconnect, attempts",
            self.attempts,
            "After a cut, each later than the one before. What you say meanwhile is recorded, "
            "and not sent.",
        )
        self.stall.valueChanged.connect(self._store)
        for number in (self.before, self.attempts):
            number.valueChanged.connect(self._store)
        self.rotate.toggled.connect(self._store)

    def refresh(self) -> None:
        """Show the preferences."""
        guard = self._vm.setup.preferences.guard
        fields = (self.stall, self.before, self.attempts, self.rotate)
        blocked = [QSignalBlocker(each) for each in fields]
        self.stall.setValue(guard.stall_s)
        self.rotate.setChecked(guard.rotate)
        self.before.setValue(round(guard.rotate_before_s))
        self.attempts.setValue(guard.reconnect_attempts)
        self._before.show(shown=guard.rotate)
        self.applies.setText(self._vm.changes.later_words)
        del blocked

    def _store(self) -> None:
        setup = self._vm.setup
        guard = replace(
            setup.preferences.guard,
            stall_s=self.stall.value(),
            rotate=self.rotate.isChecked(),
            rotate_before_s=float(self.before.value()),
            reconnect_attempts=self.attempts.value(),
        )
        setup.update(replace(setup.preferences, guard=guard))
