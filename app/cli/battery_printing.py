"""What ``vivavoce battery`` prints: progress while it runs, then its table or JSON lines."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final, TextIO

from app.cli.plain import json_line, plain, told
from app.cli.progress import ProgressLine
from app.cli.tables import table_lines
from app.core.errors import AppError
from app.metrics.battery_outcomes import (
    BatteryResult,
    BatteryRow,
    SweepPoint,
    SweepResult,
)
from app.session.messages import (
    BatteryReport,
    EngineReport,
    JobReport,
    ProblemReport,
    SweepReport,
)
from app.trials.battery_stimuli import StimulusSet

EXIT_WHOLE: Final = 0
EXIT_INCOMPLETE: Final = 1
_NO_VALUE: Final = "\N{EN DASH}"


class BatteryPrinter:
    """Prints how far a battery or a sweep is, and what it came to."""

    def __init__(self, out: TextIO, err: TextIO, *, as_json: bool) -> None:
        self._out = out
        self._err = err
        self._as_json = as_json
        self._progress = ProgressLine(err)
        self._report: BatteryReport | SweepReport | None = None

    def take(self, report: EngineReport) -> None:
        """Show progress and problems; keep the last result."""
        match report:
            case BatteryReport() | SweepReport():
                self._report = report
            case ProblemReport():
                self._progress.problem(report)
            case JobReport():
                self._progress.step(report)
            case _:
                pass

    def refuse(self, error: AppError) -> None:
        """Tell why there is no result; with JSON the summary says it too."""
        self._progress.end()
        print(told(error), file=self._err)
        if self._as_json:
            self._json([("summary", {"complete": False, "error": told(error)})])

    def stimuli(self, known: StimulusSet) -> None:
        """List the sounds."""
        rows = [
            {
                "name": each.name,
                "kind": each.kind.value,
                "takes_floor": each.kind.takes_floor,
                "sound_ms": round(each.sound.sound_ms),
                "words": each.sound.words,
            }
            for each in known.stimuli
        ]
        if self._as_json:
            for row in rows:
                print(json_line({"type": "stimulus", **row}), file=self._out)
            return
        columns = ("name", "kind", "sound_ms", "words")
        self._show(columns, [tuple(str(row[name]) for name in columns) for row in rows], texts=2)

    def finish(self, *, stopped: bool = False) -> int:
        """Print the last result; return the exit code."""
        self._progress.end()
        if stopped:
            print("Stopped. What was held is shown; its recordings are kept.", file=self._err)
        report, self._report = self._report, None
        match report:
            case BatteryReport(result=result, complete=complete):
                self._battery(result, complete=complete)
                return EXIT_WHOLE if complete and _whole(result) else EXIT_INCOMPLETE
            case SweepReport(result=swept, complete=complete):
                self._sweep(swept, complete=complete)
                failed = any(point.failed_n for point in swept.points)
                return EXIT_WHOLE if complete and not failed else EXIT_INCOMPLETE
            case None:
                return EXIT_INCOMPLETE

    # --- the results -------------------------------------------------------------------------

    def _battery(self, result: BatteryResult, *, complete: bool) -> None:
        fields = asdict(result)
        trials, rows = fields.pop("trials"), fields.pop("rows")
        if self._as_json:
            self._json([("trial", each) for each in trials] + [("row", each) for each in rows])
            self._json([("summary", {**fields, "complete": complete, "error": None})])
            return
        self._show(_BATTERY_HEADINGS, [_row_cells(row) for row in result.rows], texts=1)
        if result.wasted_audio_ms is not None:
            tokens = result.wasted_tokens
            more = "" if tokens is None else f", {tokens:.0f} audio tokens"
            wasted = f"{result.wasted_audio_ms / 1000:.1f} s of audio made and never heard{more}"
            print(f"\n{wasted}", file=self._out)
        self._warn(result.warnings)

    def _sweep(self, result: SweepResult, *, complete: bool) -> None:
        fields = asdict(result)
        points = fields.pop("points")
        if self._as_json:
            self._json([("point", each) for each in points])
            self._json([("summary", {**fields, "complete": complete, "error": None})])
            return
        pauses = sorted({pause for point in result.points for pause, _, _ in point.by_pause})
        headings = ("setting", "n", "failed", "cut off", "rate", "95 %", "v2v P50", "P95")
        self._show(
            (*headings, *(f"{pause:g} ms" for pause in pauses)),
            [_point_cells(point, pauses) for point in result.points],
            texts=1,
        )
        at_5, at_300 = result.delay_at_5_percent_ms, result.cut_off_at_300_ms
        print(
            f"\nDelay at 5 % cut off: {_number(at_5)} ms; "
            f"cut off at a delay of 300 ms: {_percent(at_300)}",
            file=self._out,
        )
        self._warn(result.warnings)

    def _warn(self, warnings: Sequence[str]) -> None:
        for warning in warnings:
            print(plain(warning), file=self._out)

    def _json(self, lines: Sequence[tuple[str, dict[str, Any]]]) -> None:
        for kind, fields in lines:
            print(json_line({"type": kind, **_rounded(fields)}), file=self._out)
        self._out.flush()

    def _show(self, headings: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int) -> None:
        """Print a table whose first ``texts`` columns are words."""
        for line in table_lines(headings, rows, texts=texts):
            print(line, file=self._out)


def _whole(result: BatteryResult) -> bool:
    """Whether every trial that was wanted was held, at the second try if not at the first."""
    wanted = {(trial.stimulus, trial.repeat) for trial in result.trials}
    held = {(trial.stimulus, trial.repeat) for trial in result.trials if not trial.problem}
    return wanted == held


_BATTERY_HEADINGS: Final = (
    "stimulus",
    "n",
    "failed",
    "noticed",
    "stopped",
    "answered",
    "rate",
    "95 %",
    "selectivity",
    "detection P50",
    "yield P50",
    "P95",
    "truncation",
)


def _row_cells(row: BatteryRow) -> tuple[str, ...]:
    name = row.stimulus or f"= {row.kind.value.replace('_', ' ')}"
    return (
        plain(name),
        str(row.n),
        str(row.failed_n),
        _NO_VALUE if row.detected_n is None else str(row.detected_n),
        str(row.stopped_n),
        _NO_VALUE if row.answered_n is None else str(row.answered_n),
        _percent(row.rate),
        _interval(row.rate_low, row.rate_high),
        _percent(row.selectivity),
        _number(row.detection_p50_ms),
        _number(row.yield_p50_ms),
        _number(row.yield_p95_ms),
        _number(row.truncate_err_max_ms),
    )


def _point_cells(point: SweepPoint, pauses: Sequence[float]) -> tuple[str, ...]:
    counts = {pause: f"{cut}/{n}" for pause, n, cut in point.by_pause}
    return (
        plain(point.setting),
        str(point.n),
        str(point.failed_n),
        str(point.cut_off_n),
        _percent(point.rate),
        _interval(point.rate_low, point.rate_high),
        _number(point.v2v_p50_ms),
        _number(point.v2v_p95_ms),
        *(counts.get(pause, _NO_VALUE) for pause in pauses),
    )


def _number(value: float | None) -> str:
    return _NO_VALUE if value is None else f"{value:.0f}"


def _percent(rate: float | None) -> str:
    return _NO_VALUE if rate is None else f"{rate * 100:.0f} %"


def _interval(low: float | None, high: float | None) -> str:
    return _NO_VALUE if low is None or high is None else f"{low * 100:.0f} to {high * 100:.0f} %"


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in values.items()
    }
