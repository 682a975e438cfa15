"""The simulator's ears: energy, sample by sample, on the media's own clock."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from app.localengine.listening_rate import LISTENING_DELAY_MS
from app.localengine.ports import LISTENING_RATE_HZ, DetectorSettings, SpeechMark, Waveform

_FRAMES_PER_MS: Final = LISTENING_RATE_HZ / 1000
_DELAY_FRAMES: Final = LISTENING_DELAY_MS * _FRAMES_PER_MS
_PARTIAL_EVERY_MS: Final = 300.0


class EnergyDetector:
    """Speech is a sample above a level; its end is silence of the configured length.

    Depends on nothing but the samples: the same audio gives the same marks however it is cut
    into blocks, and a mark appears with the block that holds its last sample. Where sound must
    last (``DetectorSettings.least_ms`` as it is at its onset), speech is told with the sample
    that makes it long enough, and dated back to the onset.

    Args:
        threshold_dbfs: The level.
        extra_silence_ms: Silence wanted beyond what is configured.
        false_end_ms: For each turn, counted from 1: how long after its onset the turn is ended
            although speech goes on, or None. What is said after that is no turn of its own.
    """

    def __init__(
        self,
        threshold_dbfs: float,
        extra_silence_ms: float,
        false_end_ms: Callable[[int], float | None] = lambda _: None,
    ) -> None:
        self._level = 10 ** (threshold_dbfs / 20)
        self._extra_ms = extra_silence_ms
        self._false_end_ms = false_end_ms
        self._frames = 0
        self._begun = 0
        self._last_loud: int | None = None
        self._cut_at: float | None = None
        self._spent = False
        self._least_frames = 0.0
        self._maybe: tuple[int, float] | None = None
        self._maybe_last = 0
        self._silence_frames = 0.0
        self._silence_ms = 0
        self.configure(DetectorSettings())

    def configure(self, settings: DetectorSettings) -> None:
        """Use these settings from now on; the threshold stays the simulator's own."""
        span_ms = settings.silence_ms + self._extra_ms
        self._silence_ms = settings.silence_ms
        self._silence_frames = max(span_ms * _FRAMES_PER_MS - _DELAY_FRAMES, 1.0)
        self._least_frames = settings.least_ms * _FRAMES_PER_MS

    def feed(self, audio: Waveform) -> Sequence[SpeechMark]:
        """Take 16 kHz audio of any length; return what it settles."""
        marks: list[SpeechMark] = []
        loud = np.flatnonzero(np.abs(audio) > self._level) + self._frames
        self._frames += len(audio)
        pauses = np.flatnonzero(np.diff(loud) > self._silence_frames) + 1
        for sound in np.split(loud, pauses):
            if len(sound):
                self._sound(int(sound[0]), int(sound[-1]), marks)
        self._end_by(self._frames, marks)
        return marks

    def _sound(self, first: int, last: int, marks: list[SpeechMark]) -> None:
        """Take loud frames: they may end a silence that was long enough, and start a turn."""
        self._end_by(first, marks)
        if self._last_loud is None:
            onset = self._onset(first, last)
            if onset is None:
                return
            self._begin(onset, marks)
        self._last_loud = last

    def _onset(self, first: int, last: int) -> int | None:
        """Return where speech began, or None as long as it may be none."""
        onset, least = first, self._least_frames
        if self._maybe is not None and first - self._maybe_last <= self._silence_frames:
            onset, least = self._maybe
        self._maybe, self._maybe_last = (onset, least), last
        if last - onset + 1 < least:
            return None
        self._maybe = None
        return onset

    def _begin(self, frame: int, marks: list[SpeechMark]) -> None:
        marks.append(SpeechMark(started=True, at_ms=_media_ms(frame)))
        self._begun += 1
        after_ms = self._false_end_ms(self._begun)
        if after_ms is not None:
            self._cut_at = frame - _DELAY_FRAMES + after_ms * _FRAMES_PER_MS

    def _end_by(self, frame: int, marks: list[SpeechMark]) -> None:
        """End the turn if its silence, or what was given it, was complete before ``frame``."""
        if self._last_loud is None:
            return
        quiet_at = self._last_loud + 1 + self._silence_frames
        if self._cut_at is not None and self._cut_at <= min(frame, quiet_at):
            heard_ms = self._cut_at / _FRAMES_PER_MS
            marks.append(SpeechMark(started=False, at_ms=max(heard_ms - self._silence_ms, 0.0)))
            self._cut_at, self._spent = None, True
        if frame < quiet_at:
            return
        if not self._spent:
            marks.append(SpeechMark(started=False, at_ms=_media_ms(self._last_loud + 1)))
        self._quiet()

    def _quiet(self) -> None:
        self._last_loud, self._cut_at, self._spent = None, None, False

    def reset(self) -> None:
        """Forget the audio so far; positions go on counting."""
        self._maybe = None
        self._quiet()


class ScriptedUtterance:
    """Hears what the script says: a word more every 300 ms, and all of it at the end."""

    def __init__(self, transcript: str, on_partial: Callable[[str], None]) -> None:
        self._words = transcript.split()
        self._on_partial = on_partial
        self._frames = 0
        self._told = 0

    def feed(self, audio: Waveform, *, speech: bool) -> None:
        """Take more audio; speech brings out the next word in time."""
        if speech:
            self._frames += len(audio)
        due = int(self._frames / _FRAMES_PER_MS / _PARTIAL_EVERY_MS)
        due = min(due, len(self._words))
        if due > self._told:
            self._told = due
            self._on_partial(" ".join(self._words[:due]))

    async def finish(self) -> str:
        """Return the script's words."""
        return " ".join(self._words)

    def cancel(self) -> None:
        """Say nothing more."""
        self._told = len(self._words)


def _media_ms(frame: int) -> float:
    return max(frame - _DELAY_FRAMES, 0.0) / _FRAMES_PER_MS
