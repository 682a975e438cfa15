"""Finds turns in a session's audio, and recognises an utterance while it is being spoken."""

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from app.core.errors import EngineError
from app.core.ports import VoiceActivity
from app.localengine.ports import (
    LISTENING_RATE_HZ,
    DetectorSettings,
    Recognizer,
    SpeechMark,
    Waveform,
)
from app.localengine.workers import Worker

_FRAME = 512
_FRAME_MS = 1000 * _FRAME / LISTENING_RATE_HZ
_EXIT_BELOW = 0.15
_LOWEST_EXIT = 0.01
_ONSET_FRAMES = 3


class _Framer:
    """Cuts audio of any lengths into frames of 512 samples."""

    def __init__(self) -> None:
        self._rest: Waveform = np.zeros(0, dtype=np.float32)

    def push(self, audio: Waveform) -> Iterator[Waveform]:
        joined = np.concatenate((self._rest, audio.astype(np.float32, copy=False)))
        whole = len(joined) - len(joined) % _FRAME
        self._rest = joined[whole:]
        return (joined[at : at + _FRAME] for at in range(0, whole, _FRAME))

    def drop(self) -> int:
        """Forget the incomplete frame; return its length."""
        held, self._rest = len(self._rest), self._rest[:0]
        return held


class SpeechTurnDetector:
    """A ``TurnDetector`` over a voice activity network.

    A turn starts when three frames (96 ms) in a row are speech, so that a click or a bark does
    not start one; it is dated back to the first of them. It ends when the probability has
    stayed 0.15 below the threshold for ``silence_ms``, to the nearest frame of 32 ms.
    """

    def __init__(self, vad: VoiceActivity) -> None:
        self._vad = vad
        self._framer = _Framer()
        self._settings = DetectorSettings()
        self._samples = 0
        self._speaking = False
        self._run: list[int] = []
        self._speech_end = 0

    def configure(self, settings: DetectorSettings) -> None:
        """Use these settings from now on."""
        self._settings = settings

    def feed(self, audio: Waveform) -> Sequence[SpeechMark]:
        """Take 16 kHz audio of any length; return what it settles."""
        marks = []
        for frame in self._framer.push(audio):
            mark = self._step(self._vad.probability(frame))
            self._samples += _FRAME
            if mark is not None:
                marks.append(mark)
        return marks

    def reset(self) -> None:
        """Forget the audio so far; positions go on counting."""
        self._samples += self._framer.drop()
        self._vad.reset()
        self._speaking = False
        self._run.clear()

    def _step(self, probability: float) -> SpeechMark | None:
        threshold = self._settings.threshold
        floor = max(threshold - _EXIT_BELOW, _LOWEST_EXIT)
        if self._speaking:
            return self._stay(speech=probability >= floor)
        return self._wait(speech=probability >= (floor if self._run else threshold))

    def _wait(self, *, speech: bool) -> SpeechMark | None:
        if not speech:
            self._run.clear()
            return None
        self._run.append(self._samples)
        if len(self._run) < _ONSET_FRAMES:
            return None
        onset = self._run[0]
        self._run.clear()
        self._speaking = True
        self._speech_end = self._samples + _FRAME
        return SpeechMark(started=True, at_ms=_ms(onset))

    def _stay(self, *, speech: bool) -> SpeechMark | None:
        now = self._samples + _FRAME
        if speech:
            self._speech_end = now
            return None
        if _ms(now - self._speech_end) < self._settings.silence_ms - _FRAME_MS / 2:
            return None
        self._speaking = False
        return SpeechMark(started=False, at_ms=_ms(self._speech_end))


_SPEECH = 0.35
_FIRST_PARTIAL = 600 * LISTENING_RATE_HZ // 1000
_PARTIAL_STEP = 400 * LISTENING_RATE_HZ // 1000
_SPECULATE_AFTER = 128 * LISTENING_RATE_HZ // 1000
_MARGIN = 300 * LISTENING_RATE_HZ // 1000
_SETTLE_AT_PAUSE = 20 * LISTENING_RATE_HZ
_SETTLE = 30 * LISTENING_RATE_HZ
_FAINT_FRAMES = 12
_NOISE_WORDS = frozenset({"you", "1", "the", "oh", "thank you"})


