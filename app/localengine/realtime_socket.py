"""One WebSocket of a client, over asyncio streams and websockets' sans-IO protocol.

Compression is off: audio in base64 gains nothing and costs a tenth of a millisecond a message.
"""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from websockets.datastructures import Headers as WireHeaders
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from app.core.errors import ConnectionEndedError
from app.core.wire import WireMessage
from app.localengine.http_values import HttpRequest, HttpResponse, refusal

MESSAGE_LIMIT_BYTES: Final = 32 * 1024 * 1024
"""The largest message: an append of 15 MiB of audio is 20 MiB of base64."""

CLOSE_DEADLINE_S: Final = 2.0
WRITE_DEADLINE_S: Final = 60.0
"""A client that takes nothing for this long is gone."""

SUBPROTOCOL: Final = Subprotocol("realtime")
_READ_BYTES: Final = 256 * 1024
_log = logging.getLogger("app.localengine.socket")


class UpgradeRefusedError(Exception):
    """The upgrade request is no good; ``response`` says why."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status.phrase)
        self.response = response


class RealtimeSocket:
    """Messages to and from one client. One task receives; any task may send."""

    def __init__(
        self, protocol: ServerProtocol, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._protocol = protocol
        self._reader = reader
        self._writer = writer
        self._messages: deque[WireMessage] = deque()
        self._parts: list[bytes] = []
        self._is_text = True

    @property
    def backlog_bytes(self) -> int:
        """Bytes written that the client has not taken yet."""
        return self._writer.transport.get_write_buffer_size()

    def feed(self, data: bytes) -> None:
        """Take bytes that were read already: what came behind the upgrade request."""
        if data:
            self._protocol.receive_data(data)
            self._turn()

    async def receive(self) -> WireMessage:
        """Return the client's next message. Pings are answered meanwhile.

        Raises:
            ConnectionEndedError: If the socket has closed.
        """
        while not self._messages:
            if not await self._read():
                raise self._ended()
        return self._messages.popleft()

    def send_soon(self, text: str) -> None:
        """Queue ``text``; follow it with ``drained``. Silent where the socket is closing."""
        if self._protocol.state is OPEN:
            self._protocol.send_text(text.encode())
            self._flush()

    async def drained(self) -> None:
        """Wait until the client has taken most of what was sent.

        Raises:
            ConnectionEndedError: If it closed, or took nothing for a minute.
        """
        try:
            async with asyncio.timeout(WRITE_DEADLINE_S):
                await self._writer.drain()
        except (ConnectionError, TimeoutError) as exc:
            self.abort()
            raise self._ended() from exc

    async def close(self, code: int, reason: str = "") -> None:
        """Close politely, within two seconds. Safe to call twice."""
        if self._protocol.state is OPEN:
            self._protocol.send_close(code, reason)
            self._flush()
        try:
            async with asyncio.timeout(CLOSE_DEADLINE_S):
                while await self._read():
                    self._messages.clear()
        except TimeoutError:
            _log.debug("= the client did not close in time")
        self._writer.close()

    def leave(self, code: int) -> None:
        """Close without waiting for an answer. Nothing happens where it was closed before."""
        if self._protocol.state is OPEN:
            self._protocol.send_close(code)
            self._flush()

    def abort(self) -> None:
        """Cut the connection without a word."""
        self._writer.transport.abort()

    async def _read(self) -> bool:
        """Read once; return whether more may come."""
        if self._protocol.close_expected() and self._reader.at_eof():
            return False
        try:
            data = await self._reader.read(_READ_BYTES)
        except ConnectionError:
            data = b""
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        self._turn()
        return bool(data)

    def _turn(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._take(event)
        self._flush()

    def _take(self, frame: Frame) -> None:
        if frame.opcode in {Opcode.TEXT, Opcode.BINARY}:
            self._is_text = frame.opcode is Opcode.TEXT
        elif frame.opcode is not Opcode.CONT:
            return
        self._parts.append(bytes(frame.data))
        if not frame.fin:
            return
        whole = b"".join(self._parts)
        self._parts.clear()
        try:
            self._messages.append(whole.decode() if self._is_text else whole)
        except UnicodeDecodeError:
            self._protocol.fail(CloseCode.INVALID_DATA, "text that is not UTF-8")

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._writer.write(data)
            elif not self._writer.transport.is_closing():
                self._end()

    def _end(self) -> None:
        """Tell the client that nothing more comes. Over TLS only closing can: it has no half."""
        if not self._writer.can_write_eof():
            self._writer.close()
            return
        with suppress(OSError):  # a client that has hung up already needs no end
            self._writer.write_eof()

    def _ended(self) -> ConnectionEndedError:
        received = self._protocol.close_rcvd
        return ConnectionEndedError(
            "the client closed the connection",
            code=None if received is None else int(received.code),
            reason="" if received is None else received.reason,
            clean=received is not None,
        )


def upgrade(
    request: HttpRequest, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> RealtimeSocket:
    """Answer an upgrade request and return the open socket.

    Raises:
        UpgradeRefusedError: If the request is no valid WebSocket handshake.
    """
    handshake = ServerProtocol(select_subprotocol=_select, logger=_quiet_logger())
    response = handshake.accept(Request(request.target, WireHeaders(request.headers)))
    if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
        raise UpgradeRefusedError(
            refusal(
                HTTPStatus(response.status_code),
                "invalid_upgrade",
                "The WebSocket handshake is not valid.",
            )
        )
    writer.write(response.serialize())
    protocol = ServerProtocol(state=OPEN, max_size=MESSAGE_LIMIT_BYTES, logger=_quiet_logger())
    return RealtimeSocket(protocol, reader, writer)


def _select(protocol: ServerProtocol, offered: object) -> Subprotocol | None:
    """Choose ``realtime`` where it is offered; never echo the one that holds the key."""
    del protocol
    return SUBPROTOCOL if isinstance(offered, list) and SUBPROTOCOL in offered else None


def _quiet_logger() -> logging.Logger:
    """Return a logger above DEBUG, where websockets would log what people say."""
    logger = logging.getLogger("app.localengine.websockets")
    logger.setLevel(logging.WARNING)
    return logger
