"""Calls that an interruption ends, and when the model is asked to go on after its calls."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.core.config import SessionSettings, TurnDetection
from app.core.events import ConnectionRenewed, ToolOutcome
from app.core.ids import CallId
from app.session.live import LiveSession
from app.session.messages import (
    AllowTool,
    AnswerTool,
    SpanReport,
    ToolReport,
    ToolState,
    TurnReport,
)
from app.session.running import Running
from tests.support.session import Peer
from tests.support.tools import Asked, CallingModel, ToolWorld, hold, setup

BY_HAND = setup(kind="by_hand", timeout_s=60)
CANCELLED = {"cancelled": True}


def world_of(*calls: Asked, **more: Any) -> ToolWorld:
    return ToolWorld(Peer(CallingModel(calls or (Asked("c1"),), **more)))


def running_of(session: LiveSession) -> Running:
    assert session.running is not None
    return session.running


async def ask(session: LiveSession) -> None:
    await running_of(session).say("Use the tools.")
    await asyncio.sleep(1)


async def speak(world: ToolWorld, item: str = "u1") -> None:
    world.peer.say("input_audio_buffer.speech_started", audio_start_ms=0, item_id=item)
    await asyncio.sleep(0.5)


async def fall_silent(world: ToolWorld, item: str = "u1") -> None:
    world.peer.say("input_audio_buffer.speech_stopped", audio_end_ms=500, item_id=item)
    await asyncio.sleep(0.1)


async def by_speech(world: ToolWorld, _session: LiveSession) -> None:
    await speak(world)


async def by_typing(_world: ToolWorld, session: LiveSession) -> None:
    await running_of(session).say("Never mind.")


async def by_stop_key(_world: ToolWorld, session: LiveSession) -> None:
    await running_of(session).interrupt()


async def by_talk_key(_world: ToolWorld, session: LiveSession) -> None:
    await running_of(session).hold(down=True)


@pytest.mark.parametrize(
    ("interrupt", "asked"), [(by_speech, 1), (by_typing, 2), (by_stop_key, 1), (by_talk_key, 1)]
)
def test_an_interruption_cancels_the_calls_and_the_model_is_told(
    interrupt: Callable[[ToolWorld, LiveSession], Awaitable[None]], asked: int
) -> None:
    world = world_of(Asked("c1"), Asked("c2", "slow"), Asked("c3", "web"))

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        await interrupt(world, session)
        await asyncio.sleep(4)

    web = setup("web", kind="http", url="http://127.0.0.1:9/")
    hold(world, scenario, BY_HAND, setup("slow", delay_ms=2_000), web)

    assert world.results() == dict.fromkeys(("c1", "c2", "c3"), CANCELLED)
    assert {end.outcome for end in world.ended().values()} == {ToolOutcome.CANCELLED}
    assert world.requests_n() == asked
    assert world.caller.calls == []
    kinds = [m["type"] for m in world.peer.sent if m["type"] == "conversation.item.create"]
    assert len(kinds) == 4 + (interrupt is by_typing)


def test_an_interruption_breaks_off_what_is_being_called() -> None:
    ends: list[str] = []

    async def linger(_url: str, _arguments: str) -> str:
        try:
            await asyncio.sleep(20)
        finally:
            ends.append("broken off")
        return "1"

    world = world_of()
    world.caller.answer = linger

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        session.allow_tool(AllowTool(call_id=CallId("c1"), allow=True))
        await asyncio.sleep(0.5)
        assert ends == []
        await by_speech(world, session)
        assert ends == ["broken off"]

    hold(world, scenario, setup(kind="http", url="http://127.0.0.1:9/"))


def test_the_turn_of_a_cancelled_call_is_over_soon() -> None:
    world = world_of()

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        await running_of(session).interrupt()
        await asyncio.sleep(6)
        assert len(world.of(TurnReport)) == 1

    hold(world, scenario, BY_HAND)

    assert world.of(TurnReport)[0].record.status == "interrupted"


def test_a_slow_tool_is_not_the_models_time_out() -> None:
    world = world_of()

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        await asyncio.sleep(12)

    hold(world, scenario, setup(delay_ms=8_000), reply_timeout_s=2.0)

    (turn,) = [report.record for report in world.of(TurnReport)]
    assert turn.status == "ok"
    assert turn.tool_exec_ms == pytest.approx(8_010, abs=15)


def test_a_reply_that_was_interrupted_before_it_was_over_runs_nothing() -> None:
    world = world_of()
    model = world.peer.react
    assert isinstance(model, CallingModel)

    async def scenario(session: LiveSession) -> None:
        model.replies = 1
        model.call(world.peer, "r1", after_ms=1_000)
        await asyncio.sleep(1.005)
        await by_speech(world, session)
        await asyncio.sleep(2)

    hold(world, scenario, setup())

    assert world.results() == {"c1": CANCELLED}
    assert world.ended()["c1"].elapsed_ms is None
    assert world.requests_n() == 0


def test_twenty_interruptions_in_five_seconds_leave_nothing_behind() -> None:
    world = world_of(Asked("c0"), Asked("d0", "slow"))
    model = world.peer.react
    assert isinstance(model, CallingModel)

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        for count in range(1, 21):
            model.calls = (Asked(f"c{count}"), Asked(f"d{count}", "slow"))
            model.call(world.peer, f"s{count}", after_ms=20)
            await asyncio.sleep(0.125)
            await speak(world, f"u{count}")
            await fall_silent(world, f"u{count}")
        assert running_of(session).tools.busy is False

    hold(world, scenario, BY_HAND, setup("slow", delay_ms=5_000))

    assert len(world.results()) == 42
    assert len(world.ended()) == 42


# --- who asks the model to go on ------------------------------------------------------------------

UNINTERRUPTED = SessionSettings(turn_detection=TurnDetection(interrupt_response=False))


async def answer(session: LiveSession, call_id: str = "c1") -> None:
    session.answer_tool(AnswerTool(call_id=CallId(call_id), output="1"))
    await asyncio.sleep(0.2)


def test_while_the_user_speaks_nobody_asks_and_the_users_own_turn_takes_the_result_in() -> None:
    world = world_of()

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        await speak(world)
        await answer(session)
        assert world.results() == {"c1": 1}
        assert world.requests_n() == 1
        await fall_silent(world)
        assert world.requests_n() == 1
        world.peer.answer("r7")
        await asyncio.sleep(3)

    hold(world, scenario, BY_HAND, settings=UNINTERRUPTED)

    assert world.requests_n() == 1


def test_a_turn_that_is_not_answered_by_itself_gives_the_floor_back() -> None:
    world = world_of()
    detection = TurnDetection(interrupt_response=False, create_response=False)

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        await speak(world)
        await answer(session)
        assert world.requests_n() == 1
        await fall_silent(world)
        assert world.requests_n() == 2

    hold(world, scenario, BY_HAND, settings=SessionSettings(turn_detection=detection))


def test_a_reply_under_way_is_waited_for() -> None:
    world = world_of()

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        world.peer.say("response.created", response={"id": "r7", "status": "in_progress"})
        await asyncio.sleep(0.2)
        await answer(session)
        assert world.results() == {"c1": 1}
        assert world.requests_n() == 1
        done = {"id": "r7", "status": "completed", "output": []}
        world.peer.say("response.done", response=done)
        await asyncio.sleep(0.2)
        assert world.requests_n() == 2

    hold(world, scenario, BY_HAND, settings=UNINTERRUPTED)


def test_a_refused_request_does_not_block_the_next() -> None:
    world = world_of(Asked("c1"), silent=True)
    model = world.peer.react
    assert isinstance(model, CallingModel)

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        await answer(session)
        assert world.requests_n() == 2
        code = "conversation_already_has_active_response"
        error = {"type": "invalid_request_error", "code": code, "message": "Busy."}
        world.peer.say("error", error=error)
        await asyncio.sleep(0.1)
        model.calls = (Asked("c2"),)
        model.call(world.peer, "r8")
        await asyncio.sleep(0.5)
        await answer(session, "c2")
        assert world.requests_n() == 3

    hold(world, scenario, BY_HAND)


def test_a_request_that_met_a_reply_is_made_again_when_that_one_is_over() -> None:
    world = world_of(silent=True)

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        await answer(session)
        assert world.requests_n() == 2
        world.peer.say("response.created", response={"id": "r7", "status": "in_progress"})
        code = "conversation_already_has_active_response"
        error = {"type": "invalid_request_error", "code": code, "message": "Busy."}
        world.peer.say("error", error=error)
        await asyncio.sleep(0.2)
        assert world.requests_n() == 2
        done = {"id": "r7", "status": "completed", "output": []}
        world.peer.say("response.done", response=done)
        await asyncio.sleep(0.2)
        assert world.requests_n() == 3

    hold(world, scenario, BY_HAND)


# --- ends -----------------------------------------------------------------------------------------


def test_the_end_of_the_session_ends_every_call() -> None:
    world = world_of(Asked("c1"), Asked("c2", "never"))

    async def scenario(session: LiveSession) -> None:
        await ask(session)

    hold(world, scenario, BY_HAND, setup("never", kind="never"))

    assert world.results() == {}
    assert {end.outcome for end in world.ended().values()} == {ToolOutcome.CANCELLED}
    assert world.store.recording.closed


def test_a_new_connection_does_not_know_the_calls_of_the_old_one() -> None:
    world = world_of()

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        tools = running_of(session).tools
        event = ConnectionRenewed(
            at_ns=session._parts.clock.now_ns(), planned=False, gap_ms=1.0, carried_items=1
        )
        tools.hear(event)
        await tools.take(event)
        assert not tools.busy
        await asyncio.sleep(1)

    hold(world, scenario, BY_HAND)

    assert world.results() == {}
    assert world.ended()["c1"].outcome is ToolOutcome.CANCELLED


def test_a_call_told_twice_is_run_once() -> None:
    world = world_of(Asked("c1"), Asked("c1"))

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        model = world.peer.react
        assert isinstance(model, CallingModel)
        model.call(world.peer, "r8")
        await asyncio.sleep(0.5)
        await answer(session)
        await asyncio.sleep(1)

    hold(world, scenario, BY_HAND)

    assert world.results() == {"c1": 1}
    states = [report.state for report in world.of(ToolReport)]
    assert states == [ToolState.RUNNING, ToolState.BY_HAND, ToolState.ENDED]
    assert len([s for s in world.of(SpanReport) if s.kind == "tool"]) == 1