class RollingUtterance:
    """An ``Utterance``: partial texts while it is spoken, and a final one that is often ready.

    It has a detector of its own, at a low threshold: only speech with 300 ms around it is
    recognised, and audio without speech has no words. From 0.6 s on, a partial text is made
    every 0.4 s unless the worker is busy. After 128 ms of silence the final text is made on
    suspicion; more speech throws it away. After 30 s, or 20 s at a pause, what was said is
    settled and a new stretch begins, so neither memory nor time grows without bound.

    All calls on the loop; recognition runs in the worker.

    Args:
        recognizer: Runs in ``worker``.
        vad: Of this utterance alone.
        worker: Shared by all utterances.
        on_partial: Gets the whole text so far.
        on_guess: Gets the text that is final unless the speaker goes on, and None if so.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        vad: VoiceActivity,
        worker: Worker,
        on_partial: Callable[[str], None],
        on_guess: Callable[[str | None], None] | None = None,
    ) -> None:
        self._recognizer = recognizer
        self._vad = vad
        self._worker = worker
        self._on_partial: Callable[[str], None] | None = on_partial
        self._on_guess = on_guess
        self._framer = _Framer()
        self._settled: list[asyncio.Future[str]] = []
        self._partial: asyncio.Future[str] | None = None
        self._guess: asyncio.Future[str] | None = None
        self._begin()

    def _begin(self) -> None:
        self._audio: list[Waveform] = []
        self._length = 0
        self._framed = 0
        self._speech_start: int | None = None
        self._speech_end = 0
        self._speech_frames = 0
        self._next_partial = _FIRST_PARTIAL
        self._guess = None

    def feed(self, audio: Waveform, *, speech: bool) -> None:  # noqa: ARG002 - it hears itself
        """Take more 16 kHz audio. ``speech`` is not needed: its own detector is finer."""
        self._audio.append(audio)
        self._length += len(audio)
        for frame in self._framer.push(audio):
            self._hear(self._vad.probability(frame) >= _SPEECH)
        pause = self._framed - self._speech_end >= _SPECULATE_AFTER
        if self._length >= (_SETTLE_AT_PAUSE if pause else _SETTLE):
            self._settle()
        elif self._speech_start is not None:
            self._guess_or_show(pause=pause)

    def _hear(self, speech: bool) -> None:  # noqa: FBT001 - private
        if speech:
            if self._speech_start is None:
                self._speech_start = self._framed
            self._speech_end = self._framed + _FRAME
            self._speech_frames += 1
            self._drop_guess()
        self._framed += _FRAME

    def _guess_or_show(self, *, pause: bool) -> None:
        if pause and self._guess is None:
            self._guess = self._try_recognise()
            if self._guess is not None:
                self._guess.add_done_callback(self._show)
                self._guess.add_done_callback(self._tell_guess)
        elif not pause and self._length >= self._next_partial and self._worker.pending == 0:
            self._next_partial = self._length + _PARTIAL_STEP
            self._partial = self._try_recognise()
            if self._partial is not None:
                self._partial.add_done_callback(self._show)

    def _try_recognise(self) -> "asyncio.Future[str] | None":
        try:
            return self._recognise()
        except EngineError:  # too busy: what is only a guess can wait
            return None

    def _recognise(self) -> "asyncio.Future[str]":
        return self._worker.submit(
            _recognise, self._recognizer, self._speech(), self._speech_frames
        )

    def _speech(self) -> Waveform:
        if self._speech_start is None:
            return np.zeros(0, dtype=np.float32)
        self._audio = [np.concatenate(self._audio)]
        start = max(0, self._speech_start - _MARGIN)
        return self._audio[0][start : self._speech_end + _MARGIN].copy()

    def _show(self, done: "asyncio.Future[str]") -> None:
        if done.cancelled() or done.exception() is not None or self._on_partial is None:
            return
        if text := _joined([*self._settled, done]):
            self._on_partial(text)

    def _tell_guess(self, done: "asyncio.Future[str]") -> None:
        if done is self._guess and not done.cancelled() and done.exception() is None:
            self._tell(_joined([*self._settled, done]))

    def _tell(self, text: str | None) -> None:
        if self._on_guess is not None:
            self._on_guess(text)

    def _settle(self) -> None:
        guess = self._guess or self._try_recognise()
        if guess is not None:
            if self._guess is not None:
                self._tell(None)
            self._settled.append(guess)
            self._drop_partial()
            self._begin()

    def _drop_guess(self) -> None:
        if self._guess is not None:
            self._guess.cancel()
            self._guess = None
            self._tell(None)

    def _drop_partial(self) -> None:
        if self._partial is not None:
            self._partial.cancel()
            self._partial = None

    async def finish(self) -> str:
        """Return the final words. What a guess already knows is not recognised again.

        Raises:
            EngineError: If the engine is too busy or has been closed.
        """
        self._on_partial = None
        self._drop_partial()
        last = self._guess or self._recognise()
        await asyncio.gather(*self._settled, last)
        return _joined([*self._settled, last])

    def cancel(self) -> None:
        """Stop working on it; no callback after this."""
        self._on_partial = None
        self._drop_partial()
        self._drop_guess()
        for future in self._settled:
            future.cancel()


def _recognise(recognizer: Recognizer, audio: Waveform, speech_frames: int) -> str:
    """Return the words; noise that sounds like one lone word is not one. In the worker."""
    if not speech_frames:
        return ""
    text = recognizer.transcribe(audio)
    return "" if speech_frames < _FAINT_FRAMES and is_noise_word(text) else text


def is_noise_word(text: str) -> bool:
    """Say whether ``text`` is one of the words that a recogniser hears in noise."""
    return re.sub(r"[^a-z0-9 ]", "", text.lower()).strip() in _NOISE_WORDS


def _joined(parts: "Sequence[asyncio.Future[str]]") -> str:
    known = (part.result() for part in parts if part.done() and not part.cancelled())
    return " ".join(text for text in known if text)


def _ms(samples: int) -> float:
    return 1000 * samples / LISTENING_RATE_HZ
