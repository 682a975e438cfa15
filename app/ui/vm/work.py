"""The longer work of the engine, asked for: verifying, comparing, calibrating, the library."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from app.core.observe import Signal
from app.session.messages import (
    BatteryReport,
    CalibrationKind,
    CalibrationReport,
    CompareSessions,
    ComparisonReport,
    EngineRequest,
    ImportBundle,
    ImportReport,
    InputChoice,
    JobReport,
    LibraryChanged,
    LibraryReport,
    ListSessions,
    MeterReport,
    MicReport,
    OutputChoice,
    SessionReport,
    SessionsReport,
    StartBattery,
    StartCalibration,
    StartMicTest,
    StartSweep,
    StopJob,
    SweepReport,
    VerificationReport,
    VerifySession,
)
from app.ui.vm.jobs import JobsViewModel
from app.ui.vm.library import LibraryViewModel
from app.ui.vm.library_kept import LibraryKept
from app.ui.vm.live import LiveViewModel
from app.ui.vm.replay import ReplayViewModel
from app.ui.vm.setup import SetupViewModel
from app.ui.vm.verification import VerificationViewModel

VERIFYING = "Checking the recording"
COMPARING = "Comparing"
CALIBRATING = "Calibrating"
IMPORTING = "Importing"


class WorkViewModel:
    """What the engine is asked beside a session; there is at most one job at a time.

    Signals:
        sessions_listed: The recorded sessions, newest first.
        comparison_ready: A comparison is done.
        calibration_ready: A calibration is done.
        battery_told: The interruption battery, as far as it is.
        sweep_told: The sweep over turn detection, as far as it is.
        verified: A recorded session was held against its recording.
        levels_told: Levels of a session or of a microphone test.
        mic_told: What is wrong with the microphone, in a test or in a session.
    """

    def __init__(
        self, setup: SetupViewModel, live: LiveViewModel, send: Callable[[EngineRequest], None]
    ) -> None:
        self.setup = setup
        self.live = live
        self.jobs = JobsViewModel()
        self.verification = VerificationViewModel()
        self.session: SessionReport | None = None
        self.sessions_listed = Signal[SessionsReport]()
        self.comparison_ready = Signal[ComparisonReport]()
        self.calibration_ready = Signal[CalibrationReport]()
        self.battery_told = Signal[BatteryReport]()
        self.sweep_told = Signal[SweepReport]()
        self.mic_told = Signal[MicReport]()
        self.levels_told = Signal[MeterReport]()
        self.verified = Signal[VerificationReport]()
        self._send = send
        self.replay = ReplayViewModel(send, lambda: setup.output)
        self.library = LibraryViewModel(
            send, lambda: setup.sessions_dir, setup.preferences.library, self._keep_library
        )

    def _keep_library(self, kept: LibraryKept) -> None:
        self.setup.update(replace(self.setup.preferences, library=kept))

    def _library_readers(self) -> dict[type[Any], Callable[[Any], None]]:
        return {
            LibraryReport: self.library.take,
            LibraryChanged: self.library.take_changed,
            ImportReport: self.library.take_import,
        }

    @property
    def can_verify(self) -> bool:
        """Whether there is a finished recording, and no other work is under way."""
        return self.session is not None and self.live.view.rests and not self.jobs.running

    def verify(self) -> bool:
        """Hold the present session against its own recording; False if it cannot be now."""
        if self.session is None or not self.can_verify:
            return False
        self.verification.begin(self.session.folder)
        self._ask(VerifySession(self.session.folder), VERIFYING)
        return True

    def verify_folder(self, folder: str) -> bool:
        """Hold a recorded session against its own recording; False if it cannot be now."""
        if not self.live.view.rests or self.jobs.running:
            return False
        self._ask(VerifySession(folder), VERIFYING)
        return True

    def import_bundle(self, path: str) -> bool:
        """Take the sessions of a bundle in; False while other work is under way."""
        if self.jobs.running:
            return False
        self._ask(ImportBundle(path=path, root=self.setup.sessions_dir), IMPORTING)
        return True

    def compare(self, first: tuple[str, ...], second: tuple[str, ...]) -> None:
        """Compare recorded sessions, by their folders."""
        self._ask(CompareSessions(first, second), COMPARING)

    def start_calibration(
        self,
        kind: CalibrationKind,
        *,
        microphone: InputChoice | None = None,
        loudspeaker: OutputChoice | None = None,
        turns: int | None = None,
    ) -> bool:
        """Measure the engine or a pair of devices; False while a session runs."""
        if not self.live.view.rests:
            return False
        request = StartCalibration(kind=kind, input=microphone, output=loudspeaker, turns=turns)
        self._ask(request, CALIBRATING)
        return True

    def start_trial(self, request: StartMicTest | StartBattery | StartSweep, name: str) -> bool:
        """Begin a trial that has the devices or the machine for itself; False in a session."""
        if not self.live.view.rests:
            return False
        self._ask(request, name)
        return True

    def list_sessions(self) -> None:
        """Ask which sessions are recorded where this window records."""
        self._send(ListSessions(self.setup.sessions_dir))

    def stop_job(self) -> None:
        """Break off the work under way."""
        if self.jobs.running:
            self._send(StopJob())

    def _ask(self, request: EngineRequest, name: str) -> None:
        self.jobs.begin(name)
        self._send(request)

    def _take_job(self, report: JobReport) -> None:
        self.jobs.take(report)
        if report.over:
            self.verification.end(self.jobs.problem)
