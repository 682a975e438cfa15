"""Devices over a child that is played by the test: stamps, clocks, lateness and losses."""

import pytest

from app.audio.host import DeviceMicrophone, DeviceSpeaker
from app.audio.shared import Direction
from app.core.ports import AudioSink, AudioSource, HotDevice
from tests.support.audio import ns
from tests.support.hand_child import CLAIMED_MS, HandChild, instants_ms, opened, run

both = pytest.mark.parametrize("direction", list(Direction))


def sign(direction: Direction) -> int:
    return 1 if direction is Direction.OUTPUT else -1


def test_they_are_the_devices_the_session_wants() -> None:
    source: AudioSource = DeviceMicrophone(None, HandChild(Direction.INPUT))
    sink: AudioSink = DeviceSpeaker(None, HandChild(Direction.OUTPUT))

    assert isinstance(source, HotDevice)
    assert isinstance(sink, HotDevice)
    assert (source.device_clock, sink.device_clock) == ("assumed", "assumed")
    assert (source.callback_lag_ms(ns(0)), sink.callback_lag_ms(ns(0))) == (None, None)
    assert sink.device_out_ms is None


@both
def test_sound_stamps_are_measured(direction: Direction) -> None:
    child, device = opened(direction)

    got = run(child, device, 120, child.call_back)

    assert device.device_clock == "measured"
    assert got[-1] == pytest.approx(1_190 + sign(direction) * 25, abs=0.01)


@both
@pytest.mark.parametrize(
    "lie",
    [
        pytest.param({"stamps": False}, id="zeros"),
        pytest.param({"latency_ms": -25}, id="wrong-side"),
        pytest.param({"latency_ms": 0}, id="no-latency"),
        pytest.param({"latency_ms": 1_500}, id="more-than-a-second"),
    ],
)
def test_stamps_that_fail_the_test_give_way_to_what_the_device_claims(
    direction: Direction, lie: dict[str, float]
) -> None:
    child, device = opened(direction)

    got = run(child, device, 120, lambda at_ms: child.call_back(at_ms, **lie))  # type: ignore[arg-type] # a table's words

    assert device.device_clock == "assumed"
    assert got[-1] == pytest.approx(1_190 + sign(direction) * CLAIMED_MS, abs=0.01)


def test_the_hand_over_is_the_played_instant_less_what_the_device_holds() -> None:
    child, speaker = opened(Direction.OUTPUT)
    assert isinstance(speaker, DeviceSpeaker)
    claimed = speaker.device_out_ms

    got = run(child, speaker, 120, child.call_back)

    assert claimed == CLAIMED_MS
    assert speaker.device_out_ms == pytest.approx(25, abs=0.01)
    assert got[-1] - (speaker.device_out_ms or 0) == pytest.approx(1_190, abs=0.01)


@both
def test_lateness_is_told_to_each_reader_for_its_own_stretch(direction: Direction) -> None:
    child, device = opened(direction)
    run(child, device, 100, child.call_back)
    child.call_back(1_000 + 35)
    run(child, device, 50, child.call_back, first=105)

    before, after = device.callback_lag_ms(ns(0)), device.callback_lag_ms(ns(1_040))

    assert before == device.callback_lag_ms(ns(1_035)) == 35.0
    assert after == 5.0
    assert device.callback_lag_ms(ns(9_000)) is None
    assert device.health.callback_lag_ms == device.health.callback_lag_ms == 35.0


@both
def test_the_time_that_a_lost_device_was_away_is_no_lateness(direction: Direction) -> None:
    child, device = opened(direction)
    run(child, device, 100, child.call_back)
    child.lose(1_000)
    instants_ms(device)
    child.run_again()

    run(child, device, 100, child.call_back, first=600)

    assert device.callback_lag_ms(ns(0)) == 0.0
    assert device.health.restarts == 1


@both
def test_xruns_are_counted_through_all_lives(direction: Direction) -> None:
    child, device = opened(direction)
    child.call_back(0, xrun=True)
    instants_ms(device)
    child.begin_life()

    child.call_back(500)  # of a stream that takes over now
    child.call_back(510, xrun=True)
    instants_ms(device)

    assert device.health.xruns == 2


@both
def test_callbacks_that_stop_give_nothing_and_cost_nothing(direction: Direction) -> None:
    child, device = opened(direction)
    run(child, device, 100, child.call_back)

    assert instants_ms(device) == []
    assert device.device_clock == "measured"


@both
def test_a_device_that_delivers_nothing_has_no_instants(direction: Direction) -> None:
    _, device = opened(direction)

    assert instants_ms(device) == []
    assert (device.device_clock, device.health.callback_lag_ms) == ("assumed", None)
