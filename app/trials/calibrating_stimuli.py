"""Utterances whose first and last samples are known: a calibration's own user."""

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ
from app.dsp.pcm import from_float, to_bytes

WIRE_FRAMES: Final = SESSION_RATE_HZ // 50
"""What is sent at once: a multiple of it settles what happens when."""

SHORTEST_MS: Final = 300
LONGEST_MS: Final = 600
_MARGIN_FRAMES: Final = SESSION_RATE_HZ * 2 // 1000
_TAIL_FRAMES: Final = SESSION_RATE_HZ // 20
_FRAMES_PER_MS: Final = SESSION_RATE_HZ // 1000
_TONE_HZ: Final = 400
_LEVEL: Final = 0.25
_FADE_S: Final = 0.002


@dataclass(frozen=True, slots=True)
class Stimulus:
    """A sound file that is loud for exactly its first ``speech_frames`` frames."""

    path: Path
    speech_frames: int

    @property
    def name(self) -> str:
        """File name, as a turn's record has it."""
        return self.path.name

    @property
    def speech_ms(self) -> float:
        """Length of the speech."""
        return self.speech_frames * 1000 / SESSION_RATE_HZ

    @property
    def quantisation_ms(self) -> float:
        """From the end of speech to the end of the 20 ms frame that holds it."""
        return (-self.speech_frames % WIRE_FRAMES) * 1000 / SESSION_RATE_HZ


def write_stimulus(path: Path, random: np.random.Generator) -> Stimulus:
    """Write an utterance of 0.3 to 0.6 s that ends at a random sample.

    No end is nearer than 2 ms to the border of a frame: there the frame that settles the end
    of a turn would depend on the ruler's own filter.

    Raises:
        OSError: If it cannot be written.
    """
    shortest, longest = (
        span_ms * _FRAMES_PER_MS // WIRE_FRAMES for span_ms in (SHORTEST_MS, LONGEST_MS)
    )
    whole = int(random.integers(shortest, longest)) * WIRE_FRAMES
    rest = int(random.integers(_MARGIN_FRAMES, WIRE_FRAMES - _MARGIN_FRAMES))
    stimulus = Stimulus(path, whole + rest)
    _write(stimulus)
    return stimulus


def _write(stimulus: Stimulus) -> None:
    seconds = np.arange(stimulus.speech_frames) / SESSION_RATE_HZ
    fade = np.minimum(1.0, seconds / _FADE_S)
    tone = _LEVEL * fade * np.cos(2 * np.pi * _TONE_HZ * (seconds - seconds[-1]))
    tail = np.zeros(_TAIL_FRAMES, np.int16)
    with wave.open(str(stimulus.path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SESSION_RATE_HZ)
        file.writeframes(to_bytes(np.concatenate((from_float(tone.astype(np.float32)), tail))))
