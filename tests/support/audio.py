"""Sounds, files and fakes for tests of the audio path."""

import struct
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.core.audio_format import PlayedBlock, Samples, StreamHealth
from app.core.clock import Nanoseconds
from app.dsp.pcm import concat, silence
from tests.support.clocks import ManualClock

SECOND = 24_000


def tone(
    seconds: float, *, rate_hz: int = 24_000, hz: float = 440.0, peak: float = 0.25
) -> Samples:
    """A tone that is loud from its first sample; its level is -15 dBFS at the default peak."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.rint(32_767 * peak * np.cos(2 * np.pi * hz * times)).astype(np.int16)


def babble(seconds: float, *, rate_hz: int = 24_000, seed: int = 1) -> Samples:
    """Noise below 4 kHz with a syllable's rhythm: correlates with nothing but itself."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * rate_hz)
    spectrum = np.fft.rfft(rng.standard_normal(frames))
    spectrum[np.fft.rfftfreq(frames, 1 / rate_hz) > 4_000] = 0
    noise = np.fft.irfft(spectrum, frames)
    rhythm = 0.6 + 0.4 * np.sin(2 * np.pi * 3 * np.arange(frames) / rate_hz)
    shaped = noise / np.abs(noise).max() * rhythm
    sound: Samples = np.rint(0.5 * 32_767 * shaped).astype(np.int16)
    return sound


def ramp(frames: int, first: int = 1) -> Samples:
    """Frames that tell their own index, so that a lost or doubled one shows."""
    values: Samples = ((np.arange(frames) + first) % 30_000).astype(np.int16)
    return values


def write_wav(path: Path, samples: Samples, *, rate_hz: int = 24_000, channels: int = 1) -> Path:
    """Write 16-bit PCM; with several channels all carry ``samples``."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.repeat(samples, channels).astype("<i2").tobytes())
    return path


def wav_bytes(
    data: bytes,
    *,
    tag: int = 1,
    bits: int = 16,
    channels: int = 1,
    rate_hz: int = 24_000,
    align: int | None = None,
    data_size: int | None = None,
    riff_size: int | None = None,
    before: bytes = b"",
) -> bytes:
    """A WAV file whose every header field can be a lie."""
    align = channels * bits // 8 if align is None else align
    fmt = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * align, align, bits)
    chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt + before
    head = b"data" + struct.pack("<I", len(data) if data_size is None else data_size)
    size = 4 + len(chunks) + len(head) + len(data) if riff_size is None else riff_size
    return b"RIFF" + struct.pack("<I", size) + b"WAVE" + chunks + head + data


def correlation(found: Samples, wanted: Samples) -> tuple[float, int]:
    """Return the best normalised correlation of ``wanted`` in ``found``, and its lag in frames."""
    size = 1 << (len(found) + len(wanted)).bit_length()
    a, b = found.astype(np.float64), wanted.astype(np.float64)
    product = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    lag = int(np.argmax(product[: len(found)]))
    piece = a[lag : lag + len(b)]
    b = b[: len(piece)]
    return float(piece @ b / np.sqrt((piece @ piece) * (b @ b))), lag


class ManualSpeaker:
    """A loudspeaker that plays a block when the test says so: implements ``AudioSink``."""

    def __init__(
        self, clock: ManualClock, *, rate_hz: int = 24_000, capacity_ms: int = 500
    ) -> None:
        self.rate_hz = rate_hz
        self.device_clock = "digital"
        self.name = "manual"
        self.problem = ""
        self.device_out_ms: float | None = None
        self.health = StreamHealth()
        self.heard: list[Samples] = []
        self._clock = clock
        self._capacity = rate_hz * capacity_ms // 1000
        self._queue: Samples = silence(0)
        self._blocks: list[PlayedBlock] = []
        self._frame = 0

    @property
    def queued_frames(self) -> int:
        return len(self._queue)

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def callback_lag_ms(self, since_ns: Nanoseconds) -> float | None:
        return None

    def write(self, samples: Samples) -> int:
        fits = min(len(samples), self._capacity - len(self._queue))
        self._queue = concat((self._queue, samples[:fits]))
        return fits

    def flush(self) -> int:
        """Keep one block, as a device does."""
        kept = min(self.rate_hz // 100, len(self._queue))
        dropped = len(self._queue) - kept
        self._queue = self._queue[:kept]
        return dropped

    def play_blocks(self, count: int = 1) -> None:
        for _ in range(count):
            frames = self.rate_hz // 100
            taken, self._queue = self._queue[:frames], self._queue[frames:]
            samples = concat((taken, silence(frames - len(taken))))
            self.heard.append(samples)
            at_ns = self._clock.now_ns()
            block = PlayedBlock(samples, self.rate_hz, at_ns, self._frame, len(taken))
            self._blocks.append(block)
            self._frame += frames
            self._clock.advance_ms(10)

    def lose(self, blocks: int) -> None:
        """Let time pass without a stream: the frame index jumps."""
        self._frame += blocks * self.rate_hz // 100
        self._clock.advance_ms(10 * blocks)

    def poll(self) -> Sequence[PlayedBlock]:
        blocks, self._blocks = self._blocks, []
        return blocks


def ns(milliseconds: float) -> Nanoseconds:
    return Nanoseconds(round(milliseconds * 1e6))
