"""Events on their way to one client."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from app.protocols.openai_realtime.schema import ClientError
from app.protocols.openai_realtime.server_values import IdSource

CLIENT_ERROR = "invalid_request_error"
SERVER_ERROR = "server_error"
BETA_CLOSE_CODE = 4000
"""Close code that follows ``beta_refusal``."""

Respell: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]


class Outbox:
    """Names events, writes them down and keeps them until they are fetched.

    Args:
        ids: Makes names.
        respell: Puts an event into the connection's dialect, or returns None for one that it
            does not have; None for GA.
    """

    def __init__(self, ids: IdSource, respell: Respell | None = None) -> None:
        self._ids = ids
        self._respell = respell
        self._messages: list[str] = []

    def emit(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Queue an event; ``fields`` are all but its type and id."""
        event = _event(self._ids, kind, fields)
        told = event if self._respell is None else self._respell(event)
        if told is not None:
            self._messages.append(_text(told))

    def refuse(self, fault: ClientError, event_id: str | None) -> None:
        """Queue the error that answers a bad client event."""
        self.emit("error", {"error": error_fields(fault, event_id)})

    def drain(self) -> list[str]:
        """Return and forget what was queued."""
        messages, self._messages = self._messages, []
        return messages


def event_message(ids: IdSource, kind: str, fields: Mapping[str, Any]) -> str:
    """Return one server event as JSON text, ASCII only."""
    return _text(_event(ids, kind, fields))


def _event(ids: IdSource, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": kind, "event_id": ids.new("event"), **fields}


def _text(event: Mapping[str, Any]) -> str:
    return json.dumps(event, separators=(",", ":"))


def error_fields(
    fault: ClientError, event_id: str | None = None, kind: str = CLIENT_ERROR
) -> dict[str, Any]:
    """Return the inner object of an ``error`` event."""
    return {
        "type": kind,
        "code": fault.code,
        "message": fault.message,
        "param": fault.param,
        "event_id": event_id,
    }


def beta_refusal(ids: IdSource) -> str:
    """Return the only message that a client with the beta header gets; then close with 4000."""
    fault = ClientError(
        "beta_api_shape_disabled",
        "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.",
    )
    return event_message(ids, "error", {"error": error_fields(fault)})
