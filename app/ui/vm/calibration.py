"""The wizard that holds the measurement itself against something known."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from app.core.calibration import CalibrationRow, DeviceCalibration, EngineCalibration
from app.core.clock import Clock
from app.core.observe import Signal
from app.session.messages import (
    CalibrationKind,
    CalibrationReport,
    InputChoice,
    InputKind,
    OutputChoice,
    OutputKind,
)
from app.ui.vm.jobs import JobsViewModel
from app.ui.vm.text import UNKNOWN, number, one_line, quantity

HEADINGS: Final = ("Check", "Condition", "n", "Expected", "Measured", "Error P50", "P95", "Bound")
QUICK_TURNS: Final = 12
_LEAST_SHARE: Final = 0.05
_MINUTE_S: Final = 60


class Start(Protocol):
    """Asks the engine for a calibration; False while a session runs."""

    def __call__(
        self,
        kind: CalibrationKind,
        *,
        microphone: InputChoice | None = None,
        loudspeaker: OutputChoice | None = None,
        turns: int | None = None,
    ) -> bool: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: ``cells`` as HEADINGS, and whether the bound held."""

    cells: tuple[str, ...]
    passed: bool


class CalibrationViewModel:
    """What the wizard shows. All calls on the GUI thread.

    Signals:
        changed: Something to show changed.

    Args:
        jobs: Tells how far the work is.
        start: Asks for it.
        stop: Breaks it off.
        devices: The microphone and the loudspeaker that are chosen at present.
        clock: For the time left.
    """

    def __init__(
        self,
        jobs: JobsViewModel,
        start: Start,
        stop: Callable[[], None],
        devices: Callable[[], tuple[InputChoice, OutputChoice]],
        clock: Clock,
    ) -> None:
        self.changed = Signal[()]()
        self.lines: tuple[Line, ...] = ()
        self.verdict = ""
        self.passed: bool | None = None
        self._jobs = jobs
        self._start = start
        self._stop = stop
        self._devices = devices
        self._clock = clock
        self._begun_ns = clock.now_ns()
        self._mine = False
        self._refusal = ""
        jobs.changed.connect(self._job_changed)

    # --- what the user does

    def measure_engine(self, *, quick: bool) -> None:
        """Measure the measuring engine against the simulator."""
        self._begin(
            lambda: self._start(CalibrationKind.ENGINE, turns=QUICK_TURNS if quick else None)
        )

    def measure_devices(self) -> None:
        """Measure the chosen pair of devices by chirps."""
        microphone, loudspeaker = self._devices()
        self._begin(
            lambda: self._start(
                CalibrationKind.DEVICES, microphone=microphone, loudspeaker=loudspeaker
            )
        )

    def stop(self) -> None:
        """Break off what is under way; nothing is stored."""
        if self.running:
            self._stop()

    # --- what is shown

    @property
    def running(self) -> bool:
        """Whether a calibration of this wizard is under way."""
        return self._mine and self._jobs.running

    @property
    def pair(self) -> str:
        """The devices that would be measured, or why none can be."""
        microphone, loudspeaker = self._devices()
        if microphone.kind is not InputKind.DEVICE or loudspeaker.kind is not OutputKind.DEVICE:
            return "Choose a microphone and a loudspeaker on the live page first."
        names = (microphone.device, loudspeaker.device)
        heard, played = (one_line(name or "the system's default") for name in names)
        return f"Loudspeaker: {played}. Microphone: {heard}."

    @property
    def devices_ready(self) -> bool:
        """Whether two devices are chosen."""
        microphone, loudspeaker = self._devices()
        return microphone.kind is InputKind.DEVICE and loudspeaker.kind is OutputKind.DEVICE

    @property
    def share(self) -> float | None:
        """How much is done, 0 to 1, or None."""
        return self._jobs.share if self.running else None

    @property
    def words(self) -> str:
        """What it does and how long it will still take, or what became of it."""
        if self.running:
            left = self._left()
            return ", ".join(part for part in (self._jobs.detail or "Starting", left) if part)
        return self._refusal or (self._jobs.problem if self._mine else "")

    def _left(self) -> str:
        share = self._jobs.share
        if share is None or share < _LEAST_SHARE:
            return ""
        spent_s = (self._clock.now_ns() - self._begun_ns) / 1e9
        left_s = spent_s * (1 - share) / share
        if left_s >= _MINUTE_S:
            return f"about {left_s / _MINUTE_S:.0f} min left"
        return f"about {max(round(left_s / 5) * 5, 5)} s left"

    # --- what comes of it

    def take(self, report: CalibrationReport) -> None:
        """Show a result."""
        self.lines = tuple(_line(row) for row in report.rows)
        self.passed = all(row.passed for row in report.rows)
        if report.engine is not None:
            self.verdict = engine_verdict(report.engine)
        elif report.devices is not None:
            self.verdict = device_verdict(report.devices)
        self.changed.emit()

    def _begin(self, ask: Callable[[], bool]) -> None:
        if self._jobs.running:
            self._refusal = "Other work is under way; wait for it, or stop it."
            self.changed.emit()
            return
        self.lines, self.verdict, self.passed, self._refusal = (), "", None, ""
        self._mine = True
        self._begun_ns = self._clock.now_ns()
        if not ask():
            self._mine = False
            self._refusal = "End the session first: both would use the same engine."
        self.changed.emit()

    def _job_changed(self) -> None:
        if self._mine:
            self.changed.emit()


def engine_verdict(engine: EngineCalibration) -> str:
    """Return what measuring the engine came to, in one sentence."""
    error = quantity(engine.v2v_error_p95_ms, "ms")
    half = quantity(engine.v2v_error_p50_ms, "ms")
    start = "Every bound holds" if engine.passed else "Not every bound holds"
    return (
        f"{start}: over {engine.turns} turns, voice-to-voice is measured within {half} (P50) and "
        f"{error} (P95) of the truth. The next sessions name this calibration."
    )


def device_verdict(devices: DeviceCalibration) -> str:
    """Return what measuring a pair of devices came to, in one sentence."""
    if devices.residual_ms is None:
        return f"Only {devices.found} of {devices.chirps} chirps were heard: nothing was stored."
    return (
        f"The way through both devices takes {quantity(devices.loop_ms, 'ms')}; their time stamps "
        f"leave out {quantity(devices.residual_ms, 'ms')} of it (interquartile range "
        f"{quantity(devices.residual_iqr_ms, 'ms')}, {devices.found} of {devices.chirps} chirps). "
        "What the ear hears is corrected by it from now on."
    )


def _line(row: CalibrationRow) -> Line:
    def figure(value: float | None) -> str:
        return quantity(value, row.unit)

    cells = (
        row.check,
        f"{row.condition} ({row.metric})" if row.condition else row.metric,
        str(row.n),
        figure(row.expected),
        figure(row.measured),
        figure(row.error_p50),
        figure(row.error_p95),
        UNKNOWN if row.bound is None else f"\N{LESS-THAN OR EQUAL TO} {number(row.bound)}",
    )
    return Line(tuple(one_line(cell) for cell in cells), row.passed)
