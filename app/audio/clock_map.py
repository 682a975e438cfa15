"""From a stream's clock to the session's.

PortAudio's times are on a clock of the stream's own (on ALSA the wall clock), may be wrong
for a host's whole life, and jitter by milliseconds on a sound server.

Source: PortAudio issues 74, 121, 136, 144, 149, 262, 530 and 531, for what hosts get wrong.
"""

from collections import deque
from typing import Final, NamedTuple

import numpy as np

from app.core.clock import Nanoseconds

KEPT_PAIRS: Final = 100
BEST_PAIRS: Final = 10
JUDGED_STAMPS: Final = 50
SMOOTHED_BLOCKS: Final = 50
PAUSE_NS: Final = 50_000_000
"""Callbacks that are later than this did not come for a while."""
STEP_NS: Final = 5_000_000
"""An offset that moves by more than this at once is a step of the wall clock, not drift."""

WARM_UP_NS: Final = 500_000_000
"""After the first block: a sound server's stamps are wrong by up to half a second meanwhile."""
FAR_NS: Final = 500_000_000
"""A mapped instant further from its callback's own account lies across a jump of a clock."""

_SECOND_NS = 1_000_000_000
_FIT_SPAN_NS = 2 * _SECOND_NS
_PLAUSIBLE_SHARE = 0.8
_INCREMENT_TOLERANCE = 0.2


class _Reading(NamedTuple):
    bracket_ns: int
    stream_ns: int
    offset_ns: int


class ClockMap:
    """Session instant of a stream instant, from readings of both clocks.

    Of the last hundred readings the ten with the smallest bracket count; a line through them
    follows the drift once they span two seconds.
    """

    def __init__(self) -> None:
        self._readings: deque[_Reading] = deque(maxlen=KEPT_PAIRS)
        self._origin_ns = 0
        self._slope = 0.0
        self._base_ns = 0  # whole: a float would round an offset of this size to 256 ns
        self._offset_ns: float | None = None

    @property
    def known(self) -> bool:
        """Whether there was a reading."""
        return self._offset_ns is not None

    def add(self, before_ns: int, stream_ns: int, after_ns: int) -> None:
        """Take a reading in: our clock, the stream's, ours again."""
        middle_ns = (before_ns + after_ns) // 2
        reading = _Reading(after_ns - before_ns, stream_ns, middle_ns - stream_ns)
        if self.known:
            error_ns = abs(middle_ns - self.to_session(stream_ns))
            if error_ns > STEP_NS + reading.bracket_ns:
                self._readings.clear()
        self._readings.append(reading)
        self._fit()

    def to_session(self, stream_ns: int) -> Nanoseconds:
        """Return the session instant of a stream instant. Only where ``known``."""
        assert self._offset_ns is not None
        drift_ns = self._slope * (stream_ns - self._origin_ns)
        return Nanoseconds(stream_ns + self._base_ns + round(self._offset_ns + drift_ns))

    def _fit(self) -> None:
        best = sorted(self._readings)[:BEST_PAIRS]
        self._origin_ns = best[0].stream_ns
        times = np.array([r.stream_ns - self._origin_ns for r in best], np.float64)
        self._base_ns = best[0].offset_ns
        offsets = np.array([r.offset_ns - self._base_ns for r in best], np.float64)
        if np.ptp(times) >= _FIT_SPAN_NS:
            centred = times - times.mean()
            self._slope = float(centred @ offsets / (centred @ centred))
        else:
            self._slope = 0.0
        self._offset_ns = float(offsets.mean()) - self._slope * float(times.mean())


