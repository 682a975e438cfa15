"""The simulator in virtual time: a client that speaks in real time and stamps what it gets."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from app.core.audio_format import Samples
from app.core.serving import SimulatorSettings
from app.localengine.simulator import Simulator
from app.localengine.simulator_schedule import speech
from app.localengine.simulator_stream import holding
from app.protocols.openai_realtime.server import OpenAIRealtimeServer
from tests.support.clocks import run_virtual
from tests.support.serving import append, silence_of
from tests.support.speech_engine import CountedIds, FakeSocket, LoopClock

FRAME = 480
FRAME_S = 0.02
UPDATE: dict[str, Any] = {
    "type": "session.update",
    "session": {
        "type": "realtime",
        "audio": {"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 100}}},
    },
}


@dataclass(frozen=True, slots=True)
class Came:
    """An event and when it came, ms."""

    at_ms: float
    event: dict[str, Any]

    @property
    def kind(self) -> str:
        return str(self.event["type"])


class StampingSocket(FakeSocket):
    """A socket that knows when each message was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.stamps_ms: list[float] = []

    def send_soon(self, text: str) -> None:
        self.stamps_ms.append(round(asyncio.get_running_loop().time() * 1e3, 3))
        super().send_soon(text)

    def came(self) -> list[Came]:
        return [
            Came(at_ms, json.loads(text))
            for at_ms, text in zip(self.stamps_ms, self.sent, strict=True)
            if text.endswith("}")
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What came of a session, and what the simulator logged of it."""

    came: Sequence[Came]
    log: Sequence[dict[str, Any]] = field(default_factory=tuple)

    def at_ms(self, kind: str) -> list[float]:
        return [one.at_ms for one in self.came if one.kind == kind]

    def kinds(self) -> list[str]:
        return [one.kind for one in self.came]

    def last(self, kind: str) -> dict[str, Any]:
        return [one.event for one in self.came if one.kind == kind][-1]

    def logged_ms(self, event: str) -> list[tuple[int, float, float]]:
        """Return turn, due and done of each line of a kind, ms."""
        return [
            (row["turn"], round(row["nominal_ns"] / 1e6, 3), round(row["sent_ns"] / 1e6, 3))
            for row in self.log
            if row["event"] == event
        ]


def user(*spans: tuple[int, int]) -> Samples:
    """Speech of the first length after silence of the second, in ms, for each pair."""
    pieces = [part for said, quiet in spans for part in (silence_of(quiet), speech(said, -12.0))]
    return np.concatenate(pieces)


def simulate(
    settings: SimulatorSettings,
    said: Samples,
    *,
    then_s: float = 2.0,
    before: Sequence[dict[str, Any] | str] = (UPDATE,),
    meanwhile: Mapping[int, dict[str, Any]] = MappingProxyType({}),
    folder: Path | None = None,
) -> Simulated:
    """Hold a session in which the user says ``said`` in real time from 0 on, then is silent.

    ``meanwhile`` are events that are sent so many ms after the beginning.
    """
    log = None if folder is None else folder / "sends.jsonl"
    chosen = settings if log is None else _with_log(settings, log)

    async def main() -> StampingSocket:
        simulator, socket = Simulator(chosen, LoopClock()), StampingSocket()
        server = OpenAIRealtimeServer(
            session_id="sess_1",
            model=simulator.model,
            voices=simulator.voices,
            ids=CountedIds(),
            expires_at_s=3600,
        )
        hold = holding(simulator)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(
                hold(engine=simulator, server=server, socket=socket, clock=LoopClock())
            )
            for event in before:
                socket.put(event)
            for at_ms, event in meanwhile.items():
                asyncio.get_running_loop().call_later(at_ms / 1e3, socket.put, event)
            await _speak(socket, said, then_s)
            socket.leave()
        await simulator.close()
        return socket

    socket = run_virtual(main())
    rows = [] if log is None else [json.loads(line) for line in log.read_text().splitlines()]
    return Simulated(came=socket.came(), log=rows)


async def _speak(socket: FakeSocket, said: Samples, then_s: float) -> None:
    """Send each frame of 20 ms when its last sample would have been captured."""
    whole = np.concatenate((said, silence_of(round(then_s * 1000))))
    for number in range(len(whole) // FRAME):
        left_s = (number + 1) * FRAME_S - asyncio.get_running_loop().time()
        await asyncio.sleep(max(left_s, 0.0))
        socket.put(append(whole[number * FRAME : (number + 1) * FRAME]))


def _with_log(settings: SimulatorSettings, log: Path) -> SimulatorSettings:
    return SimulatorSettings.parse({**_told(settings), "log": log})


def _told(settings: SimulatorSettings) -> dict[str, Any]:
    names = SimulatorSettings.__slots__
    table = {name: getattr(settings, name) for name in names}
    table["detect_ms"] = "never" if settings.detect_ms is None else settings.detect_ms
    return {name: value for name, value in table.items() if value is not None}
