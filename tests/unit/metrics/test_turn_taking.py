from dataclasses import replace
from typing import Any

import pytest

from app.core.events import SessionEvent
from app.core.records import InterruptKind, TurnRecord, TurnStatus
from app.metrics.turn import TurnContext
from tests.unit.metrics import events as e
from tests.unit.metrics.events import R2, ns
from tests.unit.metrics.turns import BARGE_IN, CONTEXT, INTERRUPTED, SPOKEN, record

GENERATION, PLAYBACK_ONLY = InterruptKind.GENERATION, InterruptKind.PLAYBACK_ONLY
REPLY: list[SessionEvent] = [
    e.user_on(200),
    e.user_off(1000, 1010),
    e.vad_off(1500),
    e.response(1510),
    e.audio(1600, 4000),
    e.text(1600, "a b c d e f g h"),
    e.playing(1610),
    e.audible(1620, media_ms=10.0),
    e.agent_on(1620),
]


def over(at: float, **more: Any) -> TurnContext:
    return replace(CONTEXT, interrupted_by_ns=ns(at), **more)


def test_an_interruption_in_numbers() -> None:
    turn = record(*INTERRUPTED, context=BARGE_IN)

    assert turn.status is TurnStatus.INTERRUPTED
    assert (turn.barge_in, turn.interrupted_ns, turn.flush_ns) == (True, ns(2100), ns(2340))
    assert turn.interrupt_kind is GENERATION
    assert (turn.vad_on_latency_ms, turn.local_stop_ms, turn.yield_ms) == (200.0, 40.0, 225.0)
    assert (turn.server_stop_ms, turn.server_cancel_ms) == (50.0, 30.0)
    assert (turn.overspeech_ms, turn.overlap_ms) == (225.0, 225.0)
    assert turn.overspeech_words == pytest.approx(6 * 225 / 3500)
    assert (turn.heard_ms, turn.truncate_sent_ms, turn.truncate_err_ms) == (715.0, 715, 0.0)
    assert (turn.missed_interrupt, turn.false_interrupt, turn.self_interrupted) == (
        False,
        None,
        False,
    )
    assert turn.resumed_ms is None


def test_without_an_interruption_its_figures_are_unknown() -> None:
    turn = record(*SPOKEN)

    assert not turn.barge_in
    assert (turn.interrupt_kind, turn.yield_ms, turn.missed_interrupt) == (None, None, None)


@pytest.mark.parametrize(
    ("events", "onset", "barge_in"),
    [
        ([*REPLY, e.agent_off(3000)], 2900, True),
        ([*REPLY, e.agent_off(3000)], 3000, False),
        (REPLY, 9000, True),
        ([e.user_off(1000), e.response(1510)], 1600, True),
        ([e.user_off(1000), e.response(1510), e.done(1700)], 1600, True),
        ([e.user_off(1000), e.response(1510), e.done(1700)], 1800, False),
        ([e.user_off(1000), e.response(1510), e.done(1700)], 1700, False),
        ([e.user_off(1000)], 1600, False),
        ([*REPLY, e.flushed(2500, 800.0, 2400)], 2450, True),
        ([*REPLY, e.flushed(2500, 800.0, 2400, 2510)], 2510, True),
        ([*REPLY, e.flushed(2500, 800.0, 2400)], 7000, False),
        ([e.audible(1620), e.playing(1610), e.flushed(2500, 800.0)], 7000, False),
        ([e.audible(1620), e.playing(1610), e.played_out(2500, 800.0)], 7000, False),
        ([e.audible(1620), e.playing(1610), e.played_out(2500, 1.0), e.playing(2600)], 7000, True),
    ],
    ids=[
        "while it sounds",
        "as it ends",
        "still sounding",
        "announced",
        "announced, not done",
        "done without a sound",
        "as it is done without a sound",
        "nothing to interrupt",
        "in a pause before the flush",
        "as the device falls silent",
        "long after a stop by hand",
        "whose audible end is not told",
        "long after it played out",
        "while another one plays",
    ],
)
def test_the_playhead_decides_whether_it_is_an_interruption(
    *, events: list[SessionEvent], onset: float, barge_in: bool
) -> None:
    assert record(*events, context=over(onset)).barge_in is barge_in


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ([e.done(3000)], GENERATION),
        ([e.done(1700)], PLAYBACK_ONLY),
        ([e.done(1700, status="cancelled")], PLAYBACK_ONLY),
        ([e.done(3000, status="completed")], GENERATION),
        ([e.audio_done(1700)], PLAYBACK_ONLY),
        ([e.audio(2500, 20)], GENERATION),
        ([e.audio(2000, 20)], None),
        ([], None),
    ],
    ids=[
        "done later",
        "done before",
        "a cancelled status means nothing",
        "nor does completed",
        "never done, but the audio was",
        "never done, audio came on",
        "never done, audio came until then",
        "never done, nothing came",
    ],
)
def test_the_kind_comes_from_the_playhead_and_never_from_the_status(
    events: list[SessionEvent], kind: InterruptKind | None
) -> None:
    turn = record(*REPLY, *events, e.agent_off(3000), context=over(2000))

    assert turn.interrupt_kind is kind
    assert turn.server_stop_ms is None or turn.server_stop_ms > 0


