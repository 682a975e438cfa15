"""What serves a window beside its session: the library, prices, a replay."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from app.session.jobs import Tell
from app.session.link import LinkMessage


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


MakeDesk: TypeAlias = Callable[[Tell], Desk]
"""Makes a desk that tells its window through the argument."""
