"""How a conversation becomes the messages that a chat model is sent."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from app.localengine.ports import Message, Role

_PERSONA = "You are Viva, a friendly voice assistant. Answer in one or two short spoken sentences."
_EXAMPLES = (
    ("Hi there.", "Hi! It is good to hear you. What can I do for you?"),
    ("What is the capital of Japan?", "The capital of Japan is Tokyo, a city of many millions."),
    ("Wake me up at seven.", "All right, I will wake you up at seven o'clock."),
    ("I went hiking last weekend.", "That sounds lovely! Where did you go?"),
    ("How long is the river Nile?", "The Nile is about six thousand six hundred kilometres long."),
    ("Where do I get a bus ticket?", "You can buy a bus ticket from the driver or at a kiosk."),
    ("Who wrote Romeo and Juliet?", "William Shakespeare wrote Romeo and Juliet."),
    ("My train is late again.", "Oh no, that is a nuisance. I hope it comes soon."),
)
_FEWEST_MESSAGES, _SHIFT_MESSAGES = 4, 8
_LONGEST_MESSAGE = 400
_LONGEST_INSTRUCTIONS = 400
_WIRE_ROLES = {role: str(role) for role in Role}
_TOKEN = re.compile(r"[A-Za-z]{1,7}|\d|[^\sA-Za-z\d]")


class ChatPrompt(Protocol):
    """Makes the messages of one request."""

    def wire_messages(self, messages: Sequence[Message]) -> Iterator[Mapping[str, Any]]:
        """Return the messages to send, oldest first."""
        ...


class FewShotPrompt:
    """For a very small model: a fixed persona with examples, then the last messages.

    The fixed part is the same in every request of every session, so the model's cache holds it.
    The window over the conversation holds 4 to 12 messages and moves 8 at once, so that most
    requests only add to what the cache holds. All texts are cut to what the model can follow.
    """

    def wire_messages(self, messages: Sequence[Message]) -> Iterator[Mapping[str, Any]]:
        """Return the messages to send, oldest first."""
        yield {"role": "system", "content": _PERSONA}
        for question, answer in _EXAMPLES:
            yield {"role": "user", "content": question}
            yield {"role": "assistant", "content": answer}
        spoken = [message for message in messages if message.text.strip()]
        orders = [message.text for message in spoken if message.role is Role.SYSTEM]
        if orders:
            yield {"role": "system", "content": orders[-1][:_LONGEST_INSTRUCTIONS]}
        talk = [message for message in spoken if message.role is not Role.SYSTEM]
        kept_from = max(0, len(talk) - 1 - _FEWEST_MESSAGES) // _SHIFT_MESSAGES * _SHIFT_MESSAGES
        for message in talk[kept_from:]:
            role = "assistant" if message.role is Role.ASSISTANT else "user"
            yield {"role": role, "content": message.text[:_LONGEST_MESSAGE]}


class PlainPrompt:
    """For any other model: the conversation as it is, calls and results included.

    Args:
        most_tokens: About how much is sent; the oldest messages are left out first, but never
            the instructions or the last message. None sends everything.
    """

    def __init__(self, most_tokens: int | None = None) -> None:
        self._most = most_tokens

    def wire_messages(self, messages: Sequence[Message]) -> Iterator[Mapping[str, Any]]:
        """Return the messages to send, oldest first."""
        for message in self._recent(messages):
            row: dict[str, Any] = {"role": _WIRE_ROLES[message.role], "content": message.text}
            if message.call is not None:
                function = {"name": message.call.name, "arguments": message.call.arguments}
                call = {"id": message.call.call_id, "type": "function", "function": function}
                row |= {"content": message.text or None, "tool_calls": [call]}
            if message.call_id is not None:
                row["tool_call_id"] = message.call_id
            yield row

    def _recent(self, messages: Sequence[Message]) -> Sequence[Message]:
        if self._most is None:
            return messages
        orders = [message for message in messages if message.role is Role.SYSTEM]
        room = self._most - sum(map(_size, orders))
        kept: list[Message] = []
        for message in reversed([m for m in messages if m.role is not Role.SYSTEM]):
            room -= _size(message)
            if room < 0 and kept:
                break
            kept.insert(0, message)
        return [*orders, *kept]


def _size(message: Message) -> int:
    """Return about how many tokens a message takes, its role included."""
    return estimate_tokens(message.text) + 8


def estimate_tokens(text: str) -> int:
    """Return about how many tokens ``text`` takes.

    A word of up to seven letters, a digit and a mark are one each: within about a tenth of
    byte-pair encodings on English prose.
    """
    return len(_TOKEN.findall(text))
