"""A server half of the Realtime protocol to be talked to, every event of it checked."""

import base64
import itertools
import json
import re
from dataclasses import dataclass, field
from typing import Any

from app.protocols.openai_realtime.server import OpenAIRealtimeServer
from app.protocols.openai_realtime.server_values import ResponseRequested, ServerRequest
from tests.support.schema import check_server_event

VOICES = ("amy", "joe")
SECOND = base64.b64encode(bytes(48_000)).decode()
"""One second of digital silence as an append carries it."""
_OWN_RATE = re.compile(r'("type": ?"audio/pcm", ?"rate": ?)(?:16000|8000)\b')


class CountingIds:
    """Names that a test can foresee."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def new(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers)}"


def new_server(**changes: Any) -> OpenAIRealtimeServer:
    """Return a server that has said nothing yet."""
    settings: dict[str, Any] = {
        "session_id": "sess_1",
        "model": "small",
        "voices": VOICES,
        "ids": CountingIds(),
        "expires_at_s": 1_800_000_000,
    }
    return OpenAIRealtimeServer(**settings | changes)


@dataclass
class Talk:
    """A connection in a test: what was asked of the shell, and what the client was sent."""

    server: OpenAIRealtimeServer = field(default_factory=new_server)

    def send(self, kind: str, **fields: Any) -> list[ServerRequest]:
        return self.server.receive_message(json.dumps({"type": kind, **fields}))

    def update(self, **session: Any) -> list[ServerRequest]:
        return self.send("session.update", session={"type": "realtime", **session})

    def configured(self, **session: Any) -> "Talk":
        self.update(**session)
        assert [event["type"] for event in self.events()] == ["session.updated"]
        return self

    def say(self, text: str, **fields: Any) -> list[ServerRequest]:
        return self.send("conversation.item.create", item=user_text(text), **fields)

    def request(self, **response: Any) -> ResponseRequested:
        (request,) = self.send("response.create", response=response)
        assert isinstance(request, ResponseRequested)
        return request

    def events(self) -> list[dict[str, Any]]:
        return [_checked(message) for message in self.server.messages_to_send()]

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events()]

    def error(self) -> dict[str, Any]:
        """Return the only event that was sent, which is an error."""
        (event,) = self.events()
        assert event["type"] == "error", event
        error: dict[str, Any] = event["error"]
        return error


def _checked(message: str) -> dict[str, Any]:
    """Return the event as it is; the service itself has PCM at 24 kHz only, our server more."""
    check_server_event(_OWN_RATE.sub(r"\g<1>24000", message))
    event: dict[str, Any] = json.loads(message)
    return event


def user_text(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
