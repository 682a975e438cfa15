"""How much of a loudspeaker a microphone hears: coupling, delay, and what is left of it.

All from three streams that lie beside each other: what was played, what the microphone gave,
and what is sent. Speech is enough: no test signal is played.

* Delay: the peak of the whitened cross-correlation (generalised cross-correlation with phase
  transform) of microphone and loudspeaker; found only if it stands out of the rest.
* Path: the impulse response from the one to the other by least squares, from spectra averaged
  as by Welch. What it predicts is echo; what it does not is somebody else.
* Coupling: the power of the echo at the microphone against the loudspeaker's.
* ERLE: the microphone's power against that of what is sent, where nobody but the loudspeaker is
  heard (the definition of ITU-T G.168); the noise of the room bounds it.
* Residual: the level of what is sent, in the same stretches.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.dsp.echo_path import EchoPath, Signal, db, echo_delay, power, stretch_powers
from app.dsp.pcm import FULL_SCALE, silence

RATE_HZ: Final = 4_000
"""All of it is done at this rate: enough for speech, and cheap."""
WINDOW_S: Final = 2.0
EARLIEST_MS: Final = -40.0
LATEST_MS: Final = 400.0
"""Between these a delay is looked for. It is negative where a device's instants are wrong."""
FAR_DBFS: Final = -60.0
"""A loudspeaker that is quieter tells nothing."""
LEAST_SHARE: Final = 0.1
"""An echo that is less of the microphone's power is none."""
MOSTLY: Final = 0.6
"""Share of the echo in the microphone's power from which on it may be measured."""
RECENT_S: Final = 0.8
"""What was heard lately."""
STRETCH_S: Final = 0.02
AUDIBLE_DBFS: Final = -60.0
SILENT_DBFS: Final = -85.0
SOMEBODY: Final = 0.5
"""Part of a loud stretch that is no echo from which on somebody speaks: as loud as the echo."""
LOUD_RANGE_DB: Final = 12.0

_STEP = SESSION_RATE_HZ // RATE_HZ
_MEAN = np.full(_STEP, 1 / (_STEP * FULL_SCALE), np.float32)
_KEPT = round(WINDOW_S * SESSION_RATE_HZ)
_STRETCH = round(STRETCH_S * RATE_HZ)
_RECENT = round(RECENT_S / STRETCH_S)
_LAGS = (round(EARLIEST_MS * RATE_HZ / 1000), round(LATEST_MS * RATE_HZ / 1000))


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoFigures:
    """What was found; None is unknown.

    Attributes:
        coupling_db: Echo at the microphone against what was played.
        delay_ms: From the loudspeaker's DAC to the microphone's ADC.
        erle_db: By how much what is sent has less of it; None without cancellation.
        residual_dbfs: Level of what is sent while only echo is heard.
    """

    coupling_db: float | None = None
    delay_ms: float | None = None
    erle_db: float | None = None
    residual_dbfs: float | None = None


NOTHING: Final = EchoFigures()


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoVerdict:
    """Who is heard.

    Attributes:
        echo: The loudspeaker is.
        somebody: Somebody else is.
    """

    echo: bool
    somebody: bool


NO_ECHO: Final = EchoVerdict(echo=False, somebody=False)


class EchoMeter:
    """Listens to three streams and measures the echo. Not thread-safe.

    It keeps two seconds; before it began there was silence.
    """

    def __init__(self) -> None:
        self._far, self._near, self._sent = _Stream(), _Stream(), _Stream()

    def add(self, far: Samples, near: Samples, sent: Samples) -> None:
        """Take frames at 24 kHz, all three of one instant and one length, a multiple of 6."""
        self._far.add(far)
        self._near.add(near)
        self._sent.add(sent)

    def measure(self, *, cancelling: bool) -> EchoFigures:
        """Return what the last two seconds tell.

        Args:
            cancelling: Whether echo was being cancelled all the while.
        """
        path = self._path()
        if path is None or path.share < LEAST_SHARE:
            return NOTHING
        alone = path.share >= MOSTLY and not self._somebody(path)
        sent = power(self._sent.all())
        erle_db = db(power(self._near.all())) - db(sent)
        return EchoFigures(
            coupling_db=path.coupling_db,
            delay_ms=path.delay * 1000 / RATE_HZ,
            erle_db=erle_db if alone and cancelling else None,
            residual_dbfs=db(sent) if alone else None,
        )

    def verdict(self) -> EchoVerdict:
        """Return what the microphone heard lately.

        Somebody is noticed within 100 ms, unless quieter than the echo.
        """
        path = self._path()
        if path is None:
            return NO_ECHO
        left = power(path.left) / (power(path.heard) + 1e-12)
        return EchoVerdict(echo=left < 1 - LEAST_SHARE, somebody=self._somebody(path))

    @property
    def sending(self) -> bool:
        """Whether anything but silence was sent lately."""
        return db(float(stretch_powers(self._sent.all(), _STRETCH)[-_RECENT:].max())) > SILENT_DBFS

    def _path(self) -> EchoPath | None:
        far, near = self._far.all(), self._near.all()
        if db(power(far)) < FAR_DBFS:
            return None
        delay = echo_delay(far, near, *_LAGS)
        return None if delay is None else EchoPath.fit(far, near, delay)

    def _somebody(self, path: EchoPath) -> bool:
        """Whether there is a loud stretch lately that the path does not explain."""
        heard = stretch_powers(path.heard, _STRETCH)[-_RECENT:]
        left = stretch_powers(path.left, _STRETCH)[-_RECENT:]
        loud: NDArray[np.bool_] = heard > max(
            heard.max() * 10 ** (-LOUD_RANGE_DB / 10), 10 ** (AUDIBLE_DBFS / 10)
        )
        return bool(np.any(left[loud] > SOMEBODY * heard[loud]))


class _Stream:
    """The last two seconds of a stream; decimated only when somebody asks."""

    def __init__(self) -> None:
        self._pieces: deque[Samples] = deque([silence(_KEPT)])
        self._frames = _KEPT

    def add(self, samples: Samples) -> None:
        self._pieces.append(samples)
        self._frames += len(samples)
        while self._frames - len(self._pieces[0]) >= _KEPT:
            self._frames -= len(self._pieces.popleft())

    def all(self) -> Signal:
        kept = np.concatenate(self._pieces)[-_KEPT:].astype(np.float32)
        return (kept.reshape(-1, _STEP) @ _MEAN).astype(np.float64)
