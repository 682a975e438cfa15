"""The player's account of a reply whose loudspeaker is lost while it sounds."""

import pytest

from app.audio.player import ReplyPlayer
from app.core.audio_format import PlayedBlock
from app.core.events import PlaybackFinished, PlaybackFlushed, PlaybackStarted, SessionEvent
from app.core.ids import ItemId, ResponseId
from app.dsp.pcm import silence
from tests.support.audio import ManualSpeaker, tone
from tests.support.clocks import ManualClock

R1, I1 = ResponseId("r1"), ItemId("i1")


class DyingSpeaker(ManualSpeaker):
    """Loses what it was handed last, as the test says."""

    def die(self, frames: int) -> None:
        """The last ``frames`` never sounded; they are at the head of the queue again."""
        lost = tone(1)[:frames]
        self._queue = [*lost, *self._queue]  # type: ignore[assignment] # only its length counts
        at_ns = self._clock.now_ns()
        marker = PlayedBlock(silence(0), self.rate_hz, at_ns, self._frame, 0, unheard_frames=frames)
        self._blocks.append(marker)


class Rig:
    def __init__(self, rate_hz: int = 24_000) -> None:
        self.clock = ManualClock()
        self.speaker = DyingSpeaker(self.clock, rate_hz=rate_hz)
        self.player = ReplyPlayer(self.speaker)
        self.events: list[SessionEvent] = []
        self.blocks: list[PlayedBlock] = []

    def play(self, blocks: int) -> None:
        for _ in range(blocks):
            self.speaker.play_blocks()
            self.poll()

    def poll(self) -> None:
        events, blocks = self.player.poll()
        self.events += events
        self.blocks += blocks


def test_what_never_sounded_is_not_counted_as_played() -> None:
    rig = Rig()
    rig.player.play(R1, I1, tone(1.0))
    rig.poll()
    rig.play(30)
    before_ms = rig.player.played_ms(I1)

    rig.speaker.die(960)
    rig.poll()

    assert (before_ms, rig.player.played_ms(I1)) == (300, 260)
    (marker,) = [block for block in rig.blocks if block.unheard_frames]
    assert (marker.unheard_frames, len(marker.samples)) == (960, 0)


def test_an_interruption_right_after_the_loss_tells_what_was_heard() -> None:
    rig = Rig()
    rig.player.play(R1, I1, tone(1.0))
    rig.poll()
    rig.play(30)
    rig.speaker.die(960)

    events = rig.player.flush(rig.clock.now_ns())

    (flushed,) = [event for event in events if isinstance(event, PlaybackFlushed)]
    assert 260 <= flushed.played_ms <= 270  # a block may still be on its way
    assert rig.player.played_ms(I1) == flushed.played_ms


@pytest.mark.parametrize("rate_hz", [24_000, 48_000])
def test_it_is_counted_again_when_it_sounds_and_the_reply_ends_once(rate_hz: int) -> None:
    rig = Rig(rate_hz)
    rig.player.play(R1, I1, tone(0.5))
    rig.player.end(R1)
    rig.poll()
    rig.play(3)
    rig.speaker.die(3 * rate_hz // 100)
    rig.poll()
    rig.speaker.lose(50)

    rig.play(60)

    kinds = [type(event) for event in rig.events]
    assert kinds.count(PlaybackStarted) == kinds.count(PlaybackFinished) == 1
    assert rig.player.played_ms(I1) == 500
    assert all(block.rate_hz == 24_000 for block in rig.blocks if not block.unheard_frames)


def test_no_more_is_taken_back_than_was_given() -> None:
    rig = Rig()
    rig.player.play(R1, I1, tone(0.2))
    rig.poll()
    rig.play(2)

    rig.speaker.die(24_000)
    rig.poll()

    assert rig.player.played_ms(I1) == 0
