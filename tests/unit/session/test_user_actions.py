"""What the user does while a session runs: hold to talk, type, interrupt, mute."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.capabilities import Capabilities
from app.core.config import SessionSettings, TurnDetection, VadMode
from app.core.records import TurnStatus
from app.session.live import LiveSession
from app.session.messages import LiveState, StateReport, TranscriptReport, TurnReport
from app.session.running import Running
from tests.support.clocks import run_virtual
from tests.support.session import Peer, World, start, tone
from tests.unit.session.test_live import silence, wav

Scenario = Callable[[Running], Awaitable[None]]


class Obliging:
    """A peer that configures as told and answers each request for a reply."""

    def __init__(self, **answer: Any) -> None:
        self._answer = answer
        self.replies = 0

    def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
        match message["type"]:
            case "session.update":
                peer.say("session.updated", session={"id": "s1", **message["session"]})
            case "input_audio_buffer.commit":
                peer.say("input_audio_buffer.committed", item_id="u1", previous_item_id=None)
            case "response.create":
                self.replies += 1
                peer.answer(f"r{self.replies}", **self._answer)
            case "response.cancel":
                done = {"id": f"r{self.replies}", "status": "cancelled", "output": []}
                peer.say("response.done", response=done)
            case _:
                pass


def live(world: World, scenario: Scenario, *paths: Path, **more: Any) -> None:
    """Run a session, act on it, end it."""

    async def run() -> None:
        session = LiveSession(world.parts(), start(*paths, **more), world.reports.append)

        async def act() -> None:
            while session.running is None:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.01)
            await scenario(session.running)
            session.end("Done.")

        async with asyncio.TaskGroup() as group:
            group.create_task(session.run())
            group.create_task(act())

    run_virtual(run())


def sent(world: World) -> list[str]:
    return [message["type"] for message in world.peer.sent]


def test_a_typed_message_is_answered() -> None:
    world = World(Peer(Obliging(after_ms=200)))

    async def scenario(running: Running) -> None:
        await running.say("What is new?")
        await asyncio.sleep(3)

    live(world, scenario)

    turn = world.of(TurnReport)[0].record
    assert turn.status is TurnStatus.OK
    assert turn.agent_transcript == "Hello."
    assert turn.v2v_ms is None
    assert turn.ttft_ref == "create"
    assert turn.ttft_create_ms == pytest.approx(200, abs=1)
    assert sent(world)[1:] == ["conversation.item.create", "response.create"]
    typed = [report for report in world.of(TranscriptReport) if report.typed]
    assert [report.text for report in typed] == ["What is new?"]


def test_holding_the_key_takes_the_turn_and_releasing_it_commits(tmp_path: Path) -> None:
    speech = wav(tmp_path / "a.wav", tone(800), silence(100))
    world = World(Peer(Obliging(after_ms=100)))
    settings = SessionSettings(turn_detection=TurnDetection(mode=VadMode.MANUAL))

    async def scenario(running: Running) -> None:
        await asyncio.sleep(6)

    live(world, scenario, speech, settings=settings)

    turn = world.of(TurnReport)[0].record
    assert turn.ttft_ref == "commit"
    assert turn.u_off_ns is not None
    assert sent(world)[1:4] == [
        "input_audio_buffer.clear",
        "input_audio_buffer.commit",
        "response.create",
    ]
    assert world.peer.appended_ms == pytest.approx(1200, abs=40)  # the file and 300 ms before it


def test_holding_the_key_over_server_vad_suspends_it_for_the_turn() -> None:
    world = World(Peer(Obliging(after_ms=100)))

    async def scenario(running: Running) -> None:
        await running.hold(down=True)
        await running.hold(down=True)
        await asyncio.sleep(1)
        await running.hold(down=False)
        await running.hold(down=False)
        await asyncio.sleep(2)

    live(world, scenario)

    assert sent(world) == [
        "session.update",
        "session.update",
        "input_audio_buffer.clear",
        "input_audio_buffer.commit",
        "response.create",
        "session.update",
    ]
    modes = [
        message["session"]["audio"]["input"]["turn_detection"]
        for message in world.peer.sent
        if message["type"] == "session.update"
    ]
    assert modes[1] is None
    assert modes[0] == modes[2]
    assert modes[0]["type"] == "server_vad"


def test_an_interruption_stops_the_sound_cancels_and_truncates() -> None:
    world = World(Peer(Obliging(after_ms=100, ms=5000)))

    async def scenario(running: Running) -> None:
        await running.say("Tell me a long story.")
        await asyncio.sleep(1.1)
        await running.interrupt()
        await asyncio.sleep(1)

    live(world, scenario)

    turn = world.of(TurnReport)[0].record
    assert turn.status is TurnStatus.INTERRUPTED
    assert turn.heard_ms == pytest.approx(1000, abs=30)
    assert sent(world)[-1] == "conversation.item.truncate"
    agent = np.concatenate([samples for _, samples in world.store.recording.agent])
    assert np.abs(agent.astype(int)).max() > 1000
    assert not agent[-24_000 // 2 :].any()


@pytest.mark.parametrize(
    ("peer", "after_s"),
    [
        pytest.param(Obliging(after_ms=100, ms=5000), 1.1, id="while it sounds"),
        pytest.param(Obliging(after_ms=1000), 0.2, id="before it sounds"),
    ],
)
def test_after_a_reply_was_stopped_by_hand_the_session_listens(
    peer: Obliging, after_s: float
) -> None:
    world = World(Peer(peer))

    async def scenario(running: Running) -> None:
        await running.say("Tell me a long story.")
        await asyncio.sleep(after_s)
        await running.interrupt()
        await asyncio.sleep(1)

    live(world, scenario)

    states = [report.state for report in world.of(StateReport)]
    stopped = states.index(LiveState.INTERRUPTED)
    assert states[stopped + 1] is LiveState.LISTENING


def test_an_interruption_before_the_first_sound_truncates_nothing() -> None:
    world = World(Peer(Obliging(after_ms=1000)))

    async def scenario(running: Running) -> None:
        await running.say("Hello?")
        await asyncio.sleep(0.2)
        await running.interrupt()
        await asyncio.sleep(1)

    live(world, scenario)

    assert "conversation.item.truncate" not in sent(world)
    assert "response.cancel" in sent(world)


def test_an_interruption_of_nothing_does_nothing() -> None:
    world = World(Peer(Obliging()))

    async def scenario(running: Running) -> None:
        await running.interrupt()

    live(world, scenario)

    assert sent(world) == ["session.update"]


def test_a_provider_that_cannot_truncate_is_not_asked_to() -> None:
    world = World(
        Peer(Obliging(after_ms=100, ms=5000)),
        capabilities=Capabilities(truncates_items=False, cancels_responses=False),
    )

    async def scenario(running: Running) -> None:
        await running.say("Go on.")
        await asyncio.sleep(1)
        await running.interrupt()
        await asyncio.sleep(0.5)

    live(world, scenario)

    assert sent(world) == ["session.update", "conversation.item.create", "response.create"]


def test_a_muted_microphone_sends_and_records_silence(tmp_path: Path) -> None:
    speech = wav(tmp_path / "a.wav", tone(1000))
    world = World(Peer(Obliging()))

    async def scenario(running: Running) -> None:
        running.mute(muted=True)
        await asyncio.sleep(2)

    live(world, scenario, speech, reply_timeout_s=1.0)

    user = np.concatenate([samples for _, samples in world.store.recording.user])
    assert len(user) / 24 == pytest.approx(2000, abs=100)
    assert not user.any()


@pytest.mark.parametrize("muted", [False, True])
def test_a_microphone_is_silent_while_a_recording_plays_and_afterwards_as_it_was(
    tmp_path: Path, *, muted: bool
) -> None:
    speech = wav(tmp_path / "a.wav", tone(3000))
    world = World(Peer(Obliging()))

    async def scenario(running: Running) -> None:
        running.mute(muted=muted)
        running.deafen(deaf=True)
        await asyncio.sleep(1)
        running.deafen(deaf=False)
        await asyncio.sleep(1)

    live(world, scenario, speech, reply_timeout_s=1.0)

    user = np.concatenate([samples for _, samples in world.store.recording.user])
    assert not user[: 24_000 * 9 // 10].any()
    assert bool(user[24_000 * 11 // 10 :].any()) is not muted


def test_a_call_of_an_unconnected_tool_is_answered_so_that_the_model_goes_on() -> None:
    class Calling(Obliging):
        def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
            if message["type"] == "response.create" and not self.replies:
                self.replies += 1
                at = {"response_id": "r1", "item_id": "f1", "output_index": 0, "call_id": "c1"}
                peer.say("response.created", response={"id": "r1", "status": "in_progress"})
                peer.say(
                    "response.function_call_arguments.done", 50, name="f", arguments="{}", **at
                )
                done = {"id": "r1", "status": "completed", "output": []}
                peer.say("response.done", 60, response=done)
                return
            super().__call__(peer, message)

    world = World(Peer(Calling(after_ms=100)))

    async def scenario(running: Running) -> None:
        await running.say("Use the tool.")
        await asyncio.sleep(3)

    live(world, scenario)

    assert len(world.of(TurnReport)) == 1
    turn = world.of(TurnReport)[0].record
    assert turn.has_tool
    assert turn.agent_transcript == "Hello."
    results = [m for m in world.peer.sent if m["type"] == "conversation.item.create"]
    assert results[-1]["item"]["call_id"] == "c1"
    assert "not connected" in results[-1]["item"]["output"]


def test_ending_while_connecting_ends_at_once() -> None:
    world = World(Peer(lambda _peer, _message: None))  # opens, and never configures

    async def run() -> str:
        session = LiveSession(world.parts(), start(), world.reports.append)
        asyncio.get_running_loop().call_later(1.0, session.end, "Enough.")
        before = asyncio.get_running_loop().time()
        outcome = await session.run()
        assert outcome.problem is None
        assert asyncio.get_running_loop().time() - before < 1.5
        return str(world.of(StateReport)[-1].state)

    assert run_virtual(run()) == "stopped"
    assert world.store.recording.closed
    assert world.peer.closed


def test_a_tap_of_the_key_says_nothing() -> None:
    world = World(Peer(Obliging(after_ms=100)))

    async def scenario(running: Running) -> None:
        await asyncio.sleep(1)
        await running.hold(down=True)
        await asyncio.sleep(0.06)
        await running.hold(down=False)
        await asyncio.sleep(1)

    live(world, scenario)

    assert sent(world) == [
        "session.update",
        "session.update",
        "input_audio_buffer.clear",
        "input_audio_buffer.clear",
        "session.update",
    ]
    assert world.of(TurnReport) == []


def test_what_is_in_flight_after_an_interruption_is_not_played() -> None:
    world = World(Peer(Obliging(after_ms=1000, ms=3000)))

    async def scenario(running: Running) -> None:
        await running.say("Hello?")
        await asyncio.sleep(0.5)
        await running.interrupt()
        await asyncio.sleep(5)

    live(world, scenario)

    turn = world.of(TurnReport)[0].record
    assert turn.status is TurnStatus.INTERRUPTED
    assert turn.heard_ms == 0.0
    assert not any(samples.any() for _, samples in world.store.recording.agent)
