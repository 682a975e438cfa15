"""The measuring engine as a process behind a pipe: requests in, batches of reports out."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from app.core.clock import Clock
from app.core.errors import AppError, ConfigError, LocalProtocolError
from app.core.privacy import RecordingMode
from app.session.desk import MakeDesk
from app.session.device_news import DeviceNews
from app.session.jobs import RunJob
from app.session.link import VERSION, Decoder, Heartbeat, Hello, LinkMessage, Unreadable, frames
from app.session.live import LiveSession
from app.session.messages import (
    AllowTool,
    AnswerTool,
    CompareSessions,
    ConfigureTurns,
    EndSession,
    EngineReport,
    ExportSessions,
    HoldToTalk,
    ImportBundle,
    ImportReport,
    Interrupt,
    LibraryChanged,
    ListDevices,
    ListSessions,
    LiveState,
    OpenReplay,
    PlaySpan,
    ProblemReport,
    RecordConsent,
    SendTyped,
    SetMuted,
    SetProcessing,
    Shutdown,
    StartBattery,
    StartCalibration,
    StartMicTest,
    StartSession,
    StartSweep,
    StateReport,
    SteerReplay,
    StopJob,
    StopPlaying,
    SwitchDevices,
    VerifySession,
)
from app.session.outbox import Outbox
from app.session.parts import SessionOutcome, SessionParts
from app.session.problems import problem_of, unreadable_problem
from app.session.replay import PlayStretch, Replay
from app.session.worker import CALIBRATING, Worker

BATCH_PERIOD_S = 1 / 30
HEARTBEAT_EVERY = 6
GOODBYE_LIMIT_S = 1.0
_READ = 65_536

_Act: TypeAlias = (
    SetMuted
    | HoldToTalk
    | SendTyped
    | Interrupt
    | SetProcessing
    | ConfigureTurns
    | SwitchDevices
    | RecordConsent
)
"""What the user does in a session."""


@dataclass(slots=True)
class _Current:
    session: LiveSession
    task: "asyncio.Task[None]"


class EngineService:
    """Serves one window over ``pipe`` until it closes. All calls on the engine's loop.

    Args:
        pipe: The window is at its other end.
        parts: The outside world of a session.
        clock: Stamps the heartbeats.
        run_job: Does the longer work; without it, such work is refused.
        play: Plays a stretch of a recording; without it, that is refused.
        desks: What else serves the window.
    """

    def __init__(
        self,
        pipe: socket.socket,
        parts: SessionParts,
        clock: Clock,
        run_job: RunJob | None = None,
        play: PlayStretch | None = None,
        *,
        desks: Sequence[MakeDesk] = (),
    ) -> None:
        pipe.setblocking(False)
        self._pipe = pipe
        self._parts = parts
        self._clock = clock
        self._outbox = Outbox()
        self._worker = Worker(run_job, self._tell_of_job)
        self._replay = Replay(play, self._outbox.put)
        self._news = DeviceNews(parts, self._outbox.put, lambda: self._talking)
        self._desks = tuple(make(self._outbox) for make in desks)
        self._desk_of = {kind: desk for desk in self._desks for kind in desk.kinds}
        self._current: _Current | None = None
        self._closing = asyncio.Event()

    async def run(self) -> None:
        """Serve; when the pipe closes, end the session, close its recording and return."""
        self._outbox.put(Hello(version=VERSION, pid=os.getpid()))
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(self._write(), name="pipe out")
            reader = group.create_task(self._read(group), name="pipe in")
            worker = group.create_task(self._worker.run(), name="jobs")
            news = group.create_task(self._news.run(), name="device news")
            desks = [group.create_task(desk.run(), name="desk") for desk in self._desks]
            await self._closing.wait()
            reader.cancel()
            self._worker.stop()
            await self._replay.stop()
            await self._end_session("The window closed.")
            for task in (worker, news, *desks, writer):
                task.cancel()
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
                    await self._route(message, group)
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
            for frame in frames(batch):
                await asyncio.get_running_loop().sock_sendall(self._pipe, frame)

    async def _route(self, message: LinkMessage, group: asyncio.TaskGroup) -> None:
        desk = self._desk_of.get(type(message))
        if desk is None:
            await self._take(message, group)
            return
        if isinstance(message, OpenReplay) or (
            isinstance(message, SteerReplay) and message.playing
        ):
            await self._replay.stop()  # else two recordings sound at once
        desk.take(message, talking=self._talking is not None)

    def _pause_replay(self) -> None:
        """A stretch is to be heard by itself."""
        desk = self._desk_of.get(SteerReplay)
        if desk is not None:
            desk.take(SteerReplay(playing=False), talking=self._talking is not None)

    async def _take(self, message: LinkMessage, group: asyncio.TaskGroup) -> None:
        match message:
            case StartSession():
                await self._start_session(message, group)
            case EndSession():
                if self._current is not None:
                    self._current.session.end("Stopped by the user.")
            case Shutdown():
                self._closing.set()
            case ListDevices():
                group.create_task(self._news.tell_devices(), name="devices")
            case SetMuted() | HoldToTalk() | SendTyped() | Interrupt():
                await self._act(message)
            case SetProcessing() | ConfigureTurns() | SwitchDevices() | RecordConsent():
                await self._act(message)
            case _:
                await self._take_aside(message, group)

    async def _take_aside(self, message: LinkMessage, group: asyncio.TaskGroup) -> None:
        """Take what is asked for beside the session."""
        match message:
            case (
                VerifySession() | ListSessions() | CompareSessions() | StartCalibration()
                | StartMicTest() | StartBattery() | StartSweep() | ExportSessions() | ImportBundle()
            ):  # fmt: skip
                self._worker.ask(message, talking=self._talking is not None)
            case StopJob():
                self._worker.stop()
            case PlaySpan() if self._worker.calibrating:
                self._outbox.put(CALIBRATING)
            case PlaySpan():
                self._pause_replay()
                await self._replay.start(message, self._talking, group)
            case StopPlaying():
                await self._replay.stop()
            case AllowTool() | AnswerTool() if self._talking is not None:
                _answer(self._talking, message)
            case Unreadable():
                self._refuse(message)
            case _:
                pass

    def _refuse(self, message: Unreadable) -> None:
        """Say that a request could not be read; a session that was asked for does not begin."""
        begins = message.kind == StartSession.__name__ and self._talking is None
        problem = unreadable_problem(message.kind, message.reason)
        self._outbox.put(replace(problem, fatal=begins))
        if begins:
            self._outbox.put(StateReport(state=LiveState.FAILED))

    @property
    def _talking(self) -> LiveSession | None:
        """The session that runs, or None."""
        current = self._current
        return None if current is None or current.task.done() else current.session

    async def _start_session(self, start: StartSession, group: asyncio.TaskGroup) -> None:
        if self._worker.calibrating:
            self._outbox.put(replace(CALIBRATING, fatal=True))
            self._outbox.put(StateReport(state=LiveState.FAILED))
            return
        await self._end_session("Another session was started.")
        self._worker.make_way()
        for desk in self._desks:
            desk.make_way()
        await self._replay.stop()
        outbox = self._outbox
        parts = replace(self._parts, watch_devices=None)  # this service watches for it
        session = LiveSession(parts, start, outbox.put, lambda: outbox.dropped)
        task = group.create_task(self._hold(session), name="session")
        self._current = _Current(session, task)

    async def _hold(self, session: LiveSession) -> None:
        """Hold a session, then hold its figures against its recording."""
        outcome = await session.run()
        turns_n = outcome.record.turns_n if outcome.record is not None else 0
        if _has_sound(outcome) and turns_n and not self._closing.is_set():
            self._worker.verify_quietly(str(outcome.folder))
        self._library_changed(() if outcome.folder is None else (outcome.folder.name,))

    def _tell_of_job(self, report: EngineReport) -> None:
        """Tell what a job tells; sessions that it took in are news to the library."""
        self._outbox.put(report)
        if isinstance(report, ImportReport) and report.added:
            self._library_changed(report.added, talking=self._talking is not None)

    def _library_changed(self, keys: tuple[str, ...], *, talking: bool = False) -> None:
        desk = self._desk_of.get(LibraryChanged)
        if desk is not None and not self._closing.is_set():
            desk.take(LibraryChanged(deed=None, keys=keys), talking=talking)

    async def _act(self, message: _Act) -> None:
        if self._current is None:
            self._outbox.put(_NO_SESSION)
            return
        try:
            await _perform(self._current.session, message)
        except AppError as error:
            self._outbox.put(problem_of(error, fatal=False))

    async def _end_session(self, reason: str) -> None:
        current, self._current = self._current, None
        if current is not None:
            current.session.end(reason)
            await asyncio.wait({current.task})


def _has_sound(outcome: SessionOutcome) -> bool:
    """Whether there is a recording that figures can be held against."""
    record = outcome.record
    recorded = record is not None and record.recording_mode is RecordingMode.FULL
    return recorded and outcome.folder is not None


def _answer(session: LiveSession, message: AllowTool | AnswerTool) -> None:
    match message:
        case AllowTool():
            session.allow_tool(message)
        case AnswerTool():
            session.answer_tool(message)


async def _perform(session: LiveSession, message: _Act) -> None:
    match message:
        case SetMuted(muted=muted):
            session.mute(muted=muted)
        case HoldToTalk(down=down):
            await session.hold(down=down)
        case SendTyped(text=text):
            await session.say(text)
        case Interrupt():
            await session.interrupt()
        case SetProcessing(processing=processing):
            await session.process(processing)
        case ConfigureTurns():
            await session.configure_turns(message)
        case SwitchDevices() | RecordConsent():
            _act_at_once(session, message)


def _act_at_once(session: LiveSession, message: SwitchDevices | RecordConsent) -> None:
    if isinstance(message, RecordConsent):
        session.consent(message.who)
    else:
        _switch(session, message)


def _switch(session: LiveSession, wish: SwitchDevices) -> None:
    if session.running is None:
        raise ConfigError(
            "The session is not connected yet.", hint="Choose the device again in a moment."
        )
    session.running.devices.switch(wish)


_NO_SESSION = ProblemReport(
    sentence="No session is running.", hint="Start one with the Talk button first."
)
