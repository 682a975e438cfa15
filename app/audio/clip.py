"""A sound file, or a stretch of a recording, as 24 kHz mono with its speech annotated."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from app.audio.wav import WavReader
from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.dsp.pcm import concat, silence
from app.dsp.resample import Resampler
from app.dsp.speech import SpeechReader

STEP_S: Final = 0.25
"""Sound decoded per step: about a millisecond of work."""
AHEAD_FRAMES: Final = 60 * SESSION_RATE_HZ
"""Decoded sound that waits at most: 2.9 MB, whatever the length of the file."""


class SoundReader(Protocol):
    """Gives sound piece by piece."""

    @property
    def rate_hz(self) -> int:
        """Rate of what it gives."""
        ...

    @property
    def warning(self) -> str:
        """One sentence about what is odd with it, or ""."""
        ...

    def read(self, frames: int) -> Samples:
        """Return the next frames, fewer at the end, then none."""
        ...

    def close(self) -> None:
        """Stop. Safe to call twice."""
        ...


@dataclass(frozen=True, slots=True)
class RecordedSpeech:
    """Speech cut out of a recording.

    Attributes:
        name: For people and records.
        read: Returns 24 kHz mono from a frame to before another, fewer at its end.
        first: First frame of it; ``end`` the one after its last.
    """

    name: str
    read: Callable[[int, int], Samples]
    first: int
    end: int


class _CutReader:
    """A ``SoundReader`` of recorded speech."""

    rate_hz = SESSION_RATE_HZ

    def __init__(self, speech: RecordedSpeech) -> None:
        self._speech = speech
        self._next = speech.first
        self.warning = ""

    def read(self, frames: int) -> Samples:
        first, self._next = self._next, min(self._next + frames, self._speech.end)
        samples = self._speech.read(first, self._next)
        if len(samples) < self._next - first:
            self.warning = f"The recording of {self._speech.name} is cut short."
            self._next = self._speech.end
        return samples

    def close(self) -> None:
        self._next = self._speech.end


class SpeechMap:
    """Where a clip's speech is, as far as it is decoded; ``SpeechReader`` says by which rule."""

    def __init__(self) -> None:
        self._reader = SpeechReader(SESSION_RATE_HZ)

    def push(self, samples: Samples) -> None:
        """Take the next decoded frames in."""
        self._reader.push(samples)

    def end_before(self, frame: int) -> int | None:
        """Return the end of the last speech before ``frame``; within it, where it last was loud."""
        loud = self._reader.loud()
        begun = int(np.searchsorted(loud[:, 0], frame))
        return min(int(loud[begun - 1, 1]), frame) if begun else None

    def start_before(self, frame: int, *, pause_ms: int) -> int | None:
        """Return where the last speech at or before ``frame`` began.

        Pauses of less than ``pause_ms`` are inside it.
        """
        begun = [each.start for each in self._reader.speech(pause_ms) if each.start <= frame]
        return begun[-1] if begun else None


class Clip:
    """One sound file, or one recorded speech, that is said once. One owner; close it.

    Attributes:
        name: File name.
        speech: Where it speaks.

    Raises:
        DeviceError: If the file cannot be used.
    """

    def __init__(self, source: Path | RecordedSpeech) -> None:
        self.name = source.name
        self.speech = SpeechMap()
        self._reader: SoundReader | None = (
            _CutReader(source) if isinstance(source, RecordedSpeech) else WavReader(source)
        )
        self._rate_hz = self._reader.rate_hz
        self._warning = self._reader.warning
        self._resampler = Resampler(self._rate_hz, SESSION_RATE_HZ)
        self._ready: deque[Samples] = deque()
        self._ready_frames = 0

    @property
    def warning(self) -> str:
        """One sentence for the user about what is odd with the file, or ""."""
        return self._warning if self._reader is None else self._reader.warning

    def decode_step(self) -> bool:
        """Decode the next quarter of a second, if it is wanted; say whether there was any."""
        if self._reader is None or self._ready_frames >= AHEAD_FRAMES:
            return False
        source = self._reader.read(round(self._rate_hz * STEP_S))
        ready = self._resampler.push(source) if len(source) else self._resampler.flush()
        if not len(source):
            self.close()
        if len(ready):
            self.speech.push(ready)
            self._ready.append(ready)
            self._ready_frames += len(ready)
        return True

    def take(self, frames: int) -> Samples:
        """Return the next ``frames`` frames at 24 kHz, fewer at the end, then none."""
        while self._ready_frames < frames and self.decode_step():
            pass
        taken: list[Samples] = []
        missing = frames
        while missing and self._ready:
            piece = self._ready.popleft()
            if len(piece) > missing:
                self._ready.appendleft(piece[missing:])
                piece = piece[:missing]
            taken.append(piece)
            missing -= len(piece)
        self._ready_frames -= frames - missing
        return concat(taken) if taken else silence(0)

    def close(self) -> None:
        """Close the file; what is decoded stays. Safe to call twice."""
        if self._reader is not None:
            self._warning = self._reader.warning
            self._reader.close()
            self._reader = None
