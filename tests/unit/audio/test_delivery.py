"""The rate at which a device really delivers."""

import pytest

from app.audio.delivery import DeliveredRate
from tests.support.audio import ns


def fed(claimed_hz: int, true_hz: float, seconds: float, *, xrun_every: int = 0) -> DeliveredRate:
    rate = DeliveredRate(claimed_hz)
    feed(rate, true_hz, 0.0, seconds, xrun_every=xrun_every)
    return rate


def feed(
    rate: DeliveredRate, true_hz: float, start_s: float, seconds: float, *, xrun_every: int = 0
) -> None:
    frames = 480
    for number in range(round(seconds * true_hz / frames)):
        at_ms = (start_s + number * frames / true_hz) * 1000
        rate.add(ns(at_ms), frames, xrun=bool(xrun_every) and number % xrun_every == 0)


@pytest.mark.parametrize(
    ("claimed_hz", "true_hz", "believed_hz"),
    [
        pytest.param(48_000, 48_000, None, id="honest"),
        pytest.param(48_000, 48_700, None, id="within-two-percent"),
        pytest.param(48_000, 44_100, 44_100, id="cd"),
        pytest.param(16_000, 48_000, 48_000, id="three-times"),
        pytest.param(48_000, 15_950, 16_000, id="near-a-standard-rate"),
        pytest.param(48_000, 40_000, 40_000, id="no-standard-rate"),
    ],
)
def test_a_rate_is_believed_over_the_claim_when_it_is_more_than_two_percent_off(
    claimed_hz: int, true_hz: float, believed_hz: int | None
) -> None:
    rate = fed(claimed_hz, true_hz, 6.0)

    assert rate.measured_hz == pytest.approx(true_hz, rel=1e-3)
    assert rate.true_hz == believed_hz


def test_nothing_is_known_before_two_measurements_agree() -> None:
    assert fed(48_000, 44_100, 2.9).measured_hz is None
    once = fed(48_000, 44_100, 4.0)
    assert (once.measured_hz is None, once.true_hz) == (False, None)


def test_measurements_that_disagree_are_not_believed() -> None:
    rate = DeliveredRate(48_000)
    feed(rate, 44_100, 0.0, 3.1)
    feed(rate, 40_000, 3.1, 2.2)

    assert rate.true_hz is None


def test_a_stretch_with_overflows_or_a_pause_tells_no_rate() -> None:
    assert fed(48_000, 44_100, 8.0, xrun_every=50).measured_hz is None
    rate = DeliveredRate(48_000)
    for start_s in (0.0, 3.0, 6.0, 9.0):
        feed(rate, 44_100, start_s, 1.5)
    assert rate.measured_hz is None


def test_a_device_that_comes_to_its_senses_is_believed_again() -> None:
    rate = DeliveredRate(48_000)
    feed(rate, 44_100, 0.0, 6.0)
    feed(rate, 48_000, 6.0, 6.0)

    assert rate.true_hz == 48_000
