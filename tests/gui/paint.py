"""What painting costs: ``python -m tests.gui.paint`` prints processor milliseconds and the load.

A figure past its budget makes the exit code 1. Nothing here is a timed test.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import qasync
from PySide6.QtWidgets import QApplication

from app.session.messages import EnvelopeReport, MeterReport, Speaker
from app.ui.app import WindowProgram
from app.ui.vm.preferences import ThemeChoice
from app.ui.vm.statistics import MAX_TURNS
from tests.gui.shots import Shot, build, settle
from tests.support.reports import TURN_MS, conversation, one_turn, said, turn

FEEDS = 120
START_MS = 201 * TURN_MS


def live_frame(program: WindowProgram, index: int) -> None:
    """What 33 ms of a session report: levels, envelopes, a piece of transcript."""
    program.vm.take(
        MeterReport(
            input_rms_dbfs=-50.0 + index % 30,
            input_peak_dbfs=-40.0 + index % 30,
            output_rms_dbfs=-30.0 + index % 20,
            output_peak_dbfs=-12.0,
        )
    )
    program.vm.take(
        EnvelopeReport(
            start_ms=START_MS + index * 40,
            step_ms=20.0,
            user=(0.1, 0.2),
            model=(0.3, 0.1 + index % 5 / 10),
        )
    )


def delta_frame(program: WindowProgram, index: int) -> None:
    """A growing reply."""
    words = "one two three four five " * (1 + index // 4)
    program.vm.take(said("growing", Speaker.MODEL, START_MS, words, final=False))


def turn_report(program: WindowProgram, index: int) -> None:
    """The report of a finished turn: figures, breakdown and both plots."""
    program.vm.take(one_turn(211 + index)[-1])


def whole_turn(program: WindowProgram, index: int) -> None:
    """All that nine seconds report, at once: both entries, the envelope, marks and the report."""
    for report in one_turn(400 + index):
        program.vm.take(report)


def painted(app: QApplication, program: WindowProgram) -> float:
    """Return the processor milliseconds of one frame."""
    begun = time.process_time()
    program.window.frames.flush()
    app.processEvents()
    return (time.process_time() - begun) * 1000


def measure(
    app: QApplication, program: WindowProgram, feed: Callable[[WindowProgram, int], None]
) -> tuple[list[float], list[float]]:
    """Return processor milliseconds: of every frame, and of all frames that one feed takes.

    What is taken counts into the first frame.
    """
    frames, sums = [], []
    for index in range(FEEDS):
        begun = time.process_time()
        feed(program, index)
        first = (time.process_time() - begun) * 1000 + painted(app, program)
        taken = [first]
        while not program.window.frames.resting:
            taken.append(painted(app, program))
        frames += taken
        sums.append(sum(taken))
    return frames, sums


def late_turn_report(program: WindowProgram, index: int) -> None:
    """The same where as many turns are kept as ever are."""
    program.vm.take(one_turn(MAX_TURNS + 1_000 + index)[-1])


def fill(program: WindowProgram) -> None:
    """Have the statistics hold as many turns as they ever do."""
    first = program.vm.statistics.turns[-1].turn_id + 1
    for turn_id in range(first, first + MAX_TURNS):
        program.vm.statistics.take(turn(turn_id))
    while not program.window.frames.resting:
        program.window.frames.flush()


PLAN = (
    ("live frame (meters, lanes)", live_frame, 5.0),
    ("transcript delta", delta_frame, 5.0),
    ("turn report (figures, plots)", turn_report, 8.0),
    ("whole turn at once", whole_turn, 15.0),
    (f"turn report, {MAX_TURNS} kept", late_turn_report, 8.0),
)


def spread(values: list[float]) -> str:
    tail = sorted(values)[int(0.95 * len(values))]
    return f"P50 {statistics.median(values):5.2f} ms  P95 {tail:5.2f} ms"


def main() -> int:
    app = QApplication(["paint"])
    asyncio.set_event_loop(qasync.QEventLoop(app, already_running=True))
    with tempfile.TemporaryDirectory() as folder:
        program = build(app, Shot("paint", ThemeChoice.DARK, (1280, 800)), Path(folder))
        for report in conversation(200):
            program.vm.take(report)
        settle(app, program)
        over = False
        for name, feed, budget_ms in PLAN:
            if feed is late_turn_report:
                fill(program)
            frames, sums = measure(app, program, feed)
            over |= statistics.median(frames) > budget_ms
            sys.stdout.write(f"{name:28} frame {spread(frames)}   all {spread(sums)}\n")
        sys.stdout.write(f"load average {os.getloadavg()[0]:.2f}, 200 turns, 1280 x 800\n")
        program.window.on_close = None
        program.bridge.close()
        program.window.close()
    return int(over)


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.exit(main())
