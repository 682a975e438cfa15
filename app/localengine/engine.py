"""The embedded speech engine: it listens, thinks and speaks for any number of sessions."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.core.errors import AppError, EngineError
from app.core.ports import VoiceActivity
from app.localengine.foresight import Foresight
from app.localengine.listening import RollingUtterance, SpeechTurnDetector
from app.localengine.pipeline import ModelWords, ReadyWords, Speaking, Words, reply_pieces
from app.localengine.ports import (
    ExpectReply,
    LanguageModel,
    Message,
    Recognizer,
    ReplyCall,
    ReplyFailed,
    ReplyPiece,
    ReplyRequest,
    Role,
    TurnDetector,
    Utterance,
    Voice,
    WordsBy,
)
from app.localengine.skills import Call, Say, answer
from app.localengine.workers import Worker

MODEL_NAME = "vivavoce-local"
_MOST_TOKENS = 4_096
_MOST_BEFORE_FORESIGHT = 1


def wall_clock() -> datetime:
    """Return the wall time in the machine's zone."""
    return datetime.now(tz=UTC).astimezone()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """The models of one engine, loaded and warm.

    Attributes:
        new_vad: Makes a detector for one stream.
        voices: By name, the default first; at least one.
        reply_tokens: Bound on a reply where the session sets none.
        foresees: Whether a reply may be begun that is perhaps never asked for.
        elsewhere: Whether another machine runs the language model.
    """

    new_vad: Callable[[], VoiceActivity]
    recognizer: Recognizer
    language_model: LanguageModel
    voices: Mapping[str, Voice]
    reply_tokens: int = 96
    foresees: bool = True
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """One thread for each model."""

    listen: Worker
    think: Worker
    speak: Worker

    @classmethod
    def make(cls) -> "Workers":
        """Return idle workers."""
        return cls(listen=Worker("listen"), think=Worker("think"), speak=Worker("speak"))

    async def close(self) -> None:
        """Stop all three."""
        await asyncio.gather(self.listen.close(), self.think.close(), self.speak.close())


class EmbeddedEngine:
    """A ``SpeechEngine`` over models in this process. All calls on the server's loop.

    Args:
        stages: Shared by every session.
        workers: The engine owns and closes them.
        now: Wall time for the skills.
    """

    def __init__(
        self, stages: Stages, workers: Workers, now: Callable[[], datetime] = wall_clock
    ) -> None:
        self._stages = stages
        self._workers = workers
        self._now = now
        self._foresight = Foresight(self._begin)

    @property
    def model(self) -> str:
        """Name that sessions are told."""
        return MODEL_NAME

    @property
    def voices(self) -> Sequence[str]:
        """Voices it really has, the default first."""
        return tuple(self._stages.voices)

    @property
    def refused_jobs(self) -> int:
        """Jobs that were refused because a worker's queue was full."""
        workers = (self._workers.listen, self._workers.think, self._workers.speak)
        return sum(worker.refused for worker in workers)

    def detector(self) -> TurnDetector:
        """Return a new detector for one session."""
        return SpeechTurnDetector(self._stages.new_vad())

    def listen(
        self, on_partial: Callable[[str], None], expected: ExpectReply | None = None
    ) -> Utterance:
        """Begin an utterance; ``on_partial`` gets the whole text so far, on the loop.

        With ``expected``, a local language model begins its reply while the speaker pauses.
        """
        foresees = expected is not None and self._stages.foresees
        return RollingUtterance(
            self._stages.recognizer,
            self._stages.new_vad(),
            self._workers.listen,
            on_partial,
            self._foresight.watch(expected) if expected is not None and foresees else None,
        )

    async def reply(self, request: ReplyRequest) -> AsyncGenerator[ReplyPiece, None]:
        """Make a reply: a skill's if one is asked for, else the language model's.

        Closing the iterator stops the model within one token and the voice within one window.
        """
        known = answer(request, self._now())
        if isinstance(known, Call):
            yield ReplyCall(call=known.call)
            return
        try:
            words = self._words(request, known)
        except AppError as error:
            yield ReplyFailed(code="server_error", message=str(error))
            return
        pieces = reply_pieces(words, self._speaking(request), request.max_output_tokens)
        try:
            async for piece in pieces:
                yield piece
        finally:
            await pieces.aclose()

    def _words(self, request: ReplyRequest, known: Say | None) -> Words:
        if known is not None:
            return ReadyWords(known.sentences, self._stages.language_model.count_tokens)
        return self._foresight.take(request) or self._model_words(request)

    def _model_words(self, request: ReplyRequest) -> ModelWords:
        messages = list(request.messages)
        if request.instructions.strip():
            messages.insert(0, Message(role=Role.SYSTEM, text=request.instructions))
        asked = request.max_output_tokens
        most = self._stages.reply_tokens if asked is None else min(asked + 1, _MOST_TOKENS)
        return ModelWords(self._stages.language_model, self._workers.think, messages, most)

    def _begin(self, request: ReplyRequest) -> Words | None:
        busy = self._workers.think.pending > _MOST_BEFORE_FORESIGHT
        if busy or answer(request, self._now()) is not None:
            return None
        try:
            return self._model_words(request)
        except EngineError:  # closing: nothing needs to be begun
            return None

    def _speaking(self, request: ReplyRequest) -> Speaking | None:
        if not request.spoken:
            return None
        voices = self._stages.voices
        voice = voices.get(request.voice) or next(iter(voices.values()))
        return Speaking(voice=voice, worker=self._workers.speak, speed=request.speed)

    def words_by(self, request: ReplyRequest) -> WordsBy:
        """Return who writes a reply's words: nobody is asked for those of a skill."""
        if not self._stages.elsewhere:
            return WordsBy.HERE
        known = answer(request, self._now()) is not None
        return WordsBy.KNOWN if known else WordsBy.ELSEWHERE

    def count_tokens(self, text: str) -> int:
        """Return about how many text tokens ``text`` takes."""
        return self._stages.language_model.count_tokens(text)

    async def idle(self) -> None:
        """Return when each worker has done what was queued before this call."""
        workers = (self._workers.listen, self._workers.think, self._workers.speak)
        await asyncio.gather(*(worker.submit(_nothing) for worker in workers))

    async def close(self) -> None:
        """Stop all work. Safe to call twice."""
        self._foresight.close()
        await self._workers.close()


def _nothing() -> None:
    """Take a turn in a worker's queue."""
