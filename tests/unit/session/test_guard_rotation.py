"""The provider's session limit, in virtual time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.core.conduct import BargeIn, Conduct, Guard
from app.core.config import TurnDetection
from app.core.errors import NetworkError, ProviderError, ProviderFault
from app.core.events import ConnectionRenewed, Reconnecting, SessionEvent
from app.core.records import TurnStatus
from app.session.messages import GuardReport, GuardState
from app.session.running import Running
from tests.support.guarding import (
    cut,
    gaps,
    guard_states,
    limited,
    obliging,
    told_items,
)
from tests.support.session import EnergyVad, Peer, World, tone
from tests.unit.session.test_guard import events, turns
from tests.unit.session.test_live import hold, silence, wav
from tests.unit.session.test_user_actions import Obliging, live

SOON = Conduct(guard=Guard(rotate_before_s=5.0))
KEPT = Conduct(guard=Guard(rotate=False))


async def wait(_running: Running) -> None:
    await asyncio.sleep(11)


def renewals(world: World) -> list[ConnectionRenewed]:
    found = events(world, ConnectionRenewed)
    return [event for event in found if isinstance(event, ConnectionRenewed)]


def at_s(world: World, event: SessionEvent) -> float:
    return (event.at_ns - world.store.recording.sessions[0].t0_ns) / 1e9


def test_another_session_is_opened_before_the_limit_and_only_then_this_one_is_closed() -> None:
    first, second = limited(obliging, 12.0), Peer(obliging)
    world = World(first, later=[second])

    live(world, wait, conduct=SOON)

    (renewed,) = renewals(world)
    assert renewed.planned
    assert renewed.gap_ms == 0.0
    assert at_s(world, renewed) == pytest.approx(7.0, abs=1.0)
    assert guard_states(world) == [
        GuardState.ENDING_SOON,
        GuardState.ROTATING,
        GuardState.FINE,
    ]
    assert gaps(world) == []
    assert events(world, Reconnecting) == []
    assert first.closed
    sent_ms = first.appended_ms + second.appended_ms
    recorded_ms = sum(len(samples) for _, samples in world.store.recording.user) / 24
    assert sent_ms == pytest.approx(recorded_ms, abs=1)
    last = world.store.recording.sessions[-1]
    assert (last.renewals, last.lost_after_ms) == (1, None)


def test_every_session_of_a_long_talk_is_rotated_in_its_turn() -> None:
    world = World(limited(obliging, 10.0), later=[limited(obliging, 6.0), Peer(obliging)])

    live(world, wait, conduct=SOON)

    assert [at_s(world, renewed) for renewed in renewals(world)] == [
        pytest.approx(5.0, abs=0.8),
        pytest.approx(8.0, abs=1.6),  # half of so short a life is left
    ]


def test_the_conversation_is_carried_over(tmp_path: Path) -> None:
    question = wav(tmp_path / "question.wav", silence(100), tone(900), silence(3500))
    second = Peer(EnergyVad())
    world = World(limited(EnergyVad(), 10.0), later=[second])

    outcome = hold(world, question, question, conduct=SOON)

    assert outcome.problem is None
    assert told_items(second) == [("user", "Question 1."), ("assistant", "Hello.")]
    assert [turn.status for turn in turns(world)] == [TurnStatus.OK] * 2
    assert [renewed.carried_items for renewed in renewals(world)] == [2]


def test_nobody_is_cut_off_while_a_turn_is_under_way() -> None:
    world = World(limited(Obliging(after_ms=100, ms=1500), 12.0), later=[Peer(obliging)])

    live(world, asks_just_before, conduct=SOON)

    (renewed,) = renewals(world)
    assert renewed.planned
    assert at_s(world, renewed) == pytest.approx(8.2, abs=0.4)
    assert [turn.status for turn in turns(world)] == [TurnStatus.OK]
    assert turns(world)[0].heard_ms == pytest.approx(1500, abs=1)


async def asks_just_before(running: Running) -> None:
    await asyncio.sleep(6.5)
    await running.say("Tell me a long story.")
    await asyncio.sleep(6)


def test_just_before_the_limit_a_reply_that_is_not_whole_is_given_up() -> None:
    def streams(peer: Peer, message: dict[str, Any]) -> None:
        obliging(peer, message)
        if message["type"] == "response.create":
            task = peer.stream(ms=10_000, speed=1.0)
            task.add_done_callback(lambda _: None)

    world = World(limited(streams, 12.0), later=[Peer(obliging)])

    live(world, asks_just_before, conduct=SOON)

    (renewed,) = renewals(world)
    assert renewed.planned
    assert at_s(world, renewed) == pytest.approx(9.3, abs=0.8)
    (turn,) = turns(world)
    assert (turn.status, turn.error_type) == (TurnStatus.ERROR, "connection_lost")
    assert turn.error_message == "The provider's session was over."


def test_just_before_the_limit_a_reply_that_has_arrived_is_heard_to_its_end() -> None:
    world = World(limited(Obliging(after_ms=100, ms=4500), 12.0), later=[Peer(obliging)])

    live(world, asks_just_before, conduct=SOON)

    (renewed,) = renewals(world)
    assert at_s(world, renewed) == pytest.approx(9.3, abs=0.8)
    (turn,) = turns(world)
    assert turn.status is TurnStatus.OK
    assert turn.heard_ms == pytest.approx(4500, abs=1)


def test_without_rotation_the_limit_is_a_cut_that_is_mended() -> None:
    world = World(limited(obliging, 6.0), later=[Peer(obliging)])

    live(world, wait, conduct=KEPT)

    (renewed,) = renewals(world)
    assert not renewed.planned
    assert at_s(world, renewed) == pytest.approx(6.4, abs=1.0)
    assert guard_states(world) == [
        GuardState.ENDING_SOON,
        GuardState.RECONNECTING,
        GuardState.FINE,
    ]


@pytest.mark.parametrize(
    ("guard", "then"),
    [
        (Guard(), "a new one is opened before"),
        (Guard(rotate=False), "then a new one is opened"),
        (Guard(rotate=False, reconnect_attempts=0), "then it is lost"),
    ],
)
def test_it_is_told_what_comes_of_the_session_at_its_limit(guard: Guard, then: str) -> None:
    world = World(limited(obliging, 100.0), later=[Peer(obliging)])

    async def scenario(_running: Running) -> None:
        await asyncio.sleep(1)

    live(world, scenario, conduct=Conduct(guard=guard))

    assert [report.words.split("; ")[1] for report in world.of(GuardReport)] == [f"{then}."]


def test_a_session_that_cannot_be_opened_in_time_is_tried_again() -> None:
    unreachable = NetworkError("No way there.")
    world = World(limited(obliging, 24.0), later=[unreachable, Peer(obliging)])

    async def scenario(_running: Running) -> None:
        await asyncio.sleep(23)

    live(world, scenario, conduct=Conduct(guard=Guard(rotate_before_s=20.0)))

    (renewed,) = renewals(world)
    assert renewed.planned
    assert at_s(world, renewed) == pytest.approx(22.0, abs=1.0)
    words = [report.words for report in world.of(GuardReport)]
    assert "A new session could not be opened: No way there." in words


def test_a_refusal_is_not_asked_for_twice() -> None:
    refused = ProviderError("The key is wrong.", fault=ProviderFault.AUTH)
    world = World(limited(obliging, 6.0, ends=False), later=[refused])

    live(world, wait, conduct=SOON)

    assert renewals(world) == []
    assert len(world.asked) == 2


def test_a_cut_while_another_session_is_being_opened_is_mended_by_that() -> None:
    class Slow(Peer):
        def greet(self) -> None:
            self.say("session.created", 3000, session={"id": "s2"})

    first = limited(obliging, 6.0)
    world = World(first, later=[Slow(obliging)])

    async def scenario(_running: Running) -> None:
        await asyncio.sleep(4)
        first.put(cut())
        await asyncio.sleep(5)

    live(world, scenario, conduct=SOON)

    (renewed,) = renewals(world)
    assert not renewed.planned
    assert 0 < renewed.gap_ms < 3000
    assert len(world.asked) == 2
    assert events(world, Reconnecting) == []


def test_settings_that_change_while_another_session_is_opened_reach_it() -> None:
    class Slow(Peer):
        def greet(self) -> None:
            self.say("session.created", 1000, session={"id": "s2"})

    first, second = limited(obliging, 6.0), Slow(obliging)
    world = World(first, later=[second])

    async def scenario(running: Running) -> None:
        await asyncio.sleep(3.5)
        assert len(world.asked) == 2
        await running.configure_turns(TurnDetection(silence_ms=900), BargeIn())
        await asyncio.sleep(2)
        assert first.closed

    live(world, scenario, conduct=SOON)

    silences = [
        message["session"]["audio"]["input"]["turn_detection"]["silence_duration_ms"]
        for message in second.sent
        if message["type"] == "session.update"
    ]
    assert silences == [500, 900]


def test_a_session_that_is_ended_while_another_is_opened_closes_both() -> None:
    class Silent(Peer):
        def greet(self) -> None:
            """It says nothing."""

    silent = Silent(obliging)
    first = limited(obliging, 6.0)
    world = World(first, later=[silent])

    async def scenario(_running: Running) -> None:
        await asyncio.sleep(4)

    live(world, scenario, conduct=SOON)

    assert first.closed
    assert silent.closed
    assert world.store.recording.closed


@pytest.mark.parametrize("lifetime_s", [-30.0, 0.0])
def test_a_limit_that_has_passed_already_is_another_clocks(lifetime_s: float) -> None:
    world = World(limited(obliging, lifetime_s, ends=False))

    async def scenario(_running: Running) -> None:
        await asyncio.sleep(2)

    live(world, scenario, conduct=SOON)

    assert guard_states(world) == []
    assert len(world.asked) == 1


def test_a_short_limit_is_told_once_and_used_by_half() -> None:
    world = World(limited(obliging, 4.0), later=[Peer(obliging)])

    async def scenario(_running: Running) -> None:
        await asyncio.sleep(5)

    live(world, scenario, conduct=SOON)

    (renewed,) = renewals(world)
    assert at_s(world, renewed) == pytest.approx(2.0, abs=1.2)
    assert guard_states(world).count(GuardState.ENDING_SOON) == 1
