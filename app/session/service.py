"""The measuring engine as a process behind a pipe: requests in, batches of reports out."""

import asyncio
import contextlib
import itertools
import os
import socket
from dataclasses import dataclass

from app.core.clock import Clock
from app.core.errors import AppError, LocalProtocolError
from app.session.link import VERSION, Decoder, Heartbeat, Hello, LinkMessage, encode
from app.session.live import LiveSession
from app.session.messages import (
    DevicesReport,
    EndSession,
    EngineReport,
    EnvelopeReport,
    HealthReport,
    HoldToTalk,
    Interrupt,
    ListDevices,
    MarkReport,
    MeterReport,
    ProblemReport,
    SendTyped,
    SetMuted,
    Shutdown,
    StartSession,
    TranscriptReport,
)
from app.session.parts import SessionParts
from app.session.problems import problem_of

BATCH_PERIOD_S = 1 / 30
HEARTBEAT_EVERY = 6
OUTBOX_LIMIT = 4000
"""Reports held for a window that does not read; beyond it the passing ones are dropped."""

BATCH_LIMIT = 60
"""Reports in a frame: as many of the longest transcripts as the pipe's limit holds."""

GOODBYE_LIMIT_S = 1.0
_READ = 65_536


class Outbox:
    """Reports that wait for the next batches.

    Meters, the health and each transcript entry are latest-wins. When the window reads too
    slowly, envelopes and marks are dropped and counted; what else there is comes once a turn.

    Attributes:
        dropped: Reports that the window was not given.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, LinkMessage] = {}
        self._count = 0
        self.dropped = 0

    def put(self, message: LinkMessage) -> None:
        """Add a message to the next batch."""
        passing = isinstance(message, EnvelopeReport | MarkReport)
        if passing and len(self._waiting) >= OUTBOX_LIMIT:
            self.dropped += 1
            return
        self._count += 1
        self._waiting[_latest_wins(message) or str(self._count)] = message

    def take(self, at_most: int = BATCH_LIMIT) -> list[LinkMessage]:
        """Return and forget what waits, oldest first, so much as fits into a frame."""
        names = list(itertools.islice(self._waiting, at_most))
        return [self._waiting.pop(name) for name in names]


def _latest_wins(message: LinkMessage) -> str | None:
    """Return what a later message of the same kind replaces, or None if all are kept."""
    match message:
        case MeterReport() | HealthReport():
            return type(message).__name__
        case TranscriptReport(entry_id=entry_id):
            return f"entry {entry_id}"
        case _:
            return None


@dataclass(slots=True)
class _Current:
    session: LiveSession
    task: "asyncio.Task[object]"


class EngineService:
    """Serves one window over ``pipe`` until it closes. All calls on the engine's loop."""

    def __init__(self, pipe: socket.socket, parts: SessionParts, clock: Clock) -> None:
        pipe.setblocking(False)
        self._pipe = pipe
        self._parts = parts
        self._clock = clock
        self._outbox = Outbox()
        self._current: _Current | None = None
        self._closing = asyncio.Event()

    async def run(self) -> None:
        """Serve; when the pipe closes, end the session, close its recording and return."""
        self._outbox.put(Hello(version=VERSION, pid=os.getpid()))
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(self._write(), name="pipe out")
            reader = group.create_task(self._read(group), name="pipe in")
            await self._closing.wait()
            await self._end_session("The window closed.")
            reader.cancel()
            writer.cancel()
        with contextlib.suppress(OSError, TimeoutError):  # a window that is gone hears nothing
            async with asyncio.timeout(GOODBYE_LIMIT_S):
                await self._flush()
        await self._parts.servers.close()
        self._pipe.close()

    async def _read(self, group: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        decoder = Decoder()
        try:
            while data := await loop.sock_recv(self._pipe, _READ):
                for message in decoder.feed(data):
                    await self._take(message, group)
        except (OSError, LocalProtocolError):
            pass  # a window that is gone or not ours ends the engine like one that closed
        self._closing.set()

    async def _write(self) -> None:
        ticks = 0
        while not self._closing.is_set():
            ticks += 1
            if ticks % HEARTBEAT_EVERY == 0:
                self._outbox.put(Heartbeat(self._clock.now_ns()))
            try:
                await self._flush()
            except OSError:
                self._closing.set()
            await asyncio.sleep(BATCH_PERIOD_S)

    async def _flush(self) -> None:
        while batch := self._outbox.take():
            await asyncio.get_running_loop().sock_sendall(self._pipe, encode(batch))

    async def _take(self, message: LinkMessage, group: asyncio.TaskGroup) -> None:
        match message:
            case StartSession():
                await self._end_session("Another session was started.")
                outbox = self._outbox
                session = LiveSession(self._parts, message, outbox.put, lambda: outbox.dropped)
                task = group.create_task(session.run(), name="session")
                self._current = _Current(session, task)
            case EndSession():
                if self._current is not None:
                    self._current.session.end("Stopped by the user.")
            case Shutdown():
                self._closing.set()
            case ListDevices():
                group.create_task(self._list_devices(), name="devices")
            case SetMuted() | HoldToTalk() | SendTyped() | Interrupt():
                await self._act(message)
            case _:
                pass

    async def _act(self, message: SetMuted | HoldToTalk | SendTyped | Interrupt) -> None:
        if self._current is None:
            self._outbox.put(_NO_SESSION)
            return
        try:
            await _perform(self._current.session, message)
        except AppError as error:
            self._outbox.put(problem_of(error, fatal=False))

    async def _list_devices(self) -> None:
        report: EngineReport
        try:
            report = DevicesReport(devices=tuple(await self._parts.devices.list_devices()))
        except AppError as error:
            report = DevicesReport(devices=(), problem=f"{error} {error.hint}".strip())
        self._outbox.put(report)

    async def _end_session(self, reason: str) -> None:
        current, self._current = self._current, None
        if current is not None:
            current.session.end(reason)
            await asyncio.wait({current.task})


async def _perform(
    session: LiveSession, message: SetMuted | HoldToTalk | SendTyped | Interrupt
) -> None:
    match message:
        case SetMuted(muted=muted):
            session.mute(muted=muted)
        case HoldToTalk(down=down):
            await session.hold(down=down)
        case SendTyped(text=text):
            await session.say(text)
        case Interrupt():
            await session.interrupt()


_NO_SESSION = ProblemReport(
    sentence="No session is running.", hint="Start one with the Talk button first."
)
