from dataclasses import replace

import pytest

from app.core.events import SessionEvent, TextKind
from app.metrics.turn import TurnContext, breakdown_residual_ms
from tests.unit.metrics import events as e
from tests.unit.metrics.events import R2
from tests.unit.metrics.turns import (
    CONTEXT,
    FULL,
    NO_EVENTS,
    PUSH_TO_TALK,
    SPOKEN,
    TOOL,
    record,
)

EARLY: list[SessionEvent] = [
    e.user_on(100),
    e.user_off(1000, 1015),
    e.vad_off(700),
    e.audio(780, 20),
    e.playing(790),
    e.audible(800),
]
UNSENT: list[SessionEvent] = [
    e.user_off(1000),
    e.vad_off(1500),
    e.audio(1700, 20),
    e.playing(1710),
    e.audible(1720),
]
UNANNOUNCED: list[SessionEvent] = [
    e.user_off(1000, 1015),
    e.audio(1500, 20),
    e.playing(1510),
    e.audible(1600, media_ms=90.0),
]
STALLED_EARLY: list[SessionEvent] = [
    e.user_off(1000, 1010),
    e.vad_off(1500),
    e.audio(1600, 50),
    e.playing(1610),
    e.stalled(1660, 40.0),
    e.audible(1730, media_ms=80.0),
]
SILENT_FIRST: list[SessionEvent] = [
    e.user_off(1000, 1010),
    e.vad_off(1500),
    e.audio(1600, 20),
    e.playing(1610),
    e.audio(1900, 100, R2),
    e.playing(1910, R2),
    e.audible(1960, R2, media_ms=50.0),
]
LATER_STREAM: list[SessionEvent] = [e.user_on(500), e.user_off(1000, 1015), e.agent_on(1720)]

TURNS: list[tuple[str, list[SessionEvent], float]] = [
    ("spoken", SPOKEN, 864.0),
    ("the agent begins before the user ends", EARLY, -200.0),
    ("no turn events", UNANNOUNCED, 600.0),
    ("an endless stream", NO_EVENTS, 720.0),
    ("an endless stream, a later turn", LATER_STREAM, 720.0),
    ("the sending is unknown", UNSENT, 720.0),
    ("push to talk", PUSH_TO_TALK, 505.0),
    ("a tool, then the answer", TOOL, 1450.0),
    ("a stall in the leading silence", STALLED_EARLY, 730.0),
    ("a silent reply before the one that is heard", SILENT_FIRST, 960.0),
]


@pytest.mark.parametrize("context", [CONTEXT, FULL], ids=["bare", "full"])
@pytest.mark.parametrize(
    ("events", "v2v_ms"), [row[1:] for row in TURNS], ids=[row[0] for row in TURNS]
)
def test_the_parts_add_up_with_their_signs(
    events: list[SessionEvent], v2v_ms: float, context: TurnContext
) -> None:
    turn = record(*events, context=context)

    assert (turn.v2v_ms, turn.fto_ms) == (v2v_ms, v2v_ms)
    assert turn.breakdown_residual_ms == pytest.approx(0.0, abs=1e-9)
    assert breakdown_residual_ms(turn) == turn.breakdown_residual_ms
    assert turn.excluded_reason is None


def test_an_early_agent_has_negative_parts_and_is_flagged() -> None:
    turn = record(*EARLY)

    assert (turn.tx_wait_ms, turn.endpointing_ms, turn.server_response_ms) == (15.0, -315.0, 80.0)
    assert turn.premature is True


def test_without_turn_events_the_endpointing_is_inside_the_servers_part() -> None:
    turn = record(*UNANNOUNCED)

    assert (turn.tx_wait_ms, turn.endpointing_ms, turn.server_response_ms) == (15.0, None, 485.0)
    assert (turn.ttft_ms, turn.ttft_ref, turn.ttfaa_ms) == (None, None, None)
    assert turn.ttfa_eos_ms == 500.0


def test_of_an_endless_stream_the_piece_that_was_first_heard_counts() -> None:
    turn = record(*NO_EVENTS, context=replace(CONTEXT, device_out_ms=5.0))

    assert (turn.ttfa_eos_ms, turn.leading_silence_ms) == (680.0, 10.0)
    assert (turn.server_response_ms, turn.playout_wait_ms) == (665.0, 25.0)
    assert (turn.ttft_eos_ms, turn.ttft_modality) == (680.0, "audio")
    assert turn.jitter_buffer_ms is None


@pytest.mark.parametrize(
    ("before_ms", "media_ms", "ttfa_eos_ms"),
    [
        pytest.param(1_000.0, 2_590.0, 680.0, id="what came before the turn is counted"),
        pytest.param(1_600.0, 1_590.0, None, id="it came before the turn"),
        pytest.param(0.0, 1_690.0, None, id="it cannot be heard before it came"),
    ],
)
def test_the_piece_is_found_by_its_place_in_the_whole_stream(
    before_ms: float, media_ms: float, ttfa_eos_ms: float | None
) -> None:
    onset = replace(e.agent_on(1720), response_id=e.R1, media_ms=media_ms)
    later = [event for event in NO_EVENTS if not isinstance(event, type(e.audible(0)))]

    turn = record(*later, onset, context=replace(CONTEXT, stream_before_ms=before_ms))

    assert (turn.ttfa_eos_ms, turn.v2v_ms) == (ttfa_eos_ms, 720.0)
    assert turn.breakdown_residual_ms == pytest.approx(0.0)


