"""What a flush silences, tells and leaves behind."""

import pytest

from app.core.events import (
    AgentSpeechStarted,
    ItemHeard,
    PlaybackAudible,
    PlaybackFlushed,
    PlaybackStarted,
)
from app.core.ids import ResponseId
from tests.support.audio import SECOND, ns, ramp
from tests.support.player import AUDIBLE, I1, I2, R1, R2, Rig, finished, plain, started


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_flush_silences_all_but_one_block_and_tells_what_was_heard(rig: Rig) -> None:
    rig.player.play(R1, I1, ramp(SECOND))
    rig.player.end(R1)
    rig.run(10)

    events = rig.player.flush(ns(100))
    rig.run(5)

    assert [plain(e) for e in events if not isinstance(e, AUDIBLE)] == [
        PlaybackFlushed(
            at_ns=ns(100),
            response_id=R1,
            item_id=I1,
            played_ms=110.0,
            dropped_ms=890.0,
            handed_end_ns=ns(100),
            items=(ItemHeard(I1, 110.0, 1000.0),),
        )
    ]
    assert rig.player.playing is None
    assert rig.player.played_ms(I1) == 110.0
    assert rig.events == [started(0)]
    assert rig.heard[: 11 * 240].tolist() == ramp(11 * 240).tolist()
    assert not rig.heard[11 * 240 :].any()


def test_a_flush_tells_first_what_had_happened_before(rig: Rig) -> None:
    rig.player.play(R1, I1, ramp(SECOND))
    rig.speaker.play_blocks(4)

    events = rig.player.flush(ns(10))

    assert [type(e) for e in events] == [
        PlaybackStarted,
        AgentSpeechStarted,
        PlaybackAudible,
        PlaybackFlushed,
    ]


def test_a_flush_hits_every_reply_that_waits(rig: Rig) -> None:
    rig.player.play(R1, I1, ramp(480))
    rig.player.end(R1)
    rig.player.play(R2, I2, ramp(SECOND))
    rig.run(1)

    events = rig.player.flush(ns(10))

    flushed = [e for e in events if isinstance(e, PlaybackFlushed)]
    assert [(e.response_id, e.played_ms, e.dropped_ms) for e in flushed] == [
        (R1, 20.0, 0.0),
        (R2, 0.0, 1_000.0),
    ]


def test_a_flush_hits_a_reply_that_has_run_dry_but_not_ended(rig: Rig) -> None:
    rig.player.play(R1, I1, ramp(480))
    rig.run(10)

    events = rig.player.flush(ns(100))

    assert [(e.played_ms, e.dropped_ms) for e in events if isinstance(e, PlaybackFlushed)] == [
        (20.0, 0.0)
    ]
    assert rig.player.play(R1, I1, ramp(480)) == 0
    rig.run(5)
    assert rig.player.played_ms(I1) == 20.0


def test_a_flush_drops_what_the_loudspeaker_had_no_room_for() -> None:
    rig = Rig(capacity_ms=15)
    rig.player.play(R1, I1, ramp(4_800))
    rig.run(1)

    rig.player.flush(ns(10))
    rig.run(10)

    assert [s for s in rig.heard.tolist() if s] == ramp(480).tolist()
    assert rig.player.played_ms(I1) == 20.0


def test_a_flushed_reply_teaches_the_buffer_too(rig: Rig) -> None:
    rig.player.play(R1, I1, ramp(480))
    rig.run(6)
    rig.player.play(R1, I1, ramp(SECOND))
    rig.run(2)

    rig.player.flush(ns(80))

    assert rig.player.buffer_ms == 50.0


def test_flushed_replies_are_forgotten_in_time(rig: Rig) -> None:
    for i in range(100):
        rig.player.play(ResponseId(str(i)), I1, ramp(480))
        rig.player.flush(ns(0))
        rig.run(1)

    assert len(rig.player._flushed) <= 64


def test_a_flush_of_nothing_is_nothing(rig: Rig) -> None:
    rig.player.play(R1, I1, ramp(480))
    rig.player.end(R1)
    rig.run(5)

    assert rig.player.flush(ns(50)) == []


def test_later_pieces_of_a_flushed_reply_are_refused_and_not_counted(rig: Rig) -> None:
    rig.player.play(R1, I1, ramp(SECOND))
    rig.player.flush(ns(0))

    assert rig.player.play(R1, I1, ramp(480)) == 0

    rig.player.end(R1)
    rig.run(5)
    assert rig.player.refused_frames == 0
    assert sum(block.taken_frames for block in rig.blocks) <= 240


def test_a_new_reply_plays_after_a_flush(rig: Rig) -> None:
    rig.player.play(R1, I1, ramp(SECOND))
    rig.run(1)
    rig.player.flush(ns(10))
    rig.events.clear()

    rig.player.play(R2, I2, ramp(480))
    rig.player.end(R2)
    rig.run(6)

    assert rig.events == [started(20, R2), finished(40, 20.0, R2)]
