"""A stop at a device that fetches its blocks in bursts: nothing is handed over after it."""

from collections.abc import Callable, Iterable, Sequence

import pytest

from app.audio.host import DeviceSpeaker
from app.audio.null_sink import NullSpeaker
from app.audio.player import ReplyPlayer
from app.audio.shared import Direction, Slot
from app.core.audio_format import PlayedBlock
from app.core.events import PlaybackFinished, PlaybackFlushed, SessionEvent
from app.core.ids import ItemId, ResponseId
from tests.support.audio import ns, tone
from tests.support.clocks import ManualClock
from tests.support.hand_child import HandChild, run

R1, R2, I1 = ResponseId("r1"), ResponseId("r2"), ItemId("i1")
BURST_MS = 40
"""Four blocks come at once, as a sound server asks for them."""
AHEAD_MS = 200


class SeenSpeaker(DeviceSpeaker):
    """Shows the test what callbacks were given, and lets it act while a stop waits."""

    def __init__(self, child: HandChild) -> None:
        super().__init__(None, child, pause=self.wait)
        self.in_pause: Callable[[], None] = lambda: None
        self.given: list[PlayedBlock] = []

    def wait(self) -> None:
        self.in_pause()

    def poll(self) -> Sequence[PlayedBlock]:
        blocks = super().poll()
        self.given += blocks
        return blocks


class Rig:
    """A player over a device's loudspeaker whose callbacks the test makes."""

    def __init__(self) -> None:
        self.child = HandChild(Direction.OUTPUT)
        self.speaker = SeenSpeaker(self.child)
        self.player = ReplyPlayer(self.speaker)
        self.events: list[SessionEvent] = []
        self.speaker.open()
        run(self.child, self.speaker, 100, self.child.call_back)

    def poll(self) -> None:
        self.events += self.player.poll()[0]

    def burst(self, at_ms: float, blocks: int = 4, *, polled: bool = True) -> None:
        """Let callbacks come, 0.1 ms apart."""
        self.child.present_ms = at_ms
        for index in range(blocks):
            self.child.call_back(at_ms + index / 10)
        if polled:
            self.poll()

    def say(self, response_id: ResponseId, milliseconds: int) -> None:
        self.player.play(response_id, I1, tone(milliseconds / 1000))
        self.player.end(response_id)
        self.poll()

    def stop(self, at_ms: float) -> list[PlaybackFlushed]:
        self.child.present_ms = at_ms
        events = self.player.flush(ns(at_ms))
        self.events += events
        return [each for each in events if isinstance(each, PlaybackFlushed)]

    def later(self, bursts: Iterable[int]) -> float:
        """Let bursts come; return how many ms of audio they took."""
        before = len(self.speaker.given)
        for at_ms in bursts:
            self.burst(at_ms)
        return sum(
            block.taken_frames * 1000 / block.rate_hz for block in self.speaker.given[before:]
        )


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.say(R1, 1_000)
    rig.burst(1_000)
    rig.burst(1_040)
    return rig


def test_after_a_stop_no_burst_fetches_anything(rig: Rig) -> None:
    (flushed,) = rig.stop(1_045)

    assert rig.speaker.queued_frames == 0
    assert flushed.handed_end_ns == ns(1_040.3)
    assert (flushed.played_ms, flushed.dropped_ms) == (80.0, 920.0)
    assert rig.later((1_080, 1_120, 1_160)) == 0
    assert rig.player.played_ms(I1) == 80.0


def test_what_callbacks_took_before_the_stop_and_nobody_had_polled_is_in_the_account(
    rig: Rig,
) -> None:
    rig.burst(1_080, polled=False)

    (flushed,) = rig.stop(1_085)

    assert (flushed.handed_end_ns, flushed.played_ms) == (ns(1_080.3), 120.0)
    assert rig.later((1_120,)) == 0


