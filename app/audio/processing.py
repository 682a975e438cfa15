"""Echo cancellation, noise suppression, gain and high-pass: WebRTC's own audio processing.

The library takes 24 kHz and works at 32 kHz inside; measured against 16 and 48 kHz with
resampling of our own around it, that cancels as well as 48 kHz at a third of the cost. With
echo cancellation a high-pass is always in front of it: it removes what would spoil it.
"""

import importlib.util
from typing import Any, Final

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.conduct import Processing
from app.core.errors import EngineError
from app.dsp.pcm import mean_power

LIBRARY: Final = "pywebrtc_audio"

FRAME: Final = SESSION_RATE_HZ // 100

RATE_DELAY: Final = 32
"""Frames that the library's own change of rate takes; measured, like the two below."""
ECHO_DELAY: Final = 192
NOISE_DELAY: Final = 144

NOISE_LEVEL: Final = 1
"""Of 0 to 3. White noise is lowered by 6 to 7 dB by all of them; more of it bends speech."""

LARGEST_GAIN_DB: Final = 12.0
"""The library's own bound is 50 dB: a quiet room becomes loud."""

HANG_FRAMES: Final = 40
"""Frames of 10 ms for which a room still sounds of a reply."""
QUIET_DBFS: Final = -50.0
"""What is quieter, before gain, while a reply sounds, is no speech."""


def processing_installed() -> bool:
    """Whether the library is there. It is not loaded."""
    return importlib.util.find_spec(LIBRARY) is not None


class WebRtcProcessor:
    """A ``VoiceProcessor``. Loads the library: make it where 50 ms do not matter.

    Args:
        processing: What is switched on.

    Raises:
        EngineError: If the library does not load.
    """

    def __init__(self, processing: Processing) -> None:
        self._echo = processing.echo_cancellation
        self._gain = processing.auto_gain
        self._hang = 0
        self._factor = 1.0
        self._delay = _delay_frames(processing)
        self._library = _make(processing)

    def process(self, near: Samples, far: Samples) -> Samples:
        """Return 10 ms of ``near`` with what is switched on done to it, ``delay_frames`` late.

        Raises:
            ValueError: If either is not of shape (240,).
        """
        if near.shape != (FRAME,) or far.shape != (FRAME,):
            raise ValueError(f"frames of {near.shape} and {far.shape}: both must be ({FRAME},)")
        given = np.ascontiguousarray(near)
        if not self._echo:
            done: Samples = self._library.process(given)
            return done
        cancelled: Samples = self._library.process(given, np.ascontiguousarray(far))
        return self._restrained(cancelled, far) if self._gain else cancelled

    def _restrained(self, done: Samples, far: Samples) -> Samples:
        """Take the gain off what is quiet while a reply sounds: it is what cancellation left."""
        self._hang = HANG_FRAMES if far.any() else max(self._hang - 1, 0)
        gain = 10 ** (self._library.gain_db / 20)
        quiet = mean_power(done) < (10 ** (QUIET_DBFS / 20) * gain) ** 2
        before, self._factor = self._factor, 1 / gain if self._hang and quiet else 1.0
        if before == self._factor == 1.0:
            return done
        return np.rint(done * np.linspace(before, self._factor, len(done))).astype(np.int16)

    @property
    def delay_frames(self) -> int:
        """By how many frames at 24 kHz what comes out is late."""
        return self._delay


def _delay_frames(processing: Processing) -> int:
    delay = RATE_DELAY
    delay += ECHO_DELAY if processing.echo_cancellation else 0
    return delay + (NOISE_DELAY if processing.noise_suppression else 0)


def _make(processing: Processing) -> Any:
    try:
        import pywebrtc_audio  # noqa: PLC0415
    except ImportError as exc:
        raise EngineError(
            f"the library that processes the microphone does not load: {exc}",
            hint="Use a headset, or half-duplex mode.",
        ) from exc
    return pywebrtc_audio.AudioProcessor(
        sample_rate=SESSION_RATE_HZ,
        echo_cancellation=processing.echo_cancellation,
        noise_suppression=processing.noise_suppression,
        high_pass_filter=processing.high_pass,
        auto_gain_control=processing.auto_gain,
        ns_level=NOISE_LEVEL,
        agc_max_gain_db=LARGEST_GAIN_DB,
    )
