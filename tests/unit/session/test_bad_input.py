"""What providers and devices do that they should not, and what comes of it, in virtual time."""

import asyncio
import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.audio.null_sink import NullSpeaker
from app.core.clock import Nanoseconds
from app.core.records import TurnRecord, TurnStatus
from app.session.messages import (
    HealthReport,
    LiveState,
    SpanKind,
    SpanReport,
    StateReport,
    TurnReport,
)
from app.session.parts import SessionParts
from app.session.running import Running
from tests.support.session import EnergyVad, Peer, World, tone
from tests.unit.session.test_live import hold, silence, wav
from tests.unit.session.test_user_actions import Obliging, live


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return wav(tmp_path / "question.wav", silence(100), tone(900), silence(100))


def turns(world: World) -> list[TurnRecord]:
    return [report.record for report in world.of(TurnReport)]


def at(response: str) -> dict[str, Any]:
    return {
        "response_id": response,
        "item_id": f"a-{response}",
        "output_index": 0,
        "content_index": 0,
    }


def piece(ms: int) -> str:
    return base64.b64encode(tone(ms).tobytes()).decode()


def created(peer: Peer, response: str, after_ms: float = 0.0) -> None:
    peer.say("response.created", after_ms, response={"id": response, "status": "in_progress"})


def delta(peer: Peer, response: str, after_ms: float, ms: int = 400) -> None:
    peer.say("response.output_audio.delta", after_ms, delta=piece(ms), **at(response))


def done(peer: Peer, response: str, after_ms: float, status: str = "completed") -> None:
    peer.say("response.output_audio.done", after_ms, **at(response))
    response_fields = {"id": response, "status": status, "output": []}
    peer.say("response.done", after_ms, response=response_fields)


class Odd(EnergyVad):
    """Answers by ``script``: a function of the peer."""

    def __init__(self, script: Any) -> None:
        super().__init__()
        self._script = script

    def reply(self, peer: Peer, response: str) -> None:
        self._script(peer, response)


def test_a_provider_that_never_says_done_makes_a_failed_turn_with_its_figures(
    question: Path,
) -> None:
    def script(peer: Peer, response: str) -> None:
        created(peer, response)
        delta(peer, response, 300)

    world = World(Peer(Odd(script)))

    hold(world, question, question, reply_timeout_s=4.0)

    assert [turn.status for turn in turns(world)] == [TurnStatus.TIMEOUT] * 2
    sentence = "The model said nothing more, nor that its reply was over, for 4 s."
    assert {turn.error_message for turn in turns(world)} == {sentence}
    assert all(turn.v2v_ms == pytest.approx(810, abs=25) for turn in turns(world))
    assert world.of(StateReport)[-1].state is LiveState.STOPPED


def test_a_time_out_beyond_all_reason_is_no_time_out(question: Path) -> None:
    world = World(Peer(EnergyVad()))

    hold(world, question, reply_timeout_s=1e308)

    assert [turn.status for turn in turns(world)] == [TurnStatus.OK]


def test_deltas_after_done_are_played_no_more_and_change_no_latency(question: Path) -> None:
    def script(peer: Peer, response: str) -> None:
        created(peer, response)
        delta(peer, response, 300)
        done(peer, response, 310)
        delta(peer, response, 500, ms=2000)
        delta(peer, response, 5000, ms=2000)

    world = World(Peer(Odd(script)))

    hold(world, question, question)

    first, second = turns(world)
    assert [first.status, second.status] == [TurnStatus.OK] * 2
    assert first.v2v_ms == pytest.approx(810, abs=25)
    assert first.heard_ms == pytest.approx(400, abs=1)
    assert second.v2v_ms == pytest.approx(810, abs=25)


def test_overlapping_replies_are_one_turn_and_sound_one_after_the_other(question: Path) -> None:
    def script(peer: Peer, response: str) -> None:
        other = f"{response}b"
        for each in (response, other):
            created(peer, each)
        for after_ms in (300, 400, 500):
            delta(peer, response, after_ms)
            delta(peer, other, after_ms)
        done(peer, other, 600)
        done(peer, response, 610)

    world = World(Peer(Odd(script)))

    hold(world, question)

    (turn,) = turns(world)
    assert turn.status is TurnStatus.OK
    assert turn.audio_out_ms == pytest.approx(2400)
    assert turn.heard_ms == pytest.approx(2400, abs=1)
    assert turn.v2v_ms == pytest.approx(810, abs=25)
    told = [span for span in world.of(SpanReport) if span.kind is SpanKind.AGENT_GENERATED]
    assert len(told) == 2
    assert all(span.turn_id == 1 for span in told)


def test_a_second_reply_while_the_first_still_plays_follows_it_in_the_same_turn(
    question: Path,
) -> None:
    def script(peer: Peer, response: str) -> None:
        created(peer, response)
        delta(peer, response, 300, ms=2000)
        done(peer, response, 310)
        created(peer, f"{response}b", 900)
        delta(peer, f"{response}b", 1000)
        done(peer, f"{response}b", 1010)

    world = World(Peer(Odd(script)))

    hold(world, question)

    (turn,) = turns(world)
    assert turn.status is TurnStatus.OK
    assert turn.heard_ms == pytest.approx(2400, abs=1)
    assert turn.stalls_n == 0


