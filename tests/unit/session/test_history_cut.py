"""What the provider is told of a reply that was stopped, item by item. Virtual time."""

import asyncio
from typing import Any

import numpy as np
import pytest

from app.core.capabilities import Capabilities
from app.core.clock import Nanoseconds
from app.core.commands import Command, DeleteItem, TruncateItem
from app.core.events import (
    DeleteSent,
    ItemHeard,
    PlaybackFlushed,
    SessionEvent,
    TruncateSent,
)
from app.core.ids import ItemId, ResponseId
from app.session.history_cut import HistoryCut
from app.session.messages import LiveState, ProblemReport, StateReport, TranscriptReport
from app.session.running import Running
from tests.support.clocks import ManualClock, run_virtual
from tests.support.session import EnergyVad, Peer, World
from tests.unit.session.interrupting import (
    DELETE,
    TRUNCATE,
    Items,
    commands,
    heard_ms,
    pcm,
)
from tests.unit.session.test_interruptions import turns
from tests.unit.session.test_user_actions import live, sent


@pytest.mark.parametrize(
    ("peer", "after_s", "told"),
    [
        pytest.param(Items(("a", 4000), done=False), 1.0, [(TRUNCATE, "a", 990)], id="half way"),
        pytest.param(Items(("a", 4000), done=True), 1.0, [(TRUNCATE, "a", 990)], id="delivered"),
        pytest.param(Items(("a", 0), done=False), 0.3, [(DELETE, "a", 0)], id="before it sounds"),
        pytest.param(
            Items(("a", 500), ("b", 3000), done=True),
            1.0,
            [(TRUNCATE, "b", 490)],
            id="in the second of two items",
        ),
        pytest.param(
            Items(("a", 2000), ("b", 3000), done=True),
            1.0,
            [(TRUNCATE, "a", 990), (DELETE, "b", 0)],
            id="in the first of two items",
        ),
        pytest.param(Items(("a", 400), done=False), 1.5, [(TRUNCATE, "a", 400)], id="run dry"),
        pytest.param(Items(("a", 400), done=True), 1.5, [], id="heard whole"),
        pytest.param(Items(("a", 0), done=False, text=True), 0.3, [], id="written"),
    ],
)
def test_the_provider_is_told_what_was_heard_of_each_item(
    peer: Items, after_s: float, told: list[tuple[str, str, int]]
) -> None:
    world = World(Peer(peer))

    async def scenario(running: Running) -> None:
        await running.say("Go on.")
        await asyncio.sleep(after_s)
        await running.interrupt()
        await running.interrupt()
        await asyncio.sleep(0.2)
        await running.interrupt()

    live(world, scenario)

    got = [
        (message["type"], message["item_id"], message.get("audio_end_ms", 0))
        for message in world.peer.sent
        if message["type"] in (TRUNCATE, DELETE)
    ]
    assert [each[:2] for each in got] == [each[:2] for each in told]
    for (_, _, said), (_, _, expected) in zip(got, told, strict=True):
        assert said == pytest.approx(expected, abs=21)
    assert world.of(ProblemReport) == []


def test_what_was_said_to_be_heard_is_what_was_heard() -> None:
    world = World(Peer(Items(("a", 4000), done=True)))

    async def scenario(running: Running) -> None:
        await running.say("Go on.")
        await asyncio.sleep(1.003)
        await running.interrupt()
        await asyncio.sleep(0.5)

    live(world, scenario)

    said = commands(world, TRUNCATE)[0]["audio_end_ms"]
    agent = np.concatenate([samples for _, samples in world.store.recording.agent])
    sound = np.flatnonzero(agent)
    assert said == pytest.approx((sound[-1] - sound[0]) / 24, abs=1)
    assert turns(world)[0].truncate_err_ms == pytest.approx(0, abs=1)
    assert commands(world, "response.cancel") == []


def test_a_cancel_that_came_too_late_is_no_problem() -> None:
    class TooLate(Items):
        def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
            if message["type"] == "response.cancel":
                error = {"code": "response_cancel_not_active", "message": "no", "type": "x"}
                peer.say("error", error=error)
                return
            super().__call__(peer, message)

    world = World(Peer(TooLate(("a", 4000), done=False)))

    async def scenario(running: Running) -> None:
        await running.say("Go on.")
        await asyncio.sleep(1)
        for _ in range(3):
            await running.interrupt()
            await asyncio.sleep(0.1)

    live(world, scenario)

    assert world.of(ProblemReport) == []
    assert len(commands(world, "response.cancel")) == 1


