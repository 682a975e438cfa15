"""Hands each event to every listener, in arrival order."""

from collections.abc import Callable

from app.core.events import SessionEvent
from app.core.observe import Signal


class EventBus:
    """The one road of events inside a session. All calls on the engine's loop.

    A listener may publish: what it publishes is delivered after the event at hand, so that
    every listener sees the same order.
    """

    def __init__(self) -> None:
        self._listeners = Signal[SessionEvent]()
        self._waiting: list[SessionEvent] = []
        self._delivering = False

    def subscribe(self, listener: Callable[[SessionEvent], None]) -> Callable[[], None]:
        """Add a listener and return the call that removes it."""
        return self._listeners.connect(listener)

    def publish(self, event: SessionEvent) -> None:
        """Deliver ``event``, and whatever its listeners publish meanwhile."""
        self._waiting.append(event)
        if self._delivering:
            return
        self._delivering = True
        try:
            while self._waiting:
                self._listeners.emit(self._waiting.pop(0))
        finally:
            self._delivering = False
            self._waiting.clear()
