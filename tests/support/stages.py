"""Stages of the embedded engine that need no weights."""

import threading
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from app.core.errors import EngineError
from app.localengine.engine import EmbeddedEngine, Stages, Workers, wall_clock
from app.localengine.ports import Message, Waveform

FRAME = 512


class LoudnessVad:
    """Speech is what is louder than 0.1."""

    def reset(self) -> None:
        """Nothing to forget."""

    def probability(self, frame: NDArray[np.float32]) -> float:
        return 0.9 if float(np.abs(frame).mean()) > 0.1 else 0.02


def speech(frames: int) -> Waveform:
    return np.full(frames * FRAME, 0.5, dtype=np.float32)


def quiet(frames: int) -> Waveform:
    return np.zeros(frames * FRAME, dtype=np.float32)


class ScriptedRecognizer:
    """Says ``words``; remembers what it was given. ``gate`` holds it back until set."""

    def __init__(self, words: str = "hello there", *, gate: threading.Event | None = None) -> None:
        self.words = words
        self.lengths: list[int] = []
        self._gate = gate

    def transcribe(self, audio: Waveform) -> str:
        self.lengths.append(len(audio))
        if self._gate is not None:
            self._gate.wait(5)
        return self.words


class ScriptedModel:
    """Writes ``pieces``; then fails, or waits for ``stop`` where it is told to go on for ever."""

    def __init__(
        self,
        *pieces: str,
        fails: str = "",
        endless: bool = False,
        gate: threading.Event | None = None,
    ) -> None:
        self._pieces = pieces
        self._fails = fails
        self._endless = endless
        self._gate = gate
        self.asked: list[tuple[Sequence[Message], int]] = []
        self.stopped = threading.Event()

    def reply(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        stop: threading.Event,
        emit: Callable[[str], None],
    ) -> None:
        self.asked.append((tuple(messages), max_tokens))
        if self._gate is not None:
            self._gate.wait(5)
        for piece in self._pieces[:max_tokens]:
            emit(piece)
        if self._fails:
            raise EngineError(self._fails)
        if self._endless:
            stop.wait(5)
        if stop.is_set():
            self.stopped.set()

    def count_tokens(self, text: str) -> int:
        return len(text.split())


class ToneVoice:
    """Speaks each clause as ``windows`` windows of 0.1 s at 24 kHz."""

    def __init__(self, windows: int = 2, rate_hz: int = 24_000) -> None:
        self._windows = windows
        self.rate_hz = rate_hz
        self.said: list[str] = []
        self.made = 0

    def speak(self, text: str, *, speed: float, stop: threading.Event) -> Iterator[Waveform]:
        self.said.append(text)
        for _ in range(self._windows):
            if stop.is_set():
                return
            self.made += 1
            yield np.full(self.rate_hz // 10, 0.25, dtype=np.float32)


def fake_engine(
    *,
    model: ScriptedModel | None = None,
    voice: ToneVoice | None = None,
    recognizer: ScriptedRecognizer | None = None,
    elsewhere: bool = False,
) -> EmbeddedEngine:
    stages = Stages(
        new_vad=LoudnessVad,
        recognizer=recognizer or ScriptedRecognizer(),
        language_model=model or ScriptedModel("Fine, ", "thank ", "you."),
        voices={"tone": voice or ToneVoice()},
        elsewhere=elsewhere,
    )
    return EmbeddedEngine(stages, Workers.make(), wall_clock)
