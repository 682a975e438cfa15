from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from app.core.records import TurnRecord, TurnStatus
from app.metrics.summary import Summary, glance, summarise

OK = TurnStatus.OK


def turn(turn_id: int, v2v_ms: float | None = None, status: TurnStatus = OK) -> TurnRecord:
    return TurnRecord(turn_id=turn_id, status=status, v2v_ms=v2v_ms, is_first_turn=turn_id == 1)


def turns(count: int, **columns: Any) -> list[TurnRecord]:
    return [TurnRecord(turn_id=n, status=OK, **columns) for n in range(2, count + 2)]


def test_a_session_without_turns_knows_nothing() -> None:
    empty = summarise([])
    counts = {"turns", "failed", "interrupted", "excluded", "client_limited_n", "v2v_n"}
    counts |= {"tool_turns", "premature_n", "interruptions_n", "missed_n"}
    lists = {"error_classes", "excluded_by", "client_limited_by"}

    values = {field.name: getattr(empty, field.name) for field in fields(Summary)}
    assert {name for name, value in values.items() if value == 0} == counts
    assert {name for name, value in values.items() if value == ()} == lists
    assert {name for name, value in values.items() if value is not None} == counts | lists


def test_one_turn_has_a_median_and_no_more() -> None:
    one = summarise([turn(1, 800.0)])

    assert (one.v2v_p50_ms, one.v2v_max_ms, one.first_turn_v2v_ms) == (800.0, 800.0, 800.0)
    assert (one.v2v_p90_ms, one.v2v_p95_ms, one.v2v_later_p50_ms) == (None, None, None)
    assert (one.v2v_p50_low_ms, one.v2v_p50_high_ms, one.first_turn_penalty_ms) == (None,) * 3
    assert one.v2v_iqr_ms is None


def test_percentiles_appear_with_twenty_turns() -> None:
    few = summarise([turn(n + 1, 100.0 * n) for n in range(1, 20)])
    enough = summarise([turn(n + 1, 100.0 * n) for n in range(1, 21)])

    assert (few.v2v_p90_ms, few.v2v_p95_ms) == (None, None)
    assert enough.v2v_p90_ms == pytest.approx(1810.0)
    assert enough.v2v_p95_ms == pytest.approx(1905.0)
    assert (few.v2v_p50_low_ms, few.v2v_p50_high_ms) == (None, None)
    assert (enough.v2v_p50_low_ms, enough.v2v_p50_high_ms) == (600.0, 1500.0)
    assert enough.v2v_iqr_ms == pytest.approx(950.0)


@pytest.mark.parametrize(
    ("count", "p95", "p99"),
    [
        (58, (51.0, None, None), None),
        (59, (52.0, None, 59.0), None),
        (71, (63.0, None, 71.0), None),
        (72, (64.0, 72.0, 72.0), None),
        (299, (276.0, 292.0, 291.0), 1),
    ],
)
def test_intervals_and_extremes_wait_for_their_sample(
    count: int, p95: tuple[float | None, ...], p99: int | None
) -> None:
    session = summarise([turn(n + 1, float(n)) for n in range(1, count + 1)])

    found = (session.v2v_p95_low_ms, session.v2v_p95_high_ms, session.v2v_p95_upper_ms)
    assert found == p95
    assert (session.v2v_p99_ms is None) == (p99 is None)


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
    assert (session.v2v_n, session.v2v_p50_ms) == (2, 800.0)


def test_failures_are_counted_by_class() -> None:
    kinds = ["server_error", "timeout", "server_error", None]
    failed = [
        TurnRecord(turn_id=n, status=TurnStatus.ERROR, error_type=kind)
        for n, kind in enumerate(kinds)
    ]

    session = summarise([*failed, turn(9, 500.0)])

    assert session.error_classes == (("server_error", 2), ("error", 1), ("timeout", 1))
    assert (session.failed, session.turns) == (4, 5)


def test_excluded_turns_are_counted_by_reason() -> None:
    reasons = ["xrun", "breakdown", "xrun"]
    excluded = [
        TurnRecord(turn_id=n, status=OK, v2v_ms=9000.0, excluded_reason=reason)
        for n, reason in enumerate(reasons, 2)
    ]

    session = summarise([turn(7, 500.0), *excluded])

    assert session.excluded == 3
    assert session.excluded_by == (("xrun", 2), ("breakdown", 1))
    assert (session.failed, session.v2v_n, session.v2v_p50_ms) == (0, 1, 500.0)


def test_turns_limited_by_this_machine_are_counted_by_cause_and_kept() -> None:
    limited = [
        TurnRecord(turn_id=n, status=OK, v2v_ms=500.0, client_limited=codes)
        for n, codes in enumerate(["loop_lag", "callback_lag+loop_lag", None])
    ]

    session = summarise(limited)

    assert session.client_limited_n == 2
    assert session.client_limited_by == (("loop_lag", 2), ("callback_lag", 1))
    assert session.v2v_n == 3


def test_the_first_turn_is_also_told_apart() -> None:
    session = summarise([turn(1, 2000.0), turn(2, 500.0), turn(3, 600.0)])

    assert session.first_turn_v2v_ms == 2000.0
    assert session.v2v_later_p50_ms == 550.0
    assert session.first_turn_penalty_ms == 1450.0
    assert (session.v2v_p50_ms, session.v2v_n, session.v2v_max_ms) == (550.0, 2, 600.0)


def test_a_failed_turn_leaves_the_first_as_the_only_one_there_is() -> None:
    session = summarise([turn(1, 2000.0), turn(2, 500.0, TurnStatus.ERROR)])

    assert (session.v2v_p50_ms, session.v2v_n, session.v2v_later_p50_ms) == (2000.0, 1, None)