class StampJudge:
    """Decides whether a device's stamps can be believed.

    Of the last fifty, four fifths must lie within a second of their callback, on the right
    side of it, and their median step must be a block long within a fifth.

    Args:
        block_ns: Length of a block.
        ahead: Whether stamps lie after the callback (output) or before it (input).
    """

    def __init__(self, block_ns: int, *, ahead: bool) -> None:
        self._block_ns = block_ns
        self._sign = 1 if ahead else -1
        self._near: deque[bool] = deque(maxlen=JUDGED_STAMPS)
        self._steps: deque[int] = deque(maxlen=JUDGED_STAMPS)
        self._last_ns: int | None = None

    def add(self, device_ns: int, current_ns: int) -> None:
        """Take a stamp in."""
        self._near.append(0 < (device_ns - current_ns) * self._sign < _SECOND_NS)
        if self._last_ns is not None:
            self._steps.append(device_ns - self._last_ns)
        self._last_ns = device_ns

    @property
    def plausible(self) -> bool:
        """Whether the stamps so far are believed; True before there are two."""
        if not self._steps:
            return True
        step_ns = sorted(self._steps)[len(self._steps) // 2]
        steady = abs(step_ns - self._block_ns) <= _INCREMENT_TOLERANCE * self._block_ns
        return steady and sum(self._near) >= _PLAUSIBLE_SHARE * len(self._near)


class SmoothInstants:
    """Instants of consecutive blocks, freed of the jitter of each.

    Blocks follow each other at the device's rate, so all stamps differ from that line by the
    same offset but for their jitter: the median of the last fifty is taken. A pause of the
    callbacks begins a new line.
    """

    def __init__(self) -> None:
        self._line_ns = 0
        self._due_ns: int | None = None
        self._offsets: deque[int] = deque(maxlen=SMOOTHED_BLOCKS)

    def add(self, measured_ns: int, called_ns: int, span_ns: int) -> Nanoseconds:
        """Return the smoothed instant of a block that lasts ``span_ns``."""
        if self._due_ns is not None and called_ns - self._due_ns > PAUSE_NS:
            self.restart()
        self._due_ns = called_ns + span_ns
        self._offsets.append(measured_ns - self._line_ns)
        instant_ns = self._line_ns + sorted(self._offsets)[len(self._offsets) // 2]
        self._line_ns += span_ns
        return Nanoseconds(instant_ns)

    def restart(self) -> None:
        """Begin a new line with the next block."""
        self._offsets.clear()


class DeviceInstants:
    """Instant of each block of a device stream: measured, or assumed where that fails.

    Stamps of the first half second are not used. While they are not believed an instant is
    the callback's and the latency that the device claims.

    Args:
        rate_hz: The device's rate.
        block_frames: Frames of a block.
        latency_ns: The latency the device claims.
        ahead: True for an output.
    """

    def __init__(self, rate_hz: int, block_frames: int, latency_ns: int, *, ahead: bool) -> None:
        self._rate_hz = rate_hz
        self._latency_ns = latency_ns if ahead else -latency_ns
        self._map = ClockMap()
        self._ahead = ahead
        self._judge = StampJudge(block_frames * _SECOND_NS // rate_hz, ahead=ahead)
        self._smooth = SmoothInstants()
        self._held: deque[int] = deque(maxlen=SMOOTHED_BLOCKS)
        self._warm_ns: int | None = None
        self._warm = False

    @property
    def measured(self) -> bool:
        """Whether the device's own stamps are used."""
        return self._warm and self._map.known and self._judge.plausible

    @property
    def held_ns(self) -> int | None:
        """Median of instant less callback over the last blocks; None before the first."""
        return sorted(self._held)[len(self._held) // 2] if self._held else None

    def change_rate(self, rate_hz: int, block_frames: int) -> None:
        """From the next block on the device's rate is ``rate_hz``: it had claimed another."""
        self._rate_hz = rate_hz
        self._judge = StampJudge(block_frames * _SECOND_NS // rate_hz, ahead=self._ahead)
        self._smooth.restart()
        self._held.clear()

    def add_pair(self, before_ns: int, stream_ns: int, after_ns: int) -> None:
        """Take a reading of both clocks in."""
        self._map.add(before_ns, stream_ns, after_ns)

    def of_block(self, called_ns: int, current_ns: int, device_ns: int, frames: int) -> Nanoseconds:
        """Return the session instant of a block's first frame, from its callback's stamps."""
        self._warm_up(called_ns)
        if self._warm:
            self._judge.add(device_ns, current_ns)
        raw_ns = self._raw(called_ns, current_ns, device_ns)
        at_ns = self._smooth.add(raw_ns, called_ns, frames * _SECOND_NS // self._rate_hz)
        self._held.append(at_ns - called_ns)
        return at_ns

    def _warm_up(self, called_ns: int) -> None:
        if self._warm_ns is None:
            self._warm_ns = called_ns + WARM_UP_NS
        if not self._warm and called_ns >= self._warm_ns:
            self._warm = True
            self._smooth.restart()
            self._held.clear()

    def _raw(self, called_ns: int, current_ns: int, device_ns: int) -> int:
        if not self.measured:
            return called_ns + self._latency_ns
        mapped_ns = self._map.to_session(device_ns)
        direct_ns = called_ns + device_ns - current_ns
        return mapped_ns if abs(mapped_ns - direct_ns) <= FAR_NS else direct_ns
