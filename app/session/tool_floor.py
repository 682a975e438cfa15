"""When the model may be asked to go on after its calls were answered."""

from typing import Final

from app.core.config import TurnDetection, VadMode
from app.core.events import (
    CommitSent,
    ConnectionLost,
    ConnectionRenewed,
    ProviderErrorReported,
    ResponseFinished,
    ResponseRequested,
    ResponseStarted,
    SessionEvent,
    SpeechStarted,
    SpeechStopped,
    TurnsConfigured,
)
from app.core.ids import ResponseId

BUSY: Final = "conversation_already_has_active_response"
"""Error code of a request that met a reply which the provider had begun by itself."""


class ToolFloor:
    """Follows who has the floor. On the engine's loop.

    A reply that began after all results were sent has taken them in: nothing is owed then. A
    request that met one which the provider began meanwhile is owed again when that one is over.

    Attributes:
        asked: A reply was asked for, or will come by itself, and has not begun.
    """

    def __init__(self, turn_detection: TurnDetection) -> None:
        self._turns = turn_detection
        self._running: set[ResponseId] = set()
        self._speaking = False
        self._owed = False
        self.asked = False

    @property
    def due(self) -> bool:
        """Whether results wait for a reply and one may be asked for."""
        return self._owed and not (self._running or self._speaking or self.asked)

    def owe(self) -> None:
        """All calls of a reply were answered."""
        self._owed = True

    def drop(self) -> None:
        """Nothing is owed any more."""
        self._owed = False

    def take(self, event: SessionEvent) -> None:
        """Take in one event."""
        match event:
            case ResponseStarted(response_id=response_id):
                self._running.add(response_id)
                self.asked = self._owed = False
            case ResponseFinished(response_id=response_id):
                self._finished(response_id)
            case SpeechStarted():
                self._speaking = True
            case SpeechStopped():
                self._speaking = False
                self.asked = self.asked or self._answers_itself
            case ResponseRequested() | CommitSent():
                self._speaking, self.asked = False, True
            case _:
                self._take_rest(event)

    def _take_rest(self, event: SessionEvent) -> None:
        match event:
            case TurnsConfigured(turn_detection=turns):
                self._turns = turns
            case ProviderErrorReported():
                self._owed = self._owed or (event.code == BUSY and bool(self._running))
                self.asked = False
            case ConnectionLost() | ConnectionRenewed():
                self._forget()
            case _:
                pass

    @property
    def _answers_itself(self) -> bool:
        return self._turns.create_response and self._turns.mode is not VadMode.MANUAL

    def _finished(self, response_id: ResponseId | None) -> None:
        if response_id is None:
            self._running.clear()
        else:
            self._running.discard(response_id)

    def _forget(self) -> None:
        self._running.clear()
        self._speaking = self.asked = False
