"""The input audio buffer of one session.

Everything that can change its state is in TRANSITIONS.
"""

from enum import StrEnum

from app.core.errors import LocalProtocolError
from app.core.ids import ItemId
from app.protocols.openai_realtime.server_audio import InputDecoder
from app.protocols.openai_realtime.server_values import Encoding, IdSource


class InputState(StrEnum):
    """What is known of the user."""

    QUIET = "quiet"
    SPEAKING = "speaking"
    STOPPED = "stopped"


class InputCause(StrEnum):
    """What can change that."""

    SPEECH_STARTED = "speech started"
    SPEECH_STOPPED = "speech stopped"
    TIMED_OUT = "idle timeout"
    COMMITTED = "committed"
    CLEARED = "cleared"
    UNWATCHED = "no turn detection any more"


_ENDED = dict.fromkeys(
    (InputCause.COMMITTED, InputCause.CLEARED, InputCause.UNWATCHED), InputState.QUIET
)

TRANSITIONS: dict[InputState, dict[InputCause, InputState]] = {
    InputState.QUIET: {
        InputCause.SPEECH_STARTED: InputState.SPEAKING,
        InputCause.TIMED_OUT: InputState.STOPPED,
        **_ENDED,
    },
    InputState.SPEAKING: {InputCause.SPEECH_STOPPED: InputState.STOPPED, **_ENDED},
    InputState.STOPPED: _ENDED,
}


class InputBuffer:
    """How much audio waits to be committed, and the item that it will become.

    Attributes:
        state: Where it stands; nothing but TRANSITIONS changes it.
        audio_ms: Audio appended since the last commit or clearing.
        decoder: Reads what is appended.
    """

    def __init__(self, ids: IdSource, encoding: Encoding) -> None:
        self._ids = ids
        self._item_id: ItemId | None = None
        self.state = InputState.QUIET
        self.audio_ms = 0.0
        self.decoder = InputDecoder(encoding)

    def use(self, encoding: Encoding) -> None:
        """Read ``encoding`` from now on."""
        if encoding is not self.decoder.encoding:
            self.decoder = InputDecoder(encoding)

    def move(self, cause: InputCause) -> None:
        """Change the state.

        Raises:
            LocalProtocolError: If it does not allow ``cause``.
        """
        following = TRANSITIONS[self.state].get(cause)
        if following is None:
            raise LocalProtocolError(f"input that is {self.state} cannot have {cause}")
        self.state = following

    def item_id(self) -> ItemId:
        """Return the name of the item to come."""
        if self._item_id is None:
            self._item_id = ItemId(self._ids.new("item"))
        return self._item_id

    def empty(self) -> None:
        """Forget the audio and the item's name."""
        self._item_id = None
        self.audio_ms = 0.0
