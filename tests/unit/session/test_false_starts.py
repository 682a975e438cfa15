"""What the provider takes for a turn though the user goes on, in virtual time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.core.records import TurnStatus
from tests.support.live_user import LoudIsSpeech, speak_live
from tests.support.session import Peer, StreamingVad, World, tone
from tests.unit.session.test_interruptions import turns
from tests.unit.session.test_live import hold, silence, wav

NOISE_MS = (100, 700)
"""Where the provider hears a noise begin and end."""


class Startled(StreamingVad):
    """Takes a noise at the beginning for a turn, too, and answers it."""

    def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
        super().__call__(peer, message)
        if message["type"] != "session.update":
            return
        began, ended = NOISE_MS
        peer.say("input_audio_buffer.speech_started", began, audio_start_ms=1, item_id="n")
        peer.say("input_audio_buffer.speech_stopped", ended, audio_end_ms=9, item_id="n")
        asyncio.get_running_loop().call_later(ended / 1e3, self.reply, peer, "rn")


@pytest.mark.parametrize("hears", [None, LoudIsSpeech], ids=["energy", "network"])
@pytest.mark.parametrize("onset_ms", [750, 900, 1200])
def test_speech_after_a_noise_is_measured_in_its_own_turn_alone(
    tmp_path: Path, onset_ms: int, hears: "type[LoudIsSpeech] | None"
) -> None:
    world = World(Peer(Startled(500, after_ms=900)), make_activity=hears)

    speak_live(world, wav(tmp_path / "a.wav", silence(onset_ms), tone(2000), silence(3500)))

    noise, spoken = turns(world)[:2]
    assert (noise.false_start, spoken.false_start) == (True, False)
    assert noise.status is TurnStatus.INTERRUPTED
    assert (noise.u_off_ns, noise.endpointing_ms, noise.v2v_ms) == (None, None, None)
    assert spoken.endpointing_ms == pytest.approx(500, abs=45)
    assert spoken.v2v_ms == pytest.approx(1420, abs=60)


def test_an_answer_that_was_heard_before_the_user_ended_keeps_its_sign(tmp_path: Path) -> None:
    world = World(Peer(Startled(500, after_ms=900)))

    speak_live(world, wav(tmp_path / "a.wav", silence(500), tone(2000), silence(3500)))

    turn = turns(world)[0]
    assert turn.false_start is False
    assert turn.v2v_ms == pytest.approx(-890, abs=45)
    assert turn.endpointing_ms == pytest.approx(-1800, abs=45)


@pytest.mark.parametrize(
    ("pause_ms", "false_start"), [(700, True), (1500, False)], ids=["before", "after"]
)
def test_an_uh_is_a_false_start_unless_it_was_answered(
    tmp_path: Path, pause_ms: int, *, false_start: bool
) -> None:
    world = World(Peer(StreamingVad(500, after_ms=800)))
    said = (silence(100), tone(200), silence(pause_ms), tone(2000), silence(100))

    hold(world, wav(tmp_path / "a.wav", *said))

    uh, question = turns(world)
    assert (uh.false_start, question.false_start) == (false_start, False)
    assert uh.endpointing_ms == pytest.approx(500, abs=21)
    assert (uh.v2v_ms is None) is false_start
    assert question.v2v_ms == pytest.approx(1310, abs=21)
