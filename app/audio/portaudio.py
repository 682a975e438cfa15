"""PortAudio, through sounddevice. The only importer of it; runs in child processes only."""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import sounddevice

from app.audio.callbacks import CaptureCallback, PlaybackCallback
from app.audio.pulse import ENVIRONMENT, find, pulse_devices
from app.audio.shared import Direction, Slot, StreamMemory
from app.audio.streams import OpenError, Shape

LATENCY_S: Final = 0.04
BLOCKS_PER_S: Final = (100, 50)
"""10 ms; 20 ms where the device refuses that."""
CHANNELS: Final = (1, 2)
PULSE: Final = "pulse"
"""PortAudio's name for a sound server; which of its devices is told by the environment."""

_STREAMS = {
    Direction.INPUT: sounddevice.RawInputStream,
    Direction.OUTPUT: sounddevice.RawOutputStream,
}
_WORDS = {Direction.INPUT: "microphone", Direction.OUTPUT: "loudspeaker"}


class Stream(Protocol):
    """What the child needs of a PortAudio stream."""

    @property
    def time(self) -> float:
        """The stream's clock, seconds."""
        ...

    @property
    def latency(self) -> float:
        """What the device claims, seconds."""
        ...

    def start(self) -> None:
        """Let callbacks come."""
        ...

    def abort(self) -> None:
        """Stop at once."""
        ...


@dataclass(frozen=True, slots=True)
class PortAudioStream:
    """A stream that is open but not started."""

    stream: Stream
    device: str
    shape: Shape

    @property
    def latency_s(self) -> float:
        """What the device claims."""
        return float(self.stream.latency)

    def start(self) -> None:
        """Let callbacks come.

        Raises:
            OpenError: If the device refuses at last.
        """
        try:
            self.stream.start()
        except sounddevice.PortAudioError as exc:
            raise OpenError(f"{self.device} does not start: {exc}") from exc

    def time_s(self) -> float | None:
        """Return the stream's clock; None where the host has none or the stream is dead."""
        try:
            return float(self.stream.time)
        except sounddevice.PortAudioError:
            return None

    def close(self) -> None:
        """Stop at once; a device that is gone already does not mind."""
        with contextlib.suppress(sounddevice.PortAudioError):
            self.stream.abort()


def list_devices() -> Sequence[Mapping[str, Any]]:
    """Return all devices, each with its host API's name and whether it is a default one.

    Raises:
        OpenError: If PortAudio cannot tell.
    """
    try:
        apis, devices = sounddevice.query_hostapis(), sounddevice.query_devices()
    except sounddevice.PortAudioError as exc:
        raise OpenError(f"the sound devices could not be listed: {exc}") from exc
    default_input, default_output = sounddevice.default.device
    return [
        {
            "index": index,
            "name": str(device["name"]),
            "host_api": str(apis[device["hostapi"]]["name"]),
            "input_channels": int(device["max_input_channels"]),
            "output_channels": int(device["max_output_channels"]),
            "default_rate_hz": round(device["default_samplerate"]),
            "is_default_input": index == default_input,
            "is_default_output": index == default_output,
        }
        for index, device in enumerate(devices)
    ]


def open_stream(
    direction: Direction, name: str | None, rate_hz: int | None, memory: StreamMemory
) -> PortAudioStream:
    """Open a device by name (None: the default) at ``rate_hz`` (None: its own rate).

    A microphone that refuses that rate is opened at its own. A device of a sound server is
    opened by the server's name for it: all streams of this process then belong to that one.

    Raises:
        OpenError: If there is no such device, or it refuses every format we try.
    """
    device = _find(direction, name)
    refusal = ""
    for shape in _shapes(direction, device, rate_hz):
        try:
            stream = _open(direction, shape, memory)
        except (sounddevice.PortAudioError, ValueError) as exc:
            refusal = refusal or str(exc)
            continue
        return PortAudioStream(stream, device["name"], shape)
    raise OpenError(f"the {_WORDS[direction]} {device['name']} does not open: {refusal}")


def _shapes(
    direction: Direction, device: Mapping[str, Any], rate_hz: int | None
) -> Iterator[Shape]:
    """Return what to ask of a device, the best first."""
    own_hz = int(device["default_rate_hz"])
    rates = [rate_hz or own_hz]
    if direction is Direction.INPUT and own_hz not in rates:
        rates.append(own_hz)
    for rate in rates:
        for blocks_per_s in BLOCKS_PER_S:
            for channels in CHANNELS[: device[f"{direction}_channels"]]:
                yield Shape(device["index"], rate, rate // blocks_per_s, channels)


def _open(direction: Direction, shape: Shape, memory: StreamMemory) -> Stream:
    def finished() -> None:
        memory.slots[Slot.FINISHED_NS] = time.perf_counter_ns()

    callback = (
        CaptureCallback(memory, shape.channels)
        if direction is Direction.INPUT
        else PlaybackCallback(memory, shape.channels, shape.block_frames)
    )
    stream: Stream = _STREAMS[direction](
        samplerate=shape.rate_hz,
        blocksize=shape.block_frames,
        device=shape.index,
        channels=shape.channels,
        dtype="int16",
        latency=LATENCY_S,
        callback=callback,
        finished_callback=finished,
    )
    return stream


def _find(direction: Direction, name: str | None) -> Mapping[str, Any]:
    word = _WORDS[direction]
    able = [d for d in list_devices() if d[f"{direction}_channels"] > 0]
    if not able:
        raise OpenError(f"there is no {word}")
    if name is None:
        defaults = [d for d in able if d[f"is_default_{direction}"]]
        return (defaults or able)[0]
    exact = [d for d in able if d["name"] == name]
    if exact:
        return exact[0]
    served = _served(direction, name, able)
    if served is not None:
        return served
    found = [d for d in able if name.lower() in d["name"].lower()]
    if not found:
        raise OpenError(f"there is no {word} named {name!r}")
    return found[0]


def _served(
    direction: Direction, name: str, able: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """Return the sound server's device of that name, and let this process use it."""
    server = next((d for d in able if d["name"] == PULSE), None)
    if server is None:
        return None
    devices = pulse_devices()
    found = find(devices, direction, name, partly=False)
    found = found or find(devices, direction, name, partly=True)
    if found is None:
        return None
    os.environ[ENVIRONMENT[direction]] = found.stable_name
    return {**server, "name": found.name}
