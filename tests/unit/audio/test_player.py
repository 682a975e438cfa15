import pytest

from app.audio.null_sink import NullSpeaker
from app.audio.player import MAX_WAITING_REPLIES, ReplyPlayer
from app.audio.reply import MAX_REPLY_FRAMES
from app.core.audio_format import PlayedBlock
from app.core.events import (
    PlaybackAudible,
    PlaybackFinished,
    PlaybackStalled,
    PlaybackStarted,
    SessionEvent,
)
from app.core.ids import ItemId, ResponseId
from app.core.ports import Player
from app.dsp.pcm import concat, silence
from tests.support.audio import SECOND, ns, ramp, tone
from tests.support.clocks import ManualClock
from tests.support.player import AUDIBLE, I1, I2, R1, R2, Rig, finished, plain, started


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_it_is_the_player_the_session_wants(rig: Rig) -> None:
    player: Player = rig.player

    assert player.sink is rig.speaker
    assert player.playing is None


def test_a_reply_is_played_whole_and_accounted_for(rig: Rig) -> None:
    rig.run(2)
    assert rig.player.play(R1, I1, ramp(1_200)) == 0
    rig.player.end(R1)

    rig.run(2)
    during = rig.player.playing, rig.player.played_ms(I1)
    rig.run(6)

    assert during == (R1, 20.0)
    assert rig.events == [started(20), finished(70, 50.0)]
    assert rig.player.playing is None
    assert rig.player.played_ms(I1) == 50.0
    assert rig.heard[480:1_680].tolist() == ramp(1_200).tolist()
    assert len(rig.blocks) == 10


def test_a_reply_starts_when_one_block_has_come(rig: Rig) -> None:
    rig.player.play(R1, I1, ramp(239))
    rig.run(2)
    waiting = list(rig.events)

    rig.player.play(R1, I1, ramp(1))
    rig.run(1)

    assert waiting == []
    assert rig.events == [started(20)]


def test_a_reply_shorter_than_a_block_starts_when_it_has_ended(rig: Rig) -> None:
    rig.player.play(R1, I1, ramp(100))
    rig.player.end(R1)

    rig.run(1)

    assert [type(e) for e in rig.events] == [PlaybackStarted, PlaybackFinished]
    assert rig.player.played_ms(I1) == pytest.approx(100 / 24)


def test_the_end_may_come_long_after_the_sound(rig: Rig) -> None:
    rig.player.play(R1, I1, ramp(480))
    rig.run(10)
    assert rig.events == [started(0)]

    rig.player.end(R1)
    rig.poll()

    assert rig.events == [started(0), finished(20, 20.0)]


def test_a_stall_is_measured_and_the_next_reply_waits_that_much_longer(rig: Rig) -> None:
    rig.player.play(R1, I1, ramp(480))
    rig.run(5)
    rig.player.play(R1, I1, ramp(480))
    rig.player.end(R1)
    rig.run(3)

    stalled = PlaybackStalled(at_ns=ns(20), response_id=R1, stall_ms=30.0)
    assert rig.events == [started(0), stalled, finished(70, 40.0)]
    assert rig.player.buffer_ms == 40.0

    rig.events.clear()
    rig.player.play(R2, I2, ramp(959))
    rig.run(1)
    assert rig.events == []
    rig.player.play(R2, I2, ramp(1))
    rig.run(1)
    assert rig.events == [started(90, R2)]


def test_a_lost_device_is_a_stall_and_loses_nothing(rig: Rig) -> None:
    rig.player.play(R1, I1, ramp(480))
    rig.player.end(R1)
    rig.run(1)

    rig.speaker.lose(50)
    rig.run(2)

    stalled = PlaybackStalled(at_ns=ns(10), response_id=R1, stall_ms=500.0)
    assert rig.events == [started(0), stalled, finished(520, 20.0)]


def test_dryness_after_the_last_piece_is_no_stall(rig: Rig) -> None:
    rig.player.play(R1, I1, ramp(480))
    rig.run(20)

    rig.player.end(R1)
    rig.run(1)

    assert not any(isinstance(e, PlaybackStalled) for e in rig.events)
    assert rig.player.buffer_ms == 10.0


def test_the_filters_last_frames_are_not_held_back_and_are_no_stall() -> None:
    rig = Rig(rate_hz=48_000)
    rig.player.play(R1, I1, tone(0.1))

    rig.run(30)
    rig.player.end(R1)
    rig.poll()

    assert not any(isinstance(e, PlaybackStalled) for e in rig.events)
    assert rig.player.played_ms(I1) == 100.0
    assert sum(block.taken_frames for block in rig.blocks) >= 2_300


def test_the_buffer_shrinks_with_each_reply_that_flows(rig: Rig) -> None:
    rig.player.play(R1, I1, ramp(480))
    rig.run(12)
    rig.player.play(R1, I1, ramp(480))
    rig.player.end(R1)
    rig.run(5)
    depths = [rig.player.buffer_ms]

    for name in ("a", "b", "c"):
        rig.player.play(ResponseId(name), I2, ramp(4_800))
        rig.player.end(ResponseId(name))
        rig.run(25)
        depths.append(rig.player.buffer_ms)

    assert depths == [110.0, 55.0, 27.5, 13.75]


