"""Microphones in virtual time, good ones and bad ones."""

from collections.abc import Sequence

import numpy as np

from app.core.audio_format import AudioBlock, Samples, StreamHealth
from app.core.clock import Clock, Nanoseconds
from app.core.errors import DeviceError


def voice(
    seconds: float, rate_hz: int, *, dbfs: float = -15.0, noise_dbfs: float = -75.0
) -> Samples:
    """Syllables of wide-band sound with pauses between, over noise; the same every time.

    Each second has 600 ms of sound at ``dbfs`` (RMS) and 400 ms of nothing but noise.
    """
    random = np.random.default_rng(7)
    frames = round(seconds * rate_hz)
    sound = random.standard_normal(frames) * 10 ** (dbfs / 20)
    phase = np.arange(frames) / rate_hz % 1.0
    sound[phase >= 0.6] = 0.0
    sound += random.standard_normal(frames) * 10 ** (noise_dbfs / 20)
    clipped: Samples = np.clip(np.rint(sound * 32_768), -32_768, 32_767).astype(np.int16)
    return clipped


def blocks_of(
    samples: Samples, rate_hz: int, *, claimed_hz: int | None = None, start_ns: int = 0
) -> list[AudioBlock]:
    """Cut a sound into blocks of 10 ms with the instants at which they really came."""
    size = rate_hz // 100
    return [
        AudioBlock(
            samples[at : at + size],
            claimed_hz or rate_hz,
            Nanoseconds(start_ns + at * 1_000_000_000 // rate_hz),
            at,
        )
        for at in range(0, len(samples) - size + 1, size)
    ]


class SoundMicrophone:
    """Plays a sound in real time from when it is opened; an ``AudioSource``.

    Args:
        samples: What it hears; then it hears nothing.
        rate_hz: At which it really delivers.
        claimed_hz: What it says; None for the truth.
        refusal: Why it does not open, or None.
    """

    def __init__(
        self,
        samples: Samples,
        rate_hz: int,
        clock: Clock,
        *,
        claimed_hz: int | None = None,
        refusal: DeviceError | None = None,
    ) -> None:
        self.name = "a microphone"
        self.finished = False
        self.device_clock = "digital"
        self.problem = ""
        self.health = StreamHealth()
        self.opened = self.closed = 0
        self._clock = clock
        self._sound = (samples, rate_hz, claimed_hz)
        self._blocks: list[AudioBlock] = []
        self._refusal = refusal

    def open(self) -> None:
        if self._refusal is not None:
            raise self._refusal
        self.opened += 1
        samples, rate_hz, claimed_hz = self._sound
        now_ns = self._clock.now_ns()
        self._blocks = blocks_of(samples, rate_hz, claimed_hz=claimed_hz, start_ns=now_ns)

    def poll(self) -> Sequence[AudioBlock]:
        now_ns = self._clock.now_ns()
        due = [block for block in self._blocks if block.captured_ns + 10_000_000 <= now_ns]
        self._blocks = self._blocks[len(due) :]
        return due

    def next_ready_ns(self) -> Nanoseconds | None:
        return None

    def speech_end_before(self, at_ns: Nanoseconds) -> Nanoseconds | None:
        return None

    def callback_lag_ms(self, since_ns: Nanoseconds) -> float | None:
        return None

    def close(self) -> None:
        self.closed += 1
