"""How many frames a device really takes or gives in a second, whatever it claims."""

from typing import Final

WARM_UP_NS: Final = 1_000_000_000
"""After the first callback: a device that starts delivers in bursts."""
SPAN_NS: Final = 2_000_000_000
PAUSE_NS: Final = 100_000_000
"""Callbacks further apart than this do not tell a rate."""
TOLERATED_SHARE: Final = 0.02
AGREEMENT_SHARE: Final = 0.01
"""Two measurements in a row that differ by more are not believed."""
STANDARD_RATES_HZ: Final = (
    8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000,
)  # fmt: skip

_SECOND_NS = 1_000_000_000
_NEAR_SHARE = 0.015


class DeliveredRate:
    """The rate of one device stream by its callbacks, over two seconds at a time. One owner.

    An overflow or a pause begins a measurement anew: frames were lost there.

    Args:
        claimed_hz: What the device says.
    """

    def __init__(self, claimed_hz: int) -> None:
        self._claimed_hz = claimed_hz
        self._warm_ns: int | None = None
        self._begun_ns: int | None = None
        self._last_ns = 0
        self._frames = 0
        self._before_hz: float | None = None
        self._measured_hz: float | None = None
        self._true_hz: int | None = None

    @property
    def measured_hz(self) -> float | None:
        """Frames a second over the last two seconds; None before there were any."""
        return self._measured_hz

    @property
    def true_hz(self) -> int | None:
        """The rate to believe in place of the claimed one; None while that one may be right.

        Two measurements in a row agree on it. It is a standard rate where one is near.
        """
        return self._true_hz

    def add(self, called_ns: int, frames: int, *, xrun: bool) -> None:
        """Take a callback in."""
        if self._warm_ns is None:
            self._warm_ns = called_ns + WARM_UP_NS
        paused = called_ns - self._last_ns > PAUSE_NS
        self._last_ns = called_ns
        if called_ns < self._warm_ns:
            return
        if self._begun_ns is None or xrun or paused:
            self._begin(called_ns)
            return
        self._frames += frames
        if called_ns - self._begun_ns >= SPAN_NS:
            self._conclude(self._frames * _SECOND_NS / (called_ns - self._begun_ns))
            self._begin(called_ns)

    def _begin(self, called_ns: int) -> None:
        self._begun_ns, self._frames = called_ns, 0

    def _conclude(self, measured_hz: float) -> None:
        before_hz, self._before_hz = self._before_hz, measured_hz
        self._measured_hz = measured_hz
        if before_hz is None or abs(measured_hz - before_hz) > AGREEMENT_SHARE * measured_hz:
            return
        mean_hz = (measured_hz + before_hz) / 2
        wrong = abs(mean_hz - self._claimed_hz) > TOLERATED_SHARE * self._claimed_hz
        if wrong or self._true_hz is not None:
            self._true_hz = _standard(mean_hz) if wrong else self._claimed_hz


def _standard(rate_hz: float) -> int:
    nearest = min(STANDARD_RATES_HZ, key=lambda each: abs(each - rate_hz))
    return nearest if abs(nearest - rate_hz) <= _NEAR_SHARE * nearest else round(rate_hz)
