"""Sessions whose connection is cut, in virtual time."""

from itertools import pairwise
from pathlib import Path

import pytest

from app.core.conduct import Conduct, Guard
from app.core.errors import NetworkError, ProviderError, ProviderFault
from app.core.events import ConnectionLost, ConnectionRenewed, Reconnecting
from app.core.records import TurnRecord, TurnStatus
from app.session.messages import GuardReport, GuardState, MarkKind, MarkReport, TurnReport
from tests.support.guarding import cut, cutting, gaps, guard_states, told_items
from tests.support.session import EnergyVad, Peer, World, tone
from tests.unit.session.test_live import hold, silence, wav

NEVER = Conduct(guard=Guard(reconnect_attempts=0))
REFUSED = ProviderError("The key is wrong.", fault=ProviderFault.AUTH, code="invalid_api_key")
BUSY = ProviderError("Too many.", fault=ProviderFault.RATE)
UNREACHABLE = NetworkError("No way there.")


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return wav(tmp_path / "question.wav", silence(100), tone(900), silence(100))


def turns(world: World) -> list[TurnRecord]:
    return [report.record for report in world.of(TurnReport)]


def events(world: World, kind: type) -> list[object]:
    return [fields for name, fields in world.store.recording.events if name == kind.__name__]


@pytest.mark.parametrize(
    ("moment", "after_ms"),
    [
        ("input_audio_buffer.speech_started", 100),
        ("input_audio_buffer.speech_stopped", 0),
        ("response.created", 100),
    ],
)
def test_a_cut_at_any_moment_of_a_turn_is_survived(
    question: Path, moment: str, after_ms: float
) -> None:
    first = cutting(EnergyVad(ms=1000), moment, after_ms)
    second = Peer(EnergyVad())
    world = World(first, later=[second])

    outcome = hold(world, question, question, question)

    assert outcome.problem is None
    assert outcome.record is not None
    assert (outcome.record.state, outcome.record.renewals) == ("complete", 1)
    assert outcome.record.lost_after_ms is None
    lost, *others = turns(world)
    assert (lost.status, lost.error_type) == (TurnStatus.ERROR, "connection_lost")
    assert {turn.status for turn in others} == {TurnStatus.OK}
    assert len(others) >= 2
    assert first.closed
    assert second.closed
    assert world.store.recording.closed
    assert world.store.recording.turns == turns(world)


def test_a_reply_that_had_arrived_whole_is_heard_out_and_has_not_failed(question: Path) -> None:
    first = cutting(EnergyVad(ms=1000), "response.done", 150)
    world = World(first, later=[Peer(EnergyVad())])

    hold(world, question, question)

    heard, *_ = turns(world)
    assert (heard.status, heard.error_type) == (TurnStatus.OK, None)
    assert heard.audio_out_ms is not None
    assert heard.audio_out_ms > 150
    assert heard.heard_ms == pytest.approx(heard.audio_out_ms)
    assert len(events(world, ConnectionRenewed)) == 1


def test_the_gap_is_told_marked_and_journaled(question: Path) -> None:
    world = World(cutting(EnergyVad(), "response.created", 100), later=[Peer(EnergyVad())])

    hold(world, question, question)

    assert guard_states(world) == [GuardState.RECONNECTING, GuardState.FINE]
    told = world.of(GuardReport)
    assert (told[0].attempt, told[0].attempts, told[1].renewals_n) == (1, 5, 1)
    assert told[0].words == "The connection was lost (code 1006)."
    assert 0.37 < told[0].wait_s <= 0.5
    (gap,) = gaps(world)
    assert gap.words == "the connection"
    assert gap.end_ms - gap.start_ms == pytest.approx(told[0].wait_s * 1e3, abs=5)
    marks = [mark.kind for mark in world.of(MarkReport)]
    assert marks.index(MarkKind.RECONNECTING) < marks.index(MarkKind.RENEWED)
    (renewed,) = events(world, ConnectionRenewed)
    assert isinstance(renewed, ConnectionRenewed)
    assert not renewed.planned
    assert renewed.gap_ms == pytest.approx(gap.end_ms - gap.start_ms)
    assert len(events(world, ConnectionLost)) == len(events(world, Reconnecting)) == 1


def test_what_is_said_in_the_gap_is_recorded_and_never_sent(tmp_path: Path) -> None:
    long = wav(tmp_path / "long.wav", silence(100), tone(4000), silence(100))
    first = cutting(EnergyVad(), "input_audio_buffer.speech_started", 500)
    second = Peer(EnergyVad())
    world = World(first, later=[second])

    hold(world, long)

    recorded_ms = sum(len(samples) for _, samples in world.store.recording.user) / 24
    (gap,) = gaps(world)
    unsent_ms = recorded_ms - first.appended_ms - second.appended_ms
    assert unsent_ms == pytest.approx(gap.end_ms - gap.start_ms, abs=45)
    starts = [at_ns for at_ns, _ in world.store.recording.user]
    steps = {later - earlier for earlier, later in pairwise(starts)}
    assert steps == {20_000_000}


