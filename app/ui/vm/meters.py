"""Levels of both sides, with a peak that falls back slowly."""

from dataclasses import dataclass

from app.core.observe import Signal
from app.session.messages import MeterReport
from app.ui.vm.text import UNKNOWN, number

FLOOR_DBFS = -60.0
PEAK_FALL_DB = 1.0
CLIP_DBFS = -0.1


@dataclass(frozen=True, slots=True)
class Level:
    """One meter.

    Attributes:
        fill: Length of the bar, 0 to 1, linear in dB from the floor to full scale.
        peak: Where the peak mark stands, 0 to 1.
        clipped: Whether the newest peak reached full scale.
        spoken: The level in words, for screen readers and on hover.
    """

    fill: float = 0.0
    peak: float = 0.0
    clipped: bool = False
    spoken: str = "silent"


def _scaled(dbfs: float | None) -> float:
    return 0.0 if dbfs is None else min(max(1 - dbfs / FLOOR_DBFS, 0.0), 1.0)


def _after(level: Level, rms_dbfs: float | None, peak_dbfs: float | None) -> Level:
    fallen = max(level.peak + PEAK_FALL_DB / FLOOR_DBFS, 0.0)
    spoken = "silent" if rms_dbfs is None else f"{number(round(rms_dbfs))} dBFS"
    return Level(
        fill=_scaled(rms_dbfs),
        peak=max(_scaled(peak_dbfs), fallen),
        clipped=peak_dbfs is not None and peak_dbfs >= CLIP_DBFS,
        spoken=spoken,
    )


class MetersViewModel:
    """Latest levels win.

    Signals:
        changed: One of the meters moved.
    """

    def __init__(self) -> None:
        self.input = Level()
        self.output = Level()
        self.changed = Signal[()]()

    def take(self, report: MeterReport) -> None:
        """Move the meters; emits only if one of them did."""
        before = (self.input, self.output)
        self.input = _after(self.input, report.input_rms_dbfs, report.input_peak_dbfs)
        self.output = _after(self.output, report.output_rms_dbfs, report.output_peak_dbfs)
        if (self.input, self.output) != before:
            self.changed.emit()

    def reset(self) -> None:
        """Let both fall to nothing: no session runs."""
        self.input = self.output = Level(spoken=UNKNOWN)
        self.changed.emit()
