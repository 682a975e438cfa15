"""What longer work of the engine comes to: verifying, comparing, calibrating."""

from dataclasses import dataclass

from app.core.calibration import CalibrationRow, DeviceCalibration, EngineCalibration
from app.metrics.battery_outcomes import BatteryResult, SweepResult
from app.metrics.outcomes import Comparison, Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationReport:
    """What the recording alone says, against the live figures."""

    folder: str
    verification: Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """One recorded session in a list; None is what its account does not say."""

    folder: str
    title: str | None
    state: str
    began_utc: str | None
    turns_n: int | None
    v2v_p50_ms: float | None = None


@dataclass(frozen=True, slots=True)
class SessionsReport:
    """The recorded sessions, newest first."""

    sessions: tuple[SessionLine, ...]


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """One set of sessions against another."""

    comparison: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReport:
    """How far a calibration, verification or comparison is.

    Attributes:
        done: Steps done, of ``total``.
        words: What it does now, e.g. "turn 12 of 60: 150 ms delay, 80 ms lead".
        over: It ended; ``problem`` tells why where it did not succeed.
    """

    done: int
    total: int
    words: str = ""
    over: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationReport:
    """A calibration is done: its rows for a table, and what was stored."""

    rows: tuple[CalibrationRow, ...]
    engine: EngineCalibration | None = None
    devices: DeviceCalibration | None = None


@dataclass(frozen=True, slots=True)
class BatteryReport:
    """The interruption battery, as far as it is; ``complete`` on the last one."""

    result: BatteryResult
    complete: bool


@dataclass(frozen=True, slots=True)
class SweepReport:
    """The sweep over turn detection, as far as it is; ``complete`` on the last one."""

    result: SweepResult
    complete: bool
