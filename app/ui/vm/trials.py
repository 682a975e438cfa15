"""What the window does beside a session: calibrating, comparing, batteries, testing devices."""

from app.core.clock import Clock
from app.core.errors import ConfigError
from app.session.messages import MeterReport, StartBattery, StartSweep
from app.ui.vm.asking import Make, TrialRun
from app.ui.vm.battery import BatteryViewModel
from app.ui.vm.calibration import CalibrationViewModel
from app.ui.vm.compare import CompareViewModel
from app.ui.vm.console import ConsoleViewModel
from app.ui.vm.mic import NAME as MIC_TEST, MicTestViewModel
from app.ui.vm.rerun import RerunViewModel
from app.ui.vm.sweep import SweepViewModel

TALKING = "End the session first: a trial has the machine for itself."


class TrialsViewModel:
    """Joins the wizards and the pages of trials to the console. All calls on the GUI thread."""

    def __init__(self, console: ConsoleViewModel, clock: Clock) -> None:
        self._console = console
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
        self.battery = BatteryViewModel(self._run(), lambda: setup.option.title)
        self.sweep = SweepViewModel(self._run(), lambda: setup.modes)
        self.microphone = MicTestViewModel(
            console.jobs,
            lambda request: console.start_trial(request, MIC_TEST),
            console.stop_job,
            lambda: (setup.input, setup.output),
        )
        self.rerun = RerunViewModel()
        self._connect()

    def _run(self) -> TrialRun:
        return TrialRun(self._console.jobs, self._ask, self._console.stop_job)

    def _connect(self) -> None:
        console = self._console
        console.calibration_ready.connect(self.calibration.take)
        console.comparison_ready.connect(self.compare.take_comparison)
        console.sessions_listed.connect(self.compare.take_sessions)
        console.battery_told.connect(self.battery.take)
        console.sweep_told.connect(self.sweep.take)
        console.mic_told.connect(self.microphone.take)
        console.levels_told.connect(self._levels)
        console.session_changed.connect(self._session_changed)
        for changed in (console.setup.changed, console.live.changed):
            changed.connect(self.battery.changed.emit)
            changed.connect(self.sweep.changed.emit)
        console.live.changed.connect(self._live_changed)

    async def _ask(self, make: Make, name: str) -> str:
        """Send a request that needs the chosen model and its key; return "" or why not."""
        console = self._console
        option = console.setup.option
        if not console.live.view.rests:
            return TALKING
        key = await console.keys.find(option)
        if key is None and option.needs_key:
            return f"{option.title} needs a key: enter it in the settings."
        try:
            request = make(console.setup.request(key))
        except ConfigError as error:
            return f"{error.sentence} {error.hint}".strip()
        assert isinstance(request, StartBattery | StartSweep)
        return "" if console.start_trial(request, name) else TALKING

    def _live_changed(self) -> None:
        if self._console.live.view.rests:
            self.rerun.rest()

    def _levels(self, report: MeterReport) -> None:
        self.microphone.take_levels(report)

    def _session_changed(self) -> None:
        session = self._console.session
        if session is None or self._console.replay.there:
            return
        self.rerun.take_session(session)
        if session.record.ended_utc is not None:
            self.compare.session_ended()
            self._console.library.session_ended()
