"""Files as the user: when each is spoken, in virtual time."""

from pathlib import Path

import pytest

from app.core.config import SessionSettings, TurnDetection, VadMode
from app.core.records import TurnStatus
from app.session.messages import ProblemReport, TurnReport
from tests.support.session import EnergyVad, Peer, StreamingVad, World, tone
from tests.unit.session.test_live import hold, silence, wav
from tests.unit.session.test_user_actions import Obliging


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return wav(tmp_path / "question.wav", silence(100), tone(900), silence(100))


def audible(world: World, turn: int) -> int:
    record = world.of(TurnReport)[turn].record
    assert record.audible_ns is not None
    return int(record.audible_ns)


@pytest.mark.parametrize("cue_ms", [0.0, 700.0, 1500.0])
def test_a_cue_interrupts_the_reply_so_long_after_it_became_audible(
    question: Path, cue_ms: float
) -> None:
    world = World(Peer(StreamingVad(ms=4000)))

    hold(world, question, question, cues_ms=(None, cue_ms))

    first, second = (report.record for report in world.of(TurnReport))
    assert first.status is TurnStatus.INTERRUPTED
    assert second.status is TurnStatus.OK
    spoke_ms = (second.u_on_ns - audible(world, 0)) / 1e6
    # The file begins with silence; that the reply is audible is known 30 ms later.
    assert spoke_ms == pytest.approx(max(cue_ms, 30) + 100, abs=31)


def test_files_without_a_cue_wait_for_the_end_of_the_reply(question: Path) -> None:
    world = World(Peer(StreamingVad(ms=2000)))

    hold(world, question, question, question, cues_ms=(None, None, 500.0))

    assert [report.record.status for report in world.of(TurnReport)] == [
        TurnStatus.OK,
        TurnStatus.INTERRUPTED,
        TurnStatus.OK,
    ]


def test_a_cue_that_comes_after_the_reply_is_kept_all_the_same(question: Path) -> None:
    world = World(Peer(StreamingVad(ms=400)))

    hold(world, question, question, cues_ms=(None, 3000.0))

    second = world.of(TurnReport)[1].record
    assert (second.u_on_ns - audible(world, 0)) / 1e6 == pytest.approx(3100, abs=31)


def test_a_reply_that_is_never_audible_is_told_and_the_next_file_spoken_after_it(
    question: Path,
) -> None:
    class Mute(EnergyVad):
        def reply(self, peer: Peer, response: str) -> None:
            if self.turns > 1:
                super().reply(peer, response)
                return
            peer.say("response.created", response={"id": response, "status": "in_progress"})
            done = {"id": response, "status": "completed", "output": []}
            peer.say("response.done", 200, response=done)

    world = World(Peer(Mute()))

    hold(world, question, question, cues_ms=(None, 500.0))

    assert len(world.of(TurnReport)) == 2
    problem = world.of(ProblemReport)[0]
    assert problem.sentence == (
        "The reply to question.wav never became audible, so it was not interrupted."
    )
    marked = [fields for name, fields in world.store.recording.events if name == "CueMissed"]
    assert marked == [{"cue_ms": 500.0, "after": "question.wav"}]


def test_a_cue_in_push_to_talk_interrupts_by_the_key(question: Path) -> None:
    world = World(Peer(Obliging(after_ms=100, ms=4000)))
    settings = SessionSettings(turn_detection=TurnDetection(mode=VadMode.MANUAL))

    hold(world, question, question, settings=settings, cues_ms=(None, 600.0))

    assert [report.record.status for report in world.of(TurnReport)] == [
        TurnStatus.INTERRUPTED,
        TurnStatus.OK,
    ]
    assert "response.cancel" not in [message["type"] for message in world.peer.sent]
    assert "conversation.item.truncate" in [message["type"] for message in world.peer.sent]


def test_an_interruption_that_nobody_notices_makes_a_failed_turn(
    question: Path, tmp_path: Path
) -> None:
    quiet = wav(tmp_path / "quiet.wav", tone(500, level=0.005))
    world = World(Peer(StreamingVad(ms=2000)))

    hold(world, question, quiet, cues_ms=(None, 500.0), reply_timeout_s=3.0)

    first, second = (report.record for report in world.of(TurnReport))
    assert first.status is TurnStatus.OK
    assert second.status is TurnStatus.TIMEOUT
    assert second.error_type == "unheard"
