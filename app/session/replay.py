"""Plays a stretch of a recording, beside a session or without one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from app.core.errors import AppError
from app.session.jobs import Tell
from app.session.messages import PlayingReport, PlaySpan, ProblemReport
from app.session.problems import problem_of

PlayStretch: TypeAlias = Callable[[PlaySpan, Tell], Awaitable[None]]
"""Plays what is asked for and tells ``PlayingReport`` while it sounds; returns at its end.

``asyncio.CancelledError`` ends it early; it need not tell that nothing plays any more.

Raises:
    AppError: If it cannot be played.
"""

POLL_S = 0.05

WAIT = ProblemReport(
    sentence="Plays when the turn is over.", hint="Click again when nobody speaks."
)
UNABLE = ProblemReport(
    sentence="This engine was started without the means to play recordings.",
    hint="Open the WAV file in a player.",
)


class Talk(Protocol):
    """What is needed of a session that runs."""

    @property
    def turn_under_way(self) -> bool:
        """Whether a turn is not over yet."""
        ...

    def deafen(self, *, deaf: bool) -> None:
        """Send silence in place of the microphone, whether or not the user muted it."""
        ...


class Replay:
    """Plays at most one stretch at a time. All calls on the engine's loop.

    In a session the microphone sends silence while it plays, so that the model does not hear
    itself; a turn that begins all the same ends the playing.

    Args:
        play: Plays one stretch, or None where nothing can.
        tell: Gets everything that a front end shows.
    """

    def __init__(self, play: PlayStretch | None, tell: Tell) -> None:
        self._play = play
        self._tell = tell
        self._task: asyncio.Task[None] | None = None

    async def start(self, span: PlaySpan, talk: Talk | None, group: asyncio.TaskGroup) -> None:
        """Play ``span`` in place of what plays, or tell why not.

        Args:
            span: What to play.
            talk: The session that runs, or None.
            group: Owns the task.
        """
        await self.stop()
        if self._play is None:
            self._tell(UNABLE)
        elif talk is not None and talk.turn_under_way:
            self._tell(WAIT)
        else:
            work = self._hold(self._play, span, talk)
            self._task = group.create_task(work, name="replay")

    async def stop(self) -> None:
        """End what plays. Safe to call at any time."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def _hold(self, play: PlayStretch, span: PlaySpan, talk: Talk | None) -> None:
        if talk is not None:
            talk.deafen(deaf=True)
        try:
            await _until_a_turn(play(span, self._tell), talk)
        except AppError as error:
            self._tell(problem_of(error, fatal=False))
        finally:
            if talk is not None:
                talk.deafen(deaf=False)
            self._tell(PlayingReport(at_ms=None))


async def _until_a_turn(playing: Awaitable[None], talk: Talk | None) -> None:
    """Await ``playing``, but give it up as soon as a turn begins in ``talk``."""
    task = asyncio.create_task(_awaited(playing), name="stretch")
    try:
        while not task.done() and not (talk is not None and talk.turn_under_way):
            await asyncio.wait({task}, timeout=POLL_S)
    finally:
        if not task.done():
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    if not task.cancelled():
        task.result()


async def _awaited(playing: Awaitable[None]) -> None:
    await playing
