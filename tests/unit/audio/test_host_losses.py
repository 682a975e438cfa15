"""What becomes of a session's audio when its devices are lost, come back or are exchanged."""

import numpy as np
import pytest

from app.audio.host import LONGEST_SILENCE_S, DeviceMicrophone, DeviceSpeaker
from app.audio.link import LinkChange, LinkNotice
from app.audio.shared import Direction
from app.core.audio_format import AudioBlock, PlayedBlock
from app.core.ports import NoticeKind
from app.dsp.pcm import concat
from tests.support.audio import ns, ramp
from tests.support.hand_child import HandChild, instants_ms, opened, run

HELD_MS = 25
"""Between a hand-over and the DAC."""


def microphone() -> tuple[HandChild, DeviceMicrophone]:
    child, device = opened(Direction.INPUT)
    assert isinstance(device, DeviceMicrophone)
    run(child, device, 100, child.call_back)
    return child, device


def speaker() -> tuple[HandChild, DeviceSpeaker]:
    child, device = opened(Direction.OUTPUT)
    assert isinstance(device, DeviceSpeaker)
    run(child, device, 100, child.call_back)
    return child, device


def ends_ms(block: AudioBlock) -> float:
    return block.captured_ns / 1e6 + len(block.samples) * 1000 / block.rate_hz


def test_a_microphone_that_is_away_is_silent_in_real_time() -> None:
    child, device = microphone()
    before_ms = 1_000 - HELD_MS
    child.lose(1_000)
    child.present_ms = 1_500

    blocks = device.poll()
    child.present_ms = 1_600
    more = device.poll()

    assert blocks[0].captured_ns / 1e6 == pytest.approx(before_ms, abs=0.1)
    assert ends_ms(blocks[-1]) == pytest.approx(1_400, abs=0.1)
    assert ends_ms(more[-1]) == pytest.approx(1_500, abs=0.1)
    assert not any(block.samples.any() for block in (*blocks, *more))


def test_the_gap_of_a_microphone_is_silence_of_its_exact_length() -> None:
    child, device = microphone()
    before = list(device.poll())
    child.lose(1_000)
    blocks = before
    for present_ms in (1_200, 1_700):
        child.present_ms = present_ms
        blocks += device.poll()
    child.run_again()
    child.call_back(1_833)

    blocks += device.poll()

    frames = [(block.first_frame, len(block.samples)) for block in blocks]
    assert [first for first, _ in frames[1:]] == [first + n for first, n in frames[:-1]]
    silent = sum(len(block.samples) for block in blocks if not block.samples.any())
    back = blocks[-1].captured_ns / 1e6
    assert silent / 48 == pytest.approx(back - (1_000 - HELD_MS), abs=0.1)
    lost, returned = device.take_notices()
    assert (lost.kind, lost.name, lost.reason) == (NoticeKind.LOST, "Card", "it was lost")
    assert returned.kind is NoticeKind.BACK
    assert returned.gap_start_ns == pytest.approx(ns(1_000 - HELD_MS), abs=1000)
    assert returned.gap_end_ns == blocks[-1].captured_ns
    assert device.take_notices() == []


def test_a_machine_that_slept_is_not_filled_with_silence() -> None:
    child, device = microphone()
    child.lose(1_000)
    child.present_ms = 1_000 + (LONGEST_SILENCE_S + 10) * 1_000

    blocks = device.poll()
    child.present_ms += 200
    later = device.poll()

    assert blocks == []
    assert later[0].first_frame > LONGEST_SILENCE_S * 48_000


def test_a_microphone_that_takes_over_goes_on_where_the_one_before_ended() -> None:
    child, device = microphone()
    old = child.memory
    child.run_again(LinkChange.SWITCHED, "Jabra")
    for at_ms in range(940, 1_040, 10):  # it had been running beside the other
        child.call_back(at_ms, latency_ms=40)  # as assumed of a new one
    del old

    blocks = device.poll()

    assert len(blocks) <= 7
    assert blocks[0].captured_ns >= ns(1_000 - HELD_MS - 10)
    (notice,) = device.take_notices()
    assert (notice.kind, notice.name) == (NoticeKind.SWITCHED, "Jabra")
    assert notice.gap_start_ns is not None
    assert notice.gap_end_ns is not None
    assert 0 <= notice.gap_end_ns - notice.gap_start_ns < ns(11)
    assert device.health.restarts == device.health.xruns == 0
    assert device.callback_lag_ms(ns(900)) == 0.0


def played(blocks: list[PlayedBlock]) -> list[int]:
    heard = concat([block.samples[: block.taken_frames] for block in blocks])
    return [int(each) for each in heard]


