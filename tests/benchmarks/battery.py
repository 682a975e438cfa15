"""The interruption battery against the simulator, whose answers are known, and the own engine.

``python -m tests.benchmarks.battery [--repeats N] [--only simulator|local]``

The simulator notices every sound 150 ms after it heard its beginning and stops 30 ms later: all
must yield, and each detection is held against the instants of the simulator's own log. What the
embedded engine does is printed as it is.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.metrics.statistics import quantile
from app.store.reader import FolderReader
from app.trials.calibrating_log import SimulatorLog

LIMIT_S = 2400
ERROR_P50_MS, ERROR_P95_MS = 5.0, 15.0
SETTINGS = "reply_ms = 9000\npace = 3.0\nfirst_audio_ms = 100\ndetect_ms = 150\nstop_ms = 30\n"
SHOWN = (
    "kind",
    "stimulus",
    "n",
    "failed_n",
    "detected_n",
    "stopped_n",
    "answered_n",
    "rate",
    "selectivity",
    "detection_p50_ms",
    "yield_p50_ms",
    "local_stop_p50_ms",
    "truncate_err_max_ms",
)


def battery(model: str, repeats: int, folder: Path, *more: str) -> list[dict[str, Any]]:
    """Run ``vivavoce battery interruption --json``; return its lines.

    Raises:
        SystemExit: If it gave no summary.
    """
    words = [sys.executable, "-m", "app", "battery", "interruption", "--json", "--seed=1"]
    words += [f"--model={model}", f"--repeats={repeats}", "--out", str(folder), *more]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, timeout=LIMIT_S, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if not lines or lines[-1]["type"] != "summary":
        raise SystemExit(f"the battery gave no summary (exit code {done.returncode})")
    return lines


def show(lines: Sequence[dict[str, Any]]) -> None:
    """Print the rows, and what was no trial."""
    for row in lines:
        if row["type"] == "row":
            print(*(f"{name}={row[name]}" for name in SHOWN))  # noqa: T201
        elif row["type"] == "trial" and row["problem"]:
            print(row["stimulus"], row["repeat"], row["problem"])  # noqa: T201
    print(json.dumps(lines[-1], indent=1))  # noqa: T201


def detection_errors_ms(lines: Sequence[dict[str, Any]], log: SimulatorLog) -> list[float]:
    """Return how far each detection is from what the simulator says it did."""
    reader = FolderReader(os.environ)
    detections = sorted(send.sent_ns for send in log.every("detected"))
    errors = []
    for folder in lines[-1]["folders"]:
        for turn in reader.read(Path(folder)).turns:
            if turn.vad_on_latency_ms is None or turn.interrupted_ns is None:
                continue
            onset_ns = turn.interrupted_ns
            noticed_ns = next((at for at in detections if at >= onset_ns), None)
            if noticed_ns is not None:
                errors.append(abs(turn.vad_on_latency_ms - (noticed_ns - onset_ns) / 1e6))
    return errors


def simulator(repeats: int, folder: Path) -> bool:
    """Return whether the table is what the simulator was told to do."""
    settings, log = folder / "simulator.toml", folder / "simulator.jsonl"
    settings.write_text(SETTINGS, "utf-8")
    options = (f"--engine-option=--simulator-file={settings}", f"--engine-option=--log={log}")
    lines = battery("simulator", repeats, folder, "--silence-ms=200", *options)
    show(lines)
    trials = [line for line in lines if line["type"] == "trial" and not line["problem"]]
    errors = detection_errors_ms(lines, SimulatorLog.read(log))
    p50, p95 = quantile(errors, 0.5), quantile(errors, 0.95)
    print(f"detection errors: n={len(errors)} P50={p50} P95={p95} ms")  # noqa: T201
    good = p50 is not None and p95 is not None and p50 <= ERROR_P50_MS and p95 <= ERROR_P95_MS
    return good and len(trials) == 9 * repeats and all(trial["yielded"] for trial in trials)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=("simulator", "local"))
    arguments = parser.parse_args()
    good = True
    with TemporaryDirectory(prefix="vivavoce-battery-") as name:
        if arguments.only != "local":
            good = simulator(arguments.repeats, Path(name))
        if arguments.only != "simulator":
            show(battery("local", arguments.repeats, Path(name)))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
