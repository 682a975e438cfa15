"""Files as the user: what is stopped by hand, and speech that is meant as no turn."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.core.config import SessionSettings, TurnDetection, VadMode
from app.core.events import BargeInCause
from app.core.records import TurnRecord, TurnStatus
from app.session.live import LiveSession
from app.session.messages import ProblemReport, TurnReport
from tests.support.clocks import run_virtual
from tests.support.session import EnergyVad, Peer, StreamingVad, World, start, tone
from tests.unit.session.test_interruptions import Deaf
from tests.unit.session.test_live import silence, wav
from tests.unit.session.test_user_actions import Obliging

MANUAL = SessionSettings(turn_detection=TurnDetection(mode=VadMode.MANUAL))


class Obeying(StreamingVad):
    """Stops its reply when it is told to."""

    def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
        super().__call__(peer, message)
        if message["type"] == "response.cancel":
            self.interrupted(peer)


class Inattentive(Obeying, Deaf):
    """The same, and does not notice speech while it talks."""


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return wav(tmp_path / "question.wav", silence(100), tone(900), silence(100))


@pytest.fixture
def cough(tmp_path: Path) -> Path:
    return wav(tmp_path / "cough.wav", silence(100), tone(200), silence(100))


def speak(
    world: World,
    *paths: Path,
    cues: tuple[float | None, ...] = (),
    cuts: tuple[float | None, ...] = (),
    floor: tuple[bool | None, ...] = (),
    settings: SessionSettings | None = None,
    reply_timeout_s: float = 30.0,
) -> float:
    """Hold a session on files; return how long it took, s."""
    begin = start(*paths, settings=settings, cues_ms=cues, reply_timeout_s=reply_timeout_s)
    script = replace(begin.input, cuts_ms=cuts, takes_floor=floor)
    begin = replace(begin, input=script)
    session = LiveSession(world.parts(), begin, world.reports.append)

    async def run() -> float:
        await session.run()
        return world.peer.clock.now_ns() / 1e9

    return run_virtual(run())


def turns(world: World) -> list[TurnRecord]:
    return [report.record for report in world.of(TurnReport)]


def test_a_cut_stops_the_reply_so_long_after_the_last_sample(question: Path) -> None:
    world = World(Peer(Obeying(ms=20_000)))

    speak(world, question, question, cuts=(3000.0, 2000.0))

    first, second = turns(world)
    assert [first.status, second.status] == [TurnStatus.INTERRUPTED] * 2
    assert [first.interrupt_cause, second.interrupt_cause] == [BargeInCause.SCRIPT] * 2
    assert first.u_off_ns is not None
    assert first.flush_ns is not None
    assert (first.flush_ns - first.u_off_ns) / 1e6 == pytest.approx(3000 + 100, abs=60)
    assert second.interrupted_ns is None


def test_speech_that_becomes_no_turn_is_waited_for_no_longer_than_its_cut(
    question: Path, cough: Path
) -> None:
    world = World(Peer(Inattentive(ms=20_000, speed=2.0)))

    took_s = speak(
        world,
        question,
        cough,
        question,
        cues=(None, 1500.0, None),
        cuts=(None, 3000.0, 1000.0),
        floor=(True, False, True),
    )

    first, second = turns(world)
    assert first.interrupt_cause is BargeInCause.SCRIPT
    assert (first.interrupter_name, first.interrupter_is_turn) == ("cough.wav", False)
    assert first.false_interrupt is False
    assert first.missed_interrupt is None
    assert first.yield_ms is None
    assert second.input_name == "question.wav"
    assert took_s < 20


def test_a_turn_that_nobody_noticed_before_its_cut_has_failed(
    question: Path, tmp_path: Path
) -> None:
    quiet = wav(tmp_path / "quiet.wav", tone(500, level=0.005))
    world = World(Peer(Obeying(ms=20_000)))

    speak(world, question, quiet, cues=(None, 500.0), cuts=(None, 1000.0), floor=(True, True))

    assert [turn.error_type for turn in turns(world)] == [None, "unheard"]


def test_a_reply_that_comes_only_after_the_cut_is_cut_too(question: Path) -> None:
    world = World(Peer(EnergyVad(after_ms=1500, ms=5000)))

    speak(world, question, question, cuts=(1000.0, 1000.0))

    first, second = turns(world)
    assert [first.status, second.status] == [TurnStatus.INTERRUPTED] * 2
    assert [first.heard_ms, second.heard_ms] == [0.0, 0.0]
    sent = [message["type"] for message in world.peer.sent]
    assert sent.count("response.cancel") == 2


def test_with_push_to_talk_what_is_no_turn_interrupts_by_the_key_all_the_same(
    question: Path, cough: Path
) -> None:
    world = World(Peer(Obliging(after_ms=100, ms=20_000)))

    speak(
        world,
        question,
        cough,
        cues=(None, 1500.0),
        cuts=(None, 2000.0),
        floor=(True, False),
        settings=MANUAL,
    )

    first, second = turns(world)
    assert first.interrupt_cause is BargeInCause.TALK_KEY
    assert (first.interrupter_name, first.interrupter_is_turn) == ("cough.wav", False)
    assert second.interrupt_cause is BargeInCause.SCRIPT


def test_speech_that_is_no_turn_and_is_not_noticed_makes_no_failed_turn(
    question: Path, tmp_path: Path
) -> None:
    quiet = wav(tmp_path / "quiet.wav", tone(500, level=0.005))
    world = World(Peer(StreamingVad(ms=2000)))

    took_s = speak(world, quiet, question, floor=(False, True))

    assert [turn.input_name for turn in turns(world)] == ["question.wav"]
    assert turns(world)[0].status is TurnStatus.OK
    assert took_s < 12


@pytest.mark.parametrize(
    ("cue_ms", "status"),
    [pytest.param(500.0, TurnStatus.OK, id="before"), pytest.param(9000.0, None, id="after")],
)
def test_a_cue_and_a_cut_of_one_reply_take_whichever_comes_first(
    question: Path, cue_ms: float, status: TurnStatus | None
) -> None:
    world = World(Peer(Obeying(ms=20_000)))

    speak(world, question, question, cues=(None, cue_ms), cuts=(4000.0, 500.0))

    first = turns(world)[0]
    by_speech = status is not None
    assert first.interrupt_cause is (BargeInCause.SERVER if by_speech else BargeInCause.SCRIPT)
    assert bool(world.of(ProblemReport)) is not by_speech
