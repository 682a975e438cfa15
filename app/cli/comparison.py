"""A comparison as the terminal shows it: as tables for people, or as JSON lines."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, TextIO

from app.cli.plain import json_line, plain, told
from app.core.errors import AppError
from app.metrics.comparison_words import chance, number, unit_of
from app.metrics.outcomes import Comparison, MetricComparison, RateComparison, SideFigures
from app.session.messages import JobReport
from app.trials.comparing_run import Block

NO_VALUE: Final = "\N{EN DASH}"
_COLUMNS: Final = ("metric", "side", "n", "P50 [95 %]", "P95", "difference [95 %]", "p", "Holm",
                   "would show")  # fmt: skip


class ComparisonPrinter:
    """Prints a run and what it comes to. Standard output holds results, standard error the rest.

    Args:
        out: Standard output.
        err: Standard error.
        as_json: Results as JSON lines.
    """

    def __init__(self, out: TextIO, err: TextIO, *, as_json: bool) -> None:
        self._out = out
        self._err = err
        self._as_json = as_json
        self._told: set[str] = set()

    def progress(self, report: JobReport) -> None:
        """Print how far it is."""
        self.note(f"[{report.done}/{report.total}] {report.words}")

    def note(self, text: str) -> None:
        """Print a line for people that is no result."""
        print(plain(text), file=self._err, flush=True)

    def once(self, text: str) -> None:
        """Print such a line unless it has been."""
        if text not in self._told:
            self._told.add(text)
            self.note(text)

    def refuse(self, error: AppError) -> None:
        """Print why there is no comparison."""
        self.note(told(error))
        if self._as_json:
            self._json({"type": "summary", "comparisons": [], "error": error.sentence})

    def show(
        self,
        comparisons: Sequence[Comparison],
        blocks: Sequence[Block] = (),
        *,
        error: str | None = None,
    ) -> None:
        """Print the results.

        Args:
            comparisons: Of each model with each other.
            blocks: The sessions that were held for it.
            error: Why the run ended early, if it did.
        """
        for each in comparisons:
            if self._as_json:
                self._lines(each)
            else:
                print("\n".join(map(plain, _page(each))), file=self._out, flush=True)
        if self._as_json:
            self._json(
                {
                    "type": "summary",
                    "comparisons": [_account(each) for each in comparisons],
                    "sessions": [_session(block) for block in blocks],
                    "failed_sessions": sum(bool(block.problem) for block in blocks),
                    "error": error,
                }
            )
        elif error:
            self.note(error)

    def _lines(self, comparison: Comparison) -> None:
        for metric in comparison.metrics:
            fields = asdict(metric)
            sides = {"first": fields.pop("first"), "second": fields.pop("second")}
            head = {"type": "metric", "metric": fields.pop("metric")}
            more = {"unit": unit_of(metric.metric), "design": comparison.design}
            self._json({**head, **more, **fields, **sides})

    def _json(self, value: Mapping[str, Any]) -> None:
        print(json_line(value), file=self._out, flush=True)


def _account(comparison: Comparison) -> dict[str, Any]:
    return {
        "first": comparison.first,
        "second": comparison.second,
        "design": comparison.design,
        "availability": asdict(comparison.availability),
        "verdicts": {each.metric: each.verdict for each in comparison.metrics},
        "warnings": list(comparison.warnings),
    }


def _session(block: Block) -> dict[str, Any]:
    return {**asdict(block), "folder": None if block.folder is None else str(block.folder)}


def _page(comparison: Comparison) -> list[str]:
    """Return the lines for people."""
    rows = [_COLUMNS, *(row for each in comparison.metrics for row in _rows(each))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return [
        "",
        f"A  {comparison.first}",
        f"B  {comparison.second}",
        f"   {comparison.design}; differences are B less A",
        "",
        *table,
        "",
        *(f"{each.metric}: {each.verdict}" for each in comparison.metrics),
        "",
        *_availability(comparison.availability),
        *(f"Note: {warning}" for warning in comparison.warnings),
    ]


def _rows(each: MetricComparison) -> list[tuple[str, ...]]:
    unit = unit_of(each.metric)
    found = (
        _bounded(each.difference, each.low, each.high),
        NO_VALUE if each.p is None else chance(each.p),
        NO_VALUE if each.p_holm is None else chance(each.p_holm),
        NO_VALUE if each.detectable is None else number(each.detectable),
    )
    name = f"{each.metric} {unit}".strip() if not each.metric.endswith(f"_{unit}") else each.metric
    return [
        (name, "A", *_figures(each.first), "", "", "", ""),
        ("", "B", *_figures(each.second), *found),
    ]


def _figures(side: SideFigures) -> tuple[str, str, str]:
    return str(side.n), _bounded(side.p50, side.p50_low, side.p50_high), _p95(side)


def _p95(side: SideFigures) -> str:
    """Return the value with what bounds it, or why there is none."""
    if side.p95 is None:
        return f"{NO_VALUE} (n < 20)"
    if side.p95_high is not None:
        return _bounded(side.p95, side.p95_low, side.p95_high)
    if side.p95_upper is not None:
        return f"{number(side.p95)} (at most {number(side.p95_upper)})"
    return f"{number(side.p95)} (rough)"


def _bounded(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return NO_VALUE
    if low is None or high is None:
        return number(value)
    return f"{number(value)} [{number(low)}, {number(high)}]"


def _availability(rate: RateComparison) -> list[str]:
    sides = (
        ("A", rate.first_ok, rate.first_n, rate.first_low, rate.first_high),
        ("B", rate.second_ok, rate.second_n, rate.second_low, rate.second_high),
    )
    told = [
        f"Availability {side}: {ok} of {n} turns"
        + ("" if low is None or high is None else f", 95 % interval {low:.1%} to {high:.1%}")
        for side, ok, n, low, high in sides
    ]
    return [*told, *([] if rate.p is None else [f"Difference of failures: {chance(rate.p)}"]), ""]
