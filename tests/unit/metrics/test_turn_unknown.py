from dataclasses import fields, replace

import pytest

from app.core.events import SessionEvent, TextKind, TokenUsage
from app.core.records import TurnRecord, TurnStatus
from app.metrics.definitions import DEFINITIONS
from app.metrics.turn import TurnContext
from app.metrics.turn_unknown import DEFAULT, NEEDS, unknown_reason
from tests.unit.metrics import events as e
from tests.unit.metrics.events import ns
from tests.unit.metrics.turns import (
    BARGE_IN,
    CONTEXT,
    FULL,
    INTERRUPTED,
    NO_EVENTS,
    PUSH_TO_TALK,
    SPOKEN,
    TOOL,
    record,
)

TYPED: list[SessionEvent] = [
    e.typed(1000),
    e.requested(1001),
    e.text(1101, "Hi", kind=TextKind.TEXT),
    e.done(1200),
]
ONE_PIECE: list[SessionEvent] = [e.user_off(1, 2), e.vad_off(5), e.audio(9, 20), e.playing(12)]
UNHEARD: list[SessionEvent] = [e.user_off(1, 2), e.vad_off(5), e.audio(9, 20), e.flushed(10, 0.0)]
OVER = replace(CONTEXT, interrupted_by_ns=ns(2000))
SOUNDING: list[SessionEvent] = [e.user_off(1000), e.audio(1500, 900), e.agent_on(1600)]
UNTOLD: list[SessionEvent] = [e.audible(1720) if "Audible" in repr(x) else x for x in NO_EVENTS]

REASONS: list[tuple[str, list[SessionEvent], TurnContext, str]] = [
    ("v2v_ms", TYPED, CONTEXT, "nobody spoke in this turn"),
    ("v2v_ms", [e.vad_off(5), *SPOKEN[-4:]], CONTEXT, "the end of the user's speech was not found"),
    ("v2v_ms", [e.user_off(1)], CONTEXT, "there was no reply"),
    ("v2v_ms", [e.user_off(1), e.text(5, "x")], CONTEXT, "the reply had no audio"),
    ("v2v_ms", UNHEARD, CONTEXT, "interrupted before it sounded"),
    (
        "v2v_ms",
        [e.user_off(1)],
        replace(CONTEXT, status=TurnStatus.INTERRUPTED),
        "interrupted before it sounded",
    ),
    ("v2v_ms", ONE_PIECE, CONTEXT, "nothing of the reply was audible"),
    ("v2v_line_ms", SPOKEN, CONTEXT, "does not state its output latency"),
    ("v2v_ear_ms", SPOKEN, CONTEXT, "not calibrated"),
    ("v2v_ear_ms", SPOKEN, replace(CONTEXT, device_clock="digital"), "there is no device"),
    ("callback_lag_ms", SPOKEN, CONTEXT, "no device with callbacks"),
    ("u_v2v_ms", SPOKEN, CONTEXT, "device's clock"),
    ("u_v2v_ms", SPOKEN, replace(FULL, loop_lag_p99_ms=None), "own lateness"),
    ("tx_wait_ms", [e.user_off(1)], CONTEXT, "when the end of speech was sent is not known"),
    ("endpointing_ms", NO_EVENTS, CONTEXT, "no end of the user's turn"),
    ("ttft_stop_ms", PUSH_TO_TALK, CONTEXT, "the provider reports no end of speech"),
    ("ttft_commit_ms", ONE_PIECE, CONTEXT, "nothing was committed"),
    ("ttfa_create_ms", ONE_PIECE, CONTEXT, "no reply was asked for or announced"),
    ("ttfa_eos_ms", UNTOLD, CONTEXT, "one endless stream"),
    ("ttfa_eos_ms", TYPED, CONTEXT, "the reply had no audio"),
    ("ttfaa_ms", NO_EVENTS, CONTEXT, "no commit and no reply begun"),
    ("tts_lead_ms", [*TYPED, e.audio(1150, 20)], CONTEXT, "written, not spoken"),
    ("done_ms", ONE_PIECE, CONTEXT, "never said that the reply was done"),
    ("release_delay_ms", SPOKEN, CONTEXT, "not ended by hand"),
    ("model_latency_ms", SPOKEN, CONTEXT, "no ping"),
    ("user_final_transcript_ms", ONE_PIECE, CONTEXT, "no transcript of the user"),
    ("transcript_lead_ms", NO_EVENTS, CONTEXT, "no words of the reply"),
    ("transcript_end_lag_ms", INTERRUPTED, BARGE_IN, "did not say that the transcript was"),
    ("tool_v2v_ms", SPOKEN, CONTEXT, "no tool was called"),
    ("tool_lead_in", SPOKEN, CONTEXT, "no tool was called"),
    ("tool_exec_ms", [e.tool_called(1)], CONTEXT, "the tool's result was not sent"),
    ("tool_resume_ms", TOOL[:4], CONTEXT, "nothing was audible after the tool"),
    ("stalls_n", [e.audio(1, 20)], CONTEXT, "nothing of the reply was played"),
    ("jitter_p95_ms", ONE_PIECE, CONTEXT, "a single piece, so it has no rate"),
    ("delivery_x", [e.audio(1, 20), e.audio(1, 20)], CONTEXT, "at one instant"),
    ("text_tps", TYPED, CONTEXT, "came at once"),
    ("text_tps", ONE_PIECE, CONTEXT, "no words of the reply"),
    ("total_tps", SPOKEN[:9], CONTEXT, "no token counts"),
    (
        "e2e_tps",
        [e.text(1, "a"), e.done(5, usage=TokenUsage(output_total=4))],
        CONTEXT,
        "no commit and no reply begun",
    ),
    ("heard_ms", SPOKEN[:14], CONTEXT, "never said that the reply was done"),
    ("takeover", [e.audible(5), e.text(4, "a")], CONTEXT, "still sounding"),
    ("overlap_ms", ONE_PIECE, CONTEXT, "nothing of the reply was audible"),
    ("self_interrupted", SPOKEN, CONTEXT, "reported no onset while the agent sounded"),
    ("yield_ms", SPOKEN, CONTEXT, "no interruption in this turn"),
    ("yield_ms", [*SPOKEN, e.flushed(3990, 206.0)], CONTEXT, "stopped by hand"),
    ("yield_ms", SOUNDING, OVER, "still sounding"),
    ("vad_on_latency_ms", SOUNDING, OVER, "no onset of the interrupting speech"),
    (
        "local_stop_ms",
        INTERRUPTED[:-5],
        replace(BARGE_IN, interrupted_by_ns=ns(2100)),
        "our playback was not stopped",
    ),
    ("server_stop_ms", [*SOUNDING, e.done(1700)], OVER, "had arrived before the interruption"),
    ("server_stop_ms", [*SOUNDING, e.done(2300)], OVER, "no more audio came"),
    ("cancel_done_ms", SPOKEN, CONTEXT, "we sent no cancel"),
    ("resumed_ms", INTERRUPTED, BARGE_IN, "did not resume"),
    ("truncate_sent_ms", SPOKEN, CONTEXT, "no interruption in this turn"),
    (
        "client_added_ms",
        [e.user_off(1), *ONE_PIECE[1:]],
        CONTEXT,
        "when the end of speech was sent",
    ),
    ("jitter_buffer_ms", ONE_PIECE, CONTEXT, "how much it waited for"),
    ("clock_jump_ms", SPOKEN, CONTEXT, "the clock did not jump"),
]


