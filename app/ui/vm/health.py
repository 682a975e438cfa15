"""The status line: the health of the measurement itself."""

from dataclasses import dataclass

from app.core.observe import Signal
from app.session.messages import HealthReport
from app.ui.vm.text import clock, quantity

LAG_LIMIT_MS = 10.0
ADDED_LIMIT_MS = 60.0
SOON_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One entry of the status line. ``bad`` is said in its words, too."""

    name: str
    words: str
    hover: str
    bad: bool = False


def _lag(report: HealthReport) -> Segment:
    bad = (report.loop_lag_p99_ms or 0.0) > LAG_LIMIT_MS
    words = f"engine lag {quantity(report.loop_lag_p99_ms, 'ms')}"
    return Segment(
        name="lag",
        words=f"{words} (client-limited)" if bad else words,
        hover="99th percentile of how late the measuring engine's own loop woke up. "
        "Turns with more than 10 ms are marked client-limited.",
        bad=bad,
    )


def _added(report: HealthReport) -> Segment:
    bad = (report.client_added_p95_ms or 0.0) > ADDED_LIMIT_MS
    words = f"client adds {quantity(report.client_added_p95_ms, 'ms')}"
    return Segment(
        name="added",
        words=f"{words} (high)" if bad else words,
        hover="95th percentile of what this program adds: captured sample to socket, plus "
        "socket to played sample, without device buffers.",
        bad=bad,
    )


def _rtt(report: HealthReport) -> Segment:
    return Segment(
        name="rtt",
        words=f"rtt {quantity(report.rtt_ms, 'ms')}",
        hover="Round trip of a WebSocket ping while idle: a lower bound of the network's share.",
    )


def _xruns(report: HealthReport) -> Segment:
    return Segment(
        name="xruns",
        words=f"{report.xruns} xrun{'' if report.xruns == 1 else 's'}",
        hover="Overflows and underflows that the sound devices reported. Turns that hold one "
        "are left out of the latency figures.",
        bad=report.xruns > 0,
    )


def _drops(report: HealthReport) -> Segment | None:
    if not report.drops:
        return None
    return Segment(
        name="drops",
        words=f"{report.drops} dropped",
        hover="Blocks, lines or reports that a full queue refused.",
        bad=True,
    )


def _unknown(report: HealthReport) -> Segment | None:
    if not report.unknown_messages:
        return None
    return Segment(
        name="unknown",
        words=f"{report.unknown_messages} unknown messages",
        hover="Messages of the provider that this version does not understand; recorded.",
    )


def _expiry(report: HealthReport) -> Segment | None:
    if report.expires_in_s is None:
        return None
    return Segment(
        name="expiry",
        words=f"session {clock(report.expires_in_s * 1000)} left",
        hover="Until the provider ends this session.",
        bad=report.expires_in_s < SOON_S,
    )


READERS = (_lag, _added, _rtt, _xruns, _drops, _unknown, _expiry)


class HealthViewModel:
    """Status line of the present session.

    Signals:
        changed: The segments or the elapsed time changed.
    """

    def __init__(self) -> None:
        self.segments: tuple[Segment, ...] = ()
        self.elapsed = ""
        self.recording = False
        self.changed = Signal[()]()

    def take(self, report: HealthReport) -> None:
        """Show ``report``."""
        found = (reader(report) for reader in READERS)
        self.segments = tuple(segment for segment in found if segment is not None)
        self.elapsed = clock(report.elapsed_s * 1000)
        self.recording = report.recording
        self.changed.emit()

    def stop(self) -> None:
        """The session ended: keep the figures, end the recording mark."""
        self.recording = False
        self.changed.emit()

    def clear(self) -> None:
        """A new session begins."""
        self.segments, self.elapsed, self.recording = (), "", False
        self.changed.emit()
