"""The status line: the health of the measurement itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.core.observe import Signal
from app.core.records import SessionRecord
from app.session.messages import ClientDelayReport, EchoReport, GuardReport, HealthReport
from app.ui.vm.text import THIN_SPACE, UNKNOWN, clock, plus_minus, quantity

LAG_LIMIT_MS = 10.0
ADDED_LIMIT_MS = 60.0
SOON_S, NEAR_S = 120.0, 300.0
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One entry of the status line. ``bad`` is said in its words, too.

    Attributes:
        near: It will be bad soon.
        rank: The larger, the sooner it is left out where room is short; what is bad, or below
            zero, is left out last.
    """

    name: str
    words: str
    hover: str
    bad: bool = False
    near: bool = False
    rank: int = 0


def _lag(report: HealthReport) -> Segment:
    bad = (report.loop_lag_p99_ms or 0.0) > LAG_LIMIT_MS
    words = f"engine lag {quantity(report.loop_lag_p99_ms, 'ms')}"
    return Segment(
        name="lag",
        words=f"{words} (client-limited)" if bad else words,
        hover="How late the measuring engine's own loop woke up, 99th percentile\n"
        f"limit\tturns with more than {LAG_LIMIT_MS:g} ms are marked client-limited\n"
        "source\tmetrics specification, 2.2",
        bad=bad,
        rank=1,
    )


def _callback(report: HealthReport) -> Segment | None:
    if report.callback_lag_ms is None:
        return None
    bad = report.callback_lag_ms > LAG_LIMIT_MS
    words = f"callback lag {quantity(report.callback_lag_ms, 'ms')}"
    return Segment(
        name="callback",
        words=f"{words} (high)" if bad else words,
        hover="Largest lateness of a sound device's callback since the last report\n"
        f"limit\tturns with more than {LAG_LIMIT_MS:g} ms are marked client-limited",
        bad=bad,
        rank=3,
    )


def _added(report: HealthReport) -> Segment:
    newest = _newest(report.client)
    shown = report.client_added_p95_ms if newest is None else newest
    bad = (shown or 0.0) > ADDED_LIMIT_MS
    words = f"client adds {quantity(shown, 'ms')}"
    lines = [
        "What this program adds to voice to voice, without the devices' own buffers",
        *_parts(report.client),
        f"P95\t{quantity(report.client_added_p95_ms, 'ms')}",
        "source\tmetrics specification, 3.1",
    ]
    return Segment(
        name="added",
        words=f"{words} (high)" if bad else words,
        hover="\n".join(lines),
        bad=bad,
        rank=-1,
    )


def _newest(client: ClientDelayReport | None) -> float | None:
    """Return what the newest turn's parts sum to, or None unless all are known."""
    if client is None:
        return None
    parts = (client.quantisation_ms, client.sending_ms, client.buffer_ms, client.playing_ms)
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _parts(client: ClientDelayReport | None) -> list[str]:
    if client is None:
        return ["parts\tnot known before the first turn"]
    rows = (
        ("rest of the frame", client.quantisation_ms),
        ("sending", client.sending_ms),
        ("jitter buffer", client.buffer_ms),
        ("playing", client.playing_ms),
        ("newest turn", _newest(client)),
        ("P50", client.p50_ms),
    )
    return [f"{name}\t{quantity(value, 'ms')}" for name, value in rows]


def _uncertainty(report: HealthReport) -> Segment | None:
    if report.u_v2v_ms is None:
        return None
    return Segment(
        name="uncertainty",
        words=f"v2v {plus_minus(report.u_v2v_ms)}",
        hover="Uncertainty of voice to voice under these circumstances\n"
        "meaning\tone standard deviation\n"
        "terms\tend of speech, frame, loop lag, device clock, audible onset\n"
        "note\tdifferences under the same set-up are known far better\n"
        "source\tmetrics specification, 2.5",
    )


def _limited(report: HealthReport) -> Segment | None:
    if not report.client_limited_n:
        return None
    count = report.client_limited_n
    return Segment(
        name="limited",
        words=f"{count} turn{'' if count == 1 else 's'} client-limited",
        hover="Turns that our own side may have spoilt: an xrun, lag, a jump of the clock.\n"
        "They are marked and counted, never dropped.",
        bad=True,
    )


