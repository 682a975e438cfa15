"""A room in which a loudspeaker is heard by a microphone, computed while a session runs.

Sound takes 60 ms to come back, through an impulse response of 200 ms, from a loudspeaker that
clips softly; the microphone has noise of its own, and somebody may speak in the room.
"""

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.audio.null_sink import NullSpeaker
from app.audio.processing import WebRtcProcessor
from app.core.audio_format import SESSION_RATE_HZ, AudioBlock, PlayedBlock, Samples, StreamHealth
from app.core.clock import Clock, Nanoseconds
from app.core.conduct import BargeIn, Conduct, Processing
from app.core.config import SessionSettings
from app.dsp.pcm import FloatSamples, from_float, silence, to_float
from app.dsp.resample import resample
from app.session.live import LiveSession
from app.session.messages import InputChoice, InputKind, OutputChoice, OutputKind, StartSession
from app.session.parts import OpenedInput, SessionOutcome, SessionParts
from tests.support.clips import read_clips
from tests.support.session import TARGET, Peer, World

BLOCK = SESSION_RATE_HZ // 100
BLOCK_NS = 10_000_000
RESPONSE_S = 0.2

Floats = NDArray[np.float64]


def voice(seconds: float, *, active_dbfs: float = -20.0, first: int = 0) -> Samples:
    """Clean speech of several people with short pauses, 24 kHz, at an active level."""
    clips = [clip for clip in read_clips() if "clean" in clip.condition]
    pieces: list[FloatSamples] = []
    frames = round(seconds * SESSION_RATE_HZ)
    while sum(map(len, pieces)) < frames:
        clip = clips[(first + len(pieces)) % len(clips)]
        piece = to_float(resample(from_float(clip.waveform()), 16_000, SESSION_RATE_HZ))
        loud = piece[np.abs(piece) > np.abs(piece).max() / 30].astype(np.float64)
        gain = 10 ** (active_dbfs / 20) / float(np.sqrt(np.mean(loud**2)))
        pieces.append(np.concatenate((piece * gain, np.zeros(6000))).astype(np.float32))
    return from_float(np.clip(np.concatenate(pieces)[:frames], -1, 0.9999).astype(np.float32))


