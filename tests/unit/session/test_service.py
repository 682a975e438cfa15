"""The engine behind its pipe, in virtual time."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from app.session.jobs import RunJob
from app.session.link import Decoder, Hello, LinkMessage, encode
from app.session.messages import (
    CalibrationKind,
    DevicesReport,
    EndSession,
    EngineRequest,
    EnvelopeReport,
    HoldToTalk,
    Interrupt,
    JobReport,
    ListDevices,
    LiveState,
    MarkKind,
    MarkReport,
    MeterReport,
    OutputChoice,
    OutputKind,
    PlayingReport,
    PlaySpan,
    ProblemReport,
    ReplayReport,
    SendTyped,
    SessionsReport,
    SetMuted,
    Shutdown,
    Speaker,
    StartCalibration,
    StateReport,
    StopJob,
    StopPlaying,
    TranscriptReport,
    TurnReport,
)
from app.session.outbox import OUTBOX_LIMIT, Outbox
from app.session.replay import WAIT, PlayStretch
from app.session.service import EngineService
from app.session.transcript import ENTRY_LIMIT
from app.session.worker import TALKING
from tests.support.clocks import run_virtual
from tests.support.session import Peer, World, start
from tests.unit.session.test_replay import play
from tests.unit.session.test_user_actions import Obliging
from tests.unit.session.test_worker import Jobs


class Window:
    """The other end of the pipe."""

    def __init__(self, pipe: socket.socket) -> None:
        self._pipe = pipe
        self._decoder = Decoder()
        self.heard: list[LinkMessage] = []
        pipe.setblocking(False)

    def send(self, *requests: EngineRequest) -> None:
        self._pipe.sendall(encode(list(requests)))

    async def wait_for(self, wanted: Callable[[LinkMessage], bool]) -> LinkMessage:
        loop = asyncio.get_running_loop()
        while True:
            for message in self.heard:
                if wanted(message):
                    return message
            data = await loop.sock_recv(self._pipe, 65_536)
            assert data, f"the engine closed the pipe after {self.heard[-3:]}"
            self.heard += self._decoder.feed(data)

    async def state(self, state: LiveState) -> None:
        await self.wait_for(lambda m: isinstance(m, StateReport) and m.state is state)

    def close(self) -> None:
        self._pipe.close()


def serve(
    world: World,
    scenario: Callable[[Window], Awaitable[None]],
    run_job: RunJob | None = None,
    play: PlayStretch | None = None,
) -> list[LinkMessage]:
    async def run() -> list[LinkMessage]:
        ours, theirs = socket.socketpair()
        parts = world.parts()
        window = Window(ours)
        async with asyncio.timeout(300), asyncio.TaskGroup() as group:
            group.create_task(EngineService(theirs, parts, parts.clock, run_job, play).run())
            await scenario(window)
            window.close()
        return window.heard

    return run_virtual(run())


def test_a_session_runs_over_the_pipe_and_ends_with_it() -> None:
    world = World(Peer(Obliging(after_ms=100)))

    async def scenario(window: Window) -> None:
        window.send(start(key="sk-canary"))
        await window.state(LiveState.LISTENING)
        window.send(SetMuted(muted=True), HoldToTalk(down=True), HoldToTalk(down=False))
        window.send(SendTyped("Hello?"), Interrupt())
        window.send(EndSession())
        await window.state(LiveState.STOPPED)

    heard = serve(world, scenario)

    assert isinstance(heard[0], Hello)
    assert any(isinstance(message, TurnReport) for message in heard)
    assert world.store.recording.closed


def test_a_window_that_goes_away_closes_the_recording() -> None:
    world = World(Peer(Obliging()))

    async def scenario(window: Window) -> None:
        window.send(start())
        await window.state(LiveState.LISTENING)

    serve(world, scenario)

    assert world.store.recording.closed
    assert world.store.recording.sessions[-1].end_reason == "The window closed."


def test_a_second_start_ends_the_first_session() -> None:
    world = World(Peer(Obliging()))

    async def scenario(window: Window) -> None:
        window.send(start())
        await window.state(LiveState.LISTENING)
        window.send(start(), Shutdown())
        await window.state(LiveState.STOPPED)

    serve(world, scenario)

    reasons = [record.end_reason for record in world.store.recording.sessions]
    assert "Another session was started." in reasons


@pytest.mark.parametrize("request_", [SendTyped("x"), Interrupt(), HoldToTalk(down=True)])
def test_an_action_without_a_session_says_so(request_: EngineRequest) -> None:
    async def scenario(window: Window) -> None:
        window.send(request_)
        problem = await window.wait_for(lambda m: isinstance(m, ProblemReport))
        assert isinstance(problem, ProblemReport)
        assert problem.sentence == "No session is running."

    serve(World(Peer(Obliging())), scenario)


def test_devices_are_told_when_asked_for() -> None:
    async def scenario(window: Window) -> None:
        window.send(ListDevices())
        assert await window.wait_for(lambda m: isinstance(m, DevicesReport)) == DevicesReport(
            devices=()
        )

    serve(World(Peer(Obliging())), scenario)


def test_nonsense_on_the_pipe_ends_the_engine() -> None:
    async def scenario(window: Window) -> None:
        await window.wait_for(lambda m: isinstance(m, Hello))
        window._pipe.sendall(b"\xff\xff\xff\xff")

    serve(World(Peer(Obliging())), scenario)


def meter(level: float) -> MeterReport:
    return MeterReport(
        input_rms_dbfs=level, input_peak_dbfs=level, output_rms_dbfs=None, output_peak_dbfs=None
    )


def words(entry_id: str, text: str) -> TranscriptReport:
    return TranscriptReport(
        entry_id=entry_id, speaker=Speaker.MODEL, at_ms=0.0, text=text, final=False
    )


def test_the_outbox_keeps_the_latest_of_what_replaces_itself_and_all_else() -> None:
    listening = StateReport(state=LiveState.LISTENING)
    outbox = Outbox()
    for message in (
        meter(-40.0),
        words("a", "He"),
        listening,
        words("b", "So"),
        meter(-20.0),
        words("a", "Hello"),
        listening,
    ):
        outbox.put(message)

    assert outbox.take() == [
        meter(-20.0),
        words("a", "Hello"),
        listening,
        words("b", "So"),
        listening,
    ]
    assert outbox.take() == []


def test_a_full_outbox_drops_what_passes_and_counts_it() -> None:
    outbox = Outbox()
    envelope = EnvelopeReport(start_ms=0.0, step_ms=20.0, user=(), model=())
    for _ in range(OUTBOX_LIMIT):
        outbox.put(envelope)

    outbox.put(envelope)
    outbox.put(MarkReport(kind=MarkKind.STALL, at_ms=1.0))
    outbox.put(StateReport(state=LiveState.FAILED))

    assert outbox.dropped == 2
    assert len(outbox.take(OUTBOX_LIMIT * 2)) == OUTBOX_LIMIT + 1


def test_where_a_replay_begins_anew_nothing_takes_the_place_of_what_came_before() -> None:
    outbox, anew = Outbox(), ReplayReport(folder="s", restarted=True)
    closed = ReplayReport(folder="")
    first, second, third = (words("a", text) for text in ("One", "Two", "Three"))
    place, further = (ReplayReport(folder="s", at_ms=at_ms) for at_ms in (1.0, 2.0))
    for message in (first, anew, place, second, meter(-9.0), further, closed, third):
        outbox.put(message)

    assert outbox.take() == [first, anew, second, meter(-9.0), further, closed, third]


def test_a_batch_of_the_longest_entries_fits_into_a_frame() -> None:
    outbox = Outbox()
    for number in range(500):
        outbox.put(words(str(number), "\N{SNOWMAN}" * ENTRY_LIMIT))

    batches = []
    while batch := outbox.take():
        batches.append(len(batch))
        encode(batch)

    assert sum(batches) == 500


def test_mute_and_the_talk_key_are_remembered_while_connecting() -> None:
    world = World(Peer(Obliging(after_ms=100)))

    async def scenario(window: Window) -> None:
        window.send(start(), SetMuted(muted=True), HoldToTalk(down=True))
        await window.state(LiveState.LISTENING)
        await asyncio.sleep(1)
        window.send(HoldToTalk(down=False))
        await window.state(LiveState.MODEL_SPEAKS)

    heard = serve(world, scenario)

    assert not [message for message in heard if isinstance(message, ProblemReport)]
    kinds = [message["type"] for message in world.peer.sent]
    assert "input_audio_buffer.commit" in kinds
    assert not any(samples.any() for _, samples in world.store.recording.user)


def test_a_message_typed_before_the_connection_is_open_is_told_so() -> None:
    world = World(Peer(lambda _peer, _message: None))

    async def scenario(window: Window) -> None:
        window.send(start(), SendTyped("Hello?"))
        problem = await window.wait_for(lambda m: isinstance(m, ProblemReport))
        assert isinstance(problem, ProblemReport)
        assert problem.sentence == "The session is not connected yet."

    serve(world, scenario)


CALIBRATE = StartCalibration(kind=CalibrationKind.ENGINE)
SPAN = PlaySpan(
    folder="/nowhere/s1", start_ms=0.0, end_ms=1.0, output=OutputChoice(kind=OutputKind.NULL)
)


def over(message: LinkMessage) -> bool:
    return isinstance(message, JobReport) and message.over


def test_a_session_with_turns_is_verified_when_it_is_over() -> None:
    jobs = Jobs()

    async def scenario(window: Window) -> None:
        window.send(start())
        await window.state(LiveState.LISTENING)
        window.send(SendTyped("Hello?"))
        await window.wait_for(lambda m: isinstance(m, TurnReport))
        window.send(EndSession())
        await window.wait_for(lambda m: isinstance(m, SessionsReport))

    serve(World(Peer(Obliging(after_ms=100))), scenario, jobs)

    assert jobs.log == ["begin VerifySession", "end VerifySession"]


def test_a_session_without_turns_is_not_verified() -> None:
    jobs = Jobs()

    async def scenario(window: Window) -> None:
        window.send(start())
        await window.state(LiveState.LISTENING)
        window.send(EndSession())
        await window.state(LiveState.STOPPED)
        await asyncio.sleep(3)

    serve(World(Peer(Obliging())), scenario, jobs)

    assert jobs.log == []


def test_a_new_session_breaks_the_verification_off() -> None:
    jobs = Jobs()

    async def scenario(window: Window) -> None:
        window.send(start())
        await window.state(LiveState.LISTENING)
        window.send(SendTyped("Hello?"))
        await window.wait_for(lambda m: isinstance(m, TurnReport))
        window.send(EndSession())
        await window.state(LiveState.STOPPED)
        await asyncio.sleep(0.3)
        window.heard.clear()
        window.send(start())
        await window.state(LiveState.LISTENING)

    serve(World(Peer(Obliging(after_ms=100))), scenario, jobs)

    assert jobs.log == ["begin VerifySession", "broken off VerifySession"]


def test_a_session_is_refused_while_a_calibration_runs_and_the_reverse() -> None:
    jobs = Jobs()

    async def scenario(window: Window) -> None:
        window.send(CALIBRATE)
        await window.wait_for(lambda m: isinstance(m, JobReport))
        window.send(start(), SPAN)
        await window.state(LiveState.FAILED)
        window.send(StopJob())
        await window.wait_for(over)
        window.heard.clear()
        window.send(start())
        await window.state(LiveState.LISTENING)
        window.send(CALIBRATE)
        refusal = await window.wait_for(over)
        assert refusal == JobReport(done=0, total=0, over=True, problem=TALKING)

    heard = serve(World(Peer(Obliging())), scenario, jobs, play)

    assert jobs.log == ["begin StartCalibration", "broken off StartCalibration"]
    assert not [message for message in heard if isinstance(message, PlayingReport)]


def test_leaving_breaks_a_calibration_off() -> None:
    jobs = Jobs()

    async def scenario(window: Window) -> None:
        window.send(CALIBRATE)
        await window.wait_for(lambda m: isinstance(m, JobReport))
        window.send(Shutdown())
        await window.wait_for(over)

    serve(World(Peer(Obliging())), scenario, jobs)

    assert jobs.log == ["begin StartCalibration", "broken off StartCalibration"]


def test_a_stretch_is_played_in_a_session_between_its_turns() -> None:
    world = World(Peer(Obliging(after_ms=500)))

    async def scenario(window: Window) -> None:
        window.send(start())
        await window.state(LiveState.LISTENING)
        window.send(SPAN)
        await window.wait_for(lambda m: m == PlayingReport(at_ms=None))
        window.send(SendTyped("Hello?"), SPAN)
        await window.wait_for(lambda m: m == WAIT)
        window.send(StopPlaying())
        await window.wait_for(lambda m: isinstance(m, TurnReport))

    serve(world, scenario, play=play)
