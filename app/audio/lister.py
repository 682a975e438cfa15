"""Listing sound devices in a process of its own, since PortAudio freezes its list at start."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.audio.shared import Direction
from app.audio.streams import OpenError
from app.core.errors import DeviceError
from app.core.ports import DeviceInfo

PROGRAM: Final = (sys.executable, "-m", "app")
"""How this program starts a process of its own."""
DEADLINE_S: Final = 8.0

_INSTALL = "Install PortAudio, e.g. `apt install libportaudio2`."
_AGAIN = "Restart the sound server, then try again."


def main(argv: Sequence[str]) -> int:
    """Print ``{"devices": [...]}`` or ``{"error": "..."}``; ``argv`` follows ``audio-list``."""
    del argv
    sys.stdout.write(json.dumps(_listing()) + "\n")
    return 0


def _listing() -> Mapping[str, Any]:
    try:
        from app.audio.portaudio import list_devices  # noqa: PLC0415 - here and nowhere else
    except (ImportError, OSError) as exc:  # sounddevice raises OSError without its library
        return {"error": f"PortAudio does not load: {exc}", "hint": _INSTALL}
    try:
        return {"devices": _with_served(list_devices())}
    except OpenError as exc:
        return {"error": str(exc), "hint": _AGAIN}


def _with_served(listed: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return PortAudio's devices between the sound server's own and its monitors."""
    from app.audio.pulse import HOST_API, pulse_devices  # noqa: PLC0415 - here and nowhere else

    server = next((each for each in listed if each["name"] == "pulse"), None)
    if server is None:
        return listed
    served = [
        {
            "index": server["index"],
            "name": device.name,
            "host_api": HOST_API,
            "input_channels": device.channels if device.direction is Direction.INPUT else 0,
            "output_channels": device.channels if device.direction is Direction.OUTPUT else 0,
            "default_rate_hz": server["default_rate_hz"],
            "is_default_input": device.is_default and device.direction is Direction.INPUT,
            "is_default_output": device.is_default and device.direction is Direction.OUTPUT,
            "stable_name": device.stable_name,
            "is_monitor": device.is_monitor,
        }
        for device in pulse_devices()
    ]
    real = [each for each in served if not each["is_monitor"]]
    return [*real, *listed, *(each for each in served if each["is_monitor"])]


class ProcessDeviceLister:
    """The ``DeviceLister``: asks a short-lived process, and kills one that hangs.

    Args:
        program: The words before ``audio-list``: an interpreter and this program.
        deadline_s: How long it may take.
    """

    def __init__(self, program: Sequence[str] = PROGRAM, *, deadline_s: float = DEADLINE_S) -> None:
        self._command = (*program, "audio-list")
        self._deadline_s = deadline_s

    async def list_devices(self) -> Sequence[DeviceInfo]:
        """Return the devices; empty where there are none.

        Raises:
            DeviceError: If the listing failed or took too long.
        """
        answer = await self._ask()
        try:
            parsed = json.loads(answer)
            if "error" in parsed:
                raise DeviceError(str(parsed["error"]), hint=str(parsed["hint"]))
            return tuple(DeviceInfo(**device) for device in parsed["devices"])
        except (ValueError, TypeError, KeyError) as exc:
            raise DeviceError(
                "the sound devices could not be listed", hint="Run `vivavoce doctor`."
            ) from exc

    async def _ask(self) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(self._deadline_s):
                answer, _ = await process.communicate()
        except TimeoutError as exc:
            raise DeviceError("the sound system does not answer", hint=_AGAIN) from exc
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return answer
