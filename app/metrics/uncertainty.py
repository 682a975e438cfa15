"""How well voice-to-voice is known, as one number per session.

``u = sqrt(u_off^2 + quant^2 / 12 + loop_lag^2 + device^2 + onset_det^2)``, one standard
deviation. The difference of two models under the same set-up is known far better, because
the first, second and fourth term cancel.

Source: metrics specification, 2.4 and 2.5.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.core.events import SpeechEndMethod

SPEECH_END_MS: Final[Mapping[SpeechEndMethod, float]] = {
    SpeechEndMethod.ANNOTATED: 2.0,
    SpeechEndMethod.SILERO: 60.0,
    SpeechEndMethod.ENERGY: 90.0,
}
"""Deviation of the end of the user's speech. Energy loses quiet endings in noise."""

DEVICE_MS: Final[Mapping[str, float]] = {"digital": 0.0, "measured": 8.0, "assumed": 50.0}
"""Deviation of the instants of a device, by how its clock is known."""

FRAME_MS: Final = 20.0
"""The frame in which the user's speech leaves us: a uniform error of a twelfth of its square."""

ONSET_MS: Final = 10.0 / math.sqrt(12)
"""Deviation of the first audible sample, found in blocks of 10 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertaintyBudget:
    """The terms of ``u(V2V)``, each a standard deviation in ms."""

    u_off_ms: float
    quantisation_ms: float
    loop_lag_ms: float
    device_ms: float
    onset_ms: float

    @property
    def total_ms(self) -> float:
        """The root of the sum of squares."""
        return math.hypot(
            self.u_off_ms, self.quantisation_ms, self.loop_lag_ms, self.device_ms, self.onset_ms
        )


def v2v_uncertainty(
    method: SpeechEndMethod, device_clock: str, *, loop_lag_ms: float, frame_ms: float = FRAME_MS
) -> UncertaintyBudget | None:
    """Return the budget, or None where the end of speech or the device is not known at all.

    Args:
        method: How the end of the user's speech was found.
        device_clock: "measured", "assumed" or "digital".
        loop_lag_ms: Usual lateness of the engine's loop.
        frame_ms: Length of the frames that were sent.
    """
    u_off_ms = SPEECH_END_MS.get(method)
    device_ms = DEVICE_MS.get(device_clock)
    if u_off_ms is None or device_ms is None:
        return None
    return UncertaintyBudget(
        u_off_ms=u_off_ms,
        quantisation_ms=frame_ms / math.sqrt(12),
        loop_lag_ms=loop_lag_ms,
        device_ms=device_ms,
        onset_ms=ONSET_MS,
    )
