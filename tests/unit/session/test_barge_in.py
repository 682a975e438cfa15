"""A reply that is stopped: by whom, what the provider is told, what is dropped. Virtual time."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.conduct import BargeIn, Conduct
from app.core.config import SessionSettings, TurnDetection
from app.core.events import BargeInCause
from app.core.records import TurnStatus
from app.session.messages import LiveState, ProblemReport, StateReport
from app.session.running import Running
from tests.support.session import EnergyVad, Peer, StreamingVad, World, tone
from tests.unit.session.interrupting import TRUNCATE, Items, commands, flushes, heard_ms
from tests.unit.session.test_interruptions import turns
from tests.unit.session.test_live import hold, silence, wav
from tests.unit.session.test_user_actions import Obliging, live

LOCAL = Conduct(barge_in=BargeIn(local=True, local_speech_ms=100))
OFF = Conduct(barge_in=BargeIn(enabled=False, local=True))


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return wav(tmp_path / "question.wav", silence(100), tone(900), silence(100))


class Slow(StreamingVad):
    """Notices speech only after 400 ms of it."""

    def __init__(self, **answer: Any) -> None:
        super().__init__(**answer)
        self._loud_ms = 0.0

    def _hear(self, peer: Peer, samples: Any) -> None:
        loud = int(np.abs(samples.astype(np.int32)).max()) > 300
        self._loud_ms = self._loud_ms + len(samples) / 24 if loud else 0.0
        super()._hear(peer, samples if self._loud_ms > 400 or not loud else samples * 0)

    def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
        super().__call__(peer, message)
        if message["type"] == "response.cancel":
            self.interrupted(peer)


# --- who stops it ---------------------------------------------------------------------------------


def test_our_own_ears_stop_the_reply_before_the_provider_has_noticed(question: Path) -> None:
    world = World(Peer(Slow(ms=5000, speed=2.0)))

    hold(world, question, question, cues_ms=(None, 1000.0), conduct=LOCAL)

    first, second = turns(world)
    assert first.interrupt_cause is BargeInCause.LOCAL
    assert first.interrupted_ns == second.u_on_ns
    assert first.local_on_latency_ms == pytest.approx(120, abs=25)
    assert first.vad_on_latency_ms == pytest.approx(420, abs=30)
    assert first.handover_stop_ms is not None
    assert -10.0 <= first.handover_stop_ms <= 10.0
    assert len(flushes(world)) == 1
    assert len(commands(world, "response.cancel")) == 1
    assert second.status is TurnStatus.OK


def test_a_false_alarm_of_our_own_ears_is_measured(question: Path, tmp_path: Path) -> None:
    cough = wav(tmp_path / "cough.wav", tone(250), silence(100))
    world = World(Peer(Slow(ms=5000, speed=2.0)))

    hold(world, question, cough, cues_ms=(None, 1000.0), conduct=LOCAL, reply_timeout_s=1.0)

    first = turns(world)[0]
    assert first.interrupt_cause is BargeInCause.LOCAL
    assert (first.vad_on_latency_ms, first.barge_in) == (None, True)
    assert first.yield_ms == pytest.approx(120, abs=45)
    assert LiveState.LISTENING in [report.state for report in world.of(StateReport)][-4:]


@pytest.mark.parametrize(
    ("said_ms", "stopped"), [(60, False), (80, False), (250, True)], ids=["tic", "click", "word"]
)
def test_shorter_sounds_than_asked_for_stop_nothing(
    question: Path, tmp_path: Path, said_ms: int, *, stopped: bool
) -> None:
    sound = wav(tmp_path / "sound.wav", tone(said_ms), silence(400))
    world = World(Peer(Slow(ms=2500, speed=2.0)))

    hold(world, question, sound, cues_ms=(None, 500.0), conduct=LOCAL, reply_timeout_s=0.5)

    assert bool(flushes(world)) is stopped


def test_what_the_microphone_hears_of_the_agent_alone_stops_nothing(question: Path) -> None:
    world = World(Peer(Slow(ms=2500, speed=2.0)))

    async def scenario(running: Running) -> None:
        running._dialogue.ears.is_echo = lambda _: True
        await asyncio.sleep(6)

    live(world, scenario, question, question, cues_ms=(None, 500.0), conduct=LOCAL)

    assert [event.cause for event in flushes(world)] == [BargeInCause.SERVER]


def test_with_the_switch_off_speech_stops_nothing_and_the_provider_is_told(question: Path) -> None:
    world = World(Peer(EnergyVad(ms=1500)))

    hold(world, question, question, cues_ms=(None, 500.0), conduct=OFF)

    update = commands(world, "session.update")[0]["session"]
    assert update["audio"]["input"]["turn_detection"]["interrupt_response"] is False
    assert flushes(world) == []
    assert heard_ms(world) > 1500


@pytest.mark.parametrize(
    ("act", "cause"),
    [
        ("say", BargeInCause.TYPED),
        ("hold", BargeInCause.TALK_KEY),
        ("interrupt", BargeInCause.STOP_KEY),
    ],
)
def test_with_the_switch_off_the_user_still_stops_it_by_hand(act: str, cause: BargeInCause) -> None:
    world = World(Peer(Obliging(after_ms=100, ms=3000)))

    async def scenario(running: Running) -> None:
        await running.say("Go on.")
        await asyncio.sleep(0.8)
        await {
            "say": lambda: running.say("Wait."),
            "hold": lambda: running.hold(down=True),
            "interrupt": running.interrupt,
        }[act]()
        await asyncio.sleep(0.3)

    live(world, scenario, conduct=OFF)

    assert flushes(world)[0].cause is cause
    assert turns(world)[0].interrupt_cause is cause


def test_a_reply_that_begins_while_the_talk_key_is_held_is_not_played() -> None:
    world = World(Peer(Obliging(after_ms=100, ms=2000)))
    world.peer.react = late = Late(after_ms=100, ms=2000)

    async def scenario(running: Running) -> None:
        await running.say("Go on.")
        await asyncio.sleep(0.1)
        await running.hold(down=True)
        await asyncio.sleep(1.5)
        await running.hold(down=False)
        await asyncio.sleep(0.2)

    live(world, scenario)

    assert late.replies >= 1
    assert flushes(world)[0].cause is BargeInCause.TALK_KEY
    assert flushes(world)[0].played_ms == 0.0


class Late(Obliging):
    """Announces its replies only half a second after it was asked."""

    def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
        if message["type"] != "response.create":
            super().__call__(peer, message)
            return
        asyncio.get_running_loop().call_later(0.5, super().__call__, peer, message)


def test_the_stop_key_gives_up_a_reply_that_was_only_asked_for() -> None:
    world = World(Peer(Late(after_ms=100, ms=1000)))

    async def scenario(running: Running) -> None:
        await running.say("Go on.")
        await asyncio.sleep(0.2)
        await running.interrupt()
        await asyncio.sleep(1.5)

    live(world, scenario)

    assert [event.cause for event in flushes(world)] == [BargeInCause.STOP_KEY]
    assert not any(samples.any() for _, samples in world.store.recording.agent)


def test_giving_up_one_reply_is_no_word_on_the_next() -> None:
    world = World(Peer(Obliging(after_ms=50)))

    async def scenario(running: Running) -> None:
        world.peer.say("input_audio_buffer.speech_started", audio_start_ms=0, item_id="u1")
        world.peer.say("input_audio_buffer.speech_stopped", 60, audio_end_ms=60, item_id="u1")
        await asyncio.sleep(0.2)
        await running.interrupt()
        await running.say("Go on.")
        await asyncio.sleep(1)

    live(world, scenario)

    assert flushes(world) == []
    assert turns(world)[0].heard_ms == pytest.approx(400)


def test_a_request_that_came_too_soon_is_made_again() -> None:
    class Busy(Obliging):
        def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
            if message["type"] == "response.create" and self.replies == 1:
                self.replies = 2
                error = {
                    "type": "invalid_request_error",
                    "code": "conversation_already_has_active_response",
                    "message": "busy",
                }
                peer.say("error", error=error)
                done = {"id": "r1", "status": "cancelled", "output": []}
                peer.say("response.done", 50, response=done)
                return
            if message["type"] == "response.create" and not self.replies:
                self.replies = 1
                peer.say("response.created", response={"id": "r1", "status": "in_progress"})
                return
            if message["type"] != "response.cancel":
                super().__call__(peer, message)

    world = World(Peer(Busy(after_ms=50)))

    async def scenario(running: Running) -> None:
        await running.say("One.")
        await asyncio.sleep(0.1)
        await running.say("Two.")
        await asyncio.sleep(1)

    live(world, scenario)

    assert len(commands(world, "response.create")) == 3
    assert world.of(ProblemReport) == []
    assert turns(world)[-1].agent_transcript == "Hello."


# --- storms ---------------------------------------------------------------------------------------


def test_twenty_interruptions_in_five_seconds_lose_nothing(tmp_path: Path) -> None:
    said = [part for _ in range(20) for part in (tone(120), silence(130))]
    storm = wav(tmp_path / "storm.wav", *said, silence(800))
    world = World(Peer(StreamingVad(silence_ms=60, after_ms=20, ms=3000, speed=3.0)))

    hold(world, storm, conduct=LOCAL)

    states = [report.state for report in world.of(StateReport)]
    assert states[-2:] == [LiveState.STOPPING, LiveState.STOPPED]
    assert LiveState.LISTENING in states[-4:]
    assert world.of(ProblemReport) == []
    assert sorted(turn.turn_id for turn in turns(world)) == list(range(1, 21))
    assert max(turns(world), key=lambda turn: turn.turn_id).status is TurnStatus.OK
    cut = [message["item_id"] for message in world.peer.sent if message["type"] == TRUNCATE]
    assert len(cut) == len(set(cut))


def test_twenty_stops_by_hand_in_a_second_are_one() -> None:
    world = World(Peer(Items(("a", 4000), done=False)))

    async def scenario(running: Running) -> None:
        await running.say("Go on.")
        await asyncio.sleep(0.5)
        for _ in range(20):
            await running.interrupt()
            await asyncio.sleep(0.05)
        assert world.of(StateReport)[-1].state is LiveState.LISTENING

    live(world, scenario)

    assert len(flushes(world)) == len(commands(world, "response.cancel")) == 1


def test_a_client_that_asks_itself_does_so_after_the_commit(question: Path) -> None:
    turn_detection = TurnDetection(create_response=False)
    settings = replace(SessionSettings(), turn_detection=turn_detection)

    class Waits(EnergyVad):
        def reply(self, peer: Peer, response: str) -> None:
            pass

        def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
            super().__call__(peer, message)
            if message["type"] == "response.create":
                super().reply(peer, "r1")

    world = World(Peer(Waits()))

    hold(world, question, settings=settings)

    assert len(commands(world, "response.create")) == 1
    turn = turns(world)[0]
    assert turn.status is TurnStatus.OK
    assert turn.agent_transcript == "Hello."
