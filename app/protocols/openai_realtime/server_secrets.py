"""Client secrets: ``POST /v1/realtime/client_secrets`` as pure functions.

Source: OpenAI Realtime API reference, "Create client secret".
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.core.wire import WireMessage
from app.protocols.openai_realtime.schema import (
    ClientError,
    any_object,
    integer,
    one_of,
    shape,
)
from app.protocols.openai_realtime.schema_events import decode
from app.protocols.openai_realtime.server_outbox import error_fields
from app.protocols.openai_realtime.server_session import (
    SessionRules,
    Wire,
    new_session,
    patched,
)

DEFAULT_LIFE_S = 600
_REQUEST = shape(
    {
        "expires_after": shape({"anchor": one_of("created_at"), "seconds": integer(10, 7_200)}),
        "session": any_object,
    },
    top=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDefaults:
    """What a session is where the client says nothing."""

    model: str
    voices: Sequence[str]
    instructions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecret:
    """A secret that lets a client open sessions of one kind until it expires.

    Attributes:
        value: The secret itself, "ek_..."; kept out of ``repr``.
        expires_at_s: Unix time.
        session: What ``OpenAIRealtimeServer`` takes as its ``preset``.
    """

    value: str = field(repr=False)
    expires_at_s: int
    session: Wire

    def reply(self) -> str:
        """Return the body of the answer."""
        return json.dumps(
            {"value": self.value, "expires_at": self.expires_at_s, "session": self.session}
        )


def new_secret(
    body: WireMessage,
    *,
    defaults: SessionDefaults,
    session_id: str,
    now_s: int,
    new_token: Callable[[], str],
) -> ClientSecret:
    """Return the secret that a request's body asks for.

    Args:
        body: JSON; an empty body asks for the defaults.
        defaults: What the session is where the body is silent.
        session_id: Shown in the answer; each connection gets a name of its own.
        now_s: Unix time.
        new_token: Makes the unguessable part.

    Raises:
        ClientError: If the body is bad; answer 400 with ``refusal``.
    """
    request = _REQUEST(_decoded(body), "body")
    life_s = request.get("expires_after", {}).get("seconds", DEFAULT_LIFE_S)
    session = new_session(
        session_id=session_id,
        model=defaults.model,
        voice=defaults.voices[0],
        expires_at_s=0,
        instructions=defaults.instructions,
    )
    if "session" in request:
        rules = SessionRules(voices=defaults.voices, model_fixed=False)
        session = patched(session, request["session"], rules)
    return ClientSecret(value=f"ek_{new_token()}", expires_at_s=now_s + life_s, session=session)


def _decoded(body: WireMessage) -> object:
    try:
        text = body if isinstance(body, str) else body.decode()
    except UnicodeDecodeError as exc:
        raise ClientError("invalid_json", "The body could not be parsed as JSON.") from exc
    return decode(text or "{}").fields


def refusal(fault: ClientError) -> str:
    """Return the body of an HTTP error answer."""
    fields = error_fields(fault)
    del fields["event_id"]
    return json.dumps({"error": fields})
