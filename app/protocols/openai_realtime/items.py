"""Conversation items: what the client is shown of them, and what the model reads.

An item keeps its wire form. Audio itself is not kept, only how long it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.core.ids import CallId, ItemId
from app.protocols.openai_realtime.server_values import ContextCall, ContextMessage

_SPOKEN = frozenset({"input_audio", "output_audio"})
_WORDS = {"input_audio": "transcript", "output_audio": "transcript"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a conversation.

    Attributes:
        item_id: Its name.
        body: Its wire form but for ``id``, ``object`` and ``status``. Never changed in place.
        status: "completed", "incomplete" or "in_progress".
        audio_ms: Length of its audio, 0 for none.
        words: What the model shall take it to say, where that is not what the client is
            shown; else None.
        truncated: Whether its transcript was removed for good.
    """

    item_id: ItemId
    body: Mapping[str, Any]
    status: str = "completed"
    audio_ms: float = 0.0
    words: str | None = None
    truncated: bool = False

    @property
    def kind(self) -> str:
        """Return its type: "message", "function_call" or "function_call_output"."""
        return str(self.body["type"])

    @property
    def call_id(self) -> CallId | None:
        """Return the call that it makes or answers, or None."""
        found = self.body.get("call_id")
        return None if found is None else CallId(found)

    def wire(self) -> dict[str, Any]:
        """Return it as events carry it."""
        return {
            "id": self.item_id,
            "object": "realtime.item",
            "type": self.body["type"],
            "status": self.status,
        } | {name: value for name, value in self.body.items() if name != "type"}

    def with_transcript(self, transcript: str | None) -> "Item":
        """Return it with the words of its audio part shown as ``transcript``."""
        content = [
            dict(part) | {"transcript": transcript} if part["type"] in _SPOKEN else part
            for part in self.body["content"]
        ]
        return replace(self, body=dict(self.body) | {"content": content})

    def cut(self, audio_ms: float) -> "Item":
        """Return ``audio_ms`` of it without transcript, unsaid until ``words`` are set."""
        return replace(self.with_transcript(None), words="", audio_ms=audio_ms, truncated=True)

    @property
    def has_output_audio(self) -> bool:
        """Tell whether it is speech of the model's."""
        return any(part["type"] == "output_audio" for part in self.body.get("content", ()))

    def message(self) -> ContextMessage:
        """Return it as the model reads it."""
        return _READERS[self.kind](self)


def user_audio(item_id: ItemId, audio_ms: float) -> Item:
    """Return what the user just said."""
    content = [{"type": "input_audio", "transcript": None}]
    return Item(
        item_id=item_id,
        body={"type": "message", "role": "user", "content": content},
        audio_ms=audio_ms,
    )


def assistant_message(item_id: ItemId) -> Item:
    """Return a reply that has just begun."""
    return Item(
        item_id=item_id,
        body={"type": "message", "role": "assistant", "content": []},
        status="in_progress",
    )


def function_call(item_id: ItemId, call: ContextCall) -> Item:
    """Return a call with all its arguments."""
    return Item(
        item_id=item_id,
        body={
            "type": "function_call",
            "call_id": call.call_id,
            "name": call.name,
            "arguments": call.arguments,
        },
    )


def _read_message(item: Item) -> ContextMessage:
    shown = " ".join(filter(None, (_words_of(part) for part in item.body["content"])))
    words = shown if item.words is None else item.words
    return ContextMessage(role=item.body["role"], text=words, item_id=item.item_id)


def _words_of(part: Mapping[str, Any]) -> str | None:
    found: str | None = part.get(_WORDS.get(part["type"], "text"))
    return found


def _read_call(item: Item) -> ContextMessage:
    call = ContextCall(
        call_id=CallId(item.body["call_id"]),
        name=item.body["name"],
        arguments=item.body["arguments"],
    )
    return ContextMessage(role="assistant", text="", item_id=item.item_id, call=call)


def _read_output(item: Item) -> ContextMessage:
    return ContextMessage(
        role="tool", text=item.body["output"], item_id=item.item_id, call_id=item.call_id
    )


_READERS = {
    "message": _read_message,
    "function_call": _read_call,
    "function_call_output": _read_output,
}
