"""What is kept of sessions, and who must have agreed to it."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QPushButton

from app.core.privacy import RecordingMode
from app.ui.panes.settings.form import Section, told
from app.ui.vm.console import ConsoleViewModel
from app.ui.vm.privacy import MODE_HINTS, MODE_WORDS
from app.ui.widgets.fields import Choice
from app.ui.widgets.labels import wrapped

MODES = tuple(MODE_WORDS)


class PrivacySection(Section):
    """All of it from the next session on; consent is noted at once."""

    def __init__(self, vm: ConsoleViewModel) -> None:
        super().__init__("Privacy")
        self._vm = vm
        self.mode = Choice(tuple(MODE_WORDS.values()))
        self.field(
            "Recording",
            self.mode,
            "Where a session is recorded, a red dot says so in the header and the status line.",
        )
        self.kept, _row = self.note("")
        self.heading("Consent")
        self.ask, self._ask_row = self.switch(
            "Ask for consent before each recording",
            "Talk first asks who agreed. Name and time are kept in the session and marked in the "
            "lanes. Does not apply where figures only are kept.",
        )
        self.consent = QPushButton("Note consent\N{HORIZONTAL ELLIPSIS}")
        told((self.consent, "Note who agrees to being recorded, now or for the next session"))
        self.buttons("", (self.consent,))
        self.agreed = wrapped("", "muted")
        self.field("Agreed", self.agreed)
        self.mode.activated.connect(self._store)
        self.ask.toggled.connect(self._store)
        vm.accounts.privacy.changed.connect(self._show_agreed)

    def refresh(self) -> None:
        """Show the preferences."""
        kept = self._vm.setup.preferences
        blocked = QSignalBlocker(self.ask)
        self.mode.setCurrentIndex(MODES.index(kept.recording))
        self.ask.setChecked(kept.ask_consent)
        del blocked
        self.kept.setText(MODE_HINTS[kept.recording])
        self._ask_row.show(shown=kept.recording is RecordingMode.FULL)
        self.applies.setText(self._vm.changes.later_words)
        self._show_agreed()

    def _show_agreed(self) -> None:
        privacy = self._vm.accounts.privacy
        rows = [f"{who}, at {when}" for who, when in privacy.consents]
        rows += [f"{who}, for the next session" for who in privacy.pending]
        self.agreed.setText("\n".join(rows) or "Nobody has been named yet.")

    def _store(self) -> None:
        setup = self._vm.setup
        setup.update(
            replace(
                setup.preferences,
                recording=MODES[self.mode.currentIndex()],
                ask_consent=self.ask.isChecked(),
            )
        )
