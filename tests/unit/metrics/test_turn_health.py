from dataclasses import replace
from typing import Any

import pytest

from app.core.records import ClientLimit
from app.metrics.turn_health import LIMITS
from tests.unit.metrics import events as e
from tests.unit.metrics.turns import FULL, SPOKEN, record


@pytest.mark.parametrize(
    ("context", "limited", "excluded"),
    [
        ({}, None, None),
        ({"loop_lag_p99_ms": None, "callback_lag_ms": None, "client_xruns": None}, None, None),
        ({"client_xruns": 1}, "xrun", "xrun"),
        ({"loop_lag_p99_ms": 10.0}, None, None),
        ({"loop_lag_p99_ms": 10.1}, "loop_lag", None),
        ({"callback_lag_ms": 10.0}, None, None),
        ({"callback_lag_ms": 10.1}, "callback_lag", None),
        ({"clock_jump_ms": -700.0}, "clock_jump", "clock_jump"),
        ({"clock_jump_ms": 0.0}, None, None),
        ({"device_clock": "assumed"}, "device_clock", None),
        ({"device_clock": "digital"}, None, None),
        ({"leading_silence_ms": 0.0}, None, "breakdown"),
        ({"client_xruns": 1, "loop_lag_p99_ms": 99.0}, "loop_lag+xrun", "xrun"),
        ({"client_xruns": 1, "clock_jump_ms": 9.0}, "clock_jump+xrun", "xrun"),
        ({"clock_jump_ms": 9.0, "leading_silence_ms": 0.0}, "clock_jump", "clock_jump"),
    ],
)
def test_what_our_side_may_have_spoilt_is_marked_and_its_worst_is_excluded(
    context: dict[str, Any], limited: str | None, excluded: str | None
) -> None:
    turn = record(*SPOKEN, context=replace(FULL, **context))

    assert (turn.client_limited, turn.excluded_reason) == (limited, excluded)


def test_a_marked_turn_keeps_all_its_figures() -> None:
    spoilt = record(*SPOKEN, context=replace(FULL, client_xruns=2, device_clock="assumed"))

    assert spoilt.v2v_ms == record(*SPOKEN, context=FULL).v2v_ms
    assert spoilt.client_limited == "device_clock+xrun"


def test_a_jump_among_the_events_counts_and_the_session_may_know_better() -> None:
    jumped = record(*SPOKEN, e.jumped(3600, 250.0), context=FULL)
    better = record(*SPOKEN, e.jumped(3600, 250.0), context=replace(FULL, clock_jump_ms=300.0))

    assert (jumped.clock_jump_ms, jumped.excluded_reason) == (250.0, "clock_jump")
    assert better.clock_jump_ms == 300.0


def test_every_limit_has_its_rule() -> None:
    assert set(LIMITS) == set(ClientLimit)
