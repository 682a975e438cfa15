"""Devices over a child that is played by the test: stamps, clocks, lateness and losses."""

from collections.abc import Callable

import numpy as np
import pytest

from app.audio.host import DeviceMicrophone, DeviceSpeaker
from app.audio.shared import Direction, Pair, Stamp, StreamMemory
from app.audio.supervisor import OpenedStream, StreamLink
from app.core.errors import DeviceError
from app.core.ports import AudioSink, AudioSource
from tests.support.audio import ns, ramp
from tests.support.fake_audio_child import fresh_memory

WALL_NS = 1_795_000_000_000_000_000
BLOCK = 480
CLAIMED_MS = 40.0


class HandChild:
    """A ``ChildLife`` whose callbacks are made by hand, at 48 kHz in blocks of 10 ms."""

    def __init__(self, direction: Direction) -> None:
        self.direction = direction
        self.restarts = 0
        self.gone = False
        self.link: StreamLink | None = None

    def open(self, direction: Direction, device: str | None) -> StreamLink:
        self.link = StreamLink(direction, device)
        self.begin_life()
        return self.link

    def begin_life(self) -> None:
        assert self.link is not None
        self.link.memory = fresh_memory()[self.direction]
        self.link.opened = OpenedStream(
            device="Card",
            rate_hz=48_000,
            block_frames=BLOCK,
            channels=1,
            latency_ns=ns(CLAIMED_MS),
        )
        self.link.life += 1

    def supervise(self) -> None:
        if self.gone:
            raise DeviceError("the sound device did not come back")

    def close(self, link: StreamLink) -> None:
        self.link = None

    @property
    def memory(self) -> StreamMemory:
        assert self.link is not None
        assert self.link.memory is not None
        return self.link.memory

    def call_back(
        self, at_ms: float, *, latency_ms: float = 25, stamps: bool = True, xrun: bool = False
    ) -> None:
        """Let a callback come at ``at_ms``; without stamps, a host that fills in zeros."""
        moved = self._move()
        sign = 1 if self.direction is Direction.OUTPUT else -1
        row = np.zeros((1, len(Stamp)), np.int64)
        current_ns = WALL_NS + ns(at_ms) if stamps else 0
        row[0, Stamp.CALLED_NS] = ns(at_ms)
        row[0, Stamp.CURRENT_NS] = current_ns
        row[0, Stamp.DEVICE_NS] = current_ns + sign * ns(latency_ms) if stamps else 0
        row[0, Stamp.FRAMES], row[0, Stamp.MOVED], row[0, Stamp.XRUN] = BLOCK, moved, xrun
        self.memory.stamps.write(row)

    def read_clocks(self, at_ms: float) -> None:
        row = np.zeros((1, len(Pair)), np.int64)
        row[0, Pair.BEFORE_NS] = ns(at_ms)
        row[0, Pair.STREAM_NS] = WALL_NS + ns(at_ms)
        row[0, Pair.AFTER_NS] = ns(at_ms) + 1_000
        self.memory.pairs.write(row)

    def _move(self) -> int:
        samples = self.memory.samples
        if self.direction is Direction.INPUT:
            return samples.write(ramp(BLOCK))
        return samples.read_into(np.zeros(BLOCK, np.int16))


Device = DeviceMicrophone | DeviceSpeaker


def opened(direction: Direction) -> tuple[HandChild, Device]:
    child = HandChild(direction)
    device: Device = (
        DeviceMicrophone(None, child)
        if direction is Direction.INPUT
        else DeviceSpeaker(None, child)
    )
    device.open()
    return child, device


def instants_ms(device: Device) -> list[float]:
    if isinstance(device, DeviceMicrophone):
        return [block.captured_ns / 1e6 for block in device.poll()]
    return [block.played_ns / 1e6 for block in device.poll()]


def run(
    child: HandChild, device: Device, blocks: int, call: Callable[[float], None], first: int = 0
) -> list[float]:
    """Let blocks come, one each 10 ms, polled as a session does."""
    got: list[float] = []
    for step in range(first, first + blocks):
        if step % 10 == 0:
            child.read_clocks(10 * step)
        call(10 * step)
        got += instants_ms(device)
    return got


both = pytest.mark.parametrize("direction", list(Direction))


def sign(direction: Direction) -> int:
    return 1 if direction is Direction.OUTPUT else -1


def test_they_are_the_devices_the_session_wants() -> None:
    source: AudioSource = DeviceMicrophone(None, HandChild(Direction.INPUT))
    sink: AudioSink = DeviceSpeaker(None, HandChild(Direction.OUTPUT))

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
    child.begin_life()
    child.restarts += 1

    run(child, device, 100, child.call_back, first=600)

    assert device.callback_lag_ms(ns(0)) == 0.0
    assert device.health.restarts == 1


@both
def test_xruns_are_counted_through_all_lives(direction: Direction) -> None:
    child, device = opened(direction)
    child.call_back(0, xrun=True)
    instants_ms(device)
    child.begin_life()

    child.call_back(500, xrun=True)
    instants_ms(device)

    assert device.health.xruns == 2


@both
def test_callbacks_that_stop_give_nothing_and_cost_nothing(direction: Direction) -> None:
    child, device = opened(direction)
    run(child, device, 100, child.call_back)

    assert instants_ms(device) == []
    assert device.device_clock == "measured"
    child.gone = True
    with pytest.raises(DeviceError, match="did not come back"):
        device.poll()


@both
def test_a_device_that_delivers_nothing_has_no_instants(direction: Direction) -> None:
    _, device = opened(direction)

    assert instants_ms(device) == []
    assert (device.device_clock, device.health.callback_lag_ms) == ("assumed", None)
