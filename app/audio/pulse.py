"""The devices of a PulseAudio or PipeWire server, by its own names, through libpulse.

PortAudio sees such a server as one device. Used in child processes only: libpulse waits for a
server that hangs, and only the end of the process ends that.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from app.audio.shared import Direction

if TYPE_CHECKING:
    import pulsectl

HOST_API: Final = "PulseAudio"
CLIENT: Final = "vivavoce"
ENVIRONMENT: Final = {Direction.INPUT: "PULSE_SOURCE", Direction.OUTPUT: "PULSE_SINK"}
"""What tells libpulse which device a stream of this process belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseDevice:
    """A sink or a source.

    Attributes:
        stable_name: The server's name of it: the same whenever it is plugged in.
        name: Its description; with the stable name behind it where another has the same.
        users: Processes with a stream on it.
    """

    direction: Direction
    stable_name: str
    name: str
    channels: int
    is_default: bool
    is_monitor: bool
    users: tuple[int, ...] = ()


def pulse_devices(pulse: "pulsectl.Pulse | None" = None) -> Sequence[PulseDevice]:
    """Return the server's devices, monitors last; none without a server or libpulse.

    Args:
        pulse: A connection to use; one of its own without.
    """
    if pulse is not None:
        return _ordered(_read(pulse))
    connection = connect()
    if connection is None:
        return ()
    with connection:
        return _ordered(_read(connection))


def connect() -> "pulsectl.Pulse | None":
    """Return a connection to the server; None where there is no server or no libpulse.

    Waits half a minute for a server that hangs.
    """
    try:
        import pulsectl  # noqa: PLC0415 - libpulse may be missing
    except (ImportError, OSError):
        return None
    pulse = pulsectl.Pulse(CLIENT, connect=False)
    try:
        pulse.connect()
    except pulsectl.PulseError:
        pulse.close()
        return None
    return pulse


def find(
    devices: Sequence[PulseDevice], direction: Direction, name: str, *, partly: bool
) -> PulseDevice | None:
    """Return the device of that name or stable name, or whose name holds it; None without."""
    able = [device for device in devices if device.direction is direction]
    if not partly:
        return next((each for each in able if name in (each.name, each.stable_name)), None)
    return next((each for each in able if name.lower() in each.name.lower()), None)


def _read(pulse: "pulsectl.Pulse") -> list[PulseDevice]:
    server = pulse.server_info()
    sinks = _users(pulse.sink_input_list(), "sink")
    sources = _users(pulse.source_output_list(), "source")
    return [
        _device(Direction.OUTPUT, each, server.default_sink_name, sinks)
        for each in pulse.sink_list()
    ] + [
        _device(Direction.INPUT, each, server.default_source_name, sources)
        for each in pulse.source_list()
    ]


def _users(streams: Sequence[Any], field: str) -> dict[int, tuple[int, ...]]:
    """Return the processes of each device's streams, by the device's index."""
    users: dict[int, tuple[int, ...]] = {}
    for stream in streams:
        process = str(stream.proplist.get("application.process.id", ""))
        if process.isdecimal():
            device = int(getattr(stream, field))
            users[device] = (*users.get(device, ()), int(process))
    return users


def _device(
    direction: Direction, found: Any, default: str | None, users: dict[int, tuple[int, ...]]
) -> PulseDevice:
    return PulseDevice(
        direction=direction,
        stable_name=str(found.name),
        name=" ".join(str(found.description or found.name).split()),
        channels=len(found.volume.values),
        is_default=found.name == default,
        is_monitor=direction is Direction.INPUT and found.monitor_of_sink_name is not None,
        users=users.get(int(found.index), ()),
    )


def _ordered(devices: list[PulseDevice]) -> Sequence[PulseDevice]:
    """Return them with monitors last, and names that differ."""
    known = Counter((device.direction, device.name) for device in devices)
    apart = [
        device
        if known[device.direction, device.name] == 1
        else replace(device, name=f"{device.name} ({device.stable_name})")
        for device in devices
    ]
    return sorted(apart, key=lambda device: device.is_monitor)
