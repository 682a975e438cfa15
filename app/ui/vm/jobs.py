"""The longer work of the engine: verifying, comparing, calibrating."""

from app.core.observe import Signal
from app.session.messages import JobReport
from app.ui.vm.text import one_line


class JobsViewModel:
    """How far the one job under way is; there is at most one.

    Signals:
        changed: It began, went on or ended.
    """

    def __init__(self) -> None:
        self.name = ""
        self.running = False
        self.done = 0
        self.total = 0
        self.detail = ""
        self.problem = ""
        self.changed = Signal[()]()

    @property
    def share(self) -> float | None:
        """How much of it is done, 0 to 1; None while that is not known."""
        return min(self.done / self.total, 1.0) if self.running and self.total > 0 else None

    @property
    def words(self) -> str:
        """What it does, what became of it, or ""."""
        if self.running:
            return f"{self.name}: {self.detail}" if self.detail else self.name
        return f"{self.name} failed: {self.problem}" if self.problem else ""

    def begin(self, name: str) -> None:
        """A job was asked for; ``name`` is what people call it."""
        self.name, self.running = name, True
        self.done = self.total = 0
        self.detail = self.problem = ""
        self.changed.emit()

    def take(self, report: JobReport) -> None:
        """Show how far it is."""
        self.running = not report.over
        self.done, self.total = max(report.done, 0), max(report.total, 0)
        self.detail = one_line(report.words, limit=160)
        self.problem = one_line(report.problem)
        self.changed.emit()

    def lost(self) -> None:
        """The engine is gone, and the job with it."""
        if self.running:
            self.take(JobReport(done=0, total=0, over=True, problem="the engine ended"))