def test_people_are_shown_no_median_of_less_than_five_values() -> None:
    few, enough = turns(4, v2v_ms=500.0, yield_ms=90.0), turns(5, v2v_ms=500.0, yield_ms=90.0)

    for column in ("v2v_p50_ms", "yield_p50_ms"):
        assert getattr(summarise(few), column) is not None
        assert getattr(summarise(few, for_people=True), column) is None
        assert getattr(summarise(enough, for_people=True), column) is not None


def test_turns_with_a_tool_are_told_apart() -> None:
    with_tool = TurnRecord(
        turn_id=3, status=OK, v2v_ms=4000.0, tool_v2v_ms=5000.0, tool_exec_ms=900.0, has_tool=True
    )

    session = summarise([turn(4, 700.0), turn(2, 500.0), with_tool])

    assert (session.v2v_n, session.v2v_max_ms, session.tool_turns) == (2, 700.0, 1)
    assert (session.tool_v2v_p50_ms, session.tool_exec_p50_ms) == (5000.0, 900.0)


@pytest.mark.parametrize(("count", "rate"), [(9, None), (10, 0.7)])
def test_a_rate_needs_ten_events(count: int, rate: float | None) -> None:
    early = [turn(n, -5.0) for n in range(7)]
    others = [turn(n, 500.0) for n in range(count - 7)]
    yielded = turns(7, missed_interrupt=False, yield_ms=200.0)
    missed = turns(count - 7, missed_interrupt=True, yield_ms=3000.0)

    answers, interruptions = summarise([*early, *others]), summarise([*yielded, *missed])

    assert (answers.premature_n, answers.premature_rate) == (7, rate)
    assert (interruptions.interruptions_n, interruptions.missed_n) == (count, count - 7)
    assert (interruptions.yield_rate, interruptions.yield_p50_ms) == (rate, 200.0)


def test_stalls_count_in_failed_turns_too() -> None:
    failed = TurnRecord(
        turn_id=1, status=TurnStatus.ERROR, stalls_n=2, stall_ms=30.0, audio_out_ms=1000.0
    )

    session = summarise([failed, *turns(2, stalls_n=1, stall_ms=5.0, audio_out_ms=500.0)])

    assert (session.stalls_n, session.stall_ms, session.stall_ratio) == (4, 40.0, 0.02)
    assert summarise(turns(1, stalls_n=0, stall_ms=0.0)).stall_ratio is None


MEDIANS = {
    "u_v2v_ms": "u_v2v_p50_ms",
    "tool_v2v_ms": "tool_v2v_p50_ms",
    "ttft_ms": "ttft_p50_ms",
    "ttfa_stop_ms": "ttfa_stop_p50_ms",
    "endpointing_ms": "endpointing_p50_ms",
    "server_response_ms": "server_response_p50_ms",
    "leading_silence_ms": "leading_silence_p50_ms",
    "model_latency_ms": "model_latency_p50_ms",
    "local_stop_ms": "local_stop_p50_ms",
    "vad_on_latency_ms": "vad_on_latency_p50_ms",
    "overspeech_ms": "overspeech_p50_ms",
    "overlap_ms": "overlap_ms",
    "required_prebuffer_ms": "required_prebuffer_p95_ms",
    "delivery_x": "delivery_x_p50",
    "jitter_p95_ms": "jitter_p95_p50_ms",
    "text_tps": "text_tps_p50",
    "total_tps": "total_tps_p50",
    "audio_tokens_per_s": "audio_tokens_per_s_p50",
    "client_added_ms": "client_added_p50_ms",
    "tx_quantisation_ms": "tx_quantisation_p50_ms",
    "tx_lateness_ms": "tx_lateness_p50_ms",
    "jitter_buffer_ms": "jitter_buffer_p50_ms",
    "playout_rest_ms": "playout_rest_p50_ms",
}


@pytest.mark.parametrize(("column", "figure"), MEDIANS.items(), ids=MEDIANS)
def test_each_figure_is_of_its_own_column(column: str, figure: str) -> None:
    expected = 20 * 6.0 if column == "overlap_ms" else 6.0
    excluded = [replace(row, excluded_reason="xrun") for row in turns(1, **{column: 900.0})]

    session = summarise([*turns(20, **{column: 6.0}), *excluded])

    assert getattr(session, figure) == expected


@pytest.mark.parametrize("name", ["client_added", "tx_wait", "playout_wait"])
def test_what_is_ours_has_its_95th_percentile_too(name: str) -> None:
    few = summarise(turns(19, **{f"{name}_ms": 4.0}))
    enough = summarise(turns(20, **{f"{name}_ms": 4.0}))

    assert (getattr(few, f"{name}_p50_ms"), getattr(few, f"{name}_p95_ms")) == (4.0, None)
    assert getattr(enough, f"{name}_p95_ms") == 4.0


TURNS = st.builds(
    TurnRecord,
    turn_id=st.integers(1, 3),
    status=st.sampled_from(TurnStatus),
    v2v_ms=st.one_of(st.none(), st.floats(-1e3, 1e4)),
    is_first_turn=st.booleans(),
    has_tool=st.booleans(),
    excluded_reason=st.sampled_from([None, "muted"]),
    missed_interrupt=st.sampled_from([None, False, True]),
)


@given(st.one_of(st.lists(TURNS, max_size=6), st.lists(TURNS, min_size=20, max_size=30)))
def test_a_glance_sees_what_the_whole_summary_says(turns: list[TurnRecord]) -> None:
    whole, seen = summarise(turns), glance(turns)

    assert (seen.v2v_p50_ms, seen.v2v_p95_ms) == (whole.v2v_p50_ms, whole.v2v_p95_ms)
    assert seen.interruptions_n == whole.interruptions_n
