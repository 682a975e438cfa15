"""How the session's connection came about, stage by stage, and how far away the model is."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from app.core.observe import Signal
from app.core.records import ConnectTiming
from app.metrics.statistics import minimum_n, quantile, shown_quantile
from app.session.messages import HealthReport, SessionReport
from app.ui.vm.text import THIN_SPACE, one_line, quantity

MOST_PINGS = 500
_STAGES: Final = (
    ("dns_ms", "Name look-up", "The host's name to its addresses. None for a bare address."),
    ("tcp_ms", "TCP", "Until one of the addresses has answered: about one round trip."),
    ("tls_ms", "TLS", "The encryption's handshake: one round trip with TLS 1.3, two before."),
    ("upgrade_ms", "Upgrade", "HTTP request until the switch to WebSocket: holds the key's check."),
    ("created_ms", "Session created", "Until the provider's first event."),
    ("ready_ms", "Session ready", "Until the provider had accepted our settings."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of connecting.

    Attributes:
        start: Where it begins, as a share of the whole, 0 to 1.
        share: How much of the whole it takes.
        text: Its length, or an en dash where there was none.
    """

    name: str
    hover: str
    start: float
    share: float
    text: str
    known: bool


class ConnectionViewModel:
    """The connection of the present session, or of the last.

    Signals:
        changed: A stage or a ping became known.
    """

    def __init__(self) -> None:
        self.changed = Signal[()]()
        self._timing: ConnectTiming | None = None
        self._rtts_ms: deque[float] = deque(maxlen=MOST_PINGS)

    def take_session(self, report: SessionReport) -> None:
        """Take the stages that the session's account knows."""
        self._timing = report.record.connect
        self.changed.emit()

    def take_health(self, report: HealthReport) -> None:
        """Take the newest ping; one that is told again is counted once."""
        if report.rtt_ms is None or (self._rtts_ms and self._rtts_ms[-1] == report.rtt_ms):
            return
        self._rtts_ms.append(report.rtt_ms)
        self.changed.emit()

    def clear(self) -> None:
        """A new session begins."""
        self._timing = None
        self._rtts_ms.clear()
        self.changed.emit()

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All stages in the order of time; empty before anything is known."""
        timing = self._timing
        whole = None if timing is None else timing.total_ms
        if timing is None or whole is None:
            return ()
        made, at_ms = [], 0.0
        for column, name, hover in _STAGES:
            value = getattr(timing, column)
            made.append(
                Stage(
                    name=name,
                    hover=hover,
                    start=at_ms / whole if whole > 0 else 0.0,
                    share=(value or 0.0) / whole if whole > 0 else 0.0,
                    text=quantity(value, "ms"),
                    known=value is not None,
                )
            )
            at_ms += value or 0.0
        return tuple(made)

    @property
    def title(self) -> str:
        """The whole in one line, e.g. "412 ms, cold"."""
        if self._timing is None or self._timing.total_ms is None:
            return "No connection yet"
        return f"{quantity(self._timing.total_ms, 'ms')}, {'cold' if self._timing.cold else 'warm'}"

    @property
    def explanation(self) -> str:
        """What cold or warm means here."""
        if self._timing is None:
            return "Start a session to see how its connection comes about."
        if self._timing.cold:
            return (
                "Cold: the first connection of this program to the host. The next one finds the "
                "name in the system's cache and the route warm."
            )
        return "Warm: this program was connected to the host before."

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What is known of the other end: name and value."""
        timing = self._timing
        if timing is None:
            return ()
        known = (
            ("Address", timing.address),
            ("Encryption", timing.tls_version or ("none" if timing.address else None)),
            ("Server", timing.server),
        )
        return tuple((name, one_line(value)) for name, value in known if value)

    @property
    def pings(self) -> str:
        """The round trips in one line."""
        rtts = sorted(self._rtts_ms)
        if not rtts:
            return "No ping was answered yet. Pings go out between turns, every two seconds."
        p95 = shown_quantile(rtts, 0.95)
        tail = (
            f"P95 {quantity(p95, 'ms')}"
            if p95 is not None
            else f"P95 from n{THIN_SPACE}={THIN_SPACE}{minimum_n(0.95)}"
        )
        return (
            f"Ping P50 {quantity(quantile(rtts, 0.5), 'ms')}, {tail}, "
            f"{quantity(rtts[0], 'ms')} to {quantity(rtts[-1], 'ms')}, n{THIN_SPACE}{len(rtts)}"
        )

    @property
    def spoken(self) -> str:
        """Everything in sentences, for screen readers and the clipboard."""
        stages = [f"{stage.name}: {stage.text}" for stage in self.stages]
        facts = [f"{name}: {value}" for name, value in self.facts]
        return "\n".join([f"Connection: {self.title}", *stages, *facts, self.pings])
