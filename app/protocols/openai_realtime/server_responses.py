"""The open responses of one session: at most one in the conversation, others beside it."""

from app.core.errors import LocalProtocolError
from app.core.ids import ResponseId
from app.protocols.openai_realtime.conversation import Conversation
from app.protocols.openai_realtime.schema import ClientError
from app.protocols.openai_realtime.server_outbox import Outbox
from app.protocols.openai_realtime.server_response import ResponseWriter
from app.protocols.openai_realtime.server_values import IdSource, ResponseOptions

MAX_OPEN = 16
"""Responses that one session can have open at once."""


class Responses:
    """Begins responses and knows those that are not finished.

    Attributes:
        spoken: Whether any audio was ever sent: the voice is settled then.
    """

    def __init__(self, outbox: Outbox, ids: IdSource, conversation: Conversation) -> None:
        self._outbox = outbox
        self._ids = ids
        self._conversation = conversation
        self._open: dict[ResponseId, ResponseWriter] = {}
        self.spoken = False

    @property
    def active(self) -> ResponseWriter | None:
        """Return the open response of the conversation, or None."""
        found = (w for w in self._open.values() if w.options.in_conversation)
        return next(found, None)

    def writers(self) -> tuple[ResponseWriter, ...]:
        """Return all that are open, oldest first."""
        return tuple(self._open.values())

    def find(self, response_id: str | None) -> ResponseWriter | None:
        """Return an open response by name; without a name, the conversation's."""
        return self.active if response_id is None else self._open.get(ResponseId(response_id))

    def check_room(self, *, in_conversation: bool) -> None:
        """Check that another response can be begun.

        Raises:
            ClientError: If it cannot.
        """
        active = self.active
        if in_conversation and active is not None:
            raise ClientError(
                "conversation_already_has_active_response",
                "Conversation already has an active response in progress: "
                f"{active.response_id}. Wait until the response is finished before creating "
                "a new one.",
            )
        if len(self._open) >= MAX_OPEN:
            raise ClientError(
                "too_many_responses", f"At most {MAX_OPEN} responses can be open at once."
            )

    def begin(self, options: ResponseOptions) -> ResponseWriter:
        """Begin a response.

        Raises:
            LocalProtocolError: If the conversation has one that is not finished.
        """
        if options.in_conversation and self.active is not None:
            raise LocalProtocolError("the conversation has a response that is not finished")
        writer = ResponseWriter(
            options=options,
            outbox=self._outbox,
            ids=self._ids,
            conversation=self._conversation if options.in_conversation else None,
            on_audio=self._audio_sent,
            on_done=self._done,
        )
        self._open[writer.response_id] = writer
        return writer

    def _audio_sent(self) -> None:
        self.spoken = True

    def _done(self, response_id: ResponseId) -> None:
        del self._open[response_id]
