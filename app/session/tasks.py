"""Tasks that have an owner."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

from app.core.errors import AppError

_T = TypeVar("_T")


class EndedError(Exception):
    """The user ended the session before the work was done."""


async def unless_ended(work: Coroutine[Any, Any, _T], ending: asyncio.Event) -> _T:
    """Return what ``work`` returns; give it up as soon as ``ending`` is set.

    Raises:
        EndedError: If the end came first. The work has been cancelled and awaited by then.
    """
    watch = asyncio.create_task(ending.wait(), name="ending")
    task = asyncio.create_task(work, name="opening")
    try:
        await asyncio.wait({watch, task}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise EndedError
        return task.result()
    finally:
        for each in (watch, task):
            each.cancel()
        await asyncio.gather(watch, task, return_exceptions=True)


def app_error_in(error: BaseException) -> AppError | None:
    """Return the first error of ours in ``error``, which may be a group, or None."""
    if isinstance(error, AppError):
        return error
    if isinstance(error, BaseExceptionGroup):
        found = (app_error_in(each) for each in error.exceptions)
        return next((each for each in found if each is not None), None)
    return None


async def to_its_end(work: Awaitable[object]) -> None:
    """Await ``work`` to its end, a cancellation notwithstanding, which is then raised.

    For what cannot be broken off: a device that opens in a thread cannot be closed meanwhile, and
    a session that ends closes its recording.
    """
    task = asyncio.ensure_future(work)  # noqa: TID251 - awaited here, whatever comes
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise
