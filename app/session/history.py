"""The conversation so far, as another session can be told of it."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, TypeAlias

from app.core.clock import Nanoseconds, ms
from app.core.commands import Command, CreateItem, SendToolResult
from app.core.events import InputCommitted, SessionEvent, ToolCalled
from app.session.messages import Speaker, TranscriptReport

MOST_ITEMS = 200
MOST_BYTES = 100_000
"""Of words, arguments and outputs in UTF-8; what came first is forgotten first."""

LARGEST_BYTES = 20_000
"""One entry of more is left out, lest it drive out all the others."""

_CONTENT_KINDS = {Speaker.USER: "input_text", Speaker.MODEL: "output_text"}
_ROLES = {Speaker.USER: "user", Speaker.MODEL: "assistant"}


@dataclass(frozen=True, slots=True)
class _Call:
    """A function call; ``output`` None while it is not answered."""

    at_ms: float
    call_id: str
    name: str
    arguments: str
    output: str | None = None

    @property
    def octets(self) -> int:
        return len(self.arguments.encode()) + len((self.output or "").encode())

    def emptied(self) -> "_Call":
        return _Call(self.at_ms, self.call_id, self.name, "")

    def items(self) -> list[dict[str, Any]]:
        if self.output is None:
            return []
        call = {"call_id": self.call_id, "name": self.name, "arguments": self.arguments}
        output = {"call_id": self.call_id, "output": self.output}
        return [
            {"type": "function_call", **call},
            {"type": "function_call_output", **output},
        ]


@dataclass(frozen=True, slots=True)
class _Words:
    """What one side said."""

    at_ms: float
    speaker: Speaker
    text: str

    @property
    def octets(self) -> int:
        return len(self.text.encode())

    def emptied(self) -> "_Words":
        return _Words(self.at_ms, self.speaker, "")

    def items(self) -> list[dict[str, Any]]:
        if not self.text.strip():
            return []
        content = [{"type": _CONTENT_KINDS[self.speaker], "text": self.text}]
        return [{"type": "message", "role": _ROLES[self.speaker], "content": content}]


_Entry: TypeAlias = _Call | _Words


@dataclass(frozen=True, slots=True)
class Carried:
    """What another session is told.

    Attributes:
        commands: One an item, in the order of the conversation.
        left_out: Entries whose words nobody knows, calls without an answer, and what is too
            long or too old to be kept.
        entries: Names of the entries that the commands tell.
    """

    commands: tuple[CreateItem, ...]
    left_out: int
    entries: frozenset[str]


class History:
    """Keeps a conversation's words and calls, bounded. All calls on the engine's loop.

    Of an interrupted reply only what was heard is kept: the user answers that.

    Args:
        t0_ns: The session's first instant.
    """

    def __init__(self, t0_ns: Nanoseconds) -> None:
        self._t0_ns = t0_ns
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._octets = 0
        self._forgotten = 0

    def take_words(self, entry: TranscriptReport) -> None:
        """Take the present text of one entry of the transcript."""
        name = f"words {entry.entry_id}"
        known = self._entries.get(name)
        at_ms = entry.at_ms if known is None else min(entry.at_ms, known.at_ms)
        text = entry.text if entry.heard_chars is None else entry.text[: entry.heard_chars]
        self._put(name, _Words(at_ms, entry.speaker, text))

    def take(self, event: SessionEvent) -> None:
        """Take in one event: what the user said, as yet without words, or the model's call."""
        at_ms = ms(Nanoseconds(event.at_ns - self._t0_ns))
        match event:
            case InputCommitted(item_id=item_id):
                if f"words {item_id}" not in self._entries:
                    self._put(f"words {item_id}", _Words(at_ms, Speaker.USER, ""))
            case ToolCalled(call_id=str() as call_id, name=str() as name):
                self._put(f"call {call_id}", _Call(at_ms, call_id, name, event.arguments))
            case _:
                pass

    def take_sent(self, command: Command) -> None:
        """Take a command that was sent: the answer to a call."""
        if not isinstance(command, SendToolResult):
            return
        call = self._entries.get(f"call {command.call_id}")
        if isinstance(call, _Call) and call.output is None:
            answered = _Call(call.at_ms, call.call_id, call.name, call.arguments, command.output)
            self._put(f"call {command.call_id}", answered)

    def carried(self, known: frozenset[str] = frozenset()) -> Carried:
        """Return what to tell another session that knows of the entries ``known``."""
        kept = sorted(self._entries.items(), key=lambda entry: entry[1].at_ms)
        told = {name: items for name, entry in kept if (items := entry.items())}
        return Carried(
            commands=tuple(
                CreateItem(item)
                for name, items in told.items()
                if name not in known
                for item in items
            ),
            left_out=self._forgotten + len(kept) - len(told),
            entries=frozenset(told),
        )

    def _put(self, name: str, entry: _Entry) -> None:
        if entry.octets > LARGEST_BYTES:
            entry = entry.emptied()
        before = self._entries.get(name)
        self._octets += entry.octets - (before.octets if before is not None else 0)
        self._entries[name] = entry
        while len(self._entries) > MOST_ITEMS or self._octets > MOST_BYTES:
            _, oldest = self._entries.popitem(last=False)
            self._octets -= oldest.octets
            self._forgotten += 1
