"""The machine's sound devices: which there are, what becomes of them, how one gives way."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from app.core.clock import Nanoseconds
from app.core.events import DeviceSide


class NoticeKind(StrEnum):
    """What became of a device in use.

    LOST: it gives or takes no audio. BACK: audio flows again. SWITCHED: another took over as
    was asked. REFUSED: another was asked for and does not open; nothing has changed.
    """

    LOST = "lost"
    BACK = "back"
    SWITCHED = "switched"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceNotice:
    """Something became of a device in use.

    Attributes:
        at_ns: LOST: when it worked last, as far as is known; else when it was noticed.
        name: The device that was lost, that runs now, or that does not open.
        reason: LOST and REFUSED: why, without a full stop.
        gap_start_ns: BACK and SWITCHED: where audio ended.
        gap_end_ns: BACK and SWITCHED: where it goes on; never before ``gap_start_ns``.
    """

    kind: NoticeKind
    at_ns: Nanoseconds
    name: str
    reason: str = ""
    gap_start_ns: Nanoseconds | None = None
    gap_end_ns: Nanoseconds | None = None


@runtime_checkable
class HotDevice(Protocol):
    """A microphone or loudspeaker that can be exchanged for another while it is used."""

    @property
    def name(self) -> str:
        """The device that is used now, or was last; "default" for the system's."""
        ...

    @property
    def chosen(self) -> str | None:
        """The device that is wanted; None is the default."""
        ...

    @property
    def standing_in(self) -> bool:
        """Whether another device than the chosen one is used, until that one is back."""
        ...

    @property
    def process_id(self) -> int | None:
        """The process that holds the device, as the sound server knows it; None without one."""
        ...

    def switch(self, device: str | None) -> None:
        """Open another device, None being the default; it takes over once it runs.

        Never blocks; a notice tells the outcome. What was queued plays on the new one.
        """
        ...

    def callback_lag_ms(self, since_ns: Nanoseconds) -> float | None:
        """Return the largest lateness of a callback from ``since_ns`` on, or None without one."""
        ...

    def look_again(self) -> None:
        """Devices have come: look for a lost one at once."""
        ...

    def take_notices(self) -> Sequence[DeviceNotice]:
        """Return what happened since the last call, oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInfo:
    """A sound device.

    Attributes:
        index: PortAudio's number, valid only in the process that listed it.
        name: For people, unlike that of any other device of its host API and direction. It
            opens the device, as ``stable_name`` does, in this process and in every other.
        host_api: E.g. "ALSA" or "PulseAudio".
        stable_name: What the sound server calls it; "" where it has no such name.
        is_monitor: It hears what a loudspeaker plays.
    """

    index: int
    name: str
    host_api: str
    input_channels: int
    output_channels: int
    default_rate_hz: int
    is_default_input: bool
    is_default_output: bool
    stable_name: str = ""
    is_monitor: bool = False


class DeviceLister(Protocol):
    """Lists sound devices without keeping PortAudio loaded in this process."""

    async def list_devices(self) -> Sequence[DeviceInfo]:
        """Return the devices; empty where there are none.

        Raises:
            DeviceError: If the listing failed or took too long.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedDevice:
    """A device of a sound server, and who uses it.

    Attributes:
        name: As ``DeviceInfo.name``; ``stable_name`` likewise.
        users: Ids of the processes with a stream on it.
    """

    side: DeviceSide
    name: str
    stable_name: str
    is_default: bool
    users: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChange:
    """What changed of the machine's sound devices.

    Attributes:
        added: Names of devices that came; ``removed`` of those that went.
        default_input: Name of the new default microphone, or None if it is the same.
        default_output: Name of the new default loudspeaker, or None if it is the same.
        devices: All that the sound server has by now, without monitors; none where no server
            tells, but only the kernel.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    default_input: str | None = None
    default_output: str | None = None
    devices: tuple[ServedDevice, ...] = ()


class DeviceWatch(Protocol):
    """Tells when sound devices come and go. Costs next to nothing while nothing changes."""

    async def changed(self) -> DeviceChange:
        """Wait for the next change. Never raises but ``asyncio.CancelledError``."""
        ...

    async def close(self) -> None:
        """Stop watching. Safe to call twice."""
        ...
