"""Watching for sound devices that come and go, in a process of its own.

A process, not a thread: libpulse waits for a server that hangs, and a watch must always close.
"""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.core.events import DeviceSide
from app.core.ports import DeviceChange, ServedDevice

PROGRAM: Final = (sys.executable, "-m", "app")
"""How this program starts a process of its own."""
RESTART_S: Final = (0.5, 2.0, 10.0)
"""Before a watching process that has ended is started again; then the last one for ever."""
END_WAIT_S: Final = 1.0
MAX_LINE: Final = 1_048_576


class ProcessDeviceWatch:
    """The ``DeviceWatch``. All calls on one loop; the process starts with the first ``changed``.

    Changes that nobody waits for stay in the pipe, at most its size of them.

    Args:
        program: The words before ``audio-watch``: an interpreter and this program.
        restart_s: Pauses before it is started again.
    """

    def __init__(
        self, program: Sequence[str] = PROGRAM, *, restart_s: Sequence[float] = RESTART_S
    ) -> None:
        self._command = (*program, "audio-watch")
        self._restart_s = restart_s
        self._process: asyncio.subprocess.Process | None = None
        self._ended = 0

    async def changed(self) -> DeviceChange:
        """Wait for the next change. Never raises but ``asyncio.CancelledError``."""
        while True:
            process = self._process or await self._start()
            line = await self._line(process)
            change = _parsed(line) if line else None
            if change is not None:
                self._ended = 0
                return change
            if not line:
                await self._stop()
                await asyncio.sleep(self._restart_s[min(self._ended, len(self._restart_s) - 1)])
                self._ended += 1

    async def close(self) -> None:
        """Stop watching. Safe to call twice."""
        await self._stop()

    async def _start(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=MAX_LINE,
        )
        self._process = process
        return process

    async def _line(self, process: asyncio.subprocess.Process) -> bytes:
        assert process.stdout is not None
        try:
            return await process.stdout.readline()
        except ValueError:  # a line beyond all reason
            return b""

    async def _stop(self) -> None:
        """Let the process end, which it does when its input closes; kill one that does not."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(END_WAIT_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _parsed(line: bytes) -> DeviceChange | None:
    try:
        fields = json.loads(line)
        return DeviceChange(
            added=tuple(map(str, fields.get("added", ()))),
            removed=tuple(map(str, fields.get("removed", ()))),
            default_input=_name(fields.get("default_input")),
            default_output=_name(fields.get("default_output")),
            devices=tuple(map(_served, fields.get("devices", ()))),
        )
    except (ValueError, TypeError, AttributeError, KeyError):
        return None


def _served(fields: Mapping[str, Any]) -> ServedDevice:
    return ServedDevice(
        side=DeviceSide(fields["side"]),
        name=str(fields["name"]),
        stable_name=str(fields["stable_name"]),
        is_default=bool(fields["is_default"]),
        users=tuple(map(int, fields["users"])),
    )


def _name(value: object) -> str | None:
    return None if value is None else str(value)
