"""All that one connection knows; the readers of client events share it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from app.core.ids import ItemId
from app.protocols.openai_realtime.conversation import Conversation
from app.protocols.openai_realtime.items import Item, user_audio
from app.protocols.openai_realtime.server_beta import BetaWords
from app.protocols.openai_realtime.server_input import InputBuffer, InputCause
from app.protocols.openai_realtime.server_outbox import Outbox
from app.protocols.openai_realtime.server_responses import Responses
from app.protocols.openai_realtime.server_session import Wire, read
from app.protocols.openai_realtime.server_values import IdSource, ServerRequest, SessionConfig


class ServerState:
    """Session, conversation, input and responses of one connection.

    Attributes:
        ids: Makes names.
        voices: The engine's own voices.
        config: The effective settings.
        model_fixed: Whether updates may not name another model.
    """

    def __init__(
        self,
        *,
        session: Wire,
        voices: Sequence[str],
        ids: IdSource,
        model_fixed: bool = True,
        beta: BetaWords | None = None,
    ) -> None:
        self.ids = ids
        self.model_fixed = model_fixed
        self.voices = tuple(voices)
        self.config: SessionConfig = read(session)
        self.outbox = Outbox(ids, None if beta is None else beta.told)
        self.conversation = Conversation(ids.new("conv"))
        self.input = InputBuffer(ids, self.config.input_encoding)
        self.responses = Responses(self.outbox, ids, self.conversation)

    def use(self, session: Wire) -> None:
        """Make ``session`` the effective one.

        Without turn detection nobody tells any more that the user, who may be speaking, stops;
        the audio stays, and is the same item once the client commits it.
        """
        self.config = read(session)
        if self.config.turn_detection is None:
            self.input.move(InputCause.UNWATCHED)
        self.input.use(self.config.input_encoding)

    def add(self, item: Item, previous_item_id: str | None = None) -> None:
        """Put a finished item into the conversation and tell the client."""
        previous = self.conversation.insert(item, previous_item_id)
        fields = {"previous_item_id": previous, "item": item.wire()}
        self.outbox.emit("conversation.item.added", fields)
        self.outbox.emit("conversation.item.done", fields)

    def commit(self, audio_ms: float) -> ItemId:
        """Make the input an item of the user's and tell the client."""
        self.input.move(InputCause.COMMITTED)
        item_id = self.input.item_id()
        self.input.empty()
        self.outbox.emit(
            "input_audio_buffer.committed",
            {"previous_item_id": self.conversation.last_id, "item_id": item_id},
        )
        self.add(user_audio(item_id, audio_ms))
        return item_id

    def note_words(self, item_id: ItemId, words: str) -> None:
        """Let the model take an item to say ``words``, if it is still there."""
        item = self.conversation.find(item_id)
        if item is not None:
            self.conversation.put(replace(item, words=words))


Fields: TypeAlias = Mapping[str, Any]
Handler: TypeAlias = Callable[[ServerState, Fields], list[ServerRequest]]
"""Obeys one checked client event, or raises ``ClientError`` and has changed nothing."""
