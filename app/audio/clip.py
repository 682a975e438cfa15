"""A sound file as 24 kHz mono, decoded a little ahead, with its speech annotated."""

from collections import deque
from pathlib import Path
from typing import Final

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
    """One sound file that is said once. One owner; close it.

    Attributes:
        name: File name.
        speech: Where it speaks.

    Raises:
        DeviceError: If the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.speech = SpeechMap()
        self._reader: WavReader | None = WavReader(path)
        self._rate_hz = self._reader.info.rate_hz
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
