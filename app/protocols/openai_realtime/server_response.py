"""Writing one response, event by event, in the order of the service.

Everything that can change a writer's state is in TRANSITIONS.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from app.core.errors import LocalProtocolError
from app.core.ids import CallId, ItemId, ResponseId
from app.dsp.pcm import from_bytes
from app.protocols.openai_realtime.conversation import Conversation
from app.protocols.openai_realtime.items import Item, assistant_message, function_call
from app.protocols.openai_realtime.schema_session import format_wire
from app.protocols.openai_realtime.server_audio import OutputEncoder, to_base64
from app.protocols.openai_realtime.server_outbox import SERVER_ERROR, Outbox
from app.protocols.openai_realtime.server_values import (
    ContextCall,
    Finish,
    IdSource,
    Modality,
    ResponseOptions,
    Usage,
)


class WriterState(StrEnum):
    """Where a response stands."""

    BETWEEN = "between items"
    MESSAGE = "inside a message"
    DONE = "done"


class WriterCause(StrEnum):
    """What can change that."""

    CONTENT = "text or audio"
    CALL = "a function call"
    FINISH = "its end"


TRANSITIONS: dict[WriterState, dict[WriterCause, WriterState]] = {
    WriterState.BETWEEN: {
        WriterCause.CONTENT: WriterState.MESSAGE,
        WriterCause.CALL: WriterState.BETWEEN,
        WriterCause.FINISH: WriterState.DONE,
    },
    WriterState.MESSAGE: {
        WriterCause.CONTENT: WriterState.MESSAGE,
        WriterCause.CALL: WriterState.BETWEEN,
        WriterCause.FINISH: WriterState.DONE,
    },
    WriterState.DONE: {},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a response failed."""

    code: str
    message: str
    kind: str = SERVER_ERROR


class _Message:
    """The message that is being written."""

    def __init__(self, item: Item, output_index: int, encoder: OutputEncoder) -> None:
        self.item = item
        self.output_index = output_index
        self.encoder = encoder
        self.words: list[str] = []


