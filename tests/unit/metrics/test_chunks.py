import numpy as np
import pytest

from app.core.ids import ResponseId
from app.metrics.chunks import NOTHING, Reply, by_reply, delivery, smoothed, stalls_ms
from app.metrics.timeline_values import AudioArrival
from tests.unit.metrics.events import R1, R2, ns


def arrivals(chunk_ms: float, *instants_ms: float, reply: ResponseId = R1) -> list[AudioArrival]:
    return [AudioArrival(reply, ns(at), round(chunk_ms * 24)) for at in instants_ms]


def reply(chunk_ms: float, *instants_ms: float) -> Reply:
    return by_reply(arrivals(chunk_ms, *instants_ms))[R1]


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        (reply(50, 1000, 1000, 1000, 1400), 250.0),
        (reply(50, 0, 0, 0, 0, 0, 0, 400), 100.0),
        (reply(40, 0, 0, 250), 170.0),
        (reply(50, 0, 0, 120), 20.0),
        (reply(50, 0, 50, 100), 0.0),
        (reply(50, 7), 0.0),
    ],
    ids=["400 after 3x50", "400 after 6x50", "250 after 2x40", "120 after 2x50", "exact", "one"],
)
def test_the_prebuffer_is_the_largest_lateness(came: Reply, expected: float) -> None:
    assert came.required_prebuffer_ms == pytest.approx(expected)


def test_a_player_that_waits_the_required_prebuffer_never_stalls() -> None:
    came = reply(50, 0, 0, 0, 400, 400, 650)

    assert stalls_ms(came, 0.0) == (250.0, 150.0)
    assert stalls_ms(came, 100.0) == (150.0, 150.0)
    assert stalls_ms(came, came.required_prebuffer_ms) == ()


def test_delivery_of_nothing_is_unknown() -> None:
    assert delivery([]) == NOTHING
    assert by_reply([]) == {}


def test_a_reply_in_one_piece_has_no_speed_and_no_jitter() -> None:
    came = delivery([reply(200, 5)])

    assert (came.audio_ms, came.chunks_n, came.required_prebuffer_ms) == (200.0, 1, 0.0)
    assert (came.delivery_x, came.jitter_p95_ms, came.jitter_smoothed_ms) == (None, None, None)


def test_pieces_at_one_instant_have_no_speed() -> None:
    assert delivery([reply(200, 5, 5)]).delivery_x is None


def test_steady_delivery_at_four_times_real_time() -> None:
    came = delivery([reply(100, *range(0, 500, 25))])

    assert came.audio_ms == 2000.0
    assert came.delivery_x == pytest.approx(2000 / 475)
    assert came.jitter_p95_ms == pytest.approx(75.0)
    assert came.jitter_smoothed_ms == pytest.approx(75 * (1 - (15 / 16) ** 19))


def test_replies_of_one_turn_are_not_one_stream() -> None:
    mixed = [*arrivals(100, 5000, 5100, reply=R2), *arrivals(100, 0, 50)]

    replies = by_reply(mixed)
    came = delivery(tuple(replies.values()))

    assert list(replies) == [R1, R2]
    assert came.required_prebuffer_ms == 0.0
    assert came.audio_ms == 400.0
    assert came.delivery_x == pytest.approx(400 / 150)
    assert came.jitter_p95_ms == pytest.approx(0.95 * 50)


def test_lateness_begins_at_zero() -> None:
    assert reply(20, 100, 130, 140).lateness_ms.tolist() == pytest.approx([0, 10, 0])


def test_pieces_are_taken_by_their_instants_whatever_the_order_of_telling() -> None:
    there = reply(20, 100, 130, 140)
    back = reply(20, 140, 100, 130)

    assert back.at_ns.tolist() == there.at_ns.tolist()
    assert back.before.tolist() == [0, 480, 960]


@pytest.mark.parametrize(
    ("depth_ms", "filled_ms"),
    [(0.0, 100), (50.0, 100), (50.1, 160), (100.0, 160), (120.0, 190), (900.0, 190)],
)
def test_a_buffer_is_full_with_the_piece_that_fills_it(depth_ms: float, filled_ms: float) -> None:
    assert reply(50, 100, 160, 190).filled_ns(depth_ms) == ns(filled_ms)


@pytest.mark.parametrize(
    ("media_ms", "piece"),
    [(0.0, (100, 0.0)), (49.9, (100, 0.0)), (50.0, (160, 50.0)), (149.0, (190, 100.0))],
)
def test_the_piece_that_holds_a_frame(media_ms: float, piece: tuple[float, float]) -> None:
    assert reply(50, 100, 160, 190).holding(media_ms) == (ns(piece[0]), piece[1])


def test_the_smoothed_jitter_starts_at_nothing_and_nears_a_steady_change() -> None:
    assert smoothed(np.array([16.0])) == 1.0
    assert smoothed(np.full(500, 8.0)) == pytest.approx(8.0)
