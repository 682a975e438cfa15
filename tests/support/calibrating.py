"""A calibration in virtual time: the real session, codec, player and simulator, no sockets."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.cli.serve import options, parse
from app.core.clock import Nanoseconds
from app.core.config import AuthScheme, Dialect, Target
from app.core.errors import ConnectionEndedError
from app.core.ports import RunningServer
from app.core.records import ConnectTiming, SessionRecord
from app.core.wire import WireMessage
from app.localengine.simulator import Simulator
from app.localengine.simulator_stream import holding
from app.protocols.openai_realtime.server import OpenAIRealtimeServer
from app.session.messages import EngineReport
from app.session.parts import SessionParts
from app.trials.calibrating import EngineTrialPorts
from app.trials.calibrating_sessions import Hold, holder
from tests.support.memory import MemoryRecording
from tests.support.session import LoopClock, Peer, World
from tests.support.speech_engine import CountedIds, FakeSocket

SIMULATOR = Target(
    provider="simulator",
    model=None,
    url="",
    dialect=Dialect.OPENAI_GA,
    auth=AuthScheme.NONE,
    title="Simulator",
)
KEPT = ("ResponseAudio", "PlaybackStarted", "PlaybackStalled")


class Wire(FakeSocket):
    """The server's end of a connection in memory; what it sends is there at once."""

    def __init__(self) -> None:
        super().__init__()
        self.out: asyncio.Queue[str | None] = asyncio.Queue()

    def send_soon(self, text: str) -> None:
        self.out.put_nowait(text)

    def abort(self) -> None:
        super().abort()
        self.out.put_nowait(None)


@dataclass
class Joined:
    """The client's end: a ``Connection``."""

    wire: Wire
    serving: "asyncio.Task[None]"
    clock: LoopClock = field(default_factory=LoopClock)

    @property
    def timing(self) -> ConnectTiming:
        return ConnectTiming()

    async def send(self, message: WireMessage) -> Nanoseconds:
        assert isinstance(message, str)
        self.wire.put(message)
        return self.clock.now_ns()

    async def receive(self) -> tuple[WireMessage, Nanoseconds]:
        message = await self.wire.out.get()
        if message is None:
            raise ConnectionEndedError("cut", code=None, reason="", clean=False)
        return message, self.clock.now_ns()

    async def ping_ms(self) -> float:
        return 1.0

    async def close(self) -> None:
        self.wire.leave()
        await asyncio.wait({self.serving})


class SimulatorsInMemory:
    """``SpeechServers`` whose simulators run on the test's own loop."""

    def __init__(self) -> None:
        self.simulators: list[Simulator] = []
        self.closed = 0

    async def start(self, *, simulated: bool, arguments: Sequence[str] = ()) -> RunningServer:
        settings = options(parse(["--simulated", *arguments])).simulator
        assert simulated
        assert settings is not None
        self.simulators.append(Simulator(settings, LoopClock()))
        return RunningServer(url="ws://127.0.0.1:9/v1/realtime", token="t", pid=1)

    def alive(self, server: RunningServer) -> bool:
        return True

    async def close(self) -> None:
        self.closed += 1
        for simulator in self.simulators:
            await simulator.close()


@dataclass
class JournalRecording(MemoryRecording):
    """Writes what a calibration reads of a journal."""

    def close(self, record: SessionRecord) -> None:
        super().close(record)
        self.folder.mkdir(parents=True, exist_ok=True)
        rows = [
            {"event": name, "fields": _plain(fields)}
            for name, fields in self.events
            if name in KEPT
        ]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (self.folder / "events.jsonl").write_text(text)


def _plain(fields: object) -> dict[str, Any]:
    names = ("at_ns", "stall_ms")
    return {name: getattr(fields, name) for name in names if hasattr(fields, name)}


@dataclass
class Trials:
    """What calibrating needs, and what was held.

    Attributes:
        recordings: One for each session.
        told: What was reported.
    """

    folder: Path
    servers: list[SimulatorsInMemory] = field(default_factory=list)
    recordings: list[JournalRecording] = field(default_factory=list)
    told: list[EngineReport] = field(default_factory=list)

    def hold(self) -> Hold:
        """Return what holds the sessions."""
        return holder(self._parts(), self._make_servers)

    def ports(self, hold: Hold | None = None) -> EngineTrialPorts:
        return EngineTrialPorts(
            hold=hold or self.hold(),
            target=SIMULATOR,
            today=lambda: "2026-11-21T12:00:00+00:00",
            new_id=lambda: "cal_1",
            load_average=lambda: 0.25,
        )

    def _parts(self) -> SessionParts:
        world = World(peer=Peer(lambda *_: None))
        return replace(world.parts(), connector=self, make_store=lambda *_: self)

    def _make_servers(self) -> SimulatorsInMemory:
        self.servers.append(SimulatorsInMemory())
        return self.servers[-1]

    def begin(self, record: SessionRecord) -> JournalRecording:
        folder = self.folder / f"session{len(self.recordings)}"
        self.recordings.append(JournalRecording(folder=folder))
        return self.recordings[-1]

    async def connect(self, target: Target, key: str | None) -> Joined:
        simulator, wire = self.servers[-1].simulators[-1], Wire()
        server = OpenAIRealtimeServer(
            session_id="sess_1",
            model=simulator.model,
            voices=simulator.voices,
            ids=CountedIds(),
            expires_at_s=3600,
        )
        hold = holding(simulator)(engine=simulator, server=server, socket=wire, clock=LoopClock())
        return Joined(wire, asyncio.create_task(_held(hold)))


async def _held(session: Any) -> None:
    await session
