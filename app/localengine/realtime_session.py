"""One client's session: what it sends, heard and answered until it goes."""

import asyncio
from typing import Final

from app.core.clock import Clock, Nanoseconds
from app.core.errors import ConnectionEndedError
from app.core.serving import LONGEST_SESSION_S
from app.localengine.ports import Manners, Prompt, SpeechEngine
from app.localengine.realtime_floor import Floor
from app.localengine.realtime_line import ClientSocket, Line
from app.localengine.realtime_listener import Listener, TurnHooks
from app.localengine.realtime_replies import Replies, ReplyHooks
from app.localengine.realtime_usage import UsageCounter
from app.protocols.openai_realtime.server import OpenAIRealtimeServer
from app.protocols.openai_realtime.server_values import (
    AudioAppended,
    CancelRequested,
    InputCleared,
    InputCommitted,
    ItemCreated,
    ItemDeleted,
    ItemTruncated,
    ResponseRequested,
    ServerRequest,
    ServerVad,
    SessionConfig,
    SettingsChanged,
)

PROMPT: Final = Prompt()
_GOING_AWAY: Final = 1001


async def hold_session(
    *,
    engine: SpeechEngine,
    server: OpenAIRealtimeServer,
    socket: ClientSocket,
    clock: Clock,
    longest_s: float = LONGEST_SESSION_S,
    manners: Manners = PROMPT,
) -> None:
    """Hold one session until the client goes or its time is up."""
    expired = False
    async with asyncio.TaskGroup() as tasks:
        session = _Session(engine, server, socket, clock=clock, tasks=tasks, manners=manners)
        try:
            async with asyncio.timeout(longest_s):
                await session.converse()
        except TimeoutError:
            expired = True
        finally:
            session.end()
    if expired:
        await say_expired(server, socket, longest_s)


async def say_expired(server: OpenAIRealtimeServer, socket: ClientSocket, longest_s: float) -> None:
    """Tell the client that its session's time is up, and close."""
    server.report_error(
        "session_expired",
        f"Your session hit the maximum duration of {longest_s / 60:g} minutes.",
        kind="invalid_request_error",
    )
    Line(server, socket).flush()
    await socket.close(_GOING_AWAY, "session_expired")


class _Session:
    """The parts of a session and what goes between them."""

    def __init__(
        self,
        engine: SpeechEngine,
        server: OpenAIRealtimeServer,
        socket: ClientSocket,
        *,
        clock: Clock,
        tasks: asyncio.TaskGroup,
        manners: Manners,
    ) -> None:
        self._server, self._socket = server, socket
        self._clock, self._tasks = clock, tasks
        self._line = Line(server, socket)
        self._idle: asyncio.Task[None] | None = None
        self._silent_from_ns: Nanoseconds | None = None
        usage = UsageCounter(engine.count_tokens)
        hooks = ReplyHooks(words_known=self._words_known, ended=self._reply_ended)
        self._replies = Replies(
            engine=engine,
            server=server,
            line=self._line,
            usage=usage,
            tasks=tasks,
            hooks=hooks,
            clock=clock,
        )
        self._listener = self._make_listener(engine, usage)
        self._floor = Floor(
            manners=manners,
            replies=self._replies,
            tasks=tasks,
            clock=clock,
            release=self._listener.release,
        )

    def _make_listener(self, engine: SpeechEngine, usage: UsageCounter) -> Listener:
        return Listener(
            engine=engine,
            server=self._server,
            line=self._line,
            usage=usage,
            tasks=self._tasks,
            hooks=self._turn_hooks(),
        )

    def _turn_hooks(self) -> TurnHooks:
        return TurnHooks(
            started=self._turn_started,
            ended=self._turn_ended,
            expected=self._replies.expected,
            noticed=self._turn_noticed,
            least_ms=lambda: self._floor.least_ms(),  # noqa: PLW0108 - made after this
        )

    async def converse(self) -> None:
        """Take what the client sends until it goes."""
        self._server.session_created()
        self._line.flush()
        try:
            while True:
                message = await self._socket.receive()
                received_ns = self._clock.now_ns()
                for request in self._server.receive_message(message):
                    await self._obey(request, received_ns)
                self._line.flush()
                await self._line.drained()
        except ConnectionEndedError:
            return

    def end(self) -> None:
        """Stop everything that the session had going."""
        self._stop_idling()
        self._floor.end()
        self._listener.end()
        self._replies.end()

    # --- what the client wants -------------------------------------------------------------------

    async def _obey(self, request: ServerRequest, received_ns: Nanoseconds) -> None:
        match request:
            case AudioAppended():
                await self._listener.hear(request.samples, received_ns)
            case InputCommitted():
                self._stop_idling()
                self._listener.committed(request.item_id, request.audio_ms)
            case ResponseRequested():
                self._stop_idling()
                self._replies.begin(request.options, received_ns)
            case CancelRequested():
                self._replies.cancel(request.response_id)
            case SettingsChanged():
                self._listener.configure()
                self._idle_anew()
            case ItemCreated():
                if request.audio is not None:
                    await self._listener.read(request.item_id, request.audio)
            case _:
                self._forget(request)

    def _forget(self, request: InputCleared | ItemTruncated | ItemDeleted) -> None:
        match request:
            case InputCleared():
                self._listener.cleared()
            case ItemTruncated():
                self._replies.truncated(request.item_id, request.audio_end_ms)
            case ItemDeleted():
                self._replies.forget(request.item_id)

    # --- from one part to another ----------------------------------------------------------------

    async def _words_known(self) -> None:
        await self._listener.words_known()

    def _turn_noticed(self, received_ns: Nanoseconds) -> bool:
        return self._floor.notice(received_ns)

    def _turn_started(self) -> None:
        self._stop_idling()
        detection = self._server.config.turn_detection
        self._floor.noticed(interrupts=detection is not None and detection.interrupt_response)

    def _turn_ended(self, received_ns: Nanoseconds) -> None:
        detection = self._server.config.turn_detection
        if detection is not None and detection.create_response:
            self._replies.turn_ended(received_ns)

    # --- silence after a reply -------------------------------------------------------------------

    def _reply_ended(self, audio_left_ms: float | None) -> None:
        if audio_left_ms is None:
            return
        now_ns = self._clock.now_ns()
        self._silent_from_ns = Nanoseconds(now_ns + round(audio_left_ms * 1e6))
        self._idle_anew()

    def _idle_anew(self) -> None:
        """Wait for what is left of the time-out that the session has now, if it has one."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        timeout_ms = _idle_timeout_ms(self._server.config)
        if timeout_ms is None or self._silent_from_ns is None:
            return
        due_ns = self._silent_from_ns + timeout_ms * 1_000_000
        left_s = max(due_ns - self._clock.now_ns(), 0) / 1e9
        self._idle = self._tasks.create_task(self._idle_for(left_s), name="idle")

    async def _idle_for(self, span_s: float) -> None:
        await asyncio.sleep(span_s)
        self._idle = self._silent_from_ns = None
        if self._listener.time_out():
            self._turn_ended(self._clock.now_ns())
        self._line.flush()

    def _stop_idling(self) -> None:
        self._silent_from_ns = None
        self._idle_anew()


def _idle_timeout_ms(config: SessionConfig) -> int | None:
    detection = config.turn_detection
    return detection.idle_timeout_ms if isinstance(detection, ServerVad) else None