def test_a_callback_at_the_very_moment_is_waited_for_and_its_block_told(rig: Rig) -> None:
    rig.child.memory.slots[Slot.BUSY] = 1

    def ends() -> None:
        if rig.child.memory.slots[Slot.BUSY]:
            rig.child.call_back(1_045.2)
            rig.child.memory.slots[Slot.BUSY] = 0

    rig.speaker.in_pause = ends
    (flushed,) = rig.stop(1_045)

    assert (flushed.handed_end_ns, flushed.played_ms) == (ns(1_045.2), 90.0)
    assert rig.speaker.queued_frames == 0
    assert rig.later((1_080, 1_120)) == 0
    assert rig.player.played_ms(I1) == 90.0


def test_the_block_of_a_stuck_callback_is_told_as_late_as_it_may_come(rig: Rig) -> None:
    rig.child.memory.slots[Slot.BUSY] = 1

    (flushed,) = rig.stop(1_045)

    assert flushed.played_ms == 90.0
    assert flushed.handed_end_ns is not None
    assert rig.later((1_080, 1_120)) == 10.0
    (last,) = [block for block in rig.speaker.given if block.taken_frames][-1:]
    assert last.handed_ns is not None
    assert flushed.handed_end_ns >= last.handed_ns == ns(1_080)
    assert flushed.handed_end_ns <= ns(1_080 + BURST_MS)
    assert rig.player.played_ms(I1) == 90.0


def test_a_block_that_is_left_is_never_told_as_handed_over_before_the_stop(rig: Rig) -> None:
    rig.child.memory.slots[Slot.BUSY] = 1

    (flushed,) = rig.stop(1_400)

    assert flushed.handed_end_ns == ns(1_400)


def test_a_reply_whose_end_was_just_fetched_is_finished_and_not_stopped() -> None:
    rig = Rig()
    rig.say(R1, 20)
    rig.child.memory.slots[Slot.BUSY] = 1

    def ends() -> None:
        if rig.child.memory.slots[Slot.BUSY]:
            rig.burst(1_000, polled=False)
            rig.child.memory.slots[Slot.BUSY] = 0

    rig.speaker.in_pause = ends

    assert rig.stop(1_000) == []
    (finished,) = [each for each in rig.events if isinstance(each, PlaybackFinished)]
    assert finished.played_ms == 20.0


def test_a_loudspeaker_found_lost_while_it_is_stopped_plays_nothing_again(rig: Rig) -> None:
    def dies() -> None:
        if rig.child.link is not None and not rig.child.link.notices:
            rig.child.lose(1_050)

    rig.speaker.in_pause = dies

    (flushed,) = rig.stop(1_045)

    assert rig.speaker.queued_frames == 0
    assert flushed.played_ms == pytest.approx(1_050 - 1_025, abs=0.1)
    rig.speaker.in_pause = lambda: None
    rig.child.run_again()
    assert rig.later((1_500, 1_540)) == 0


def test_another_reply_plays_whole_after_a_stop(rig: Rig) -> None:
    rig.stop(1_045)

    rig.say(R2, 100)

    assert rig.later(range(1_080, 1_280, BURST_MS)) == pytest.approx(100)


@pytest.mark.parametrize("poll_ms", [1, 10, 35])
def test_without_a_device_nothing_begins_after_the_stop(poll_ms: int) -> None:
    clock = ManualClock()
    speaker = NullSpeaker(clock)
    player = ReplyPlayer(speaker)
    speaker.open()
    player.play(R1, I1, tone(1))
    blocks: list[PlayedBlock] = []
    while clock.now_ns() < ns(333):
        blocks += player.poll()[1]
        clock.advance_ms(poll_ms)
    at_ns = clock.now_ns()

    (flushed,) = [each for each in player.flush(at_ns) if isinstance(each, PlaybackFlushed)]
    clock.advance_ms(100)
    blocks += player.poll()[1]

    sounding = [block for block in blocks if block.taken_frames]
    assert flushed.handed_end_ns == sounding[-1].played_ns
    assert at_ns - ns(10) < sounding[-1].played_ns <= at_ns
    assert flushed.played_ms == sum(block.taken_frames for block in sounding) / 24
