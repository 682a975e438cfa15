"""A loudspeaker and a microphone against chirps: what their time stamps leave out.

Chirps go out by the loudspeaker and are looked for in what the microphone captured, both
through the same ports and the same stamps as in a session. The residual, captured less
played, is therefore what an ear at the microphone hears later (or earlier) than voice-to-voice
says.

Source: metrics specification, 2.3.
"""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from app.core.calibration import CalibrationRow, DeviceCalibration
from app.core.clock import Clock
from app.core.errors import DeviceError
from app.core.ports import AudioSink
from app.metrics.statistics import quantile
from app.session.jobs import Tell
from app.session.messages import (
    CalibrationReport,
    InputChoice,
    InputKind,
    JobReport,
    OutputChoice,
    OutputKind,
    ProblemReport,
    Remedy,
)
from app.session.parts import OpenedInput, SessionParts
from app.session.tasks import to_its_end
from app.trials.devices_hearing import Hearing, Trial, hear
from app.trials.devices_run import ChirpRun

CHIRPS: Final = 20
FEWEST: Final = 5
MOST: Final = 100
SEED: Final = 1
ENOUGH_SHARE: Final = 0.8
"""Of the chirps: found fewer, or lost more frames than the rest, and nothing is concluded."""

_P50, _P95 = 0.5, 0.95
_SILENT_DBFS = -70.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTrialPorts:
    """What calibrating devices needs of the outside; ``SessionParts`` has all of it.

    Attributes:
        today: The present UTC date and time as ISO 8601.
        new_id: Makes a unique name.
        aside: Runs what may block for seconds without holding up the loop.
    """

    clock: Clock
    make_input: Callable[[InputChoice], OpenedInput]
    make_output: Callable[[OutputChoice], AudioSink]
    today: Callable[[], str]
    new_id: Callable[[], str]
    aside: Callable[[Callable[[], None]], Awaitable[None]]


def device_trial_ports(parts: SessionParts, new_id: Callable[[], str]) -> DeviceTrialPorts:
    """Return what calibrating devices needs, of a session's outside world."""
    return DeviceTrialPorts(
        clock=parts.clock,
        make_input=parts.make_input,
        make_output=parts.make_output,
        today=parts.today,
        new_id=new_id,
        aside=parts.aside,
    )


async def calibrate_devices(
    ports: DeviceTrialPorts,
    tell: Tell,
    *,
    microphone: str | None = None,
    loudspeaker: str | None = None,
    chirps: int | None = None,
    seed: int = SEED,
) -> CalibrationReport:
    """Play chirps and listen; return the table and what is to be stored. Nothing is stored.

    Takes about 0.4 s a chirp and 3 s. Cancelling it closes both devices.

    Args:
        ports: The outside world.
        tell: Gets a JobReport at each chirp, and a ProblemReport where the result is doubtful.
        microphone: Its name, or None for the default.
        loudspeaker: Likewise.
        chirps: How many, 5 to 100; None is 20.
        seed: The same gives the same pauses between them.

    Raises:
        DeviceError: If a device cannot be used or is lost, or too few chirps were found. The
            sentence says why and the hint what to do.
    """
    wanted = min(max(chirps or CHIRPS, FEWEST), MOST)
    tell(JobReport(done=0, total=wanted, words="opening the devices"))
    with contextlib.ExitStack() as devices:
        opened = ports.make_input(InputChoice(kind=InputKind.DEVICE, device=microphone))
        source = opened.source
        devices.callback(source.close)
        sink = ports.make_output(OutputChoice(kind=OutputKind.DEVICE, device=loudspeaker))
        devices.callback(sink.close)
        await to_its_end(ports.aside(sink.open))
        await to_its_end(ports.aside(source.open))
        trial = await ChirpRun(ports.clock, source, sink, tell).run(wanted, seed)
    heard: list[Hearing] = []
    await ports.aside(lambda: heard.append(hear(trial)))
    return _report(ports, tell, trial, heard[0])


