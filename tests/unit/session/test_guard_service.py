"""The engine behind its pipe while a connection is lost, in virtual time."""

from app.session.messages import (
    EndSession,
    GuardReport,
    GuardState,
    HoldToTalk,
    LiveState,
    ProblemReport,
    SendTyped,
)
from tests.support.guarding import cutting
from tests.support.session import Peer, World, start
from tests.unit.session.test_service import Window, serve
from tests.unit.session.test_user_actions import Obliging


async def until_lost(window: Window) -> None:
    window.send(start())
    await window.state(LiveState.LISTENING)
    await window.wait_for(
        lambda m: isinstance(m, GuardReport) and m.state is GuardState.RECONNECTING
    )


def lossy() -> Peer:
    return cutting(Obliging(), "session.updated", 200)


def test_another_session_can_be_started_meanwhile() -> None:
    world = World(lossy(), later=[Peer(Obliging())])

    async def scenario(window: Window) -> None:
        await until_lost(window)
        window.heard.clear()
        window.send(start())
        await window.state(LiveState.STOPPED)
        await window.state(LiveState.LISTENING)

    serve(world, scenario)

    ends = [record.end_reason for record in world.store.recording.sessions if record.end_reason]
    assert ends == ["Another session was started.", "The window closed."]


def test_a_window_that_closes_meanwhile_leaves_a_whole_recording() -> None:
    world = World(lossy())

    serve(world, until_lost)

    assert world.store.recording.closed
    assert world.store.recording.sessions[-1].end_reason == "The window closed."


def test_what_cannot_be_done_meanwhile_is_said_and_the_session_can_be_ended() -> None:
    world = World(lossy())

    async def scenario(window: Window) -> None:
        await until_lost(window)
        for request in (SendTyped("Hello?"), HoldToTalk(down=True)):
            window.send(request)
            said = await window.wait_for(lambda m: isinstance(m, ProblemReport))
            assert isinstance(said, ProblemReport)
            assert said.sentence == "The connection is lost at the moment."
            assert not said.fatal
            window.heard.remove(said)
        window.send(EndSession())
        await window.state(LiveState.STOPPED)

    serve(world, scenario)

    assert world.store.recording.closed