@pytest.mark.parametrize(
    ("metric", "events", "context", "reason"),
    REASONS,
    ids=[f"{row[0]}: {row[3][:24]}" for row in REASONS],
)
def test_each_gap_has_its_reason(
    metric: str, events: list[SessionEvent], context: TurnContext, reason: str
) -> None:
    turn = record(*events, context=context)

    assert getattr(turn, metric) is None
    assert reason in unknown_reason(metric, turn)


TURNS = {
    "empty": record(),
    "spoken": record(*SPOKEN),
    "typed": record(*TYPED),
    "by hand": record(*PUSH_TO_TALK),
    "no events": record(*NO_EVENTS),
    "untold": record(*UNTOLD),
    "interrupted": record(*INTERRUPTED, context=BARGE_IN),
    "unheard": record(*UNHEARD),
    "tool": record(*TOOL),
    "one piece": record(*ONE_PIECE),
}


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_no_metric_is_lost_without_a_reason_of_its_own(turn: TurnRecord) -> None:
    reasons = {metric: unknown_reason(metric, turn) for metric in DEFINITIONS}

    known = {metric for metric in DEFINITIONS if getattr(turn, metric) is not None}
    assert {metric for metric, reason in reasons.items() if not reason} == known
    assert [metric for metric, reason in reasons.items() if reason == DEFAULT] == []
    assert not any(reason.endswith(".") for reason in reasons.values())


def test_every_metric_names_what_it_needs_and_nothing_else_does() -> None:
    assert set(NEEDS) == set(DEFINITIONS)
    assert unknown_reason("ref_text", TURNS["empty"]) == DEFAULT
    with pytest.raises(AttributeError):
        unknown_reason("beauty_ms", TURNS["empty"])
    assert {field.name for field in fields(TurnRecord)} > set(NEEDS)
