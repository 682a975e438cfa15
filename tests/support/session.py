"""A live session in virtual time: real codec, player and script; a peer and a disk of our own."""

import asyncio
import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from app.audio.null_sink import NullSpeaker
from app.audio.player import ReplyPlayer
from app.audio.sources import ScriptedMicrophone, SilentMicrophone
from app.core.audio_format import Samples
from app.core.capabilities import Capabilities
from app.core.clock import Nanoseconds
from app.core.config import AuthScheme, Dialect, SessionSettings, Target
from app.core.errors import AppError, ConnectionEndedError
from app.core.ports import VoiceActivity
from app.core.records import ConnectTiming
from app.core.wire import WireMessage
from app.protocols.openai_realtime.client import OpenAIRealtimeClient
from app.session.messages import (
    EngineReport,
    InputChoice,
    InputKind,
    OutputChoice,
    OutputKind,
    StartSession,
)
from app.session.parts import OpenedInput, SessionParts
from tests.support.memory import MemoryCalibrations, MemoryReader, MemoryStore, NoDevices, NoServers

TARGET = Target(
    provider="custom",
    model="m1",
    url="ws://127.0.0.1:1/v1/realtime",
    dialect=Dialect.OPENAI_GA,
    auth=AuthScheme.NONE,
    title="A peer",
)


class LoopClock:
    """The running loop's time, so that a virtual loop moves the session's clock."""

    def now_ns(self) -> Nanoseconds:
        return Nanoseconds(round(asyncio.get_running_loop().time() * 1e9) + 1_000_000_000)


def tone(span_ms: int, level: float = 0.3) -> Samples:
    """A 200 Hz tone at 24 kHz."""
    t = np.arange(span_ms * 24) / 24_000
    return (np.sin(2 * np.pi * 200 * t) * level * 32767).astype(np.int16)


