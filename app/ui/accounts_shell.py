"""What the user asks about money, privacy and exports: dialogs, and their work beside them."""

import asyncio
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from app.core.privacy import RecordingMode, Redaction
from app.ui.dialogs.consent import ConsentDialog
from app.ui.dialogs.export import ExportDialog
from app.ui.dialogs.prices import PricesDialog
from app.ui.dialogs.projection import ProjectionDialog
from app.ui.dialogs.report import ReportDialog
from app.ui.main_window import MainWindow
from app.ui.panes.rail import LIVE, SETTINGS
from app.ui.panes.session import COST
from app.ui.trials_shell import Starter
from app.ui.vm.console import ConsoleViewModel
from app.ui.vm.export_redaction import Look, Redact, look
from app.ui.vm.price_drafts import PriceDraft
from app.ui.vm.report import read_page

if TYPE_CHECKING:
    from app.core.config import Target

_D = TypeVar("_D", bound=QDialog)


class AccountsShell:
    """Joins the dialogs to the window. ``start`` begins a session.

    Args:
        redact: Tries what is left out on a transcript; None where that is not offered.
    """

    def __init__(
        self,
        window: MainWindow,
        vm: ConsoleViewModel,
        jobs: Starter,
        start: Callable[[], None],
        redact: Redact | None = None,
    ) -> None:
        self._window = window
        self._vm = vm
        self._jobs = jobs
        self._start = start
        self._redact = redact
        window.session.cost.price_wanted.connect(self.set_price)
        window.header.recording.consent_wanted.connect(self.show_consent)
        window.header.recording.settings_wanted.connect(self.show_privacy)
        window.settings.prices_wanted.connect(self.show_prices)
        window.settings.projection_wanted.connect(self.show_projection)
        window.settings.consent_wanted.connect(self.show_consent)
        vm.accounts.report.previewed.connect(self._read_preview)

    @property
    def handlers(self) -> dict[str, Callable[[], object]]:
        """What its commands do."""
        return {
            "view_cost": self.show_cost,
            "prices": self.show_prices,
            "projection": self.show_projection,
            "consent": self.show_consent,
            "privacy": self.show_privacy,
            "export": self.export_session,
            "report": self.report_session,
        }

    # --- money

    def show_cost(self) -> None:
        """Show the cost over the turns."""
        self._window.show_page(LIVE)
        self._window.docks["session"].show()
        self._window.session.show_view(COST)

    def show_prices(self) -> PricesDialog:
        """Show the price table, beside the window."""
        window = self._window
        return self._beside(
            PricesDialog, lambda: PricesDialog(self._vm.accounts.prices, window.theme, window)
        )

    def set_price(self) -> None:
        """Open the editor on a price of the model that is being talked to."""
        target = self._target
        dialog = self.show_prices()
        known = self._vm.accounts.prices
        dialog.begin(
            PriceDraft(
                provider="" if target is None else target.provider,
                model=(target.model if target is not None else None) or "",
                as_of=known.today.isoformat(),
            )
        )

    @property
    def _target(self) -> "Target | None":
        session = self._vm.session
        return self._vm.setup.option.target if session is None else session.record.target

    def show_projection(self) -> None:
        """Ask what so many sessions would cost, beside the window."""
        window, vm = self._window, self._vm.accounts.projection
        target = self._target
        known = target is not None and target.model is not None
        vm.open((target.provider, target.model or "") if target is not None and known else None)
        self._beside(ProjectionDialog, lambda: ProjectionDialog(vm, window.theme, window))

    # --- privacy

    def asks_first(self) -> bool:
        """Ask who agreed, where a session may not begin before; False: it may begin."""
        privacy = self._vm.accounts.privacy
        if not privacy.asks_first:
            return False
        dialog = ConsentDialog(privacy, starts=True, parent=self._window)
        dialog.agreed.connect(self._start)
        dialog.unrecorded.connect(self._start_unrecorded)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return True

    def _start_unrecorded(self) -> None:
        self._vm.accounts.privacy.choose(RecordingMode.FIGURES)
        self._start()

    def show_consent(self) -> None:
        """Note who agrees to being recorded."""
        dialog = ConsentDialog(self._vm.accounts.privacy, parent=self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def show_privacy(self) -> None:
        """Show what is kept of sessions."""
        self._window.show_page(SETTINGS)
        page = self._window.settings.page
        page.show_section(page.privacy)

    # --- exports

    @property
    def _held(self) -> tuple[str, ...]:
        """The session of the live page."""
        return () if self._vm.session is None else (self._vm.session.folder,)

    def export_session(self) -> None:
        """Export the session of the live page."""
        self.export(self._held)

    def report_session(self) -> None:
        """Make a report on the session of the live page."""
        self.report(self._held)

    def export(self, folders: tuple[str, ...]) -> None:
        """Export sessions, beside the window."""
        vm = self._vm.accounts.export
        vm.open(tuple(folders))
        dialog = self._beside(ExportDialog, self._make_export)
        dialog.refresh()

    def _make_export(self) -> ExportDialog:
        made = ExportDialog(self._vm.accounts.export, self._window)
        made.stop_wanted.connect(self._vm.stop_job)
        made.look_wanted.connect(self._try_export)
        return made

    def report(self, folders: tuple[str, ...]) -> None:
        """Make a report on sessions, beside the window."""
        self._vm.accounts.report.open(tuple(folders))
        dialog = self._beside(ReportDialog, self._make_report)
        dialog.refresh()

    def _make_report(self) -> ReportDialog:
        made = ReportDialog(self._vm.accounts.report, self._window.theme, self._window)
        made.stop_wanted.connect(self._vm.stop_job)
        made.look_wanted.connect(self._try_report)
        made.finished.connect(self.tidy)
        return made

    def _read_preview(self) -> None:
        self._jobs.start(self._show_page(self._vm.accounts.report.preview_path), "read report")

    async def _show_page(self, path: str) -> None:
        page = await asyncio.to_thread(read_page, path)
        if path == self._vm.accounts.report.preview_path:
            self._vm.accounts.report.show_page(page)

    def tidy(self) -> None:
        """Remove the folders of previews; a browser that has one open has read it."""
        for folder in self._vm.accounts.report.made():
            shutil.rmtree(folder, ignore_errors=True)

    def _try_export(self) -> None:
        vm = self._vm.accounts.export
        self._jobs.start(self._look(vm.draft.redaction, vm.show_look), "try redaction")

    def _try_report(self) -> None:
        vm = self._vm.accounts.report
        self._jobs.start(self._look(vm.draft.redaction, vm.show_look), "try redaction")

    async def _look(self, redaction: Redaction, show: Callable[[Look], None]) -> None:
        if self._redact is None:
            return
        lines = tuple(line.told for line in self._vm.transcript.lines if line.told)
        show(await asyncio.to_thread(look, self._redact, redaction, lines))

    # --- dialogs

    def _beside(self, kind: type[_D], make: Callable[[], _D]) -> _D:
        """Show a dialog that does not block the window, or raise the one that is open."""
        dialog = self._window.findChild(kind) or make()
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        return dialog
