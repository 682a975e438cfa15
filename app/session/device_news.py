"""Tells a window which sound devices there are, whenever that changes."""

import asyncio
from collections.abc import Callable
from typing import Final

from app.core.errors import AppError
from app.session.live import LiveSession
from app.session.messages import DevicesReport, EngineReport
from app.session.parts import SessionParts

AFTER_S: Final = 2.0
"""The window opens first."""


class DeviceNews:
    """Watches for one window, and for the session that it may hold. On the engine's loop.

    Args:
        parts: The watch and the list.
        tell: Tells the window.
        talking: Gives the session that runs, or None.
    """

    def __init__(
        self,
        parts: SessionParts,
        tell: Callable[[EngineReport], None],
        talking: Callable[[], LiveSession | None],
    ) -> None:
        self._parts = parts
        self._tell = tell
        self._talking = talking

    async def run(self) -> None:
        """Watch until cancelled; where nothing can watch, return."""
        if self._parts.watch_devices is None:
            return
        await asyncio.sleep(AFTER_S)
        watch = self._parts.watch_devices()
        try:
            while True:
                change = await watch.changed()
                session = self._talking()
                if session is not None and session.running is not None:
                    session.running.devices.changed(change)
                await self.tell_devices()
        finally:
            await watch.close()

    async def tell_devices(self) -> None:
        """Tell the window which devices there are."""
        try:
            devices = tuple(await self._parts.devices.list_devices())
        except AppError as error:
            self._tell(DevicesReport(devices=(), problem=f"{error} {error.hint}".strip()))
        else:
            self._tell(DevicesReport(devices=devices))
