"""Turn detection that changes while the session runs, and turns that nobody began."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.core.capabilities import Capabilities
from app.core.conduct import BargeIn
from app.core.config import SessionSettings, TurnDetection, VadMode
from app.core.errors import ConfigError
from app.core.events import TurnsConfigured
from app.core.records import TurnStatus
from app.session.live import LiveSession
from app.session.messages import ConfigureTurns, ProblemReport, TranscriptReport
from app.session.running import Running
from tests.support.clocks import run_virtual
from tests.support.session import EnergyVad, Peer, World, start, tone
from tests.unit.session.interrupting import commands, flushes
from tests.unit.session.test_interruptions import turns
from tests.unit.session.test_live import silence, wav
from tests.unit.session.test_user_actions import Obliging, live, sent

SERVER = TurnDetection()
QUICK = TurnDetection(silence_ms=200)
BY_HAND = TurnDetection(mode=VadMode.MANUAL)
ON = BargeIn()


class Hears(EnergyVad):
    """Ends turns by silence unless told not to, and answers commits and requests."""

    manual = False

    def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
        if message["type"] == "session.update":
            detection = message["session"]["audio"]["input"]["turn_detection"]
            self.manual = detection is None
        if message["type"] == "input_audio_buffer.append" and self.manual:
            return
        if message["type"] == "response.create":
            peer.answer("r-asked", **self._answering)
        super().__call__(peer, message)


def told(world: World) -> list[dict[str, Any] | None]:
    """Return the turn detection of each update."""
    updates = commands(world, "session.update")
    return [each["session"]["audio"]["input"]["turn_detection"] for each in updates]


def configured(world: World) -> list[TurnsConfigured]:
    events = world.store.recording.events
    return [fields for _, fields in events if isinstance(fields, TurnsConfigured)]


def test_other_turn_detection_is_asked_for_and_told() -> None:
    world = World(Peer(Hears()))

    async def scenario(running: Running) -> None:
        await running.configure_turns(QUICK, BargeIn(local=True))
        await running.configure_turns(QUICK, BargeIn(local=False))
        await running.configure_turns(QUICK, BargeIn(enabled=False))

    live(world, scenario)

    asked = [each for each in told(world) if each is not None]
    assert [each["silence_duration_ms"] for each in asked] == [500, 200, 200]
    assert [each["interrupt_response"] for each in asked] == [True, True, False]
    assert [(each.turn_detection, each.barge_in.local) for each in configured(world)] == [
        (QUICK, True),
        (QUICK, False),
        (QUICK, False),
    ]


@pytest.mark.parametrize(
    ("can", "turns_"),
    [
        (Capabilities(changes_turns=False), QUICK),
        (Capabilities(semantic_vad=False), TurnDetection(mode=VadMode.SEMANTIC)),
        (Capabilities(manual_turns=False), BY_HAND),
        (Capabilities(idle_timeout=False), TurnDetection(idle_timeout_ms=5000)),
    ],
    ids=["not while it runs", "no semantic", "no push-to-talk", "no time-out"],
)
def test_what_the_provider_cannot_do_is_refused_and_changes_nothing(
    can: Capabilities, turns_: TurnDetection
) -> None:
    world = World(Peer(Hears()), capabilities=can)

    async def scenario(running: Running) -> None:
        with pytest.raises(ConfigError):
            await running.configure_turns(turns_, ON)
        await running.configure_turns(SERVER, BargeIn(local=True))

    live(world, scenario)

    assert len(told(world)) == 1
    assert [each.turn_detection for each in configured(world)] == [SERVER]


def test_what_the_provider_refuses_is_undone() -> None:
    class Refusing(Hears):
        def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
            if message["type"] == "session.update" and told_before(peer):
                error = {"code": "invalid_value", "message": "no", "type": "invalid_request_error"}
                peer.say("error", error={**error, "event_id": message["event_id"]})
                return
            super().__call__(peer, message)

    def told_before(peer: Peer) -> bool:
        return [message["type"] for message in peer.sent].count("session.update") > 1

    world = World(Peer(Refusing()))

    async def scenario(running: Running) -> None:
        await running.configure_turns(BY_HAND, ON)
        await asyncio.sleep(0.2)

    live(world, scenario)

    assert [each.turn_detection for each in configured(world)] == [BY_HAND, SERVER]
    assert len(world.of(ProblemReport)) == 1
    assert world.peer.appended_ms > 100  # the microphone flows again


def test_what_was_being_said_when_turns_came_by_hand_is_not_lost(tmp_path: Path) -> None:
    world = World(Peer(Hears(after_ms=50)))
    long = wav(tmp_path / "long.wav", tone(3000))

    async def scenario(running: Running) -> None:
        await asyncio.sleep(1)
        await running.configure_turns(BY_HAND, ON)
        await asyncio.sleep(2)

    live(world, scenario, long)

    assert told(world)[-1] is None
    assert sent(world)[-2:] == ["input_audio_buffer.commit", "response.create"]
    assert turns(world)[0].status is TurnStatus.OK
    assert turns(world)[0].agent_transcript == "Hello."
    assert world.peer.appended_ms == pytest.approx(1000, abs=60)


def test_half_way_through_a_reply_the_change_leaves_it_sounding() -> None:
    world = World(Peer(Obliging(after_ms=50, ms=1500)))

    async def scenario(running: Running) -> None:
        await running.say("Go on.")
        await asyncio.sleep(0.5)
        await running.configure_turns(BY_HAND, ON)
        await asyncio.sleep(0.3)
        await running.configure_turns(QUICK, ON)
        await asyncio.sleep(1.5)

    live(world, scenario)

    assert flushes(world) == []
    assert turns(world)[0].status is TurnStatus.OK
    assert turns(world)[0].heard_ms == pytest.approx(1500)


@pytest.mark.parametrize(
    ("before", "after", "told_modes"),
    [
        (SERVER, QUICK, ["server_vad", None, "server_vad"]),
        (SERVER, BY_HAND, ["server_vad", None]),
        (BY_HAND, QUICK, [None, "server_vad"]),
    ],
    ids=["another", "to push-to-talk", "from push-to-talk"],
)
def test_while_the_key_is_held_the_change_waits_until_it_comes_up(
    before: TurnDetection, after: TurnDetection, told_modes: list[str | None]
) -> None:
    world = World(Peer(Obliging(after_ms=50)))

    async def scenario(running: Running) -> None:
        await running.hold(down=True)
        await asyncio.sleep(0.5)
        await running.configure_turns(after, ON)
        appended = world.peer.appended_ms
        await asyncio.sleep(0.5)
        assert world.peer.appended_ms - appended == pytest.approx(500, abs=45)
        await running.hold(down=False)
        await asyncio.sleep(1)
        appended = world.peer.appended_ms
        await asyncio.sleep(0.5)
        flows = world.peer.appended_ms > appended
        assert flows == (after.mode is not VadMode.MANUAL)

    live(world, scenario, settings=SessionSettings(turn_detection=before))

    modes = [None if each is None else each["type"] for each in told(world)]
    assert modes == told_modes
    assert turns(world)[0].status is TurnStatus.OK


def test_a_choice_made_while_the_connection_opens_is_used_from_the_start() -> None:
    world = World(Peer(Hears()))

    async def run() -> None:
        session = LiveSession(world.parts(), start(), world.reports.append)
        await session.configure_turns(ConfigureTurns(turn_detection=BY_HAND, barge_in=ON))
        asyncio.get_running_loop().call_later(1.0, session.end, "Done.")
        await session.run()

    run_virtual(run())

    assert told(world)[-1] is None
    assert world.peer.appended_ms < 100


def test_a_choice_that_cannot_be_is_told_and_the_session_begins_all_the_same() -> None:
    world = World(Peer(Hears()), capabilities=Capabilities(manual_turns=False))

    async def run() -> None:
        session = LiveSession(world.parts(), start(), world.reports.append)
        await session.configure_turns(ConfigureTurns(turn_detection=BY_HAND, barge_in=ON))
        asyncio.get_running_loop().call_later(0.5, session.end, "Done.")
        outcome = await session.run()
        assert outcome.problem is None

    run_virtual(run())

    assert len(world.of(ProblemReport)) == 1


# --- push-to-talk: the first words ----------------------------------------------------------------


@pytest.mark.parametrize("change", [False, True], ids=["from the start", "after a change"])
def test_what_was_said_before_the_key_is_sent_once_and_recorded_once(*, change: bool) -> None:
    world = World(Peer(Hears()))
    detection = SERVER if change else BY_HAND

    async def scenario(running: Running) -> None:
        await asyncio.sleep(0.8)
        if change:
            await running.configure_turns(BY_HAND, ON)
            world.peer.appended_ms = 0
        await asyncio.sleep(0.12)
        await running.hold(down=True)
        await asyncio.sleep(0.5)
        await running.hold(down=False)

    live(world, scenario, settings=SessionSettings(turn_detection=detection))

    instants = [at_ns for at_ns, _ in world.store.recording.user]
    assert instants == sorted(set(instants))
    assert world.peer.appended_ms == pytest.approx(800, abs=45)


def test_a_key_that_is_held_while_the_connection_opens_loses_no_word() -> None:
    class Slow(Obliging):
        def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
            if message["type"] == "session.update":
                peer.say("session.updated", 1000, session={"id": "s1", **message["session"]})
                return
            super().__call__(peer, message)

    world = World(Peer(Slow(after_ms=50)))
    by_hand = SessionSettings(turn_detection=BY_HAND)

    async def run() -> None:
        session = LiveSession(world.parts(), start(settings=by_hand), world.reports.append)
        loop = asyncio.get_running_loop()

        async def act() -> None:
            await asyncio.sleep(0.4)
            await session.hold(down=True)
            await asyncio.sleep(1.6)
            await session.hold(down=False)
            loop.call_later(1.0, session.end, "Done.")

        async with asyncio.TaskGroup() as group:
            group.create_task(session.run())
            group.create_task(act())

    run_virtual(run())

    # 300 ms before the key went down and all of the 1.6 s until it came up.
    assert world.peer.appended_ms == pytest.approx(1900, abs=45)
    instants = [at_ns for at_ns, _ in world.store.recording.user]
    assert instants == sorted(set(instants))


# --- turns that nobody began ----------------------------------------------------------------------


class Idle(EnergyVad):
    """Speaks up by itself, as services do after a silence of both sides."""

    def __init__(self, *, answers: bool = True, **answer: Any) -> None:
        super().__init__(**answer)
        self._answers = answers

    def speak_up(self, peer: Peer) -> None:
        peer.say(
            "input_audio_buffer.timeout_triggered",
            audio_start_ms=0,
            audio_end_ms=5000,
            item_id="idle1",
        )
        peer.say("input_audio_buffer.committed", item_id="idle1", previous_item_id=None)
        if self._answers:
            self.reply(peer, "r-idle")
        peer.say(
            "conversation.item.input_audio_transcription.completed",
            50,
            item_id="idle1",
            content_index=0,
            transcript="",
            usage={"type": "duration", "seconds": 0},
        )


@pytest.mark.parametrize("create", [True, False], ids=["by itself", "we ask for the others"])
def test_a_turn_that_nobody_began_has_no_figures_of_speech(*, create: bool) -> None:
    idle = Idle(after_ms=200, ms=400)
    world = World(Peer(idle))
    detection = TurnDetection(idle_timeout_ms=5000, create_response=create)

    async def scenario(_: Running) -> None:
        idle.speak_up(world.peer)
        await asyncio.sleep(2)

    live(world, scenario, settings=SessionSettings(turn_detection=detection))

    (turn,) = turns(world)
    assert turn.status is TurnStatus.OK
    assert (turn.u_off_ns, turn.v2v_ms, turn.input_name) == (None, None, None)
    assert turn.agent_transcript == "Hello."
    assert commands(world, "response.create") == []
    assert [report.entry_id for report in world.of(TranscriptReport)].count("idle1") == 0


def test_a_time_out_that_nothing_comes_of_has_not_failed() -> None:
    idle = Idle(answers=False)
    world = World(Peer(idle))

    async def scenario(_: Running) -> None:
        idle.speak_up(world.peer)
        await asyncio.sleep(3)

    live(world, scenario, reply_timeout_s=1.0)

    (turn,) = turns(world)
    assert (turn.status, turn.error_type) == (TurnStatus.CANCELLED, None)
    assert world.store.recording.sessions[-1].failed_n == 0


def test_speech_after_a_time_out_makes_a_turn_of_its_own(tmp_path: Path) -> None:
    idle = Idle(after_ms=200, ms=1500)
    world = World(Peer(idle))
    question = wav(tmp_path / "question.wav", silence(700), tone(600), silence(100))

    async def scenario(_: Running) -> None:
        idle.speak_up(world.peer)
        await asyncio.sleep(5)

    live(world, scenario, question)

    first, second = turns(world)
    assert first.u_off_ns is None
    assert second.u_off_ns is not None
    assert replace(second, turn_id=1).input_name == "question.wav"
