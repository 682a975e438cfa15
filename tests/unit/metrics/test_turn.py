from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from app.core.clock import Nanoseconds
from app.core.events import SessionEvent, SpeechEndMethod, TextKind, TokenUsage
from app.core.ids import ResponseId
from app.core.records import TurnRecord, TurnStatus
from app.metrics.turn import TurnContext, breakdown_residual_ms, span_ms, turn_record
from tests.unit.metrics import events as e
from tests.unit.metrics.events import R1, R2, ns, played_through

CONTEXT = TurnContext(turn_id=1)

SPOKEN: list[SessionEvent] = [
    e.user_on(1000),
    e.vad_on(1100),
    e.user_off(3000, 3012),
    e.vad_off(3520),
    e.committed(3521),
    e.response(3525),
    e.text(3700, "It is"),
    e.audio(3760, 200),
    e.text(3780, " noon."),
    e.audio(3800, 200),
    e.heard(3850, "What time is it?"),
    e.playing(3775),
    e.audible(3855),
    e.text_done(3900, "It is noon."),
    e.done(3910, usage=TokenUsage(output_text=5, output_audio=8)),
]


def record(*events: SessionEvent, context: TurnContext = CONTEXT) -> TurnRecord:
    return turn_record(played_through(*events), context)


def test_a_spoken_turn_in_numbers() -> None:
    assert record(*SPOKEN) == TurnRecord(
        turn_id=1,
        status=TurnStatus.OK,
        u_on_ns=ns(1000),
        u_off_ns=ns(3000),
        speech_end_method=SpeechEndMethod.ANNOTATED,
        vad_on_ns=ns(1100),
        vad_on_latency_ms=100.0,
        vad_off_ns=ns(3520),
        first_audio_ns=ns(3760),
        audible_ns=ns(3855),
        done_ns=ns(3910),
        v2v_ms=855.0,
        tx_wait_ms=12.0,
        endpointing_ms=508.0,
        server_response_ms=240.0,
        leading_silence_ms=80.0,
        playout_wait_ms=15.0,
        device_out_ms=None,
        ttft_ms=180.0,
        ttft_ref="stop",
        ttft_eos_ms=700.0,
        ttft_stop_ms=180.0,
        ttft_commit_ms=179.0,
        ttft_create_ms=175.0,
        ttft_modality="transcript",
        ttfa_eos_ms=760.0,
        ttfa_stop_ms=240.0,
        ttfa_commit_ms=239.0,
        ttfa_create_ms=235.0,
        ttfaa_ms=320.0,
        done_ms=390.0,
        user_final_transcript_ms=850.0,
        audio_out_ms=400.0,
        chunks_n=2,
        required_prebuffer_ms=0.0,
        stalls_n=0,
        stall_ms=0.0,
        jitter_p95_ms=160.0,
        delivery_x=10.0,
        text_tps=50.0,
        user_transcript="What time is it?",
        agent_transcript="It is noon.",
        usage=TokenUsage(output_text=5, output_audio=8),
        client_added_ms=27.0,
    )


def test_of_an_empty_turn_all_is_unknown() -> None:
    empty = record()

    assert empty == TurnRecord(turn_id=1, status=TurnStatus.TIMEOUT)
    assert breakdown_residual_ms(empty) is None


def test_unknown_is_never_zero() -> None:
    assert span_ms(None, ns(5)) is None
    assert span_ms(ns(5), None) is None
    assert span_ms(ns(5), ns(5)) == 0.0


# the sum

TURNS: list[tuple[str, list[SessionEvent], float]] = [
    ("spoken", SPOKEN, 855.0),
    (
        "the agent begins before the user ends",
        [e.user_off(1000, 1015), e.vad_off(700), e.audio(780, 20), e.playing(790), e.audible(800)],
        -200.0,
    ),
    (
        "no turn events",
        [e.user_off(1000, 1015), e.audio(1500, 20), e.playing(1510), e.audible(1600)],
        600.0,
    ),
    (
        "the sending is unknown",
        [e.user_off(1000), e.vad_off(1500), e.audio(1700, 20), e.playing(1710), e.audible(1720)],
        720.0,
    ),
    (
        "push to talk",
        [
            e.user_off(1000, 1018),
            e.commit(1200),
            e.requested(1201),
            e.committed(1210),
            e.audio(1500, 20),
            e.playing(1505),
            e.audible(1505),
        ],
        505.0,
    ),
    (
        "a tool, then the answer",
        [
            e.user_off(1000, 1010),
            e.vad_off(1500),
            e.tool_called(1700),
            e.tool_result(2000),
            e.requested(2001),
            e.audio(2400, 20, R2),
            e.playing(2410, R2),
            e.audible(2450, R2),
        ],
        1450.0,
    ),
]


@pytest.mark.parametrize(
    ("events", "v2v_ms"), [row[1:] for row in TURNS], ids=[row[0] for row in TURNS]
)
def test_the_parts_add_up_with_their_signs(events: list[SessionEvent], v2v_ms: float) -> None:
    turn = record(*events)

    assert turn.v2v_ms == v2v_ms
    assert breakdown_residual_ms(turn) == pytest.approx(0.0, abs=1e-9)
    assert turn.excluded_reason is None


