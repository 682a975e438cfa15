"""What the journal of a session tells of replies and tools, beside its rows.

A journal of a million lines is read as a stream: only the lines that are needed are parsed.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Final

from app.core.bundle import EVENTS_FILE
from app.exports.bundle_files import open_regular

_LONGEST_LINE: Final = 8 << 20
_MOST: Final = 200_000
"""Replies and tools of a session: what lies beyond is left out."""

_HEAD: Final = re.compile(rb'\{"t_ns":(-?\d{1,19}),"event":"(\w{1,40})"')
_RESPONSE: Final = re.compile(rb'"response_id":"([^"\\]{1,200})"')


@dataclass(slots=True, kw_only=True)
class Response:
    """One generation of the provider. Instants on the session's clock, ns; None is unknown.

    Attributes:
        asked_ns: When our side asked for it; None where the provider began by itself.
        first_ns: When the first piece of it came, text or sound.
        usage: Token counts by their names in ``TokenUsage``.
    """

    response_id: str
    start_ns: int
    asked_ns: int | None = None
    first_ns: int | None = None
    end_ns: int | None = None
    status: str | None = None
    reason: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    usage: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class ToolCall:
    """One function call that was answered here."""

    call_id: str
    name: str
    start_ns: int
    end_ns: int | None = None
    outcome: str | None = None
    arguments: str | None = None


@dataclass(slots=True)
class Heard:
    """All replies and tool calls of a session, by their ids, in order.

    Attributes:
        asked_ns: When our side last asked for a reply that has not begun yet.
    """

    responses: dict[str, Response] = field(default_factory=dict)
    tools: dict[str, ToolCall] = field(default_factory=dict)
    asked_ns: int | None = None


def read_heard(folder: Path) -> Heard | None:
    """Return what the journal tells; None where there is none.

    Raises:
        StoreError: If it cannot be read.
    """
    file = open_regular(folder / EVENTS_FILE)
    if file is None:
        return None
    heard = Heard()
    with file:
        for line in _lines(file):
            head = _HEAD.match(line)
            if head is not None and (take := _TAKEN.get(head[2])) is not None:
                take(heard, int(head[1]), line)
    return heard


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines; of one that is too long nothing."""
    while line := file.readline(_LONGEST_LINE):
        if line.endswith(b"\n") or len(line) < _LONGEST_LINE:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(_LONGEST_LINE)


def _fields(line: bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(line)["fields"]
    except (ValueError, KeyError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) else None


def _asked(heard: Heard, at_ns: int, _line: bytes) -> None:
    heard.asked_ns = at_ns


def _started(heard: Heard, at_ns: int, line: bytes) -> None:
    response_id = _text(_fields(line), "response_id")
    if response_id is not None and len(heard.responses) < _MOST:
        response = Response(response_id=response_id, start_ns=at_ns, asked_ns=heard.asked_ns)
        heard.responses.setdefault(response_id, response)
        heard.asked_ns = None


def _piece(heard: Heard, at_ns: int, line: bytes) -> None:
    found = _RESPONSE.search(line)
    response = heard.responses.get(found[1].decode("utf-8", "replace")) if found else None
    if response is not None and response.first_ns is None:
        response.first_ns = at_ns


def _finished(heard: Heard, at_ns: int, line: bytes) -> None:
    fields = _fields(line)
    response = heard.responses.get(_text(fields, "response_id") or "")
    if response is None:
        return
    response.end_ns = at_ns
    response.status, response.reason = _text(fields, "status"), _text(fields, "reason")
    response.error_code = _text(fields, "error_code")
    response.error_message = _text(fields, "error_message")
    usage = fields.get("usage")
    if isinstance(usage, dict):
        response.usage = {name: count for name, count in usage.items() if type(count) is int}


def _tool_started(heard: Heard, at_ns: int, line: bytes) -> None:
    fields = _fields(line)
    call_id, name = _text(fields, "call_id"), _text(fields, "name")
    if call_id is not None and len(heard.tools) < _MOST:
        arguments = _text(fields, "arguments")
        call = ToolCall(call_id=call_id, name=name or "", start_ns=at_ns, arguments=arguments)
        heard.tools.setdefault(call_id, call)


def _tool_finished(heard: Heard, at_ns: int, line: bytes) -> None:
    fields = _fields(line)
    call = heard.tools.get(_text(fields, "call_id") or "")
    if call is not None:
        call.end_ns, call.outcome = at_ns, _text(fields, "outcome")


_TAKEN: Final[Mapping[bytes, Callable[[Heard, int, bytes], None]]] = MappingProxyType({
    b"ResponseRequested": _asked,
    b"ResponseStarted": _started,
    b"ResponseText": _piece,
    b"ResponseAudio": _piece,
    b"ToolArgumentsDelta": _piece,
    b"ResponseFinished": _finished,
    b"ToolStarted": _tool_started,
    b"ToolFinished": _tool_finished,
})  # fmt: skip
