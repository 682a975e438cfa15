"""Makes one reply: words from a source, clauses of them, speech of those, as one stream.

Nothing runs ahead of the consumer but the language model, and that only by the bound on its
tokens: the next window of speech is made when the next piece is asked for.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.core.audio_format import SESSION_RATE_HZ
from app.core.errors import AppError
from app.dsp.pcm import from_float
from app.dsp.resample import Resampler
from app.localengine.clauses import ClauseSplitter
from app.localengine.ports import (
    LanguageModel,
    Message,
    ReplyAudio,
    ReplyFailed,
    ReplyIncomplete,
    ReplyPiece,
    ReplyText,
    Voice,
)
from app.localengine.workers import Worker

_HURRY_S = 0.2


class Words(Protocol):
    """A text that is being written."""

    @property
    def ended(self) -> bool:
        """Whether ``take`` will bring no more."""
        ...

    def take(self) -> Sequence[ReplyText]:
        """Return what has been written since the last call, maybe nothing."""
        ...

    async def wait(self) -> None:
        """Return when there is more to take, or the text has ended."""
        ...

    def check(self) -> None:
        """Say why it ended, once it has.

        Raises:
            AppError: If it ended because of a failure.
        """
        ...

    def stop(self) -> None:
        """Write no more. Safe to call twice."""
        ...


class ReadyWords:
    """Words that are known beforehand, given out piece by piece: one sentence a call."""

    def __init__(self, sentences: Iterable[str], count_tokens: Callable[[str], int]) -> None:
        self._left = deque(sentences)
        self._count = count_tokens

    @property
    def ended(self) -> bool:
        """Whether the last sentence has been taken."""
        return not self._left

    def take(self) -> Sequence[ReplyText]:
        """Return the next sentence, word by word."""
        if not self._left:
            return ()
        words = self._left.popleft().split()
        ends = [" "] * len(words)
        if not self._left:
            ends[-1:] = [""]
        return [
            ReplyText(text=word + end, tokens=max(1, self._count(word)))
            for word, end in zip(words, ends, strict=True)
        ]

    async def wait(self) -> None:
        """Return at once: the words are there."""

    def check(self) -> None:
        """Nothing can have failed."""

    def stop(self) -> None:
        """Give out no more."""
        self._left.clear()


class ModelWords:
    """Words of a language model that writes in its worker. Made on the loop."""

    def __init__(
        self, model: LanguageModel, worker: Worker, messages: Sequence[Message], max_tokens: int
    ) -> None:
        self._written: deque[ReplyText] = deque()
        self._room = max_tokens  # a model that writes on is not heard
        self._stop = threading.Event()
        self._more = asyncio.Event()
        loop = asyncio.get_running_loop()

        def emit(text: str) -> None:
            if not self._stop.is_set():
                loop.call_soon_threadsafe(self._add, text)

        self._job = worker.submit(
            model.reply, messages, max_tokens=max_tokens, stop=self._stop, emit=emit
        )
        self._job.add_done_callback(lambda _: self._more.set())

    def _add(self, text: str) -> None:
        if self._room > 0:
            self._room -= 1
            self._written.append(ReplyText(text=text, tokens=1))
            self._more.set()

    @property
    def ended(self) -> bool:
        """Whether the model has ended and all was taken."""
        return self._job.done() and not self._written

    def take(self) -> Sequence[ReplyText]:
        """Return what has been written since the last call."""
        taken = tuple(self._written)
        self._written.clear()
        self._more.clear()
        return taken

    async def wait(self) -> None:
        """Return when there is more, or the model has ended."""
        if not self._job.done():
            await self._more.wait()

    def check(self) -> None:
        """Raise what the model failed with, if it did.

        Raises:
            AppError: If the model failed.
        """
        if self._job.done() and not self._job.cancelled():
            self._job.result()

    def stop(self) -> None:
        """Make the model stop within one token."""
        self._stop.set()
        self._job.cancel()


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """How a reply is spoken."""

    voice: Voice
    worker: Worker
    speed: float


async def reply_pieces(
    words: Words, speaking: Speaking | None, max_tokens: int | None
) -> AsyncGenerator[ReplyPiece, None]:
    """Yield the words of a reply and, with ``speaking``, their audio.

    Closing the iterator stops the source and the voice within one token and one window. A
    failure of either ends the reply as ``ReplyFailed``.
    """
    reply = _Reply(words, speaking, max_tokens)
    try:
        async for piece in reply.pieces():
            yield piece
    except AppError as error:
        yield ReplyFailed(code="server_error", message=str(error))
    finally:
        reply.stop()


class _Reply:
    def __init__(self, words: Words, speaking: Speaking | None, most: int | None) -> None:
        self._words = words
        self._speaking = speaking
        self._left = most
        self._cut = False
        self._dry_at_s: float | None = None
        self._stop = threading.Event()
        self._splitter = ClauseSplitter()
        self._clauses: deque[str] = deque()

    def stop(self) -> None:
        """End the source and the voice."""
        self._stop.set()
        self._words.stop()

    async def pieces(self) -> AsyncGenerator[ReplyPiece, None]:
        """Yield everything, the reason of an early end last."""
        written = self._written_reply() if self._speaking is None else self._spoken_reply()
        async for piece in written:
            yield piece
        self._words.check()
        if self._cut:
            yield ReplyIncomplete(reason="max_output_tokens")

    async def _written_reply(self) -> AsyncGenerator[ReplyPiece, None]:
        while True:
            for text in self._take():
                yield text
            if self._words.ended:
                break
            await self._words.wait()

    async def _spoken_reply(self) -> AsyncGenerator[ReplyPiece, None]:
        resampler: Resampler | None = None
        while True:
            for text in self._take():
                yield text
            if self._clauses:
                resampler = resampler or Resampler(self._voice.rate_hz, SESSION_RATE_HZ)
                async for piece in self._speak(self._clauses.popleft(), resampler):
                    yield piece
            elif self._words.ended:
                break
            else:
                await self._wait_for_words()
        if resampler is not None and len(rest := resampler.flush()):
            yield ReplyAudio(samples=rest)

    async def _wait_for_words(self) -> None:
        """Wait for a clause; where the listener would run dry first, take the words there are."""
        if self._dry_at_s is None:
            await self._words.wait()
            return
        left_s = self._dry_at_s - _HURRY_S - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(max(left_s, 0.0)):
                await self._words.wait()
        except TimeoutError:
            self._dry_at_s = None
            self._clauses.extend(self._splitter.hurry())

    def _spoken(self, frames: int) -> None:
        now_s = asyncio.get_running_loop().time()
        begin_s = now_s if self._dry_at_s is None else max(self._dry_at_s, now_s)
        self._dry_at_s = begin_s + frames / SESSION_RATE_HZ

    @property
    def _voice(self) -> Voice:
        assert self._speaking is not None
        return self._speaking.voice

    async def _speak(self, clause: str, resampler: Resampler) -> AsyncGenerator[ReplyPiece, None]:
        assert self._speaking is not None
        windows = self._voice.speak(clause, speed=self._speaking.speed, stop=self._stop)
        while (window := await self._speaking.worker.submit(next, windows, None)) is not None:
            samples = resampler.push(from_float(window))
            if len(samples):
                self._spoken(len(samples))
                yield ReplyAudio(samples=samples)
            for text in self._take():
                yield text

    def _take(self) -> Iterator[ReplyText]:
        """Take new words within the bound; cut them into clauses."""
        for text in self._words.take():
            if self._left is not None and text.tokens > self._left:
                self._cut = True
                self._words.stop()
                break
            if self._left is not None:
                self._left -= text.tokens
            self._clauses.extend(self._splitter.push(text.text))
            yield text
        if self._cut or self._words.ended:
            self._clauses.extend(self._splitter.flush())