def test_an_early_agent_has_negative_parts() -> None:
    turn = record(*TURNS[1][1])

    assert (turn.tx_wait_ms, turn.endpointing_ms, turn.server_response_ms) == (15.0, -315.0, 80.0)


def test_without_turn_events_the_endpointing_is_inside_the_servers_part() -> None:
    turn = record(*TURNS[2][1])

    assert (turn.tx_wait_ms, turn.endpointing_ms, turn.server_response_ms) == (15.0, None, 485.0)
    assert (turn.ttft_ms, turn.ttft_ref, turn.ttfaa_ms) == (None, None, None)
    assert turn.ttfa_eos_ms == 500.0


def test_where_the_sending_is_unknown_endpointing_begins_at_the_end_of_speech() -> None:
    turn = record(*TURNS[3][1])

    assert (turn.tx_wait_ms, turn.endpointing_ms, turn.client_added_ms) == (None, 500.0, None)


def test_by_hand_our_commit_and_our_request_are_the_references() -> None:
    turn = record(*TURNS[4][1])

    assert (turn.ttft_ref, turn.ttft_ms) == ("commit", 300.0)
    assert (turn.ttft_stop_ms, turn.ttft_commit_ms, turn.ttft_create_ms) == (None, 300.0, 299.0)
    assert turn.endpointing_ms == 182.0


def test_a_tool_turn_states_the_tool_apart() -> None:
    turn = record(*TURNS[5][1])

    assert turn.has_tool
    assert (turn.tool_exec_ms, turn.tool_v2v_ms) == (300.0, 1450.0)
    assert turn.ttft_create_ms == 399.0


def test_a_word_before_the_tool_is_what_the_user_hears_first() -> None:
    turn = record(
        e.user_off(1000),
        e.vad_off(1500),
        e.audio(1600, 20),
        e.playing(1610),
        e.audible(1620),
        e.tool_called(1700),
        e.tool_result(2000),
        e.audible(2450, R2),
    )

    assert (turn.v2v_ms, turn.tool_v2v_ms) == (620.0, 1450.0)


def test_a_typed_turn_has_no_voice_to_voice_but_a_first_token() -> None:
    turn = record(
        e.typed(1000),
        e.requested(1001),
        e.response(1030),
        e.text(1101, "Hi", kind=TextKind.TEXT),
        e.audio(1201, 20),
        e.playing(1221),
        e.audible(1231),
        e.done(1301),
    )

    assert (turn.v2v_ms, turn.ttft_eos_ms, turn.user_final_transcript_ms) == (None, None, None)
    assert (turn.ttft_ms, turn.ttft_ref, turn.ttft_modality) == (100.0, "create", "text")
    assert (turn.ttfa_create_ms, turn.ttfaa_ms, turn.done_ms) == (200.0, 210.0, 300.0)
    assert turn.server_response_ms == 200.0
    assert turn.client_added_ms == 20.0


def test_the_measured_lead_must_agree_with_what_was_heard() -> None:
    same = replace(CONTEXT, leading_silence_ms=80.4)
    late = replace(CONTEXT, leading_silence_ms=60.0)

    assert record(*SPOKEN, context=same).excluded_reason is None
    assert record(*SPOKEN, context=late).excluded_reason == "breakdown"
    assert record(*SPOKEN, context=late).leading_silence_ms == 60.0


def test_the_devices_buffer_is_a_part_of_its_own() -> None:
    turn = record(*SPOKEN, context=replace(CONTEXT, device_out_ms=9.0))

    assert (turn.playout_wait_ms, turn.device_out_ms, turn.client_added_ms) == (6.0, 9.0, 18.0)
    assert breakdown_residual_ms(turn) == pytest.approx(0.0)
    assert record(e.user_off(1), context=replace(CONTEXT, device_out_ms=9.0)).device_out_ms is None


def test_a_turn_with_an_xrun_is_excluded() -> None:
    context = replace(CONTEXT, client_xruns=1, loop_lag_p99_ms=3.0, device_clock="measured")

    turn = record(*SPOKEN, context=context)

    assert turn.excluded_reason == "xrun"
    assert (turn.client_xruns, turn.loop_lag_p99_ms, turn.device_clock) == (1, 3.0, "measured")
    assert record(*SPOKEN, context=replace(context, client_xruns=0)).excluded_reason is None


def test_the_context_is_copied() -> None:
    turn = record(
        context=TurnContext(
            turn_id=3,
            is_first_turn=True,
            status=TurnStatus.TIMEOUT,
            error_type="timeout",
            error_message="no reply in 30 s",
            input_name="a.wav",
            ref_text="hello",
        )
    )

    assert (turn.turn_id, turn.is_first_turn, turn.input_name) == (3, True, "a.wav")
    assert (turn.error_type, turn.error_message, turn.ref_text) == (
        "timeout",
        "no reply in 30 s",
        "hello",
    )


