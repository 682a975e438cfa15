import pytest

from app.audio.null_sink import NullSpeaker
from app.dsp.pcm import concat
from tests.support.audio import ns, ramp
from tests.support.clocks import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def speaker(clock: ManualClock) -> NullSpeaker:
    speaker = NullSpeaker(clock)
    speaker.open()
    speaker.open()
    return speaker


def test_it_plays_silence_on_a_fixed_grid(speaker: NullSpeaker, clock: ManualClock) -> None:
    clock.advance_ms(25)

    blocks = speaker.poll()

    assert [(b.played_ns, b.first_frame, b.taken_frames) for b in blocks] == [
        (ns(0), 0, 0),
        (ns(10), 240, 0),
        (ns(20), 480, 0),
    ]
    assert not any(block.samples.any() for block in blocks)
    assert speaker.poll() == ()


def test_what_is_written_is_heard_from_the_next_block_on(
    speaker: NullSpeaker, clock: ManualClock
) -> None:
    clock.advance_ms(45)  # nobody polled: the blocks that began were silent all the same
    assert speaker.write(ramp(300)) == 300
    assert speaker.queued_frames == 300
    clock.advance_ms(30)

    blocks = speaker.poll()

    assert [b.taken_frames for b in blocks] == [0, 0, 0, 0, 0, 240, 60, 0]
    assert concat([b.samples for b in blocks[5:7]]).tolist() == ramp(300).tolist() + [0] * 180
    assert speaker.queued_frames == 0


def test_a_flush_drops_what_has_not_begun(speaker: NullSpeaker, clock: ManualClock) -> None:
    speaker.write(ramp(1_000))
    clock.advance_ms(10)

    dropped = speaker.flush()
    clock.advance_ms(30)

    assert dropped == 760
    assert sum(b.taken_frames for b in speaker.poll()) == 240


def test_a_full_queue_refuses_and_counts(speaker: NullSpeaker) -> None:
    assert speaker.write(ramp(13_000)) == 12_000
    assert speaker.write(ramp(10)) == 0
    assert speaker.health.dropped_frames == 1_010


def test_a_sleeping_machine_is_a_jump(speaker: NullSpeaker, clock: ManualClock) -> None:
    clock.advance_ms(100_000)

    blocks = speaker.poll()

    assert [b.first_frame for b in blocks] == [100 * 24_000]
    assert speaker.health.restarts == 1


def test_it_plays_at_the_rate_it_is_given(clock: ManualClock) -> None:
    speaker = NullSpeaker(clock, rate_hz=44_100)
    speaker.open()
    clock.advance_ms(15)

    assert [len(b.samples) for b in speaker.poll()] == [441, 441]
    assert (speaker.rate_hz, speaker.device_clock, speaker.name) == (
        44_100,
        "digital",
        "no loudspeaker",
    )


def test_closed_it_plays_nothing(clock: ManualClock) -> None:
    speaker = NullSpeaker(clock)
    clock.advance_ms(50)
    assert speaker.poll() == ()
    speaker.open()

    speaker.close()
    speaker.close()
    clock.advance_ms(50)

    assert speaker.poll() == ()


def test_it_has_no_callbacks_that_could_be_late(speaker: NullSpeaker) -> None:
    assert speaker.callback_lag_ms(ns(0)) is None
    assert (speaker.device_clock, speaker.device_out_ms) == ("digital", None)
