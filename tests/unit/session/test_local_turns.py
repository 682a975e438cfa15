"""Turns of providers that tell nothing about turns, in virtual time."""

import asyncio
from pathlib import Path

import pytest

from app.core.config import SessionSettings
from app.core.events import SpeechEndMethod
from app.core.records import TurnRecord, TurnStatus
from app.session.messages import LiveState, StateReport, TurnReport
from app.session.running import Running
from tests.support.session import EnergyVad, Peer, StreamingVad, World, tone
from tests.support.silent_peers import Stream, Unannounced
from tests.unit.session.test_live import hold, silence, wav
from tests.unit.session.test_user_actions import live


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return wav(tmp_path / "question.wav", silence(100), tone(900), silence(100))


def turns(world: World) -> list[TurnRecord]:
    return [report.record for report in world.of(TurnReport)]


def v2v(world: World) -> list[float]:
    values = [turn.v2v_ms for turn in turns(world)]
    assert None not in values
    return [value for value in values if value is not None]


@pytest.mark.parametrize("after_ms", [100, 900])
@pytest.mark.parametrize("kind", [Unannounced, Stream], ids=["replies", "one endless reply"])
def test_v2v_is_that_of_a_provider_with_events(
    question: Path, kind: type[EnergyVad], after_ms: int
) -> None:
    told = World(Peer(EnergyVad(after_ms=after_ms)))
    silent = World(Peer(kind(after_ms=after_ms)))

    hold(told, question, question, question)
    hold(silent, question, question, question)

    assert [turn.status for turn in turns(silent)] == [TurnStatus.OK] * 3
    assert v2v(silent) == pytest.approx(v2v(told), abs=15)


def test_a_turn_has_the_users_speech_and_no_instants_that_nobody_told(question: Path) -> None:
    world = World(Peer(Unannounced()))

    hold(world, question, question)

    for turn in turns(world):
        assert turn.u_on_ns is not None
        assert turn.u_off_ns is not None
        assert turn.u_off_ns - turn.u_on_ns == pytest.approx(900e6, abs=11e6)
        assert turn.speech_end_method is SpeechEndMethod.ANNOTATED
        assert turn.vad_on_ns is None
        assert turn.vad_off_ns is None
        assert turn.endpointing_ms is None
        assert turn.ttfa_eos_ms is not None
        assert turn.excluded_reason is None


def test_of_an_endless_reply_the_piece_that_was_heard_counts_in_every_turn(question: Path) -> None:
    world = World(Peer(Stream()))

    hold(world, question, question)

    for turn in turns(world):
        assert turn.v2v_ms is not None
        assert turn.ttfa_eos_ms is not None
        assert turn.playout_wait_ms is not None
        assert 0 <= turn.v2v_ms - turn.ttfa_eos_ms < 60
        assert 0 <= turn.playout_wait_ms < 60
        assert turn.breakdown_residual_ms == pytest.approx(0, abs=1e-6)


def test_a_pause_of_the_agent_does_not_end_its_turn(question: Path) -> None:
    world = World(Peer(Stream(pauses_ms=450)))

    hold(world, question, question, settings=SessionSettings(transcribe_input=False))

    assert [turn.status for turn in turns(world)] == [TurnStatus.OK] * 2
    assert v2v(world) == pytest.approx([815, 815], abs=15)


def test_an_agent_that_never_answers_times_out(question: Path) -> None:
    answering = Stream(ahead_ms=200)
    world = World(Peer(answering))
    begin, replies = answering._begin, 0

    def once() -> None:
        nonlocal replies
        replies += 1
        if replies == 1:
            begin()

    answering._begin = once  # type: ignore[method-assign]  # it answers the first time only

    hold(world, question, question, reply_timeout_s=5.0)

    assert [turn.status for turn in turns(world)] == [TurnStatus.OK, TurnStatus.TIMEOUT]
    assert turns(world)[1].error_message == "The model said nothing for 5 s."


def test_a_pause_of_the_user_before_the_answer_is_inside_the_turn(tmp_path: Path) -> None:
    halting = wav(tmp_path / "a.wav", tone(600), silence(700), tone(600), silence(100))
    world = World(Peer(Stream(silence_ms=1000)))

    hold(world, halting, halting)

    assert len(turns(world)) == 2
    told = World(Peer(EnergyVad(silence_ms=1000)))
    hold(told, halting, halting)
    assert v2v(world) == pytest.approx(v2v(told), abs=15)


def test_speech_over_the_reply_interrupts_it(question: Path) -> None:
    world = World(Peer(Stream(ms=4000, yields_ms=150)))

    hold(world, question, question, cues_ms=(None, 1000.0))

    first, second = turns(world)
    assert first.barge_in
    assert first.yield_ms == pytest.approx(200, abs=60)
    assert second.status is TurnStatus.OK
    assert second.v2v_ms == pytest.approx(v2v(world)[0], abs=31)


def test_replies_that_are_announced_later_end_it_for_good(question: Path) -> None:
    world = World(Peer(Unannounced(told=frozenset({2}))))

    hold(world, question, question, question)

    told = World(Peer(EnergyVad()))
    hold(told, question, question, question)
    assert [turn.status for turn in turns(world)] == [TurnStatus.OK] * 3
    assert [turn.vad_off_ns is not None for turn in turns(world)] == [False, True, False]
    assert v2v(world) == pytest.approx(v2v(told), abs=15)


def test_the_states_are_those_of_a_conversation(question: Path) -> None:
    world = World(Peer(Stream()))

    hold(world, question, question)

    states = [report.state for report in world.of(StateReport)]
    assert states[2:6] == [
        LiveState.YOU_SPEAK,
        LiveState.THINKING,
        LiveState.MODEL_SPEAKS,
        LiveState.LISTENING,
    ]


def test_a_stream_that_is_silent_makes_no_turn_and_is_no_failure() -> None:
    world = World(Peer(Stream()))

    async def scenario(_running: Running) -> None:
        await asyncio.sleep(6)

    live(world, scenario, reply_timeout_s=3.0)

    assert turns(world) == []


def test_interruptions_of_a_provider_with_events_are_as_before(question: Path) -> None:
    world = World(Peer(StreamingVad(ms=4000)))

    hold(world, question, question, cues_ms=(None, 1000.0))

    first, second = turns(world)
    assert first.status is TurnStatus.INTERRUPTED
    assert first.barge_in
    assert first.vad_on_latency_ms is not None or first.interrupted_ns is not None
    assert second.status is TurnStatus.OK