def test_the_new_session_is_told_the_conversation_before_any_audio(question: Path) -> None:
    second = Peer(EnergyVad())
    world = World(cutting(EnergyVad(), "response.done", 2500), later=[second])

    hold(world, question, question, question)

    told = [("user", "Question 1."), ("assistant", "Hello."), ("user", "Question 2.")]
    assert told_items(second) == told
    kinds = [message["type"] for message in second.sent]
    assert kinds[:4] == ["session.update", *["conversation.item.create"] * 3]
    (renewed,) = events(world, ConnectionRenewed)
    assert isinstance(renewed, ConnectionRenewed)
    assert renewed.carried_items == 3


def test_attempts_double_their_waits_and_end_with_the_cut(question: Path) -> None:
    world = World(
        cutting(EnergyVad(), "response.created"),
        later=[UNREACHABLE, BUSY, UNREACHABLE, BUSY, UNREACHABLE],
    )

    outcome = hold(world, question, question)

    assert outcome.problem is not None
    assert outcome.problem.sentence == "The connection was lost (code 1006)."
    assert outcome.problem.hint == "5 attempts to connect again failed: No way there."
    waits_s = [report.wait_s for report in world.of(GuardReport)]
    bounds = [0.5, 1.0, 2.0, 4.0, 8.0]
    assert all(0.75 * most <= wait <= most for wait, most in zip(waits_s, bounds, strict=True))
    words = [report.words for report in world.of(GuardReport)]
    assert words[1:3] == ["No way there.", "Too many."]
    assert outcome.record is not None
    assert outcome.record.renewals == 0
    assert outcome.record.lost_after_ms is not None
    assert world.store.recording.closed


def test_a_refusal_ends_the_attempts_at_once(question: Path) -> None:
    world = World(cutting(EnergyVad(), "response.created"), later=[UNREACHABLE, REFUSED])

    outcome = hold(world, question, question)

    assert outcome.problem is not None
    assert outcome.problem.sentence == "The key is wrong."
    assert len(world.asked) == 3


@pytest.mark.parametrize("code", [1000, 1002, 1003, 1008, 1009, 3000, 4000])
def test_other_closes_end_the_session(question: Path, code: int) -> None:
    world = World(cutting(EnergyVad(), "response.created", code=code))

    outcome = hold(world, question)

    assert outcome.problem is not None
    assert outcome.record is not None
    assert outcome.record.lost_after_ms is not None
    assert len(world.asked) == 1
    assert guard_states(world) == []


def test_without_attempts_the_first_cut_ends_the_session(question: Path) -> None:
    world = World(cutting(EnergyVad(), "response.created"))

    outcome = hold(world, question, conduct=NEVER)

    assert outcome.problem is not None
    assert len(world.asked) == 1


def test_a_cut_in_the_handshake_counts_as_an_attempt(question: Path) -> None:
    def hangs_up(peer: Peer, _message: dict[str, object]) -> None:
        peer.put(cut())

    dumb, last = Peer(hangs_up), Peer(EnergyVad())
    world = World(cutting(EnergyVad(), "response.created"), later=[dumb, last])

    outcome = hold(world, question, question)

    assert outcome.problem is None
    assert [report.attempt for report in world.of(GuardReport)] == [1, 2, 0]
    assert dumb.closed
    assert turns(world)[-1].status is TurnStatus.OK


def test_a_server_that_cuts_every_connection_runs_out_of_attempts(question: Path) -> None:
    def hangs_up_later(peer: Peer, message: dict[str, object]) -> None:
        if message["type"] == "session.update":
            peer.say("session.updated", session={"id": "s1"})
            peer.put(cut(), 300)

    world = World(Peer(hangs_up_later))

    outcome = hold(world, question)

    assert outcome.problem is not None
    assert outcome.record is not None
    assert outcome.record.renewals == 5
    assert [r.attempt for r in world.of(GuardReport) if r.attempt] == [1, 2, 3, 4, 5]


def test_a_connection_that_held_has_earned_its_attempts_back(question: Path) -> None:
    def hangs_up_much_later(peer: Peer, message: dict[str, object]) -> None:
        if message["type"] == "session.update":
            peer.say("session.updated", session={"id": "s1"})
            peer.put(cut(), 11_000)

    world = World(Peer(hangs_up_much_later))

    hold(world, question, reply_timeout_s=60.0)

    attempts = [report.attempt for report in world.of(GuardReport) if report.attempt]
    assert len(attempts) >= 4
    assert set(attempts) == {1}