def _report(
    ports: DeviceTrialPorts, tell: Tell, trial: Trial, hearing: Hearing
) -> CalibrationReport:
    _refuse(trial, hearing)
    _warn(tell, trial, hearing)
    loops_ms = [
        residual_ms + trial.device_out_ms
        for residual_ms in hearing.residuals_ms
        if trial.device_out_ms is not None
    ]
    devices = DeviceCalibration(
        calibration_id=ports.new_id(),
        measured_utc=ports.today(),
        input_name=trial.input_name,
        output_name=trial.output_name,
        chirps=trial.chirps,
        found=hearing.found,
        residual_ms=quantile(hearing.residuals_ms, _P50),
        residual_iqr_ms=_iqr(hearing.residuals_ms),
        loop_ms=quantile(loops_ms, _P50),
        loop_iqr_ms=_iqr(loops_ms),
        xruns=trial.xruns,
        device_clock=trial.device_clock,
        level_dbfs=hearing.level_dbfs,
    )
    condition = f"{trial.output_name} to {trial.input_name}"
    rows = (
        _counted("found", f"of {trial.chirps} chirps", hearing.found, trial.chirps, trial.chirps),
        _counted("xruns", "of both devices", trial.xruns, 0, trial.chirps),
        _counted("clipped", "chirps cut off", hearing.clipped, 0, trial.chirps),
        _spread("residual_ms", condition, hearing.residuals_ms),
        *([_spread("loop_ms", condition, loops_ms)] if loops_ms else []),
    )
    return CalibrationReport(rows=rows, devices=devices)


def _refuse(trial: Trial, hearing: Hearing) -> None:
    """Raise the sentence that says why nothing can be concluded."""
    if hearing.found >= ENOUGH_SHARE * trial.chirps:
        return
    if hearing.peak_dbfs is None or hearing.peak_dbfs < _SILENT_DBFS:
        raise DeviceError(
            f"the microphone {trial.input_name} is silent",
            hint="Switch it on, unmute it, or choose another one.",
        )
    if hearing.recognised >= ENOUGH_SHARE * trial.chirps:
        raise DeviceError(
            f"the way from {trial.output_name} to {trial.input_name} is unsteady: only "
            f"{hearing.found} of {trial.chirps} chirps took the same time",
            hint="Close programs that keep this computer busy, then measure again.",
        )
    if hearing.recognised:
        raise DeviceError(
            f"the microphone heard only {hearing.recognised} of {trial.chirps} chirps",
            hint="Raise the volume, bring it nearer to the loudspeaker, or keep the room quiet.",
        )
    raise DeviceError(
        "the microphone did not hear the loudspeaker",
        hint="Raise the volume, or connect them with a cable.",
    )


def _warn(tell: Tell, trial: Trial, hearing: Hearing) -> None:
    """Tell what makes the result doubtful."""
    doubts = (
        (
            hearing.clipped > trial.chirps - ENOUGH_SHARE * trial.chirps,
            "The microphone is overdriven: the chirps are cut off.",
            "Lower the volume of the loudspeaker or the gain of the microphone.",
        ),
        (
            trial.xruns > 0,
            f"The sound stopped short {trial.xruns} times while the chirps were played.",
            "Close programs that keep this computer busy, then measure again.",
        ),
        (
            trial.device_clock == "assumed",
            "The devices' time stamps cannot be believed; the latency that they claim is used.",
            "The residual corrects it for this pair of devices.",
        ),
    )
    for doubtful, sentence, hint in doubts:
        if doubtful:
            report = ProblemReport(sentence=sentence, hint=hint, remedy=Remedy.CHOOSE_DEVICE)
            tell(report)


def _counted(
    metric: str, condition: str, measured: int, expected: int, chirps: int
) -> CalibrationRow:
    error = float(abs(measured - expected))
    bound = float(int(chirps - ENOUGH_SHARE * chirps))
    return CalibrationRow(
        check="chirp",
        condition=condition,
        metric=metric,
        unit="",
        n=chirps,
        expected=float(expected),
        measured=float(measured),
        error_p50=error,
        error_p95=error,
        bound=bound,
        passed=error <= bound,
    )


def _spread(metric: str, condition: str, values: list[float]) -> CalibrationRow:
    """Return a row of values whose truth nobody knows: their errors are from their median."""
    median = quantile(values, _P50)
    errors = [abs(value - median) for value in values if median is not None]
    return CalibrationRow(
        check="chirp",
        condition=condition,
        metric=metric,
        unit="ms",
        n=len(values),
        expected=None,
        measured=median,
        error_p50=quantile(errors, _P50),
        error_p95=quantile(errors, _P95) if len(errors) >= CHIRPS else max(errors, default=None),
        bound=None,
        passed=median is not None,
    )


def _iqr(values: list[float]) -> float | None:
    low, high = quantile(values, 0.25), quantile(values, 0.75)
    return None if low is None or high is None else high - low
