from dataclasses import replace

import pytest

from app.core.events import BargeInCause, SessionEvent
from app.core.records import TurnRecord
from app.metrics.definitions import DEFINITIONS
from app.metrics.spans import NOT_BETWEEN_INSTANTS, SPANS, span_of
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

RESUMED: list[SessionEvent] = [
    e.user_off(1000, 1010),
    e.audio(1500, 4000),
    e.agent_on(1600),
    e.agent_off(2300),
    e.agent_on(2800),
    e.agent_off(3800),
    e.cancelled(3500),
    e.done(3600, status="cancelled"),
]
BY_OUR_EARS: list[SessionEvent] = [
    e.user_off(1000),
    e.audio(1600, 4000),
    e.playing(1610),
    e.audible(1610),
    e.flushed(2230, 620.0, 2245, 2250, cause=BargeInCause.LOCAL, handed_end_ns=ns(2234)),
]
TURNS = (
    record(*SPOKEN, context=FULL),
    record(*PUSH_TO_TALK, context=FULL),
    record(*TOOL, context=FULL),
    record(*INTERRUPTED, context=BARGE_IN),
    record(*NO_EVENTS),
    record(*RESUMED, context=replace(CONTEXT, interrupted_by_ns=ns(2000))),
    record(*BY_OUR_EARS, context=replace(CONTEXT, interrupted_by_ns=ns(2100))),
)
NOT_A_PLAIN_DIFFERENCE = {"overspeech_ms", "heard_ms"}
"""Pauses and stalls lie inside their spans."""


def test_every_metric_in_ms_has_a_place_or_is_known_to_have_none() -> None:
    in_ms = {metric for metric, definition in DEFINITIONS.items() if definition.unit == "ms"}

    assert set(SPANS) | NOT_BETWEEN_INSTANTS == in_ms
    assert not set(SPANS) & NOT_BETWEEN_INSTANTS


@pytest.mark.parametrize("metric", SPANS)
def test_a_span_is_as_long_as_its_metric(metric: str) -> None:
    placed = [(turn, span_of(metric, turn)) for turn in TURNS]
    known = [(turn, span) for turn, span in placed if getattr(turn, metric) is not None]

    assert known
    for turn, span in known:
        assert span is not None
        assert span[0] <= span[1]
        if metric not in NOT_A_PLAIN_DIFFERENCE:
            length_ms = (span[1] - span[0]) / 1e6
            assert length_ms == pytest.approx(abs(getattr(turn, metric)), abs=1e-5)


@pytest.mark.parametrize(
    ("metric", "turn", "start", "end"),
    [
        ("v2v_ms", TURNS[0], 3000, 3864),
        ("server_response_ms", TURNS[0], 3520, 3760),
        ("playout_wait_ms", TURNS[0], 3760, 3775),
        ("device_out_ms", TURNS[0], 3775, 3784),
        ("leading_silence_ms", TURNS[0], 3784, 3864),
        ("tx_lateness_ms", TURNS[0], 3008, 3012),
        ("transcript_lead_ms", TURNS[0], 3700, 3864),
        ("ttft_ms", TURNS[1], 1200, 1500),
        ("local_stop_ms", TURNS[3], 2300, 2340),
        ("local_stop_ms", TURNS[6], 2230, 2250),
        ("handover_stop_ms", TURNS[6], 2230, 2234),
        ("local_on_latency_ms", TURNS[6], 2100, 2230),
        ("server_cancel_ms", TURNS[3], 2300, 2330),
        ("server_response_ms", TURNS[4], 1015, 1680),
        ("server_response_ms", TURNS[5], 1010, 1600),
        ("resumed_ms", TURNS[5], 2300, 2800),
        ("cancel_done_ms", TURNS[5], 3500, 3600),
    ],
)
def test_where_a_figure_lies(metric: str, turn: TurnRecord, start: float, end: float) -> None:
    assert span_of(metric, turn) == (ns(start), ns(end))


def test_a_negative_figure_spans_the_overlap() -> None:
    early = record(e.user_off(1000), e.agent_on(800), e.agent_off(1500))

    assert early.v2v_ms == -200.0
    assert span_of("v2v_ms", early) == (ns(800), ns(1000))


def test_audio_that_did_not_play_yet_ends_the_servers_part() -> None:
    waiting = record(e.user_off(1000, 1010), e.vad_off(1500), e.audio(1700, 20))

    assert span_of("server_response_ms", waiting) == (ns(1500), ns(1700))


def test_what_is_unknown_or_nowhere_has_no_span() -> None:
    assert span_of("v2v_ms", record()) is None
    assert span_of("u_v2v_ms", TURNS[0]) is None
    assert span_of("stall_ms", TURNS[0]) is None
    assert span_of("heard_ms", record(e.played_out(5, 400.0))) is None
    assert span_of("v2v_ear_ms", replace(TURNS[0], u_off_ns=None)) is None
    assert span_of("cancel_done_ms", replace(record(), cancel_done_ms=5.0)) is None
