"""The simulator as a full-duplex model: one stream of audio in real time, nothing of turns.

From the first accepted settings on, deltas of one response and item follow each other in real
time, silence between answers, speech exactly where it is due. There is no word of speech that
began or ended, of items, parts or responses, and no end of the audio. The simulator gives way
by falling silent. What asks for a turn, a reply or an item is refused.

Source: OpenAI Live API, whose stream this is in the Realtime API's words.
"""

import asyncio
import base64
import json
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.clock import Clock, Nanoseconds
from app.core.errors import ConnectionEndedError
from app.core.serving import LONGEST_SESSION_S
from app.core.wire import WireMessage
from app.dsp.pcm import silence, to_bytes
from app.localengine.listening_rate import ListeningRate
from app.localengine.ports import ReplyAudio, ReplyRequest, ReplyText, SpeechEngine, SpeechMark
from app.localengine.realtime_ear import steps
from app.localengine.realtime_line import ClientSocket, Line, RandomIds
from app.localengine.realtime_listener import detector_settings
from app.localengine.realtime_session import hold_session, say_expired
from app.localengine.simulator import Simulator
from app.localengine.simulator_cuts import CuttingSession
from app.localengine.site import HoldSession, Sessions
from app.protocols.openai_realtime.server import HANDLERS, OpenAIRealtimeServer
from app.protocols.openai_realtime.server_values import AudioAppended, SettingsChanged

TAKEN: Final = frozenset({"session.update", "input_audio_buffer.append"})
_NS_PER_MS: Final = 1_000_000
_SECOND_NS: Final = 1_000_000_000
_WORDS_WAITING: Final = 4096
"""More words than this are not told: a client is not told faster than it hears."""


def sessions_of(simulator: Simulator) -> Sessions:
    """Return what the simulator's settings want of a site's sessions."""
    return Sessions(
        hold=holding(simulator),
        longest_s=simulator.settings.session_s,
        refuses=simulator.cuts.refuses,
    )


def holding(simulator: Simulator) -> HoldSession:
    """Return how the simulator's settings want its sessions held."""
    settings = simulator.settings
    hold: HoldSession
    if settings.turn_events:
        hold = partial(hold_session, manners=simulator, longest_s=settings.session_s)
    else:
        hold = partial(hold_stream, simulator=simulator, longest_s=settings.session_s)
    if settings.cut_after_s is None:
        return hold
    return CuttingSession(hold=hold, cuts=simulator.cuts, after_s=settings.cut_after_s)


async def hold_stream(
    *,
    engine: SpeechEngine,
    server: OpenAIRealtimeServer,
    socket: ClientSocket,
    clock: Clock,
    simulator: Simulator,
    longest_s: float = LONGEST_SESSION_S,
) -> None:
    """Hold one session without turn events until the client goes or its time is up."""
    del engine
    expired = False
    line = Line(server, socket)
    stream = Stream(simulator, line, clock)
    async with asyncio.TaskGroup() as tasks:
        speaking = tasks.create_task(stream.run(), name="stream")
        try:
            async with asyncio.timeout(longest_s):
                await _listen(stream, server, socket, line, clock)
        except ConnectionEndedError:
            pass
        except TimeoutError:
            expired = True
        finally:
            speaking.cancel()
    if expired:
        await say_expired(server, socket, longest_s)


async def _listen(
    stream: "Stream",
    server: OpenAIRealtimeServer,
    socket: ClientSocket,
    line: Line,
    clock: Clock,
) -> None:
    server.session_created()
    line.flush()
    while True:
        message = await socket.receive()
        received_ns = clock.now_ns()
        refused = _refused(message)
        if refused is not None:
            kind, event_id = refused
            server.report_error(
                "unsupported_event",
                f"This session has no turns: '{kind}' is not part of it.",
                kind="invalid_request_error",
                event_id=event_id,
            )
        else:
            for request in server.receive_message(message):
                if isinstance(request, AudioAppended):
                    stream.hear(request.samples, received_ns)
                elif isinstance(request, SettingsChanged):
                    stream.configure(server)
        line.flush()
        await line.drained()


def _refused(message: WireMessage) -> tuple[str, str | None] | None:
    """Return the kind and the event id of a client event that this session has no use for."""
    try:
        fields = json.loads(message)
        kind, event_id = fields["type"], fields.get("event_id")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # the protocol itself refuses it, with the right words
    if not isinstance(kind, str) or kind not in HANDLERS or kind in TAKEN:
        return None
    return kind, event_id if isinstance(event_id, str) else None


class Track:
    """What is to be heard when: samples at frames of the stream, silence elsewhere."""

    def __init__(self) -> None:
        self._parts: deque[tuple[int, Samples]] = deque()

    @property
    def end(self) -> int:
        """The frame after the last that is not silence by default."""
        return max((first + len(samples) for first, samples in self._parts), default=0)

    def put(self, first: int, samples: Samples) -> int:
        """Let ``samples`` begin at ``first`` or, where there is something, after it."""
        first = max(first, self.end)
        self._parts.append((first, samples))
        return first

    def take(self, first: int, count: int) -> Samples:
        """Return ``count`` frames from ``first`` on; what lies before is forgotten."""
        block = silence(count)
        for at, samples in self._parts:
            begin, end = max(at, first), min(at + len(samples), first + count)
            if begin < end:
                block[begin - first : end - first] = samples[begin - at : end - at]
        while self._parts and self._parts[0][0] + len(self._parts[0][1]) <= first + count:
            self._parts.popleft()
        return block

    def cut(self, frame: int) -> None:
        """Let there be silence from ``frame`` on."""
        kept = [(at, samples[: max(frame - at, 0)]) for at, samples in self._parts]
        self._parts = deque((at, samples) for at, samples in kept if len(samples))


