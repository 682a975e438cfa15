"""One export under way: asked of the engine, awaited, and what came of it."""

from collections.abc import Callable

from app.core.exporting import Exported, ExportWish
from app.core.observe import Signal
from app.ui.vm.jobs import JobsViewModel
from app.ui.vm.live import LiveViewModel

BUSY = "Other work is under way: wait for its end, or stop it."
TALKING = "Not while a session runs: it would disturb the measurement."


class ExportRun:
    """Follows the one job of the engine while it is ours.

    Attributes:
        wish: What was asked for last.
        result: What was written, or None before.
        problem: What went wrong, or "".

    Signals:
        changed: It began, went on or ended.
    """

    def __init__(
        self, jobs: JobsViewModel, live: LiveViewModel, write: Callable[[ExportWish], None]
    ) -> None:
        self._jobs = jobs
        self._live = live
        self._write = write
        self.waiting = False
        self.wish: ExportWish | None = None
        self.result: Exported | None = None
        self.problem = ""
        self.changed = Signal[()]()
        jobs.changed.connect(self._followed)
        live.changed.connect(self.changed.emit)

    @property
    def obstacle(self) -> str:
        """Why it cannot begin now, or ""."""
        if self._live.under_way:
            return TALKING
        return BUSY if self._jobs.running and not self.waiting else ""

    @property
    def share(self) -> float | None:
        """How much is done, 0 to 1; None while that is not known."""
        return self._jobs.share if self.waiting else None

    @property
    def words(self) -> str:
        """What it does now, or ""."""
        return self._jobs.words if self.waiting else ""

    def begin(self, wish: ExportWish) -> bool:
        """Ask for it; False if it cannot be now, with the reason in ``problem``."""
        if self.waiting or self.obstacle:
            self.problem = self.obstacle
            self.changed.emit()
            return False
        self.wish, self.result, self.problem = wish, None, ""
        self.waiting = True
        self._write(wish)
        self.changed.emit()
        return True

    def take(self, exported: Exported) -> None:
        """It was written."""
        if self.waiting:
            self.result = exported
            self.changed.emit()

    def forget(self) -> None:
        """What came of the last one is of no use any more."""
        if not self.waiting:
            self.result, self.problem = None, ""
            self.changed.emit()

    def _followed(self) -> None:
        if not self.waiting:
            return
        if not self._jobs.running:
            self.waiting = False
            if self.result is None:
                self.problem = self._jobs.problem or "Stopped: nothing was written."
        self.changed.emit()
