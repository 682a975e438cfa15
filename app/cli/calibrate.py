"""``vivavoce calibrate``: what the measuring engine says of delays that are known exactly.

Standard output gets the table, or with --json a line for each row of it and a summary as the
last line; progress goes to standard error. The exit code is 0 only if every bound holds.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from app.cli.plain import json_line, plain, told
from app.cli.progress import ProgressLine
from app.cli.tables import table_lines
from app.core.calibration import CalibrationRow, DeviceCalibration
from app.core.errors import AppError, ConfigError
from app.session.messages import EngineReport, JobReport, ProblemReport
from app.trials.calibrating import EngineTrials
from app.trials.calibrating_plan import QUICK, Extent, with_latency_turns

EXIT_PASSED: Final = 0
EXIT_FAILED: Final = 1
MOST_TURNS: Final = 2_000
_NO_VALUE: Final = "\N{EN DASH}"
_SMALL: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateOptions:
    """What is to be calibrated.

    Attributes:
        json: JSON lines rather than a table.
        extent: How often each check is made.
        keep: Folder that keeps the recordings, or None.
        devices: Measure a loudspeaker and a microphone in place of the engine.
        mic: Microphone, or None for the default; likewise ``speaker``.
        chirps: How many to play, or None for the usual.
    """

    json: bool
    extent: Extent
    keep: Path | None = None
    devices: bool = False
    mic: str | None = None
    speaker: str | None = None
    chirps: int | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the words of this command."""
    parser.add_argument("--json", action="store_true", help="JSON lines; the last is a summary")
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--turns", type=int, metavar="N", help="turns of the latency table (63 without), or chirps"
    )
    size.add_argument("--quick", action="store_true", help="the same checks, fewer turns")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the recordings there")
    pair = parser.add_argument_group("devices")
    pair.add_argument(
        "--devices", action="store_true", help="measure a loudspeaker and a microphone by chirps"
    )
    pair.add_argument("--mic", metavar="NAME", help="the default one without")
    pair.add_argument("--speaker", metavar="NAME", help="the default one without")


def parse(arguments: argparse.Namespace) -> CalibrateOptions:
    """Return the options.

    Raises:
        ConfigError: If they contradict each other or cannot work.
    """
    if (arguments.mic or arguments.speaker) and not arguments.devices:
        raise ConfigError(
            "--mic and --speaker need --devices",
            hint="The engine is calibrated without sound devices.",
        )
    if arguments.devices and (arguments.quick or arguments.keep):
        raise ConfigError(
            "--quick and --keep are for the engine, not for --devices",
            hint="Use --turns N for fewer chirps.",
        )
    if arguments.turns is not None and not 1 <= arguments.turns <= MOST_TURNS:
        raise ConfigError(f"--turns must be between 1 and {MOST_TURNS}")
    usual = Extent() if arguments.turns is None else with_latency_turns(arguments.turns)
    return CalibrateOptions(
        json=arguments.json,
        extent=QUICK if arguments.quick else usual,
        keep=arguments.keep,
        devices=arguments.devices,
        mic=arguments.mic,
        speaker=arguments.speaker,
        chirps=arguments.turns,
    )