def test_audio_without_a_transcript_has_its_latencies_and_no_words(question: Path) -> None:
    def script(peer: Peer, response: str) -> None:
        created(peer, response)
        delta(peer, response, 300)
        done(peer, response, 310)

    world = World(Peer(Odd(script)))

    hold(world, question)

    (turn,) = turns(world)
    assert turn.status is TurnStatus.OK
    assert turn.agent_transcript is None
    assert turn.ttft_modality == "audio"
    assert turn.v2v_ms == pytest.approx(810, abs=25)
    assert turn.transcript_lead_ms is None


def test_a_transcript_without_audio_has_its_words_and_no_voice_to_voice(question: Path) -> None:
    def script(peer: Peer, response: str) -> None:
        created(peer, response)
        words = "response.output_audio_transcript"
        peer.say(f"{words}.delta", 300, delta="Hello.", **at(response))
        peer.say(f"{words}.done", 310, transcript="Hello.", **at(response))
        done(peer, response, 320)

    world = World(Peer(Odd(script)))

    hold(world, question)

    (turn,) = turns(world)
    assert turn.status is TurnStatus.OK
    assert turn.agent_transcript == "Hello."
    assert turn.v2v_ms is None
    assert turn.audio_out_ms is None
    assert turn.ttft_stop_ms == pytest.approx(300, abs=1)


def test_a_reply_that_ends_without_having_begun_ends_nothing(question: Path) -> None:
    def script(peer: Peer, response: str) -> None:
        done(peer, "nobody", 50)
        created(peer, response, 100)
        delta(peer, response, 300)
        done(peer, response, 310)

    world = World(Peer(Odd(script)))

    hold(world, question)

    (turn,) = turns(world)
    assert turn.status is TurnStatus.OK
    assert turn.v2v_ms == pytest.approx(810, abs=25)


class Hasty(EnergyVad):
    """Decides 600 ms after the user began, whether or not they have ended; hears no more."""

    def _noticed(self) -> bool:
        return self._speaking

    def _hear(self, peer: Peer, samples: Any) -> None:
        if self._noticed():
            return
        super()._hear(peer, samples)
        if self._noticed():
            item = f"u{self.turns + 1}"
            peer.say("input_audio_buffer.speech_stopped", 600, audio_end_ms=1, item_id=item)
            asyncio.get_running_loop().call_later(0.601, peer.answer, "early")

    def reply(self, peer: Peer, response: str) -> None:
        """Say no more: the answer is out."""


def test_an_answer_before_the_users_end_is_negative_and_keeps_its_sign(tmp_path: Path) -> None:
    long = wav(tmp_path / "long.wav", silence(100), tone(2000), silence(100))
    world = World(Peer(Hasty(after_ms=100)))

    hold(world, long)

    turn = turns(world)[0]
    assert turn.u_off_ns is not None
    assert turn.v2v_ms == pytest.approx(20 + 600 + 300 + 10 - 2000, abs=15)
    assert turn.premature is True
    assert turn.excluded_reason is None


class Sleepy(NullSpeaker):
    """A loudspeaker whose stamps fail the test of plausibility, with xruns of its own."""

    @property
    def device_clock(self) -> str:
        return "assumed"

    @property
    def device_out_ms(self) -> float | None:
        return 20.0

    def callback_lag_ms(self, since_ns: Nanoseconds) -> float | None:
        del since_ns
        return 14.0


def with_output(world: World, make: Any) -> SessionParts:
    parts = world.parts()
    return replace(parts, make_output=lambda _: make(parts.clock))


def test_implausible_stamps_make_the_turn_limited_by_us_and_less_certain(
    question: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(Peer(EnergyVad()))
    parts = with_output(world, Sleepy)
    monkeypatch.setattr(world, "parts", lambda: parts)

    hold(world, question)

    (turn,) = turns(world)
    assert turn.status is TurnStatus.OK
    assert turn.device_clock == "assumed"
    assert turn.callback_lag_ms == 14.0
    assert turn.client_limited is not None
    assert turn.u_v2v_ms is not None
    assert turn.u_v2v_ms > 50
    health = world.of(HealthReport)[-1]
    assert health.callback_lag_ms == 14.0
    assert world.store.recording.sessions[-1].counters.client_limited == 1


def test_a_typed_turn_waits_for_no_speech() -> None:
    world = World(Peer(Obliging(after_ms=200)))

    async def scenario(running: Running) -> None:
        await running.say("Hello?")
        await asyncio.sleep(3)

    live(world, scenario)

    assert [turn.status for turn in turns(world)] == [TurnStatus.OK]
    assert turns(world)[0].u_off_ns is None