def test_replies_follow_each_other(rig: Rig) -> None:
    for response_id, item_id in ((R1, I1), (R2, I2)):
        rig.player.play(response_id, item_id, ramp(480))
        rig.player.end(response_id)

    rig.run(5)

    assert rig.events == [
        started(0),
        finished(20, 20.0),
        started(20, R2),
        finished(40, 20.0, R2),
    ]


def test_a_reply_may_begin_in_the_middle_of_a_block(rig: Rig) -> None:
    for response_id, item_id in ((R1, I1), (R2, I2)):
        rig.player.play(response_id, item_id, ramp(360))
        rig.player.end(response_id)

    rig.run(4)

    assert rig.events == [started(0), finished(15, 15.0), started(15, R2), finished(30, 15.0, R2)]


def test_pieces_that_do_not_fit_the_blocks_are_no_stall(rig: Rig) -> None:
    for _ in range(10):
        rig.player.play(R1, I1, ramp(360))
    rig.player.end(R1)

    rig.run(16)

    assert rig.events == [started(0), finished(150, 150.0)]


def test_a_reply_whose_end_was_lost_gives_way_to_the_next(rig: Rig) -> None:
    rig.player.play(R1, I1, ramp(480))
    rig.run(5)

    rig.player.play(R2, I2, ramp(480))
    rig.player.end(R2)
    rig.run(4)

    assert rig.events == [
        started(0),
        finished(20, 20.0),
        started(50, R2),
        finished(70, 20.0, R2),
    ]
    assert rig.player.play(R1, I1, ramp(10)) == 10
    assert rig.player.refused_frames == 10


def test_minutes_delivered_at_once_wait_and_the_sink_gets_little_at_a_time(rig: Rig) -> None:
    assert rig.player.play(R1, I1, silence(MAX_REPLY_FRAMES)) == 0

    assert rig.speaker.queued_frames <= 6_000
    assert rig.player.play(R1, I1, silence(SECOND)) == SECOND - rig.speaker.queued_frames
    assert rig.player.refused_frames == SECOND - rig.speaker.queued_frames


def test_too_many_replies_are_refused_and_counted(rig: Rig) -> None:
    refused = [
        rig.player.play(ResponseId(str(i)), I1, ramp(100)) for i in range(MAX_WAITING_REPLIES + 3)
    ]

    assert sum(refused) == rig.player.refused_frames == 300


def test_an_account_is_kept_of_the_last_replies_only(rig: Rig) -> None:
    for i in range(70):
        rig.player.play(ResponseId(f"r{i}"), ItemId(f"i{i}"), ramp(240))
        rig.player.end(ResponseId(f"r{i}"))
        rig.run(2)

    assert rig.player.played_ms(ItemId("i0")) == 0.0
    assert rig.player.played_ms(ItemId("i69")) == 10.0


def test_empty_pieces_and_unknown_replies_are_nothing(rig: Rig) -> None:
    assert rig.player.play(R1, I1, silence(0)) == 0
    rig.player.end(R1)
    rig.run(2)

    assert rig.events == []
    assert rig.player.played_ms(I1) == 0.0


@pytest.mark.parametrize("capacity_ms", [0, 15, 35])
def test_a_loudspeaker_that_takes_little_gets_the_rest_later(capacity_ms: int) -> None:
    rig = Rig(capacity_ms=capacity_ms)
    rig.player.play(R1, I1, ramp(4_800))
    rig.player.end(R1)

    rig.run(5)
    rig.speaker._capacity = 12_000
    rig.run(25)

    assert [s for s in rig.heard.tolist() if s] == ramp(4_800).tolist()
    assert isinstance(rig.events[-1], PlaybackFinished)


@pytest.mark.parametrize("rate_hz", [24_000, 44_100, 48_000])
def test_any_rate_of_the_device_gives_the_same_account(rate_hz: int) -> None:
    clock = ManualClock()
    speaker = NullSpeaker(clock, rate_hz=rate_hz)
    speaker.open()
    player = ReplyPlayer(speaker)
    reply = concat((silence(SECOND // 10), tone(0.9)))
    events: list[SessionEvent] = []
    blocks: list[PlayedBlock] = []
    for step in range(250):
        clock.advance_ms(10)
        if step == 0:
            player.play(R1, I1, reply[:12_000])
        if step == 10:
            player.play(R1, I1, reply[12_000:])
            player.end(R1)
        got = player.poll()
        events += got[0]
        blocks += got[1]

    audible = next(e for e in events if isinstance(e, PlaybackAudible))
    assert [plain(e) for e in events if not isinstance(e, AUDIBLE)] == [
        started(20),
        finished(1_020, 1_000.0),
    ]
    assert audible.at_ns == pytest.approx(ns(120), abs=ns(0.1))
    assert sum(b.taken_frames for b in blocks) == pytest.approx(SECOND, abs=100)
    assert all(b.rate_hz == 24_000 for b in blocks)
