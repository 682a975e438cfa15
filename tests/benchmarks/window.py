"""The window, open and drawing: start, idle and live CPU, and the ruler beside it.

Opens the real window with the real engine process, offscreen unless QT_QPA_PLATFORM says
otherwise, and holds the sessions of a calibration in it, so that it draws all of them.

``python -m tests.benchmarks.window``
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import qasync
from PySide6.QtWidgets import QApplication

from app.bootstrap.calibrate import load_average
from app.core.clock import MonotonicClock
from app.core.config import AuthScheme, Dialect, Target
from app.core.errors import AppError
from app.core.resources import resource
from app.providers.catalogue import parse_catalogue
from app.session.host import EngineProcess
from app.session.messages import (
    DevicesReport,
    EngineReport,
    EngineRequest,
    LiveState,
    ProblemReport,
    SessionReport,
    StartSession,
    StateReport,
    TurnReport,
)
from app.trials.calibrating import EngineTrialPorts, calibrate_engine
from app.trials.calibrating_plan import Extent
from app.trials.calibrating_sessions import HeldSession, OnTurn
from app.ui.app import WindowPorts, WindowProgram
from tests.benchmarks import calibrate
from tests.benchmarks.processes import age_s, cpu_s
from tests.support.secrets import MemorySecrets

TARGETS = {"usable_s": 2.0, "idle_percent_of_a_core": 3.0, "live_percent_of_a_core": 30.0}
V2V_P95_MS = 10.0
EXTENT = Extent(latency=7, stalls=1, interruptions=1, no_events=0, premature=2)
SESSION_S = 300.0
IDLE_S = 10.0
SETTLE_S = 3.0
OVER = frozenset({LiveState.STOPPED, LiveState.FAILED})
NO_TARGET = Target(
    provider="simulator",
    model=None,
    url="",
    dialect=Dialect.OPENAI_GA,
    auth=AuthScheme.NONE,
    title="",
)
"""Replaced by what the window has chosen."""


@dataclass
class Tap:
    """An ``EngineLink`` that keeps what the engine tells, and what sessions should be like."""

    engine: EngineProcess
    start: StartSession | None = None
    reports: list[EngineReport] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def fileno(self) -> int:
        return self.engine.fileno()

    def receive(self) -> Sequence[EngineReport]:
        reports = self.engine.receive()
        self.reports += reports
        self.news.set()
        return reports

    def send(self, request: EngineRequest) -> None:
        if isinstance(request, StartSession) and self.start is not None:
            request = replace(self.start, target=request.target)
        self.engine.send(request)

    def restart(self) -> None:
        self.engine.restart()

    def close(self) -> None:
        self.engine.close()

    def state(self) -> LiveState | None:
        states = [report.state for report in self.reports if isinstance(report, StateReport)]
        return states[-1] if states else None


@dataclass
class Bench:
    """What is measured while the window runs."""

    program: WindowProgram
    tap: Tap
    work: Path
    lines: list[dict[str, Any]] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)
    failure: str | None = None
    disk_full: bool = False

    def first_paint(self) -> None:
        self.figures["first_paint_s_after_process_start"] = round(age_s(), 2)
        self.program.first_paint()

    async def run(self) -> None:
        self.program.window.on_first_paint = self.first_paint
        self.program.window.show()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.program.jobs.run(), name="window")
            await asyncio.sleep(0)
            self.program.jobs.start(self.script(), "bench")

    async def script(self) -> None:
        try:
            await self._until(lambda: any(isinstance(r, DevicesReport) for r in self.tap.reports))
            self.figures["devices_listed_s_after_process_start"] = round(age_s(), 2)
            await asyncio.sleep(SETTLE_S)
            self.figures["idle_percent_of_a_core"] = await self._cpu_percent(IDLE_S)
            await self._calibrate()
            self.figures["targets"] = TARGETS
        except (SystemExit, TimeoutError, OSError, AppError) as exc:
            self.failure = f"{type(exc).__name__}: {exc}"
        finally:
            self.program.window.close()

    async def _calibrate(self) -> None:
        ports = EngineTrialPorts(
            hold=self._hold,
            target=NO_TARGET,
            today=lambda: "",
            new_id=lambda: "window",
            load_average=load_average,
        )
        before, began = cpu_s(), time.perf_counter()
        trials = await calibrate_engine(ports, _nobody, extent=EXTENT, keep=self.work)
        used, span = cpu_s() - before, time.perf_counter() - began
        self.figures["live_percent_of_a_core"] = round(100 * used / span, 1)
        rows = [{"type": "row", **asdict(row)} for row in trials.rows]
        limited = sum(trials.client_limited.values())
        self.lines = [*rows, {**asdict(trials.engine), "client_limited": limited}]

    async def _hold(self, start: StartSession, on_turn: OnTurn) -> HeldSession:
        self.tap.reports.clear()
        self.tap.start = start
        self.program.vm.choose_model("simulator")
        if not await self.program.vm.start():
            raise SystemExit("the window did not start a session")
        await self._until(lambda: self.tap.state() in OVER)
        reports = self.tap.reports
        problems = [r.sentence for r in reports if isinstance(r, ProblemReport)]
        turns = [r.record for r in reports if isinstance(r, TurnReport)]
        for turn in turns:
            on_turn(turn)
        folders = [Path(r.folder) for r in reports if isinstance(r, SessionReport)]
        return HeldSession(
            turns=tuple(turns),
            folder=folders[-1] if folders else None,
            problems=tuple(problems),
        )

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(SESSION_S):
            while not condition():
                self.tap.news.clear()
                await self.tap.news.wait()

    async def _cpu_percent(self, span_s: float) -> float:
        before, began = cpu_s(), time.perf_counter()
        await asyncio.sleep(span_s)
        return round(100 * (cpu_s() - before) / (time.perf_counter() - began), 1)


def _nobody(report: EngineReport) -> None:
    """Take what the calibration tells: the window itself shows the sessions."""
    del report


def run() -> Bench:
    """Measure and return what was measured.

    Raises:
        SystemExit: If a session failed.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    known = parse_catalogue(resource("catalogue", "models.toml").read_text("utf-8"))
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with tempfile.TemporaryDirectory(prefix="vivavoce-window-") as temporary, loop:
        tap = Tap(EngineProcess((sys.executable, "-m", "app", "engine"), MonotonicClock()))
        ports = WindowPorts(
            link_factory=lambda: tap,
            secrets=MemorySecrets(),
            catalogue=known,
            environment={},
            settings_path=Path(temporary) / "window.json",
            sessions_dir=temporary,
        )
        program = WindowProgram(app, ports)
        bench = Bench(program, tap, Path(temporary))
        loop.run_until_complete(bench.run())
    if bench.failure is not None:
        raise SystemExit(bench.failure)
    return bench


def main() -> int:
    bench = run()
    held = calibrate.show(bench.lines, p50_ms=None, p95_ms=V2V_P95_MS)
    print(json.dumps(bench.figures, indent=1))  # noqa: T201
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
