import pytest

from app.core.ids import ResponseId
from app.metrics.chunks import (
    NOTHING,
    delivery,
    lateness_ms,
    required_prebuffer_ms,
    stalls_ms,
)
from app.metrics.timeline import AudioArrival
from tests.unit.metrics.events import R1, ns


def arrivals(chunk_ms: float, *instants_ms: float, reply: ResponseId = R1) -> list[AudioArrival]:
    frames = round(chunk_ms * 24)
    return [
        AudioArrival(reply, ns(at), index * frames, frames) for index, at in enumerate(instants_ms)
    ]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (arrivals(50, 1000, 1000, 1000, 1400), 250.0),
        (arrivals(50, 0, 0, 0, 0, 0, 0, 400), 100.0),
        (arrivals(40, 0, 0, 250), 170.0),
        (arrivals(50, 0, 0, 120), 20.0),
        (arrivals(50, 0, 50, 100), 0.0),
        (arrivals(50, 7), 0.0),
    ],
    ids=["400 after 3x50", "400 after 6x50", "250 after 2x40", "120 after 2x50", "exact", "one"],
)
def test_the_prebuffer_is_the_largest_lateness(reply: list[AudioArrival], expected: float) -> None:
    assert required_prebuffer_ms(reply) == pytest.approx(expected)


def test_a_player_that_waits_the_required_prebuffer_never_stalls() -> None:
    reply = arrivals(50, 0, 0, 0, 400, 400, 650)

    assert stalls_ms(reply, 0.0) == (250.0, 150.0)
    assert stalls_ms(reply, 100.0) == (150.0, 150.0)
    assert stalls_ms(reply, required_prebuffer_ms(reply)) == ()


def test_delivery_of_nothing_is_unknown() -> None:
    assert delivery([]) == NOTHING


def test_a_reply_in_one_piece_has_no_speed_and_no_jitter() -> None:
    came = delivery(arrivals(200, 5))

    assert (came.audio_ms, came.chunks_n, came.required_prebuffer_ms) == (200.0, 1, 0.0)
    assert (came.delivery_x, came.jitter_p95_ms) == (None, None)


def test_pieces_at_one_instant_have_no_speed() -> None:
    assert delivery(arrivals(200, 5, 5)).delivery_x is None


def test_steady_delivery_at_four_times_real_time() -> None:
    came = delivery(arrivals(100, *range(0, 500, 25)))

    assert came.audio_ms == 2000.0
    assert came.delivery_x == pytest.approx(2000 / 475)
    assert came.jitter_p95_ms == pytest.approx(75.0)


def test_replies_of_one_turn_are_not_one_stream() -> None:
    second = arrivals(100, 5000, 5100, reply=ResponseId("r2"))

    came = delivery([*arrivals(100, 0, 50), *second])

    assert came.required_prebuffer_ms == 0.0
    assert came.audio_ms == 400.0
    assert came.delivery_x == pytest.approx(400 / 150)
    assert came.jitter_p95_ms == pytest.approx(0.95 * 50)


def test_lateness_begins_at_zero() -> None:
    assert lateness_ms(arrivals(20, 100, 130, 140)).tolist() == pytest.approx([0, 10, 0])