def _rtt(report: HealthReport) -> Segment:
    return Segment(
        name="rtt",
        words=f"rtt {quantity(report.rtt_ms, 'ms')}",
        hover="Round trip of a WebSocket ping while idle: a lower bound of the network's share.",
        rank=2,
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
    """Calm until five minutes before the provider's limit, a warning in the last two."""
    left_s = report.expires_in_s
    if left_s is None:
        return None
    bad, near = left_s < SOON_S, left_s < NEAR_S
    words = f"session {clock(left_s * 1000)} left"
    return Segment(
        name="expiry",
        words=f"{words} (ends soon)" if bad else words,
        hover="Until the provider ends this session\n"
        "note\tSettings, Keeping the session: whether it goes on in a new one before that",
        bad=bad,
        near=near,
        rank=-1 if near else 2,
    )


def _whole_db(value: float | None) -> str:
    whole = UNKNOWN if value is None else f"{value:.0f}".replace("-", "\N{MINUS SIGN}")
    return whole if value is None else f"{whole}{THIN_SPACE}dB"


def echo_of(report: EchoReport | None) -> Segment | None:
    """Return what the microphone hears of the loudspeaker; None while nobody knows."""
    if report is None:
        return None
    figures = (report.coupling_db, report.erle_db, report.residual_dbfs)
    if all(figure is None for figure in figures) and not report.self_triggers_n:
        return None
    words = f"echo {_whole_db(report.coupling_db)}"
    if report.erle_db is not None:
        words += f", cancelled {_whole_db(report.erle_db)}"
    times = report.self_triggers_n
    if times:
        words = f"heard itself {times}\N{MULTIPLICATION SIGN}, {words}"
    lines = [
        "What the microphone hears of the loudspeaker",
        f"coupling\t{quantity(report.coupling_db, 'dB')}, echo against what was played",
        f"delay\t{quantity(report.delay_ms, 'ms')}, loudspeaker to microphone",
        f"ERLE\t{quantity(report.erle_db, 'dB')}, by how much cancellation lowers it",
        f"residual\t{quantity(report.residual_dbfs, 'dBFS')}, what is left for the model to hear",
        f"heard itself\t{times} times",
        "source\tmetrics specification, 4.1",
    ]
    return Segment(name="echo", words=words, hover="\n".join(lines), bad=times > 0, rank=1)


def guard_of(report: GuardReport | None) -> Segment | None:
    """Return how often the provider stalled and the connection was renewed; None for never."""
    if report is None or not (report.stalls_n or report.renewals_n):
        return None
    counts = ((report.stalls_n, "provider stall"), (report.renewals_n, "renewal"))
    words = ", ".join(f"{n} {name}{'' if n == 1 else 's'}" for n, name in counts if n)
    return Segment(
        name="guard",
        words=words,
        hover="Silences of the provider after a turn, and connections that took over the session.\n"
        "Each is marked in the turn lanes and in the record.",
        bad=report.stalls_n > 0,
        rank=1,
    )


READERS = (
    _added,
    _uncertainty,
    _lag,
    _callback,
    _rtt,
    _xruns,
    _limited,
    _drops,
    _unknown,
    _expiry,
)


def ago(then_utc: str, now: datetime) -> str:
    """Return e.g. "2 h ago"; "" for an instant that cannot be read."""
    try:
        then = datetime.fromisoformat(then_utc)
    except ValueError:
        return ""
    passed = (now - (then if then.tzinfo else then.replace(tzinfo=UTC))).total_seconds()
    for unit, length in (("d", _DAY_S), ("h", _HOUR_S), ("min", _MINUTE_S)):
        if passed >= length:
            return f"{int(passed // length)} {unit} ago"
    return "just now"


def calibration_of(record: SessionRecord | None, now: datetime) -> Segment | None:
    """Return what is known of the measurement itself in this session; None without one."""
    if record is None:
        return None
    note = record.calibration
    engine = None if note is None else note.engine
    devices = None if note is None else note.devices
    lines = ["What is known of the measurement from having measured something known"]
    words, bad = "not calibrated", False
    if engine is not None:
        error = quantity(engine.v2v_error_p95_ms, "ms")
        bad = not engine.passed
        failed = " (failed)" if bad else ""
        words = f"calibrated {ago(engine.measured_utc, now)}: error P95 {error}{failed}"
        lines.append(f"engine\t{engine.turns} turns, error P95 {error}")
        lines.append(f"calibration\t{engine.calibration_id}")
    else:
        lines.append("engine\tnot held against the simulator on this machine yet")
    if devices is not None:
        path = quantity(devices.residual_ms, "ms")
        spread = quantity(devices.residual_iqr_ms, "ms")
        lines.append(f"devices\t{path}, spread {spread}, {ago(devices.measured_utc, now)}")
    else:
        lines.append("devices\tthis pair has not been measured with chirps")
    return Segment(name="calibration", words=words, hover="\n".join(lines), bad=bad, rank=4)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class HealthViewModel:
    """Status line of the present session.

    Args:
        now: The time of day, with its zone.

    Signals:
        changed: The segments or the elapsed time changed.
    """

    def __init__(self, now: Callable[[], datetime] = _utc_now) -> None:
        self._now = now
        self._report: HealthReport | None = None
        self._record: SessionRecord | None = None
        self._echo: EchoReport | None = None
        self._guard: GuardReport | None = None
        self.segments: tuple[Segment, ...] = ()
        self.elapsed = ""
        self.recording = False
        self.changed = Signal[()]()

    def take(self, report: HealthReport) -> None:
        """Show ``report``."""
        self._report = report
        self.elapsed = clock(report.elapsed_s * 1000)
        self.recording = report.recording
        self._compose()

    def take_session(self, record: SessionRecord) -> None:
        """The session's account says under which calibration it is held."""
        self._record = record
        self._compose()

    def take_echo(self, report: EchoReport) -> None:
        """Show the echo."""
        self._echo = report
        self._compose()

    def take_guard(self, report: GuardReport) -> None:
        """Show what the session guard counts."""
        self._guard = report
        self._compose()

    def _compose(self) -> None:
        found = [] if self._report is None else [reader(self._report) for reader in READERS]
        found += [echo_of(self._echo), guard_of(self._guard)]
        found.append(calibration_of(self._record, self._now()))
        self.segments = tuple(segment for segment in found if segment is not None)
        self.changed.emit()

    def stop(self) -> None:
        """The session ended: keep the figures, end the recording mark."""
        self.recording = False
        self.changed.emit()

    def clear(self) -> None:
        """A new session begins."""
        self._report = self._record = self._echo = self._guard = None
        self.segments, self.elapsed, self.recording = (), "", False
        self.changed.emit()
