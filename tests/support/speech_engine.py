"""A speech engine whose every answer a test writes down, and a client joined to a session."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import numpy as np

from app.core.clock import Nanoseconds
from app.core.errors import AppError, ConnectionEndedError
from app.core.wire import WireMessage
from app.localengine.ports import (
    ExpectReply,
    ReplyAudio,
    ReplyPiece,
    ReplyRequest,
    ReplyText,
    TurnDetector,
    Utterance,
    Waveform,
    WordsBy,
)
from app.localengine.realtime_session import hold_session
from app.localengine.simulator_hearing import EnergyDetector
from app.protocols.openai_realtime.server import OpenAIRealtimeServer
from tests.support.clocks import run_virtual

Pieces = Sequence[ReplyPiece | float]
"""What a reply gives; a number waits so many seconds."""


class FakeUtterance:
    """Gives its partial texts one for each block of speech; then its words, or an error."""

    def __init__(
        self, words: str | AppError, partials: Sequence[str], on_partial: Callable[[str], None]
    ) -> None:
        self._words = words
        self._partials = list(partials)
        self._on_partial = on_partial
        self.frames = 0
        self.cancelled = False

    def feed(self, audio: Waveform, *, speech: bool) -> None:
        self.frames += len(audio)
        if speech and self._partials:
            self._on_partial(self._partials.pop(0))

    async def finish(self) -> str:
        await asyncio.sleep(0.05)
        if isinstance(self._words, AppError):
            raise self._words
        return self._words

    def cancel(self) -> None:
        self.cancelled = True


class FakeEngine:
    """Hears and says what it was told to."""

    def __init__(
        self,
        *,
        words: Sequence[str | AppError] = ("Hello there.",),
        partials: Sequence[str] = (),
        replies: Sequence[Pieces] = ((),),
    ) -> None:
        self._words = words
        self._partials = partials
        self._replies = replies
        self.utterances: list[FakeUtterance] = []
        self.requests: list[ReplyRequest] = []
        self.closed: list[int] = []
        self.writes = WordsBy.HERE
        self.expect: ExpectReply | None = None

    @property
    def model(self) -> str:
        return "fake"

    @property
    def voices(self) -> Sequence[str]:
        return ("plain",)

    def detector(self) -> TurnDetector:
        return EnergyDetector(-45.0, 0.0)

    def listen(
        self, on_partial: Callable[[str], None], expected: ExpectReply | None = None
    ) -> Utterance:
        words = self._words[len(self.utterances) % len(self._words)]
        utterance = FakeUtterance(words, self._partials, on_partial)
        self.utterances.append(utterance)
        self.expect = expected
        return utterance

    async def reply(self, request: ReplyRequest) -> AsyncIterator[ReplyPiece]:
        number = len(self.requests)
        self.requests.append(request)
        try:
            for piece in self._replies[number % len(self._replies)]:
                if isinstance(piece, float):
                    await asyncio.sleep(piece)
                else:
                    yield piece
        finally:
            self.closed.append(number)

    def words_by(self, request: ReplyRequest) -> WordsBy:
        del request
        return self.writes

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    async def close(self) -> None:
        self.closed.append(-1)


class LoopClock:
    """The running loop's time, so that virtual time is the clock's too."""

    def now_ns(self) -> Nanoseconds:
        return Nanoseconds(round(asyncio.get_running_loop().time() * 1e9))


class CountedIds:
    """Names that count up."""

    def __init__(self) -> None:
        self._made = 0

    def new(self, prefix: str) -> str:
        self._made += 1
        return f"{prefix}_{self._made}"


class FakeSocket:
    """Both ends of a socket: a session holds one, a test the other."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.closed: tuple[int, str] | None = None
        self.aborted = False
        self.backlog_bytes = 0
        self.blocked = asyncio.Event()
        self.blocked.set()
        self._inbox: asyncio.Queue[WireMessage | None] = asyncio.Queue()
        self._news = asyncio.Event()

    async def receive(self) -> WireMessage:
        message = await self._inbox.get()
        if message is None:
            raise ConnectionEndedError("gone", code=1000, reason="", clean=True)
        return message

    def send_soon(self, text: str) -> None:
        self.sent.append(text)
        self._news.set()

    async def drained(self) -> None:
        await self.blocked.wait()

    async def close(self, code: int, reason: str = "") -> None:
        self.closed = (code, reason)

    def abort(self) -> None:
        self.aborted = True
        self.leave()

    # --- the client's end ------------------------------------------------------------------------

    def put(self, event: dict[str, Any] | str) -> None:
        """Send an event to the session."""
        self._inbox.put_nowait(event if isinstance(event, str) else json.dumps(event))

    def leave(self) -> None:
        """Go."""
        self._inbox.put_nowait(None)

    @property
    def events(self) -> list[dict[str, Any]]:
        """All events that are JSON, so far."""
        return [json.loads(text) for text in self.sent if text.endswith("}")]

    def kinds(self) -> list[str]:
        """Their types."""
        return [event["type"] for event in self.events]

    def last(self, kind: str) -> dict[str, Any]:
        """Return the last event of a type."""
        return [event for event in self.events if event["type"] == kind][-1]

    async def until(self, kind: str, count: int = 1) -> dict[str, Any]:
        """Wait for the ``count``-th event of a type."""
        async with asyncio.timeout(7200):
            while self.kinds().count(kind) < count:
                self._news.clear()
                await self._news.wait()
        return self.last(kind)


async def session(engine: FakeEngine, socket: FakeSocket, longest_s: float = 3600) -> None:
    """Hold one session on virtual time."""
    server = OpenAIRealtimeServer(
        session_id="sess_1",
        model=engine.model,
        voices=engine.voices,
        ids=CountedIds(),
        expires_at_s=3600,
    )
    await hold_session(
        engine=engine, server=server, socket=socket, clock=LoopClock(), longest_s=longest_s
    )


SECOND = ReplyAudio(samples=np.full(24_000, 1000, np.int16))
SPOKEN = (
    ReplyText(text="One two ", tokens=2),
    SECOND,
    ReplyText(text="three four.", tokens=2),
    SECOND,
)
LONG = (ReplyText(text="One two three four.", tokens=4), SECOND, 60.0, SECOND)


def hold(
    engine: FakeEngine,
    script: Callable[[FakeSocket], Awaitable[None]],
    *,
    longest_s: float = 3600,
) -> FakeSocket:
    """Run a session against a client's script; return its socket."""

    async def main() -> FakeSocket:
        socket = FakeSocket()
        async with asyncio.TaskGroup() as tasks:
            held = tasks.create_task(session(engine, socket, longest_s))
            await script(socket)
            socket.leave()
            await held
        return socket

    return run_virtual(main())


def update(**settings: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": {"type": "realtime", **settings}}


def listening(**detection: Any) -> dict[str, Any]:
    turn = {"type": "server_vad", **detection}
    return update(
        audio={"input": {"transcription": {"model": "whisper-1"}, "turn_detection": turn}}
    )


def message(text: str) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {
        "type": "conversation.item.create",
        "item": {"type": "message", "role": "user", "content": content},
    }


CREATE = {"type": "response.create"}
