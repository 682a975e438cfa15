"""A loudspeaker and a microphone that hears it, both without a device, in a loop's own time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.audio.null_sink import NullSpeaker
from app.core.audio_format import AudioBlock, PlayedBlock, Samples, StreamHealth
from app.core.clock import Clock, Nanoseconds
from app.core.errors import DeviceError
from app.dsp.pcm import from_float, to_float

BLOCKS_PER_S = 100
BLOCK_NS = 10_000_000


@dataclass(frozen=True, kw_only=True)
class Room:
    """What lies between them, and what the devices say of themselves.

    Attributes:
        delay_ms: From the DAC to the ADC.
        gain: Of the way.
        noise: RMS of the microphone's own, 1.0 being full scale.
        stamp_ms: By how much the loudspeaker's stamps are early.
        out_ms: From hand-over to DAC, as the loudspeaker says.
        wobble_ms: By how much the way becomes longer each second, seven times over.
    """

    delay_ms: float = 37.25
    gain: float = 0.5
    noise: float = 0.001
    stamp_ms: float = 0.0
    out_ms: float | None = 20.0
    device_clock: str = "measured"
    wobble_ms: float = 0.0
    speaker_hz: int = 48_000
    microphone_hz: int = 48_000


class RoomSpeaker(NullSpeaker):
    """Keeps what it played for the microphone."""

    def __init__(self, clock: Clock, room: Room) -> None:
        super().__init__(clock, rate_hz=room.speaker_hz)
        self.room = room
        self.sounded: list[Samples] = []
        self.began_ns: int | None = None
        self.closed = False
        self.trouble = ""
        self.counted = StreamHealth()
        self.dead = False

    @property
    def device_clock(self) -> str:
        return self.room.device_clock

    @property
    def device_out_ms(self) -> float | None:
        return self.room.out_ms

    @property
    def problem(self) -> str:
        return self.trouble

    @property
    def health(self) -> StreamHealth:
        return self.counted

    def poll(self) -> Sequence[PlayedBlock]:
        if self.dead:
            return ()
        blocks = super().poll()
        if self.began_ns is None and blocks:
            self.began_ns = blocks[0].played_ns
        self.sounded += [block.samples for block in blocks]
        early_ns = round(self.room.stamp_ms * 1e6)
        return [replace(b, played_ns=Nanoseconds(b.played_ns - early_ns)) for b in blocks]

    def close(self) -> None:
        super().close()
        self.closed = True


class RoomMicrophone:
    """Hears the loudspeaker: implements ``AudioSource``."""

    def __init__(self, clock: Clock, speaker: RoomSpeaker) -> None:
        self.name = "room microphone"
        self.rate_hz = speaker.room.microphone_hz
        self.health = StreamHealth()
        self.problem = ""
        self.finished = False
        self.closed = False
        self.dead = False
        self.gone = False
        self._clock = clock
        self._speaker = speaker
        self._start_ns: int | None = None
        self._next = 0
        self._rng = np.random.default_rng(7)

    @property
    def device_clock(self) -> str:
        return self._speaker.room.device_clock

    def callback_lag_ms(self, since_ns: Nanoseconds) -> float | None:
        return None

    def open(self) -> None:
        self._start_ns = self._clock.now_ns()

    def next_ready_ns(self) -> Nanoseconds | None:
        return None

    def speech_end_before(self, at_ns: Nanoseconds) -> Nanoseconds | None:
        return None

    def poll(self) -> Sequence[AudioBlock]:
        assert self._start_ns is not None
        if self.gone:
            raise DeviceError("the sound device did not come back")
        whole = (self._clock.now_ns() - self._start_ns) // BLOCK_NS
        due = range(self._next, whole)
        self._next = max(self._next, whole)
        return () if self.dead else [self._block(index) for index in due]

    def close(self) -> None:
        self.closed = True

    def _block(self, index: int) -> AudioBlock:
        assert self._start_ns is not None
        frames = self.rate_hz // BLOCKS_PER_S
        at_ns = Nanoseconds(self._start_ns + index * BLOCK_NS)
        room = self._speaker.room
        sound = room.gain * self._heard(at_ns, frames)
        sound = sound + room.noise * self._rng.standard_normal(frames)
        samples = from_float(np.clip(sound, -1, 1).astype(np.float32))
        return AudioBlock(samples, self.rate_hz, at_ns, index * frames)

    def _heard(self, at_ns: int, frames: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """What left the loudspeaker ``delay_ms`` ago; both at 48 kHz, else silence."""
        sounded, began_ns = self._speaker.sounded, self._speaker.began_ns
        out = np.zeros(frames)
        if began_ns is None or self._speaker.rate_hz != self.rate_hz:
            return out
        room = self._speaker.room
        wobble_ms = room.wobble_ms * ((at_ns // 1_000_000_000) % 7)
        delay_ns = round((room.delay_ms + wobble_ms) * 1e6)
        first = round((at_ns - delay_ns - began_ns) * self.rate_hz / 1e9)
        for place in range(max(first // frames, 0), min(first // frames + 2, len(sounded))):
            block, start = to_float(sounded[place]), place * frames - first
            low, high = max(start, 0), min(start + frames, frames)
            out[low:high] = block[low - start : high - start]
        return out
