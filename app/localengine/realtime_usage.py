"""What a reply costs in tokens, counted as the real service counts.

The whole conversation is counted as input in every turn; what the last reply already had, in
the same place, is cached. Audio is 10 tokens a second of the user's and 20 of the assistant's.

Source: OpenAI, "Managing realtime costs".
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.core.ids import ItemId
from app.protocols.openai_realtime.server_values import ContextMessage, Usage

USER_TOKENS_PER_S: Final = 10
ASSISTANT_TOKENS_PER_S: Final = 20
_RATES: Final[Mapping[str, int]] = {"user": USER_TOKENS_PER_S, "assistant": ASSISTANT_TOKENS_PER_S}


def audio_tokens(seconds: float, per_s: int) -> int:
    """Return the tokens of so much audio: a begun one counts, a hundredth of one does not."""
    return math.ceil(round(seconds * per_s, 2))


@dataclass(frozen=True, slots=True)
class _Part:
    """One piece of the input: ``key`` is equal where the piece is."""

    key: tuple[str, str]
    text: int
    audio: int


@dataclass(slots=True)
class UsageCounter:
    """Counts one session's replies, one after the other.

    Args:
        count: Text tokens of a text.
    """

    count: Callable[[str], int]
    _audio_s: dict[ItemId, float] = field(default_factory=dict)
    _last: tuple[_Part, ...] = ()

    def note_audio(self, item_id: ItemId, seconds: float) -> None:
        """Remember that an item is audio of this length."""
        self._audio_s[item_id] = seconds

    def forget(self, item_id: ItemId) -> None:
        """Forget an item that is deleted."""
        self._audio_s.pop(item_id, None)

    def input_of(
        self,
        messages: Sequence[ContextMessage],
        instructions: str,
        tools: Sequence[Mapping[str, Any]],
        *,
        in_conversation: bool,
        as_text: bool = False,
    ) -> Usage:
        """Return the input side of a reply; the next reply's cached part follows from it.

        Args:
            messages: Of the conversation, in order.
            instructions: Of the reply.
            tools: That the model is offered.
            in_conversation: Whether the reply becomes a part of it.
            as_text: Whether a service elsewhere reads it all, which is then text, and nothing
                of it cached as far as anybody can tell.
        """
        head = (
            _Part(("instructions", instructions), self.count(instructions), 0),
            _Part(("tools", json.dumps(tools)), self.count(json.dumps(tools)) if tools else 0, 0),
        )
        parts = (*head, *(self._part(message) for message in messages))
        shared = 0
        for now, before in zip(parts, self._last, strict=False):
            if now != before:
                break
            shared += 1
        if in_conversation:
            self._last = parts
        if as_text:
            return Usage(input_text=self._spoken(messages) + sum(part.text for part in parts))
        return Usage(
            input_text=sum(part.text for part in parts),
            input_audio=sum(part.audio for part in parts),
            cached_text=sum(part.text for part in parts[:shared]),
            cached_audio=sum(part.audio for part in parts[:shared]),
        )

    def _part(self, message: ContextMessage) -> _Part:
        text = _said(message)
        key = (message.item_id, text)
        if not self._is_sound(message):
            return _Part(key, self.count(text), 0)
        seconds = self._audio_s[message.item_id]
        return _Part(key, 0, audio_tokens(seconds, _RATES[message.role]))

    def _spoken(self, messages: Sequence[ContextMessage]) -> int:
        """Return the text tokens of what lies as sound in the conversation."""
        return sum(self.count(_said(message)) for message in messages if self._is_sound(message))

    def _is_sound(self, message: ContextMessage) -> bool:
        return message.item_id in self._audio_s and message.role in _RATES


def _said(message: ContextMessage) -> str:
    return message.text if message.call is None else message.call.name + message.call.arguments
