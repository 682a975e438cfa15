"""A disk, servers and devices of a session, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.core.audio_format import Samples
from app.core.calibration import CalibrationNote, DeviceCalibration, EngineCalibration
from app.core.clock import Nanoseconds
from app.core.errors import StoreError
from app.core.ports import DeviceInfo, RunningServer, StoredSession
from app.core.records import SessionRecord, TurnRecord
from app.core.wire import WireMessage


@dataclass
class MemoryRecording:
    """A recording that keeps everything in lists."""

    folder: Path = Path("/nowhere/s1")
    dropped: int = 0
    failure: str | None = None
    disk_full: bool = False
    user: list[tuple[Nanoseconds, Samples]] = field(default_factory=list)
    agent: list[tuple[Nanoseconds, Samples]] = field(default_factory=list)
    lines: list[tuple[str, WireMessage]] = field(default_factory=list)
    events: list[tuple[str, object]] = field(default_factory=list)
    turns: list[TurnRecord] = field(default_factory=list)
    sessions: list[SessionRecord] = field(default_factory=list)
    closed: bool = False

    def user_audio(self, at_ns: Nanoseconds, samples: Samples) -> None:
        self.user.append((at_ns, samples))

    def agent_audio(self, at_ns: Nanoseconds, samples: Samples) -> None:
        self.agent.append((at_ns, samples))

    def wire(self, direction: str, at_ns: Nanoseconds, raw: WireMessage) -> None:
        self.lines.append((direction, raw))

    def event(self, at_ns: Nanoseconds, name: str, fields: object) -> None:
        self.events.append((name, fields))

    def turn(self, record: TurnRecord) -> None:
        self.turns.append(record)

    def session(self, record: SessionRecord) -> None:
        self.sessions.append(record)

    def close(self, record: SessionRecord) -> None:
        self.sessions.append(record)
        self.closed = True


@dataclass
class MemoryStore:
    """Hands out one recording, or refuses as a full disk would."""

    recording: MemoryRecording = field(default_factory=MemoryRecording)

    def begin(self, record: SessionRecord) -> MemoryRecording:
        self.recording.sessions.append(record)
        return self.recording


class NoServers:
    """Pretends that the peer in memory is the server that was started."""

    def __init__(self) -> None:
        self.started: list[tuple[bool, tuple[str, ...]]] = []

    async def start(self, *, simulated: bool, arguments: Sequence[str] = ()) -> RunningServer:
        self.started.append((simulated, tuple(arguments)))
        return RunningServer(url="ws://127.0.0.1:9/v1/realtime", token="token-of-the-run", pid=1)

    def alive(self, server: RunningServer) -> bool:
        return True

    async def close(self) -> None:
        pass


@dataclass
class MemoryReader:
    """Reads back what it was given; everything else is no session."""

    sessions: dict[Path, StoredSession] = field(default_factory=dict)

    def read(self, folder: Path) -> StoredSession:
        if folder not in self.sessions:
            raise StoreError(f"{folder} holds no session")
        return self.sessions[folder]

    def audio(
        self, folder: Path, start_ms: float = 0.0, end_ms: float | None = None
    ) -> tuple[Samples, Samples]:
        raise StoreError(f"{folder} holds no audio from {start_ms} to {end_ms}")

    def folders(self, root: str | None) -> Sequence[Path]:
        return tuple(folder for folder in self.sessions if str(folder).startswith(root or ""))


@dataclass
class MemoryCalibrations:
    """Keeps what it was given; ``known`` is what every session is told."""

    known: CalibrationNote = field(default_factory=CalibrationNote)
    added: list[EngineCalibration | DeviceCalibration] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def note(self, input_name: str, output_name: str) -> CalibrationNote:
        self.asked.append((input_name, output_name))
        return self.known

    def add(self, calibration: EngineCalibration | DeviceCalibration) -> None:
        self.added.append(calibration)


class NoDevices:
    async def list_devices(self) -> Sequence[DeviceInfo]:
        return ()
