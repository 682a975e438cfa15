"""What the user and the model do while a connection is lost, in virtual time."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.core.conduct import Conduct, ToolAnswer, ToolAnswerKind, ToolSetup
from app.core.config import SessionSettings, Tool, TurnDetection, VadMode
from app.core.errors import ConfigError
from app.core.events import (
    CancelSent,
    CommitSent,
    ConnectionRenewed,
    TextSent,
    ToolFinished,
    ToolOutcome,
    ToolResultSent,
    TruncateSent,
)
from app.core.records import TurnStatus
from app.session.live import LiveSession
from app.session.messages import GuardState, LiveState, StateReport, TurnReport
from app.session.running import Running
from tests.support.clocks import run_virtual
from tests.support.guarding import MortalServers, cut, cutting, guard_states, told_items, urls
from tests.support.session import TARGET, EnergyVad, Peer, StreamingVad, World, start, tone
from tests.unit.session.test_guard import events, turns
from tests.unit.session.test_live import hold, silence, wav
from tests.unit.session.test_user_actions import Obliging, live

SIMULATOR = replace(TARGET, provider="simulator", url="")


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return wav(tmp_path / "question.wav", silence(100), tone(900), silence(100))


def test_a_cut_during_an_interruption_keeps_the_recording_and_the_session(tmp_path: Path) -> None:
    both = wav(tmp_path / "both.wav", tone(600), silence(1500), tone(600), silence(2500))
    first = Peer(StreamingVad(silence_ms=200, after_ms=100))
    react = first.react
    begun: list[int] = []

    def interrupted(peer: Peer, message: dict[str, Any]) -> None:
        before = len(begun)
        react(peer, message)
        if message["type"] == "conversation.item.truncate" and not before:
            begun.append(1)
            peer.put(cut())

    first.react = interrupted
    second = Peer(EnergyVad())
    world = World(first, later=[second])

    outcome = hold(world, both)

    assert begun
    assert outcome.problem is None
    assert turns(world)[0].status in {TurnStatus.INTERRUPTED, TurnStatus.ERROR}
    assert world.store.recording.closed
    assert guard_states(world) == [GuardState.RECONNECTING, GuardState.FINE]


def test_a_reply_that_has_arrived_is_played_on_and_can_be_stopped_without_a_word() -> None:
    first = cutting(Obliging(after_ms=100, ms=4000), "response.done", 500)
    second = Peer(Obliging())
    world = World(first, later=[second])

    async def scenario(running: Running) -> None:
        await running.say("Hello?")
        await asyncio.sleep(0.8)
        assert guard_states(world) == [GuardState.RECONNECTING]
        assert world.of(StateReport)[-1].state is LiveState.MODEL_SPEAKS
        await running.interrupt()
        await asyncio.sleep(1.0)
        await running.interrupt()

    live(world, scenario)

    assert events(world, TruncateSent) == events(world, CancelSent) == []
    assert world.of(StateReport)[-3].state is not LiveState.MODEL_SPEAKS
    kinds = {message["type"] for message in second.sent}
    assert kinds == {"session.update", "conversation.item.create"}


def test_typing_and_the_talk_key_are_refused_while_the_connection_is_lost() -> None:
    first = cutting(Obliging(), "session.updated", 200)
    world = World(first, later=[Peer(Obliging(after_ms=100))])

    async def scenario(running: Running) -> None:
        await asyncio.sleep(0.3)
        with pytest.raises(ConfigError, match="lost at the moment"):
            await running.say("Anybody there?")
        with pytest.raises(ConfigError, match="lost at the moment"):
            await running.hold(down=True)
        await running.hold(down=False)
        await asyncio.sleep(1)
        await running.say("And now?")
        await asyncio.sleep(2)

    live(world, scenario)

    assert [event.text for event in events(world, TextSent) if isinstance(event, TextSent)] == [
        "And now?"
    ]
    assert [turn.status for turn in turns(world)] == [TurnStatus.OK]


def test_nobody_is_said_to_think_any_more() -> None:
    world = World(cutting(Obliging(after_ms=9000), "response.created", 200))

    async def scenario(running: Running) -> None:
        await running.say("Hello?")
        assert world.of(StateReport)[-1].state is LiveState.THINKING
        await asyncio.sleep(0.3)
        assert guard_states(world) == [GuardState.RECONNECTING]
        assert world.of(StateReport)[-1].state is LiveState.LISTENING

    live(world, scenario)


@pytest.mark.parametrize("mode", [VadMode.SERVER, VadMode.MANUAL])
def test_a_key_held_through_a_cut_is_let_go_and_the_settings_are_as_before(mode: VadMode) -> None:
    first = Peer(Obliging())
    second = Peer(Obliging(after_ms=100))
    world = World(first, later=[second])
    settings = SessionSettings(turn_detection=TurnDetection(mode=mode))

    async def scenario(running: Running) -> None:
        await running.hold(down=True)
        await asyncio.sleep(0.5)
        first.put(cut())
        await asyncio.sleep(0.1)
        await running.hold(down=False)
        await asyncio.sleep(2)
        assert events(world, CommitSent) == []
        await running.hold(down=True)
        await asyncio.sleep(0.5)
        await running.hold(down=False)
        await asyncio.sleep(2)

    live(world, scenario, settings=settings)

    assert len(events(world, CommitSent)) == 1
    turn_detection = second.sent[0]["session"]["audio"]["input"]["turn_detection"]
    assert (turn_detection is None) == (mode is VadMode.MANUAL)
    assert [turn.status for turn in turns(world)] == [TurnStatus.OK]


def test_a_tool_that_runs_when_the_connection_is_cut_is_given_up(question: Path) -> None:
    class Calling(EnergyVad):
        def reply(self, peer: Peer, response: str) -> None:
            at = {"response_id": response, "output_index": 0, "item_id": "i1"}
            call = {"call_id": "c1", "name": "slow", "arguments": "{}"}
            peer.say("response.created", response={"id": response, "status": "in_progress"})
            peer.say("response.function_call_arguments.done", 10, **at, **call)
            peer.say("response.done", 20, response={"id": response, "status": "completed"})
            peer.put(cut(), 500)

    second = Peer(EnergyVad())
    world = World(Peer(Calling()), later=[second])
    slow = ToolSetup(
        tool=Tool(name="slow", description="", parameters={"type": "object"}),
        answer=ToolAnswer(kind=ToolAnswerKind.FIXED, text="{}", delay_ms=5000),
    )

    outcome = hold(world, question, question, conduct=Conduct(tools=(slow,)))

    assert outcome.problem is None
    (ended,) = events(world, ToolFinished)
    assert isinstance(ended, ToolFinished)
    assert ended.outcome is ToolOutcome.CANCELLED
    assert events(world, ToolResultSent) == []
    assert told_items(second) == [("user", "Question 1.")]
    assert [turn.status for turn in turns(world)] == [TurnStatus.ERROR, TurnStatus.OK]


def test_an_answered_call_is_carried_over_with_its_answer(question: Path) -> None:
    class Calling(Obliging):
        def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
            if message["type"] == "response.create" and not self.replies:
                self.replies += 1
                at = {"response_id": "r0", "output_index": 0, "item_id": "i1"}
                call = {"call_id": "c1", "name": "time", "arguments": '{"zone": 1}'}
                peer.say("response.created", response={"id": "r0", "status": "in_progress"})
                peer.say("response.function_call_arguments.done", 10, **at, **call)
                peer.say("response.done", 20, response={"id": "r0", "status": "completed"})
            else:
                super().__call__(peer, message)

    first, second = Peer(Calling(after_ms=100)), Peer(Obliging())
    world = World(first, later=[second])
    clock = ToolSetup(
        tool=Tool(name="time", description="", parameters={"type": "object"}),
        answer=ToolAnswer(kind=ToolAnswerKind.FIXED, text='{"time": 9}'),
    )

    async def scenario(running: Running) -> None:
        await running.say("What time is it?")
        await asyncio.sleep(2)
        first.put(cut())
        await asyncio.sleep(2)

    live(world, scenario, conduct=Conduct(tools=(clock,)))

    assert told_items(second) == [
        ("user", "What time is it?"),
        ("time", '{"zone": 1}'),
        ("function_call_output", '{"time": 9}'),
        ("assistant", "Hello."),
    ]


def test_the_user_can_end_the_session_while_it_connects_again() -> None:
    world = World(cutting(Obliging(), "session.updated", 200))

    async def scenario(_running: Running) -> None:
        await asyncio.sleep(0.3)
        assert guard_states(world) == [GuardState.RECONNECTING]

    live(world, scenario)

    assert world.store.recording.closed
    assert world.store.recording.sessions[-1].state == "complete"
    assert world.of(StateReport)[-1].state is LiveState.STOPPED


def test_turn_detection_that_was_changed_holds_in_the_new_session() -> None:
    first, second = Peer(Obliging()), Peer(Obliging())
    world = World(first, later=[second])
    conduct = Conduct()

    async def scenario(running: Running) -> None:
        await running.configure_turns(TurnDetection(silence_ms=900), conduct.barge_in)
        await asyncio.sleep(0.2)
        first.put(cut())
        await asyncio.sleep(2)

    live(world, scenario)

    turns_told = second.sent[0]["session"]["audio"]["input"]["turn_detection"]
    assert turns_told["silence_duration_ms"] == 900


def test_a_server_of_ours_is_asked_for_again_and_the_key_is_kept_out_of_sight() -> None:
    world = World(cutting(Obliging(), "session.updated", 200), servers=MortalServers())
    session = LiveSession(world.parts(), start(target=SIMULATOR, key="sk-secret"), _nobody)

    async def scenario(_running: Running) -> None:
        await asyncio.sleep(2)

    live(world, scenario, target=SIMULATOR)

    assert urls(world.asked) == [
        ("ws://127.0.0.1:1/v1/realtime", "token-1"),
        ("ws://127.0.0.1:2/v1/realtime", "token-2"),
    ]
    assert len(events(world, ConnectionRenewed)) == 1
    assert "sk-secret" not in repr(vars(session))
    assert "token-" not in repr(world.store.recording.sessions)


def test_the_key_opens_the_second_connection_too(question: Path) -> None:
    world = World(cutting(EnergyVad(), "response.created"), later=[Peer(EnergyVad())])

    hold(world, question, question, key="sk-secret")

    assert [key for _, key in world.asked] == ["sk-secret"] * 2
    assert "sk-secret" not in repr(world.reports)
    assert "sk-secret" not in repr(world.store.recording.sessions)
    assert "sk-secret" not in repr(world.store.recording.events)


def _nobody(_report: object) -> None:
    """Nobody listens."""


def test_a_window_that_closes_while_it_connects_again_leaves_a_whole_recording() -> None:
    world = World(cutting(Obliging(), "session.updated", 200))

    async def run() -> None:
        session = LiveSession(world.parts(), start(), world.reports.append)
        task = asyncio.create_task(session.run())
        await asyncio.sleep(0.4)
        session.end("The window closed.")
        outcome = await task
        assert outcome.record is not None
        assert outcome.record.end_reason == "The window closed."
        assert outcome.problem is None

    run_virtual(run())

    assert world.store.recording.closed
    assert world.of(TurnReport) == []
