"""What a block of samples is."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.core.clock import Nanoseconds

Samples: TypeAlias = NDArray[np.int16]
"""Mono 16-bit samples, shape (frames,)."""

SESSION_RATE_HZ = 24_000
"""Rate of the recording and of PCM on the wire of the OpenAI Realtime protocol."""


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """Shape of a PCM stream.

    Attributes:
        rate_hz: Sampling rate in frames per second.
        channels: Channels per frame.
    """

    rate_hz: int
    channels: int = 1

    def span_ns(self, frames: int) -> Nanoseconds:
        """Return how long ``frames`` frames last."""
        return Nanoseconds(frames * 1_000_000_000 // self.rate_hz)


@dataclass(frozen=True, slots=True, eq=False)
class AudioBlock:
    """Consecutive frames with the instant at which the first was captured.

    Attributes:
        samples: int16, shape (frames,), mono, not writeable.
        rate_hz: Rate of ``samples``.
        captured_ns: Instant the first frame entered the ADC (PortAudio's
            ``inputBufferAdcTime`` mapped to the session clock), or at which a file's frame
            exists in real time; not the callback's instant.
        first_frame: Running index of the first frame since the stream opened; a jump
            between blocks is a dropout.
    """

    samples: Samples
    rate_hz: int
    captured_ns: Nanoseconds
    first_frame: int


@dataclass(frozen=True, slots=True, eq=False)
class PlayedBlock:
    """Frames that a loudspeaker was given, silence included.

    Attributes:
        samples: int16, shape (frames,), mono: what the DAC got, zeros where it had nothing.
        rate_hz: Rate of ``samples``.
        played_ns: Instant the first frame leaves the DAC; it was handed to the device
            ``AudioSink.device_out_ms`` before.
        first_frame: Running index of the first frame since the stream opened, zeros counted.
        taken_frames: How many of the frames came from the queue, the rest being zeros. They
            are at the head of the block; a block that runs dry is padded at its end.
        unheard_frames: So many frames of the queue that earlier blocks had taken never sounded:
            the device was lost. They are at the head of the queue again. Such a block has no
            frames of its own.
        handed_ns: Instant at which it was handed to the device, where that was seen; else it is
            told by ``played_ns`` and ``AudioSink.device_out_ms``.
    """

    samples: Samples
    rate_hz: int
    played_ns: Nanoseconds
    first_frame: int
    taken_frames: int
    unheard_frames: int = 0
    handed_ns: Nanoseconds | None = None


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """Counters of one device stream; they only grow.

    Attributes:
        xruns: Overflows or underflows that the device reported, and times it was lost.
        dropped_frames: Frames that a full ring refused.
        restarts: Times the stream was lost and opened anew.
        callback_lag_ms: Largest lateness of a callback so far, or None before there were two.
        measured_rate_hz: Frames that the device takes or gives in a second, by its callbacks;
            None before two seconds of them.
    """

    xruns: int = 0
    dropped_frames: int = 0
    restarts: int = 0
    callback_lag_ms: float | None = None
    measured_rate_hz: float | None = None
