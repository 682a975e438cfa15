"""A stretch of a recording is played, with and without a session, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from app.core.errors import DeviceError
from app.session.jobs import Tell
from app.session.messages import (
    EngineReport,
    OutputChoice,
    OutputKind,
    PlayingReport,
    PlaySpan,
    ProblemReport,
)
from app.session.replay import UNABLE, WAIT, Replay
from tests.support.clocks import run_virtual

SPAN = PlaySpan(
    folder="/s/1", start_ms=1000.0, end_ms=2000.0, output=OutputChoice(kind=OutputKind.NULL)
)
OVER = PlayingReport(at_ms=None)


@dataclass
class Talk:
    """A session whose turns a test makes."""

    turn_under_way: bool = False
    deaf: list[bool] = field(default_factory=list)

    def deafen(self, *, deaf: bool) -> None:
        self.deaf.append(deaf)


async def play(span: PlaySpan, tell: Tell) -> None:
    """Play for as long as the stretch is."""
    start_ms, end_ms = span.start_ms or 0.0, span.end_ms or 0.0
    tell(PlayingReport(at_ms=start_ms, start_ms=start_ms, end_ms=end_ms))
    await asyncio.sleep((end_ms - start_ms) / 1e3)


async def broken(_span: PlaySpan, _tell: Tell) -> None:
    """Play nothing: there is no such device."""
    raise DeviceError("the loudspeaker is gone")


Scenario = Callable[[Replay, asyncio.TaskGroup], Awaitable[None]]


def replay(
    scenario: Scenario, player: Callable[[PlaySpan, Tell], Awaitable[None]] | None = play
) -> list[EngineReport]:
    told: list[EngineReport] = []

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            await scenario(Replay(player, told.append), group)

    run_virtual(run())
    return told


def test_a_stretch_is_played_to_its_end() -> None:
    async def scenario(replay: Replay, group: asyncio.TaskGroup) -> None:
        await replay.start(SPAN, None, group)

    told = replay(scenario)

    assert told == [PlayingReport(at_ms=1000.0, start_ms=1000.0, end_ms=2000.0), OVER]


def test_stopping_ends_it_at_once() -> None:
    async def scenario(replay: Replay, group: asyncio.TaskGroup) -> None:
        await replay.start(SPAN, None, group)
        await asyncio.sleep(0.2)
        before = asyncio.get_running_loop().time()
        await replay.stop()
        await replay.stop()
        assert asyncio.get_running_loop().time() == before

    assert replay(scenario)[-1] == OVER


def test_another_stretch_replaces_the_one_that_plays() -> None:
    async def scenario(replay: Replay, group: asyncio.TaskGroup) -> None:
        await replay.start(SPAN, None, group)
        await asyncio.sleep(0.2)
        await replay.start(SPAN, None, group)

    assert len(replay(scenario)) == 4


def test_the_microphone_is_silent_while_it_plays_in_a_session() -> None:
    talk = Talk()

    async def scenario(replay: Replay, group: asyncio.TaskGroup) -> None:
        await replay.start(SPAN, talk, group)
        await asyncio.sleep(0.5)
        assert talk.deaf == [True]

    replay(scenario)

    assert talk.deaf == [True, False]


def test_nothing_is_played_while_a_turn_is_under_way() -> None:
    talk = Talk(turn_under_way=True)

    async def scenario(replay: Replay, group: asyncio.TaskGroup) -> None:
        await replay.start(SPAN, talk, group)

    assert replay(scenario) == [WAIT]
    assert talk.deaf == []


def test_a_turn_that_begins_ends_the_playing() -> None:
    talk = Talk()

    async def scenario(replay: Replay, group: asyncio.TaskGroup) -> None:
        await replay.start(SPAN, talk, group)
        await asyncio.sleep(0.3)
        talk.turn_under_way = True
        await asyncio.sleep(0.1)
        assert talk.deaf == [True, False]

    replay(scenario)


@pytest.mark.parametrize("talk", [None, Talk()], ids=["alone", "in a session"])
def test_what_cannot_be_played_is_told(talk: Talk | None) -> None:
    async def scenario(replay: Replay, group: asyncio.TaskGroup) -> None:
        await replay.start(SPAN, talk, group)

    problem, over = replay(scenario, broken)

    assert isinstance(problem, ProblemReport)
    assert problem.sentence == "The loudspeaker is gone."
    assert over == OVER
    assert talk is None or talk.deaf == [True, False]


def test_an_engine_that_cannot_play_says_so() -> None:
    async def scenario(replay: Replay, group: asyncio.TaskGroup) -> None:
        await replay.start(SPAN, None, group)

    assert replay(scenario, None) == [UNABLE]
