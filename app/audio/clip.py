"""A sound file as 24 kHz mono, decoded a little ahead, with its speech annotated."""

from collections import deque
from pathlib import Path
from typing import Final

import numpy as np

from app.audio.wav import WavReader
from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.dsp.pcm import concat, silence
from app.dsp.resample import Resampler
from app.dsp.speech import BLOCKS_PER_S, SpeechBlocks, speech_blocks

STEP_S: Final = 0.25
"""Sound decoded per step: about a millisecond of work."""
AHEAD_FRAMES: Final = 60 * SESSION_RATE_HZ
"""Decoded sound that waits at most: 2.9 MB, whatever the length of the file."""

_WINDOW_FRAMES = 60 * SESSION_RATE_HZ
_BLOCK_FRAMES = SESSION_RATE_HZ // BLOCKS_PER_S


class SpeechMap:
    """Where a clip's speech is, as far as it is decoded.

    A clip of more than a minute is annotated minute by minute, each by its own levels.
    """

    def __init__(self) -> None:
        self._done: list[SpeechBlocks] = []
        self._window: list[Samples] = []
        self._window_frames = 0
        self._tail: SpeechBlocks | None = None

    def push(self, samples: Samples) -> None:
        """Take the next decoded frames in."""
        room = _WINDOW_FRAMES - self._window_frames
        self._window.append(samples[:room])
        self._window_frames += min(len(samples), room)
        self._tail = None
        if self._window_frames == _WINDOW_FRAMES:
            self._done.append(speech_blocks(concat(self._window), SESSION_RATE_HZ))
            self._window, self._window_frames = [], 0
        if len(samples) > room:
            self.push(samples[room:])

    def end_before(self, frame: int) -> int | None:
        """Return the end of the last speech that ends in a block at or before ``frame``."""
        blocks = self._blocks_before(frame)
        active = np.flatnonzero(blocks.active)
        if not len(active):
            return None
        last = int(active[-1])
        return last * _BLOCK_FRAMES + int(blocks.last[last])

    def start_before(self, frame: int, *, pause_ms: int) -> int | None:
        """Return where the last speech at or before ``frame`` began.

        Pauses of up to ``pause_ms`` are inside it.
        """
        blocks = self._blocks_before(frame + _BLOCK_FRAMES - 1)
        active = np.flatnonzero(blocks.active)
        if not len(active):
            return None
        cuts = np.flatnonzero(np.diff(active) * 1000 > pause_ms * BLOCKS_PER_S)
        first = int(active[int(cuts[-1]) + 1 if len(cuts) else 0])
        return first * _BLOCK_FRAMES + int(blocks.first[first])

    def _blocks_before(self, frame: int) -> SpeechBlocks:
        if self._tail is None:
            self._tail = speech_blocks(concat(self._window), SESSION_RATE_HZ)
        parts = (*self._done, self._tail)
        count = max(frame, 0) // _BLOCK_FRAMES
        return SpeechBlocks(
            np.concatenate([part.active for part in parts])[:count],
            np.concatenate([part.first for part in parts])[:count],
            np.concatenate([part.last for part in parts])[:count],
        )


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
