"""Whether a turn's figures are the provider's or were spoilt on our side.

Source: metrics specification, 2.2, 2.3 and 9.2: nothing is dropped, causes are tagged.
"""

from collections.abc import Callable, Mapping
from typing import Final

from app.core.records import ClientLimit, TurnRecord
from app.metrics.turn_parts import SUM_TOLERANCE_MS

LAG_LIMIT_MS: Final = 10.0
"""Lateness of our own above which a turn is limited by this machine."""

EXCLUDED_XRUN: Final = "xrun"
EXCLUDED_CLOCK: Final = "clock_jump"
EXCLUDED_SUM: Final = "breakdown"

LIMITS: Final[Mapping[ClientLimit, Callable[[TurnRecord], bool]]] = {
    ClientLimit.XRUN: lambda turn: bool(turn.client_xruns),
    ClientLimit.LOOP_LAG: lambda turn: (turn.loop_lag_p99_ms or 0.0) > LAG_LIMIT_MS,
    ClientLimit.CALLBACK_LAG: lambda turn: (turn.callback_lag_ms or 0.0) > LAG_LIMIT_MS,
    ClientLimit.CLOCK_JUMP: lambda turn: bool(turn.clock_jump_ms),
    ClientLimit.DEVICE_CLOCK: lambda turn: turn.device_clock == "assumed",
}
"""What marks a turn as limited by the client."""


def client_limited(turn: TurnRecord) -> str | None:
    """Return the codes of all limits that hold, sorted and joined by "+"; None without one."""
    return "+".join(sorted(limit.value for limit, holds in LIMITS.items() if holds(turn))) or None


def excluded_reason(turn: TurnRecord) -> str | None:
    """Return why a turn's latencies do not count, or None. It stays in the denominator."""
    if turn.client_xruns:
        return EXCLUDED_XRUN
    if turn.clock_jump_ms:
        return EXCLUDED_CLOCK
    residual = turn.breakdown_residual_ms
    return EXCLUDED_SUM if residual is not None and abs(residual) > SUM_TOLERANCE_MS else None
