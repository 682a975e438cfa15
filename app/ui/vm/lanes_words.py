"""The words of the turn lanes: names of marks and spans, instants, lengths and ticks."""

import math
from typing import Final

from app.session.messages import MarkKind, SpanKind
from app.ui.vm.text import THIN_SPACE, clock, number, whole_ms

MARK_NAMES: Final = {
    MarkKind.VAD_ON: "speech detected",
    MarkKind.VAD_OFF: "end of turn detected",
    MarkKind.COMMITTED: "turn committed",
    MarkKind.RESPONSE_CREATED: "reply created",
    MarkKind.FIRST_TOKEN: "first token",
    MarkKind.FIRST_AUDIO: "first audio received",
    MarkKind.AUDIBLE: "first audible sample",
    MarkKind.RESPONSE_DONE: "reply complete",
    MarkKind.BARGE_IN: "interrupted",
    MarkKind.STALL: "playback stalled",
    MarkKind.TOOL_CALLED: "tool called",
    MarkKind.TOOL_RESULT: "tool result sent",
    MarkKind.CANCELLED: "reply cancelled",
    MarkKind.TRUNCATED: "reply truncated",
    MarkKind.CLOCK_JUMP: "clock jumped",
    MarkKind.DEVICE_LOST: "sound device lost",
    MarkKind.DEVICE_BACK: "sound device back",
    MarkKind.DEVICES_CHANGED: "sound devices changed",
    MarkKind.TURNS_CONFIGURED: "turn taking changed",
    MarkKind.PROCESSING_CHANGED: "microphone processing changed",
    MarkKind.SELF_TRIGGERED: "the assistant heard itself",
    MarkKind.PROVIDER_STALL: "the provider says nothing",
    MarkKind.RECONNECTING: "connection cut",
    MarkKind.RENEWED: "connection renewed",
    MarkKind.CONSENT: "somebody agreed to being recorded",
}
MARK_SHORT: Final = {
    MarkKind.VAD_ON: "vad",
    MarkKind.VAD_OFF: "end",
    MarkKind.COMMITTED: "commit",
    MarkKind.RESPONSE_CREATED: "created",
    MarkKind.FIRST_TOKEN: "token",
    MarkKind.FIRST_AUDIO: "audio",
    MarkKind.AUDIBLE: "audible",
    MarkKind.RESPONSE_DONE: "done",
    MarkKind.BARGE_IN: "barge-in",
    MarkKind.STALL: "stall",
    MarkKind.TOOL_CALLED: "tool",
    MarkKind.TOOL_RESULT: "result",
    MarkKind.CANCELLED: "cancel",
    MarkKind.TRUNCATED: "cut",
    MarkKind.CLOCK_JUMP: "jump",
    MarkKind.DEVICE_LOST: "device lost",
    MarkKind.DEVICE_BACK: "device back",
    MarkKind.DEVICES_CHANGED: "devices",
    MarkKind.TURNS_CONFIGURED: "turns",
    MarkKind.PROCESSING_CHANGED: "processing",
    MarkKind.SELF_TRIGGERED: "heard itself",
    MarkKind.PROVIDER_STALL: "no answer",
    MarkKind.RECONNECTING: "reconnect",
    MarkKind.RENEWED: "renewed",
    MarkKind.CONSENT: "consent",
}
SPAN_NAMES: Final = {
    SpanKind.USER_SPEECH: "you speak",
    SpanKind.AGENT_HEARD: "reply heard",
    SpanKind.AGENT_GENERATED: "reply generated",
    SpanKind.INTERRUPTION: "interruption",
    SpanKind.TOOL: "tool runs",
    SpanKind.STALL: "playback stalled",
    SpanKind.CLIENT_LIMITED: "limited by this computer",
    SpanKind.GAP: "gap in the recording",
}
TICK_STEPS_MS: Final = (
    *(10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000),
    *(60_000, 120_000, 300_000, 600_000, 1_800_000),
    *(3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000),
)
_SECOND_MS = 1_000
_TEN_SECONDS_MS = 10_000
_MINUTE_MS = 60_000


def instant(at_ms: float, decimals: int = 3) -> str:
    """Return session time as mm:ss with ``decimals`` digits of the second, rounded down."""
    if decimals <= 0:
        return clock(at_ms)
    unit_ms = _SECOND_MS / 10**decimals
    # The smallest share keeps a whole number that the division just missed.
    part = math.floor(max(at_ms, 0.0) / unit_ms + 1e-6)
    whole, rest = divmod(part, 10**decimals)
    return f"{clock(whole * _SECOND_MS)}.{rest:0{decimals}d}"


def length(value_ms: float) -> str:
    """Return how long a stretch is, with its sign, e.g. ``612 ms``, ``12.3 s`` or ``01:15``."""
    size = abs(value_ms)
    if size < _TEN_SECONDS_MS:
        return f"{whole_ms(value_ms)}{THIN_SPACE}ms"
    if size < _MINUTE_MS:
        return f"{number(value_ms / _SECOND_MS)}{THIN_SPACE}s"
    return ("\N{MINUS SIGN}" if value_ms < 0 else "") + clock(size)


def tick_step(shortest_ms: float) -> float:
    """Return the smallest step of the time axis, ms, that is ``shortest_ms`` or more."""
    return next((step for step in TICK_STEPS_MS if step >= shortest_ms), TICK_STEPS_MS[-1])


def ticks(start_ms: float, end_ms: float, step_ms: float) -> list[tuple[float, str]]:
    """Return the instants of the axis from ``start_ms`` to ``end_ms``, each with its words."""
    decimals = max(0, math.ceil(3 - math.log10(step_ms))) if step_ms < _SECOND_MS else 0
    first, last = math.ceil(start_ms / step_ms), math.floor(end_ms / step_ms)
    return [
        (index * step_ms, instant(index * step_ms, decimals)) for index in range(first, last + 1)
    ]
