"""The listening side of a session: from audio to turns, and from turns to words."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.clock import Nanoseconds
from app.core.errors import AppError
from app.core.ids import ItemId
from app.localengine.ports import (
    DetectorSettings,
    ExpectReply,
    ReplyRequest,
    SpeechEngine,
    SpeechMark,
    Utterance,
)
from app.localengine.realtime_ear import Ear, steps
from app.localengine.realtime_line import Line
from app.localengine.realtime_usage import USER_TOKENS_PER_S, UsageCounter, audio_tokens
from app.localengine.realtime_words import SettledWords
from app.protocols.openai_realtime.server import OpenAIRealtimeServer
from app.protocols.openai_realtime.server_input import InputState
from app.protocols.openai_realtime.server_values import (
    ServerVad,
    TokenUsage,
    TranscriptionSettings,
    TurnDetection,
)

SEMANTIC_SILENCE_MS: Final[Mapping[str, int]] = {
    "low": 1500,
    "medium": 800,
    "auto": 800,
    "high": 400,
}
"""Silence that ends a turn by its eagerness: this engine has no other sense of an end."""

_UNNOTICED_KEPT: Final = 64
"""Beginnings and ends of speech while nobody takes note; older ones are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnHooks:
    """What the session does at the edges of a turn.

    Attributes:
        started: The user began to speak.
        ended: The user's turn is an item; gets when the audio that settled it arrived.
        expected: From the words that seem to be final to the reply that they would bring.
        noticed: Gets when the onset of the user's speech arrived; where it says False, nobody
            takes note of the user before ``Listener.release``.
        least_ms: How long sound that begins now must last to be speech.
    """

    started: Callable[[], None]
    ended: Callable[[Nanoseconds], None]
    expected: ExpectReply
    noticed: Callable[[Nanoseconds], bool] = lambda _: True
    least_ms: Callable[[], float] = lambda: 0.0