def response(coupling_db: float, *, seed: int = 3, seconds: float = RESPONSE_S) -> Floats:
    """An impulse response at 24 kHz whose energy is the coupling: direct sound, then a tail."""
    frames = round(seconds * SESSION_RATE_HZ)
    tail = np.random.default_rng(seed).standard_normal(frames)
    tail *= 10 ** (-3 * np.arange(frames) / frames)
    tail[: SESSION_RATE_HZ // 200] = 0
    tail /= np.sqrt(np.sum(tail**2))
    tail[0] = 1.5
    shaped: Floats = tail / np.sqrt(np.sum(tail**2)) * 10 ** (coupling_db / 20)
    return shaped


@dataclass(kw_only=True)
class EchoRoom:
    """The way from the loudspeaker to the microphone.

    Attributes:
        delay_ms: From the DAC to the ADC.
        coupling_db: Level at the microphone against what is played.
        clips_at: Where the loudspeaker bends over, 1.0 being full scale.
        noise_dbfs: Of the microphone.
        user: What is said in the room, each from so many seconds after the start.
    """

    delay_ms: float = 60.0
    coupling_db: float = -20.0
    clips_at: float = 0.5
    noise_dbfs: float = -65.0
    user: Sequence[tuple[float, Samples]] = ()

    def __post_init__(self) -> None:
        self._response = response(self.coupling_db)
        self._size = 1 << (len(self._response) + BLOCK - 1).bit_length()
        self._spectrum = np.fft.rfft(self._response, self._size)
        self._delay = round(self.delay_ms * SESSION_RATE_HZ / 1000)
        self._history = np.zeros(self._delay + len(self._response) + BLOCK)
        self._rng = np.random.default_rng(11)

    def pass_block(self, played: Samples, at_s: float) -> Samples:
        """Return what the microphone hears while ``played``, 10 ms, sounds."""
        soft = self.clips_at * np.tanh(to_float(played).astype(np.float64) / self.clips_at)
        self._history = np.concatenate((self._history[len(soft) :], soft))
        end = len(self._history) - self._delay
        needed = self._history[end - BLOCK - len(self._response) + 1 : end]
        spectrum = np.fft.rfft(needed, self._size) * self._spectrum
        heard = np.fft.irfft(spectrum, self._size)[len(self._response) - 1 :][:BLOCK]
        heard = heard + 10 ** (self.noise_dbfs / 20) * self._rng.standard_normal(BLOCK)
        return from_float(np.clip(heard + self._said(at_s), -1, 0.9999).astype(np.float32))

    def _said(self, at_s: float) -> Floats:
        said = np.zeros(BLOCK)
        for start_s, samples in self.user:
            at = round((at_s - start_s) * SESSION_RATE_HZ)
            if 0 <= at < len(samples):
                piece = to_float(samples[at : at + BLOCK])
                said[: len(piece)] += piece
        return said


class RoomSink(NullSpeaker):
    """A loudspeaker that keeps what it sounds for the microphone."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.sounded: list[PlayedBlock] = []
        self._unread: list[PlayedBlock] = []

    def sound(self) -> None:
        """Let what has begun by now be heard in the room."""
        begun = super().poll()
        self.sounded += begun
        self._unread += begun

    def poll(self) -> Sequence[PlayedBlock]:
        self.sound()
        blocks, self._unread = self._unread, []
        return blocks


class RoomSource:
    """A microphone in the room: implements ``AudioSource``."""

    def __init__(self, clock: Clock, room: EchoRoom, sink: RoomSink) -> None:
        self.name = "a microphone in a room"
        self.health = StreamHealth()
        self.problem = ""
        self.finished = False
        self.device_clock = "digital"
        self.rate_hz = SESSION_RATE_HZ
        self.began_ns = Nanoseconds(0)
        self.heard: list[Samples] = []
        self._clock = clock
        self._room = room
        self._sink = sink
        self._next = 0

    def callback_lag_ms(self, since_ns: Nanoseconds) -> float | None:
        return None

    def open(self) -> None:
        self.began_ns = self._clock.now_ns()

    def next_ready_ns(self) -> Nanoseconds | None:
        return Nanoseconds(self.began_ns + (self._next + 1) * BLOCK_NS)

    def speech_end_before(self, at_ns: Nanoseconds) -> Nanoseconds | None:
        return None

    def poll(self) -> Sequence[AudioBlock]:
        self._sink.sound()
        blocks = []
        while self.began_ns + (self._next + 1) * BLOCK_NS <= self._clock.now_ns():
            at_ns = Nanoseconds(self.began_ns + self._next * BLOCK_NS)
            heard = self._room.pass_block(self._played(at_ns), self._next * BLOCK_NS / 1e9)
            self.heard.append(heard)
            blocks.append(AudioBlock(heard, SESSION_RATE_HZ, at_ns, self._next * BLOCK))
            self._next += 1
        return blocks

    def close(self) -> None:
        pass

    def _played(self, at_ns: int) -> Samples:
        while self._sink.sounded:
            block = self._sink.sounded[0]
            if block.played_ns > at_ns:
                break
            self._sink.sounded.pop(0)
            if block.played_ns > at_ns - BLOCK_NS:
                return block.samples
        return silence(BLOCK)


@dataclass
class SelfInterrupting:
    """A peer that speaks all the while, and stops where what it is sent is loud.

    It answers as a service with turn detection by energy does. A reply that was cut off or is
    over is followed by another a second later.

    Attributes:
        speech: What it says, again and again.
        loud: Magnitude over which a sample is speech: the simulator's, -45 dBFS.
        onsets_s: When it heard speech, seconds of the audio that it was sent.
        answers: Whether it speaks.
    """

    speech: Samples
    loud: int = 184
    answers: bool = True
    onsets_s: list[float] = field(default_factory=list)
    _replies: int = 0
    _speaking: bool = False
    _quiet_ms: float = 0.0
    _task: "asyncio.Task[None] | None" = None

    def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
        if message["type"] == "session.update":
            peer.say("session.updated", session={"id": "s1", **message["session"]})
            self._reply(peer)
        elif message["type"] == "input_audio_buffer.append":
            self._hear(peer, np.frombuffer(base64.b64decode(message["audio"]), np.int16))

    def _hear(self, peer: Peer, samples: Samples) -> None:
        loud = int(np.abs(samples.astype(np.int32)).max()) > self.loud
        self._quiet_ms = 0.0 if loud else self._quiet_ms + len(samples) / 24
        end_ms, item = int(peer.appended_ms), f"u{len(self.onsets_s) + (not self._speaking)}"
        if loud and not self._speaking:
            self._speaking = True
            self.onsets_s.append(peer.appended_ms / 1e3)
            if self._task is not None:
                self._task.cancel()
            peer.say("input_audio_buffer.speech_started", audio_start_ms=end_ms, item_id=item)
        elif self._speaking and self._quiet_ms >= 500:
            self._speaking = False
            peer.say("input_audio_buffer.speech_stopped", audio_end_ms=end_ms, item_id=item)
            peer.say("input_audio_buffer.committed", item_id=item, previous_item_id=None)
            self._reply(peer)

    def _reply(self, peer: Peer) -> None:
        if self.answers:
            self._replies += 1
            self._task = asyncio.create_task(self._speak(peer, f"r{self._replies}"))

    async def _speak(self, peer: Peer, response: str) -> None:
        at: dict[str, Any] = {
            "response_id": response, "item_id": f"a-{response}", "output_index": 0,
            "content_index": 0,
        }  # fmt: skip
        await asyncio.sleep(1.0)
        peer.say("response.created", response={"id": response, "status": "in_progress"})
        status = "completed"
        try:
            for start in range(0, len(self.speech), 4800):
                audio = base64.b64encode(self.speech[start : start + 4800].tobytes()).decode()
                peer.say("response.output_audio.delta", delta=audio, **at)
                await asyncio.sleep(0.19)
        except asyncio.CancelledError:
            status = "cancelled"
        peer.say("response.output_audio.done", **at)
        peer.say("response.done", response={"id": response, "output": [], "status": status})
        if status == "completed":
            self._reply(peer)


@dataclass
class RoomTalk:
    """A session in a room, in virtual time.

    Attributes:
        processors: Makes what processes the microphone, or None.
        outcome: How it ended, once it has.
    """

    room: EchoRoom
    peer: SelfInterrupting
    processing: Processing = field(default_factory=Processing)
    barge_in: BargeIn = field(default_factory=BargeIn)
    processors: Any = WebRtcProcessor
    outcome: SessionOutcome | None = None

    def __post_init__(self) -> None:
        self.world = World(Peer(self.peer))
        self.source: RoomSource | None = None

    async def run(self, seconds: float, also: Any = None) -> "RoomTalk":
        """Hold the session for so long; ``also(session)`` runs beside it."""
        conduct = Conduct(processing=self.processing, barge_in=self.barge_in)
        start = StartSession(
            target=TARGET,
            settings=SessionSettings(),
            input=InputChoice(kind=InputKind.DEVICE),
            output=OutputChoice(kind=OutputKind.DEVICE),
            conduct=conduct,
        )
        session = LiveSession(self._parts(), start, self.world.reports.append)
        asyncio.get_running_loop().call_later(seconds, session.end, "Enough.")
        beside = None if also is None else asyncio.create_task(also(session))
        self.outcome = await session.run()
        if beside is not None:
            await beside
        return self

    def events(self, kind: type[Any]) -> list[Any]:
        """Return the events of one kind, as they were recorded."""
        recorded = self.world.store.recording.events
        return [fields for _, fields in recorded if isinstance(fields, kind)]

    def _parts(self) -> SessionParts:
        parts = self.world.parts()
        sink = RoomSink(parts.clock)
        self.source = RoomSource(parts.clock, self.room, sink)
        opened = OpenedInput(source=self.source, script=None)
        return replace(
            parts,
            make_input=lambda _: opened,
            make_output=lambda _: sink,
            make_processor=self.processors,
        )
