"""The turn lanes over a session of ten hours with 1,000,000 marks and spans.

Opens the whole window with no engine behind it. Each frame is a move of the view and a whole
painting of the lanes. Prints frames a second by the clock and by the processor's time, the
median and the 95th percentile of a frame's time and the memory of the process, beside the
bounds; past a bound the exit code is 1. The bound on frames is one on the processor's time, so
that other programs do not count. Offscreen unless QT_QPA_PLATFORM says otherwise.

``python -m tests.benchmarks.lanes``
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import qasync
from PySide6.QtWidgets import QApplication

from app.session.messages import (
    EnvelopeReport,
    MarkKind,
    MarkReport,
    PlayingReport,
    SpanKind,
    SpanReport,
)
from app.ui.panes.lanes import LanesPane
from app.ui.vm.lanes import LanesViewModel
from app.ui.vm.preferences import ThemeChoice
from app.ui.widgets.frames import Frames
from tests.gui.shots import Shot, build, put_away, settle

HOURS = 10
EVENTS = 1_000_000
STEP_MS = 20.0
WHOLE_MS = HOURS * 3_600_000.0
TARGETS = {"frames_per_cpu_s": 30.0, "resident_mb": 400.0}
SIZES = ((1280, 800), (1920, 1080))
FRAMES = 96
LATE_SHARE = 0.1
LATE_MS = 2_000.0


def feed(vm: LanesViewModel) -> dict[str, float]:
    """Fill the view-model with the session, as it would come; return what that took."""
    rng = np.random.default_rng(7)
    begun = time.perf_counter()
    for start in range(0, round(WHOLE_MS / STEP_MS), 3_000):
        user, model = rng.random((2, 3_000)) ** 4
        vm.take_envelope(
            EnvelopeReport(
                start_ms=start * STEP_MS,
                step_ms=STEP_MS,
                user=tuple(user.tolist()),
                model=tuple(model.tolist()),
            )
        )
    envelope_s = time.perf_counter() - begun
    at = np.sort(rng.random(EVENTS) * WHOLE_MS)
    late = rng.random(EVENTS) < LATE_SHARE
    at[late] = np.maximum(at[late] - rng.random(int(late.sum())) * LATE_MS, 0.0)
    begun = time.perf_counter()
    kinds: list[MarkKind | SpanKind] = [*MarkKind, *SpanKind]
    for at_ms, kind in zip(at.tolist(), islice(cycle(kinds), EVENTS), strict=True):
        if isinstance(kind, MarkKind):
            vm.take_mark(MarkReport(kind=kind, at_ms=at_ms))
        else:
            vm.take_span(SpanReport(kind=kind, start_ms=at_ms, end_ms=at_ms + 200.0))
    events_s = time.perf_counter() - begun
    return {
        "envelope_us_per_minute": round(envelope_s / (WHOLE_MS / 60_000) * 1e6, 1),
        "event_us": round(events_s / EVENTS * 1e6, 2),
    }


def zooming(vm: LanesViewModel, frame: int) -> None:
    """Zoom from the whole session to 50 ms and out again."""
    inwards = frame % FRAMES < FRAMES // 2
    vm.viewport.zoom(0.75 if inwards else 1 / 0.75, 0.37)


def scrolling_at(width_ms: float) -> Callable[[LanesViewModel, int], None]:
    """Return a move that scrolls through the session with a view of ``width_ms``."""

    def move(vm: LanesViewModel, frame: int) -> None:
        if frame == 0:
            vm.viewport.show_all()
            vm.viewport.freeze()
            vm.viewport.zoom(width_ms / vm.view.length_ms, 0.1)
        vm.viewport.pan(0.02 if frame % FRAMES < FRAMES // 2 else -0.02)

    return move


def following(vm: LanesViewModel, frame: int) -> None:
    """Follow while sound, marks and the line of what plays keep coming."""
    if frame == 0:
        vm.viewport.show_all()
        vm.viewport.zoom(20_000.0 / vm.view.length_ms, 1.0)
    end_ms = vm.end_ms
    vm.take_envelope(
        EnvelopeReport(start_ms=end_ms, step_ms=STEP_MS, user=(0.4, 0.2), model=(0.1, 0.5))
    )
    vm.take_mark(MarkReport(kind=MarkKind.AUDIBLE, at_ms=end_ms - 100.0))
    vm.take_playing(PlayingReport(at_ms=end_ms - 5_000.0, start_ms=0.0, end_ms=end_ms))


MOVES: dict[str, Callable[[LanesViewModel, int], None]] = {
    "zoom from all to 50 ms": zooming,
    "scroll, view of 10 s": scrolling_at(10_000.0),
    "scroll, view of 5 min": scrolling_at(300_000.0),
    "scroll, view of 2 h": scrolling_at(7_200_000.0),
    "follow, live": following,
}


def measure(
    pane: LanesPane, vm: LanesViewModel, frames: Frames, move: Callable[[LanesViewModel, int], None]
) -> dict[str, float]:
    """Return the figures of one kind of move."""
    vm.viewport.show_all()
    vm.viewport.freeze()
    taken = []
    processor = time.process_time()
    for frame in range(FRAMES):
        begun = time.perf_counter()
        move(vm, frame)
        frames.flush()
        pane.repaint()
        taken.append((time.perf_counter() - begun) * 1e3)
    processor = time.process_time() - processor
    return {
        "frames_per_s": round(1e3 / statistics.fmean(taken), 1),
        "frames_per_cpu_s": round(FRAMES / processor, 1),
        "p50_ms": round(statistics.median(taken), 2),
        "p95_ms": round(sorted(taken)[int(0.95 * len(taken))], 2),
    }


def resident_mb() -> float:
    """Return the memory of this process, MB (10^6)."""
    words = Path("/proc/self/statm").read_text("utf-8").split()
    return round(int(words[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def in_window(app: QApplication, folder: Path) -> dict[str, object]:
    """Open the window, fill its lanes and measure; return the figures."""
    program = build(app, Shot("lanes", ThemeChoice.DARK, SIZES[0]), folder)
    settle(app, program)
    vm, pane = program.vm.lanes, program.window.lanes
    empty_mb = resident_mb()
    results: dict[str, object] = dict(feed(vm))
    for width, height in SIZES:
        program.window.resize(width, height)
        settle(app, program)
        results[f"window {width} x {height}"] = {
            "lanes": f"{pane.width()} x {pane.height()}",
            **{
                name: measure(pane, vm, program.window.frames, move) for name, move in MOVES.items()
            },
        }
    results["marks_and_spans"] = len(vm.events)
    results["resident_mb"] = {"empty": empty_mb, "whole session": resident_mb()}
    put_away(program)
    return results


def run() -> dict[str, object]:
    """Measure and return the figures."""
    app = QApplication(["lanes"])
    asyncio.set_event_loop(qasync.QEventLoop(app, already_running=True))
    with tempfile.TemporaryDirectory() as folder:
        found = in_window(app, Path(folder))
    return {
        "hours": HOURS,
        "platform": app.platformName(),
        **found,
        "targets": TARGETS,
        "load_average": round(os.getloadavg()[0], 2),
    }


def within(found: dict[str, object]) -> bool:
    """Return whether the slowest move and the memory are within the bounds."""
    rates = [
        figures["frames_per_cpu_s"]
        for sizes in found.values()
        if isinstance(sizes, dict)
        for figures in sizes.values()
        if isinstance(figures, dict)
    ]
    memory = found["resident_mb"]
    fits = isinstance(memory, dict) and memory["whole session"] < TARGETS["resident_mb"]
    return fits and min(rates) >= TARGETS["frames_per_cpu_s"]


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    found = run()
    print(json.dumps(found, indent=1))  # noqa: T201
    sys.exit(0 if within(found) else 1)
