"""Whole turns as events, for the tests of what is made of them. All instants in ms."""

from dataclasses import replace

from app.core.events import SessionEvent, TokenUsage
from app.core.records import TurnRecord
from app.metrics.turn import TurnContext, turn_record
from tests.unit.metrics import events as e
from tests.unit.metrics.events import R2, ns, played_through

CONTEXT = TurnContext(turn_id=1)

FULL = replace(
    CONTEXT,
    rtt_ms=20.0,
    device_out_ms=9.0,
    device_residual_ms=14.5,
    device_residual_iqr_ms=2.698,
    tx_quantisation_ms=8.0,
    loop_lag_p99_ms=3.0,
    callback_lag_ms=1.0,
    client_xruns=0,
    device_clock="measured",
)
"""All that a session can know besides the events."""

SPOKEN: list[SessionEvent] = [
    e.user_on(1000),
    e.vad_on(1100),
    e.user_off(3000, 3012),
    e.hearing(3200, "What"),
    e.vad_off(3520),
    e.committed(3521),
    e.response(3525),
    e.text(3700, "It is"),
    e.audio(3760, 200),
    e.text(3780, " noon."),
    e.audio(3800, 200),
    e.heard(3850, "What time is it?"),
    e.playing(3784, buffer_ms=210.0),
    e.audible(3864, media_ms=80.0),
    e.text_done(3900, "It is noon."),
    e.done(3910, usage=TokenUsage(output_text=5, output_audio=8, output_total=13)),
    e.played_out(4190, 400.0, 4164),
]
"""The usual: the provider's VAD ends the turn, and the reply is heard to its end."""

INTERRUPTED: list[SessionEvent] = [
    e.user_off(1000, 1010),
    e.vad_off(1500),
    e.response(1510),
    *(e.audio(1600 + 100 * piece, 500) for piece in range(6)),
    e.text(1650, "One two three four five six."),
    e.playing(1610),
    e.audible(1660, media_ms=50.0),
    e.agent_on(1660),
    e.audio(2150, 500),
    e.flushed(2320, 715.0, 2325, 2340),
    e.agent_off(2325),
    e.truncated(2341, 715),
    e.done(2330, status="cancelled", reason="turn_detected"),
]
"""The user speaks at 2100; the provider hears it at 2300 and stops."""

BARGE_IN = replace(
    CONTEXT,
    interrupted_by_ns=ns(2100),
    interrupter_vad_on_ns=ns(2300),
    interrupter_off_ns=ns(3000),
    user_was_silent=False,
)

TOOL: list[SessionEvent] = [
    e.user_off(1000, 1010),
    e.vad_off(1500),
    e.tool_called(1700),
    e.tool_result(2000),
    e.requested(2001),
    e.audio(2400, 20, R2),
    e.playing(2410, R2),
    e.audible(2450, R2),
]
"""A function call, then the answer."""

PUSH_TO_TALK: list[SessionEvent] = [
    e.user_off(1000, 1018),
    e.commit(1200),
    e.requested(1201),
    e.committed(1210),
    e.audio(1500, 20),
    e.playing(1505),
    e.audible(1505),
]

NO_EVENTS: list[SessionEvent] = [
    e.user_on(500),
    e.user_off(1000, 1015),
    *(e.audio(100 + 20 * piece, 20) for piece in range(100)),
    e.playing(110),
    e.audible(1720, media_ms=1590.0),
    e.agent_on(1720),
    e.agent_off(2000),
]
"""An endless stream that holds silence: of the piece that came at 1680 the middle sounds."""


def record(*events: SessionEvent, context: TurnContext = CONTEXT) -> TurnRecord:
    return turn_record(played_through(*events), context)
