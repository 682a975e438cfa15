"""Asking for replies, and not wanting one any more that was asked for."""

from collections.abc import Callable
from typing import Final

from app.core.clock import Clock
from app.core.commands import CreateResponse
from app.core.events import (
    BargeInCause,
    ConnectionLost,
    ConnectionRenewed,
    InputCommitted,
    InputTimedOut,
    ProviderErrorReported,
    ResponseFinished,
    ResponseRequested,
    ResponseStarted,
    SessionEvent,
    SpeechStarted,
    SpeechStopped,
)
from app.core.ids import ItemId
from app.session.uplink import Uplink

BUSY: Final = "conversation_already_has_active_response"
"""The provider's code for a request that came while it still replied."""


class Asking:
    """Asks for replies. All calls on the engine's loop.

    A request that the provider refuses because a reply that was stopped is not over yet is made
    again when it is. A reply that was given up before it was announced is ``unwanted``.

    Attributes:
        by_itself: The provider answers the turns that it ends; otherwise we ask.
    """

    def __init__(
        self, uplink: Uplink, clock: Clock, publish: Callable[[SessionEvent], None]
    ) -> None:
        self._uplink = uplink
        self._clock = clock
        self._publish = publish
        self._awaited = self._refused = False
        self._unwanted: BargeInCause | None = None
        self._our_commits = 0
        self._timed_out: ItemId | None = None
        self.by_itself = True

    async def ask(self) -> None:
        """Ask for a reply now."""
        sent_ns = await self._uplink.send(CreateResponse())
        self._awaited, self._unwanted = True, None
        self._publish(ResponseRequested(at_ns=sent_ns or self._clock.now_ns()))

    def committed(self) -> None:
        """Note that we have committed a turn ourselves: its request is ours to make too."""
        self._our_commits += 1

    def give_up(self, cause: BargeInCause) -> None:
        """Do not want the reply that was asked for and has not been announced.

        Until another is asked for: which of both comes then, nobody can tell.
        """
        if self._awaited:
            self._unwanted = cause

    def take_unwanted(self) -> BargeInCause | None:
        """Return why the reply that begins now was given up before, or None if it was not."""
        unwanted, self._unwanted = self._unwanted, None
        return unwanted

    def hear(self, event: SessionEvent) -> None:
        """Hear of a request that somebody else has made."""
        if isinstance(event, ResponseRequested):
            self._awaited = True

    async def take(self, event: SessionEvent) -> None:
        """Take in an event that everybody knows by now."""
        match event:
            case SpeechStarted():
                self._awaited, self._unwanted = False, None
            case SpeechStopped():
                self._awaited = True
            case ResponseStarted():
                self._awaited = False
            case ConnectionLost() | ConnectionRenewed():
                self._awaited = self._refused = False
                self._unwanted, self._our_commits = None, 0
            case InputTimedOut(item_id=item_id):
                self._timed_out, self._awaited = item_id, True
            case InputCommitted():
                await self._committed(event)
            case _:
                await self._again(event)

    async def _committed(self, event: InputCommitted) -> None:
        """Ask for the answer to a turn that the provider ended and does not answer by itself."""
        if self._our_commits:
            self._our_commits -= 1
        elif not self.by_itself and event.item_id != self._timed_out:
            await self.ask()

    async def _again(self, event: SessionEvent) -> None:
        match event:
            case ProviderErrorReported(code=code) if code == BUSY:
                self._refused = True
            case ResponseFinished() if self._refused:
                self._refused = False
                await self.ask()
            case _:
                pass
