"""The first words of a connection: the provider opens a session and accepts our settings."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from app.core.clock import Nanoseconds, ms
from app.core.errors import ProviderError, ProviderFault
from app.core.events import (
    ConnectionLost,
    ConnectionRenewed,
    ProviderErrorReported,
    SessionCreated,
    SessionEvent,
    SessionReady,
)
from app.session.opening import unopened

CREATED_LIMIT_S = 15.0
READY_LIMIT_S = 5.0


class Handshake:
    """Follows one connection from its upgrade until it is configured. On the engine's loop.

    Args:
        opened_ns: When the connection was open.

    Attributes:
        created_ms: From there until the provider's session event, or None.
        ready_ms: From that until our settings were accepted, or None.
    """

    def __init__(self, opened_ns: Nanoseconds) -> None:
        self._opened_ns = opened_ns
        self._refused: ProviderErrorReported | None = None
        self._over = False
        self.created_ms: float | None = None
        self.ready_ms: float | None = None

    def take(self, event: SessionEvent) -> bool:
        """Take in an event; return whether one of the spans is known by it.

        What comes later, or on another connection, changes nothing.
        """
        match event:
            case ConnectionLost() | ConnectionRenewed():
                self._over = True
            case SessionCreated() if self.created_ms is None and not self._over:
                self.created_ms = self._since_ms(event)
                return True
            case ProviderErrorReported() if self.ready_ms is None and _is_of_update(event):
                self._refused = event
            case SessionReady() if self.ready_ms is None and not self._over:
                self.ready_ms = self._since_ms(event) - (self.created_ms or 0.0)
                return True
            case _:
                pass
        return False

    async def run(self, receive_one: Callable[[], Awaitable[None]]) -> None:
        """Receive, by ``receive_one``, until the provider has accepted our configuration.

        A provider that opens a session and never confirms its settings is used as it is.

        Raises:
            ProviderError: If it refused our settings.
            RemoteProtocolError: If it opened no session within CREATED_LIMIT_S.
            ConnectionEndedError: If it closed.
        """
        try:
            async with asyncio.timeout(CREATED_LIMIT_S):
                while self.created_ms is None:
                    await receive_one()
        except TimeoutError:
            raise unopened(CREATED_LIMIT_S) from None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_LIMIT_S):
                while self.ready_ms is None:
                    await receive_one()
                    self._check_accepted()

    def _check_accepted(self) -> None:
        if self._refused is None:
            return
        raise ProviderError(
            f"The provider refused the settings: {self._refused.message}",
            fault=ProviderFault.REFUSED,
            code=self._refused.code,
            hint="Change the setting that it names, and start again.",
        )

    def _since_ms(self, event: SessionEvent) -> float:
        return ms(Nanoseconds(event.at_ns - self._opened_ns))


def _is_of_update(event: ProviderErrorReported) -> bool:
    """Whether it complains of our settings: the codec names its messages by their kind."""
    return (event.caused_by or "").startswith("session.update")
