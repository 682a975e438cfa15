"""What is known about the measurement itself, from having measured something known."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineCalibration:
    """The measuring engine against the simulator, whose every delay is known.

    Attributes:
        calibration_id: Unique name.
        measured_utc: ISO 8601.
        turns: Turns that were compared.
        v2v_error_p50_ms: Median of the magnitude of measured less true voice-to-voice.
        v2v_error_p95_ms: Its 95th percentile.
        v2v_bias_ms: Median with its sign.
        simulator_lateness_p95_ms: The ruler's own error, already subtracted.
        load_average: Of the machine, over one minute, at the end.
        passed: Whether every check of the calibration held.
    """

    calibration_id: str
    measured_utc: str
    turns: int
    v2v_error_p50_ms: float | None
    v2v_error_p95_ms: float | None
    v2v_bias_ms: float | None
    simulator_lateness_p95_ms: float | None
    load_average: float | None
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCalibration:
    """A loudspeaker and a microphone that hears it, by chirps.

    The residual is what the devices' own time stamps leave out, with its sign: a chirp stamped
    as played at ``d`` and heard, by the microphone's stamp, at ``a`` has the residual ``a - d``.
    Since voice-to-voice is a difference of the same two stamps, ``v2v + residual`` is what an
    ear at the microphone's place perceives (sound travels 0.34 m a millisecond).

    Attributes:
        input_name: Microphone, as records name it.
        output_name: Loudspeaker.
        chirps: How many were played; ``found`` of them were recognised.
        residual_ms: Median, or None if too few were found.
        residual_iqr_ms: Its interquartile range.
        loop_ms: Hand-over to the loudspeaker until captured: median.
        loop_iqr_ms: Its interquartile range.
        xruns: Of both devices while measuring.
        device_clock: "measured" or "assumed": whether the stamps were plausible.
        level_dbfs: Level at which the chirps were heard.
    """

    calibration_id: str
    measured_utc: str
    input_name: str
    output_name: str
    chirps: int
    found: int
    residual_ms: float | None
    residual_iqr_ms: float | None
    loop_ms: float | None
    loop_iqr_ms: float | None
    xruns: int
    device_clock: str | None
    level_dbfs: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationNote:
    """What a session says of the calibrations that it was held under; None where there is none.

    Attributes:
        engine: The newest of this machine.
        devices: The newest of this session's pair of devices.
    """

    engine: EngineCalibration | None = None
    devices: DeviceCalibration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRow:
    """One line of the table of a calibration: what was expected, and what was measured.

    Attributes:
        check: What was tried, e.g. "latency", "stall", "interruption", "no events",
            "premature", "chirp".
        condition: Its setting, for people, e.g. "delay 150 ms, lead 80 ms".
        metric: Column of the turn table, or "residual_ms".
        unit: "ms" or "".
        n: Values that were compared.
        expected: Median of the true values.
        measured: Median of the measured ones.
        error_p50: Median of the magnitudes of their differences.
        error_p95: Its 95th percentile; where n is under 20 the largest, without the turns that
            are marked client-limited.
        bound: What ``error_p95`` may be at most, or None where none is promised.
        passed: Whether it is.
    """

    check: str
    condition: str
    metric: str
    unit: str
    n: int
    expected: float | None
    measured: float | None
    error_p50: float | None
    error_p95: float | None
    bound: float | None
    passed: bool
