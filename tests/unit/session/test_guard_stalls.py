"""Silences of the provider, in virtual time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.core.conduct import Conduct, Guard, ToolAnswer, ToolSetup
from app.core.config import SessionSettings, Tool, TurnDetection, VadMode
from app.core.events import StallNoticed
from app.session.messages import GuardReport, GuardState, MarkKind, MarkReport
from app.session.running import Running
from tests.support.guarding import cutting, guard_states, obliging
from tests.support.session import EnergyVad, Peer, World, tone
from tests.unit.session.test_guard import events
from tests.unit.session.test_live import hold, silence, wav
from tests.unit.session.test_user_actions import Obliging, live

THREE = Conduct(guard=Guard(stall_s=3.0))


def stalls(world: World) -> list[StallNoticed]:
    found = events(world, StallNoticed)
    return [event for event in found if isinstance(event, StallNoticed)]


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return wav(tmp_path / "question.wav", silence(100), tone(900), silence(100))


def test_a_provider_that_thinks_too_long_is_told_once_and_forgiven(question: Path) -> None:
    world = World(Peer(EnergyVad(after_ms=8000)))

    outcome = hold(world, question, question, conduct=THREE)

    assert [stall.times for stall in stalls(world)] == [1, 2]
    for stall in stalls(world):
        assert stall.silent_ms == pytest.approx(3100, abs=200)
    assert guard_states(world) == [GuardState.STALLED, GuardState.FINE] * 2
    assert [report.stalls_n for report in world.of(GuardReport)] == [1, 1, 2, 2]
    marks = [mark.kind for mark in world.of(MarkReport)]
    assert marks.count(MarkKind.PROVIDER_STALL) == 2
    assert outcome.record is not None
    assert outcome.record.provider_stalls == 2
    assert {m["type"] for m in world.peer.sent} == {"session.update"}


def test_a_silence_within_a_reply_counts_once_its_audio_has_sounded() -> None:
    def breaks_off(peer: Peer, message: dict[str, Any]) -> None:
        obliging(peer, message)
        if message["type"] == "response.create":
            peer.answer("r1", ms=2000)
            peer.say = lambda *_args, **_more: None  # type: ignore[method-assign]

    half = Peer(breaks_off)
    real = half.say

    def until_done(kind: str, after_ms: float = 0.0, **fields: Any) -> None:
        if kind not in {"response.done", "response.output_audio.done"}:
            real(kind, after_ms, **fields)

    half.say = until_done  # type: ignore[method-assign]
    world = World(half)

    async def scenario(running: Running) -> None:
        await running.say("Go on.")
        await asyncio.sleep(10)

    live(world, scenario, conduct=THREE)

    (stall,) = stalls(world)
    begun_ns = world.store.recording.sessions[0].t0_ns
    assert (stall.at_ns - begun_ns) / 1e9 == pytest.approx(0.3 + 2.0 + 3.0, abs=0.5)


def test_a_tool_that_takes_long_is_no_stall() -> None:
    class Calling(Obliging):
        def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
            if message["type"] == "response.create" and not self.replies:
                self.replies += 1
                at = {"response_id": "r0", "output_index": 0, "item_id": "i1"}
                call = {"call_id": "c1", "name": "slow", "arguments": "{}"}
                peer.say("response.created", response={"id": "r0", "status": "in_progress"})
                peer.say("response.function_call_arguments.done", 10, **at, **call)
                peer.say("response.done", 20, response={"id": "r0", "status": "completed"})
            else:
                super().__call__(peer, message)

    slow = ToolSetup(
        tool=Tool(name="slow", description="", parameters={"type": "object"}),
        answer=ToolAnswer(text="{}", delay_ms=8000),
    )
    world = World(Peer(Calling(after_ms=100)))

    async def scenario(running: Running) -> None:
        await running.say("What time is it?")
        await asyncio.sleep(12)

    live(world, scenario, conduct=Conduct(guard=Guard(stall_s=3.0), tools=(slow,)))

    assert stalls(world) == []


@pytest.mark.parametrize(
    "turn_detection",
    [TurnDetection(create_response=False), TurnDetection(mode=VadMode.MANUAL)],
)
def test_a_turn_that_wants_no_answer_by_itself_never_stalls(turn_detection: TurnDetection) -> None:
    class Notices(Peer):
        pass

    def hears(peer: Peer, message: dict[str, Any]) -> None:
        obliging(peer, message)
        if message["type"] == "session.update":
            peer.say("input_audio_buffer.speech_started", 500, audio_start_ms=1, item_id="u")
            peer.say("input_audio_buffer.speech_stopped", 900, audio_end_ms=2, item_id="u")

    world = World(Notices(hears))

    async def scenario(_running: Running) -> None:
        await asyncio.sleep(8)

    settings = SessionSettings(turn_detection=turn_detection)
    live(world, scenario, conduct=THREE, settings=settings)

    assert stalls(world) == []


def test_limits_and_unknown_messages_are_no_sign_of_life() -> None:
    def chatters(peer: Peer, message: dict[str, Any]) -> None:
        obliging(peer, message)
        if message["type"] == "response.create":
            for second in range(1, 8):
                peer.say("ping", second * 1000)
                peer.say("rate_limits.updated", second * 1000, rate_limits=[])

    world = World(Peer(chatters))

    async def scenario(running: Running) -> None:
        await running.say("Hello?")
        await asyncio.sleep(6)

    live(world, scenario, conduct=THREE)

    assert len(stalls(world)) == 1


def test_zero_seconds_never_count() -> None:
    world = World(Peer(obliging))

    async def scenario(running: Running) -> None:
        await running.say("Hello?")
        await asyncio.sleep(12)

    live(world, scenario, conduct=Conduct(guard=Guard(stall_s=0.0)))

    assert stalls(world) == []


def test_a_cut_is_no_stall() -> None:
    world = World(cutting(Obliging(after_ms=60_000), "response.created", 2500))

    async def scenario(running: Running) -> None:
        await running.say("Hello?")
        await asyncio.sleep(8)

    live(world, scenario, conduct=THREE)

    assert stalls(world) == []
