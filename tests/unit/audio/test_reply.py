from itertools import pairwise

import numpy as np
import pytest

from app.audio.reply import MAX_REPLY_FRAMES, ReplyAudio
from app.core.ids import ItemId, ResponseId
from app.dsp.pcm import concat, silence
from tests.support.audio import SECOND, ns, ramp, tone

A, B = ItemId("a"), ItemId("b")


def reply_at(rate_hz: int = 24_000) -> ReplyAudio:
    return ReplyAudio(ResponseId("r"), rate_hz)


def test_frames_come_out_as_they_went_in_and_then_it_is_drained() -> None:
    reply = reply_at()
    reply.accept(A, ramp(1_000))

    first, second = reply.next_frames(600), reply.next_frames(600)
    empty, before = reply.next_frames(600), reply.drained
    reply.ended = True
    last = reply.next_frames(600)

    assert concat((first, second)).tolist() == ramp(1_000).tolist()
    assert (len(first), len(second), len(empty), len(last)) == (600, 400, 0, 0)
    assert (before, reply.drained, reply.over) == (False, True, False)


def test_another_rate_gives_the_whole_length_at_the_end() -> None:
    reply = reply_at(48_000)
    reply.accept(A, tone(0.1))
    reply.ended = True

    made = [reply.next_frames(480) for _ in range(6)]

    assert len(concat(made)) == 4_800
    assert reply.fed == 4_800


def test_ten_minutes_may_wait_and_no_more() -> None:
    reply = reply_at()

    taken = reply.accept(A, silence(MAX_REPLY_FRAMES + 5))

    assert taken == MAX_REPLY_FRAMES
    assert reply.accept(A, silence(1)) == 0
    assert reply.arrived_ms == 600_000


def test_items_that_alternate_for_ever_are_refused() -> None:
    reply = reply_at()

    taken = [reply.accept(ItemId(str(i)), silence(1)) for i in range(300)]

    assert sum(taken) == 256


def test_what_sounded_is_credited_to_the_items_in_turn() -> None:
    reply = reply_at()
    reply.accept(A, silence(240))
    reply.accept(B, silence(480))
    reply.accept(A, silence(240))
    reply.next_frames(960)
    seen = []
    for step in range(4):
        reply.sound(240, step * 240, ns(10 * step))
        seen.append((reply.item_at_head(), reply.item_played_ms(A), reply.item_played_ms(B)))

    assert seen == [(A, 10, 0), (B, 10, 10), (B, 10, 20), (A, 20, 20)]
    assert reply.item_played_ms(ItemId("other")) is None


def test_no_more_is_credited_than_came() -> None:
    reply = reply_at(48_000)
    reply.accept(A, silence(100))

    reply.sound(480, 0, ns(0))

    assert reply.played_ms == pytest.approx(100 / 24)


def test_the_first_item_is_at_the_head_before_anything_sounded() -> None:
    reply = reply_at()
    assert reply.item_at_head() is None

    reply.accept(A, silence(10))
    reply.accept(B, silence(10))

    assert reply.item_at_head() == A


def test_a_gap_between_frames_is_a_stall() -> None:
    reply = reply_at()
    reply.accept(A, silence(480))

    gaps = [reply.sound(240, 0, ns(0)), reply.sound(240, 720, ns(30))]

    assert gaps == [0, 20]
    assert reply.stalled_ms == 20
    assert reply.end_ns == ns(40)


def test_a_gap_before_held_back_frames_counts_only_if_the_reply_goes_on() -> None:
    reply = reply_at(48_000)
    reply.accept(A, tone(0.1))
    made = len(reply.next_frames(2_400))
    reply.sound(made, 0, ns(0))
    assert reply.ran_dry
    tail = len(reply.next_frames(2_400))

    over_tail = reply.sound(tail, made + 480, ns(200))
    reply.accept(A, tone(0.1))
    more = len(reply.next_frames(2_400))
    after = reply.sound(more, made + 480 + tail + 960, ns(300))

    assert made + tail == 4_800
    assert over_tail == 0
    assert after == 30


def test_the_first_audible_frame_has_the_instant_it_sounded() -> None:
    reply = reply_at(48_000)
    reply.accept(A, concat((silence(SECOND // 10), tone(0.2))))
    reply.ended = True
    while not reply.drained:
        reply.next_frames(240)
    before = reply.take_audible(), reply.audible_ns, reply.audible_end_ns

    spans = []
    for step in range(14):
        reply.sound(1_000, step * 1_000, ns(1_000 + 1_000 / 48 * step))
        spans += reply.take_audible()

    assert before == ([], None, None)
    assert reply.audible_ns == spans[0][0] == pytest.approx(ns(1_100), abs=ns(0.1))
    assert reply.audible_end_ns == spans[-1][1] == pytest.approx(ns(1_291.67), abs=ns(0.1))
    assert reply.leading_ms == pytest.approx(100, abs=0.1)
    assert all(a[1] == pytest.approx(b[0], abs=2) for a, b in pairwise(spans))


def test_a_gap_in_what_sounded_is_no_part_of_an_audible_stretch() -> None:
    reply = reply_at()
    reply.accept(A, tone(0.1))
    reply.ended = True
    while not reply.drained:
        reply.next_frames(2_400)

    reply.sound(1_000, 0, ns(0))
    reply.sound(1_400, 2_200, ns(2_200 / 24))

    (first, second) = reply.take_audible()
    assert first[:2] == pytest.approx((ns(0), ns(1_000 / 24)), abs=ns(0.1))
    assert second[:2] == pytest.approx((ns(2_200 / 24), ns(150)), abs=ns(0.2))
    assert (first.media_ms, second.media_ms) == pytest.approx((0.0, 1_000 / 24), abs=0.1)


def test_what_is_cut_off_within_30_ms_was_not_heard() -> None:
    def cut_off_after(frames: int) -> ReplyAudio:
        reply = reply_at()
        reply.accept(A, concat((silence(240), tone(0.1))))
        reply.next_frames(2_400)
        reply.sound(240 + frames, 0, ns(0))
        reply.drop()
        reply.take_audible()
        return reply

    short, long = cut_off_after(700), cut_off_after(730)

    assert (short.audible_ns, short.audible_end_ns) == (None, None)
    assert long.audible_ns == pytest.approx(ns(10), abs=ns(0.1))


def test_what_is_dropped_is_over_once_the_rest_has_sounded() -> None:
    reply = reply_at()
    reply.accept(A, tone(1.0))
    reply.next_frames(240)

    reply.drop()

    assert reply.waiting == 0
    before = reply.over
    reply.sound(240, 0, ns(0))
    assert (before, reply.over) == (False, True)
    assert np.array_equal(reply.next_frames(240), silence(0))
