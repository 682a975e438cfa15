"""A player with a loudspeaker that a test moves by hand."""

from dataclasses import replace

from app.audio.player import ReplyPlayer
from app.core.audio_format import PlayedBlock, Samples
from app.core.events import (
    AgentSpeechEnded,
    AgentSpeechStarted,
    PlaybackAudible,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    SessionEvent,
)
from app.core.ids import ItemId, ResponseId
from app.dsp.pcm import concat
from tests.support.audio import ManualSpeaker, ns
from tests.support.clocks import ManualClock

R1, R2 = ResponseId("r1"), ResponseId("r2")
I1, I2 = ItemId("i1"), ItemId("i2")
AUDIBLE = (PlaybackAudible, AgentSpeechStarted, AgentSpeechEnded)


def plain(event: SessionEvent) -> SessionEvent:
    """The event without what ``test_player_audible`` looks at."""
    if isinstance(event, PlaybackStarted):
        return replace(event, buffer_ms=None)
    if isinstance(event, PlaybackFinished):
        return replace(event, audible_end_ns=None)
    if isinstance(event, PlaybackFlushed):
        return replace(event, audible_end_ns=None, silent_ns=None)
    return event


class Rig:
    """A player, its loudspeaker, and all that came out but for when it was audible."""

    def __init__(self, *, rate_hz: int = 24_000, capacity_ms: int = 500) -> None:
        self.clock = ManualClock()
        self.speaker = ManualSpeaker(self.clock, rate_hz=rate_hz, capacity_ms=capacity_ms)
        self.player = ReplyPlayer(self.speaker)
        self.events: list[SessionEvent] = []
        self.blocks: list[PlayedBlock] = []

    def run(self, blocks: int) -> None:
        """Play that many blocks of 10 ms, polling after each."""
        for _ in range(blocks):
            self.speaker.play_blocks()
            self.poll()

    def poll(self) -> None:
        events, blocks = self.player.poll()
        self.events += [plain(e) for e in events if not isinstance(e, AUDIBLE)]
        self.blocks += blocks

    @property
    def heard(self) -> Samples:
        return concat(self.speaker.heard)


def started(at_ms: float, response_id: ResponseId = R1) -> PlaybackStarted:
    return PlaybackStarted(at_ns=ns(at_ms), response_id=response_id)


def finished(at_ms: float, played_ms: float, response_id: ResponseId = R1) -> PlaybackFinished:
    return PlaybackFinished(at_ns=ns(at_ms), response_id=response_id, played_ms=played_ms)
