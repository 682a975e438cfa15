"""The threads in which models run: one per model, each with a bounded queue."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from app.core.errors import EngineError

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Worker:
    """One thread that does one job after the other, in the order they came.

    Sessions share it fairly because every job is short: a window of audio, one recognition or
    one reply. A full queue refuses the job, and the refusal is counted.

    Args:
        name: Of the thread.
        most_pending: Jobs that may wait or run; more means that the machine cannot keep up.

    Attributes:
        pending: Jobs that wait or run.
        refused: Jobs that found the queue full.
    """

    def __init__(self, name: str, most_pending: int = 64) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._most = most_pending
        self._name = name
        self.pending = 0
        self.refused = 0

    def submit(
        self, job: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> "asyncio.Future[_T]":
        """Queue a job, on the loop; cancelling the future drops a job that has not begun.

        Raises:
            EngineError: If the queue is full or the worker has been closed.
        """
        if self.pending >= self._most:
            self.refused += 1
            raise EngineError(
                f"the speech engine is too busy ({self._name})", hint="Try again in a moment."
            )
        loop = asyncio.get_running_loop()
        try:
            future = self._pool.submit(job, *args, **kwargs)
        except RuntimeError as exc:
            raise EngineError("the speech engine has been closed") from exc
        self.pending += 1
        wrapped = asyncio.wrap_future(future, loop=loop)
        future.add_done_callback(lambda _: _call_on(loop, self._count_down))
        return wrapped

    def _count_down(self) -> None:
        self.pending -= 1

    async def close(self) -> None:
        """Drop what waits and return when the present job has ended. Safe to call twice."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)


def _call_on(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
