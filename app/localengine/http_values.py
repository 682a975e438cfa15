"""One HTTP request and one answer, as values, and the real service's shape of a refusal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A whole request. Header names are lower case; ``target`` is path and query as sent."""

    method: str
    target: str
    headers: Headers
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> Mapping[str, str]:
        """The first value of each query field."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    def header(self, name: str) -> str | None:
        """Return the first header of that lower-case name."""
        return next((value for key, value in self.headers if key == name), None)

    def tokens(self, name: str) -> tuple[str, ...]:
        """Return the comma-separated words of all headers of that lower-case name."""
        lists = [value for key, value in self.headers if key == name]
        return tuple(word.strip() for value in lists for word in value.split(",") if word.strip())

    @property
    def upgrades(self) -> bool:
        """Whether the request asks for a WebSocket."""
        connection = {word.lower() for word in self.tokens("connection")}
        return "upgrade" in connection and (self.header("upgrade") or "").lower() == "websocket"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """A whole answer. Length and connection headers are the writer's."""

    status: HTTPStatus
    headers: Headers = ()
    body: bytes = b""


def json_response(status: HTTPStatus, value: object, headers: Headers = ()) -> HttpResponse:
    """Return ``value`` as a JSON answer."""
    return HttpResponse(
        status=status,
        headers=(("content-type", "application/json"), *headers),
        body=json.dumps(value).encode(),
    )


def refusal(status: HTTPStatus, code: str | None, message: str) -> HttpResponse:
    """Return an error answer in the real service's shape."""
    kind = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
    error: dict[str, Any] = {"message": message, "type": kind, "param": None, "code": code}
    return json_response(status, {"error": error})