# status


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        ("completed", None, TurnStatus.OK),
        ("cancelled", "turn_detected", TurnStatus.INTERRUPTED),
        ("cancelled", "client_cancelled", TurnStatus.CANCELLED),
        ("incomplete", "max_output_tokens", TurnStatus.OK),
        ("incomplete", "content_filter", TurnStatus.ERROR),
        ("failed", None, TurnStatus.ERROR),
        ("words nobody knows", None, TurnStatus.ERROR),
    ],
)
def test_the_status_is_read_from_the_last_reply(
    status: str, reason: str | None, expected: TurnStatus
) -> None:
    turn = record(e.done(1, status="failed"), e.done(2, status=status, reason=reason))

    assert turn.status is expected


def test_a_failure_is_told_in_the_providers_words() -> None:
    told = e.done(1, status="failed", error_code="server_error", error_message="Oh no.")
    filtered = e.done(1, status="incomplete", reason="content_filter")

    assert (record(told).error_type, record(told).error_message) == ("server_error", "Oh no.")
    assert record(filtered).error_type == "content_filter"
    assert record(e.done(1, status="failed")).error_type == "failed"
    ours = replace(CONTEXT, error_type="ours", error_message="Mine.")
    assert record(told, context=ours).error_type == "ours"
    assert record(told, context=ours).error_message == "Mine."


def test_the_session_may_know_better() -> None:
    timeout = replace(CONTEXT, status=TurnStatus.TIMEOUT)

    assert record(*SPOKEN, context=timeout).status is TurnStatus.TIMEOUT


def test_a_reply_without_an_end_is_an_answer_all_the_same() -> None:
    assert record(e.audio(1, 20)).status is TurnStatus.OK


def test_an_interruption() -> None:
    context = replace(CONTEXT, interrupted_by_ns=Nanoseconds(ns(4000)))

    turn = record(*SPOKEN, e.flushed(4060, 205.0), e.truncated(4061, 205), context=context)

    assert turn.status is TurnStatus.INTERRUPTED
    assert turn.barge_in
    assert (turn.local_stop_ms, turn.heard_ms, turn.truncate_sent_ms) == (60.0, 205.0, 205)


# the stream


def test_stalls_are_counted_once_something_was_played() -> None:
    turn = record(e.playing(1), e.stalled(2, 20.5), e.stalled(3, 9.5))

    assert (turn.stalls_n, turn.stall_ms) == (2, 30.0)
    assert record(e.audio(1, 20)).stalls_n is None


def words(*instants_ms: float, reply: ResponseId = R1) -> list[SessionEvent]:
    return [e.text(at, "word ", reply) for at in instants_ms]


@pytest.mark.parametrize(
    ("events", "tps"),
    [
        ([], None),
        (words(100), None),
        (words(100, 100), None),
        (words(100, 150, 200), 20.0),
        ([*words(100, 150, 200), e.done(300)], 20.0),
        ([*words(100, 150, 200), e.done(300, usage=TokenUsage(output_text=21))], 200.0),
        ([*words(100, 150, 200), e.done(300, usage=TokenUsage(output_audio=50))], 20.0),
        ([*words(100, 200), e.done(300, usage=TokenUsage(output_text=1))], None),
        ([*words(100, 200), *words(9000, 9100, 9200, reply=R2)], 10.0),
    ],
    ids=[
        "no words",
        "one delta",
        "two at once",
        "deltas",
        "no usage",
        "reported tokens",
        "only audio tokens reported",
        "one token in two deltas",
        "two replies",
    ],
)
def test_text_throughput(events: list[SessionEvent], tps: float | None) -> None:
    assert record(*events).text_tps == (None if tps is None else pytest.approx(tps))


def test_usage_adds_up_over_the_replies_that_report_it() -> None:
    turn = record(
        e.done(1, usage=TokenUsage(total=10, input_text=4)),
        e.done(2, R2),
        e.done(3, R2, usage=TokenUsage(total=5, output_text=2)),
    )

    assert turn.usage == TokenUsage(total=15, input_text=4, output_text=2)
    assert record(e.done(1)).usage is None


# the clock


def shifted(event: SessionEvent, by_ns: int) -> SessionEvent:
    moved: dict[str, Any] = {"at_ns": Nanoseconds(event.at_ns + by_ns)}
    if getattr(event, "sent_ns", None) is not None:
        moved["sent_ns"] = Nanoseconds(getattr(event, "sent_ns", 0) + by_ns)
    return replace(event, **moved)


@settings(deadline=None)
@given(st.integers(-(10**15), 10**18), st.sampled_from([row[1] for row in TURNS]))
def test_shifting_all_stamps_changes_nothing_but_the_instants(
    by_ns: int, events: list[SessionEvent]
) -> None:
    instants: dict[str, Any] = {f.name: None for f in fields(TurnRecord) if f.name.endswith("_ns")}

    there = record(*(shifted(event, by_ns) for event in events))

    assert replace(there, **instants) == replace(record(*events), **instants)