def test_of_a_reply_that_had_arrived_there_is_nothing_to_stop() -> None:
    turn = record(*REPLY, e.done(1700), e.agent_off(3000), context=over(2000))

    assert (turn.server_stop_ms, turn.server_cancel_ms) == (None, None)


@pytest.mark.parametrize(
    ("silent", "yield_ms", "missed"), [(4000, 2000.0, False), (4000.1, 2000.1, True)]
)
def test_an_agent_that_is_not_silent_within_two_seconds_missed_it(
    *, silent: float, yield_ms: float, missed: bool
) -> None:
    turn = record(*REPLY, e.agent_off(silent), context=over(2000))

    assert (turn.yield_ms, turn.missed_interrupt) == (yield_ms, missed)


@pytest.mark.parametrize(
    ("is_turn", "silent", "false_interrupt"),
    [(None, 2500, None), (True, 2500, None), (False, 3000, True), (False, 3001, False)],
)
def test_a_false_interruption_needs_a_stimulus_that_is_known_to_be_no_turn(
    *, is_turn: bool | None, silent: float, false_interrupt: bool | None
) -> None:
    turn = record(*REPLY, e.agent_off(silent), context=over(2000, interrupter_is_turn=is_turn))

    assert turn.false_interrupt is false_interrupt


def test_an_agent_may_resume_after_a_backchannel() -> None:
    events = [*REPLY, e.agent_off(2300), e.agent_on(2800), e.agent_off(3800)]

    turn = record(*events, context=over(2000, interrupter_off_ns=ns(2400)))

    assert (turn.yield_ms, turn.resumed_ms, turn.overspeech_ms) == (300.0, 500.0, 1300.0)
    assert turn.overlap_ms == 300.0


def test_of_a_reply_that_was_cut_off_the_playback_knows_best_when_it_ended() -> None:
    events = [*REPLY, e.agent_off(2310), e.flushed(2300, 700.0, 2325, 2340)]

    assert record(*events, context=over(2100)).yield_ms == 225.0


def test_while_the_agent_still_sounds_it_has_not_yielded() -> None:
    turn = record(*REPLY, context=over(2000))

    assert turn.barge_in
    assert (turn.yield_ms, turn.missed_interrupt, turn.resumed_ms) == (None, None, None)
    assert (turn.overspeech_ms, turn.overlap_ms, turn.takeover) == (None, None, True)


def test_interrupted_before_it_sounded_nothing_was_heard_and_nothing_cut() -> None:
    turn = record(
        e.user_off(1000), e.vad_off(1500), e.response(1510), e.audio(1600, 500),
        e.flushed(1650, 0.0, silent=1650),
        context=over(1630, interrupter_vad_on_ns=ns(1650), user_was_silent=True),
    )  # fmt: skip

    assert (turn.barge_in, turn.interrupt_kind, turn.heard_ms) == (True, None, 0.0)
    assert (turn.yield_ms, turn.local_stop_ms, turn.missed_interrupt) == (None, None, None)
    assert (turn.truncate_sent_ms, turn.truncate_err_ms, turn.overspeech_ms) == (None, None, 0.0)
    assert (turn.overlap_ms, turn.self_interrupted) == (None, None)


def test_stopped_by_hand_there_is_no_interrupting_speech() -> None:
    turn = record(
        *REPLY,
        e.cancelled(2000),
        e.flushed(2001, 380.0, 2005, 2020),
        e.audio(2050, 20),
        e.done(2080, status="cancelled"),
    )

    assert (turn.status, turn.barge_in, turn.local_stop_ms) == (
        TurnStatus.INTERRUPTED,
        False,
        None,
    )
    assert (turn.cancel_last_audio_ms, turn.cancel_done_ms) == (50.0, 80.0)
    assert (turn.heard_ms, turn.flush_ns) == (380.0, ns(2020))


def test_a_reply_that_was_complete_answers_no_cancel() -> None:
    turn = record(*REPLY, e.done(1700), e.cancelled(2000))

    assert (turn.cancel_last_audio_ms, turn.cancel_done_ms) == (-400.0, None)


