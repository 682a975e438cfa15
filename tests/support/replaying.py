"""Sessions held in virtual time and recorded on a real disk, and desks that replay them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from app.audio.null_sink import NullSpeaker
from app.core.audio_format import Samples
from app.core.clock import Nanoseconds
from app.core.ports import AudioSink
from app.core.records import SessionRecord, TurnRecord
from app.core.wire import WireMessage
from app.session.live import LiveSession
from app.session.messages import (
    EngineReport,
    OpenReplay,
    OutputChoice,
    OutputKind,
    ReplayReport,
    SteerReplay,
)
from app.session.parts import SessionOutcome
from app.session.replay_desk import ReplayDesk
from app.session.replay_show import TOLD_PER_TICK
from app.store.contents import AudioItem, EventItem, SessionItem, TurnItem, WireItem
from app.store.reader import FolderReader
from app.store.redact import Redactor
from app.store.score import FolderScore
from app.store.writer import SessionWriter
from tests.support.clocks import run_virtual
from tests.support.session import EnergyVad, LoopClock, Peer, World, start

_T = TypeVar("_T")


class WrittenRecording:
    """A recording whose files are written at once, on the loop."""

    dropped = 0
    failure = None
    disk_full = False

    def __init__(self, folder: Path, record: SessionRecord) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self._writer = SessionWriter(folder, record, Redactor(()), LoopClock())

    def user_audio(self, at_ns: Nanoseconds, samples: Samples) -> None:
        self._writer.write(AudioItem(0, at_ns, samples.copy()))

    def agent_audio(self, at_ns: Nanoseconds, samples: Samples) -> None:
        self._writer.write(AudioItem(1, at_ns, samples.copy()))

    def wire(self, direction: str, at_ns: Nanoseconds, raw: WireMessage) -> None:
        self._writer.write(WireItem(direction, at_ns, raw))

    def event(self, at_ns: Nanoseconds, name: str, fields: object) -> None:
        self._writer.write(EventItem(at_ns, name, fields))

    def turn(self, record: TurnRecord) -> None:
        self._writer.write(TurnItem(record))

    def session(self, record: SessionRecord) -> None:
        self._writer.write(SessionItem(record))

    def close(self, record: SessionRecord) -> None:
        self._writer.write(SessionItem(record))
        self._writer.close()


@dataclass
class _Store:
    folder: Path

    def begin(self, record: SessionRecord) -> WrittenRecording:
        return WrittenRecording(self.folder, record)


Told = list[tuple[float, EngineReport]]
"""What was told and when, ms: of session time, or of the loop's."""


def record_session(
    folder: Path,
    *paths: Path,
    react: Callable[[Peer, dict[str, Any]], None] | None = None,
    **more: Any,
) -> Told:
    """Hold a session with a peer in memory, recorded into ``folder``; return what was told."""
    told: Told = []
    world = World(Peer(react or EnergyVad()))

    async def hold() -> SessionOutcome:
        clock, begun = LoopClock(), LoopClock().now_ns()
        parts = replace(world.parts(), make_store=lambda *_: _Store(folder))
        session = LiveSession(
            parts,
            start(*paths, **more),
            lambda report: told.append(((clock.now_ns() - begun) / 1e6, report)),
        )
        return await session.run()

    outcome = run_virtual(hold())
    assert outcome.record is not None
    assert outcome.problem is None
    return told


def of(told: Told, kind: type[_T]) -> list[_T]:
    """Return the reports of one kind, in order."""
    return [report for _, report in told if isinstance(report, kind)]


@dataclass
class Rig:
    """A desk that replays a folder in virtual time.

    Attributes:
        sinks: Loudspeakers that were made.
    """

    folder: Path
    told: Told = field(default_factory=list)
    sinks: list[AudioSink] = field(default_factory=list)
    make_sink: Callable[[], AudioSink] = lambda: NullSpeaker(LoopClock())
    output: OutputKind = OutputKind.NULL

    def run(self, scenario: "Callable[[Rig], Awaitable[None]]") -> Told:
        """Open the folder, do the scenario, close; return what was told, ms of the loop's time."""
        run_virtual(self._run(scenario))
        return self.told

    async def _run(self, scenario: "Callable[[Rig], Awaitable[None]]") -> None:
        parts = World(Peer(EnergyVad())).parts()
        open_score = partial(FolderScore, reader=FolderReader({}))
        make, take = self._make_output, self._take
        self.desk = ReplayDesk(parts, open_score, make, take, room=self.room)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.desk.run())
            self.desk.take(OpenReplay(folder=str(self.folder), output=self.choice), talking=False)
            await asyncio.sleep(0.1)
            await scenario(self)
            task.cancel()

    @property
    def choice(self) -> OutputChoice:
        return OutputChoice(kind=self.output)

    def _make_output(self, _choice: OutputChoice) -> AudioSink:
        self.sinks.append(self.make_sink())
        return self.sinks[-1]

    def room(self) -> int:
        """How many reports it takes now."""
        return TOLD_PER_TICK

    def _take(self, report: EngineReport) -> None:
        self.told.append((self.now_ms, report))

    @property
    def now_ms(self) -> float:
        return asyncio.get_running_loop().time() * 1e3

    async def steer(self, after_s: float = 0.1, **wish: Any) -> None:
        """Steer the replay, and let some time pass."""
        self.desk.take(SteerReplay(**wish), talking=False)
        await asyncio.sleep(after_s)

    @property
    def place(self) -> ReplayReport:
        """Where it is."""
        return of(self.told, ReplayReport)[-1]

    def since(self, count: int) -> Told:
        """Return what was told after the first ``count`` reports."""
        return self.told[count:]


def outline_of(reports: Sequence[Any], side: str) -> dict[int, float]:
    """Return the peaks of one side by their step."""
    found: dict[int, float] = {}
    for report in reports:
        first = round(report.start_ms / report.step_ms)
        found |= {first + at: peak for at, peak in enumerate(getattr(report, side))}
    return found


def loud(samples: Samples) -> float:
    """Return the RMS of samples, 0 to 1."""
    return float(np.sqrt(np.mean((samples / 32768.0) ** 2))) if len(samples) else 0.0
