"""Devices over a child that is played by the test: stamps, clocks, losses and exchanges."""

from collections.abc import Callable

import numpy as np

from app.audio.host import DeviceMicrophone, DeviceSpeaker
from app.audio.link import LinkChange, LinkNotice, OpenedStream, StreamLink
from app.audio.shared import Direction, Pair, Stamp, StreamMemory
from app.core.clock import Nanoseconds
from tests.support.audio import ns, ramp
from tests.support.fake_audio_child import fresh_memory

WALL_NS = 1_795_000_000_000_000_000
BLOCK = 480
CLAIMED_MS = 40.0


class HandChild:
    """A ``ChildLife`` whose callbacks are made by hand, at 48 kHz in blocks of 10 ms."""

    def __init__(self, direction: Direction) -> None:
        self.direction = direction
        self.present_ms = 0.0
        self.asked: list[str | None] = []
        self.looked = 0
        self.link: StreamLink | None = None

    def now_ns(self) -> Nanoseconds:
        return ns(self.present_ms)

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

    def lose(self, at_ms: float, name: str = "Card") -> None:
        """The device works until ``at_ms`` and is lost then."""
        assert self.link is not None
        self.link.notices.append(LinkNotice(LinkChange.LOST, ns(at_ms), name, "it was lost"))
        self.link.opened = None

    def run_again(self, change: LinkChange = LinkChange.RUNS, name: str = "Card") -> None:
        """A device runs in the place of the one before."""
        assert self.link is not None
        self.begin_life()
        self.link.notices.append(LinkNotice(change, self.now_ns(), name))

    def supervise(self, link: StreamLink) -> None:
        assert link is self.link

    def switch(self, link: StreamLink, device: str | None) -> None:
        self.asked.append(device)

    def look_again(self, link: StreamLink) -> None:
        self.looked += 1

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
        child.present_ms = 10 * step
        got += instants_ms(device)
    return got
