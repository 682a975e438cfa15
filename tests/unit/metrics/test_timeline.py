from itertools import permutations

import pytest

from app.core.events import (
    CancelSent,
    ConnectionLost,
    InputCleared,
    SessionEvent,
    SpeechEndMethod,
    TextKind,
)
from app.core.ids import ItemId
from app.metrics.timeline import Modality, TurnTimeline
from tests.unit.metrics import events as e
from tests.unit.metrics.events import ns, played_through

FIRST_WINS = [
    ("u_on_ns", e.user_on),
    ("vad_on_ns", e.vad_on),
    ("text_tx_ns", e.typed),
    ("create_tx_ns", e.requested),
    ("response_ns", e.response),
    ("playback_ns", e.playing),
    ("tool_called_ns", e.tool_called),
    ("audible_ns", e.audible),
    ("cancel_tx_ns", lambda at: CancelSent(at_ns=ns(at))),
]


@pytest.mark.parametrize(("field", "event"), FIRST_WINS, ids=[row[0] for row in FIRST_WINS])
def test_nothing_is_known_before_and_the_first_of_a_kind_wins(field: str, event: object) -> None:
    assert callable(event)
    assert getattr(TurnTimeline(), field) is None
    assert getattr(played_through(event(5), event(9)), field) == ns(5)


@pytest.mark.parametrize(
    ("field", "event"),
    [("vad_off_ns", e.vad_off), ("committed_ns", e.committed), ("commit_tx_ns", e.commit)],
    ids=["vad_off", "committed", "commit"],
)
def test_until_the_reply_begins_a_later_end_of_turn_replaces_an_earlier(
    field: str, event: object
) -> None:
    assert callable(event)
    assert getattr(played_through(event(5), event(9)), field) == ns(9)
    assert getattr(played_through(event(5), e.response(7), event(9)), field) == ns(5)
    assert getattr(played_through(event(5), e.response(9), event(9)), field) == ns(9)
    assert getattr(played_through(e.text(3, "Oh"), event(9)), field) == ns(9)


def test_an_event_that_says_nothing_about_turns_changes_nothing() -> None:
    timeline = played_through(e.user_on(1))

    assert timeline.after(InputCleared(at_ns=ns(2))) is timeline
    assert timeline.after(ConnectionLost(at_ns=ns(2), code=None, reason="", clean=True)) is timeline


# the end of the user's speech


def test_without_an_end_nothing_is_said_of_it() -> None:
    timeline = played_through(e.vad_off(5))

    assert (timeline.u_off_ns, timeline.sent_ns) == (None, None)
    assert timeline.speech_end_method is SpeechEndMethod.NONE


USER_END: list[tuple[str, list[SessionEvent], float]] = [
    ("only one", [e.user_off(100)], 100),
    ("a pause, undecided", [e.user_off(100), e.user_off(300)], 300),
    ("a pause, then the endpoint", [e.user_off(100), e.user_off(300), e.vad_off(500)], 300),
    ("an endpoint in a pause", [e.user_off(100), e.vad_off(200), e.user_off(300)], 100),
    ("an end at the very endpoint", [e.user_off(100), e.user_off(200), e.vad_off(200)], 200),
    ("a commit in a pause", [e.user_off(100), e.commit(200), e.user_off(300)], 100),
    ("no turn events", [e.user_off(100), e.audible(200), e.user_off(300)], 100),
    ("answered too early", [e.vad_off(80), e.audible(90), e.user_off(100), e.user_off(300)], 100),
]


@pytest.mark.parametrize(
    ("events", "expected"), [row[1:] for row in USER_END], ids=[row[0] for row in USER_END]
)
def test_the_end_that_the_reply_answers_whatever_the_order_of_arrival(
    events: list[SessionEvent], expected: float
) -> None:
    for order in permutations(events):
        assert played_through(*order).u_off_ns == ns(expected)


def test_the_end_brings_its_sending_and_its_method() -> None:
    timeline = played_through(
        e.user_off(100, 120), e.user_off(200, 220, SpeechEndMethod.SILERO), e.vad_off(300)
    )

    assert timeline.sent_ns == ns(220)
    assert timeline.speech_end_method is SpeechEndMethod.SILERO


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], None),
        ([e.requested(4)], 4),
        ([e.requested(4), e.committed(3)], 3),
        ([e.requested(4), e.committed(3), e.commit(2)], 2),
        ([e.requested(4), e.committed(3), e.commit(2), e.vad_off(5)], 5),
    ],
    ids=["nothing", "request", "their commit", "our commit", "endpoint"],
)
def test_the_turn_is_decided_by_the_endpoint_first(
    events: list[SessionEvent], expected: float | None
) -> None:
    assert played_through(*events).decided_ns == (None if expected is None else ns(expected))


