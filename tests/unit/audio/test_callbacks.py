from dataclasses import dataclass

import numpy as np
import pytest

from app.audio.callbacks import CaptureCallback, PlaybackCallback
from app.audio.shared import Direction, Slot, Stamp, StreamMemory
from tests.support.audio import ramp
from tests.support.fake_audio_child import fresh_memory


@dataclass(frozen=True)
class Times:
    """PortAudio's times."""

    inputBufferAdcTime: float = 100.0  # noqa: N815
    outputBufferDacTime: float = 100.5  # noqa: N815
    currentTime: float = 100.25  # noqa: N815


@pytest.fixture
def memory() -> dict[Direction, StreamMemory]:
    return fresh_memory()


def rows(memory: StreamMemory) -> list[list[int]]:
    out = np.zeros((4, len(Stamp)), np.int64)
    got: list[list[int]] = out[: memory.stamps.read_into(out)].tolist()
    return got


@pytest.mark.parametrize("channels", [1, 2])
def test_a_captured_block_goes_into_the_ring_with_a_stamp(
    memory: dict[Direction, StreamMemory], channels: int
) -> None:
    part = memory[Direction.INPUT]
    block = np.repeat(ramp(441), channels)

    CaptureCallback(part, channels)(block.tobytes(), 441, Times(), 0)

    heard = np.zeros(500, np.int16)
    assert part.samples.read_into(heard) == 441
    assert heard[:441].tolist() == ramp(441).tolist()
    (row,) = rows(part)
    assert row[1:] == [100_250_000_000, 100_000_000_000, 441, 441, 0]
    assert part.slots[Slot.LAST_CALLBACK_NS] == row[Stamp.CALLED_NS] > 0


def test_what_does_not_fit_is_counted_and_xruns_are_marked(
    memory: dict[Direction, StreamMemory],
) -> None:
    part = memory[Direction.INPUT]
    part.samples.write(ramp(part.samples.capacity - 100))

    CaptureCallback(part, 1)(ramp(480).tobytes(), 480, Times(), 2)

    (row,) = rows(part)
    assert row[Stamp.MOVED] == 100
    assert row[Stamp.XRUN] == 1
    assert part.samples.refused == 380


@pytest.mark.parametrize("channels", [1, 2])
def test_a_played_block_is_filled_whole(
    memory: dict[Direction, StreamMemory], channels: int
) -> None:
    part = memory[Direction.OUTPUT]
    part.samples.write(ramp(300))
    out = np.full(480 * channels, 77, np.int16)

    playback = PlaybackCallback(part, channels, 480)
    playback(out, 480, Times(), 0)

    frames = out.reshape(480, channels)
    assert all(frames[:300, c].tolist() == ramp(300).tolist() for c in range(channels))
    assert not frames[300:].any()
    (row,) = rows(part)
    assert row[1:] == [100_250_000_000, 100_500_000_000, 480, 300, 0]
    playback(out, 480, Times(), 0)
    assert not out.any()


def test_a_block_longer_than_agreed_is_filled_too(
    memory: dict[Direction, StreamMemory],
) -> None:
    part = memory[Direction.OUTPUT]
    part.samples.write(ramp(960))
    out = np.full(960, 77, np.int16)

    PlaybackCallback(part, 1, 480)(out, 960, Times(), 0)

    assert out[:480].tolist() == ramp(480).tolist()
    assert not out[480:].any()


@pytest.mark.parametrize("direction", list(Direction))
def test_without_room_for_a_stamp_no_sound_moves_and_the_loss_is_marked(
    memory: dict[Direction, StreamMemory], direction: Direction
) -> None:
    part = memory[direction]
    part.stamps.write(np.zeros((part.stamps.capacity, len(Stamp)), np.int64))
    if direction is Direction.OUTPUT:
        part.samples.write(ramp(480))
        PlaybackCallback(part, 1, 480)(np.zeros(480, np.int16), 480, Times(), 0)
    else:
        CaptureCallback(part, 1)(ramp(480).tobytes(), 480, Times(), 0)

    assert part.samples.readable == (480 if direction is Direction.OUTPUT else 0)
    assert part.slots[Slot.LOST_ROWS] == 1


@pytest.mark.parametrize("time_s", [float("nan"), float("inf"), -float("inf"), 1e300])
def test_a_time_that_is_none_raises_nothing_and_is_left_as_0(
    memory: dict[Direction, StreamMemory], time_s: float
) -> None:
    part = memory[Direction.INPUT]

    CaptureCallback(part, 1)(
        ramp(480).tobytes(), 480, Times(inputBufferAdcTime=time_s, currentTime=time_s), 0
    )

    (row,) = rows(part)
    assert row[1:] == [0, 0, 480, 480, 0]
