"""The guided microphone test: say a sentence, see what is wrong, hear it back."""

from collections.abc import Callable
from dataclasses import dataclass

from app.core.observe import Signal
from app.session.messages import (
    InputChoice,
    InputKind,
    MeterReport,
    MicReport,
    OutputChoice,
    OutputKind,
    StartMicTest,
)
from app.ui.vm.jobs import JobsViewModel
from app.ui.vm.meters import MetersViewModel
from app.ui.vm.text import UNKNOWN, number, one_line

NAME = "Microphone test"
FINE = "Nothing is wrong with this microphone."


@dataclass(frozen=True, slots=True)
class Line:
    """One finding: the sentence with its remedy, and the figure that it rests on."""

    sentence: str
    measured: str


class MicTestViewModel:
    """What the dialog shows. All calls on the GUI thread.

    Signals:
        changed: Something to show changed.

    Args:
        jobs: Tells how far the work is.
        start: Asks for the test; False while a session runs.
        stop: Breaks it off.
        devices: The microphone and the loudspeaker that are chosen at present.
    """

    def __init__(
        self,
        jobs: JobsViewModel,
        start: Callable[[StartMicTest], bool],
        stop: Callable[[], None],
        devices: Callable[[], tuple[InputChoice, OutputChoice]],
    ) -> None:
        self.changed = Signal[()]()
        self.meters = MetersViewModel()
        self.lines: tuple[Line, ...] = ()
        self.figures: tuple[tuple[str, str], ...] = ()
        self.verdict = ""
        self.good: bool | None = None
        self._jobs = jobs
        self._start = start
        self._stop = stop
        self._devices = devices
        self._mine = False
        self._refusal = ""
        jobs.changed.connect(self._job_changed)

    # --- what the user does

    def begin(self, *, play_back: bool) -> None:
        """Listen to the chosen microphone, and play what was heard."""
        self.lines, self.figures, self.verdict, self.good, self._refusal = (), (), "", None, ""
        self.meters.reset()
        microphone, loudspeaker = self._devices()
        if self._jobs.running:
            self._refusal = "Other work is under way; wait for it, or stop it."
        else:
            back = loudspeaker if play_back and self.can_play_back else None
            self._mine = self._start(StartMicTest(input=microphone, play_back=back))
            if not self._mine:
                self._refusal = "End the session first: it examines the microphone by itself."
        self.changed.emit()

    def stop(self) -> None:
        """Break off what is under way."""
        if self.running:
            self._stop()

    # --- what is shown

    @property
    def running(self) -> bool:
        """Whether a test of this dialog is under way."""
        return self._mine and self._jobs.running

    @property
    def ready(self) -> bool:
        """Whether a microphone is chosen."""
        return self._devices()[0].kind is InputKind.DEVICE

    @property
    def can_play_back(self) -> bool:
        """Whether there is a loudspeaker to hear it back."""
        return self._devices()[1].kind is OutputKind.DEVICE

    @property
    def microphone(self) -> str:
        """The microphone that would be tested, or why none can be."""
        if not self.ready:
            return "Choose a microphone on the live page first; files need no test."
        return one_line(self._devices()[0].device or "The system's default microphone")

    @property
    def share(self) -> float | None:
        """How much is done, 0 to 1, or None."""
        return self._jobs.share if self.running else None

    @property
    def words(self) -> str:
        """What to do now, or what became of it."""
        if self.running:
            return self._jobs.detail or "Opening the microphone"
        return self._refusal or (self._jobs.problem if self._mine else "")

    # --- what comes of it

    def take(self, report: MicReport) -> None:
        """Show what was found; a session's own reports are not this test's."""
        if not self.running:
            return
        self.lines = tuple(
            Line(one_line(finding.sentence, limit=300), one_line(finding.measured))
            for finding in report.findings
        )
        self.good = not report.findings
        self.verdict = FINE if self.good else ""
        self.figures = _figures(report) if report.examined_s else ()
        self.changed.emit()

    def take_levels(self, report: MeterReport) -> None:
        """Move the meters of the test."""
        if self.running:
            self.meters.take(report)

    def _job_changed(self) -> None:
        if self._mine:
            self.changed.emit()


def _figures(report: MicReport) -> tuple[tuple[str, str], ...]:
    return (
        ("Speech", _figure(report.level_dbfs, "dBFS")),
        ("Noise", _figure(report.noise_dbfs, "dBFS")),
        ("Peak", _figure(report.peak_dbfs, "dBFS")),
        ("Bandwidth", _figure(_kilo(report.bandwidth_hz), "kHz")),
        ("Rate", _figure(_kilo(report.rate_hz), "kHz")),
    )


def _kilo(value: float | None) -> float | None:
    return None if value is None else value / 1000


def _figure(value: float | None, unit: str) -> str:
    return UNKNOWN if value is None else f"{number(round(value, 1))} {unit}"