def test_where_the_device_does_not_say_when_it_is_silent_only_the_flush_is_known() -> None:
    turn = record(
        *REPLY, e.flushed(2300, 690.0), context=over(2100, interrupter_vad_on_ns=ns(2300))
    )

    assert (turn.flush_ns, turn.local_stop_ms) == (ns(2300), None)


@pytest.mark.parametrize(
    ("vad_on", "silent", "events", "expected"),
    [
        (2000, True, [e.agent_off(3000)], True),
        (2000, False, [e.agent_off(3000)], False),
        (2000, None, [e.agent_off(3000)], None),
        (3000, True, [e.agent_off(3000)], None),
        (1620, True, [e.agent_off(3000)], True),
        (2000, True, [], True),
        (2000, True, [e.agent_off(1900), e.flushed(2001, 300.0, 1900, 2010)], True),
        (None, True, [e.agent_off(3000)], None),
    ],
    ids=[
        "the user was silent",
        "the user spoke",
        "nobody can tell",
        "the agent was silent",
        "as the agent begins",
        "still sounding",
        "in a pause",
        "no onset",
    ],
)
def test_the_provider_takes_its_own_voice_for_the_users(
    *,
    vad_on: float | None,
    silent: bool | None,
    events: list[SessionEvent],
    expected: bool | None,
) -> None:
    context = replace(
        CONTEXT,
        interrupter_vad_on_ns=None if vad_on is None else ns(vad_on),
        user_was_silent=silent,
    )

    assert record(*REPLY, *events, context=context).self_interrupted is expected


@pytest.mark.parametrize(
    ("words", "silent", "takeover"),
    [("mm", 2619.9, False), ("mm", 2620, True), ("I do think so", 1700, True), ("", None, None)],
    ids=["a backchannel", "a second", "four words", "still sounding"],
)
def test_what_lasts_or_says_enough_takes_the_turn(
    *, words: str, silent: float | None, takeover: bool | None
) -> None:
    events: list[SessionEvent] = [e.agent_on(1620), e.text(1600, words)]
    events += [] if silent is None else [e.agent_off(silent)]

    assert record(*events).takeover is takeover


def test_an_agent_that_keeps_silent_leaves_the_turn() -> None:
    assert record(context=replace(CONTEXT, status=TurnStatus.TIMEOUT)).takeover is False


@pytest.mark.parametrize(("silent", "takeover"), [(1040, False), (2100, True)])
def test_of_a_reply_that_was_cut_off_only_its_length_counts(
    *, silent: float, takeover: bool
) -> None:
    events: list[SessionEvent] = [
        e.playing(990),
        e.audible(1000),
        e.text(900, "one two three four five"),
        e.agent_on(1000),
        e.flushed(silent, silent - 990, audible_end=silent),
    ]

    assert record(*events, e.agent_off(silent)).takeover is takeover


def test_words_that_nobody_heard_take_no_turn() -> None:
    assert record(e.text(1, "one two three four")).takeover is None


# overlap


def overlapped(*events: SessionEvent) -> TurnRecord:
    return record(e.agent_on(1000), e.agent_off(2000), *events)


@pytest.mark.parametrize(
    ("events", "overlap_ms"),
    [
        ([e.user_on(200), e.user_off(1300)], 300.0),
        ([e.user_on(200), e.user_off(900)], 0.0),
        ([e.user_off(1300)], 300.0),
        ([e.user_off(900)], 0.0),
        ([e.user_on(200), e.user_off(1100), e.user_on(1500), e.user_off(3000)], 600.0),
        ([e.user_on(1900)], 100.0),
        ([e.typed(1)], 0.0),
        ([], None),
    ],
    ids=[
        "premature",
        "after",
        "onset unknown",
        "onset unknown, after",
        "twice",
        "still speaking",
        "typed",
        "the user is not known",
    ],
)
def test_overlap_is_what_both_say_at_once(
    events: list[SessionEvent], overlap_ms: float | None
) -> None:
    assert overlapped(*events).overlap_ms == overlap_ms


def test_speech_of_the_turn_and_of_its_interrupter_counts_once() -> None:
    context = over(1200, interrupter_off_ns=ns(1500))

    turn = record(
        e.agent_on(1000), e.agent_off(2000), e.user_on(200), e.user_off(1300), context=context
    )

    assert turn.overlap_ms == 500.0


def test_of_replies_that_ended_all_that_was_played_is_heard() -> None:
    turn = record(e.played_out(1, 300.0), e.played_out(2, 200.0, None, R2))

    assert (turn.heard_ms, turn.truncate_err_ms) == (500.0, None)
