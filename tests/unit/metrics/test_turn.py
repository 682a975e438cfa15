from dataclasses import fields, replace
from typing import Any

import pytest

from app.core.clock import Nanoseconds
from app.core.events import SpeechEndMethod, TokenUsage
from app.core.records import TurnRecord, TurnStatus
from app.metrics.turn import TurnContext, breakdown_residual_ms, span_ms
from tests.unit.metrics import events as e
from tests.unit.metrics.events import R2, ns
from tests.unit.metrics.turns import CONTEXT, FULL, SPOKEN, record


def test_a_spoken_turn_in_numbers() -> None:
    turn = record(*SPOKEN, context=FULL)

    assert turn.u_v2v_ms == pytest.approx(59.6667**0.5, abs=1e-4)
    assert [turn.total_tps, turn.e2e_tps] == pytest.approx([13 / 0.21, 13 / 0.39])
    assert replace(turn, u_v2v_ms=None, total_tps=None, e2e_tps=None) == TurnRecord(
        turn_id=1,
        status=TurnStatus.OK,
        u_on_ns=ns(1000),
        u_off_ns=ns(3000),
        speech_end_method=SpeechEndMethod.ANNOTATED,
        sent_ns=ns(3012),
        vad_on_ns=ns(1100),
        vad_off_ns=ns(3520),
        commit_ns=ns(3521),
        create_ns=ns(3525),
        decided_ns=ns(3520),
        tok1_ns=ns(3700),
        first_audio_ns=ns(3760),
        last_audio_ns=ns(3800),
        playback_ns=ns(3784),
        audible_ns=ns(3864),
        audible_end_ns=ns(4164),
        done_ns=ns(3910),
        user_final_ns=ns(3850),
        v2v_ms=864.0,
        v2v_line_ms=855.0,
        v2v_ear_ms=878.5,
        tx_wait_ms=12.0,
        endpointing_ms=508.0,
        server_response_ms=240.0,
        leading_silence_ms=80.0,
        playout_wait_ms=15.0,
        device_out_ms=9.0,
        breakdown_residual_ms=0.0,
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
        tts_lead_ms=60.0,
        done_ms=390.0,
        endpoint_delay_ms=520.0,
        release_delay_ms=None,
        model_latency_ms=220.0,
        user_first_transcript_ms=2200.0,
        user_final_transcript_ms=850.0,
        transcript_lead_ms=-164.0,
        transcript_end_lag_ms=-264.0,
        audio_out_ms=400.0,
        wasted_audio_ms=0.0,
        wasted_tokens=0.0,
        chunks_n=2,
        required_prebuffer_ms=0.0,
        stalls_n=0,
        stall_ms=0.0,
        stall_longest_ms=0.0,
        stall_ratio=0.0,
        jitter_p95_ms=160.0,
        jitter_smoothed_ms=10.0,
        delivery_x=10.0,
        text_tps=50.0,
        audio_tokens_per_s=20.0,
        text_gap_p50_ms=80.0,
        text_gap_p95_ms=80.0,
        text_gap_max_ms=80.0,
        premature=False,
        takeover=False,
        fto_ms=864.0,
        overlap_ms=0.0,
        heard_ms=400.0,
        reply_status="completed",
        false_start=False,
        user_transcript="What time is it?",
        agent_transcript="It is noon.",
        usage=TokenUsage(output_text=5, output_audio=8, output_total=13),
        characters=11,
        text_messages=0,
        client_added_ms=27.0,
        tx_quantisation_ms=8.0,
        tx_lateness_ms=4.0,
        jitter_buffer_ms=40.0,
        playout_rest_ms=-25.0,
        rtt_ms=20.0,
        loop_lag_p99_ms=3.0,
        callback_lag_ms=1.0,
        client_xruns=0,
        device_clock="measured",
    )


