"""Utterances whose last sample is known: the ruler's own user."""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ
from app.dsp.pcm import from_float, to_bytes

WIRE_FRAMES = SESSION_RATE_HZ // 50
SHORTEST_FRAMES, LONGEST_FRAMES = SESSION_RATE_HZ * 6 // 10, SESSION_RATE_HZ
_MARGIN_FRAMES = SESSION_RATE_HZ * 2 // 1000
_TAIL_FRAMES = SESSION_RATE_HZ // 20


@dataclass(frozen=True, slots=True)
class Stimulus:
    """A sound file that is loud for exactly its first ``speech_frames`` frames."""

    path: Path
    speech_frames: int

    @property
    def quantisation_ms(self) -> float:
        """From the end of speech to the end of the 20 ms frame that holds it."""
        return (-self.speech_frames % WIRE_FRAMES) * 1000 / SESSION_RATE_HZ


def write_stimuli(folder: Path, count: int, seed: int) -> list[Stimulus]:
    """Write ``count`` utterances of 0.6 to 1 s that end at random samples.

    No end is nearer than 2 ms to the border of a frame: there the frame that settles the end
    of a turn would depend on the ruler's own filter.
    """
    random = np.random.default_rng(seed)
    return [_write(folder / f"{number:03d}.wav", _length(random)) for number in range(count)]


def _length(random: np.random.Generator) -> int:
    whole = int(random.integers(SHORTEST_FRAMES // WIRE_FRAMES, LONGEST_FRAMES // WIRE_FRAMES))
    return whole * WIRE_FRAMES + int(random.integers(_MARGIN_FRAMES, WIRE_FRAMES - _MARGIN_FRAMES))


def _write(path: Path, speech_frames: int) -> Stimulus:
    seconds = np.arange(speech_frames) / SESSION_RATE_HZ
    fade = np.minimum(1.0, seconds / 0.005)
    tone = 0.25 * fade * np.cos(2 * np.pi * 400 * (seconds - seconds[-1]))
    samples = np.concatenate(
        (from_float(tone.astype(np.float32)), np.zeros(_TAIL_FRAMES, np.int16))
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SESSION_RATE_HZ)
        file.writeframes(to_bytes(samples))
    return Stimulus(path, speech_frames)