def test_what_comes_late_of_a_stopped_reply_is_dropped_by_its_id() -> None:
    world = World(Peer(Items(("a", 2000), done=False)))

    async def scenario(running: Running) -> None:
        await running.say("Go on.")
        await asyncio.sleep(0.5)
        await running.interrupt()
        at = {"response_id": "r1", "item_id": "a", "output_index": 0, "content_index": 0}
        world.peer.say("response.output_audio.delta", 10, delta=pcm(1000), **at)
        world.peer.say("response.output_audio.delta", 4500, delta=pcm(1000), **at)
        await asyncio.sleep(6)

    live(world, scenario)

    assert heard_ms(world) < 1000
    assert len(turns(world)) == 1
    assert turns(world)[0].wasted_audio_ms == pytest.approx(2500, abs=40)


def test_an_end_without_a_beginning_changes_nothing() -> None:
    world = World(Peer(EnergyVad()))

    async def scenario(_: Running) -> None:
        world.peer.say("input_audio_buffer.speech_started", audio_start_ms=0, item_id="u1")
        done = {"id": "r9", "status": "cancelled", "output": []}
        world.peer.say("response.done", 50, response=done)
        await asyncio.sleep(0.2)
        assert world.of(StateReport)[-1].state is LiveState.YOU_SPEAK

    live(world, scenario)

    assert world.of(ProblemReport) == []


def test_a_provider_that_truncates_nothing_is_told_nothing() -> None:
    world = World(
        Peer(Items(("a", 0), done=False)), capabilities=Capabilities(truncates_items=False)
    )

    async def scenario(running: Running) -> None:
        await running.say("Go on.")
        await asyncio.sleep(0.3)
        await running.interrupt()

    live(world, scenario)

    assert sent(world)[-1] == "response.cancel"


def test_the_transcript_shows_what_was_heard_and_what_was_only_generated() -> None:
    world = World(Peer(Items(("a", 4000), done=True)))

    async def scenario(running: Running) -> None:
        await running.say("Go on.")
        await asyncio.sleep(2.5)
        await running.interrupt()
        await asyncio.sleep(0.1)

    live(world, scenario)

    entry = [report for report in world.of(TranscriptReport) if report.entry_id == "a"][-1]
    assert entry.heard_chars is not None
    assert entry.text[: entry.heard_chars] == "Some"
    assert turns(world)[0].agent_transcript == "Some words."


# --- the rule by itself ---------------------------------------------------------------------------


def flushed(*items: ItemHeard) -> PlaybackFlushed:
    return PlaybackFlushed(
        at_ns=Nanoseconds(1),
        response_id=ResponseId("r1"),
        item_id=None,
        played_ms=0.0,
        dropped_ms=0.0,
        items=items,
    )


def heard(item: str, played_ms: float, arrived_ms: float) -> ItemHeard:
    return ItemHeard(ItemId(item), played_ms, arrived_ms)


class Sent:
    """A way out that keeps what was sent."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    async def send(self, command: Command) -> Nanoseconds | None:
        self.commands.append(command)
        return None


@pytest.mark.parametrize(
    ("items", "complete", "commands_"),
    [
        ([heard("a", 700.9, 2000.0)], True, [TruncateItem(ItemId("a"), 700)]),
        ([heard("a", 0.9, 2000.0)], True, [DeleteItem(ItemId("a"))]),
        ([heard("a", 1.0, 2000.0)], True, [TruncateItem(ItemId("a"), 1)]),
        ([heard("a", 2000.4, 2000.2)], False, [TruncateItem(ItemId("a"), 2000)]),
        ([heard("a", 2000.2, 2000.2)], True, []),
        ([heard("a", 0.0, 0.0)], True, [DeleteItem(ItemId("a"))]),
        (
            [heard("a", 500.0, 500.0), heard("b", 0.0, 800.0), heard("c", 0.0, 0.0)],
            False,
            [DeleteItem(ItemId("b")), DeleteItem(ItemId("c"))],
        ),
        ([], False, []),
    ],
    ids=[
        "in part",
        "less than a millisecond",
        "one millisecond",
        "no more than arrived",
        "whole",
        "only words",
        "whole, then nothing",
        "no item",
    ],
)
def test_an_item_is_told_of_once(
    items: list[ItemHeard], *, complete: bool, commands_: list[Command]
) -> None:
    way, events = Sent(), list[SessionEvent]()
    clock = ManualClock()
    history = HistoryCut(way, clock, events.append)

    async def twice() -> None:
        await history.cut(flushed(*items), complete=complete)
        more = (heard(each.item_id, each.played_ms + 300, each.arrived_ms + 900) for each in items)
        told = {event.item_id for event in events if hasattr(event, "item_id")}
        await history.cut(
            flushed(*(each for each in more if each.item_id in told)), complete=complete
        )

    run_virtual(twice())

    assert way.commands == commands_
    kinds = {TruncateItem: TruncateSent, DeleteItem: DeleteSent}
    assert [type(event) for event in events] == [kinds[type(each)] for each in commands_]
