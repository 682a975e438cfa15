"""What is recorded, who agreed to it, and how that is told at any moment."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from app.core.observe import Signal
from app.core.privacy import Consent, RecordingMode
from app.core.records import SessionRecord
from app.session.messages import (
    EngineRequest,
    HealthReport,
    ProblemReport,
    RecordConsent,
    Remedy,
    SessionReport,
)
from app.ui.vm.live import LiveViewModel
from app.ui.vm.setup import SetupViewModel
from app.ui.vm.text import clock, one_line

LONGEST_NAME: Final = 200
DOT: Final = "\N{BLACK CIRCLE}"
RING: Final = "\N{WHITE CIRCLE}"
CROSS: Final = "\N{MULTIPLICATION X}"
MODE_WORDS: Final = {
    RecordingMode.FULL: "Record sound and words",
    RecordingMode.FIGURES: "Keep figures only",
}
MODE_HINTS: Final = {
    RecordingMode.FULL: "Both sides' sound, the transcript and every message are kept on this "
    "computer, in the sessions folder.",
    RecordingMode.FIGURES: "Latencies, counts and costs are kept. Neither sound nor words nor "
    "messages reach the disk; nothing can be heard, searched or checked afterwards.",
}


def names_in(typed: str) -> tuple[str, ...]:
    """Return the names that were typed, with commas or semicolons between, each once."""
    each = (" ".join(part.split()) for part in typed.replace(";", ",").split(","))
    return tuple(dict.fromkeys(name for name in each if name))


class RecordingTone(StrEnum):
    """Which role of the theme the indicator wears; its words always stand beside it."""

    QUIET = "muted"
    ON = "poor"
    FIGURES = "model"
    WRONG = "fair"


@dataclass(frozen=True, slots=True)
class RecordingView:
    """What the indicator says. ``mark`` is told apart by its shape as well."""

    mark: str
    words: str
    tone: RecordingTone
    hover: str

    @property
    def text(self) -> str:
        """Mark and words."""
        return f"{self.mark} {self.words}"


def consent_rows(consents: tuple[Consent, ...]) -> tuple[tuple[str, str], ...]:
    """Return who agreed, and when: names, then session time and time of day."""
    return tuple(
        (one_line(each.who, limit=80), f"{clock(each.at_ms)} ({one_line(each.at_utc, limit=32)})")
        for each in consents
    )


class PrivacyViewModel:
    """Follows the session; all calls on the GUI thread.

    Attributes:
        pending: Who agreed before the session that is to begin.

    Signals:
        changed: The indicator, or who agreed, changed.
    """

    def __init__(
        self, setup: SetupViewModel, live: LiveViewModel, send: Callable[[EngineRequest], None]
    ) -> None:
        self._setup = setup
        self._live = live
        self._send = send
        self._record: SessionRecord | None = None
        self._recording: bool | None = None
        self._disk_full = False
        self._failure = ""
        self._asked: list[str] = []
        self.changed = Signal[()]()
        setup.changed.connect(self.changed.emit)
        live.changed.connect(self.changed.emit)

    # --- from the engine

    def take_health(self, report: HealthReport) -> None:
        """Whether it is being recorded just now."""
        told = (report.recording, report.disk_full)
        if told != (self._recording, self._disk_full):
            self._recording, self._disk_full = told
            self.changed.emit()

    def take_session(self, report: SessionReport) -> None:
        """The session's account: what is kept of it, and who agreed."""
        began = self._record is None or self._record.session_id != report.record.session_id
        self._record = report.record
        if began:
            self._setup.consents = ()
        self.changed.emit()

    def take_problem(self, report: ProblemReport) -> None:
        """What stops the recording does not stop the session."""
        if report.remedy is Remedy.FREE_SPACE:
            self._failure = one_line(report.sentence)
            self.changed.emit()

    def begin(self) -> None:
        """A new session is asked for."""
        self._record = self._recording = None
        self._disk_full = False
        self._failure = ""
        self._asked = []
        self.changed.emit()

    # --- what is shown

    @property
    def runs(self) -> bool:
        """Whether a session runs, of which something is kept."""
        return self._live.under_way and self._record is not None

    @property
    def chosen(self) -> RecordingMode:
        """What is kept of the next session."""
        return self._setup.preferences.recording

    @property
    def mode(self) -> RecordingMode:
        """What is kept of the session that runs, or of the next one."""
        if self._live.under_way and self._record is not None:
            return self._record.recording_mode
        return self._setup.preferences.recording

    @property
    def view(self) -> RecordingView:
        """What the indicator says now."""
        if not self.runs:
            return self._at_rest()
        if self.mode is RecordingMode.FIGURES:
            hover = self._hover("Figures only", MODE_HINTS[RecordingMode.FIGURES])
            return RecordingView(RING, "Figures only", RecordingTone.FIGURES, hover)
        if self._recording is False:
            words = "Not recording: disk full" if self._disk_full else "Not recording"
            told = self._failure or "The recording stopped."
            hover = self._hover(words, f"{told} The conversation goes on.")
            return RecordingView(CROSS, words, RecordingTone.WRONG, hover)
        hover = self._hover("Recording", MODE_HINTS[RecordingMode.FULL])
        return RecordingView(DOT, "Recording", RecordingTone.ON, hover)

    def _at_rest(self) -> RecordingView:
        mode = self._setup.preferences.recording
        words = {RecordingMode.FULL: "Will record", RecordingMode.FIGURES: "Figures only"}[mode]
        hover = self._hover(f"The next session: {MODE_WORDS[mode].lower()}", MODE_HINTS[mode])
        return RecordingView(RING, words, RecordingTone.QUIET, hover)

    def _hover(self, heading: str, kept: str) -> str:
        rows = [("kept", kept)]
        rows += [("agreed", f"{who}, at {when}") for who, when in self.consents]
        rows += [("agreed", f"{who}, before the session") for who in self.pending]
        if not self.consents and not self.pending:
            rows.append(("agreed", "nobody has been named yet"))
        return "\n".join([heading, *(f"{name}\t{words}" for name, words in rows)])

    @property
    def consents(self) -> tuple[tuple[str, str], ...]:
        """Who agreed in the session that is shown, and when."""
        return () if self._record is None else consent_rows(self._record.consents)

    @property
    def pending(self) -> tuple[str, ...]:
        """Who agreed before the session that is to begin."""
        return tuple(one_line(who, limit=80) for who in self._setup.consents)

    @property
    def asks_first(self) -> bool:
        """Whether a session may not begin before somebody agreed to being recorded."""
        kept = self._setup.preferences
        wanted = kept.ask_consent and kept.recording is RecordingMode.FULL
        return wanted and self._live.view.rests and not self._setup.consents

    # --- from the user

    def choose(self, mode: RecordingMode) -> None:
        """Keep so much of the next sessions."""
        self._setup.update(replace(self._setup.preferences, recording=mode))

    def agree(self, who: str) -> bool:
        """Somebody agreed: told to the session that runs, else kept for the next one.

        Args:
            who: A name, or several with commas or semicolons between; each is noted by itself.

        Returns:
            False where nobody is named, or a name is too long.
        """
        names = names_in(who)
        if not names or any(len(name) > LONGEST_NAME for name in names):
            return False
        if self._live.view.live:
            for name in names:
                self._send(RecordConsent(name))
        else:
            self._setup.consents = tuple(dict.fromkeys((*self._setup.consents, *names)))
        self.changed.emit()
        return True

    def withdraw(self) -> None:
        """Nobody agreed to the next session after all."""
        self._setup.consents = ()
        self.changed.emit()
