"""From a turn that is over to its record."""

from app.core.ports import AudioSink, AudioSource
from app.core.records import TurnRecord, TurnStatus
from app.metrics.turn import TurnContext, turn_record
from app.session.turns import OpenTurn


class XrunCounter:
    """Tells how many xruns both devices had since it was last asked."""

    def __init__(self, source: AudioSource, sink: AudioSink) -> None:
        self._source = source
        self._sink = sink
        self._known = 0

    def take(self) -> int:
        """Return the xruns since the last call."""
        total = self._source.health.xruns + self._sink.health.xruns
        fresh, self._known = total - self._known, total
        return fresh


def finished_turn(
    turn: OpenTurn, *, sink: AudioSink, loop_lag_p99_ms: float | None, xruns: int
) -> TurnRecord:
    """Return the record of ``turn``."""
    interrupted = turn.status is TurnStatus.INTERRUPTED
    context = TurnContext(
        turn_id=turn.turn_id,
        is_first_turn=turn.turn_id == 1,
        status=None if turn.status is TurnStatus.OK else turn.status,
        error_type=turn.error_type,
        error_message=turn.error_message,
        input_name=turn.input_name,
        interrupted_by_ns=turn.superseded_ns if interrupted else None,
        device_out_ms=sink.device_out_ms,
        loop_lag_p99_ms=loop_lag_p99_ms,
        client_xruns=xruns,
        device_clock=sink.device_clock,
    )
    return turn_record(turn.timeline, context)
