"""What a session costs, what is recorded of it, and what of it leaves the house."""

from collections.abc import Callable, Mapping
from typing import Any

from app.core.exporting import ExportWish
from app.session.messages import (
    CostReport,
    EngineRequest,
    ExportReport,
    ExportSessions,
    PricesReport,
)
from app.ui.vm.cost import CostViewModel
from app.ui.vm.export import ExportViewModel
from app.ui.vm.export_run import ExportRun
from app.ui.vm.jobs import JobsViewModel
from app.ui.vm.live import LiveViewModel
from app.ui.vm.prices import PricesViewModel
from app.ui.vm.privacy import PrivacyViewModel
from app.ui.vm.projection import ProjectionViewModel
from app.ui.vm.report import ReportViewModel
from app.ui.vm.setup import SetupViewModel

EXPORTING = "Exporting"
REPORTING = "Making the report"


class AccountsViewModel:
    """Joins money, privacy and exports to the console. All calls on the GUI thread."""

    def __init__(
        self,
        setup: SetupViewModel,
        live: LiveViewModel,
        jobs: JobsViewModel,
        ask: Callable[[ExportSessions, str], None],
        send: Callable[[EngineRequest], None],
    ) -> None:
        def run(name: str) -> ExportRun:
            def write(wish: ExportWish) -> None:
                ask(ExportSessions(wish), name)

            return ExportRun(jobs, live, write)

        self._runs = (run(EXPORTING), run(REPORTING))
        self.cost = CostViewModel()
        self.prices = PricesViewModel(send)
        self.projection = ProjectionViewModel(self.prices)
        self.privacy = PrivacyViewModel(setup, live, send)
        self.export = ExportViewModel(setup, self._runs[0])
        self.report = ReportViewModel(setup, self._runs[1])

    @property
    def readers(self) -> Mapping[type[Any], Callable[[Any], None]]:
        """Who takes which report of the engine."""
        return {
            CostReport: self.cost.take,
            PricesReport: self.prices.take,
            ExportReport: self._take_export,
        }

    def begin(self) -> None:
        """A new session is asked for."""
        self.cost.clear()
        self.privacy.begin()

    def _take_export(self, report: ExportReport) -> None:
        for run in self._runs:
            run.take(report.exported)