def test_a_request_after_the_reply_began_is_for_a_later_reply() -> None:
    assert played_through(e.response(1), e.requested(2)).create_tx_ns is None
    assert played_through(e.arguments(1, "{"), e.requested(2)).create_tx_ns is None


# the reply


@pytest.mark.parametrize(
    ("event", "modality"),
    [
        (e.text(7, "Hi", kind=TextKind.TEXT), Modality.TEXT),
        (e.text(7, "Hi"), Modality.TRANSCRIPT),
        (e.audio(7, 20), Modality.AUDIO),
        (e.arguments(7, "{"), Modality.FUNCTION),
    ],
    ids=["text", "transcript", "audio", "function"],
)
def test_the_first_token_is_the_first_delta_with_something_in_it(
    event: SessionEvent, modality: Modality
) -> None:
    empty: list[SessionEvent] = [e.text(1, ""), e.audio(2, 0), e.arguments(3, "")]

    timeline = played_through(*empty, event, e.text(8, "later"), e.audio(9, 20))

    assert (timeline.tok1_ns, timeline.tok1_modality) == (ns(7), modality)


def test_audio_is_kept_by_arrival_and_counted() -> None:
    timeline = played_through(
        e.audio(10, 20), e.audio(11, 0), e.audio(12, 30), e.audio(13, 5, e.R2), e.audio(14, 10)
    )

    assert list(timeline.audio) == [
        ("r1", ns(10), 480),
        ("r1", ns(12), 720),
        ("r2", ns(13), 120),
        ("r1", ns(14), 240),
    ]
    assert (timeline.first_audio_ns, timeline.last_audio_ns) == (ns(10), ns(14))
    assert (timeline.audio_pieces, timeline.audio_frames) == (4, 1560)


def test_deltas_after_the_end_are_kept_and_the_end_stays() -> None:
    timeline = played_through(e.audio(1, 20), e.done(2), e.audio(3, 20), e.text(4, "late"))

    assert timeline.done_ns == ns(2)
    assert len(timeline.audio) == 2
    assert timeline.agent_transcript == "late"


def test_the_last_of_several_replies_ends_the_turn() -> None:
    assert played_through(e.done(5), e.done(9, e.R2)).done_ns == ns(9)
    assert TurnTimeline().done_ns is None


def test_the_audible_answer_after_a_tool_is_the_first_after_its_result() -> None:
    before = played_through(e.audible(5), e.tool_called(6), e.tool_result(8), e.tool_result(9))

    assert before.audible_after(None) is None
    assert before.audible_after(before.tool_result_ns) is None
    assert before.after(e.audible(20, e.R2)).audible_after(ns(9)) == ns(20)
    assert played_through(e.agent_on(5), e.agent_on(30)).audible_after(ns(9)) == ns(30)
    assert before.tool_result_ns == ns(9)


# words


def test_words_grow_until_they_are_final() -> None:
    timeline = played_through(e.text(1, "The ti"), e.text(2, "me is"))
    assert timeline.agent_transcript == "The time is"

    timeline = timeline.after(e.text_done(3, "The time is two.")).after(e.text(4, " o'clock"))
    assert timeline.agent_transcript == "The time is two."


def test_the_words_of_items_are_joined_and_empty_ones_left_out() -> None:
    timeline = played_through(
        e.text(1, "One. "),
        e.text(2, " ", item=ItemId("blank")),
        e.text(3, "Two.", item=ItemId("other")),
        e.text(4, "More."),
    )

    assert timeline.agent_transcript == "One. More. Two."


def test_the_users_words_are_known_in_the_end() -> None:
    timeline = played_through(e.hearing(1, "what"), e.hearing(2, " tim"))
    assert (timeline.user_transcript, timeline.user_final_ns) == ("what tim", None)

    timeline = timeline.after(e.heard(3, "What time")).after(e.heard(9, "is it?", ItemId("two")))
    assert (timeline.user_transcript, timeline.user_final_ns) == ("What time is it?", ns(9))


def test_no_word_is_not_the_same_as_silence() -> None:
    assert TurnTimeline().user_transcript is None
    assert played_through(e.heard(1, "")).user_transcript == ""


