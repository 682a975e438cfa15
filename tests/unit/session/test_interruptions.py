"""What an interrupted turn learns of the speech that interrupted it, in virtual time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.core.records import InterruptKind, TurnRecord, TurnStatus
from app.session.messages import SpanKind, SpanReport, TurnReport
from app.session.running import Running
from tests.support.live_user import LoudIsSpeech, speak_live
from tests.support.session import EnergyVad, Peer, StreamingVad, World, tone
from tests.unit.session.test_live import hold, silence, wav
from tests.unit.session.test_user_actions import Obliging, live


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return wav(tmp_path / "question.wav", silence(100), tone(900), silence(100))


def turns(world: World) -> list[TurnRecord]:
    return [report.record for report in world.of(TurnReport)]


def spans(world: World, kind: SpanKind) -> list[SpanReport]:
    return [report for report in world.of(SpanReport) if report.kind is kind]


def test_it_learns_where_the_interruption_began_and_when_it_was_noticed(question: Path) -> None:
    world = World(Peer(StreamingVad(ms=4000, speed=2.0)))

    hold(world, question, question, cues_ms=(None, 1000.0))

    first, second = turns(world)
    assert first.status is TurnStatus.INTERRUPTED
    assert first.barge_in
    assert first.interrupted_ns == second.u_on_ns
    assert second.vad_on_ns is not None
    assert second.u_on_ns is not None
    noticed_ms = (second.vad_on_ns - second.u_on_ns) / 1e6
    assert first.vad_on_latency_ms == pytest.approx(noticed_ms)
    assert 0 < noticed_ms < 45
    assert first.yield_ms == pytest.approx(noticed_ms, abs=21)
    assert first.interrupt_kind is InterruptKind.GENERATION
    assert first.server_cancel_ms is not None
    assert first.missed_interrupt is False
    assert first.self_interrupted is False


def test_speech_over_what_had_been_delivered_whole_interrupts_the_playback_only(
    question: Path,
) -> None:
    world = World(Peer(EnergyVad(ms=4000)))

    hold(world, question, question, cues_ms=(None, 1000.0))

    first, second = turns(world)
    assert first.interrupt_kind is InterruptKind.PLAYBACK_ONLY
    assert first.interrupted_ns == second.u_on_ns
    assert first.heard_ms is not None
    assert first.truncate_sent_ms == pytest.approx(first.heard_ms, abs=1)


@pytest.mark.parametrize("hears", [None, LoudIsSpeech], ids=["energy", "network"])
def test_an_onset_that_our_own_ears_know_later_reaches_the_interrupted_turn(
    tmp_path: Path, hears: "type[LoudIsSpeech] | None"
) -> None:
    said = (silence(500), tone(900), silence(2500), tone(900), silence(3000))
    world = World(Peer(EnergyVad(ms=4000)), make_activity=hears)

    speak_live(world, wav(tmp_path / "a.wav", *said))

    first, second = turns(world)[:2]
    assert first.status is TurnStatus.INTERRUPTED
    assert first.interrupted_ns is not None
    assert first.interrupted_ns == second.u_on_ns
    assert first.self_interrupted is False
    assert first.vad_on_latency_ms == pytest.approx(20, abs=35)


class Deaf(StreamingVad):
    """Does not notice speech while it talks."""

    def _hear(self, peer: Peer, samples: Any) -> None:
        if self._under_way is None or self._under_way.done():
            super()._hear(peer, samples)


def test_an_interruption_that_the_provider_misses_is_known_all_the_same(question: Path) -> None:
    world = World(Peer(Deaf(ms=4000, speed=1.0)))

    hold(world, question, question, cues_ms=(None, 1000.0), reply_timeout_s=3.0)

    first, second = turns(world)
    assert first.status is TurnStatus.OK
    assert first.missed_interrupt is True
    assert first.interrupted_ns is not None
    assert first.audible_ns is not None
    assert (first.interrupted_ns - first.audible_ns) / 1e6 == pytest.approx(1100, abs=31)
    assert second.error_type == "unheard"


def test_an_onset_while_the_user_is_silent_is_the_models_own_echo(question: Path) -> None:
    class Echoing(EnergyVad):
        def reply(self, peer: Peer, response: str) -> None:
            super().reply(peer, response)
            if self.turns == 1:
                peer.say("input_audio_buffer.speech_started", 3000, audio_start_ms=1, item_id="e")
                peer.say("input_audio_buffer.speech_stopped", 3500, audio_end_ms=9, item_id="e")

    world = World(Peer(Echoing(ms=4000)))

    hold(world, question, reply_timeout_s=3.0)

    first = turns(world)[0]
    assert first.status is TurnStatus.INTERRUPTED
    assert first.self_interrupted is True
    assert first.interrupted_ns is None


def test_audio_that_is_never_played_is_told_as_generated(question: Path) -> None:
    world = World(Peer(EnergyVad(ms=4000)))

    hold(world, question, question, cues_ms=(None, 1000.0))

    generated, heard = spans(world, SpanKind.AGENT_GENERATED), spans(world, SpanKind.AGENT_HEARD)
    assert [span.turn_id for span in generated] == [1, 2]
    assert generated[0].end_ms - generated[0].start_ms == pytest.approx(4000)
    began_ns = turns(world)[0].playback_ns
    assert began_ns is not None
    t0_ns = world.store.recording.sessions[0].t0_ns
    assert generated[0].start_ms == pytest.approx((began_ns - t0_ns) / 1e6)
    assert heard[0].start_ms == pytest.approx(generated[0].start_ms, abs=11)
    assert heard[0].end_ms - heard[0].start_ms == pytest.approx(1100, abs=80)
    over = spans(world, SpanKind.INTERRUPTION)[0]
    assert over.turn_id == 1
    assert over.end_ms == pytest.approx(heard[0].end_ms, abs=31)
    assert [span.end_ms - span.start_ms for span in spans(world, SpanKind.USER_SPEECH)] == [
        pytest.approx(900, abs=11)
    ] * 2


def test_a_reply_that_was_silenced_before_its_first_sound_is_told_as_generated() -> None:
    world = World(Peer(Obliging(after_ms=1000, ms=3000)))

    async def scenario(running: Running) -> None:
        await running.say("Hello?")
        await asyncio.sleep(0.5)
        await running.interrupt()
        await asyncio.sleep(5)

    live(world, scenario)

    assert [span.end_ms - span.start_ms for span in spans(world, SpanKind.AGENT_GENERATED)] == [
        pytest.approx(3000)
    ]
    assert spans(world, SpanKind.AGENT_HEARD) == []
