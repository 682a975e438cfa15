"""What the server answers: sessions, client secrets, models and its health."""

import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, Protocol

from app.core.clock import Clock
from app.core.serving import LONGEST_SESSION_S
from app.localengine.auth import Gate, presented_key
from app.localengine.http_values import HttpRequest, HttpResponse, json_response, refusal
from app.localengine.ports import SpeechEngine
from app.localengine.realtime_line import ClientSocket, RandomIds
from app.localengine.realtime_session import hold_session
from app.localengine.server import REALTIME_PATH, Site
from app.protocols.openai_realtime.schema import ClientError
from app.protocols.openai_realtime.server import OpenAIRealtimeServer
from app.protocols.openai_realtime.server_outbox import BETA_CLOSE_CODE, beta_refusal
from app.protocols.openai_realtime.server_secrets import (
    SessionDefaults,
    new_secret,
    refusal as secret_refusal,
)

LONGEST_MODEL_NAME: Final = 128
BETA_SUBPROTOCOL: Final = "openai-beta.realtime-v1"
_BETA_HEADER: Final = "openai-beta"
_BETA_VALUE: Final = "realtime=v1"
INSTRUCTIONS: Final = "You are a friendly voice assistant. Answer in one or two short sentences."

_NOT_SERVED: Final = {
    "call_id": "There is no such call; this server speaks WebSocket only.",
    "intent": "Transcription sessions are not served.",
}
"""Queries that ask for another kind of session than there is: better refused than misread."""


def unix_now_s() -> int:
    """Return the wall time that expiry is told in."""
    return int(datetime.now(tz=UTC).timestamp())


class HoldSession(Protocol):
    """Holds a client's session until it goes, or its time is up."""

    async def __call__(
        self,
        *,
        engine: SpeechEngine,
        server: OpenAIRealtimeServer,
        socket: ClientSocket,
        clock: Clock,
    ) -> None:
        """Hold one; ``server`` is new."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """How a site's sessions are held.

    Attributes:
        hold: Holds one.
        longest_s: What a session is told of its end; ``hold`` ends it.
        refuses: Whether the session that a client asks for now is refused.
        beta: Every client is spoken to in the beta dialect; else one that asks for it is
            refused, as the real service does.
    """

    hold: HoldSession = hold_session
    longest_s: float = LONGEST_SESSION_S
    refuses: Callable[[], bool] = lambda: False
    beta: bool = False


AS_THE_SERVICE: Final = Sessions()
"""Held as the real service holds them."""


def make_site(
    engine: SpeechEngine,
    gate: Gate,
    clock: Clock,
    now_s: Callable[[], int] = unix_now_s,
    sessions: Sessions = AS_THE_SERVICE,
) -> Site:
    """Return the site of one engine."""
    pages = _Pages(engine, gate, clock, now_s, sessions)
    return Site(
        routes={
            ("GET", "/health"): pages.health,
            ("GET", "/v1/models"): pages.models,
            ("POST", f"{REALTIME_PATH}/client_secrets"): pages.client_secrets,
            ("POST", f"{REALTIME_PATH}/calls"): pages.calls,
        },
        admit=pages.admit_session,
        converse=pages.converse,
    )


class _Pages:
    def __init__(
        self,
        engine: SpeechEngine,
        gate: Gate,
        clock: Clock,
        now_s: Callable[[], int],
        sessions: Sessions,
    ) -> None:
        self._engine = engine
        self._gate = gate
        self._clock = clock
        self._now_s = now_s
        self._sessions = sessions
        self._ids = RandomIds()

    def health(self, request: HttpRequest) -> HttpResponse:
        del request
        return json_response(HTTPStatus.OK, {"status": "ok"})

    def models(self, request: HttpRequest) -> HttpResponse:
        refused = self.admit(request)
        if refused is not None:
            return refused
        model = {
            "id": self._engine.model,
            "object": "model",
            "created": self._now_s(),
            "owned_by": "vivavoce",
        }
        return json_response(HTTPStatus.OK, {"object": "list", "data": [model]})

    def client_secrets(self, request: HttpRequest) -> HttpResponse:
        if not self._gate.is_token(request):
            return _unauthorized(request)
        defaults = SessionDefaults(
            model=self._engine.model, voices=self._engine.voices, instructions=INSTRUCTIONS
        )
        now_s = self._now_s()
        try:
            secret = new_secret(
                request.body,
                defaults=defaults,
                session_id=self._ids.new("sess"),
                now_s=now_s,
                new_token=lambda: secrets.token_hex(16),
            )
        except ClientError as fault:
            return HttpResponse(
                status=HTTPStatus.BAD_REQUEST,
                headers=(("content-type", "application/json"),),
                body=secret_refusal(fault).encode(),
            )
        self._gate.remember(secret.value, secret.expires_at_s - now_s, secret.session)
        return HttpResponse(
            status=HTTPStatus.OK,
            headers=(("content-type", "application/json"), ("cache-control", "no-store")),
            body=secret.reply().encode(),
        )

    def calls(self, request: HttpRequest) -> HttpResponse:
        refused = self.admit(request)
        if refused is not None:
            return refused
        message = "This server speaks WebSocket only; WebRTC calls are not served."
        return refusal(HTTPStatus.NOT_IMPLEMENTED, "not_supported", message)

    def admit(self, request: HttpRequest) -> HttpResponse | None:
        if not self._gate.admits(request):
            return _unauthorized(request)
        for name, refused in _NOT_SERVED.items():
            if name in request.query:
                return refusal(HTTPStatus.NOT_FOUND, "not_supported", refused)
        return None

    def admit_session(self, request: HttpRequest) -> HttpResponse | None:
        refused = self.admit(request)
        if refused is None and self._sessions.refuses():
            message = "The engine is currently overloaded, please try again later."
            refused = refusal(HTTPStatus.SERVICE_UNAVAILABLE, "server_overloaded", message)
        return refused

    async def converse(self, request: HttpRequest, socket: ClientSocket) -> None:
        if _wants_beta(request) and not self._sessions.beta:
            socket.send_soon(beta_refusal(self._ids))
            await socket.close(BETA_CLOSE_CODE, "beta_api_shape_disabled")
            return
        named = request.query.get("model")
        preset = self._gate.preset(request)
        server = OpenAIRealtimeServer(
            session_id=self._ids.new("sess"),
            model=self._engine.model if named is None else named[:LONGEST_MODEL_NAME],
            voices=self._engine.voices,
            ids=self._ids,
            expires_at_s=self._now_s() + math.ceil(self._sessions.longest_s),
            instructions=INSTRUCTIONS,
            preset=preset,
            model_fixed=named is not None and preset is None,
            beta=self._sessions.beta,
        )
        await self._sessions.hold(
            engine=self._engine, server=server, socket=socket, clock=self._clock
        )


def _wants_beta(request: HttpRequest) -> bool:
    offered = request.tokens("sec-websocket-protocol")
    return _BETA_VALUE in request.tokens(_BETA_HEADER) or BETA_SUBPROTOCOL in offered


def _unauthorized(request: HttpRequest) -> HttpResponse:
    """Refuse in the real service's words, without repeating the key."""
    if presented_key(request) is None:
        message = "Missing bearer authentication in header."
        return refusal(HTTPStatus.UNAUTHORIZED, None, message)
    message = "Incorrect API key provided. Use the token that `vivavoce serve` printed."
    return refusal(HTTPStatus.UNAUTHORIZED, "invalid_api_key", message)
