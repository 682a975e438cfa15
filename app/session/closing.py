"""From a turn that is over to its record: what its own events do not say is added here."""

from collections import deque

from app.core.audio_format import SESSION_RATE_HZ
from app.core.clock import Nanoseconds
from app.core.events import AgentSpeechEnded
from app.core.ports import AudioSink, AudioSource
from app.core.records import TurnRecord, TurnStatus
from app.metrics.timeline import TurnTimeline
from app.metrics.turn import turn_record
from app.metrics.turn_context import TurnContext
from app.session.hearing import Hearing
from app.session.monitor import LoopLag
from app.session.open_turn import OpenTurn
from app.session.stage import Stage

_KEPT = 1000
_CLOCKS = ("assumed", "measured", "digital")
"""How well a device's instants are known, the worst first."""


class XrunLog:
    """Tells how many xruns both devices had since an instant. All calls on the engine's loop."""

    def __init__(self, source: AudioSource, sink: AudioSink) -> None:
        self._source = source
        self._sink = sink
        self._known = 0
        self._log: deque[tuple[Nanoseconds, int]] = deque(maxlen=_KEPT)

    def poll(self, now_ns: Nanoseconds) -> None:
        """Read the devices' counters."""
        total = self._source.health.xruns + self._sink.health.xruns
        if total > self._known:
            self._log.append((now_ns, total - self._known))
        self._known = total

    def since(self, since_ns: Nanoseconds) -> int:
        """Return the xruns that were counted at or after an instant."""
        return sum(count for at_ns, count in self._log if at_ns >= since_ns)


def device_clock_of(source: AudioSource, sink: AudioSink) -> str:
    """Return how well the instants of both devices are known: as well as the worse of them."""
    clocks = (source.device_clock, sink.device_clock)
    return next((clock for clock in _CLOCKS if clock in clocks), _CLOCKS[0])


def callback_lag_ms(source: AudioSource, sink: AudioSink, since_ns: Nanoseconds) -> float | None:
    """Return the largest lateness of a callback of both devices, or None where there is none."""
    lags = (device.callback_lag_ms(since_ns) for device in (source, sink))
    return max((lag for lag in lags if lag is not None), default=None)


class Closing:
    """Makes the records of one session's turns. All calls on the engine's loop."""

    def __init__(self, stage: Stage, lag: LoopLag, xruns: XrunLog, hearing: Hearing) -> None:
        self._stage = stage
        self._lag = lag
        self._xruns = xruns
        self._hearing = hearing

    def record(self, turn: OpenTurn, rtt_ms: float | None) -> TurnRecord:
        """Return the record of a turn that is over."""
        return turn_record(_with_agents_end(turn.timeline), self._context(turn, rtt_ms))

    def _context(self, turn: OpenTurn, rtt_ms: float | None) -> TurnContext:
        source, sink = self._stage.opened.source, self._stage.player.sink
        account = self._stage.account.record
        as_begun = (source.name, sink.name) == (account.input_name, account.output_name)
        note = account.calibration if as_begun else None  # of that pair of devices only
        devices = None if note is None else note.devices
        interrupter = turn.interrupter
        since_ns = _begun_ns(turn)
        return TurnContext(
            turn_id=turn.turn_id,
            is_first_turn=turn.turn_id == 1,
            status=None if turn.status is TurnStatus.OK else turn.status,
            error_type=turn.error_type,
            error_message=turn.error_message,
            input_name=turn.input_name,
            interrupted_by_ns=interrupter.on_ns,
            interrupter_vad_on_ns=interrupter.vad_on_ns,
            interrupter_off_ns=interrupter.off_ns,
            interrupter_name=turn.interrupter_name,
            interrupter_is_turn=turn.interrupter_is_turn,
            user_was_silent=self._hearing.user_was_silent(interrupter.vad_on_ns),
            continuous_stream=turn.continuous,
            stream_before_ms=turn.before_frames * 1000 / SESSION_RATE_HZ,
            device_out_ms=sink.device_out_ms,
            device_residual_ms=None if devices is None else devices.residual_ms,
            device_residual_iqr_ms=None if devices is None else devices.residual_iqr_ms,
            tx_quantisation_ms=self._hearing.quantisation_ms(turn.timeline.u_off_ns),
            rtt_ms=rtt_ms,
            loop_lag_p99_ms=self._lag.p99_since_ms(since_ns),
            callback_lag_ms=callback_lag_ms(source, sink, since_ns),
            client_xruns=self._xruns.since(since_ns),
            device_clock=device_clock_of(source, sink),
        )


def _with_agents_end(timeline: TurnTimeline) -> TurnTimeline:
    """End the agent's last speech where the playback did: the silence after it is too young."""
    end_ns = timeline.audible_end_ns
    open_ns = max(timeline.agent_starts, default=None)
    if end_ns is None or open_ns is None or any(end >= open_ns for end in timeline.agent_ends):
        return timeline
    if end_ns < open_ns:
        return timeline
    return timeline.after(AgentSpeechEnded(at_ns=end_ns, response_id=None))


def _begun_ns(turn: OpenTurn) -> Nanoseconds:
    """Return where the turn's measurement begins: its speech began before it was noticed."""
    u_on_ns = turn.timeline.u_on_ns
    return turn.opened_ns if u_on_ns is None else min(u_on_ns, turn.opened_ns)
