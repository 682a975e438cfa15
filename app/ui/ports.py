"""What the window is handed by the composition root."""

from collections.abc import Sequence
from typing import Protocol

from app.session.messages import EngineReport, EngineRequest


class EngineLink(Protocol):
    """The measuring engine, seen from the window. All calls on the GUI thread."""

    def fileno(self) -> int:
        """Return a descriptor that is readable while reports wait; it may change on restart."""
        ...

    def receive(self) -> Sequence[EngineReport]:
        """Return the reports that wait, oldest first, without blocking.

        Raises:
            EngineError: If the engine is gone.
        """
        ...

    def send(self, request: EngineRequest) -> None:
        """Queue a request.

        Raises:
            EngineError: If the engine is gone.
            LocalProtocolError: If it is too long for the engine's pipe; nothing was sent.
        """
        ...

    def restart(self) -> None:
        """Start a fresh engine in place of one that is gone.

        Raises:
            EngineError: If it does not start.
        """
        ...

    def close(self) -> None:
        """End the engine. Safe to call twice."""
        ...
