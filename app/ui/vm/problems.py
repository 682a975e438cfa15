"""The one problem that the banner shows: a sentence, what to do, and a button for it."""

from dataclasses import dataclass

from app.core.observe import Signal
from app.session.messages import ProblemReport, Remedy
from app.ui.vm.text import one_line, plain

REMEDIES = {
    Remedy.RETRY: "Retry",
    Remedy.ENTER_KEY: "Enter key",
    Remedy.CHOOSE_DEVICE: "Choose device",
    Remedy.CHOOSE_FILE: "Choose file",
    Remedy.FETCH_WEIGHTS: "Copy command",
    Remedy.EDIT_ENDPOINT: "Edit endpoint",
    Remedy.FREE_SPACE: "Retry",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What the banner shows.

    Attributes:
        button: Words of the remedy's button, or "" if there is none.
        detail: What unfolds and can be copied; never holds a secret.
        fatal: Whether the session ended by it.
    """

    sentence: str
    hint: str
    remedy: Remedy | None
    button: str
    detail: str
    fatal: bool


class ProblemsViewModel:
    """Shows the newest problem; a passing one never covers one that ended the session.

    Signals:
        changed: Another problem, or none.
    """

    def __init__(self) -> None:
        self.current: Problem | None = None
        self.count = 0
        self.changed = Signal[()]()

    def take(self, report: ProblemReport) -> None:
        """Show ``report``, unless a fatal one is shown and this one is not."""
        self.count += 1
        if self.current is not None and self.current.fatal and not report.fatal:
            return
        self.current = Problem(
            sentence=one_line(report.sentence) or "Something went wrong.",
            hint=one_line(report.hint),
            remedy=report.remedy,
            button="" if report.remedy is None else REMEDIES[report.remedy],
            detail=plain(report.detail, limit=4_000),
            fatal=report.fatal,
        )
        self.changed.emit()

    def dismiss(self) -> None:
        """Take the banner away."""
        if self.current is not None:
            self.current = None
            self.changed.emit()
