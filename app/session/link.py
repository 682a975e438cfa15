"""The wire between the window and the measuring engine: length-prefixed JSON, both ways.

Each frame is four bytes of length, big-endian, and that many bytes of JSON: a list of
``[name, body]`` pairs, so that a batch is one frame. No frame may exceed ``FRAME_LIMIT``.
The first message of each side is a ``Hello`` with the version; sides that differ refuse.
Never pickle: what comes out of the pipe is checked against the types of ``messages``.
"""

import logging
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args

import msgspec

from app.core.errors import LocalProtocolError
from app.session.messages import EngineReport, EngineRequest

VERSION = 1
FRAME_LIMIT = 8 * 1024 * 1024
_LENGTH = struct.Struct(">I")
_log = logging.getLogger("app.session")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """Opens the pipe. ``pid`` is the sender's."""

    version: int
    pid: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The sender is alive; five a second."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Comes out of a ``Decoder`` for a message whose body is not what its kind holds.

    Never on the pipe: NaN, which JSON has none of, becomes null there, and where a number is
    demanded that is no reason to end an engine, and a recording with it.

    Attributes:
        kind: The message's name.
        reason: What is wrong with it, and where.
    """

    kind: str
    reason: str


LinkMessage: TypeAlias = EngineRequest | EngineReport | Hello | Heartbeat | Unreadable
_TYPES: dict[str, type] = {
    kind.__name__: kind
    for kind in (*get_args(EngineRequest), *get_args(EngineReport), Hello, Heartbeat)
}


def encode(messages: Sequence[LinkMessage]) -> bytes:
    """Return one frame that carries ``messages``.

    Raises:
        LocalProtocolError: If they do not fit into a frame.
    """
    body = msgspec.json.encode([[type(message).__name__, message] for message in messages])
    if len(body) > FRAME_LIMIT:
        raise LocalProtocolError(f"a frame of {len(body)} bytes exceeds the pipe's limit")
    return _LENGTH.pack(len(body)) + body


def frames(messages: Sequence[LinkMessage]) -> list[bytes]:
    """Return frames that carry ``messages``: one, or where that is too long one for each.

    A message that no frame holds is left out.
    """
    try:
        return [encode(messages)]
    except LocalProtocolError:
        if len(messages) == 1:
            _log.warning("! too long for the pipe: %s", type(messages[0]).__name__)
            return []
        return [frame for message in messages for frame in frames([message])]


class Decoder:
    """Turns received bytes into messages, whatever their chunking."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[LinkMessage]:
        """Return the messages completed by ``data``, in order.

        Raises:
            LocalProtocolError: If the bytes are no frames, or name what no side may send.
        """
        self._buffer += data
        found: list[LinkMessage] = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > FRAME_LIMIT:
                raise LocalProtocolError(f"the pipe announced a frame of {length} bytes")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                break
            found += _messages(bytes(self._buffer[_LENGTH.size : end]))
            del self._buffer[:end]
        return found


def _messages(body: bytes) -> list[LinkMessage]:
    try:
        pairs = msgspec.json.decode(body, type=list[tuple[str, Any]])
        kinds = [(_TYPES[name], value) for name, value in pairs]
    except (msgspec.MsgspecError, KeyError, RecursionError, UnicodeDecodeError) as exc:
        raise LocalProtocolError(f"the pipe carried something else: {exc}") from exc
    return [_converted(kind, value) for kind, value in kinds]


def _converted(kind: type, value: object) -> LinkMessage:
    try:
        message: LinkMessage = msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError) as exc:
        return Unreadable(kind.__name__, str(exc))
    return message
