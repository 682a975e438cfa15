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
from tests.gui.shots import Shot, build, settle
from tests.support.reports import TURN_MS, conversation, one_turn, said

FRAMES = 120
BUDGET_MS = 5.0
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


def turn_frame(program: WindowProgram, index: int) -> None:
    """A whole turn at once: transcript, envelope, marks, figures and both plots."""
    for report in one_turn(210 + index):
        program.vm.take(report)


def measure(
    app: QApplication, program: WindowProgram, frame: Callable[[WindowProgram, int], None]
) -> list[float]:
    """Return the processor milliseconds of each frame: taken, laid out and painted."""
    taken = []
    for index in range(FRAMES):
        begun = time.process_time()
        frame(program, index)
        program.window.frames.flush()
        app.processEvents()
        taken.append((time.process_time() - begun) * 1000)
    return taken


def main() -> int:
    app = QApplication(["paint"])
    asyncio.set_event_loop(qasync.QEventLoop(app, already_running=True))
    with tempfile.TemporaryDirectory() as folder:
        program = build(app, Shot("paint", ThemeChoice.DARK, (1280, 800)), Path(folder))
        for report in conversation(200):
            program.vm.take(report)
        settle(app, program)
        worst = 0.0
        for name, frame in (
            ("live frame (meters, lanes)", live_frame),
            ("transcript delta", delta_frame),
            ("turn ends (figures, plots)", turn_frame),
        ):
            taken = measure(app, program, frame)
            middle, tail = statistics.median(taken), sorted(taken)[int(0.95 * len(taken))]
            worst = max(worst, middle if frame is not turn_frame else 0.0)
            sys.stdout.write(f"{name:30} P50 {middle:5.2f} ms  P95 {tail:5.2f} ms\n")
        sys.stdout.write(f"load average {os.getloadavg()[0]:.2f}, 200 turns, 1280 x 800\n")
        program.window.on_close = None
        program.bridge.close()
        program.window.close()
    return int(worst > BUDGET_MS)


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.exit(main())