# interruption


def test_flush_and_truncation_keep_the_first() -> None:
    timeline = played_through(
        e.flushed(5, 120.0), e.flushed(6, 900.0), e.truncated(7, 120), e.truncated(8, 900)
    )

    assert timeline.flush == e.flushed(5, 120.0)
    assert timeline.truncate_sent_ms == 120


def test_stalls_are_all_kept() -> None:
    timeline = played_through(e.stalled(1, 20.0), e.stalled(2, 5.0))

    assert [stall.stall_ms for stall in timeline.stalls] == [20.0, 5.0]


# what sounded


def test_without_playback_of_its_own_the_sound_tells_when_the_agent_spoke() -> None:
    timeline = played_through(e.agent_on(100), e.agent_off(300), e.agent_on(600))

    assert timeline.audible_ns == ns(100)
    assert timeline.agent_spans == ((ns(100), ns(300)), (ns(600), None))
    assert timeline.audible_end_ns is None
    assert timeline.after(e.agent_off(900)).audible_end_ns == ns(900)


def test_the_playbacks_own_account_comes_first() -> None:
    timeline = played_through(
        e.agent_on(101), e.audible(100), e.agent_off(299), e.played_out(320, 220.0, 300)
    )

    assert (timeline.audible_ns, timeline.audible_end_ns) == (ns(100), ns(300))
    assert timeline.after(e.agent_on(700)).audible_end_ns is None
    assert timeline.after(e.agent_on(700)).after(e.agent_off(800)).audible_end_ns == ns(800)
    assert timeline.after(e.flushed(400, 5.0, 390)).audible_end_ns == ns(390)
    assert played_through(e.audible(100)).agent_spans == ((ns(100), None),)
    assert TurnTimeline().agent_spans == ()


def test_speech_may_be_shorter_than_the_clock_can_tell() -> None:
    assert played_through(e.agent_on(9), e.agent_off(9)).agent_spans == ((ns(9), ns(9)),)


def test_an_end_of_speech_of_another_turn_is_no_end_of_this_one() -> None:
    timeline = played_through(e.agent_off(50), e.agent_on(100), e.agent_on(100), e.agent_off(200))

    assert timeline.agent_spans == ((ns(100), ns(200)),)
    assert played_through(e.agent_off(50)).audible_end_ns is None


def test_the_users_speech_is_paired_in_any_order() -> None:
    events: list[SessionEvent] = [e.user_on(100), e.user_off(200)]
    events += [e.user_on(300), e.user_off(400)]

    for order in permutations(events):
        assert played_through(*order).user_spans == ((ns(100), ns(200)), (ns(300), ns(400)))


def test_the_largest_jump_of_the_clock_is_told_with_its_sign() -> None:
    assert TurnTimeline().clock_jump_ms is None
    assert played_through(e.jumped(1, 20.0), e.jumped(2, -500.0)).clock_jump_ms == -500.0


def test_a_timeline_is_a_value() -> None:
    before = played_through(e.user_on(1), e.audio(2, 20))

    after = before.after(e.audio(3, 20))
    other = before.after(e.audio(4, 20))

    assert [piece.at_ns for piece in before.audio] == [ns(2)]
    assert [piece.at_ns for piece in after.audio] == [ns(2), ns(3)]
    assert [piece.at_ns for piece in other.audio] == [ns(2), ns(4)]
    assert before == played_through(e.user_on(1), e.audio(2, 20))


def test_an_event_that_says_nothing_new_gives_the_same_timeline() -> None:
    timeline = played_through(e.vad_on(5), e.audio_done(9))

    assert timeline.after(e.vad_on(6)) is timeline
    assert timeline.after(e.audio_done(8)) is timeline
    assert timeline.after(e.hearing(7, "")) is timeline
    assert timeline.after(e.vad_on(4)).vad_on_ns == ns(4)


def test_written_words_are_no_transcript() -> None:
    timeline = played_through(
        e.text(3, "written", kind=TextKind.TEXT), e.text_done(4, "written", kind=TextKind.TEXT)
    )

    assert (timeline.first_transcript_ns, timeline.transcript_done_ns) == (None, None)
    timeline = timeline.after(e.text(6, "said")).after(e.text(5, "I ")).after(e.text_done(9, "I"))
    assert (timeline.first_transcript_ns, timeline.transcript_done_ns) == (ns(5), ns(9))
