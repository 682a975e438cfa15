from dataclasses import replace

import pytest

from app.core.records import TurnRecord, TurnStatus
from app.metrics.summary import Summary, summarise


def turn(
    turn_id: int, v2v_ms: float | None = None, status: TurnStatus = TurnStatus.OK
) -> TurnRecord:
    return TurnRecord(turn_id=turn_id, status=status, v2v_ms=v2v_ms, is_first_turn=turn_id == 1)


def test_a_session_without_turns_knows_nothing() -> None:
    empty = summarise([])

    assert (empty.turns, empty.failed, empty.excluded, empty.v2v_n) == (0, 0, 0, 0)
    assert empty.availability is None
    assert empty.v2v_p50_ms is None
    assert empty.stalls_n is None


def test_one_turn_has_a_median_and_no_more() -> None:
    one = summarise([turn(1, 800.0)])

    assert (one.v2v_p50_ms, one.v2v_max_ms, one.first_turn_v2v_ms) == (800.0, 800.0, 800.0)
    assert (one.v2v_p90_ms, one.v2v_p95_ms, one.v2v_later_p50_ms) == (None, None, None)
    assert (one.v2v_p50_low_ms, one.v2v_p50_high_ms) == (None, None)


def test_percentiles_appear_with_twenty_turns() -> None:
    few = summarise([turn(n, 100.0 * n) for n in range(1, 20)])
    enough = summarise([turn(n, 100.0 * n) for n in range(1, 21)])

    assert (few.v2v_p90_ms, few.v2v_p95_ms) == (None, None)
    assert enough.v2v_p90_ms == pytest.approx(1810.0)
    assert enough.v2v_p95_ms == pytest.approx(1905.0)
    assert (enough.v2v_p50_low_ms, enough.v2v_p50_high_ms) == (600.0, 1500.0)


def test_a_failed_turn_stays_in_the_denominator_only() -> None:
    session = summarise(
        [
            turn(1, 500.0),
            turn(2, 9000.0, TurnStatus.ERROR),
            turn(3, 9000.0, TurnStatus.TIMEOUT),
            turn(4, 700.0, TurnStatus.INTERRUPTED),
            turn(5, 900.0, TurnStatus.CANCELLED),
        ]
    )

    assert (session.turns, session.failed, session.interrupted) == (5, 2, 1)
    assert session.availability == 0.6
    assert session.availability_low == pytest.approx(0.2307, abs=1e-4)
    assert session.availability_high == pytest.approx(0.8824, abs=1e-4)
    assert (session.v2v_n, session.v2v_p50_ms) == (3, 700.0)


def test_excluded_turns_are_counted_by_reason() -> None:
    excluded = [
        TurnRecord(turn_id=n, status=TurnStatus.OK, v2v_ms=9000.0, excluded_reason=reason)
        for n, reason in enumerate(["xrun", "breakdown", "xrun"], 2)
    ]

    session = summarise([turn(1, 500.0), *excluded])

    assert session.excluded == 3
    assert session.excluded_by == (("xrun", 2), ("breakdown", 1))
    assert (session.failed, session.v2v_n, session.v2v_p50_ms) == (0, 1, 500.0)


def test_the_first_turn_is_also_told_apart() -> None:
    session = summarise([turn(1, 2000.0), turn(2, 500.0), turn(3, 600.0)])

    assert session.first_turn_v2v_ms == 2000.0
    assert session.v2v_later_p50_ms == 550.0
    assert session.v2v_p50_ms == 600.0


def test_each_median_is_of_its_own_column() -> None:
    row = TurnRecord(
        turn_id=1,
        status=TurnStatus.OK,
        tool_v2v_ms=1.0,
        ttft_ms=2.0,
        ttfa_stop_ms=3.0,
        endpointing_ms=4.0,
        server_response_ms=5.0,
        text_tps=6.0,
        client_added_ms=7.0,
        stalls_n=2,
    )

    session = summarise([row] * 20)

    assert replace(session, availability_low=None) == Summary(
        turns=20,
        failed=0,
        interrupted=0,
        excluded=0,
        excluded_by=(),
        availability=1.0,
        availability_low=None,
        availability_high=1.0,
        v2v_n=0,
        v2v_p50_ms=None,
        v2v_p50_low_ms=None,
        v2v_p50_high_ms=None,
        v2v_p90_ms=None,
        v2v_p95_ms=None,
        v2v_max_ms=None,
        first_turn_v2v_ms=None,
        v2v_later_p50_ms=None,
        tool_v2v_p50_ms=1.0,
        ttft_p50_ms=2.0,
        ttfa_stop_p50_ms=3.0,
        endpointing_p50_ms=4.0,
        server_response_p50_ms=5.0,
        text_tps_p50=6.0,
        client_added_p50_ms=7.0,
        client_added_p95_ms=7.0,
        stalls_n=40,
    )
