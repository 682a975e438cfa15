"""``vivavoce devices``: the microphones and loudspeakers there are.

A monitor hears what a loudspeaker plays.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict

from app.cli.plain import json_line, plain, told
from app.core.errors import DeviceError
from app.core.ports import DeviceInfo, DeviceLister

_NONE = (
    "There is no sound device. A session can use files as microphone and no loudspeaker: "
    "`vivavoce talk --input FILE.wav`."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of this command."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(arguments: argparse.Namespace, lister: DeviceLister) -> int:
    """Print the devices; return the exit code, 0 also where there is none."""
    try:
        devices = asyncio.run(lister.list_devices())
    except DeviceError as error:
        print(told(error), file=sys.stderr)
        return 1
    if arguments.json:
        for device in devices:
            print(json_line({"type": "device", **asdict(device)}))
    elif devices:
        _print_table(devices)
    if not devices:
        print(_NONE, file=sys.stderr)
    return 0


def _print_table(devices: Sequence[DeviceInfo]) -> None:
    width = max(len(plain(device.name)) for device in devices)
    for device in devices:
        roles = ", ".join(_roles(device))
        print(f"{plain(device.name):<{width}}  {device.host_api:<10}  {roles}")


def _roles(device: DeviceInfo) -> list[str]:
    hears = "monitor" if device.is_monitor else "microphone"
    channels = (
        (hears, device.input_channels, device.is_default_input),
        ("loudspeaker", device.output_channels, device.is_default_output),
    )
    return [f"{word}{' (default)' if chosen else ''}" for word, n, chosen in channels if n]
