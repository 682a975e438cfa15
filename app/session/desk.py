"""What serves a window beside its session: the library, prices, a replay."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from app.session.link import LinkMessage
from app.session.messages import EngineReport


class Desk(Protocol):
    """Serves some kinds of requests. All calls on the engine's loop."""

    @property
    def kinds(self) -> tuple[type, ...]:
        """The requests that are its own."""
        ...

    def take(self, request: LinkMessage, *, talking: bool) -> None:
        """Take a request in; what takes time is done in ``run``. Never raises.

        Args:
            request: One of ``kinds``.
            talking: Whether a session runs.
        """
        ...

    def make_way(self) -> None:
        """A session begins: give back what it needs alone (loudspeaker, processor)."""
        ...

    async def run(self) -> None:
        """Work until cancelled."""
        ...


class Outlet(Protocol):
    """Takes what a desk tells its window. All calls on the engine's loop."""

    def __call__(self, report: EngineReport, /) -> None:
        """Tell the window; a passing report is dropped where there is no room."""
        ...

    def room(self) -> int:
        """Return how many reports can be told now before any is dropped."""
        ...


MakeDesk: TypeAlias = Callable[[Outlet], Desk]
"""Makes a desk that tells its window through the argument."""