def test_what_a_lost_loudspeaker_had_taken_and_never_sounded_is_told_and_played_again() -> None:
    child, device = speaker()
    device.write(ramp(9_600))
    for at_ms in (1_000, 1_010, 1_020, 1_030):
        child.call_back(at_ms)
    blocks = list(device.poll())
    child.lose(1_040)

    told = list(device.poll())
    child.run_again()
    again = list(device.poll())
    for at_ms in range(1_500, 1_800, 10):
        child.call_back(at_ms)
    again += device.poll()

    (marker,) = told
    sounded = 9_600 - (marker.unheard_frames + 9_600 - 4 * 480)
    assert sounded == pytest.approx((1_040 - 1_000 - HELD_MS) * 48, abs=2)
    assert len(marker.samples) == marker.taken_frames == 0
    assert marker.played_ns == ns(1_040)
    assert played(blocks)[:sounded] + played(again) == ramp(9_600).tolist()
    (_, back) = device.take_notices()
    assert back.gap_start_ns == ns(1_040)
    assert again[0].first_frame > blocks[-1].first_frame


def test_a_loudspeaker_that_sounded_all_it_had_leaves_nothing_unheard() -> None:
    child, device = speaker()
    device.write(ramp(480))
    child.call_back(1_000)
    device.poll()
    child.lose(1_200)

    assert device.poll() == []
    assert device.queued_frames == 0


def test_a_flush_while_the_loudspeaker_is_away_drops_what_was_unheard_too() -> None:
    child, device = speaker()
    device.write(ramp(4_800))
    child.call_back(1_000)
    device.poll()
    child.lose(1_000)
    device.poll()

    assert device.flush() == 4_800
    assert device.queued_frames == 0
    assert device.device_out_ms is None


def test_another_loudspeaker_plays_what_the_first_has_not_taken() -> None:
    child, device = speaker()
    device.write(ramp(4_800))
    child.call_back(1_000)
    blocks = list(device.poll())
    first = child.memory
    child.run_again(LinkChange.SWITCHED, "Jabra")
    for at_ms in range(900, 1_010, 10):
        child.call_back(at_ms)  # silence, while it was only being opened

    blocks += device.poll()
    for at_ms in range(1_010, 1_120, 10):
        child.call_back(at_ms)
    blocks += device.poll()

    assert first.samples.readable == 0
    assert played(blocks) == ramp(4_800).tolist()
    assert not any(block.unheard_frames for block in blocks)
    instants = [block.played_ns for block in blocks]
    assert instants == sorted(instants)


def test_a_device_that_is_refused_changes_nothing() -> None:
    child, device = microphone()
    device.switch("Nobody")
    assert child.link is not None
    refusal = LinkNotice(LinkChange.REFUSED, ns(1_000), "Nobody", "there is none")
    child.link.notices.append(refusal)
    child.call_back(1_000)

    blocks = device.poll()

    assert child.asked == ["Nobody"]
    assert len(blocks) == 1
    (notice,) = device.take_notices()
    assert (notice.kind, notice.name) == (NoticeKind.REFUSED, "Nobody")
    assert (device.problem, device.name, device.chosen) == ("", "default", None)


def test_a_device_that_is_not_open_is_opened_as_the_one_that_was_asked_for() -> None:
    child = HandChild(Direction.INPUT)
    device = DeviceMicrophone(None, child)

    device.switch("Jabra")
    device.look_again()
    device.open()
    device.look_again()
    name = device.name
    device.close()

    assert name == device.name == device.chosen == "Jabra"
    assert child.looked == 1
    assert (device.process_id, device.standing_in) == (None, False)
    assert device.poll() == []


@pytest.mark.parametrize("direction", list(Direction))
def test_a_device_that_delivers_44100_hz_and_claims_48000_is_taken_at_its_word_no_longer(
    direction: Direction,
) -> None:
    child, device = opened(direction)
    step_ms = 480 / 44.1
    got: list[float] = []
    for step in range(700):
        child.read_clocks(step * step_ms) if step % 10 == 0 else None
        child.call_back(step * step_ms, latency_ms=HELD_MS)
        got += instants_ms(device)

    assert device.health.measured_rate_hz == pytest.approx(44_100, rel=1e-3)
    assert np.diff(got[-100:]) == pytest.approx(step_ms, abs=0.01)
    side = 1 if direction is Direction.OUTPUT else -1
    assert got[-1] == pytest.approx(699 * step_ms + side * HELD_MS, abs=1)
    child.call_back(700 * step_ms)
    (block,) = device.poll()
    assert block.rate_hz == 44_100


def test_no_frame_that_another_loudspeaker_took_is_missing_from_the_account() -> None:
    child, device = speaker()
    device.write(ramp(4_800))
    for at_ms in (1_000, 1_100):  # what it holds sounds after what the next one is given
        child.call_back(at_ms)
    blocks = list(device.poll())
    child.run_again(LinkChange.SWITCHED, "Jabra")
    blocks += device.poll()
    for at_ms in range(1_010, 1_110, 10):
        child.call_back(at_ms)

    blocks += device.poll()

    assert played(blocks) == ramp(4_800).tolist()