class ResponseWriter:
    """One open response. Made by ``OpenAIRealtimeServer.begin_response``.

    Attributes:
        response_id: Its name.
        options: What it was asked to be.
        state: Where it stands; nothing but TRANSITIONS changes it.
        item_id: The message item begun last, or None.
        audio_ms: Audio of that item sent so far.
    """

    def __init__(
        self,
        *,
        options: ResponseOptions,
        outbox: Outbox,
        ids: IdSource,
        conversation: Conversation | None,
        on_audio: Callable[[], None],
        on_done: Callable[[ResponseId], None],
    ) -> None:
        self.options = options
        self.response_id = ResponseId(ids.new("resp"))
        self.state = WriterState.BETWEEN
        self.item_id: ItemId | None = None
        self.audio_ms = 0.0
        self._outbox = outbox
        self._ids = ids
        self._conversation = conversation
        self._on_audio = on_audio
        self._on_done = on_done
        self._message: _Message | None = None
        self._output: list[Item] = []
        self._outbox.emit("response.created", {"response": self._wire("in_progress", None, None)})

    @property
    def finished(self) -> bool:
        """Tell whether ``finish`` was called."""
        return self.state is WriterState.DONE

    def text(self, delta: str) -> None:
        """Send more words: of the audio, or of a written reply.

        Raises:
            LocalProtocolError: If the response is finished.
        """
        if not delta:
            return
        self._move(WriterCause.CONTENT)
        message = self._open()
        message.words.append(delta)
        self._emit_part(f"{self._words_kind}.delta", message, {"delta": delta})

    def audio(self, pcm: bytes) -> None:
        """Send more audio: 24 kHz mono int16, little-endian.

        Raises:
            LocalProtocolError: If the response is finished or is a written one.
            ValueError: If ``pcm`` holds half a sample.
        """
        if self.options.modality is not Modality.AUDIO:
            raise LocalProtocolError("a written response has no audio")
        samples = from_bytes(pcm)
        if not len(samples):
            return
        self._move(WriterCause.CONTENT)
        message = self._open()
        self._send_audio(message, message.encoder.encode(samples))

    def call(self, call: ContextCall) -> None:
        """Call a function; ends the message before it.

        Raises:
            LocalProtocolError: If the response is finished.
        """
        self._move(WriterCause.CALL)
        self._close_message(Finish.COMPLETED)
        item = function_call(ItemId(self._ids.new("item")), call)
        begun = replace(item, body=dict(item.body) | {"arguments": ""}, status="in_progress")
        index = len(self._output)
        self._output.append(item)
        self._emit_item("response.output_item.added", begun, index)
        self._add(begun)
        where = {
            "response_id": self.response_id,
            "item_id": item.item_id,
            "output_index": index,
            "call_id": call.call_id,
        }
        kind = "response.function_call_arguments"
        self._outbox.emit(f"{kind}.delta", where | {"delta": call.arguments})
        self._done_in_conversation(item)
        self._outbox.emit(f"{kind}.done", where | {"name": call.name, "arguments": call.arguments})
        self._emit_item("response.output_item.done", item, index)

    def new_call_id(self) -> CallId:
        """Return a name for a call to be made."""
        return CallId(self._ids.new("call"))

    def finish(
        self,
        status: Finish = Finish.COMPLETED,
        *,
        reason: str | None = None,
        usage: Usage | None = None,
        failure: Failure | None = None,
    ) -> None:
        """End the response.

        Args:
            status: How it ended.
            reason: With CANCELLED "turn_detected" or "client_cancelled", with INCOMPLETE
                "max_output_tokens" or "content_filter".
            usage: Its tokens; None counts as none.
            failure: With FAILED, why.

        Raises:
            LocalProtocolError: If the response is finished already.
        """
        self._move(WriterCause.FINISH)
        self._close_message(status)
        self._on_done(self.response_id)
        details = None if status is Finish.COMPLETED else _details(status, reason, failure)
        response = self._wire(status.value, details, _usage_wire(usage or Usage()))
        self._outbox.emit("response.done", {"response": response})

    # --- the message being written ---------------------------------------------------------------

    @property
    def _words_kind(self) -> str:
        spoken = self.options.modality is Modality.AUDIO
        return "response.output_audio_transcript" if spoken else "response.output_text"

    def _open(self) -> _Message:
        if self._message is not None:
            return self._message
        item = assistant_message(ItemId(self._ids.new("item")))
        message = _Message(item, len(self._output), OutputEncoder(self.options.encoding))
        self._message = message
        self._output.append(item)
        self.item_id, self.audio_ms = item.item_id, 0.0
        self._emit_item("response.output_item.added", item, message.output_index)
        self._add(item)
        self._keep(message)
        self._emit_part("response.content_part.added", message, {"part": self._part("")})
        return message

    def _send_audio(self, message: _Message, audio: bytes) -> None:
        if not audio:
            return
        self._on_audio()
        self.audio_ms = message.encoder.sent_ms
        self._keep(message)
        self._emit_part("response.output_audio.delta", message, {"delta": to_base64(audio)})

    def _close_message(self, status: Finish) -> None:
        message, self._message = self._message, None
        if message is None:
            return
        if status is not Finish.CANCELLED:
            self._send_audio(message, message.encoder.flush())
        words = "".join(message.words)
        whole = status is Finish.COMPLETED
        item = replace(self._keep(message), status="completed" if whole else "incomplete")
        self._output[message.output_index] = item
        spoken = self.options.modality is Modality.AUDIO
        if spoken:
            self._emit_part("response.output_audio.done", message, {})
        self._emit_part(
            f"{self._words_kind}.done", message, {"transcript" if spoken else "text": words}
        )
        self._emit_part("response.content_part.done", message, {"part": self._part(words)})
        self._done_in_conversation(item)
        self._emit_item("response.output_item.done", item, message.output_index)

    def _keep(self, message: _Message) -> Item:
        """Return the message as far as it has come; the conversation knows it so too."""
        conversation = self._conversation
        stored = None if conversation is None else conversation.find(message.item.item_id)
        if stored is not None and stored.truncated:
            return stored
        content = _content(self.options.modality, "".join(message.words))
        item = replace(
            stored or message.item,
            body=dict(message.item.body) | {"content": [content]},
            audio_ms=message.encoder.sent_ms,
        )
        if conversation is not None and stored is not None:
            conversation.put(item)
        return item

    def _part(self, words: str) -> dict[str, str]:
        if self.options.modality is Modality.AUDIO:
            return {"type": "audio", "transcript": words}
        return {"type": "text", "text": words}

    # --- events ----------------------------------------------------------------------------------

    def _add(self, item: Item) -> None:
        if self._conversation is not None:
            previous = self._conversation.insert(item)
            self._outbox.emit(
                "conversation.item.added", {"previous_item_id": previous, "item": item.wire()}
            )

    def _done_in_conversation(self, item: Item) -> None:
        if self._conversation is not None and item.item_id in self._conversation:
            self._conversation.put(item)
            previous = self._conversation.before(item.item_id)
            self._outbox.emit(
                "conversation.item.done", {"previous_item_id": previous, "item": item.wire()}
            )

    def _emit_item(self, kind: str, item: Item, output_index: int) -> None:
        self._outbox.emit(
            kind,
            {
                "response_id": self.response_id,
                "output_index": output_index,
                "item": item.wire(),
            },
        )

    def _emit_part(self, kind: str, message: _Message, fields: Mapping[str, Any]) -> None:
        where = {
            "response_id": self.response_id,
            "item_id": message.item.item_id,
            "output_index": message.output_index,
            "content_index": 0,
        }
        self._outbox.emit(kind, where | dict(fields))

    def _move(self, cause: WriterCause) -> None:
        following = TRANSITIONS[self.state].get(cause)
        if following is None:
            raise LocalProtocolError(f"response {self.response_id} is {self.state}: not {cause}")
        self.state = following

    def _wire(
        self, status: str, details: Mapping[str, Any] | None, usage: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        conversation, options = self._conversation, self.options
        return {
            "object": "realtime.response",
            "id": self.response_id,
            "status": status,
            "status_details": details,
            "output": [item.wire() for item in self._output],
            "conversation_id": None if conversation is None else conversation.conversation_id,
            "output_modalities": [options.modality.value],
            "max_output_tokens": options.max_output_tokens or "inf",
            "audio": {"output": {"format": format_wire(options.encoding), "voice": options.voice}},
            "usage": usage,
            "metadata": None if options.metadata is None else dict(options.metadata),
        }


def _content(modality: Modality, words: str) -> dict[str, str]:
    if modality is Modality.AUDIO:
        return {"type": "output_audio", "transcript": words}
    return {"type": "output_text", "text": words}


def _details(status: Finish, reason: str | None, failure: Failure | None) -> dict[str, Any]:
    details: dict[str, Any] = {"type": status.value}
    if reason is not None:
        details["reason"] = reason
    if failure is not None:
        details["error"] = {
            "type": failure.kind,
            "code": failure.code,
            "message": failure.message,
        }
    return details


def _usage_wire(usage: Usage) -> dict[str, Any]:
    given = usage.input_text + usage.input_audio
    made = usage.output_text + usage.output_audio
    return {
        "total_tokens": given + made,
        "input_tokens": given,
        "output_tokens": made,
        "input_token_details": {
            "text_tokens": usage.input_text,
            "audio_tokens": usage.input_audio,
            "image_tokens": 0,
            "cached_tokens": usage.cached_text + usage.cached_audio,
            "cached_tokens_details": {
                "text_tokens": usage.cached_text,
                "audio_tokens": usage.cached_audio,
                "image_tokens": 0,
            },
        },
        "output_token_details": {
            "text_tokens": usage.output_text,
            "audio_tokens": usage.output_audio,
        },
    }
