"""Devices that are lost and exchanged as a test says, and a watch that tells what it says."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.audio.null_sink import NullSpeaker
from app.audio.sources import SilentMicrophone
from app.core.clock import Clock
from app.core.events import DeviceSide
from app.core.ports import DeviceChange, DeviceInfo, DeviceNotice, ServedDevice


@dataclass
class Hot:
    """What a test does with a device, and what was asked of it."""

    name: str = "default"
    chosen: str | None = None
    standing_in: bool = False
    process_id: int | None = None
    asked: list[str | None] = field(default_factory=list)
    looked: int = 0
    notices: list[DeviceNotice] = field(default_factory=list)


class _HotFake:
    """The ``HotDevice`` part: does nothing but what ``hot`` says."""

    hot: Hot

    @property
    def name(self) -> str:
        return self.hot.name

    @property
    def chosen(self) -> str | None:
        return self.hot.chosen

    @property
    def standing_in(self) -> bool:
        return self.hot.standing_in

    @property
    def process_id(self) -> int | None:
        return self.hot.process_id

    def switch(self, device: str | None) -> None:
        self.hot.asked.append(device)

    def look_again(self) -> None:
        self.hot.looked += 1

    def take_notices(self) -> Sequence[DeviceNotice]:
        notices, self.hot.notices = self.hot.notices, []
        return notices


class HotMicrophone(_HotFake, SilentMicrophone):
    """A silent microphone."""

    def __init__(self, clock: Clock, hot: Hot) -> None:
        super().__init__(clock)
        self.hot = hot


class HotSpeaker(_HotFake, NullSpeaker):
    """A loudspeaker that keeps time."""

    def __init__(self, clock: Clock, hot: Hot) -> None:
        super().__init__(clock)
        self.hot = hot


class ToldWatch:
    """A ``DeviceWatch``: tells what a test puts in."""

    def __init__(self) -> None:
        self.changes = asyncio.Queue[DeviceChange]()
        self.closed = 0

    async def changed(self) -> DeviceChange:
        return await self.changes.get()

    async def close(self) -> None:
        self.closed += 1


class ListedDevices:
    """A ``DeviceLister`` of what it was given."""

    def __init__(self, *devices: DeviceInfo) -> None:
        self.devices = devices
        self.times = 0

    async def list_devices(self) -> Sequence[DeviceInfo]:
        self.times += 1
        return self.devices


def served(
    side: DeviceSide, name: str, *users: int, default: bool = False, stable: str = ""
) -> ServedDevice:
    """A device of a sound server."""
    return ServedDevice(
        side=side, name=name, stable_name=stable or f"alsa.{name}", is_default=default, users=users
    )
