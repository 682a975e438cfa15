"""What replaying a session of one hour costs, and one of ten hours with a million events.

Each session is made up: stereo sound at 24 kHz and as many events as are wanted, every other line
a message of the wire. It is replayed by a process of its own, whose peak of resident memory is
read at its end. Prints: how long it took until the session was shown, and until it could be played;
how long the farthest place takes to be told right after that, and once all has been read ahead,
forwards and backwards; the processor's share at speeds 1, 2 and 8; how late the loop came back at
worst; the memory. Then the same of the session opened anew, which is known from the first time.
"""

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from app.audio.null_sink import NullSpeaker
from app.core.clock import MonotonicClock
from app.session.messages import (
    EngineReport,
    OpenReplay,
    OutputChoice,
    OutputKind,
    ReplayReport,
    SteerReplay,
    TurnReport,
)
from app.session.replay_desk import ReplayDesk
from app.store.reader import FolderReader
from app.store.score import FolderScore
from tests.support.scores import TURN_S
from tests.support.scores_long import write_long
from tests.support.session import EnergyVad, Peer, World

PLAYED_S: Final = 5.0
SESSIONS: Final = ((1.0, 48, 111), (10.0, 48, 111))
"""Hours, pieces of words and of sound a turn, messages a turn: 111 events and messages each."""
LIMIT_MB: Final = 300.0
OUTLINES_MS: Final = 4_000_000.0
"""Of a longer session it is not waited until the outlines of all that is past are told."""
QUIET_S: Final = 1.5
"""After so long without a report all has been told."""


class _Watch:
    """Hears what is told; says when a place was told whole."""

    def __init__(self) -> None:
        self.place = ReplayReport(folder="")
        self.turn_id = 0
        self.heard_s = 0.0

    def take(self, report: EngineReport) -> None:
        self.heard_s = time.perf_counter()
        if isinstance(report, ReplayReport):
            self.place = report
        elif isinstance(report, TurnReport):
            self.turn_id = report.record.turn_id


async def _measured(folder: str) -> dict[str, float]:
    clock = MonotonicClock()
    parts = replace(
        World(Peer(EnergyVad())).parts(), clock=clock, aside=asyncio.to_thread, prices=None
    )
    watch = _Watch()
    open_score = partial(FolderScore, reader=FolderReader({}))
    desk = ReplayDesk(parts, open_score, lambda _: NullSpeaker(clock), watch.take)
    task = asyncio.create_task(desk.run())
    lag = _Lag()
    lags = asyncio.create_task(lag.run())
    figures: dict[str, float] = {}
    begun = time.perf_counter()
    output = OutputChoice(kind=OutputKind.DEVICE)
    desk.take(OpenReplay(folder=folder, output=output), talking=False)
    await _until(lambda: bool(watch.place.folder))
    figures["shown_s"] = time.perf_counter() - begun
    await _until(lambda: watch.place.duration_ms > 0)
    figures["open_s"] = time.perf_counter() - begun
    await _seek(desk, watch, figures, "first_to_end", 0)
    for speed in (1.0, 2.0, 8.0):
        desk.take(SteerReplay(seek_ms=0.0, playing=True, speed=speed), talking=False)
        await asyncio.sleep(3.0)
        used, begun = time.process_time(), time.perf_counter()
        await asyncio.sleep(PLAYED_S)
        share = (time.process_time() - used) / (time.perf_counter() - begun)
        figures[f"core_share_at_{speed:g}"] = share
    desk.take(SteerReplay(playing=False), talking=False)
    await asyncio.sleep(0.5)
    for name, back in (("to_end", 0), ("back_before_end", 15)):
        await _seek(desk, watch, figures, name, back)
    figures["loop_lag_max_ms"] = lag.worst_s * 1e3
    for each in (task, lags):
        each.cancel()
    await asyncio.gather(task, lags, return_exceptions=True)
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


async def _seek(
    desk: ReplayDesk, watch: _Watch, figures: dict[str, float], name: str, back: int
) -> None:
    """Go so many turns before the end, and wait until it is told."""
    end_ms = watch.place.duration_ms
    wanted = round(end_ms / 1e3 / TURN_S) - back
    watch.turn_id, begun = 0, time.perf_counter()
    desk.take(SteerReplay(seek_ms=end_ms - back * TURN_S * 1e3), talking=False)
    await _until(lambda: watch.turn_id >= wanted)
    figures[f"{name}_s"] = time.perf_counter() - begun
    if end_ms > OUTLINES_MS:
        return
    await _until(lambda: time.perf_counter() - watch.heard_s > QUIET_S)
    figures[f"{name}_with_outlines_s"] = watch.heard_s - begun


class _Lag:
    """How late the loop comes back to who wants 10 ms of rest."""

    worst_s = 0.0

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.01)
            self.worst_s = max(self.worst_s, time.perf_counter() - begun - 0.01)


async def _until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - a benchmark looks from outside
        await asyncio.sleep(0.02)


def main() -> int:
    """Measure each session; 1 if the one-hour one takes more memory than it may."""
    if len(sys.argv) > 1:
        print(json.dumps(asyncio.run(_measured(sys.argv[1]))))  # noqa: T201
        return 0
    good = True
    with tempfile.TemporaryDirectory() as root:
        for hours, pieces, wire in SESSIONS:
            turns = round(hours * 3600 / TURN_S)
            folder = write_long(Path(root) / f"{hours:g}h", turns, pieces=pieces, wire=wire)
            command = (sys.executable, "-m", "tests.benchmarks.replay", str(folder))
            events = turns * (2 * pieces + 15)
            for known in (False, True):
                told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                figures = {name: round(value, 3) for name, value in json.loads(told).items()}
                about = {"hours": hours, "events": events, "known": known}
                print(json.dumps(about | figures), flush=True)  # noqa: T201
                good &= hours > 1 or figures["peak_mb"] < LIMIT_MB
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
