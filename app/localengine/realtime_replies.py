"""The speaking side of a session: from a wish for a reply to its last event."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from app.core.clock import Clock, Nanoseconds
from app.core.errors import AppError, ConnectionEndedError
from app.core.ids import ItemId, ResponseId
from app.localengine.ports import ReplyPiece, ReplyRequest, SpeechEngine, WordsBy
from app.localengine.realtime_line import Line
from app.localengine.realtime_pieces import WRITERS, Progress
from app.localengine.realtime_requests import reply_request
from app.localengine.realtime_usage import UsageCounter
from app.localengine.realtime_words import heard_part
from app.protocols.openai_realtime.server import OpenAIRealtimeServer
from app.protocols.openai_realtime.server_response import Failure
from app.protocols.openai_realtime.server_values import (
    CLIENT_CANCELLED,
    TURN_DETECTED,
    ContextMessage,
    Finish,
    ResponseOptions,
    Usage,
)

_HEARD: Final = ItemId("")


@dataclass(slots=True)
class _Running:
    """A reply that is being made."""

    progress: Progress
    asked_ns: Nanoseconds
    turn_index: int
    input_usage: Usage = field(default_factory=Usage)
    words_by: WordsBy = WordsBy.HERE
    task: "asyncio.Task[None] | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyHooks:
    """What replies need of the rest of their session.

    Attributes:
        words_known: Waits until all that was said before is written down.
        ended: A reply ended by itself, ``audio_left_ms`` before a player that began with its
            first audio would be through with it; None where it had no audio.
    """

    words_known: Callable[[], Awaitable[None]]
    ended: Callable[[float | None], None]


class Replies:
    """Makes one session's replies. All calls on the server's loop."""

    def __init__(
        self,
        *,
        engine: SpeechEngine,
        server: OpenAIRealtimeServer,
        line: Line,
        usage: UsageCounter,
        tasks: asyncio.TaskGroup,
        hooks: ReplyHooks,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._server = server
        self._line = line
        self._usage = usage
        self._tasks = tasks
        self._hooks = hooks
        self._clock = clock
        self._running: dict[ResponseId, _Running] = {}
        self._said: dict[ItemId, tuple[str, float]] = {}
        self._begun = 0
        self._voice: tuple[int, Nanoseconds] | None = None
        self._owed_ns: Nanoseconds | None = None

    def begin(self, options: ResponseOptions, asked_ns: Nanoseconds) -> None:
        """Begin a reply and tell the client at once."""
        self._owed_ns = None if options.in_conversation else self._owed_ns
        writer = self._server.begin_response(options)
        running = _Running(Progress(writer), asked_ns, self._begun)
        self._begun += 1
        self._running[writer.response_id] = running
        self._line.flush()
        running.task = self._tasks.create_task(
            self._make(running), name=f"reply {writer.response_id}"
        )

    def turn_ended(self, asked_ns: Nanoseconds) -> None:
        """Answer the user's turn; after the present reply, where one goes on."""
        if self._server.active_response is not None:
            self._owed_ns = asked_ns
        else:
            self.begin(self._server.default_options(), asked_ns)

    def expected(self, words: str) -> ReplyRequest | None:
        """Return the reply that ``words`` of the user would now bring; None if there is one."""
        if self._server.active_response is not None:
            return None
        said = ContextMessage(role="user", text=words, item_id=_HEARD)
        options = self._server.default_options()
        messages = (*self._server.messages(), said)
        return reply_request(options, messages, turn_index=self._begun, asked_ns=None)

    def interrupt(self) -> None:
        """Stop the conversation's reply: the user speaks."""
        writer = self._server.active_response
        if writer is not None:
            self._cancel(writer.response_id, TURN_DETECTED)

    def give_way(self, turn: int) -> None:
        """Stop the conversation's reply if it is that one, counted from 1; answer what is owed.

        The user may have ended a turn while the reply went on.
        """
        writer = self._server.active_response
        if writer is None or self._running[writer.response_id].turn_index + 1 != turn:
            return
        self._cancel(writer.response_id, TURN_DETECTED)
        if self._owed_ns is not None:
            self.begin(self._server.default_options(), self._owed_ns)

    @property
    def sounding(self) -> int | None:
        """The reply that a player would be playing now, counted from 1, or None."""
        return None if self._voice is None or self.sounds_for_ms() is None else self._voice[0]

    def sounds_for_ms(self) -> float | None:
        """Return how long what was sent of a reply goes on; 0 while more may come, then None."""
        if self._voice is None:
            return None
        turn, until_ns = self._voice
        left_ms = (until_ns - self._clock.now_ns()) / 1e6
        if left_ms > 0:
            return left_ms
        goes_on = any(running.turn_index + 1 == turn for running in self._running.values())
        return 0.0 if goes_on else None

    def cancel(self, response_id: ResponseId) -> None:
        """Stop a reply: the client says so."""
        self._cancel(response_id, CLIENT_CANCELLED)

    def truncated(self, item_id: ItemId, audio_end_ms: int) -> None:
        """Let the model remember only what was heard of a reply."""
        words, audio_ms = self._said.get(item_id, ("", 0.0))
        share = audio_end_ms / audio_ms if audio_ms else 0.0
        self._server.note_words(item_id, heard_part(words, share))
        self._usage.note_audio(item_id, audio_end_ms / 1000)

    def forget(self, item_id: ItemId) -> None:
        """Forget an item that is deleted."""
        self._said.pop(item_id, None)
        self._usage.forget(item_id)

    def end(self) -> None:
        """Stop all replies; nobody is told."""
        for running in self._running.values():
            if running.task is not None:
                running.task.cancel()

    def _cancel(self, response_id: ResponseId, reason: str) -> None:
        running = self._running[response_id]
        self._voice = None
        self._finish(running, Finish.CANCELLED, reason=reason)
        self._line.flush()
        if running.task is not None:
            running.task.cancel()

    # --- making one ------------------------------------------------------------------------------

    async def _make(self, running: _Running) -> None:
        try:
            await self._hooks.words_known()
            await self._speak(running)
        except AppError as error:
            failure = Failure(code="server_error", message=str(error))
            self._finish(running, Finish.FAILED, failure=failure)
        finally:
            self._running.pop(running.progress.writer.response_id, None)
        self._line.flush()
        self._after(running)

    async def _speak(self, running: _Running) -> None:
        pieces = self._engine.reply(self._request(running))
        try:
            async for piece in pieces:
                end = WRITERS[type(piece)](running.progress, piece, self._line)
                self._note(running)
                if end is not None:
                    self._finish(running, end.status, reason=end.reason, failure=end.failure)
                if end is not None and not end.goes_on:
                    return
                self._line.flush()
                await self._line.drained()
        except ConnectionEndedError:
            return
        finally:
            await _close(pieces)
        self._finish(running, Finish.COMPLETED)

    def _request(self, running: _Running) -> ReplyRequest:
        options = running.progress.writer.options
        given = self._server.messages() if options.input is None else options.input
        request = reply_request(
            options, given, turn_index=running.turn_index, asked_ns=running.asked_ns
        )
        running.words_by = self._engine.words_by(request)
        running.input_usage = self._usage.input_of(
            given,
            options.instructions,
            options.tools,
            in_conversation=options.in_conversation,
            as_text=running.words_by is not WordsBy.HERE,
        )
        return request

    def _note(self, running: _Running) -> None:
        """Remember what an item says and how long, for truncation and for the next usage."""
        progress = running.progress
        progress.first_audio_ns = progress.first_audio_ns or (
            self._clock.now_ns() if progress.audio_ms else None
        )
        if progress.first_audio_ns is not None:
            until_ns = progress.first_audio_ns + round(progress.audio_ms * 1e6)
            self._voice = (running.turn_index + 1, Nanoseconds(until_ns))
        item_id = progress.writer.item_id
        if item_id is None or not progress.writer.options.in_conversation:
            return
        self._said[item_id] = (progress.words_of(item_id), progress.writer.audio_ms)
        if progress.writer.audio_ms:
            self._usage.note_audio(item_id, progress.writer.audio_ms / 1000)

    def _finish(
        self,
        running: _Running,
        status: Finish,
        *,
        reason: str | None = None,
        failure: Failure | None = None,
    ) -> None:
        if running.progress.writer.finished:
            return
        usage = running.progress.usage(running.input_usage, self._engine.count_tokens)
        wordless = status is Finish.FAILED and not running.progress.text_tokens
        if running.words_by is WordsBy.KNOWN or (
            running.words_by is WordsBy.ELSEWHERE and wordless
        ):
            usage = Usage(output_audio=usage.output_audio)  # no service has read or written it
        running.progress.writer.finish(status, reason=reason, usage=usage, failure=failure)

    def _after(self, running: _Running) -> None:
        """Go on once a reply has ended by itself."""
        writer = running.progress.writer
        if not writer.finished or not writer.options.in_conversation:
            return
        if self._owed_ns is not None:
            self.begin(self._server.default_options(), self._owed_ns)
            return
        progress, left_ms = running.progress, None
        if progress.first_audio_ns is not None:
            passed_ms = (self._clock.now_ns() - progress.first_audio_ns) / 1e6
            left_ms = max(progress.audio_ms - passed_ms, 0.0)
        self._hooks.ended(left_ms)


async def _close(pieces: AsyncIterator[ReplyPiece]) -> None:
    """Stop the work behind ``pieces``; an iterator that is no generator has none."""
    if isinstance(pieces, AsyncGenerator):
        await pieces.aclose()
