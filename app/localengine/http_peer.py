"""HTTP/1.1 on one accepted connection, by h11, with limits against hostile clients."""

import asyncio
from http import HTTPStatus
from typing import Final

import h11

from app.localengine.http_values import HttpRequest, HttpResponse

REQUEST_DEADLINE_S: Final = 15.0
"""A request must be complete this long after the connection is ready for it."""

HEADER_LIMIT_BYTES: Final = 32 * 1024
BODY_LIMIT_BYTES: Final = 1024 * 1024
_READ_BYTES: Final = 64 * 1024


class HttpRefusedError(Exception):
    """The request cannot be served; ``status`` says why. The connection ends after it."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class HttpPeer:
    """Reads requests from, and writes answers to, one client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEADER_LIMIT_BYTES)

    async def request(self) -> HttpRequest | None:
        """Return the next whole request; None where the client is done or too slow.

        Raises:
            HttpRefusedError: If it is malformed or too large.
        """
        try:
            async with asyncio.timeout(REQUEST_DEADLINE_S):
                return await self._request()
        except h11.RemoteProtocolError as exc:
            status = HTTPStatus(exc.error_status_hint)
            raise HttpRefusedError(status, "The request is not valid HTTP/1.1.") from exc
        except (TimeoutError, ConnectionError):
            return None

    async def _request(self) -> HttpRequest | None:
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = await self._next_event()
            if isinstance(event, h11.Request):
                head = _checked(event)
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                return None
            if len(body) > BODY_LIMIT_BYTES:
                raise HttpRefusedError(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    f"The request body is larger than {BODY_LIMIT_BYTES} bytes.",
                )
        return None if head is None else _request(head, bytes(body))

    async def _next_event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue:
                await self._write(
                    self._http.send(h11.InformationalResponse(status_code=100, headers=[]))
                )
            self._http.receive_data(await self._reader.read(_READ_BYTES))
        return event

    @property
    def surplus(self) -> bytes:
        """What the client sent behind its last request: the first bytes of a WebSocket."""
        data, _ended = self._http.trailing_data
        return bytes(data)

    async def respond(self, response: HttpResponse) -> bool:
        """Write ``response``; return whether the connection can take another request."""
        keeps = self._http.their_state is h11.DONE
        headers = [
            *response.headers,
            ("content-length", str(len(response.body))),
            *(() if keeps else (("connection", "close"),)),
        ]
        head = h11.Response(
            status_code=response.status, headers=headers, reason=response.status.phrase
        )
        parts = (head, h11.Data(data=response.body), h11.EndOfMessage())
        await self._write(b"".join(self._http.send(part) or b"" for part in parts))
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    async def _write(self, data: bytes | None) -> None:
        self._writer.write(data or b"")
        async with asyncio.timeout(REQUEST_DEADLINE_S):
            await self._writer.drain()


def _checked(head: h11.Request) -> h11.Request:
    """Return ``head`` if it is small enough: h11 bounds only what has not arrived whole."""
    size = len(head.target) + sum(len(name) + len(value) for name, value in head.headers)
    if size > HEADER_LIMIT_BYTES:
        raise HttpRefusedError(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            f"The request headers are larger than {HEADER_LIMIT_BYTES} bytes.",
        )
    return head


def _request(head: h11.Request, body: bytes) -> HttpRequest:
    headers = tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in head.headers)
    return HttpRequest(
        method=head.method.decode("ascii"),
        target=head.target.decode("latin-1"),
        headers=headers,
        body=body,
    )
