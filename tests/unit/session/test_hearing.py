"""Which of our own instants are put beside the provider's events."""

from pathlib import Path

import numpy as np
import pytest

from app.audio.sources import SilentMicrophone
from app.core.clock import Nanoseconds
from app.core.events import SessionEvent, SpeechStarted, SpeechStopped, UserSpeechStarted
from app.session.parts import OpenedInput
from app.session.speech_ends import SpeechEnds
from tests.support.clocks import ManualClock
from tests.support.session import EnergyVad, Peer, World, tone
from tests.unit.session.test_live import hold, silence, wav

SECOND_NS = 1_000_000_000


def heard(*pieces: "np.ndarray[tuple[int], np.dtype[np.int16]]") -> SpeechEnds:
    """What is known of a live user who said ``pieces`` from second 10 on."""
    ends = SpeechEnds(OpenedInput(source=SilentMicrophone(ManualClock()), script=None))
    whole = np.concatenate(pieces)
    for start in range(0, len(whole), 480):
        at_ns = Nanoseconds(10 * SECOND_NS + start * SECOND_NS // 24_000)
        ends.feed(at_ns, whole[start : start + 480])
    return ends


@pytest.mark.parametrize(
    ("second", "spoke"), [(9.5, False), (10.5, True), (11.3, True), (13.0, False)]
)
def test_whether_the_user_spoke_lately_is_known(second: float, *, spoke: bool) -> None:
    ends = heard(tone(1000), silence(5000))

    end_ns = Nanoseconds(round(second * SECOND_NS))

    assert ends.spoke_between(Nanoseconds(end_ns - SECOND_NS), end_ns) is spoke


def test_speech_that_goes_on_is_heard() -> None:
    ends = heard(tone(3000))

    assert ends.spoke_between(Nanoseconds(12 * SECOND_NS), Nanoseconds(12_500_000_000))


def test_an_onset_of_the_providers_long_after_speech_is_not_given_that_speech(
    tmp_path: Path,
) -> None:
    class Late(EnergyVad):
        """Notices the user three seconds after they have ended."""

        def _hear(self, peer: Peer, samples: object) -> None:
            if not self.turns and peer.appended_ms > 4400:
                self.turns = 1
                peer.say("input_audio_buffer.speech_started", audio_start_ms=1, item_id="u1")
                peer.say("input_audio_buffer.speech_stopped", 100, audio_end_ms=9, item_id="u1")

    world = World(Peer(Late()))

    hold(world, wav(tmp_path / "a.wav", silence(100), tone(900), silence(100)), reply_timeout_s=4.0)

    told: list[SessionEvent] = [
        event
        for _, event in world.store.recording.events
        if isinstance(event, UserSpeechStarted | SpeechStarted | SpeechStopped)
    ]
    assert [type(event) for event in told] == [SpeechStarted, SpeechStopped]
