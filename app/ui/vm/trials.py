"""What the window does beside a session: calibrating, and comparing recorded ones."""

from app.core.clock import Clock
from app.ui.vm.calibration import CalibrationViewModel
from app.ui.vm.compare import CompareViewModel
from app.ui.vm.console import ConsoleViewModel


class TrialsViewModel:
    """Joins the wizard and the compare page to the console. All calls on the GUI thread."""

    def __init__(self, console: ConsoleViewModel, clock: Clock) -> None:
        setup = console.setup
        self.connection = console.connection
        self.calibration = CalibrationViewModel(
            console.jobs,
            console.start_calibration,
            console.stop_job,
            lambda: (setup.input, setup.output),
            clock,
        )
        self.compare = CompareViewModel(console.jobs, console.compare, console.list_sessions)
        console.calibration_ready.connect(self.calibration.take)
        console.comparison_ready.connect(self.compare.take_comparison)
        console.sessions_listed.connect(self.compare.take_sessions)
        self._console = console
        console.session_changed.connect(self._session_changed)

    def _session_changed(self) -> None:
        session = self._console.session
        if session is not None and session.record.ended_utc is not None:
            self.compare.session_ended()
