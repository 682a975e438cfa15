"""Speech faster or slower at its own pitch, as a stream.

Waveform similarity overlap-add: windows of 30 ms are laid over each other by half, each taken
where it goes on best from the one before, at most 8 ms beside its due place.

Source: W. Verhelst, M. Roelands, "An overlap-add technique based on waveform similarity (WSOLA)
for high quality time-scale modification of speech", ICASSP 1993.
"""

from typing import Final

import numpy as np

from app.dsp.pcm import FloatSamples

WINDOW_MS: Final = 30
SEARCH_MS: Final = 8

_LITTLE = 1e-9


class Stretcher:
    """A stream at another speed. Not thread-safe; one owner.

    Output frame ``k`` stands for input frame ``k * speed``, to ``SEARCH_MS``.

    Args:
        speed: Input over output, 0.25 to 4.
        rate_hz: Of both.

    Raises:
        ValueError: If the speed is none of these.
    """

    def __init__(self, speed: float, rate_hz: int) -> None:
        if not 0.25 <= speed <= 4:  # noqa: PLR2004 - the bounds of the docstring
            raise ValueError(f"{speed} is no speed from 0.25 to 4")
        self._speed = speed
        self._hop = rate_hz * WINDOW_MS // 2000
        self._search = rate_hz * SEARCH_MS // 1000
        size = 2 * self._hop
        ramp = (np.arange(size) + 0.5) / size
        self._window = (0.5 - 0.5 * np.cos(2 * np.pi * ramp)).astype(np.float32)
        self._input = np.zeros(0, np.float32)
        self._first = 0
        self._hops = 0
        self._tail = np.zeros(self._hop, np.float32)
        self._natural = 0

    def push(self, samples: FloatSamples) -> FloatSamples:
        """Take the next frames in; return what is ready."""
        self._input = np.concatenate((self._input, samples))
        ready: list[FloatSamples] = []
        size, hop = 2 * self._hop, self._hop
        while True:
            due = round(self._hops * hop * self._speed)
            if max(due + self._search, self._natural) + size > self._first + len(self._input):
                break
            start = due if not self._hops else self._best(due)
            piece = self._at(start, size) * self._window
            if not self._hops:  # nothing comes before it that it could be faded into
                piece[:hop] = self._at(start, hop)
            ready.append(self._tail + piece[:hop])
            self._tail = piece[hop:]
            self._natural = start + hop
            self._hops += 1
            self._forget(min(self._natural, due + round(hop * self._speed) - self._search))
        return np.concatenate(ready) if ready else np.zeros(0, np.float32)

    def flush(self) -> FloatSamples:
        """Return the rest, as far as its input has come, and begin anew."""
        total = self._first + len(self._input)
        wanted = round(total / self._speed) - self._hops * self._hop
        rest = self.push(np.zeros(4 * self._hop + 2 * self._search, np.float32))[: max(wanted, 0)]
        self._input = np.zeros(0, np.float32)
        self._first = self._hops = self._natural = 0
        self._tail = np.zeros(self._hop, np.float32)
        return rest

    def _best(self, due: int) -> int:
        """Return where the input goes on most like what would have followed the last window."""
        first = max(due - self._search, self._first)
        wanted = self._at(self._natural, self._hop)
        span = self._at(first, due + self._search + self._hop - first)
        likeness = np.correlate(span, wanted, "valid")
        energy = np.concatenate(([0.0], np.cumsum(span.astype(np.float64) ** 2)))
        loudness = np.sqrt(np.maximum(energy[self._hop :] - energy[: -self._hop], 0) + _LITTLE)
        return first + int(np.argmax(likeness / loudness))

    def _at(self, start: int, frames: int) -> FloatSamples:
        here = start - self._first
        return self._input[here : here + frames].copy()

    def _forget(self, before: int) -> None:
        """Give up the input before a frame that is never looked at again."""
        dropped = min(max(before - self._first, 0), len(self._input))
        self._input = self._input[dropped:]
        self._first += dropped
