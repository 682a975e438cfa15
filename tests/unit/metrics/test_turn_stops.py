"""Who stopped a reply, how soon, and what that says about the agent."""

from dataclasses import replace
from typing import Any

import pytest

from app.core.events import BargeInCause, ItemHeard, SessionEvent
from app.core.ids import ItemId
from app.metrics.turn import TurnContext
from app.metrics.turn_unknown import unknown_reason
from tests.unit.metrics import events as e
from tests.unit.metrics.events import ns
from tests.unit.metrics.turns import CONTEXT, record

SERVER, LOCAL, SCRIPT = BargeInCause.SERVER, BargeInCause.LOCAL, BargeInCause.SCRIPT
HANDS = [each for each in BargeInCause if each not in (SERVER, LOCAL)]
REPLY: list[SessionEvent] = [
    e.user_on(200),
    e.user_off(1000, 1010),
    e.vad_off(1500),
    e.response(1510),
    e.audio(1600, 6000),
    e.playing(1610),
    e.audible(1610, media_ms=0.0),
    e.agent_on(1610),
]


def over(at: float, **more: Any) -> TurnContext:
    return replace(CONTEXT, interrupted_by_ns=ns(at), **more)


def stop(at: float, cause: BargeInCause | None = None, **more: Any) -> list[SessionEvent]:
    """Stopped at an instant: the last block handed 4 ms later, silent 25 ms later."""
    handed = {"handed_end_ns": ns(at + 4), **more}
    flushed = e.flushed(at, at - 1610, at + 20, at + 25, cause=cause, **handed)
    return [flushed, e.agent_off(at + 20)]


@pytest.mark.parametrize("cause", BargeInCause)
def test_a_stop_is_measured_from_its_decision_whoever_decided(cause: BargeInCause) -> None:
    turn = record(*REPLY, *stop(2500, cause))

    assert turn.interrupt_cause is cause
    assert (turn.handover_stop_ms, turn.local_stop_ms) == (4.0, 25.0)


def test_a_block_that_was_with_the_device_already_is_told_as_it_is() -> None:
    turn = record(*REPLY, *stop(2500, SERVER, handed_end_ns=ns(2493)))

    assert turn.handover_stop_ms == -7.0


def test_without_a_stop_there_are_no_figures_of_one() -> None:
    turn = record(*REPLY, e.agent_off(7600), e.played_out(7610, 6000.0))

    assert (turn.interrupt_cause, turn.handover_stop_ms, turn.local_stop_ms) == (None, None, None)
    assert unknown_reason("handover_stop_ms", turn) == "our playback was not stopped"


def test_of_a_recording_that_does_not_tell_who_decided_the_onset_is_taken() -> None:
    turn = record(*REPLY, *stop(2500), context=over(2100, interrupter_vad_on_ns=ns(2490)))

    assert turn.interrupt_cause is None
    assert turn.local_stop_ms == 35.0
    assert record(*REPLY, *stop(2500)).local_stop_ms is None


def test_our_own_ears_are_measured_from_the_onset() -> None:
    turn = record(*REPLY, *stop(2230, LOCAL), context=over(2100, interrupter_vad_on_ns=ns(2400)))

    assert turn.local_on_latency_ms == 130.0
    assert turn.vad_on_latency_ms == 300.0
    assert turn.yield_ms == 150.0


def test_where_the_provider_stopped_it_our_own_ears_did_not() -> None:
    turn = record(*REPLY, *stop(2400, SERVER), context=over(2100))

    assert turn.local_on_latency_ms is None
    assert unknown_reason("local_on_latency_ms", turn).startswith("our own ears did not stop it")


@pytest.mark.parametrize("cause", [SERVER, LOCAL])
def test_stopped_for_speech_the_agent_has_yielded(cause: BargeInCause) -> None:
    turn = record(*REPLY, *stop(4200, cause), context=over(2100))

    assert (turn.yield_ms, turn.missed_interrupt) == (2120.0, True)


@pytest.mark.parametrize("cause", HANDS)
@pytest.mark.parametrize(
    ("at", "is_turn", "missed", "false"),
    [
        (2500, None, None, None),
        (3900, True, None, None),
        (4100, None, True, None),
        (4100, True, True, None),
        (2500, False, None, None),
        (3100, False, None, False),
        (4100, False, None, False),
    ],
)
def test_stopped_by_hand_the_agent_has_not_yielded(
    *,
    cause: BargeInCause,
    at: float,
    is_turn: bool | None,
    missed: bool | None,
    false: bool | None,
) -> None:
    turn = record(*REPLY, *stop(at, cause), context=over(2000, interrupter_is_turn=is_turn))

    assert turn.yield_ms is None
    assert unknown_reason("yield_ms", turn) == "the reply was stopped by hand, not by speech"
    assert (turn.missed_interrupt, turn.false_interrupt) == (missed, false)


def test_before_a_hand_stopped_it_the_agent_may_have_paused_for_the_user() -> None:
    events = [*REPLY, e.agent_off(2400), e.agent_on(2900), *stop(4500, SCRIPT)]

    turn = record(*events, context=over(2100))

    assert (turn.yield_ms, turn.missed_interrupt) == (300.0, False)


def test_speech_that_is_no_turn_cannot_be_missed() -> None:
    turn = record(*REPLY, e.agent_off(7600), context=over(2000, interrupter_is_turn=False))

    assert (turn.missed_interrupt, turn.false_interrupt) == (None, False)
    assert unknown_reason("missed_interrupt", turn) == "the speech was meant as no turn"


@pytest.mark.parametrize(
    ("events", "context", "known"),
    [
        (stop(2500, SCRIPT), CONTEXT, True),
        ([e.agent_off(7600)], over(2000), True),
        ([e.agent_off(7600)], CONTEXT, False),
    ],
    ids=["stopped", "spoken into", "neither"],
)
def test_what_was_spoken_into_the_reply_is_told_where_it_had_to_do_with_it(
    *, events: list[SessionEvent], context: TurnContext, known: bool
) -> None:
    named = replace(context, interrupter_name="cough.wav", interrupter_is_turn=False)

    turn = record(*REPLY, *events, context=named)

    assert turn.interrupter_name == ("cough.wav" if known else None)
    assert turn.interrupter_is_turn is (False if known else None)


def test_stopped_by_hand_before_it_sounded_nothing_was_missed() -> None:
    events: list[SessionEvent] = [
        e.user_off(1000),
        e.response(1510),
        e.flushed(1700, 0.0, cause=SCRIPT),
    ]

    turn = record(*events, context=over(1600))

    assert (turn.local_stop_ms, turn.missed_interrupt) == (None, None)


def test_the_truncation_is_held_against_the_item_that_it_names() -> None:
    items = (ItemHeard(ItemId("first"), 2000.0, 2000.0), ItemHeard(e.ITEM, 390.4, 4000.0))

    turn = record(*REPLY, *stop(4000, SERVER, items=items), e.truncated(4030, 390))

    assert turn.heard_ms == 2390.0
    assert turn.truncate_err_ms == pytest.approx(-0.4)