def test_of_an_empty_turn_all_is_unknown_but_that_nothing_was_typed() -> None:
    empty = record()

    assert empty == TurnRecord(
        turn_id=1, status=TurnStatus.TIMEOUT, takeover=None, text_messages=0, false_start=False
    )
    assert breakdown_residual_ms(empty) is None


def test_unknown_is_never_zero() -> None:
    assert span_ms(None, ns(5)) is None
    assert span_ms(ns(5), None) is None
    assert span_ms(ns(5), ns(5)) == 0.0


def test_the_context_is_copied() -> None:
    told: dict[str, Any] = {
        "turn_id": 3,
        "is_first_turn": True,
        "status": TurnStatus.TIMEOUT,
        "error_type": "timeout",
        "error_message": "no reply in 30 s",
        "input_name": "a.wav",
        "ref_text": "hello",
        "rtt_ms": 1.0,
        "loop_lag_p99_ms": 2.0,
        "callback_lag_ms": 3.0,
        "client_xruns": 4,
        "clock_jump_ms": 5.0,
        "device_clock": "assumed",
    }

    turn = record(context=TurnContext(**told))

    assert {name: getattr(turn, name) for name in told} == told


def test_every_instant_of_a_turn_stands_in_its_row() -> None:
    rare = {"tool_called_ns", "tool_result_ns", "tool_audible_ns", "interrupted_ns", "flush_ns"}
    turn = record(*SPOKEN)
    instants = {field.name for field in fields(TurnRecord) if field.name.endswith("_ns")}

    assert {name for name in instants if getattr(turn, name) is None} == rare


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
    last = e.done(2, status=status, reason=reason)

    assert record(e.done(1, status="failed"), last).status is expected
    assert record(last, e.done(1, status="failed")).status is expected


def test_a_failure_is_told_in_the_providers_words() -> None:
    told = e.done(1, status="failed", error_code="server_error", error_message="Oh no.")
    filtered = e.done(1, status="incomplete", reason="content_filter")

    assert (record(told).error_type, record(told).error_message) == ("server_error", "Oh no.")
    assert record(filtered).error_type == "content_filter"
    assert record(e.done(1, status="failed")).error_type == "failed"
    ours = replace(CONTEXT, error_type="ours", error_message="Mine.")
    assert record(told, context=ours).error_type == "ours"
    assert record(told, context=ours).error_message == "Mine."


def test_a_failure_of_ours_needs_no_words_of_theirs() -> None:
    ours = replace(CONTEXT, status=TurnStatus.ERROR, error_type="connection_lost")

    assert record(context=ours).error_type == "connection_lost"


def test_the_session_may_know_better() -> None:
    timeout = replace(CONTEXT, status=TurnStatus.TIMEOUT)

    assert record(*SPOKEN, context=timeout).status is TurnStatus.TIMEOUT


def test_a_reply_without_an_end_is_an_answer_all_the_same() -> None:
    assert record(e.audio(1, 20)).status is TurnStatus.OK
    assert record(e.agent_on(1)).status is TurnStatus.OK


def test_a_reply_that_was_cut_off_is_interrupted_whatever_its_status_says() -> None:
    assert record(*SPOKEN, e.flushed(4000, 216.0)).status is TurnStatus.INTERRUPTED


def test_speech_over_a_reply_that_goes_on_does_not_make_it_an_interrupted_one() -> None:
    spoken_over = replace(CONTEXT, interrupted_by_ns=Nanoseconds(ns(4000)))

    turn = record(*SPOKEN, context=spoken_over)

    assert (turn.status, turn.barge_in) == (TurnStatus.OK, True)


def test_usage_adds_up_over_the_replies_that_report_it() -> None:
    turn = record(
        e.done(1, usage=TokenUsage(total=10, input_text=4)),
        e.done(2, R2),
        e.done(3, R2, usage=TokenUsage(total=5, output_text=2)),
    )

    assert turn.usage == TokenUsage(total=15, input_text=4, output_text=2)
    assert record(e.done(1)).usage is None
