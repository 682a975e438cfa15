"""What hostile or broken input comes to: each case with its stated result."""

from dataclasses import replace
from typing import Any

import pytest

from app.core.events import SessionEvent, TextKind, TokenUsage
from app.core.ids import ResponseId
from app.core.records import InterruptKind, TurnStatus
from app.metrics.turn import TurnContext
from tests.unit.metrics import events as e
from tests.unit.metrics.events import R1, R2, ns
from tests.unit.metrics.turns import CONTEXT, SPOKEN, record

OK, INTERRUPTED = TurnStatus.OK, TurnStatus.INTERRUPTED
ASKED: list[SessionEvent] = [e.user_off(1000, 1010), e.vad_off(1500)]
AUDIBLE: list[SessionEvent] = [e.playing(1610), e.audible(1620, media_ms=10.0)]

CASES: list[tuple[str, list[SessionEvent], TurnContext, dict[str, Any]]] = [
    (
        "deltas after done are counted, and done stays",
        [*ASKED, e.audio(1600, 100), *AUDIBLE, e.done(1700), e.audio(1900, 100), e.text(1950, "x")],
        CONTEXT,
        {"done_ms": 200.0, "audio_out_ms": 200.0, "chunks_n": 2, "agent_transcript": "x"},
    ),
    (
        "overlapping replies are two streams with one first audio",
        [
            *ASKED,
            e.response(1510),
            e.response(1520, R2),
            e.audio(1600, 100),
            e.audio(1610, 100, R2),
            e.audio(1700, 100),
            e.audio(1710, 100, R2),
            *AUDIBLE,
            e.done(1800, usage=TokenUsage(output_total=4)),
            e.done(1900, R2, usage=TokenUsage(output_total=6)),
        ],
        CONTEXT,
        {
            "server_response_ms": 100.0,
            "required_prebuffer_ms": 0.0,
            "jitter_p95_ms": 0.0,
            "audio_out_ms": 400.0,
            "done_ms": 400.0,
            "total_tps": pytest.approx(10 / 0.49),
        },
    ),
    (
        "a reply that never ends is an answer without an end",
        [*ASKED, e.audio(1600, 100), e.text(1601, "Hello"), *AUDIBLE],
        CONTEXT,
        {"status": OK, "v2v_ms": 620.0, "done_ms": None, "total_tps": None, "heard_ms": None},
    ),
    (
        "interrupted, a reply that never ends is told by its audio",
        [*ASKED, e.audio(1600, 900), *AUDIBLE, e.audio(2300, 50), e.flushed(2400, 790.0, 2400)],
        replace(CONTEXT, interrupted_by_ns=ns(2200)),
        {"interrupt_kind": InterruptKind.GENERATION, "status": INTERRUPTED, "yield_ms": 200.0},
    ),
    (
        "audio without a transcript has no words and no lead",
        [*ASKED, e.audio(1600, 100), *AUDIBLE, e.played_out(1710, 100.0, 1700)],
        CONTEXT,
        {
            "agent_transcript": None,
            "transcript_lead_ms": None,
            "text_tps": None,
            "v2v_ms": 620.0,
            "takeover": False,
        },
    ),
    (
        "a transcript without audio is a token and no voice",
        [*ASKED, e.text(1600, "Hello"), e.text_done(1700, "Hello there."), e.done(1710)],
        CONTEXT,
        {
            "status": OK,
            "ttft_ms": 100.0,
            "ttfa_stop_ms": None,
            "v2v_ms": None,
            "breakdown_residual_ms": None,
            "excluded_reason": None,
            "agent_transcript": "Hello there.",
        },
    ),
    (
        "an answer before the endpoint has negative spans with their signs",
        [*ASKED, e.audio(700, 100), e.playing(705), e.audible(710)],
        CONTEXT,
        {
            "v2v_ms": -290.0,
            "ttfa_eos_ms": -300.0,
            "ttfa_stop_ms": -800.0,
            "server_response_ms": -800.0,
            "premature": True,
            "excluded_reason": None,
        },
    ),
    (
        "a done before its own first token gives no rate",
        [*ASKED, e.done(1550, usage=TokenUsage(output_total=9)), e.audio(1600, 100)],
        CONTEXT,
        {"total_tps": None, "e2e_tps": 180.0, "done_ms": 50.0},
    ),
    (
        "the clock jumps inside the turn",
        [*SPOKEN, e.jumped(3300, 3_600_000.0)],
        CONTEXT,
        {
            "clock_jump_ms": 3_600_000.0,
            "client_limited": "clock_jump",
            "excluded_reason": "clock_jump",
            "v2v_ms": 864.0,
        },
    ),
    (
        "a device whose stamps are not plausible marks the turn and keeps it",
        SPOKEN,
        replace(CONTEXT, device_clock="assumed", loop_lag_p99_ms=1.0),
        {
            "client_limited": "device_clock",
            "excluded_reason": None,
            "u_v2v_ms": pytest.approx(50.5, abs=0.1),
        },
    ),
    (
        "a device that stamps the first frame after the audible one is flagged",
        [*ASKED, e.audio(1600, 100), e.playing(1700), e.audible(1650, media_ms=10.0)],
        CONTEXT,
        {"breakdown_residual_ms": -60.0, "excluded_reason": "breakdown", "v2v_ms": 650.0},
    ),
    (
        "pieces that hold no frame are no audio",
        [*ASKED, e.audio(1600, 0), e.text(1610, "", kind=TextKind.TEXT), e.arguments(1620, "")],
        CONTEXT,
        {"status": TurnStatus.TIMEOUT, "chunks_n": None, "tok1_ns": None, "audio_out_ms": None},
    ),
    (
        "a reply that sounds and was never announced nor received",
        [e.user_off(1000), e.agent_on(1700), e.agent_off(1900)],
        CONTEXT,
        {"status": OK, "v2v_ms": 700.0, "ttfa_eos_ms": None, "breakdown_residual_ms": 0.0},
    ),
    (
        "ends without beginnings",
        [e.agent_off(50), e.audio_done(70), e.tool_result(80), e.text_done(90, "")],
        CONTEXT,
        {"audible_end_ns": None, "tool_exec_ms": None, "agent_transcript": "", "takeover": None},
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("events", "context", "result"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_the_stated_result_of(
    events: list[SessionEvent], context: TurnContext, result: dict[str, Any]
) -> None:
    turn = record(*events, context=context)

    assert {name: getattr(turn, name) for name in result} == result


def test_the_same_event_twice_changes_no_first_and_no_last() -> None:
    once = record(*SPOKEN)
    stops = [event for event in SPOKEN if isinstance(event, type(e.vad_off(1)))]

    twice = record(*SPOKEN, *stops, e.audible(3864, media_ms=80.0), e.playing(3784))

    assert replace(twice, jitter_buffer_ms=None, playout_rest_ms=None) == replace(
        once, jitter_buffer_ms=None, playout_rest_ms=None
    )


def test_many_replies_of_one_turn_are_all_taken() -> None:
    replies = [ResponseId(f"x{number}") for number in range(300)]

    turn = record(*(e.audio(10.0 * at, 5, reply) for at, reply in enumerate([R1, *replies])))

    assert (turn.chunks_n, turn.required_prebuffer_ms, turn.delivery_x) == (301, 0.0, None)