def test_stalls_of_an_endless_stream_count_where_it_was_heard() -> None:
    unheard = [x for x in NO_EVENTS if type(x) not in {type(e.playing(0)), type(e.audible(0))}]
    context = replace(CONTEXT, continuous_stream=True)

    assert record(*unheard, context=context).stalls_n == 0
    assert record(*unheard[:-2], context=context).stalls_n is None


def test_an_answer_at_the_very_end_of_speech_is_not_premature() -> None:
    assert record(e.user_off(1000), e.agent_on(1000)).premature is False


def test_of_an_endless_stream_words_may_be_the_first_token() -> None:
    turn = record(*NO_EVENTS, e.text(1500, "Yes"))

    assert (turn.ttft_eos_ms, turn.ttft_modality) == (500.0, "transcript")


def test_where_the_piece_is_not_told_the_way_is_one_part() -> None:
    audible = e.audible(1720)
    events = [audible if type(event) is type(audible) else event for event in NO_EVENTS]

    turn = record(*events, context=replace(CONTEXT, device_out_ms=5.0))

    assert (turn.v2v_ms, turn.ttfa_eos_ms, turn.ttft_eos_ms) == (720.0, None, None)
    assert (turn.server_response_ms, turn.device_out_ms) == (700.0, 5.0)
    assert (turn.leading_silence_ms, turn.playout_wait_ms, turn.client_added_ms) == (None,) * 3
    assert turn.breakdown_residual_ms == pytest.approx(0.0)


def test_an_endless_stream_may_be_known_beforehand() -> None:
    turn = record(
        e.user_off(1000, 1010), e.audio(1200, 20), e.playing(1210), e.agent_on(1500),
        context=replace(CONTEXT, continuous_stream=True),
    )  # fmt: skip

    assert (turn.v2v_ms, turn.ttfa_eos_ms, turn.server_response_ms) == (500.0, None, 490.0)


def test_audio_that_is_not_played_yet_ends_the_servers_part() -> None:
    turn = record(e.user_off(1000, 1010), e.vad_off(1500), e.audio(1700, 20), context=FULL)

    assert (turn.server_response_ms, turn.playout_wait_ms, turn.device_out_ms) == (
        200.0,
        None,
        None,
    )


def test_where_the_sending_is_unknown_endpointing_begins_at_the_end_of_speech() -> None:
    turn = record(*UNSENT, context=FULL)

    assert (turn.tx_wait_ms, turn.endpointing_ms, turn.client_added_ms) == (None, 500.0, None)
    assert (turn.tx_quantisation_ms, turn.tx_lateness_ms) == (None, None)


def test_a_stall_before_anything_is_audible_is_a_wait_and_no_stall() -> None:
    turn = record(*STALLED_EARLY)

    assert (turn.leading_silence_ms, turn.playout_wait_ms, turn.stalls_n) == (80.0, 50.0, 0)
    told = [e.audible(1730) if event == STALLED_EARLY[-1] else event for event in STALLED_EARLY]
    assert record(*told).leading_silence_ms == 80.0


def test_the_media_and_the_device_must_agree() -> None:
    late = [e.audible(3860, media_ms=80.0) if "Audible" in repr(x) else x for x in SPOKEN]
    near = [e.audible(3864.9, media_ms=80.0) if "Audible" in repr(x) else x for x in SPOKEN]

    assert record(*late).breakdown_residual_ms == pytest.approx(-4.0)
    assert record(*late).excluded_reason == "breakdown"
    assert record(*near).breakdown_residual_ms == pytest.approx(0.9)
    assert record(*near).excluded_reason is None


def test_the_lead_that_the_session_measured_wins() -> None:
    turn = record(*SPOKEN, context=replace(CONTEXT, leading_silence_ms=60.0))

    assert (turn.leading_silence_ms, turn.excluded_reason) == (60.0, "breakdown")


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
        context=FULL,
    )

    assert (turn.v2v_ms, turn.u_v2v_ms, turn.premature) == (None, None, None)
    assert (turn.ttft_eos_ms, turn.user_final_transcript_ms) == (None, None)
    assert (turn.ttft_ms, turn.ttft_ref, turn.ttft_modality) == (100.0, "create", "text")
    assert (turn.ttfa_create_ms, turn.ttfaa_ms, turn.done_ms) == (200.0, 210.0, 300.0)
    assert (turn.server_response_ms, turn.client_added_ms) == (200.0, 11.0)


def test_flavours_of_voice_to_voice_need_their_device_terms() -> None:
    bare = record(*SPOKEN)

    assert (bare.v2v_line_ms, bare.v2v_ear_ms, bare.u_v2v_ms) == (None, None, None)


def test_without_a_device_the_line_is_all_there_is() -> None:
    digital = replace(CONTEXT, device_clock="digital")

    assert record(*SPOKEN, context=digital).v2v_line_ms == 864.0
    assert record(*SPOKEN, context=replace(digital, device_out_ms=4.0)).v2v_line_ms == 860.0


@pytest.mark.parametrize(
    ("buffer_ms", "waited_ms"),
    [(None, None), (0.0, 0.0), (200.0, 0.0), (210.0, 40.0), (900.0, 40.0)],
)
def test_the_jitter_buffer_costs_what_it_takes_to_fill(
    buffer_ms: float | None, waited_ms: float | None
) -> None:
    turn = record(e.audio(3760, 200), e.audio(3800, 200), e.playing(3784, buffer_ms=buffer_ms))

    assert turn.jitter_buffer_ms == waited_ms


def test_a_playback_of_audio_that_came_in_another_turn_tells_nothing_of_the_buffer() -> None:
    assert record(e.audio(1, 20), e.playing(5, R2, buffer_ms=60.0)).jitter_buffer_ms is None
