"""Recordings of tests/audio with what is said in them."""

import json
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from app.localengine.ports import LISTENING_RATE_HZ, Waveform

AUDIO = Path(__file__).resolve().parent.parent / "audio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One recording; ``transcript`` is "" for noise."""

    path: Path
    transcript: str
    condition: str
    human: bool
    language: str

    @property
    def name(self) -> str:
        return self.path.stem

    def waveform(self) -> Waveform:
        """Return mono samples at 16 kHz."""
        with wave.open(str(self.path)) as stream:
            rate, channels = stream.getframerate(), stream.getnchannels()
            data = np.frombuffer(stream.readframes(stream.getnframes()), "<i2")
        mono = data.reshape(-1, channels).mean(axis=1).astype(np.float32) / 32768
        out: Waveform = soxr.resample(mono, rate, LISTENING_RATE_HZ).astype(np.float32)
        return out


def read_clips(folder: Path = AUDIO) -> list[Clip]:
    """Return the clips whose words are known, noise included."""
    rows = json.loads((folder / "manifest.json").read_text("utf-8"))
    return [
        Clip(
            path=folder / row["file"],
            transcript=row["transcript"],
            condition=row["condition"],
            human=row["human"],
            language=row["language"],
        )
        for row in (rows["clips"] if isinstance(rows, dict) else rows)
        if row["transcript"] is not None
    ]


def clip(name: str) -> Clip:
    return next(c for c in read_clips() if c.name == name)
