"""Who agrees to being recorded: before a session, and while it runs."""

import pytest

from app.core.errors import ConfigError
from app.core.privacy import RecordingMode
from app.session.account import MOST_CONSENTS
from app.session.live import LiveSession
from app.session.messages import MarkKind, MarkReport, SessionReport
from app.session.running import Running
from tests.support.session import Peer, World, start
from tests.unit.session.test_user_actions import Obliging, live


def world() -> World:
    return World(Peer(Obliging()))


def names(world: World) -> list[str]:
    return [each.who for each in world.store.recording.sessions[-1].consents]


def test_who_agreed_before_the_session_is_kept_with_the_time() -> None:
    world_ = world()

    async def nothing(running: Running) -> None:
        pass

    live(world_, nothing, consents=("  Ada   Lovelace ", "Bob"))

    consent, other = world_.store.recording.sessions[-1].consents
    assert consent.who == "Ada Lovelace"
    assert consent.at_ms >= 0
    assert consent.at_utc
    assert other.who == "Bob"
    assert [name for name, _ in world_.store.recording.events].count("ConsentGiven") == 2


def test_who_agrees_in_the_middle_is_marked_in_the_lanes_and_told() -> None:
    world_ = world()

    async def agree(running: Running) -> None:
        running.consent("Ada")
        running.consent("Bob")

    live(world_, agree)

    assert names(world_) == ["Ada", "Bob"]
    marks = [r for r in world_.reports if isinstance(r, MarkReport) and r.kind is MarkKind.CONSENT]
    assert len(marks) == 2
    told = [r.record.consents for r in world_.reports if isinstance(r, SessionReport)]
    assert [len(each) for each in told] == [0, 1, 2, 2]


@pytest.mark.parametrize(("who", "why"), [("  \t", "Nobody"), ("x" * 201, "200 characters")])
def test_a_name_that_is_none_is_refused_and_nothing_is_kept(who: str, why: str) -> None:
    world_ = world()

    async def agree(running: Running) -> None:
        with pytest.raises(ConfigError, match=why):
            running.consent(who)

    live(world_, agree)

    assert names(world_) == []


def test_not_more_can_agree_than_are_kept() -> None:
    world_ = world()

    async def agree(running: Running) -> None:
        for number in range(MOST_CONSENTS):
            running.consent(f"No. {number}")
        with pytest.raises(ConfigError, match="agreed already"):
            running.consent("one more")

    live(world_, agree)

    assert len(names(world_)) == MOST_CONSENTS


def test_before_the_connection_nobody_can_agree() -> None:
    session = LiveSession(world().parts(), start(), lambda _report: None)

    with pytest.raises(ConfigError, match="not connected"):
        session.consent("Ada")


def test_what_is_kept_and_whose_user_is_heard_again_stands_in_the_account() -> None:
    world_ = world()

    async def nothing(running: Running) -> None:
        pass

    live(world_, nothing, recording=RecordingMode.FIGURES, rerun_of="vv_1")

    record = world_.store.recording.sessions[0]
    assert (record.recording_mode, record.rerun_of) == (RecordingMode.FIGURES, "vv_1")
