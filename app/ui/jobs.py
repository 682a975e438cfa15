"""What the window awaits: tasks with one owner, whose failures are shown and not lost."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

LOG = logging.getLogger("app.ui")


class Jobs:
    """Runs small tasks on the window's loop until it is told to end."""

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        self._failed = failed
        self._group: asyncio.TaskGroup | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Serve until ``end`` is called; what still runs then is cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            await self._ended.wait()
            self._group = None
            for task in tuple(self._tasks):
                task.cancel()

    def start(self, work: Coroutine[Any, Any, object], name: str) -> None:
        """Run ``work``; after the end it is dropped unstarted."""
        if self._group is None:
            work.close()
            return
        task = self._group.create_task(self._guarded(work), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def end(self) -> None:
        """End ``run``."""
        self._ended.set()

    async def _guarded(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except Exception as exc:  # noqa: BLE001 - the Qt slot guard: logged and shown
            self._failed(exc)
