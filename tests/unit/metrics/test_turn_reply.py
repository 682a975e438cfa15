from dataclasses import replace

import pytest

from app.core.events import SessionEvent, TokenUsage
from app.core.ids import ResponseId
from app.metrics import timeline_values
from tests.unit.metrics import events as e
from tests.unit.metrics.events import R1, R2, ns
from tests.unit.metrics.turns import CONTEXT, PUSH_TO_TALK, SPOKEN, TOOL, record

RTT = replace(CONTEXT, rtt_ms=20.0)

# references


def test_by_hand_our_commit_and_our_request_are_the_references() -> None:
    turn = record(*PUSH_TO_TALK)

    assert (turn.ttft_ref, turn.ttft_ms) == ("commit", 300.0)
    assert (turn.ttft_stop_ms, turn.ttft_commit_ms, turn.ttft_create_ms) == (None, 300.0, 299.0)
    assert (turn.endpointing_ms, turn.endpoint_delay_ms, turn.release_delay_ms) == (
        182.0,
        None,
        200.0,
    )


def test_a_commit_of_the_providers_is_no_release_of_the_users() -> None:
    assert record(*SPOKEN).release_delay_ms is None


@pytest.mark.parametrize(
    ("events", "latency_ms"),
    [
        ([e.vad_off(1000), e.committed(1005), e.audio(1300, 20)], 280.0),
        ([e.commit(1000), e.requested(1010), e.audio(1300, 20)], 270.0),
        ([e.committed(1000), e.audio(1300, 20)], None),
        ([e.vad_off(1000)], None),
    ],
    ids=["endpoint", "by hand", "only theirs", "no audio"],
)
def test_the_models_latency_is_what_the_ping_leaves(
    events: list[SessionEvent], latency_ms: float | None
) -> None:
    assert record(*events, context=RTT).model_latency_ms == latency_ms
    assert record(*events).model_latency_ms is None


# tools


def test_a_tool_turn_states_the_tool_apart() -> None:
    turn = record(*TOOL)

    assert turn.has_tool
    assert (turn.tool_decide_ms, turn.tool_exec_ms, turn.tool_resume_ms) == (700.0, 300.0, 450.0)
    assert (turn.tool_v2v_ms, turn.tool_lead_in, turn.tool_audible_ns) == (
        1450.0,
        False,
        ns(2450),
    )
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

    assert (turn.v2v_ms, turn.tool_v2v_ms, turn.tool_lead_in) == (620.0, 1450.0, True)


def test_calls_side_by_side_count_once_and_what_lies_between_rounds_does_not() -> None:
    turn = record(
        e.tool_called(1000, "a"),
        e.tool_called(1010, "b"),
        e.tool_result(1200, "b"),
        e.tool_result(1250, "a"),
        e.tool_called(2000, "c"),
        e.tool_result(2100, "c"),
    )

    assert turn.tool_exec_ms == 350.0


def test_a_call_without_an_answer_has_no_execution_time() -> None:
    assert record(e.tool_called(1)).tool_exec_ms is None
    assert record(e.tool_called(1, None), e.tool_result(2)).tool_exec_ms is None
    assert record().tool_lead_in is None


# the stream


def test_stalls_are_counted_between_the_first_and_the_last_audible_frame() -> None:
    turn = record(
        e.audio(1, 1000),
        e.playing(10),
        e.stalled(20, 5.0),
        e.audible(60, media_ms=45.0),
        e.stalled(60, 20.5),
        e.stalled(300, 9.5),
        e.stalled(900, 30.0),
        e.played_out(990, 900.0, 900),
    )

    assert (turn.stalls_n, turn.stall_ms, turn.stall_longest_ms) == (2, 30.0, 20.5)
    assert turn.stall_ratio == 0.03


def test_before_anything_is_known_to_be_audible_every_stall_counts() -> None:
    turn = record(e.playing(1), e.stalled(2, 20.5))

    assert (turn.stalls_n, turn.stall_ratio) == (1, None)


def test_of_what_was_never_played_no_stall_is_known() -> None:
    turn = record(e.audio(1, 20))

    assert (turn.stalls_n, turn.stall_ms, turn.stall_longest_ms) == (None, None, None)


def test_totals_go_on_where_no_more_pieces_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline_values, "MAX_KEPT", 2)

    turn = record(*(e.audio(at, 20) for at in (1, 2, 3)))

    assert (turn.chunks_n, turn.audio_out_ms, turn.last_audio_ns) == (3, 60.0, ns(3))


# rates


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


def tokens(total: int | None) -> TokenUsage:
    return TokenUsage(output_total=total)


@pytest.mark.parametrize(
    ("events", "total_tps", "e2e_tps"),
    [
        ([e.audio(1500, 20), e.done(2000, usage=tokens(50))], 100.0, 50.0),
        ([e.text(1500, "a"), e.audio(1600, 20), e.done(2000, usage=tokens(50))], 100.0, 50.0),
        ([e.audio(1500, 20), e.done(2000)], None, None),
        ([e.audio(1500, 20), e.done(2000, usage=tokens(None))], None, None),
        ([e.audio(1990, 20), e.done(2000, usage=tokens(50))], None, 50.0),
        ([e.done(2000, usage=tokens(50))], None, 50.0),
        (
            [
                e.audio(1500, 20),
                e.done(2000, usage=tokens(50)),
                e.audio(4000, 20, R2),
                e.done(4500, R2, usage=tokens(150)),
            ],
            200.0,
            200 / 3.5,
        ),
    ],
    ids=["audio", "text first", "no usage", "no total", "a burst", "nothing seen", "two replies"],
)
def test_throughput_of_all_tokens(
    events: list[SessionEvent], total_tps: float | None, e2e_tps: float | None
) -> None:
    turn = record(e.vad_off(1000), *events)

    assert (turn.total_tps, turn.e2e_tps) == (total_tps, e2e_tps)


def test_without_a_reference_there_is_no_end_to_end_throughput() -> None:
    assert record(e.done(2000, usage=tokens(50))).e2e_tps is None


def test_a_reply_of_no_tokens_has_no_rate() -> None:
    assert record(e.vad_off(1000), e.done(2000, usage=tokens(0))).e2e_tps is None
    assert record(e.vad_off(1000), e.done(2000, usage=tokens(5))).e2e_tps == 5.0


def test_audio_tokens_are_held_against_the_audio_of_the_replies_that_report_them() -> None:
    turn = record(
        e.audio(1, 500),
        e.done(2, usage=TokenUsage(output_audio=10)),
        e.audio(3, 9000, R2),
        e.done(4, R2),
    )

    assert turn.audio_tokens_per_s == 20.0
    assert record(e.done(2, usage=TokenUsage(output_audio=10))).audio_tokens_per_s is None


def test_gaps_between_words_are_of_one_reply() -> None:
    turn = record(*words(100, 110, 150), *words(9000, 9020, reply=R2))

    assert (turn.text_gap_p50_ms, turn.text_gap_max_ms) == (20.0, 40.0)
    assert turn.text_gap_p95_ms == pytest.approx(38.0)
    assert record(*words(5)).text_gap_p50_ms is None