class CalibrationPrinter:
    """Prints how far a calibration is, and what it came to."""

    def __init__(self, out: TextIO, err: TextIO, *, as_json: bool) -> None:
        self._out = out
        self._err = err
        self._as_json = as_json
        self._progress = ProgressLine(err)

    def take(self, report: EngineReport) -> None:
        """Show progress: on a terminal in one line, else each new step once; and problems."""
        match report:
            case ProblemReport():
                self._progress.problem(report)
            case JobReport():
                self._progress.step(report)
            case _:
                pass

    def refuse(self, error: AppError) -> None:
        """Tell why there is no result."""
        self._progress.end()
        print(told(error), file=self._err)

    def stopped(self) -> None:
        """Tell that the user broke it off."""
        self._progress.end()
        print("Stopped. Nothing was stored.", file=self._err)

    def engine(self, trials: EngineTrials) -> int:
        """Print the engine's table; return the exit code."""
        self._progress.end()
        engine = trials.engine
        failed = sum(not row.passed for row in trials.rows)
        summary = {
            **_first(_rounded(asdict(engine)), _HEADLINE),
            "turns_planned": trials.turns_planned,
            "turns_held": trials.turns_held,
            "client_limited": sum(trials.client_limited.values()),
            "client_limited_by": trials.client_limited,
            "rows": len(trials.rows),
            "rows_failed": failed,
            "problems": list(trials.problems),
        }
        if self._as_json:
            self._json(trials.rows, summary)
        else:
            self._show(trials.rows)
            print(_engine_words(trials, failed), file=self._out)
        return EXIT_PASSED if engine.passed else EXIT_FAILED

    def devices(self, rows: Sequence[CalibrationRow], devices: DeviceCalibration | None) -> int:
        """Print the devices' table; return the exit code. None: nothing was concluded."""
        self._progress.end()
        passed = devices is not None and all(row.passed for row in rows)
        if self._as_json:
            known = {} if devices is None else _rounded(asdict(devices))
            self._json(rows, {**known, "passed": passed})
            return EXIT_PASSED if passed else EXIT_FAILED
        self._show(rows)
        if devices is not None:
            spread = f"{_number(devices.loop_ms)} ms, IQR {_number(devices.loop_iqr_ms)} ms"
            found = f"{devices.found} of {devices.chirps} chirps found"
            print(f"\nDevice path {spread}; {found}, {devices.xruns} xruns", file=self._out)
        return EXIT_PASSED if passed else EXIT_FAILED

    def _json(self, rows: Sequence[CalibrationRow], summary: dict[str, Any]) -> None:
        lines = [{"type": "row", **_rounded(asdict(row))} for row in rows]
        for line in (*lines, {"type": "summary", **summary}):
            print(json_line(line), file=self._out)
        self._out.flush()

    def _show(self, rows: Sequence[CalibrationRow]) -> None:
        cells = [_cells(row) for row in rows]
        for line in table_lines(_HEADINGS, cells, texts=_TEXTS):
            print(line, file=self._out)


_TEXTS: Final = 3
_HEADINGS: Final = (
    "check",
    "condition",
    "metric",
    "n",
    "expected",
    "measured",
    "error P50",
    "P95",
    "bound",
    "",
)


def _cells(row: CalibrationRow) -> tuple[str, ...]:
    return (
        row.check,
        plain(row.condition),
        row.metric,
        str(row.n),
        _number(row.expected),
        _number(row.measured),
        _number(row.error_p50),
        _number(row.error_p95),
        _number(row.bound),
        "pass" if row.passed else "FAIL",
    )


def _engine_words(trials: EngineTrials, failed: int) -> str:
    engine = trials.engine
    by = ", ".join(f"{count} by {reason}" for reason, count in trials.client_limited.items())
    verdict = "Every bound holds." if engine.passed else f"{failed} rows fail."
    return (
        f"\nVoice to voice of {engine.turns} turns: error P50 {_number(engine.v2v_error_p50_ms)} "
        f"ms, P95 {_number(engine.v2v_error_p95_ms)} ms, bias {_number(engine.v2v_bias_ms)} ms\n"
        f"Simulator's own lateness P95 {_number(engine.simulator_lateness_p95_ms)} ms "
        f"(subtracted); load average {_number(engine.load_average)}\n"
        f"{trials.turns_held} of {trials.turns_planned} turns held, "
        f"client-limited: {by or 'none'}\n{verdict}"
    )


_HEADLINE: Final = ("turns", "v2v_error_p50_ms", "v2v_error_p95_ms")


def _first(values: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return ``values`` with those of ``names`` before the others."""
    return {name: values[name] for name in names} | values


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in values.items()
    }


def _number(value: float | None) -> str:
    if value is None:
        return _NO_VALUE
    return f"{value:.2f}" if abs(value) < _SMALL else f"{value:.1f}"
