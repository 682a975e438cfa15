"""The measuring engine against the simulator: the product's own command, and its bounds.

``python -m tests.benchmarks.calibrate [--quick]``
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

LIMIT_S = 600
V2V_P50_MS, V2V_P95_MS = 3.0, 6.0
SHOWN = ("check", "metric", "n", "expected", "measured", "error_p50", "error_p95", "bound")


def command(arguments: Sequence[str] = ()) -> tuple[int, list[dict[str, Any]]]:
    """Run ``vivavoce calibrate --json``; return its exit code and lines.

    Raises:
        SystemExit: If it gave no summary.
    """
    words = [sys.executable, "-m", "app", "calibrate", "--json", *arguments]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, timeout=LIMIT_S, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if not lines or lines[-1]["type"] != "summary":
        raise SystemExit(f"the calibration gave no summary (exit code {done.returncode})")
    return done.returncode, lines


def show(lines: Sequence[Mapping[str, Any]], *, p50_ms: float | None, p95_ms: float) -> bool:
    """Print the rows that have bounds, and the summary; return whether voice to voice held."""
    for row in lines[:-1]:
        if row["bound"] is not None:
            verdict = "pass" if row["passed"] else "FAIL"
            print(*(f"{name}={row[name]}" for name in SHOWN), verdict)  # noqa: T201
    summary = lines[-1]
    bounds = {"v2v_error_p50_ms": p50_ms, "v2v_error_p95_ms": p95_ms}
    print(json.dumps({**summary, "bounds": bounds}, indent=1))  # noqa: T201
    return all(
        summary[name] is not None and summary[name] <= bound
        for name, bound in bounds.items()
        if bound is not None
    )


def main() -> int:
    loads = " ".join(f"{load:.2f}" for load in os.getloadavg())
    print(f"load average before: {loads}")  # noqa: T201
    code, lines = command(sys.argv[1:])
    held = show(lines, p50_ms=V2V_P50_MS, p95_ms=V2V_P95_MS)
    return 0 if held and code == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