class Listener:
    """Hears one session. All calls on the server's loop."""

    def __init__(
        self,
        *,
        engine: SpeechEngine,
        server: OpenAIRealtimeServer,
        line: Line,
        usage: UsageCounter,
        tasks: asyncio.TaskGroup,
        hooks: TurnHooks,
    ) -> None:
        self._engine = engine
        self._server = server
        self._line = line
        self._usage = usage
        self._tasks = tasks
        self._hooks = hooks
        self._ear = Ear(engine, self._on_partial, self._expected)
        self._words = SettledWords()
        self._item: ItemId | None = None
        self._start_ms = 0.0
        self._floor_ms = 0.0
        self._recognising: dict[asyncio.Task[None], Utterance] = {}
        self._unnoticed: deque[SpeechMark] = deque(maxlen=_UNNOTICED_KEPT)
        self.configure()

    def configure(self) -> None:
        """Take over the session's settings, at once.

        A turn under way that nobody detects any more goes on as the client's own.
        """
        detection = self._server.config.turn_detection
        self._ear.configure(detector_settings(detection))
        if detection is None:
            self._unnoticed.clear()
            self._item = None

    async def hear(self, samples: Samples, received_ns: Nanoseconds) -> None:
        """Take appended audio, 24 kHz. Other sessions get their turn after each 20 ms of it."""
        for step in steps(samples):
            self._ear.require(self._hooks.least_ms())
            for mark in self._ear.hear(step):
                self._mark(mark, received_ns)
            await asyncio.sleep(0)

    async def words_known(self) -> None:
        """Wait until everything that was said is written down."""
        while self._recognising:
            await asyncio.wait(self._recognising)

    def committed(self, item_id: ItemId, audio_ms: float) -> None:
        """Recognise what the client committed by itself."""
        utterance = self._ear.take_utterance()
        self._ear.restart()
        self._write_down(item_id, utterance, audio_ms)

    def cleared(self) -> None:
        """Forget what the client cleared."""
        self._unnoticed.clear()
        self._ear.forget()
        self._item = None
        self._floor_ms = self._ear.heard_ms

    def time_out(self) -> bool:
        """Make an item of the silence since the last one; False if somebody speaks."""
        if self._server.input_state is not InputState.QUIET:
            return False
        start_ms, end_ms = self._floor_ms, self._ear.heard_ms
        self._server.timeout_triggered(round(start_ms), round(end_ms))
        item_id = self._server.commit(end_ms - start_ms)
        self._usage.note_audio(item_id, (end_ms - start_ms) / 1000)
        self._floor_ms = end_ms
        return True

    async def read(self, item_id: ItemId, samples: Samples) -> None:
        """Recognise the audio of an item that the client made; no client is told its words."""
        ear = Ear(self._engine, lambda _: None)
        ear.configure(None)
        for step in steps(samples):
            list(ear.hear(step))
            await asyncio.sleep(0)
        seconds = len(samples) / SESSION_RATE_HZ
        self._usage.note_audio(item_id, seconds)
        self._start(item_id, ear.take_utterance(), seconds, None)

    def end(self) -> None:
        """Stop hearing, and writing down what was heard."""
        self._ear.forget()
        for task, utterance in self._recognising.items():
            task.cancel()
            utterance.cancel()

    # --- turns -----------------------------------------------------------------------------------

    def release(self, noticed_ns: Nanoseconds) -> None:
        """Take note, as of ``noticed_ns``, of what was said since the user was not noticed."""
        marks = tuple(self._unnoticed)
        self._unnoticed.clear()
        for mark in marks:
            self._obey(mark, noticed_ns)

    def _mark(self, mark: SpeechMark, received_ns: Nanoseconds) -> None:
        begins = mark.started and self._server.input_state is InputState.QUIET
        if self._unnoticed or (begins and not self._hooks.noticed(received_ns)):
            self._unnoticed.append(mark)
        else:
            self._obey(mark, received_ns)

    def _obey(self, mark: SpeechMark, received_ns: Nanoseconds) -> None:
        detection = self._server.config.turn_detection
        state = self._server.input_state
        if mark.started and state is InputState.QUIET:
            self._started(mark.at_ms, detector_settings(detection))
        elif not mark.started and state is InputState.SPEAKING:
            self._ended(mark.at_ms, detector_settings(detection), received_ns)
        self._line.flush()

    def _started(self, at_ms: float, settings: DetectorSettings | None) -> None:
        padding_ms = 0 if settings is None else settings.prefix_padding_ms
        self._start_ms = max(at_ms - padding_ms, self._floor_ms)
        self._words = SettledWords()
        self._item = self._server.speech_started(round(self._start_ms))
        self._line.flush()
        self._hooks.started()

    def _ended(
        self, at_ms: float, settings: DetectorSettings | None, received_ns: Nanoseconds
    ) -> None:
        silence_ms = 0 if settings is None else settings.silence_ms
        end_ms = min(at_ms + silence_ms, self._ear.heard_ms)
        self._server.speech_stopped(round(end_ms))
        audio_ms = end_ms - self._start_ms
        item_id = self._server.commit(audio_ms)
        self._write_down(item_id, self._ear.take_utterance(), audio_ms)
        self._floor_ms = end_ms
        self._hooks.ended(received_ns)

    # --- words -----------------------------------------------------------------------------------

    def _on_partial(self, text: str) -> None:
        wanted = self._server.config.transcription is not None
        if self._item is None or not wanted or self._line.is_behind:
            return
        if delta := self._words.push(text):
            self._server.transcription_delta(self._item, delta)
            self._line.flush()

    def _expected(self, words: str) -> ReplyRequest | None:
        detection = self._server.config.turn_detection
        if self._item is None or detection is None or not detection.create_response:
            return None
        return self._hooks.expected(words)

    def _write_down(self, item_id: ItemId, utterance: Utterance, audio_ms: float) -> None:
        words, self._words = self._words, SettledWords()
        self._item = None
        self._floor_ms = self._ear.heard_ms
        self._usage.note_audio(item_id, audio_ms / 1000)
        self._start(item_id, utterance, audio_ms / 1000, words)

    def _start(
        self, item_id: ItemId, utterance: Utterance, seconds: float, words: SettledWords | None
    ) -> None:
        wanted = self._server.config.transcription if words is not None else None
        task = self._tasks.create_task(
            self._recognise(item_id, utterance, seconds, words or SettledWords(), wanted),
            name=f"words of {item_id}",
        )
        self._recognising[task] = utterance
        task.add_done_callback(self._recognising.pop)

    async def _recognise(
        self,
        item_id: ItemId,
        utterance: Utterance,
        seconds: float,
        words: SettledWords,
        wanted: TranscriptionSettings | None,
    ) -> None:
        try:
            text = await utterance.finish()
        except AppError as error:
            if wanted is not None:
                self._server.transcription_failed(
                    item_id, code="transcription_failed", message=str(error)
                )
                self._line.flush()
            return
        self._server.note_words(item_id, text)
        if wanted is not None:
            if delta := words.end(text):
                self._server.transcription_delta(item_id, delta)
            usage = TokenUsage(
                input_audio=audio_tokens(seconds, USER_TOKENS_PER_S),
                output_text=self._engine.count_tokens(text),
            )
            self._server.transcription_completed(item_id, text, usage)
        self._line.flush()


def detector_settings(detection: TurnDetection | None) -> DetectorSettings | None:
    """Return the detector's settings; None for push to talk."""
    if detection is None:
        return None
    if isinstance(detection, ServerVad):
        return DetectorSettings(
            threshold=detection.threshold,
            prefix_padding_ms=detection.prefix_padding_ms,
            silence_ms=detection.silence_duration_ms,
        )
    return DetectorSettings(silence_ms=SEMANTIC_SILENCE_MS[detection.eagerness])