@dataclass
class Peer:
    """A server in memory: hears the messages, answers by ``react``.

    ``react(peer, message)`` is called for each message sent; it may ``say`` at once or later.
    """

    react: "Callable[[Peer, dict[str, Any]], None]"
    sent: list[dict[str, Any]] = field(default_factory=list)
    appended_ms: float = 0.0
    inbox: "asyncio.Queue[str | ConnectionEndedError]" = field(default_factory=asyncio.Queue)
    clock: LoopClock = field(default_factory=LoopClock)
    closed: bool = False
    key: str | None = None
    _queued: int = 0

    @property
    def timing(self) -> ConnectTiming:
        return ConnectTiming(tcp_ms=1.0)

    async def send(self, message: WireMessage) -> Nanoseconds:
        fields = json.loads(message)
        if fields["type"] == "input_audio_buffer.append":
            self.appended_ms += len(base64.b64decode(fields["audio"])) / 48
        else:
            self.sent.append(fields)
        self.react(self, fields)
        return self.clock.now_ns()

    async def receive(self) -> tuple[WireMessage, Nanoseconds]:
        message = await self.inbox.get()
        if isinstance(message, ConnectionEndedError):
            raise message
        return message, self.clock.now_ns()

    async def ping_ms(self) -> float:
        return 1.0

    async def close(self) -> None:
        self.closed = True

    def say(self, kind: str, after_ms: float = 0.0, **fields: Any) -> None:
        """Send an event, now or later."""
        message = json.dumps({"type": kind, "event_id": "e", **fields})
        self.put(message, after_ms)

    def put(self, message: "str | ConnectionEndedError", after_ms: float = 0.0) -> None:
        """Send raw text, or the end of the connection."""
        self._queued += 1  # a loop does not keep the order of equal times
        delay_s = after_ms / 1e3 + self._queued * 1e-9
        asyncio.get_running_loop().call_later(delay_s, self.inbox.put_nowait, message)

    def greet(self) -> None:
        """Open the session, as the service does before it is asked anything."""
        self.say("session.created", session={"id": "s1", "model": "m1"})

    def answer(
        self,
        response: str = "r1",
        *,
        after_ms: float = 300,
        words: str = "Hello.",
        ms: int = 400,
        usage: dict[str, Any] | None = None,
    ) -> None:
        """Answer by a whole spoken reply whose audio arrives at once, and say what it used."""
        ids = {"response_id": response, "item_id": f"a-{response}"}
        at = {**ids, "output_index": 0, "content_index": 0}
        audio = base64.b64encode(tone(ms).tobytes()).decode()
        item = {"id": ids["item_id"], "type": "message", "role": "assistant", "content": []}
        self.say("response.created", response={"id": response, "status": "in_progress"})
        self.say(
            "response.output_item.added", after_ms, response_id=response, output_index=0, item=item
        )
        self.say("response.output_audio_transcript.delta", after_ms, delta=words, **at)
        self.say("response.output_audio.delta", after_ms, delta=audio, **at)
        self.say("response.output_audio.done", after_ms, **at)
        self.say("response.output_audio_transcript.done", after_ms, transcript=words, **at)
        done: dict[str, Any] = {"id": response, "status": "completed", "output": []}
        self.say("response.done", after_ms, response={**done, "usage": usage})

    def stream(
        self,
        response: str = "r1",
        *,
        after_ms: float = 300,
        ms: int = 4000,
        piece_ms: int = 200,
        speed: float = 4.0,
    ) -> "asyncio.Task[None]":
        """Stream a spoken reply, ``speed`` times as fast as it sounds; cancel it to cut it off."""
        return asyncio.create_task(self._stream(response, after_ms, ms, piece_ms, speed))

    async def _stream(
        self, response: str, after_ms: float, ms: int, piece_ms: int, speed: float
    ) -> None:
        at: dict[str, Any] = {
            "response_id": response,
            "item_id": f"a-{response}",
            "output_index": 0,
            "content_index": 0,
        }
        self.say("response.created", response={"id": response, "status": "in_progress"})
        status: dict[str, Any] = {"status": "completed"}
        try:
            await asyncio.sleep(after_ms / 1e3)
            piece = base64.b64encode(tone(piece_ms).tobytes()).decode()
            for _ in range(ms // piece_ms):
                self.say("response.output_audio.delta", delta=piece, **at)
                await asyncio.sleep(piece_ms / speed / 1e3)
        except asyncio.CancelledError:
            details = {"type": "cancelled", "reason": "turn_detected"}
            status = {"status": "cancelled", "status_details": details}
        self.say("response.output_audio.done", **at)
        self.say("response.done", response={"id": response, "output": [], **status})


@dataclass
class World:
    """Everything that a session needs, with the peer and the disk to look at.

    Attributes:
        wall_lead_ns: By how much the wall clock is ahead of the session clock; a test that
            changes it makes the clock jump.
        later: Who answers the connections after the first, one each, or why there is none;
            afterwards it is ``peer`` again.
        asked: Where each connection went, and with which key.
    """

    peer: Peer
    store: MemoryStore = field(default_factory=MemoryStore)
    servers: NoServers = field(default_factory=NoServers)
    capabilities: Capabilities = field(default_factory=Capabilities)
    reader: MemoryReader = field(default_factory=MemoryReader)
    calibrations: MemoryCalibrations = field(default_factory=MemoryCalibrations)
    make_activity: Callable[[], VoiceActivity] | None = None
    wall_lead_ns: int = 0
    later: "list[Peer | AppError]" = field(default_factory=list)
    asked: list[tuple[Target, str | None]] = field(default_factory=list)
    secrets: Sequence[str] = ()
    reports: list[EngineReport] = field(default_factory=list)

    def parts(self) -> SessionParts:
        clock = LoopClock()
        return SessionParts(
            clock=clock,
            connector=self,
            servers=self.servers,
            devices=NoDevices(),
            make_store=self._store,
            make_codec=OpenAIRealtimeClient,
            make_input=lambda choice: _input(choice, clock),
            make_output=lambda _: NullSpeaker(clock),
            make_player=ReplyPlayer,
            capabilities=lambda _: self.capabilities,
            machine={},
            app_version="0.0.0",
            today=lambda: "2026-11-21T12:00:00+00:00",
            new_session_id=lambda: "s1",
            aside=_at_once,
            reader=self.reader,
            calibrations=self.calibrations,
            make_activity=self.make_activity,
            wall_ns=lambda: clock.now_ns() + self.wall_lead_ns,
        )

    async def connect(self, target: Target, key: str | None) -> Peer:
        peer = self.later.pop(0) if self.asked and self.later else self.peer
        self.asked.append((target, key))
        if isinstance(peer, AppError):
            raise peer
        peer.key = key
        peer.greet()
        return peer

    def _store(self, _folder: str | None, secrets: Sequence[str]) -> MemoryStore:
        self.secrets = secrets
        return self.store

    def of(self, kind: type[Any]) -> list[Any]:
        """Return the reports of one kind, in order."""
        return [report for report in self.reports if isinstance(report, kind)]


async def _at_once(work: Callable[[], None]) -> None:
    work()


def _input(choice: InputChoice, clock: LoopClock) -> OpenedInput:
    if choice.kind is InputKind.FILES:
        script = ScriptedMicrophone([Path(path) for path in choice.paths], clock)
        return OpenedInput(source=script, script=script)
    return OpenedInput(source=SilentMicrophone(clock), script=None)


def start(
    *paths: Path,
    settings: SessionSettings | None = None,
    target: Target = TARGET,
    cues_ms: tuple[float | None, ...] = (),
    **more: Any,
) -> StartSession:
    """A session on files, or on silence without any.

    Args:
        paths: Each is spoken when the reply to the one before is over.
        settings: The usual ones without.
        target: The peer in memory without.
        cues_ms: For each path when it interrupts, as ``InputChoice.cues_ms``.
        more: Fields of ``StartSession``.
    """
    kind = InputKind.FILES if paths else InputKind.SILENCE
    return StartSession(
        target=target,
        settings=settings or SessionSettings(),
        input=InputChoice(kind=kind, paths=tuple(str(path) for path in paths), cues_ms=cues_ms),
        output=OutputChoice(kind=OutputKind.NULL),
        end_with_input=bool(paths),
        **more,
    )


class EnergyVad:
    """A peer that ends turns as a service does: by silence in the audio it was sent."""

    def __init__(self, silence_ms: int = 500, **answer: Any) -> None:
        self._silence_ms = silence_ms
        self._answering = answer
        self._speaking = False
        self._quiet_ms = 0.0
        self.turns = 0

    def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
        if message["type"] == "session.update":
            peer.say("session.updated", session={"id": "s1", **message["session"]})
        elif message["type"] == "input_audio_buffer.append":
            self._hear(peer, np.frombuffer(base64.b64decode(message["audio"]), np.int16))

    def _hear(self, peer: Peer, samples: Samples) -> None:
        loud = int(np.abs(samples.astype(np.int32)).max()) > 300
        self._quiet_ms = 0.0 if loud else self._quiet_ms + len(samples) / 24
        item = f"u{self.turns + 1}"
        if loud and not self._speaking:
            self._speaking = True
            self.interrupted(peer)
            peer.say(
                "input_audio_buffer.speech_started",
                audio_start_ms=int(peer.appended_ms),
                item_id=item,
            )
        elif self._speaking and self._quiet_ms >= self._silence_ms:
            self._speaking = False
            self.turns += 1
            end_ms = int(peer.appended_ms)
            peer.say("input_audio_buffer.speech_stopped", audio_end_ms=end_ms, item_id=item)
            peer.say("input_audio_buffer.committed", item_id=item, previous_item_id=None)
            peer.say(
                "conversation.item.input_audio_transcription.completed",
                100,
                item_id=item,
                content_index=0,
                transcript=f"Question {self.turns}.",
                usage={"type": "duration", "seconds": 1},
            )
            self.reply(peer, f"r{self.turns}")

    def reply(self, peer: Peer, response: str) -> None:
        """Answer a turn of the user."""
        peer.answer(response, **self._answering)

    def interrupted(self, peer: Peer) -> None:
        """The user began to speak; whoever streams stops here."""


class StreamingVad(EnergyVad):
    """The same with replies that come in pieces over time, and end where the user speaks."""

    def __init__(self, silence_ms: int = 500, **answer: Any) -> None:
        super().__init__(silence_ms, **answer)
        self._under_way: asyncio.Task[None] | None = None

    def reply(self, peer: Peer, response: str) -> None:
        self._under_way = peer.stream(response, **self._answering)

    def interrupted(self, peer: Peer) -> None:
        if self._under_way is not None:
            self._under_way.cancel()