class Stream:
    """One session's stream. All calls on the server's loop."""

    def __init__(self, simulator: Simulator, line: Line, clock: Clock) -> None:
        ids = RandomIds()
        self._simulator = simulator
        self._line = line
        self._clock = clock
        self._where = {
            "response_id": ids.new("resp"),
            "item_id": ids.new("item"),
            "output_index": 0,
            "content_index": 0,
        }
        self._ids = ids
        self._rate = ListeningRate()
        self._detector = simulator.detector()
        self._track = Track()
        self._words: deque[tuple[Nanoseconds, int, str]] = deque(maxlen=_WORDS_WAITING)
        self._begun = asyncio.Event()
        self._start_ns = Nanoseconds(0)
        self._sent_frames = 0
        self._turn = 0
        self._onset: tuple[int, Nanoseconds, int] | None = None

    def configure(self, server: OpenAIRealtimeServer) -> None:
        """Take over the session's settings; the first time, the stream begins."""
        settings = detector_settings(server.config.turn_detection)
        if settings is not None:
            self._detector.configure(settings)
        if not self._begun.is_set():
            self._start_ns = self._clock.now_ns()
            self._begun.set()

    def hear(self, samples: Samples, received_ns: Nanoseconds) -> None:
        """Take the user's audio, 24 kHz."""
        for step in steps(samples):
            for mark in self._detector.feed(self._rate.push(step)):
                self._mark(mark, received_ns)

    def _mark(self, mark: SpeechMark, received_ns: Nanoseconds) -> None:
        if not self._begun.is_set():
            return
        if mark.started:
            self._give_way(received_ns)
        else:
            self._answer(received_ns)

    # --- answers ---------------------------------------------------------------------------------

    def _answer(self, asked_ns: Nanoseconds) -> None:
        self._turn += 1
        turn = self._turn
        self._simulator.note("asked", turn, asked_ns, self._clock.now_ns())
        plan = self._simulator.plan(ReplyRequest(messages=(), turn_index=turn - 1))
        first: int | None = None
        for due in plan.pieces:
            at_ns = Nanoseconds(asked_ns + round(due.after_ms * _NS_PER_MS))
            if isinstance(due.piece, ReplyText):
                self._words.append((at_ns, turn, due.piece.text))
            elif isinstance(due.piece, ReplyAudio):
                at = self._track.put(max(self._frame(at_ns), self._sent_frames), due.piece.samples)
                if first is None:
                    first, self._onset = at, (at, at_ns, turn)

    def _give_way(self, onset_ns: Nanoseconds) -> None:
        """Fall silent as the manners want it, where an answer is under way."""
        if self._frame(onset_ns) >= self._track.end:
            return
        rule = self._simulator.yielding(self._turn)
        self._simulator.note("onset", self._turn, onset_ns, self._clock.now_ns())
        if rule.detect_ms is None:
            return
        detect_ns = Nanoseconds(onset_ns + round(rule.detect_ms * _NS_PER_MS))
        stop_ns = Nanoseconds(detect_ns + round(rule.stop_ms * _NS_PER_MS))
        frame = max(self._frame(stop_ns), self._sent_frames)
        self._track.cut(frame)
        self._words.clear()
        self._simulator.note("detected", self._turn, detect_ns, detect_ns)
        self._simulator.note("stopped", self._turn, stop_ns, self._instant(frame))

    def _frame(self, at_ns: Nanoseconds) -> int:
        return round((at_ns - self._start_ns) * SESSION_RATE_HZ / _SECOND_NS)

    def _instant(self, frame: int) -> Nanoseconds:
        return Nanoseconds(self._start_ns + frame * _SECOND_NS // SESSION_RATE_HZ)

    # --- the stream ------------------------------------------------------------------------------

    async def run(self) -> None:
        """Send what is due when it is due, until cancelled."""
        await self._begun.wait()
        block = max(round(self._simulator.settings.block_ms * SESSION_RATE_HZ / 1000), 1)
        try:
            while True:
                block_ns = self._instant(self._sent_frames)
                due_ns = min(block_ns, self._words[0][0]) if self._words else block_ns
                await self._until(due_ns)
                if self._words and self._words[0][0] <= block_ns:
                    self._say(*self._words.popleft())
                else:
                    self._sound(block, block_ns)
                await self._line.drained()
        except ConnectionEndedError:
            return

    def _say(self, due_ns: Nanoseconds, turn: int, word: str) -> None:
        self._send("response.output_audio_transcript.delta", word)
        self._simulator.note("token", turn, due_ns, self._clock.now_ns())

    def _sound(self, count: int, due_ns: Nanoseconds) -> None:
        first = self._sent_frames
        samples = self._track.take(first, count)
        self._sent_frames += count
        self._send("response.output_audio.delta", base64.b64encode(to_bytes(samples)).decode())
        if self._onset is not None and self._onset[0] < self._sent_frames:
            at, nominal_ns, turn = self._onset
            self._onset = None
            late_ns = self._clock.now_ns() - due_ns
            self._simulator.note(
                "audio", turn, nominal_ns, Nanoseconds(self._instant(at) + late_ns)
            )

    def _send(self, kind: str, delta: str) -> None:
        event: Mapping[str, Any] = {
            "type": kind,
            "event_id": self._ids.new("event"),
            **self._where,
            "delta": delta,
        }
        self._line.raw(json.dumps(event))

    async def _until(self, at_ns: Nanoseconds) -> None:
        left_ns = at_ns - self._clock.now_ns()
        if left_ns > 0:
            await asyncio.sleep(left_ns / 1e9)
