"""Shows a recorded session to a window as if it were live."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from app.core.errors import AppError
from app.core.ports import SessionScore
from app.session.jobs import Tell
from app.session.link import LinkMessage
from app.session.messages import (
    CloseReplay,
    OpenReplay,
    ProblemReport,
    ReplayReport,
    SteerReplay,
)
from app.session.parts import SessionParts
from app.session.problems import problem_of
from app.session.replay_show import TOLD_PER_TICK, Show
from app.session.replay_voice import MakeOutput

TICK_S: Final = 1 / 30
MOST_WISHES: Final = 100
OPENS_IN_S: Final = 0.2
"""A session that opens within this time is shown when it is there."""
HUSHED_AFTER_S: Final = 3.0
"""A replay that stands still gives its loudspeaker back."""

TALKING = ProblemReport(
    sentence="A session runs: end it before another is replayed.", hint="Press Stop first."
)
OpenScore: TypeAlias = Callable[[Path], SessionScore]
"""Opens a session. Blocks on the disk, and raises StoreError where there is none."""


class ReplayDesk:
    """Shows one recorded session at a time; implements ``Desk``. All calls on the engine's loop.

    Args:
        parts: The clock, and what runs aside.
        open_score: Opens a recorded session.
        make_output: Makes a loudspeaker.
        tell: Tells the window.
        room: Returns how many reports it takes now; what is past is told so fast and no faster.
    """

    kinds = (OpenReplay, SteerReplay, CloseReplay)

    def __init__(
        self,
        parts: SessionParts,
        open_score: OpenScore,
        make_output: MakeOutput,
        tell: Tell,
        *,
        room: Callable[[], int] = lambda: TOLD_PER_TICK,
    ) -> None:
        self._parts = parts
        self._open_score = open_score
        self._make_output = make_output
        self._tell = tell
        self._room = room
        self._wishes: deque[LinkMessage] = deque(maxlen=MOST_WISHES)
        self._wanted = asyncio.Event()
        self._show: Show | None = None
        self._opening = 0

    def take(self, request: LinkMessage, *, talking: bool) -> None:
        """Note a wish."""
        if talking:
            if isinstance(request, OpenReplay):
                self._tell(TALKING)
            return
        self._wishes.append(request)
        self._wanted.set()

    def make_way(self) -> None:
        """A session begins: nothing of a replay is told from here on."""
        self._opening += 1
        self._wishes.clear()
        if self._show is not None and not self._show.left:
            self._show.leave()
            self._tell(ReplayReport(folder=""))
        self._wanted.set()

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                if self._show is None or self._show.rests:
                    await self._rest()
                await self._heed()
                if self._show is not None:
                    await self._show.step()
                    await asyncio.sleep(0 if self._show.hurries else TICK_S)
        finally:
            await self._leave()

    async def _rest(self) -> None:
        """Wait for the next wish."""
        if self._show is not None and self._show.holds_device:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HUSHED_AFTER_S):
                    await self._wanted.wait()
            if not self._wanted.is_set():
                await self._show.hush()
        await self._wanted.wait()

    async def _heed(self) -> None:
        self._wanted.clear()
        if self._show is not None and self._show.left:
            await self._leave()
        while self._wishes:
            match self._wishes.popleft():
                case OpenReplay() as wish:
                    await self._leave()
                    await self._open(wish)
                case SteerReplay() as wish if self._show is not None:
                    self._show.steer(wish)
                case CloseReplay() if self._show is not None:
                    await self._leave()
                    self._tell(ReplayReport(folder=""))
                case _:
                    pass

    async def _open(self, wish: OpenReplay) -> None:
        self._opening += 1
        opening, found = self._opening, list[Show]()
        later = asyncio.get_running_loop().call_later(OPENS_IN_S, self._tell_opening, wish.folder)
        try:
            await self._parts.aside(lambda: found.append(self._make_show(wish)))
        except AppError as error:
            self._tell(problem_of(error, fatal=False))
            self._tell(ReplayReport(folder=""))
            return
        finally:
            later.cancel()
        if opening != self._opening:  # a session has begun meanwhile
            await found[0].close()
            self._tell(ReplayReport(folder=""))
            return
        self._show = found[0]

    def _tell_opening(self, folder: str) -> None:
        """It takes longer: show it already, still empty; what is wished meanwhile is done then."""
        self._tell(ReplayReport(folder=str(Path(folder)), gone=0.0))

    def _make_show(self, wish: OpenReplay) -> Show:
        """Open a session. Blocks on the disk."""
        score = self._open_score(Path(wish.folder))
        output, tell = wish.output, self._tell
        return Show(self._parts, score, self._make_output, output, tell, room=self._room)

    async def _leave(self) -> None:
        show, self._show = self._show, None
        if show is not None:
            await show.close()
