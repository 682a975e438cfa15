"""How well a turn's voice-to-voice is known, as one number with its terms.

``u = sqrt(u_off^2 + quant^2 / 12 + loop_lag^2 + callback_lag^2 + device^2 + onset_det^2)``,
one standard deviation. The difference of two models under the same set-up is known far
better, because the first, second and fifth term cancel.

Source: metrics specification, 2.4 and 2.5.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.core.events import SpeechEndMethod


@dataclass(frozen=True, slots=True)
class SpeechEndQuality:
    """How well a method finds the end of the user's speech.

    Attributes:
        bias_ms: By how much it is late on average. Whoever reports an end has subtracted it.
        spread_ms: Deviation that remains.
    """

    bias_ms: float
    spread_ms: float


SPEECH_END: Final[Mapping[SpeechEndMethod, SpeechEndQuality]] = {
    SpeechEndMethod.ANNOTATED: SpeechEndQuality(0.0, 2.0),
    SpeechEndMethod.SILERO: SpeechEndQuality(40.0, 60.0),
    SpeechEndMethod.ENERGY: SpeechEndQuality(0.0, 90.0),
}
"""An annotation is the definition itself. Energy loses quiet endings in noise."""

DEVICE_MS: Final[Mapping[str, float]] = {"digital": 0.0, "measured": 8.0, "assumed": 50.0}
"""Deviation of the instants of a device that was not calibrated, by how its clock is known."""

FRAME_MS: Final = 20.0
"""The frame in which the user's speech leaves us: a uniform error of a twelfth of its square."""

ONSET_MS: Final = 10.0 / math.sqrt(12)
"""Deviation of the first audible sample, found in blocks of 10 ms."""

_IQR_PER_DEVIATION: Final = 1.349
"""Of a normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertaintyBudget:
    """The terms of ``u(V2V)``, each a standard deviation in ms."""

    u_off_ms: float
    quantisation_ms: float
    loop_lag_ms: float
    callback_lag_ms: float
    device_ms: float
    onset_ms: float

    @property
    def total_ms(self) -> float:
        """The root of the sum of squares."""
        return math.hypot(
            self.u_off_ms,
            self.quantisation_ms,
            self.loop_lag_ms,
            self.callback_lag_ms,
            self.device_ms,
            self.onset_ms,
        )


def v2v_uncertainty(
    method: SpeechEndMethod,
    device_clock: str | None,
    *,
    loop_lag_ms: float | None,
    frame_ms: float = FRAME_MS,
    callback_lag_ms: float | None = None,
    device_iqr_ms: float | None = None,
) -> UncertaintyBudget | None:
    """Return the budget, or None where ``uncertainty_reason`` has something to say.

    Args:
        method: How the end of the user's speech was found.
        device_clock: "measured", "assumed" or "digital"; None where nothing was played.
        loop_lag_ms: Lateness of the engine's loop.
        frame_ms: Length of the frames that were sent.
        callback_lag_ms: Lateness of the device's callbacks; None where there are none.
        device_iqr_ms: Interquartile range of the calibration of this pair of devices, which
            takes the place of what is assumed of every device; None without one.
    """
    device_ms = _device_ms(device_clock, device_iqr_ms)
    quality = SPEECH_END.get(method)
    if quality is None or device_ms is None or loop_lag_ms is None:
        return None
    return UncertaintyBudget(
        u_off_ms=quality.spread_ms,
        quantisation_ms=frame_ms / math.sqrt(12),
        loop_lag_ms=loop_lag_ms,
        callback_lag_ms=callback_lag_ms or 0.0,
        device_ms=device_ms,
        onset_ms=ONSET_MS,
    )


def uncertainty_reason(
    method: SpeechEndMethod, device_clock: str | None, loop_lag_ms: float | None
) -> str:
    """Return why the uncertainty cannot be known, or ""."""
    if method not in SPEECH_END:
        return "it is not known how the end of the user's speech was found"
    if device_clock not in DEVICE_MS:
        return "it is not known how far the device's clock can be trusted"
    return "" if loop_lag_ms is not None else "this program's own lateness was not measured"


def _device_ms(device_clock: str | None, iqr_ms: float | None) -> float | None:
    if device_clock in DEVICE_MS and device_clock != "digital" and iqr_ms is not None:
        return iqr_ms / _IQR_PER_DEVIATION
    return DEVICE_MS.get(device_clock or "")
